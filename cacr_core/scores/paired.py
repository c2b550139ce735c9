"""How much more often one of two is right on the same images, and what may be said of it.

Loads no torch: whoever only reads a run says it too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import NamedTuple

HALVINGS = 60  # of an interval's bounds, to the last digit
OF_IMAGES = (
    "Intervals are of the images scored, not of the luck of training: they tell two files apart, "
    "not the losses that trained them."
)


class Change(NamedTuple):
    """A difference of two shares of the same images, the second less the first.

    Args:
        value: -1 to 1; NaN without images.
        low, high: Its interval: of the images, not of the luck of training.
        n: Images.
        level: In how many of all sets of images the interval holds the difference, about; 0..1.
    """

    value: float
    low: float
    high: float
    n: int
    level: float

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves out 0, 0 where the images cannot tell."""
        return (self.low > 0) - (self.high < 0)


def change_of(gained: int, lost: int, n: int, level: float = 0.95) -> Change:
    """The difference of two paired shares with Tango's interval: where the score test of the
    difference does not reject. It leaves out 0 exactly where McNemar's test rejects.

    It keeps its level for few images and at the high levels of many intervals, where Wald's after
    adding half an image to each outcome (Agresti and Min 2005) falls from 99.4 to 94.3 %.

    Source: Tango 1998, Statistics in Medicine 17, 891-908; recommended by Fagerland, Lydersen and
    Laake 2014, https://doi.org/10.1002/sim.6148.

    Args:
        gained: Images that the second alone has right.
        lost: Images that the first alone has right.
        n: All of them.
    """
    if n == 0:
        return Change(math.nan, -1.0, 1.0, 0, level)
    z = NormalDist().inv_cdf(1 - (1 - level) / 2)
    value = (gained - lost) / n
    low = _crossing(lambda d: _score(gained, lost, n, d) > z, -1.0, value)
    high = _crossing(lambda d: _score(gained, lost, n, d) >= -z, value, 1.0)
    return Change(value, low, high, n, level)


def _score(gained: int, lost: int, n: int, difference: float) -> float:
    """The observed difference less another, in standard errors as they would be under that one:
    with the likeliest share of images lost, the root of a quadratic. Falls with `difference`."""
    b = (2 * n - gained + lost) * difference - gained - lost
    root = math.sqrt(max(0.0, b * b + 8 * n * lost * difference * (1 - difference)))
    share_lost = (root - b) / (4 * n)
    variance = n * (2 * share_lost + difference * (1 - difference))
    apart = gained - lost - n * difference
    return apart / math.sqrt(variance) if variance > 1e-12 else math.copysign(math.inf, apart)


def _crossing(is_left: Callable[[float], bool], low: float, high: float) -> float:
    """Where what holds on the left ceases to."""
    if not is_left(low):
        return low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_left(middle) else (low, middle)
    return (low + high) / 2


def points(share: float) -> str:
    """A difference of shares in percentage points, signed."""
    text = f"{100 * share:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def interval(change: Change) -> str:
    return f"{points(change.low)} to {points(change.high)}"


def overall(change: Change, a: str, b: str, by: str = "") -> str:
    """What the images say of two encoders, in a sentence without its dot.

    Args:
        by: Whose answers were right, where others may say otherwise: "10-NN".
    """
    told = f"{points(change.value)} percentage points ({interval(change)})"
    way = f" by {by}" if by else ""
    if change.sign:
        return f"{b} is right {'more' if change.sign > 0 else 'less'} often than {a}{way}: {told}"
    return f"{change.n:,} images cannot tell {a} and {b} apart{way}: {b} − {a} is {told}"


def headlines(changes: Mapping[str, Change], chosen: str, a: str, b: str) -> list[str]:
    """What one way to score says of two encoders, then each other way that says otherwise.

    Args:
        changes: What each way says, by what it is called.
        chosen: The one that is asked.
    """
    sign = changes[chosen].sign
    others = [way for way, change in changes.items() if change.sign != sign]
    return [overall(changes[way], a, b, way) for way in (chosen, *others)]


def over_untrained(gain: Change) -> str:
    """What the images say of an encoder against the untrained network, a part of a sentence."""
    told = f"{points(gain.value)} percentage points ({interval(gain)})"
    if gain.sign > 0:
        return f"above the untrained network: {told}"
    if gain.sign < 0:
        return f"below the untrained network: {told}"
    return f"no better than the untrained network, as far as {gain.n:,} images tell: {told}"
