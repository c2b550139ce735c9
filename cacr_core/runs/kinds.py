"""Kinds of values that a JSON file may have.

A kind is a function that does nothing for a value of the kind, and else raises ValueError: where
the value stands, what was needed, and what came.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any, str], None]

MOST_NAME = 1_000  # characters of a name, such as that of a dataset, which may be a path
MOST_FIELDS = 11_000  # of an object whose names are known
MOST_DEPTH = 8  # of tables and lists within each other where anything plain may stand


def whole(least: int, most: int) -> Kind:
    def check(value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            _refuse(where, f"a whole number from {least:,} to {most:,}", value)

    return check


def real(least: float = -math.inf, most: float = math.inf, finite: bool = True) -> Kind:
    def check(value: Any, where: str) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        has_bounds = finite or isinstance(value, int)
        if not is_number or (has_bounds and not (_is_finite(value) and least <= value <= most)):
            wanted = "a number" if math.isinf(most) else f"a number from {least:g} to {most:g}"
            _refuse(where, wanted, value)

    return check


def _is_finite(value: float) -> bool:
    """Whether a number is one of the floats: a whole number may be beyond all of them."""
    return abs(value) <= sys.float_info.max


def text(most: int = MOST_NAME) -> Kind:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or len(value) > most or not _is_writable(value):
            _refuse(where, f"a text of at most {most:,} characters", value)

    return check


def _is_writable(value: str) -> bool:
    """Whether a text is one in UTF-8: half of a pair of surrogates, which JSON can say, is not."""
    try:
        return value.isascii() or bool(value.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def one_of(*known: Any) -> Kind:
    def check(value: Any, where: str) -> None:
        if not any(value is one or (value == one and type(value) is type(one)) for one in known):
            _refuse(where, f"one of {', '.join(map(str, known))}", value)

    return check


def items(of: Kind, most: int, least: int = 0) -> Kind:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            _refuse(where, f"a list of {least:,} to {most:,}", value)
        for number, item in enumerate(value):
            of(item, f"{where}[{number}]")

    return check


def either(*kinds: Kind) -> Kind:
    def check(value: Any, where: str) -> None:
        for kind in kinds[:-1]:
            try:
                return kind(value, where)
            except ValueError:
                continue
        kinds[-1](value, where)

    return check


def plain(depth: int = MOST_DEPTH) -> Kind:
    """Anything JSON has, of bounded depth and width."""

    def check(value: Any, where: str) -> None:
        if isinstance(value, dict | list):
            inner = [*value, *value.values()] if isinstance(value, dict) else value
            if depth == 0 or len(value) > 100_000:
                _refuse(where, "less deep and less long", value)
            for item in inner:
                plain(depth - 1)(item, where)
        elif isinstance(value, str):
            text(100_000)(value, where)

    return check


def table(of: Kind, most: int, name: int = 100) -> Kind:
    """An object with any names."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            _refuse(where, f"an object of at most {most:,} fields", value)
        for key, item in value.items():
            text(name)(key, f"{where}: a name")
            of(item, f"{where}.{key}")

    return check


def record(
    needed: Mapping[str, Kind], known: Mapping[str, Kind] | None = None, others: Kind | None = None
) -> Kind:
    """An object with fields that must be there, some that may be, and others of a kind."""
    kinds = {**needed, **(known or {})}
    rest, a_name = others or plain(), text()

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or len(value) > MOST_FIELDS:
            _refuse(where, "an object", value)
        for name in needed:
            if name not in value:
                raise ValueError(f"{where} has no {name}.")
        for name, item in value.items():
            if name not in kinds:
                a_name(name, f"{where}: a name")
            kinds.get(name, rest)(item, f"{where}: {name[:60]}")

    return check


def _refuse(where: str, needed: str, value: Any) -> None:
    came = repr(value) if not isinstance(value, dict | list) else f"{len(value):,} of them"
    raise ValueError(f"{where} must be {needed}, got {came[:60]}.")
