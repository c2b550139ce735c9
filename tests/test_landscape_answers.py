"""Answers about landscapes as the browser takes them: what it sweeps, and where it reads them."""

import numpy as np
import pytest

from cacr_core import forces as core
from cacr_core.losses import LOSSES, settings_of
from tests import browser_code
from tests.one_query import points_of
from web.forces import answers
from web.live.describe import lenses
from web.settings import board

POINTS = points_of("spread")
OFFERED = lenses(board.full_lens("cacr"))


def choices():
    """Every loss as it comes, and under each of its choices."""
    for name in board.offered():
        yield board.full_lens(name)
        for field, said in settings_of(LOSSES[name]).items():
            yield from (board.full_lens(name, **{field: one}) for one in said.choices or ())


def test_every_setting_that_is_offered_to_be_swept_is_swept_and_changes_something(monkeypatch):
    monkeypatch.setattr(answers, "N_ANGLES", 24)
    monkeypatch.setattr(answers, "N_SETTINGS", 5)
    every = list(choices())
    offered = browser_code.run(
        """
        const { Sweep } = await load('sweep.js');
        const sweep = new Sweep(data.offered);
        return data.every.map((lens) => {
          sweep.board = { losses: [lens], sweep: [0, ''] };
          return sweep.specs(0).map(({ name }) => name);
        });
        """,
        {"offered": OFFERED, "every": every},
    )
    for lens, fields in zip(every, offered, strict=True):
        assert fields
        for field in fields:
            question = POINTS | {"losses": [lens, lens], "sweep": [0, field]}
            answer, arrays = answers.forces({"what": "landscape", **question})
            assert answer["field"]["name"] == field
            rows = arrays["swept_loss"].reshape(len(answer["settings"]), -1)
            assert np.ptp(rows, axis=0).max() > 0, (lens, field)


@pytest.mark.parametrize(("cost", "idle"), [("euclidean", "t_rbf"), ("rbf", "class_prior")])
def test_a_setting_that_is_idle_is_not_swept(cost, idle):
    lens = board.full_lens("cacr", cost=cost)
    assert board.swept_field(lens, idle) == "t_neg"
    assert board.swept_field(lens, "t_pos") == "t_pos"


MIRRORED = [  # two negatives as near; rounding says of one that it is nearer
    ([75, 30], [95, 0], [[-150, -15], [-60, -15], [-105, -30]]),
    ([-30, 15], [-10, 0], [[75, 45], [-135, 45], [150, -15]]),
    ([45, -15], [65, 0], [[120, 45], [-30, 45], [-135, 15]]),
]


@pytest.mark.parametrize(("query", "positive", "negatives"), MIRRORED)
def test_curves_on_the_sphere_are_read_along_the_circle_of_the_sweep(query, positive, negatives):
    question = {
        "what": "landscape", "surface": "sphere", "query": query, "positives": [positive],
        "negatives": negatives, "losses": [board.full_lens("cacr")] * 2, "sweep": [0, "t_neg"],
    }  # fmt: skip
    answer, arrays = answers.forces(question)
    plain = {name: np.float32(one).tolist() for name, one in arrays.items()}
    place = browser_code.run(
        """
        const { landscapeOf } = await load('swept.js');
        const named = Object.entries(data.arrays).map(([k, v]) => [k, Float32Array.from(v)]);
        const answer = { ...data.answer, arrays: Object.fromEntries(named) };
        return landscapeOf(answer, data.question).circle.place(90);
        """,
        {"answer": answer, "arrays": plain, "question": question},
    )
    points = core.points_from_degrees(query, [positive], negatives, "sphere")
    assert place == pytest.approx(core.great_circle_path(points, [90.0]).places[0].tolist())
