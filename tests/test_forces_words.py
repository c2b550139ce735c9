"""What the browser says of one query, run by node and held to the arrays."""

import re
from itertools import zip_longest

import numpy as np
import pytest

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
            for group in ("positives", "negatives", "synthetics")
            for i, (x, y) in enumerate(zip_longest(a[group], b[group], fillvalue={"weight": 0}))
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


def test_a_synthetic_that_one_loss_has_alone_sets_the_two_apart():
    everywhere = [[15 * k - 180, 0] for k in range(24)]
    mixed = board.full_lens("cacr", t_neg=0.0, n_synthetic=3, pool_size=24)
    answer = asked(
        points_of("far-positive") | {"negatives": everywhere},
        [board.full_lens("cacr", t_neg=0.0), mixed],
    )
    (said,) = browser_code.run(
        "const { difference } = await load('say.js'); return data.map(difference);", [answer]
    )
    assert said.startswith("Synthetic 1 sets them apart most: weight 0 under A, 0.0370 under B.")


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
