"""What the browser says of landscapes, run by node and held to the arrays."""

import math
import re
from functools import cache

import numpy as np
import pytest
import torch

from cacr_core import forces as core
from tests import browser_code
from tests.german import in_german
from tests.one_query import ELSEWHERE, number, points_of
from web.forces import answers
from web.forces.presets import SCENES
from web.settings import board

SEEN = """
const { arrange, alongGrid, fromLeft, greatCircle, rests, valleys } = await load('terrain.js');
const { heading, overview, words } = await load('seen.js');
const stable = (angles, force) => rests(angles, force).filter((one) => one.stable);
return data.map(({ answer, arrays, question, shown }) => {
  const { grid } = answer;
  const { angles, order } = fromLeft(answer.angles);
  const circle = grid ? greatCircle(question.query, answer.ahead) : null;
  const part = (values, i, size) => values.slice(i * size, (i + 1) * size);
  const titles = [0, 1].map((i) => {
    const of = (name) => part(arrays[name], i, arrays[name].length / 2);
    const along = (name) => (grid ? alongGrid(grid, of(name), circle, angles)
      : arrange(of(name), order));
    const curve = { angles, loss: along('loss'), force: along('force') };
    curve.valleys = valleys(angles, curve.loss);
    curve.rests = grid ? [] : rests(angles, curve.force);
    const raw = { loss: of('loss'), force: of('force') };
    const lines = [-120, -45, 10, 90, 150].map((at) => words(answer, curve, at, true));
    return [heading(answer, curve, raw, shown), ...lines];
  });
  const row = (name, r) => arrange(part(arrays[name], r, order.length), order);
  const rows = answer.settings.map((_, r) => (shown === 'force'
    ? stable(angles, row('swept_force', r)) : valleys(angles, row('swept_loss', r))));
  return { titles, overview: overview(answer, shown, { rows }) };
});
"""
SHELF = board.full_lens(  # no force where d of the one positive is 1 to 2
    "typed", attraction="mean(min(d_pos, 1) + max(d_pos, 2))", repulsion="mean(0 * d_neg)"
)
GROUNDS = [
    ("landscape", None),
    ("far-positive", None),
    ("synthetic", None),
    ("landscape", [board.full_lens("cacr", t_neg=8.0, detach_weights=True)] * 2),
    ("antipodal", [board.full_lens("cacr", alpha=0.0, beta=0.0), board.full_lens("sscl")]),
    ("far-positive", [board.full_lens("infonce", temperature=0.02), board.full_lens("triplet")]),
    ("synthetic", [board.full_lens("triplet", hardest=True), board.full_lens("siglip")]),
    ("lonely", [board.full_lens("sscl", temperature=0.02, class_prior=0.0), SHELF]),
]


def landscape(name, losses, surface):
    losses = losses or SCENES[name].board["losses"]
    question = points_of(name) | {"surface": surface, "losses": losses}
    answer, arrays = answers.forces({"what": "landscape", **question, "sweep": [0, "t_neg"]})
    plain = {key: np.float32(values).tolist() for key, values in arrays.items()}
    return {"answer": answer, "arrays": plain, "question": question}


@cache
def grounds_on(surface):
    return [landscape(name, losses, surface) for name, losses in GROUNDS]


def seen(grounds, shown):
    return browser_code.run(SEEN, [ground | {"shown": shown} for ground in grounds])


def valleys(angles, loss):
    """Local minima deeper than a ripple, by walking up from each on both sides."""
    found, n = [], len(loss)
    ripple = 2e-4 * (loss.max() - loss.min())
    for at in core.minima(angles, torch.from_numpy(loss)):
        i = int(np.argmin(np.abs((angles - at + 180) % 360 - 180)))
        rims = []
        for way in (1, -1):
            walk = np.array([loss[(i + way * k) % n] for k in range(n)])
            lower = np.nonzero(walk < loss[i] - 1e-12)[0]
            rims.append(walk[: lower[0] if len(lower) else n].max())
        if min(rims) > loss[i] + ripple:
            found.append(at)
    return found


def unrounded(force):
    """What rounding leaves where there is no force pushes nobody."""
    return np.where(abs(force) > 1e-13 * abs(force).max(), force, 0)


def stops(force):
    """Where a query that follows a force step by step, from wherever it is, stands still."""
    force = unrounded(force)
    n, found = len(force), set()
    for start in np.flatnonzero(force):
        way, at = np.sign(force[start]), start
        for _ in range(n):
            if np.sign(force[at % n]) != way:
                found.add(int(at % n))
                break
            at += int(way)
    return found


def named(text):
    """The places, and the stretches with their ends, that a sentence names."""
    found = re.findall(r"at (−?\d+)°|from (−?\d+)° to (−?\d+)°", text)
    return [(number(at or first), number(at or last)) for at, first, last in found]


def holds(span, angle, by=1.6):
    first, last = span
    return (angle - first + by) % 360 <= (last - first) % 360 + 2 * by


@pytest.mark.parametrize("shown", ["loss", "force"])
def test_titles_of_a_landscape_on_the_circle_are_its_minima_and_places_of_rest(shown):
    grounds = grounds_on("circle")
    for told, ground in zip(seen(grounds, shown), grounds, strict=True):
        angles = np.array(ground["answer"]["angles"])
        for which, (title, *_) in enumerate(told["titles"]):
            loss = np.array(ground["arrays"]["loss"]).reshape(2, -1)[which]
            force = np.array(ground["arrays"]["force"]).reshape(2, -1)[which]
            if "No force" in title or "same everywhere" in title:
                assert np.ptp(loss) < 1e-5 or np.abs(force).max() < 1e-6
                continue
            rests, spans = [angles[at] for at in stops(force)], named(title)
            far = rests
            if title.startswith("Loss least"):
                least, *spans = spans
                low = angles[loss <= loss.min() + 1e-12 * np.ptp(loss)]
                assert all(holds(least, angle) for angle in low)
                assert not any(holds(least, angle, -1.6) for angle in set(angles) - set(low))
                far = [rest for rest in rests if not holds(least, rest, 2.6)]
                assert "rest there" in title or not any(holds(least, rest, 0.4) for rest in rests)
                assert "rest there" not in title or far != rests
                assert ("nowhere to rest" in title) == (not rests)
            elif "Nowhere to rest" in title:
                assert (force > 0).all() or (force < 0).all()
                continue
            assert all(any(holds(span, rest) for rest in rests) for span in spans)
            assert " more" in title or all(any(holds(s, rest) for s in spans) for rest in far)


def test_a_query_is_said_to_drift_to_where_the_force_first_lets_go_of_it():
    grounds, n_drifts = grounds_on("circle"), 0
    for told, ground in zip(seen(grounds, "force"), grounds, strict=True):
        angles = np.array(ground["answer"]["angles"])
        for which, (_, *lines) in enumerate(told["titles"]):
            loss, force = (np.array(ground["arrays"][key]).reshape(2, -1)[which]
                           for key in ("loss", "force"))  # fmt: skip
            for line in lines:
                at, value, push = re.match(
                    r"query at (\S+)°: loss (\S+), force (.*)", line
                ).groups()
                i = int(np.argmin(np.abs(angles - number(at))))
                assert number(value.rstrip(",")) == pytest.approx(loss[i], rel=6e-3, abs=2e-3)
                if not (match := re.match(r"(\S+) ([↺↻])(?:, drifts to (\S+)°)?", push)):
                    assert push == "0" and abs(force[i]) < 5e-7
                    continue
                way = 1 if match[2] == "↺" else -1
                assert way * force[i] == pytest.approx(number(match[1]), rel=6e-3, abs=1e-4)
                if match[3]:
                    n_drifts += 1
                    ahead = way * unrounded(force)[(i + way * np.arange(360)) % 360]
                    walked = next(k for k in range(1, 360) if ahead[k] <= 0)
                    far = way * (number(match[3]) - number(at)) % 360
                    assert walked - 1.6 < far < walked + 0.6
    assert n_drifts > 30


def titles(lens, name="far-positive"):
    ground = landscape(name, [lens, lens], "circle")
    (told,) = seen([ground], "loss")
    return told["titles"][0], ground["answer"]["rests"][0]


def test_a_sharp_loss_is_said_to_rest_in_its_valley():
    (title, *_), rests = titles(board.full_lens("infonce", temperature=0.02))
    assert title == "Loss least at 114°: it would rest there, or at −80°"
    assert rests == pytest.approx([114, 280], abs=1)


@pytest.mark.parametrize(
    ("points", "lens", "title"),
    [
        (([[0]], [[90]]), {"name": "infonce", "temperature": 0.02}, -45),
        (([[-135]], [[-180]]), {"name": "infonce", "temperature": 0.02}, -67),
        (([[-60], [120], [60]], [[-60]]), {"name": "triplet"}, 100),
    ],
)
def test_what_rounding_leaves_of_no_force_is_no_place_of_rest(points, lens, title, monkeypatch):
    monkeypatch.setitem(ELSEWHERE, "rounded", points)
    (told, *_), rests = titles(board.full_lens(**lens), "rounded")
    (stretch,) = named(told.partition("rest ")[2]) or named(told)
    assert holds(stretch, title)
    assert len(rests) == 1 and holds(stretch, rests[0])


def test_a_force_that_is_but_rounded_at_one_place_lets_nobody_rest_there():
    (title, *_), _ = titles(board.full_lens("triplet", hardest=True), "near-negative")
    assert title == "Loss least from 137° to 159°: it would rest there"


def test_a_flat_valley_is_told_from_end_to_end_and_drifted_to_as_far_as_its_near_end():
    (title, *lines), rests = titles(board.full_lens("triplet"))
    assert title == "Loss least from 99° to 124°: it would rest there"
    assert [line.rpartition("drifts ")[2] for line in lines[-2:]] == ["to 99°", "to 124°"]
    assert rests == [99]


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("It would come to rest at −80°, at 12°, from 99° to 124° and 2 more",
         "Sie käme zur Ruhe bei −80°, bei 12°, von 99° bis 124° und 2 weiteren"),
        ("It would come to rest from 99° to 124° and at 3°",
         "Sie käme zur Ruhe von 99° bis 124° und bei 3°"),
        ("Loss least from 99° to 124°: it would rest there, or at −80° and at 12°",
         "Loss am kleinsten von 99° bis 124°: Ruhe dort oder bei −80° und bei 12°"),
        ("Loss least at 114°, but it would rest from −80° to 12°",
         "Loss am kleinsten bei 114°, zur Ruhe käme sie aber von −80° bis 12°"),
        ("Loss least from −80° to 12°, but nowhere to rest",
         "Loss am kleinsten von −80° bis 12°, aber nirgends Ruhe"),
    ],
)  # fmt: skip
def test_places_and_stretches_of_rest_are_told_in_german(english, german):
    assert in_german(english) == (german, [])


@pytest.mark.parametrize("surface", ["circle", "sphere"])
@pytest.mark.parametrize("shown", ["loss", "force"])
def test_how_many_valleys_or_rests_a_sweep_has_is_counted_right(surface, shown):
    grounds = grounds_on(surface)
    for told, ground in zip(seen(grounds, shown), grounds, strict=True):
        answer, arrays = ground["answer"], ground["arrays"]
        angles = np.array(answer["angles"])
        rows = np.array(arrays[f"swept_{shown}"]).reshape(len(answer["settings"]), -1)
        counts = []
        for row in rows:
            if shown == "force":
                counts.append(len(core.rests(angles, torch.from_numpy(row))))
            else:
                counts.append(len(valleys(angles, row)) if np.ptp(row) > 1e-5 else 0)
        said = told["overview"].replace("No ", "0 ").replace("none above", "0 above")
        assert ("along the circle" in said) == (surface == "sphere")
        if "whatever" in said:
            assert set(counts) == {int(said.split()[0])}
        elif match := re.match(r"(\d+) .* below \S+ (\S+), (\d+) above", said):
            low, bound, high = int(match[1]), number(match[2]), int(match[3])
            for setting, count in zip(answer["settings"], counts, strict=True):
                assert count == (low if setting < bound * (1 - 5e-3) else high) or math.isclose(
                    setting, bound, rel_tol=6e-3
                )
        else:
            least, most = map(int, re.match(r"(\d+) to (\d+) ", said).groups())
            assert (least, most) == (min(counts), max(counts))
