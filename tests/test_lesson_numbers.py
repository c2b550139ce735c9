"""Numbers and orders that lessons state outright are those of their scenes and recordings."""

import numpy as np
import pytest

from cacr_core.presets import recorded_comparison
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests import lessons
from tests.moments import of_recording, pair_distances
from tests.one_query import moved, scene
from web.forces.presets import SCENES
from web.learn import lesson as reader

LESSONS = reader.read_all().known


def test_an_untrained_encoder_lays_a_stranger_nearest_and_own_views_only_a_little_nearer():
    step = LESSONS["first-words"].steps[3]
    first = of_recording("example")[0]
    pos, neg = pair_distances(first.z)
    facts = lessons.facts("live", step.state)
    assert facts["step"] == first.step == 0
    near = [facts["q"][f"p{i}"]["distance"] for i in range(1, 5)]
    assert near[3] == min(near) > facts["q"]["n1"]["distance"]
    assert neg[0].min() < pos[0].min()
    assert "Is the query's nearest neighbour one of its own views" in step.question
    assert facts["number"]["alignment"] == pytest.approx(pos.mean(), abs=1e-3)
    assert 0.8 < pos.mean() / neg.mean() < 0.9
    assert "do lie nearer, but only a little: at {number.alignment}" in step.why
    assert f"different images lie at {neg.mean():.2f}" in step.why


def test_bars_are_of_very_unequal_weights_that_both_losses_give_alike():
    step = LESSONS["same-batch"].steps[1]
    a, b = scene("near-negative")
    of_a, of_b = ([mark["weight"] for mark in one["negatives"]] for one in (a, b))
    assert of_a == pytest.approx(of_b, abs=1e-6)
    assert max(of_a) > 40 * min(of_a)
    assert "A and B weigh each negative alike" in step.words
    assert "where both give it a weight of" in step.why


def test_with_equal_weights_the_mean_of_the_negatives_counts_and_not_their_spread():
    def push(negatives):
        a, _ = scene("near-negative", of_a={"t_neg": 0.0}, negatives=negatives)
        return np.sum([mark["arrow"] for mark in a["negatives"]], axis=0)

    pair = [[10 - 60, 0], [10 + 60, 0]]  # means of length 1/2, both at 10 degrees
    four = [[10 - 90, 0], [10 + 90, 0], [10, 0], [10, 0]]
    np.testing.assert_allclose(push(pair), push(four), atol=1e-5)
    first = SCENES["near-negative"].board["negatives"]
    elsewhere = moved("near-negative", "negatives", 0, 150)["negatives"]
    assert np.abs(push(elsewhere) - push(first)).max() > 0.1
    assert "only their mean counts" in LESSONS["repulsion"].steps[3].why


def test_a_repulsion_is_minus_a_weighted_mean():
    a, _ = scene("near-negative")
    mean = sum(mark["weight"] * mark["distance"] for mark in a["negatives"])
    assert a["repulsion"] == pytest.approx(-mean, abs=1e-5)
    assert a["repulsion"] < 0
    assert "repulsion is minus a weighted mean" in LESSONS["repulsion"].steps[1].why


def test_alignment_without_repulsion_is_as_good_as_0_and_not_the_least_that_was_reached():
    steps = {
        "align-uniform": ("is {number.alignment}: as good as 0, the best", 1, "words"),
        "collapse": ("is {number.alignment}, as good as 0", 0, "why"),
    }
    for name, (said, at, where) in steps.items():
        assert said in getattr(LESSONS[name].steps[at], where)
    shown = of_recording("live-collapse")[-1].alignment
    assert 0 < shown < 1e-3
    rows = files.read_metrics(RECORDED / recorded_comparison("collapse") / "b")
    assert rows[-1]["alignment"] < shown  # so that others do better, if by nothing that counts
