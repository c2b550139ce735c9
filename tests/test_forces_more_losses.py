"""Further losses on the Forces page: whatever is asked there has a plain and true answer."""

import re

import pytest
import torch

from cacr_core.losses import LOSSES, pair_pulls
from cacr_core.losses.words import sweep_of, title_of
from cacr_core.pairs import Pairs
from tests.one_query import column, number, points_of
from web.forces import answers, link
from web.settings import board

OF_OTHER_TESTS = ("cacr", "sscl", "infonce", "typed")
NEW_LOSSES = [name for name in board.offered() if name not in OF_OTHER_TESTS]
every_loss = pytest.mark.parametrize("name", NEW_LOSSES)


def asked(name, what, **more):
    lens = board.full_lens(name)
    shown = points_of("spread") | {"losses": [lens, board.full_lens("cacr")], "loss": lens}
    return answers.forces({"what": what} | shown | more)


def ends(lines):
    """What each line of tokens comes to."""
    return {line["label"]: line["tokens"][-1].get("value") for line in lines}


def test_all_but_those_that_are_told_labels_are_offered():
    assert set(LOSSES) - set(board.offered()) == {"supcon", "sincere"}
    assert len(NEW_LOSSES) == 6


@every_loss
def test_a_query_is_answered_by_the_losss_own_weights_and_pulls(name):
    reading = asked(name, "forces")[0]["of"][0]
    assert reading["title"] == title_of(LOSSES[name])
    distances = (column(reading, side, "distance") for side in ("positives", "negatives"))
    pairs = Pairs(*(torch.tensor([d], dtype=torch.float64) for d in distances))
    loss = LOSSES[name]()
    record, pulls = loss(pairs), pair_pulls(loss, pairs)
    assert ends(reading["formula"])["loss"] == pytest.approx(float(record.total))
    sides = (
        ("positives", record.pos_weights, pulls.pos),
        ("negatives", record.neg_weights, pulls.neg),
    )
    for side, weights, pulled in sides:
        assert column(reading, side, "weight") == pytest.approx(weights[0].tolist())
        assert column(reading, side, "pull") == pytest.approx((2 * pulled[0]).tolist())


@every_loss
def test_what_is_said_of_its_sums_is_true(name):
    reading = asked(name, "forces")[0]["of"][0]
    sums = [sum(column(reading, side, "pull")) for side in ("positives", "negatives")]
    if shown := re.search(r"sum to (\S+) on positives and (\S+) on negatives", reading["sums"]):
        assert [number(text) for text in shown.groups()] == pytest.approx(sums, rel=1e-2)
    else:
        each = number(re.search(r"1/τ = (\S+) ", reading["sums"])[1])
        assert name in ("dcl", "dclw")
        assert sums[1] == pytest.approx(-each)
        assert sums[0] == pytest.approx(each)


@every_loss
def test_a_mark_is_told_how_it_comes_by_its_weight(name):
    for which, side in (("p0", "positives"), ("n1", "negatives")):
        reading = asked(name, "forces", detail=which)[0]["of"][0]
        last = {
            line["label"]: line["tokens"][-1].get("value") for line in reading["detail"]["lines"]
        }
        assert last["weight"] == pytest.approx(reading[side][int(which[1])]["weight"])
        assert last["pull"] == pytest.approx(reading[side][int(which[1])]["pull"])


@every_loss
def test_a_landscape_sweeps_its_first_setting_and_is_the_loss_at_each_place(name):
    answer, arrays = asked(name, "landscape", sweep=[0, "t_neg"])
    assert answer["field"]["name"] == sweep_of(LOSSES[name]).field
    assert len(arrays["swept_loss"]) == len(answer["settings"]) * len(answer["angles"])
    at = int(torch.tensor(answer["angles"]).sub(90).abs().argmin())
    total = asked(name, "forces", query=[answer["angles"][at], 0])[0]["of"][0]["total"]
    assert arrays["loss"][at] == pytest.approx(total, rel=1e-4, abs=1e-5)


@every_loss
def test_a_mix_a_flow_and_a_polygon_are_answered(name):
    chord, _ = asked(name, "chord", chord=[0, 1, 0.5])
    assert len(chord["pull"]) == len(chord["shares"])
    flow = board.DEFAULT["flow"] | {"n_items": 5, "n_steps": 20}
    answer, arrays = asked(name, "flow", flow=flow)
    of = answer["of"][0]
    assert of["loss"][-1] < of["loss"][0] and len(arrays["places"])
    field, least, most = sweep_of(LOSSES[name])
    asks = {"n_items": 6, "field": field, "least": least, "most": most, "n": 5}
    steady, _ = asked(name, "stability", **asks)
    assert steady["field"]["name"] == field and steady["sentence"]


@every_loss
def test_a_boards_link_says_it_and_is_read_back(name):
    shown = board.DEFAULT | {"losses": [board.full_lens(name), board.full_lens("cacr")]}
    _, found, ignored = link.read(link.write("far-positive", shown))
    assert (found["losses"], ignored) == (shown["losses"], [])


@pytest.mark.parametrize("name", ["supcon", "sincere"])
def test_a_link_to_a_loss_that_is_told_labels_is_left_out_and_said(name):
    _, found, ignored = link.read({"a": name})
    assert found["losses"][0]["name"] in board.offered()
    assert any("A loss is one of" in sentence for sentence in ignored)
