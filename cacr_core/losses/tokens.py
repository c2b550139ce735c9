"""The pieces a filled formula is made of: numbers, signs and symbols, each of one mark or of none.

A token is a dict: `t` what is read, `mark` whose it is (p0, n0, s0: it lights up with that mark),
`role` (number, weight, total, symbol), `up` and `low` what is raised and lowered, and `value` the
unrounded number. A sign has no role. A line read as arithmetic, its numbers replaced by their
values, is its total.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Token = dict[str, Any]
Line = dict[str, Any]
Ways = list[tuple[list[Token], list[Token]]]  # of each mark: how it comes by its weight, its pull

DUST = 1e-12  # what is smaller is what rounding leaves of 0
SMALLEST, LARGEST = 1e-4, 1e6  # between which a number needs no power of ten
KINDS = {"p": "positive", "n": "negative", "s": "synthetic"}


def name_of(mark: str) -> str:
    """p0 is positive 1: what a person is told."""
    return f"{KINDS[mark[0]]} {int(mark[1:]) + 1}"


def line(label: str, *parts: list[Token]) -> Line:
    return {"label": label, "tokens": [token for part in parts for token in part]}


def sign(text: str, mark: str | None = None) -> list[Token]:
    return [_of(mark, {"t": text})]


def symbol(text: str, up: str = "", low: str = "") -> list[Token]:
    token: Token = {"t": text, "role": "symbol"}
    return [token | ({"up": up} if up else {}) | ({"low": low} if low else {})]


def measured(value: float, mark: str | None = None, role: str = "number") -> list[Token]:
    """A number of the scene, always three significant digits, so that it keeps its width."""
    text, up = _three_digits(value)
    token = {"t": text, "role": role} | ({"up": up} if up else {})
    return [_of(mark, _valued(token, value))]


def chosen(value: float) -> list[Token]:
    """A number somebody chose, as short as it is."""
    return [_valued({"t": short(value), "role": "number"}, value)]


def power(exponent: str, value: float, mark: str | None = None) -> list[Token]:
    """e to an exponent that is written out."""
    return [_of(mark, _valued({"t": "e", "up": exponent, "role": "number"}, value))]


def total(value: float, mark: str | None = None) -> list[Token]:
    return sign("=", mark) + measured(value, mark, "total")


def bracketed(*parts: list[Token], mark: str | None = None) -> list[Token]:
    return sign("(", mark) + [token for part in parts for token in part] + sign(")", mark)


def plus(terms: Sequence[list[Token]]) -> list[Token]:
    """Terms with a plus between; it belongs to the term it leads in."""
    tokens = list(terms[0])
    for term in terms[1:]:
        tokens += sign("+", term[0].get("mark")) + term
    return tokens


def signed_sum(values: Sequence[float], marks: Sequence[str | None]) -> list[Token]:
    """Numbers added up, those below 0 with a minus in place of a plus."""
    tokens = measured(values[0], marks[0])
    for value, mark in zip(values[1:], marks[1:], strict=True):
        tokens += sign("−" if value < 0 else "+", mark) + measured(abs(value), mark)
    return tokens


def mean_of(terms: list[Token], n: int) -> list[Token]:
    """A sum of n terms divided by n; one term stays as it is."""
    return terms if n == 1 else bracketed(terms) + sign("/") + chosen(n)


def listed(marks: Sequence[str], start: bool = True) -> str:
    """Positive 1; negatives 2, 3 and synthetic 1: as a sentence begins, or goes on."""
    groups = []
    for kind, word in KINDS.items():
        numbers = [str(int(mark[1:]) + 1) for mark in marks if mark[0] == kind]
        if numbers:
            groups.append(f"{word}{'s' if len(numbers) > 1 else ''} {_and(numbers)}")
    text = _and(groups)
    return text[0].upper() + text[1:] if start else text


def number(value: float) -> str:
    """What was measured: always three significant digits, so that it keeps its width as it moves,
    a real minus sign; what is next to 0 and what is huge in powers of ten. As `digits` of
    `web/kit/dom.js` writes it; a test holds the two together."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size <= DUST:
        return "0"  # with no minus before it
    if SMALLEST <= size < 999.5:
        text = f"{value:#.3g}".rstrip(".")
    elif 999.5 <= size < LARGEST:
        text = f"{value:,.0f}"
    else:
        mantissa, exponent = f"{value:.2e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def short(value: float) -> str:
    """What somebody chose, or follows from it: as short as it is, at most three digits."""
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def weighed(weights: Sequence[float], values: Sequence[float], marks: Sequence[str]) -> list[Token]:
    """Values times their weights, added up."""
    return plus(
        [
            measured(w, mark, "weight") + sign("·", mark) + measured(v, mark)
            for w, v, mark in zip(weights, values, marks, strict=True)
        ]
    )


def share_of(sharpness: float, value: float, weight: float) -> list[Token]:
    """An exponential over the sum it is a share of; a weight of 0 leaves the sum unknown."""
    top = exp(sharpness * value)
    factor = sharpness if value >= 0 else -sharpness
    exponent = f"{factor:g} · {abs(value):.3g}".replace("-", "−")
    whole = top / weight if weight > 0 else math.nan
    return power(exponent, top) + sign("/") + measured(whole)


def are_drawn_in(marks: Sequence[str]) -> str:
    return f"{listed(marks)} {'is' if len(marks) == 1 else 'are'} drawn in, not driven away"


def are_pushed(marks: Sequence[str]) -> str:
    return f"{listed(marks)} {'is' if len(marks) == 1 else 'are'} pushed away, not drawn in"


def exp(x: float) -> float:
    """Of any size: infinite where a float64 ends."""
    return math.exp(x) if x < 709 else math.inf


def expm1(x: float) -> float:
    return math.expm1(x) if x < 709 else math.inf


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _of(mark: str | None, token: Token) -> Token:
    return token | ({"mark": mark} if mark else {})


def _valued(token: Token, value: float) -> Token:
    return token | ({"value": value} if math.isfinite(value) else {})


def _three_digits(value: float) -> tuple[str, str]:
    """Mantissa and power of ten, which is empty in the usual range."""
    if not math.isfinite(value):
        return "–", ""
    if value == 0:
        return "0", ""
    rounded = float(f"{value:.2e}")
    if 1e-4 <= abs(rounded) < 1000:
        text, up = f"{rounded:#.3g}".rstrip("."), ""
    elif 1000 <= abs(rounded) < 1e5:
        text, up = f"{value:.0f}", ""
    else:
        mantissa, exponent = f"{value:.2e}".split("e")
        text, up = f"{mantissa}·10", str(int(exponent)).replace("-", "−")
    return text.replace("-", "−"), up
