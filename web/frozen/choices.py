"""What the link of a frozen page may say of how it is looked at: the page checks it by this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from web.settings.looks import STEPS, Look, Looks, NumberBelow, OneOf

Choices = dict[str, Any]


def choices_of(looks: Looks, about: Mapping[str, Any], lenses: Sequence[Choices]) -> Choices:
    """By setting the values to choose from, or the number that its numbers are below.

    Args:
        about: The `run` or the `comparison` message.
        lenses: The losses of each entry to look through, with the least and most of each number
            that can be moved; those that all have are chosen from.
    """
    first, *others = lenses
    found = {key: _choices(look) for key, look in looks.items()}
    found["colour"] += [f"factor:{name}" for name in about["probes"].get("factors", {})]
    found["query"] = about["n"]
    found["lens"] = {n: bounds for n, bounds in first.items() if all(n in one for one in others)}
    if not about["has_features"]:
        found["space"] = ["embeddings"]
    if "entries" in about:
        found["baseline"] = [entry["name"] for entry in about["entries"]]
    return found


def _choices(look: Look) -> Any:
    """Those that its `read` keeps to."""
    if isinstance(look.default, bool):
        return [False, True]
    if isinstance(look.read, OneOf):
        return list(look.read.choices)
    return look.read.end if isinstance(look.read, NumberBelow) else STEPS
