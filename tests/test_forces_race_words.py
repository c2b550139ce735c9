"""What the browser says of flows, run by node over every preset and held to the frames."""

import re

import numpy as np
import pytest

from cacr_core import forces as core
from tests import browser_code
from tests.one_query import number
from web.forces import answers
from web.forces.presets import SCENES
from web.settings import board

SAID = """
const { descent, goalOf, headline, standing } = await load('race.js');
const { alignmentTitle, lossTitle, uniformityTitle } = await load('flowwords.js');
const { look, lookText } = await load('gaps.js');
return data.map(({ answer, places, tied }) => ({
  headlines: [0, 100, 300].map((frame) => {
    const ways = answer.of.map((one) => descent(one, Math.min(frame, answer.n_frames - 1)));
    return headline(ways, answer.of.map(standing));
  }),
  goals: answer.of.map(goalOf),
  of: answer.of.map((one, i) => ({
    loss: lossTitle(one), alignment: alignmentTitle(one.alignment, tied),
    uniformity: uniformityTitle(one.uniformity),
    look: lookText(look(places[i], answer.items, answer.dims), answer.dims),
  })),
}));
"""


def flow_of(name, **flow):
    scene = SCENES[name].board
    question = {"surface": scene["surface"], "losses": scene["losses"]}
    answer, arrays = answers.forces({"what": "flow", "flow": scene["flow"] | flow, **question})
    ends = arrays["places"].reshape(2, answer["n_frames"], -1)[:, -1]
    return {"answer": answer, "places": ends.tolist(), "tied": scene["flow"]["tied"]}


@pytest.fixture(scope="module")
def told():
    """Every preset, and flows that hardly go or end higher than they start."""
    flows = [flow_of(name) for name, scene in SCENES.items() if scene.board["mode"] == "flow"]
    flows += [
        flow_of("flow-octagon", rate=0.005, n_steps=50),
        flow_of("flow-simplex", n_items=8, tied=True, n_steps=60),
        flow_of("flow-uniform", start="polygon", n_steps=60),
        flow_of("flow-torn", start="cluster", n_steps=60),
    ]
    return list(zip(browser_code.run(SAID, flows), flows, strict=True))


def test_titles_of_losses_say_where_they_end(told):
    for said, flow in told:
        for words, one in zip(said["of"], flow["answer"]["of"], strict=True):
            first, last, least = one["loss"][0], one["loss"][-1], min(one["loss"])
            title = words["loss"]
            assert ("stays" in title) == (abs(first - last) < 1e-4)
            assert "falls" not in title or last < first
            assert "rises" not in title or last > (least if "dips" in title else first)
            known = {kind: one[kind]["value"] for kind in ("optimum", "polygon") if one[kind]}
            if "its optimum" in title:
                assert one["optimum"]["kind"] == "optimum"
                assert last == pytest.approx(known["optimum"], rel=3e-4, abs=3e-5)
            elif re.search("(to|at) the (regular )?polygon's", title):
                assert last == pytest.approx(known["polygon"], rel=3e-4, abs=3e-5)
                below = (last - least) / (max(one["loss"]) - least)
                assert ("dips" in title) == (below > 0.02)
            elif "below the regular" in title:
                assert last < known["polygon"]
            elif match := re.search(r", (\S+) above (?:the|its) (\w+)", title):
                goal = known["polygon" if match[2] == "polygon" else "optimum"]
                assert last - goal == pytest.approx(number(match[1]), rel=6e-3)
            else:
                assert one["optimum"] is None and one["polygon"] is None


def test_views_and_spread_are_said_to_go_the_way_they_go(told):
    for said, flow in told:
        for words, one in zip(said["of"], flow["answer"]["of"], strict=True):
            start, end = one["alignment"][0], one["alignment"][-1]
            facts = {
                "Views as one point": flow["tied"],
                "Views stay together": max(start, end) < 1e-3,
                "Views meet": start >= 1e-3 > end,
                "Views drift apart": end > 1.2 * start,
                "Views come closer": 1e-3 <= end < 0.8 * start,
                "Views stay as close": 0.8 * start <= end <= 1.2 * start,
            }
            assert facts[words["alignment"]]
            change = one["uniformity"][-1] - one["uniformity"][0]
            spread = {
                "Spread stays": abs(change) < 0.02,
                "Points spread out": change <= -0.02,
                "Points crowd": change >= 0.02,
            }
            assert spread[words["uniformity"]]
            least = flow["answer"]["least_uniformity"]
            assert least is None or min(one["uniformity"]) >= least - 1e-5


def test_who_is_ahead_has_come_down_more_of_its_own_way(told):
    seen = set()
    for said, flow in told:
        losses = [np.array(one["loss"]) for one in flow["answer"]["of"]]
        ways = [loss[0] - loss[-1] for loss in losses]
        for frame, line in zip((0, 100, 300), said["headlines"], strict=True):
            at = min(frame, len(losses[0]) - 1)
            share = [100 * (loss[0] - loss[at]) / way if way else 0
                     for loss, way in zip(losses, ways, strict=True)]  # fmt: skip
            share = [min(100, max(0, one)) for one in share]
            seen.add(re.sub(r"[\dAB]+", "", line))
            if match := re.match(r"([AB]) is ahead: (\d+) % down, [AB] (\d+) %", line):
                first = "AB".index(match[1])
                assert share[first] == pytest.approx(int(match[2]), abs=1.01)
                assert share[1 - first] == pytest.approx(int(match[3]), abs=1.01)
                assert int(match[2]) > int(match[3])
            elif match := re.match(r"The loss of (.*) hardly changes", line):
                for letter in match[1].split(" and "):
                    which = "AB".index(letter)
                    assert abs(ways[which]) <= 2.1e-3 * max(1e-3, abs(losses[which][0]))
            elif match := re.match(r"The loss of (.*) ends higher", line):
                assert all(ways["AB".index(letter)] < 0 for letter in match[1].split(" and "))
            elif "Both at the start" in line:
                assert max(share) < 1.01
            elif "Both have come down" in line:
                assert min(share) > 99
            else:
                percent = int(re.match(r"Level: both (\d+) % down", line)[1])
                assert share == pytest.approx([percent] * 2, abs=1.01)
        for goal, one in zip(said["goals"], flow["answer"]["of"], strict=True):
            known = one["optimum"]["value"] if one["optimum"] else min(one["loss"])
            assert goal["value"] == pytest.approx(known)
            assert (goal["name"] == "lowest here") == (one["optimum"] is None)
    assert len(seen) >= 3


def test_what_is_said_of_the_points_is_where_they_are(told):
    for said, flow in told:
        answer = flow["answer"]
        items, dims = np.array(answer["items"]), answer["dims"]
        n = items.max() + 1
        for words, places in zip(said["of"], flow["places"], strict=True):
            z = np.array(places).reshape(-1, dims)
            text = words["look"]
            middle = np.stack([z[items == item].mean(0) for item in range(n)])
            middle /= np.linalg.norm(middle, axis=1, keepdims=True).clip(1e-9)
            angle = np.degrees(np.arccos((middle @ middle.T).clip(-1, 1)))
            widest = max(
                np.degrees(np.arccos((z[items == i] @ z[items == i].T).clip(-1, 1))).max()
                for i in range(n)
            )
            if apart := re.search(r"views up to (\S+)° apart", text):
                assert widest == pytest.approx(number(apart[1]), abs=0.6)
                assert text.startswith(f"middles of {n} items")
            else:
                assert widest < 1.05
            groups = re.search(r"in (\d+|one) places?", text)
            n_groups = n if not groups else 1 if groups[1] == "one" else int(groups[1])
            if dims == 2:
                turns = np.sort(np.degrees(np.arctan2(middle[:, 1], middle[:, 0])))
                gaps = np.diff(np.append(turns, turns[0] + 360))
                assert n_groups == max(1, (gaps > min(2, 90 / n) - 0.05).sum())
                if between := re.search(r"gaps (\S+)° to (\S+)°", text):
                    low, high = map(number, between.groups())
                    assert gaps[gaps > min(2, 90 / n)].min() == pytest.approx(low, abs=0.6)
                    assert gaps.max() == pytest.approx(high, abs=0.6)
                if "regular polygon" in text:
                    assert gaps == pytest.approx([360 / n] * n, abs=2)
            else:
                np.fill_diagonal(angle, np.inf)
                far = re.search(r"(?:each )?(\S+?)°(?: to (\S+)°)? from the nearest", text)
                assert angle.min(1).min() == pytest.approx(number(far[1]), abs=2)


def test_a_polygon_is_titled_by_what_a_dent_in_it_does():
    lenses = [
        board.full_lens("cacr"), board.full_lens("cacr", detach_weights=True),
        board.full_lens("cacr", beta=0.0), board.full_lens("sscl"), board.full_lens("infonce"),
    ]  # fmt: skip
    settings = [0.0, 0.5, 0.9, 2.0, 3.6, 4.0]
    cases = []
    for lens in lenses:
        field = "t_neg" if lens["name"] == "cacr" else "temperature"
        values = settings if field == "t_neg" else [0.05, 0.2, 0.5, 0.9]
        question = {"what": "stability", "loss": lens, "n_items": 8, "field": field, "n": 41}
        bounds = {"least": values[0], "most": 4.0 if field == "t_neg" else 1.0}
        answer = answers.forces(question | bounds)[0]
        cases += [{"answer": answer, "lens": lens | {field: value}, "now": value}
                  for value in values]  # fmt: skip
    said = browser_code.run(
        """
        const { stateOf, titleOf } = await load('steadiness.js');
        return data.map(({ answer, now }) => [
          stateOf(answer, now), titleOf([answer, answer], [{ now }, { now }])]);
        """,
        cases,
    )
    for (state, title), case in zip(said, cases, strict=True):
        speed = core.growth(board.loss_of(case["lens"]), 8)
        fact = "is indifferent" if abs(speed) <= core.NOTHING else (
            "breaks" if speed > 0 else "holds"
        )  # fmt: skip
        assert state == fact
        assert (f"{state} under both" in title) == (state != "is indifferent")
