"""What the browser says of one query and of landscapes, run by node and held to the arrays."""

import math
import re

import numpy as np
import pytest
import torch

from cacr_core import forces as core
from tests import browser_code
from tests.one_query import ELSEWHERE, LENSES, ONE_QUERY, number, points_of
from web.forces import answers
from web.forces.presets import SCENES
from web.settings import board

PAIRS = list(zip(LENSES, [*LENSES[1:], LENSES[0]], strict=True))


def asked(points, losses):
    return answers.forces({"what": "forces", **points, "losses": list(losses)})[0]


def all_answers():
    own = [(points_of(name), SCENES[name].board["losses"]) for name in ONE_QUERY]
    others = [(points_of(name), pair) for name in ELSEWHERE for pair in PAIRS]
    return [asked(points, losses) for points, losses in own + others]


def test_what_sets_two_losses_apart_is_the_mark_with_the_most_different_weights():
    found = all_answers()
    said = browser_code.run(
        "const { difference } = await load('say.js'); return data.map(difference);", found
    )
    for text, answer in zip(said, found, strict=True):
        a, b = answer["of"]
        marks = {
            f"{group[:-1].capitalize()} {i + 1}": (x["weight"], y["weight"])
            for group in ("positives", "negatives")
            for i, (x, y) in enumerate(zip(a[group], b[group], strict=True))
        }
        most = max(abs(x - y) for x, y in marks.values())
        if text.startswith("Both weigh the marks alike."):
            assert most < 0.005
        else:
            mark, one, other = re.match(
                r"(\w+ \d+) sets them apart most: weight (\S+) under A, (\S+) under B\.", text
            ).groups()
            assert abs(marks[mark][0] - marks[mark][1]) == pytest.approx(most)
            assert marks[mark] == pytest.approx((number(one), number(other)), rel=6e-3, abs=1e-4)
        forces = [one["resultant"] for one in answer["of"]]
        sizes = [force["strength"] for force in forces]
        if match := re.search(r", ([AB]) (\S+) times as hard as ([AB])\.", text):
            strong, weak = (sizes["AB".index(letter)] for letter in (match[1], match[3]))
            assert strong / weak == pytest.approx(number(match[2].replace(",", "")), rel=6e-3)
        turns = [force["turn"] for force in forces]
        if match := re.search(r"A turns the query (\w+), B (\w+)", text):
            ways = ["counterclockwise" if turn > 0 else "clockwise" for turn in turns]
            assert list(match.groups()) == ways and ways[0] != ways[1]
        if match := re.search(r"Both turn the query (\w+)", text):
            assert {turn > 0 for turn in turns} == {match[1] == "counterclockwise"}
        if "Neither moves" in text:
            assert max(sizes) < 1e-6
        if match := re.search(r"Only ([AB]) moves", text):
            assert sizes["AB".index(match[1])] > 1e-7 > sizes[1 - "AB".index(match[1])] / 10


def test_a_mark_is_said_to_be_drawn_in_or_pushed_away_by_its_pull():
    found = all_answers()
    said = browser_code.run(
        """
        const { labelOf, lineOn } = await load('say.js');
        const groups = { p: 'positives', n: 'negatives', s: 'synthetics' };
        const marks = (one) => Object.entries(groups).flatMap(
          ([letter, group]) => one[group].map((_, i) => `${letter}${i}`));
        return data.map(({ of }) => of.map((one) => marks(one).map(
          (mark) => [lineOn(one, mark), labelOf(one, mark, [0, 0])])));
        """,
        found,
    )
    for told, answer in zip(said, found, strict=True):
        for lines, one in zip(told, answer["of"], strict=True):
            marks = one["positives"] + one["negatives"] + one["synthetics"]
            for (line, label), mark in zip(lines, marks, strict=True):
                effect = "drawn in" if mark["pull"] > 0 else "pushed away"
                if abs(mark["pull"]) < 1e-12:
                    effect = "left alone"
                assert label.removesuffix("query").startswith(line.split(",")[0])
                assert effect in label
                assert ("no arrow" in line) == (mark["still"] is not None)
                assert effect in line or mark["still"]
                assert number(re.search(r"weight ([^\s,]+)", line)[1]) == pytest.approx(
                    mark["weight"], rel=6e-3, abs=1e-4
                )


def test_notes_of_both_losses_keep_their_order_and_are_said_once():
    said = browser_code.run(
        "const { shared } = await load('notes.js'); return data.map(shared);",
        [[["x", "y", "z"], ["y", "w"]], [[], ["x"]], [["x"], ["x"]]],
    )
    assert said == [
        [["A", "x"], ["A B", "y"], ["B", "w"], ["A", "z"]],
        [["B", "x"]],
        [["A B", "x"]],
    ]


# landscapes

SEEN = """
const { arrange, alongGrid, fromLeft, greatCircle, rests, valleys } = await load('terrain.js');
const { heading, overview, words } = await load('seen.js');
const stable = (angles, force) => rests(angles, force).filter((one) => one.stable);
return data.map(({ answer, arrays, question, shown }) => {
  const { grid } = answer;
  const { angles, order } = fromLeft(answer.angles);
  const { query, negatives, positives } = question;
  const circle = grid ? greatCircle(query, negatives, positives) : null;
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
GROUNDS = [
    ("landscape", None),
    ("far-positive", None),
    ("synthetic", None),
    ("landscape", [board.full_lens("cacr", t_neg=8.0, detach_weights=True)] * 2),
    ("antipodal", [board.full_lens("cacr", alpha=0.0, beta=0.0), board.full_lens("sscl")]),
]


def landscape(name, losses, surface, shown):
    scene = SCENES[name].board
    question = points_of(name) | {"surface": surface, "losses": losses or scene["losses"]}
    answer, arrays = answers.forces({"what": "landscape", **question, "sweep": scene["sweep"]})
    plain = {key: np.float32(values).tolist() for key, values in arrays.items()}
    return {"answer": answer, "arrays": plain, "question": question, "shown": shown}


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


def near(text, angle):
    return abs((number(text) - angle + 180) % 360 - 180) < 1.6


@pytest.mark.parametrize("shown", ["loss", "force"])
def test_titles_of_a_landscape_on_the_circle_are_its_minima_and_places_of_rest(shown):
    grounds = [landscape(name, losses, "circle", shown) for name, losses in GROUNDS]
    for told, ground in zip(browser_code.run(SEEN, grounds), grounds, strict=True):
        angles = np.array(ground["answer"]["angles"])
        for which, (title, *_) in enumerate(told["titles"]):
            loss = np.array(ground["arrays"]["loss"]).reshape(2, -1)[which]
            force = torch.tensor(ground["arrays"]["force"]).view(2, -1)[which].double()
            force = torch.where(force.abs() < 1e-6 * force.abs().max(), 0.0, force)
            rests = core.rests(angles, force)
            if "No force" in title or "same everywhere" in title:
                assert np.ptp(loss) < 1e-5 or force.abs().max() < 1e-6
                continue
            named = re.findall(r"−?\d+(?=°)", title)
            if title.startswith("Loss least at"):
                least = angles[loss.argmin()]
                assert near(named[0], least)
                stays = "it would rest there" in title
                off = min((abs((r - least + 180) % 360 - 180) for r in rests), default=180)
                assert stays == (off < 1.5) or 1.4 < off < 1.6
                assert ("nowhere to rest" in title) == (not rests)
                if not stays:
                    named = named[1:]
            elif "Nowhere to rest" in title:
                assert (force > 0).all() or (force < 0).all()
                continue
            assert all(any(near(text, rest) for rest in rests) for text in named)
            more = re.search(r"(\d+) more", title)
            assert len(named) + int(more[1] if more else 0) == len(rests)


def test_where_a_query_is_said_to_drift_the_force_leads():
    grounds = [landscape(name, losses, "circle", "force") for name, losses in GROUNDS[:3]]
    for told, ground in zip(browser_code.run(SEEN, grounds), grounds, strict=True):
        angles = np.array(ground["answer"]["angles"])
        for which, (_, *lines) in enumerate(told["titles"]):
            loss, force = (np.array(ground["arrays"][key]).reshape(2, -1)[which]
                           for key in ("loss", "force"))  # fmt: skip
            for line in lines:
                at, value, push = re.match(
                    r"query at (\S+)°: loss (\S+), force (.*)", line
                ).groups()
                i = int(np.argmin(np.abs(angles - number(at))))
                assert number(value[:-1] if value.endswith(",") else value) == pytest.approx(
                    loss[i], rel=6e-3, abs=2e-3
                )
                if match := re.match(r"(\S+) ([↺↻])(?:, drifts to (\S+)°)?", push):
                    way = 1 if match[2] == "↺" else -1
                    assert way * force[i] == pytest.approx(number(match[1]), rel=6e-3, abs=1e-4)
                    if match[3]:
                        far = round((way * (number(match[3]) - number(at))) % 360)
                        steps = [force[(i + way * k) % 360] * way for k in range(1, far - 1)]
                        assert min(steps, default=1) > -1e-6


@pytest.mark.parametrize("surface", ["circle", "sphere"])
@pytest.mark.parametrize("shown", ["loss", "force"])
def test_how_many_valleys_or_rests_a_sweep_has_is_counted_right(surface, shown):
    grounds = [landscape(name, losses, surface, shown) for name, losses in GROUNDS]
    for told, ground in zip(browser_code.run(SEEN, grounds), grounds, strict=True):
        answer, arrays = ground["answer"], ground["arrays"]
        angles = np.array(answer["angles"])
        rows = np.array(arrays[f"swept_{shown}"]).reshape(len(answer["settings"]), -1)
        counts = []
        for row in rows:
            if shown == "force":
                quiet = np.where(np.abs(row) < 1e-6 * max(np.abs(row).max(), 0.1), 0, row)
                counts.append(len(core.rests(angles, torch.from_numpy(quiet))))
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


# a mix of two negatives


def test_a_mix_is_judged_by_its_cosine_beside_its_parents():
    rng = np.random.default_rng(0)
    cosines = [*rng.uniform(-1, 1, (200, 4)).round(2).tolist(), [0.5, 0.5, 0.5, 0.5]]
    said = browser_code.run(
        """
        const { gainOf, verdictOf } = await load('chordwords.js');
        return data.map(([before, after, a, b]) => [
          gainOf(before, after), verdictOf(after, { a, b })]);
        """,
        cosines,
    )
    for (gain, verdict), (before, after, a, b) in zip(said, cosines, strict=True):
        assert ("harder" in gain, "easier" in gain) == (after > before, after < before)
        assert (verdict == "harder than both parents") == (after > max(a, b))
        assert (verdict == "easier than both parents") == (after < min(a, b))
        assert (verdict == "between its parents") == (min(a, b) < after < max(a, b))
