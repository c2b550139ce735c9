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

from web.live.readings import number

Token = dict[str, Any]
Line = dict[str, Any]

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


def setting(value: float) -> list[Token]:
    """A number somebody chose, as short as it is."""
    return [_valued({"t": number(value), "role": "number"}, value)]


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
    return terms if n == 1 else bracketed(terms) + sign("/") + setting(n)


def exp(x: float) -> float:
    """Of any size: infinite where a float64 ends."""
    return math.exp(x) if x < 709 else math.inf


def expm1(x: float) -> float:
    return math.expm1(x) if x < 709 else math.inf


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
