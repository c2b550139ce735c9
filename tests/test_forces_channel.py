"""The socket's answers to the Forces page, against the core and against losses called alone."""

import json
import math

import numpy as np
import pytest
import torch

from cacr_core import forces as core
from cacr_core.losses import CACR
from cacr_core.pairs import Pairs
from tests.protocol import fits_to_browser
from tests.test_channel import talk
from web.forces import answers
from web.forces.presets import SCENES
from web.settings import board

POINTS = {
    "surface": "circle",
    "query": [90, 0],
    "positives": [[60, 0], [150, 0]],
    "negatives": [[40, 0], [200, 0], [250, 0], [270, 0]],
}
LOSSES = [board.full_lens("cacr"), board.full_lens("sscl", n_synthetic=3, pool_size=2)]
QUESTION = {"type": "ask", "what": "forces", **POINTS, "losses": LOSSES, "seed": 1}


def asked(**changes):
    """An answer as the browser has it, after JSON, and the arrays beside it."""
    question = QUESTION | changes
    answer, arrays = answers.forces(question)
    names = {"arrays": [[name, one.size] for name, one in arrays.items()]} if arrays else {}
    sent = {"type": "answer", "id": 1, "what": question["what"]} | answer | names
    fits_to_browser(sent, b"".join(one.astype("<f4").tobytes() for one in arrays.values()))
    return json.loads(json.dumps(answer, allow_nan=False)), arrays


def angle_between(a, b):
    return abs((a - b + 180) % 360 - 180)


def test_a_question_about_forces_needs_no_run_and_a_bad_one_gets_a_sentence():
    browser = talk(
        QUESTION | {"id": 1},
        QUESTION | {"id": 2, "negatives": []},
        QUESTION | {"id": 3, "losses": [LOSSES[0], {"name": "hinge"}]},
        {"type": "ask", "id": 4, "what": "query"},
        enough=lambda b: len(b.texts) >= 4,
    )
    by_id = {text["id"]: text for text in browser.texts}
    assert by_id[1]["type"] == "answer"
    assert len(by_id[1]["of"]) == 2
    assert "1 to 24 negatives" in by_id[2]["message"]
    assert "one of cacr, sscl, infonce" in by_id[3]["message"]
    assert by_id[3]["lens"] == 1
    assert "Watch a run first" in by_id[4]["message"]


def test_curves_and_flows_come_as_named_arrays():
    flow = board.DEFAULT["flow"] | {"n_steps": 3, "n_items": 4}
    browser = talk(
        QUESTION | {"id": 1, "what": "landscape", "sweep": [0, "t_neg"]},
        {
            "type": "ask",
            "id": 2,
            "what": "flow",
            "surface": "circle",
            "losses": LOSSES,
            "flow": flow,
        },
        {"type": "ask", "id": 3, "what": "flow", "temperature": 1},
        enough=lambda b: len(b.weights) >= 2 and b.texts,
    )
    (refusal,) = browser.of_type("error")
    assert (refusal["id"], "got 'temperature' beside them" in refusal["message"]) == (3, True)
    for header, rest, _ in browser.weights:
        assert len(rest) == 4 * sum(size for _, size in header["arrays"])
    sizes = {h["what"]: dict(h["arrays"]) for h, _, _ in browser.weights}
    assert sizes["landscape"] == {
        "loss": 720, "force": 720, "swept_loss": 18_000, "swept_force": 18_000
    }  # fmt: skip
    assert sizes["flow"]["places"] == 2 * 4 * 4 * 2


def test_weights_and_pulls_are_those_of_the_loss_on_the_marks_distances():
    reading = asked()[0]["of"][0]
    degrees = {key: [place[0] for place in POINTS[key]] for key in ("positives", "negatives")}
    sq_dist = {
        key: [2 - 2 * math.cos(math.radians(angle_between(90, at))) for at in found]
        for key, found in degrees.items()
    }
    pairs = Pairs(
        *(torch.tensor([sq_dist[k]], dtype=torch.float64, requires_grad=True) for k in sq_dist)
    )
    record = CACR()(pairs)
    pulls = torch.autograd.grad(record.total, tuple(pairs))
    for group, weights, pull in zip(
        ("positives", "negatives"), (record.pos_weights, record.neg_weights), pulls, strict=True
    ):
        marks = reading[group]
        assert [m["weight"] for m in marks] == pytest.approx(weights[0].tolist(), rel=1e-9)
        assert [m["pull"] for m in marks] == pytest.approx((2 * pull[0]).tolist(), rel=1e-9)
    assert reading["total"] == pytest.approx(record.total.item())
    assert reading["negatives"][3]["still"] == "antipodal"
    assert any("opposite" in note or "antipod" in note for note in reading["notes"])


def test_what_is_credited_to_the_parents_turns_the_query_as_the_synthetics_do():
    reading = asked()[0]["of"][1]
    assert len(reading["synthetics"]) == 3
    q = np.array([0.0, 1.0])

    def tangent(degrees):
        x = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
        return x - (x @ q) * q

    force = sum(
        m["pull"] * tangent(p[0])
        for m, p in zip(reading["positives"], POINTS["positives"], strict=True)
    )
    force = force + sum(
        m["credited"] * tangent(p[0])
        for m, p in zip(reading["negatives"], POINTS["negatives"], strict=True)
    )
    assert force == pytest.approx(reading["resultant"]["arrow"], abs=1e-9)


def test_the_landscape_at_the_query_is_what_the_scene_says():
    answer, arrays = asked(what="landscape", sweep=[1, "temperature"])
    here = answer["angles"].index(90.0)
    readings = asked()[0]["of"]
    for which, reading in enumerate(readings):
        at = which * len(answer["angles"]) + here
        assert arrays["loss"][at] == pytest.approx(reading["total"], rel=1e-5)
        assert arrays["force"][at] == pytest.approx(reading["resultant"]["turn"], abs=1e-5)
    assert answer["field"]["name"] == "temperature"
    row = int(np.argmin(np.abs(np.array(answer["settings"]) - 0.5)))
    swept = arrays["swept_loss"].reshape(50, 360)[row, here]
    lens = LOSSES[1] | {"temperature": answer["settings"][row]}
    same = asked(losses=[lens, lens])[0]["of"][0]
    assert swept == pytest.approx(same["total"], rel=1e-5)


def test_a_sweep_of_a_setting_that_the_loss_lacks_takes_its_first():
    assert asked(what="landscape", sweep=[1, "t_neg"])[0]["field"]["name"] == "temperature"


def test_on_the_sphere_the_ground_is_a_grid():
    answer, arrays = asked(what="landscape", surface="sphere", sweep=[0, "t_pos"])
    n = len(answer["grid"]["lons"]) * len(answer["grid"]["lats"])
    assert arrays["loss"].size == 2 * n
    assert (arrays["force"] >= 0).all()


def test_a_chord_says_when_a_mix_is_harder_than_its_parents():
    question = {"what": "chord", "chord": [0, 1, 0.5], "loss": LOSSES[1]}
    both_sides = asked(**question, negatives=[[60, 0], [120, 0]])[0]
    assert max(both_sides["similarity_after"]) == pytest.approx(1)
    assert "harder than both" in both_sides["sentence"]
    one_side = asked(**question, negatives=[[60, 0], [30, 0]])[0]
    assert max(one_side["similarity_after"]) == pytest.approx(math.cos(math.radians(30)))
    assert "No mix" in one_side["sentence"]
    antipodal = asked(**question, negatives=[[0, 0], [180, 0]])[0]
    assert antipodal["similarity_after"][50] is None
    assert "cancel" in antipodal["sentence"]
    behind = asked(**question, negatives=[[200, 0], [340, 0]])[0]
    assert "right angle" in behind["sentence"]


def test_a_flow_says_what_is_known_and_what_became_of_it():
    flow = board.DEFAULT["flow"] | {"n_items": 3, "n_steps": 200, "rate": 0.2}
    losses = [board.full_lens("cacr", detach_weights=True), board.full_lens("infonce")]
    answer, arrays = asked(what="flow", flow=flow, losses=losses)
    cacr, infonce = answer["of"]
    assert cacr["optimum"]["value"] == pytest.approx(-3)  # three items: -2 beta N / (N - 1)
    assert infonce["optimum"]["kind"] == "optimum"
    for one in answer["of"]:
        assert one["loss"][-1] == pytest.approx(one["optimum"]["value"], abs=1e-3)
        assert one["polygon"]["value"] == pytest.approx(one["optimum"]["value"])
        assert one["ended"].startswith("No two of 3 items share a place; hardly moving")
        assert min(one["uniformity"]) >= answer["least_uniformity"] - 1e-6
    assert "do not compare" in answer["scale"]
    places = arrays["places"].reshape(2, answer["n_frames"], answer["n_points"], answer["dims"])
    assert (places[0, 0] == places[1, 0]).all()
    config = core.FlowConfig(**flow)
    assert places[0] == pytest.approx(
        core.flow(config, CACR(detach_weights=True)).places.numpy(), abs=1e-6
    )


def test_stability_finds_where_the_octagon_breaks():
    question = {"what": "stability", "n_items": 8, "field": "t_neg", "least": 0.2, "most": 1.6}
    answer = asked(**question, n=15, loss=board.full_lens("cacr"))[0]
    (crossing,) = answer["crossings"]
    assert crossing == pytest.approx(0.9, abs=0.1)  # method of the paper's small scale
    assert "holds up to" in answer["sentence"]
    held = asked(**question, n=15, loss=board.full_lens("cacr", detach_weights=True))[0]
    assert held["crossings"] == []
    assert "holds at every" in held["sentence"]


def test_stability_is_told_of_every_flow_that_there_may_be():
    loss = board.full_lens("cacr")
    question = {"what": "stability", "field": "t_neg", "n": 2, "loss": loss}
    for n_items, n_views in [(16, 16), (3, 85)]:
        flow = board.checked_flow({"n_items": n_items, "n_views": n_views})
        sizes = {key: flow[key] for key in ("n_items", "n_views")}
        values, growths = (asked(**question, **sizes)[0][key] for key in ("values", "growth"))
        same = [core.growth(core.with_setting(board.loss_of(loss), "t_neg", at), n_items, n_views)
                for at in values]  # fmt: skip
        assert growths == pytest.approx(same)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"surface": "torus"}, "surface"),
        ({"query": "here"}, "A point is"),
        ({"seed": -1}, "seed"),
        ({"what": "flow", "flow": {"n_steps": 5000}}, "n_steps"),
        ({"what": "flow", "flow": {"n_items": 100}}, "at most 64 items"),
        ({"what": "chord", "chord": [0, 9, 0.5], "loss": LOSSES[0]}, "negatives 0 to 3"),
        ({"what": "stability", "n_items": 1, "loss": LOSSES[0], "field": "t_neg"}, "n_items"),
        ({"what": "stability", "n_items": 16, "n_views": 21, "loss": LOSSES[0]}, "320 points"),
        ({"what": "stability", "n_items": 8, "loss": LOSSES[0], "field": "cost"}, "cost"),
    ],
)
def test_nonsense_is_one_sentence(changes, said):
    with pytest.raises(ValueError, match=said):
        asked(**changes)


@pytest.mark.parametrize("name", ["infonce", "dcl", "sscl"])
def test_a_loss_that_is_no_number_is_a_sentence_and_not_a_message_no_browser_reads(name):
    wild = board.full_lens(name, temperature=1e-310)
    with pytest.raises(board.RefusedLens, match="no finite value here") as refused:
        asked(losses=[LOSSES[0], wild])
    assert refused.value.where == {"lens": 1}


def test_a_slope_without_bound_at_no_distance_is_no_dent_in_the_polygon():
    """Tied views are at no distance wherever they go: a loss of that alone moves nothing."""
    lens = board.full_lens("typed", attraction="t * mean(sqrt(d_pos))", repulsion="-mean(d_neg)")
    question = {"what": "stability", "n_items": 8, "field": "t", "least": 0.2, "most": 4, "n": 9}
    answer = asked(**question, loss=lens)[0]
    assert max(map(abs, answer["growth"])) < core.NOTHING
    assert answer["crossings"] == [] and "neither breaks nor heals" in answer["sentence"]


@pytest.mark.parametrize("preset", SCENES)
def test_every_preset_is_answered_under_its_own_losses(preset):
    scene = SCENES[preset].board
    parts = ("surface", "query", "positives", "negatives", "losses", "seed", "sweep")
    changes = {key: scene[key] for key in parts}
    for reading in asked(**changes)[0]["of"]:
        assert sum(m["weight"] for m in reading["positives"]) == pytest.approx(1)
        pushed = reading["negatives"] + reading["synthetics"]
        assert sum(m["weight"] for m in pushed) == pytest.approx(1)
        assert reading["formula"]
    if scene["mode"] == "landscape":
        assert asked(what="landscape", **changes)[0]["rests"]
