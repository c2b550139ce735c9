"""The values of the names in a typed loss, as text and back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from cacr_core.losses.expression import MOST_CHARACTERS, MOST_NAMES, ExpressionError


def values_text(values: Mapping[str, float]) -> str:
    """The text of free names and their values that `Typed` reads."""
    return ", ".join(f"{name}={repr(float(v)).removesuffix('.0')}" for name, v in values.items())


def too_many(name: str, at: int, side: str) -> ExpressionError:
    needed = f"Both lines together have at most {MOST_NAMES} names of one's own"
    return ExpressionError(needed, f"one more, {name!r},", at, side)


def read_values(text: str) -> dict[str, float]:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"Values of free names need at most {MOST_CHARACTERS} characters, got {len(text)}."
        )
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)\s*=\s*([-+.0-9eE]+)", part)
        try:
            value = float(match[2]) if match else math.nan
        except ValueError:
            value = math.nan
        if match is None or not math.isfinite(value):
            raise ValueError(
                "Values of free names need NAME=NUMBER with a comma between two, got "
                f"{part[:40]!r}."
            )
        found[match[1]] = value
    return found
