"""The paired interval against the definition it inverts, and what may be said of it."""

import math

import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, multinomial, norm

from cacr_core.scores.paired import (
    change_of,
    headlines,
    over_untrained,
    overall,
    points,
)

OUTCOMES = [(48, 26, 103), (4, 7, 15), (12, 79, 198), (8, 0, 20), (1, 6, 28), (60, 42, 1000)]


def standard_errors(gained, lost, n, difference):
    """From the observed difference to another, by the likeliest multinomial with that one."""

    def unlikely(q):
        terms = ((gained, q + difference), (lost, q), (n - gained - lost, 1 - 2 * q - difference))
        return -sum(count * math.log(max(share, 1e-300)) for count, share in terms if count)

    bounds = (max(0, -difference), (1 - difference) / 2)
    q = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    variance = n * (2 * q + difference - difference**2)
    return (gained - lost - n * difference) / math.sqrt(variance)


@pytest.mark.parametrize("level", [0.95, 0.995])
@pytest.mark.parametrize(("gained", "lost", "n"), OUTCOMES)
def test_the_interval_ends_where_the_score_test_begins_to_reject(gained, lost, n, level):
    change = change_of(gained, lost, n, level)
    z = norm.ppf(1 - (1 - level) / 2)
    assert standard_errors(gained, lost, n, change.low) == pytest.approx(z, abs=2e-3)
    assert standard_errors(gained, lost, n, change.high) == pytest.approx(-z, abs=2e-3)
    assert change.low < change.value == (gained - lost) / n < change.high


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_it_leaves_out_0_exactly_where_mcnemar_rejects(level):
    critical = chi2.ppf(level, 1)
    for n in (12, 60):
        for gained in range(n // 2 + 1):
            for lost in range(n // 2 + 1):
                rejects = bool(gained + lost) and (gained - lost) ** 2 / (gained + lost) > critical
                sign = change_of(gained, lost, n, level).sign
                assert sign == (0 if not rejects else 1 if gained > lost else -1)


@pytest.mark.parametrize(("level", "at_least"), [(0.95, 0.94), (1 - 0.05 / 8, 0.99)])
def test_it_holds_the_truth_as_often_as_it_says(level, at_least):
    n = 28  # images of a class, of 256 in eight
    outcomes = [(gained, lost) for gained in range(n + 1) for lost in range(n + 1 - gained)]
    found = [(*pair, change_of(*pair, n, level)) for pair in outcomes]
    for discordant in (0.05, 0.2, 0.5):
        for lean in (0.5, 0.7, 0.95):  # the share of them that the second has right
            truth, held = discordant * (2 * lean - 1), 0.0
            for gained, lost, change in found:
                if change.low <= truth <= change.high:
                    shares = (discordant * lean, discordant * (1 - lean), 1 - discordant)
                    held += multinomial.pmf((gained, lost, n - gained - lost), n, shares)
            assert held > at_least, (discordant, lean)


def test_swapping_the_two_turns_it_round_and_extremes_stay_within_bounds():
    for gained, lost, n in OUTCOMES:
        one, other = change_of(gained, lost, n), change_of(lost, gained, n)
        assert one.low == pytest.approx(-other.high, abs=1e-9)
    all_gained = change_of(10, 0, 10)
    assert (all_gained.value, all_gained.high) == (1, 1) and all_gained.low > 0.4
    same = change_of(0, 0, 256)
    assert same.high == pytest.approx(1.96**2 / (256 + 1.96**2), abs=1e-4)
    nothing = change_of(0, 0, 0)
    assert math.isnan(nothing.value) and (nothing.low, nothing.high, nothing.sign) == (-1, 1, 0)


def test_a_sentence_says_no_more_than_its_interval():
    unknown, better, worse = change_of(28, 27, 256), change_of(60, 20, 256), change_of(20, 60, 256)
    assert (unknown.sign, better.sign, worse.sign) == (0, 1, -1)
    assert overall(unknown, "A", "B").startswith("256 images cannot tell A and B apart")
    assert overall(better, "A", "B").startswith("B is right more often than A: +15.6 percentage")
    assert overall(worse, "A", "B").startswith("B is right less often than A: −15.6 percentage")
    assert over_untrained(unknown).startswith("no better than the untrained network, as far as")
    assert over_untrained(better).startswith("above the untrained network: +15.6")
    assert over_untrained(worse).startswith("below the untrained network: −15.6")
    for change in (unknown, better, worse):
        interval = f"({points(change.low)} to {points(change.high)})"
        assert interval in overall(change, "A", "B") and interval in over_untrained(change)
    votes = {"10-NN": unknown, "200-NN": worse, "1-NN": unknown}
    assert headlines(votes, "10-NN", "A", "B") == [
        overall(unknown, "A", "B", "10-NN"), overall(worse, "A", "B", "200-NN"),
    ]  # fmt: skip
    assert headlines(votes, "200-NN", "A", "B")[0].startswith(
        "B is right less often than A by 200-NN: −15.6"
    )
    assert len(headlines(votes, "200-NN", "A", "B")) == 3
    assert [points(value) for value in (0.1234, -0.1, 0.0, -0.0001)] == [
        "+12.3", "−10.0", "0.0", "0.0",
    ]  # fmt: skip
