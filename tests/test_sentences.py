"""Every sentence beside a number, over all kept moments of all recorded runs: each is of a known
form, and what the form states is worked out (`stated.py`); and which test says those that no
recording does."""

import ast
import collections
import inspect
import json
import re
import struct
import time
from pathlib import Path

import pytest

from cacr_core.runs.shelf import RECORDED
from tests import stated
from tests import test_readings as made
from tests import test_readings_of_scores as made_of_scores
from tests.moments import all_moments, said_of
from web.live.readings import diagnosis, read_all
from web.live.watch import Watcher

N = r"(−?[\d.,]+(?:e[−+]?\d+)?)"
READINGS = Path(__file__).parents[1] / "web" / "live" / "readings"

BETTER = (
    r"(, and neighbours tell classes better than before training"
    r"|; neighbours tell classes no better than before training yet"
    r"|; neighbours tell classes less well than before training)?"
)
ABOVE = rf"{N} points above the untrained encoder and (level|rising), though no label was seen\."
PLACE = "all images are in nearly one place"
FORMS = {
    "loss": {
        r"Before the first update: attraction plus repulsion of an untrained encoder\.":
            stated.first_loss,
        rf"Still falling, most in its (attraction|repulsion){BETTER}\.": stated.falls,
        r"Rising: the last batches cost more than those before"
        r"(, and neighbours tell classes less well than before training)?\.": stated.rises,
        rf"Level: the learning rate is down to {N} % of its peak, so little moves\.":
            stated.rate_is_spent,
        r"Level: its last batches differ from those before by no more than batches do\.":
            stated.level,
    },
    "attraction": {
        r"Steady: it has changed by no more than batches differ\.":
            lambda m: stated.is_steady(m, "attraction"),
        r"(Falling|Rising): views of one image come (nearer together|farther apart), "
        r"as this loss weighs them\.": stated.views_come,
    },
    "repulsion": {
        r"Steady: it has changed by no more than batches differ\.":
            lambda m: stated.is_steady(m, "repulsion"),
        r"(Falling|Rising): different images come (nearer together|farther apart), "
        r"as this loss weighs them\.": stated.others_come,
        r"(Falling|Rising): debiasing counts in it how near views of one image are, "
        r"not different images alone\.": stated.debiasing_counts,
        r"(Falling|Rising): positives stand in its log, too, not how near different images are "
        r"alone\.": stated.positives_stand_in_log,
    },
    "entropy": {
        r"Every negative weighs the same: t⁻ is 0\.": stated.weighs_all_alike,
        r"Negatives weigh nearly alike: near and far count about the same\.":
            stated.weighs_nearly_alike,
        rf"Weights are as uneven as if {N} negatives? (?:shared them equally|had them all)\.": (
            stated.is_uneven
        ),
    },
    "pos_largest": {
        rf"This loss weighs the {N} positives of a query alike\.": stated.positives_alike,
        rf"The farthest of {N} views holds {N} % of the weight on average\.": stated.farthest_holds,
    },
    "own_class_share": {
        rf"(Growing: |Shrinking: )?[fF]alse negatives hold {N} times their even share of the "
        r"weight\.": stated.own_class,
    },
    "alignment": {
        r"Views coincide as all images do: this closeness says nothing\.": stated.views_coincide,
        rf"Views (?:of one image )?lie at {N} of the squared distance of others"
        r"(, but all along few directions)?\.": stated.views_are_at,
    },
    "uniformity": {
        rf"{PLACE.capitalize()}: the embeddings have collapsed\.": stated.in_one_place,
        r"Images lie along a few directions, the rest of the sphere is empty\.": stated.along_few,
        rf"(Spreading: |Drawing together: )?{N} % of the limit for as many "
        r"images\.": stated.spread_share,
    },
    "effective_rank": {
        r"What all images share is nearly all there is: the embeddings have collapsed\.":
            stated.in_one_place,
        r"A few directions hold all: the embeddings have collapsed to them\.": stated.along_few,
        rf"(Growing: d|Shrinking: d|D)irections are used as if {N} of {N} were, all alike\.":
            stated.directions,
    },
    "clamped": {
        r"Most queries push nothing away: the class prior is set too high\.":
            stated.most_are_silenced,
        r"So many queries push nothing away; the others push harder than undebiased\.":
            stated.some_are_silenced,
        r"No query is silenced; debiasing makes each push its negatives harder\.":
            stated.none_is_silenced,
    },
    "speed": {
        rf"{N} views an update, counted over training time alone\.": stated.views_an_update,
        r"Known after the first updates\.": stated.before_updates,
    },
    "diagnosis": {
        r"": stated.nothing_wrong,
        rf"Collapse: {PLACE}\. Likely cause: repulsion is switched off \(β = 0\), so one place for "
        r"all is a perfect answer\.": stated.collapsed_without_repulsion,
        rf"Collapse: {PLACE}\. Likely cause: the learning rate may be too high, or repulsion too "
        r"weak\.": stated.collapsed_by_the_rate,
        r"Collapse to a few directions: all images lie along them\. Cause: with t⁻ = 0 repulsion "
        r"looks only at the mean of the negatives, which two opposite groups satisfy; raise it\.":
            stated.flat_by_the_mean,
    },
}  # fmt: skip
for key in ("knn_features", "knn_embeddings"):
    FORMS[key] = {
        r"No better than guessing: neighbours say nothing about the class\.":
            lambda m, key=key: stated.is_guessing(m, key),
        r"What the encoder gives untrained: the level to beat\.":
            lambda m, key=key: stated.is_untrained(m, key),
        r"As before training, within what the number of images leaves uncertain\.":
            lambda m, key=key: stated.is_unchanged(m, key),
        ABOVE: lambda m, *said, key=key: stated.is_above(m, key, *said),
    }  # fmt: skip


def all_said():
    """`(moment, key, sentence)` of every reading and diagnosis."""
    for m in all_moments():
        for reading in said_of(m).values():
            yield m, reading.key, reading.sentence
        yield m, "diagnosis", diagnosis(m.rows, m.about)


def test_every_sentence_states_what_the_arrays_say():
    seen, wrong = collections.Counter(), []
    for m, key, sentence in all_said():
        forms = [(f, found) for f in FORMS[key] if (found := re.fullmatch(f, sentence))]
        if len(forms) != 1:
            wrong.append((m.run, m.step, key, sentence, "is of no known form"))
            continue
        form, found = forms[0]
        seen[key, form] += 1
        try:
            FORMS[key][form](m, *found.groups())
        except AssertionError as error:
            wrong.append((m.run, m.step, key, sentence, str(error)[:200]))
    assert not wrong, "\n".join(map(str, wrong[:40]))
    assert set(seen) == {(key, form) for key, forms in FORMS.items() for form in forms}


# --- what no recording says, and which test of the two files of readings does


FALLING = {"loss": [4.0, 3.0, 2.0, 1.0]}
SSCL = {"name": "sscl", "class_prior": 0.1, "temperature": 0.5, "beta": 1.0}
ATTRACTS = {"name": "cacr", "beta": 0.0, "t_neg": 2.0}
FLAT = {"effective_rank": [20.0, 1.7, 1.6]}
UNSEEN = [
    ("loss", made.rows(**FALLING, knn_features=[0.6, 0.5, 0.4, 0.2]), {},
     "Still falling, most in its attraction; neighbours tell classes less well than before "
     "training."),
    ("loss", made.rows(**FALLING, knn_features=[0.2, 0.2, 0.2, 0.2]), {},
     "Still falling, most in its attraction; neighbours tell classes no better than before "
     "training yet."),
    ("loss", made.rows(loss=[1.0, 1.0], rate=[0.0125, 0.025]), {},
     "Level: its last batches differ from those before by no more than batches do."),
    ("loss", made.rows(loss=[1.0, 1.0], gradient_norm=[1e-6], spread=[0.01]), {},
     "The gradient has vanished with all images in one place."),
    ("alignment", [made.ROW | {"alignment": 0.5, "spread": 0.01}], {},
     "All images are in nearly one place: how far apart their views lie says nothing."),
    ("learned_bias", made.rows(learned_bias=[-5.0, -5.5]), {"loss": {"name": "siglip"}},
     "Learned with the encoder; it began at −5."),
    ("repulsion", made.rows(repulsion=[-0.9, -0.7, -0.5, -0.3]),
     {"loss": {"name": "triplet", "margin": 1.0, "hardest": False}},
     "Rising: which pairs stand within the margin counts in it, not distances alone."),
    ("repulsion", made.rows(repulsion=[5.0, 4.5, 4.0, 3.5]),
     {"loss": {"name": "supcon", "temperature": 0.5}},
     "Falling: positives stand in its log, too, not how near different images are alone."),
    ("own_class_share", made.rows(own_class_share=[0.1, 0.2, 0.3, 0.4], own_class_even=[0.1] * 4),
     {"loss": {"name": "supcon", "temperature": 0.5}},
     "Growing: images of its class hold 4.00 times their even share of the weight."),
    ("entropy", [made.ROW | {"effective_negatives": 1.2, "entropy": 0.04}], {},
     "Weights are as uneven as if 1 negative had them all."),
    ("entropy", [made.ROW | {"n_negatives": 1.0, "effective_negatives": 1.0, "entropy": 0.0}], {},
     "With one negative its weight is always 1."),
    ("knn", [made.ROW | {"knn_features": 0.5}], {},
     "Above guessing: neighbours say something about the class."),
    ("knn", [made.ROW | {"knn_features": 0.02}], {},
     "Worse than guessing: neighbours mislead about the class."),
    ("own_class_share", [made.ROW | {"own_class_share": 0.0, "own_class_even": 0.0}], {},
     "No image of the batch shares its class with another."),
    ("clamped", [made.ROW | {"clamped": 0.2}], {"loss": SSCL, "n_views": 5},
     "So many queries push nothing away for one positive at least; the others push harder than "
     "undebiased."),
    ("diagnosis", made.rows(spread=[0.9, 0.02, 0.01], clamped=[0.9]), {"loss": SSCL},
     "Collapse: all images are in nearly one place. Likely cause: the clamp silences repulsion; "
     "lower the class prior τ⁺."),
    ("diagnosis", made.rows(**FLAT), {},
     "Collapse to a few directions: all images lie along them. Sharper repulsion may help."),
    ("diagnosis", made.rows(**FLAT), {"loss": ATTRACTS},
     "Collapse to a few directions: all images lie along them. Cause: repulsion is switched off "
     "(β = 0), so nothing asks for more directions."),
]  # fmt: skip
SAID_THERE = {
    "test_an_accuracy_above_the_untrained_one_says_whether_labels_trained_it": (
        "by a loss that is told labels",
    ),
    "test_the_loss_says_where_it_goes_and_claims_learning_only_where_neighbours_do": (
        "nothing pulls", "less well than before training",
    ),
    "test_accuracy_is_read_against_chance_and_the_untrained_encoder": (
        "above the untrained encoder but falling", "below the untrained encoder",
    ),
    "test_the_evenest_spread_is_that_of_as_many_points_in_as_many_dimensions": ("100 %",),
    "test_accuracy_not_yet_measured_is_said_to_be_so": ("Not measured yet.",),
    "test_alignment_is_read_against_the_distance_of_different_images": (
        "no nearer than different images",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("key", "rows", "changes", "sentence"), UNSEEN)
def test_what_no_recording_says_is_said_of_rows_that_are_so(key, rows, changes, sentence):
    about = made.about(**changes)
    said = {reading.key: reading.sentence for reading in read_all(rows, about)}
    said["diagnosis"] = diagnosis(rows, about)
    assert said["knn_features" if key == "knn" else key] == sentence


def plain_parts(module):
    """The parts of sentences that stand in a module, its docstrings left out."""
    tree = ast.parse(module.read_text())
    docs = [node.body[0].value for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and ast.get_docstring(node)]  # fmt: skip
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in docs)
    return {one.value for one in found if isinstance(one.value, str) and " " in one.value.strip()}


def test_no_part_of_a_sentence_is_left_without_a_recording_or_a_test_that_says_it():
    parts = set.union(*(plain_parts(path) for path in READINGS.glob("*.py")))
    assert len(parts) > 60
    said = " ".join({sentence for _, _, sentence in all_said()})
    said += " ".join(sentence for *_, sentence in UNSEEN)
    said += " ".join(
        x for m in all_moments() for r in said_of(m).values() for x in (r.title, r.chance, r.text)
    )
    for test, texts in SAID_THERE.items():
        found = getattr(made, test, None) or getattr(made_of_scores, test)
        cases = str([mark.args for mark in getattr(found, "pytestmark", [])])
        source = inspect.getsource(found) + cases
        assert all(text in source for text in texts), test
    there = [text for texts in SAID_THERE.values() for text in texts]
    left = {part for part in parts if part.strip() not in said}
    assert not {part for part in left if not any(text in part or part in text for text in there)}


# --- the page


def test_a_frame_carries_what_is_said_of_its_own_moment():
    folder = RECORDED / "live-too-fast"
    watcher = Watcher(folder, lambda *_: None)
    watcher.begin()
    key, frames = watcher.series("embeddings", "pca"), []
    until = time.monotonic() + 30
    while len(frames) < 12 and time.monotonic() < until:
        frames = watcher.frames_since(key, 0)[1]
        time.sleep(0.01)
    heads = [json.loads(f[4 : 4 + struct.unpack("<I", f[:4])[0]]) for f in frames]
    found = {head["step"]: head for head in heads}
    for m in all_moments():
        if m.run == folder.name:
            assert found[m.step]["diagnosis"] == diagnosis(m.rows, m.about)
            said = [number["sentence"] for number in found[m.step]["numbers"]]
            assert said == [reading.sentence for reading in said_of(m).values()]
    assert found[0]["diagnosis"] == ""
    assert "learning rate" in found[20]["diagnosis"]
