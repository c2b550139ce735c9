"""What is said of sums of pulls and of values of losses, held to the arrays."""

import re

import pytest

from tests.one_query import ELSEWHERE, LENSES, ONE_QUERY, column, number, points_of, readings
from web.settings import board


def sums_of(reading):
    negatives = column(reading, "negatives", "pull") + column(reading, "synthetics", "pull")
    return sum(column(reading, "positives", "pull")), sum(negatives)


def pulls_of(reading):
    groups = ("positives", "negatives", "synthetics")
    return [pull for group in groups for pull in column(reading, group, "pull")]


@pytest.mark.parametrize("lens", LENSES, ids=str)
def test_what_the_pulls_sum_to_is_what_is_said(lens):
    for name in [*ONE_QUERY, *ELSEWHERE]:
        reading = readings(points_of(name), lens)[0]
        drawn, pushed = sums_of(reading)
        said = reading["sums"]
        for group in ("positives", "negatives", "synthetics"):
            both = ["negatives", "synthetics"] if group != "positives" else [group]
            assert sum(w for one in both for w in column(reading, one, "weight")) == (
                pytest.approx(1)
            )
        if match := re.search(r"sum to .* = (\S+) on positives and −.* = (\S+) on", said):
            assert [drawn, pushed] == pytest.approx([number(t) for t in match.groups()], rel=6e-3)
            assert "whatever t⁺ and t⁻ are" in said
            for t in (0.0, 3.0):
                other = readings(points_of("spread"), lens | {"t_pos": t, "t_neg": t})[0]
                assert sums_of(other) == pytest.approx((drawn, pushed))
        elif match := re.search(r"cancel those on positives, now ([^\s,]+)", said):
            assert drawn == pytest.approx(-pushed, abs=1e-9)
            assert drawn == pytest.approx(number(match[1]), rel=6e-3)
            if most := re.search(r"at most 1/τ = (.+);", said):
                assert drawn <= 1 / lens["temperature"] == pytest.approx(number(most[1]), rel=6e-3)
                assert lens.get("class_prior", 0) == 0
        elif match := re.search(r"Clamped: .* sum to (\S+)\. Nothing", said):
            assert pushed == 0 and drawn == pytest.approx(number(match[1]), rel=6e-3)
        else:
            match = re.search(r"Clamped for some: .* sum to ([^\s,]+),", said)
            assert 0 < -pushed < drawn == pytest.approx(number(match[1]), rel=6e-3)


def test_pulls_that_cancel_shrink_as_is_said():
    for lens in (board.full_lens("infonce"), board.full_lens("sscl", class_prior=0.0)):
        before = readings(points_of("spread"), lens)[0]
        points = points_of("spread")
        nearer = [[90 + 0.8 * (lon - 90), 0] for lon, _ in points["positives"]]
        assert sums_of(readings(points | {"positives": nearer}, lens)[0])[0] < sums_of(before)[0]
        farther = [[lon + (4 if lon < 90 or lon > 270 else -4) * -1, 0]
                   for lon, _ in points["negatives"]]  # fmt: skip
        after = readings(points | {"negatives": farther}, lens)[0]
        if "farther negatives" in before["sums"]:
            assert sums_of(after)[0] < sums_of(before)[0]
    assert "farther negatives" in readings(points, board.full_lens("infonce"))[0]["sums"]


@pytest.mark.parametrize("a", LENSES[::2], ids=str)
def test_values_are_said_to_compare_exactly_where_two_losses_have_the_same(a):
    for b in [*LENSES, a | {"detach_weights": not a.get("detach_weights")}]:
        if a["name"] == "infonce" and b["name"] == "infonce":
            b = {key: value for key, value in b.items() if key != "detach_weights"}
        said = board.scale_text(a, b)
        pairs = [readings(points_of(name), a, b) for name in ("spread", "sphere", "synthetic")]
        alike = all(x["total"] == pytest.approx(y["total"], abs=1e-12) for x, y in pairs)
        assert alike == ("do not compare" not in said)
        same = all(pulls_of(x) == pytest.approx(pulls_of(y), abs=1e-12) for x, y in pairs)
        assert same == ("the same loss" in said)
        assert (a == b) == (said == "A and B are the same loss.")


@pytest.mark.parametrize(
    ("name", "a", "other", "b"),
    [
        ("sscl", {"beta": 0.0, "class_prior": 0.0}, "infonce", {}),
        ("sscl", {"beta": 0.0}, "sscl", {"beta": 0.0, "detach_weights": True}),
        ("infonce", {}, "infonce", {"pool_size": 4, "mixing": "random"}),
        ("cacr", {}, "cacr", {"t_rbf": 3.0}),
        ("siglip", {}, "siglip", {"learned": True}),
        ("cacr", {"t_pos": 0.0, "t_neg": 0.0}, "cacr",
         {"t_pos": 0.0, "t_neg": 0.0, "detach_weights": True}),
    ],
)  # fmt: skip
def test_losses_that_only_idle_settings_tell_apart_are_said_to_be_the_same_here(name, a, other, b):
    lenses = board.full_lens(name, **a), board.full_lens(other, **b)
    assert board.scale_text(*lenses) == "A and B are the same loss here."
    for points in ("spread", "sphere", "synthetic"):
        one, two = readings(points_of(points), *lenses)
        assert one["total"] == pytest.approx(two["total"], abs=1e-12)
        assert pulls_of(one) == pytest.approx(pulls_of(two), abs=1e-12)


def test_hcl_without_hardness_does_not_compare_with_another_temperature():
    plain = board.full_lens("sscl", beta=0.0, class_prior=0.0, temperature=0.3)
    assert "do not compare" in board.scale_text(plain, board.full_lens("infonce", temperature=0.4))
