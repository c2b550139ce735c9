"""What a file may hold at most, and how it is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

FILE = 16 << 30
"""Bytes of a file. A ViT-L with two encoders and its optimizer has about 7 GB."""
HEADER = 4 << 20
"""Bytes of a safetensors header: about 30,000 tensors."""
PICKLE = 128 << 20
"""Bytes of the pickled part of a torch file, tensors not counted; arrays of numpy are."""
COPIED = 2 * PICKLE
"""Bytes that a pickle's calls may copy of what it built, as each could copy one long text again."""
HEAD = 8 << 20
"""Bytes of a file before torch 1.6 that are looked into first for its pickles."""
OPCODES = 600_000
"""Steps of a pickle, about 45 for each tensor. Half a million take a second or two."""
TENSORS = 10_000
"""A ViT-L with two encoders and its optimizer has about 1,200."""
ENTRIES = 12_000
"""Entries of a zip: one for each tensor and a handful more."""
DIRECTORY = 4 << 20
"""Bytes of a zip's list of entries."""
NAME = 1024
"""Characters of a tensor's full name."""
DEPTH = 64
"""Containers inside one another."""
NODES = 500_000
"""Values met on a walk over what was read: a list that holds itself twice, twice, has no end."""
DIMS = 16
EXPANDED = 1 << 20
"""Bytes that a tensor may show of a smaller storage (a row that stands for many)."""
FACTS = 2_000
TEXT = 200
"""Characters kept of a text among the facts."""
LISTED = 16
"""Items kept of a list among the facts."""


class Refused(ValueError):
    """One sentence: what was needed, what came, what to change.

    kind: "foreign" (a class or function that is no weights), "bounds" (larger than any
    checkpoint), "damaged" (truncated, altered), "other" (another format), "path".
    found: the name of what was found, "" where there is none.
    recipe: three lines on how to save the weights again, "" where that is no help.
    """

    def __init__(self, sentence: str, kind: str, found: str = "", recipe: str = "") -> None:
        super().__init__(sentence)
        self.kind, self.found, self.recipe = kind, found, recipe

    def __reduce__(self) -> tuple[Any, ...]:
        return Refused, (str(self), self.kind, self.found, self.recipe)


def damaged(what: str) -> Refused:
    """For a file that contradicts itself or ends early; `what` is a clause."""
    return Refused(
        f"This file is damaged or was altered: {what}; fetch or save it again.", "damaged"
    )


def too_much(what: str, limit: int) -> Refused:
    return Refused(
        f"This file claims {what}, and at most {limit:,} are read; "
        "save the encoder's state dict alone.",
        "bounds",
    )


def other(what: str) -> Refused:
    """For a file of another kind; `what` is a noun with its article."""
    return Refused(
        f"This is {what}, and what can be opened is safetensors or a file of torch.save.", "other"
    )


def check(claimed: int, limit: int, what: str) -> int:
    if claimed > limit:
        raise too_much(f"{claimed:,} {what}", limit)
    return claimed


class Count:
    """How much was met of something, over all walks that share it; Refused beyond its limit."""

    def __init__(self, limit: int, what: str) -> None:
        self.n, self.limit, self.what = 0, limit, what

    def add(self, n: int = 1) -> None:
        self.n += n
        check(self.n, self.limit, self.what)


def values_met() -> Count:
    """For the walks over what one file holds."""
    return Count(NODES, "values")


def shape_of(sizes: Sequence[Any], what: str) -> tuple[int, ...]:
    """Sizes as a shape: whole numbers, none negative, few of them."""
    if len(sizes) > DIMS or any(type(n) is not int or not 0 <= n < 2**48 for n in sizes):
        raise damaged(f"{cut(what)!r} has no possible shape")
    return tuple(sizes)


def n_items(shape: Sequence[int]) -> int:
    return math.prod(shape)


def clean(text: str) -> str:
    """Without control characters and halves of characters: safe to print and to send."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode())


def cut(text: str, limit: int = TEXT) -> str:
    text = clean(text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def named(name: str) -> str:
    """A tensor's name, unless no such name can be printed."""
    check(len(name), NAME, "characters in a tensor's name")
    if not name.isprintable():  # also for halves of surrogate pairs
        raise damaged(f"a tensor's name holds unprintable characters, {cut(name, 60)!r}")
    return name
