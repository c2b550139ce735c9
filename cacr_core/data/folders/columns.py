"""Which column of a table says a row's class, and which its part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cacr_core.data.folders.classes import Part, part_of, words_of
from cacr_core.data.folders.rows import Row

LABELS = (
    "label", "labels", "class", "classname", "classes", "classid", "category", "target", "species",
    "breed", "diagnosis", "dx", "type", "name", "y", "labelname", "finding",
)  # fmt: skip
LOOSE = {"type", "name", "y"}  # that say other things, too
AFTER = {"id", "idx", "index", "code", "number", "name", "text", "str"}  # of a class, as class_id
COUNTS = {"n", "num", "number", "count", "is", "has"}  # before a word, as in n_labels
PARTS = ("split", "subset", "partition", "part", "dataset", "set", "fold", "isvalid")


class Label(NamedTuple):
    """What reads a row's class.

    Attributes:
        read: None for a row that says none.
        column: Its name; empty where several columns say it together.
        is_guess: Whether nothing in the column's name says that it holds classes.
    """

    read: Callable[[Row], str | None]
    column: str = ""
    is_guess: bool = False


def part_column(columns: Iterable[str]) -> str | None:
    """The column that is called like one of parts."""
    named = {_plain(c): c for c in reversed(list(columns))}
    return next((named[word] for word in PARTS if word in named), None)


def part_in(row: Row, column: str | None) -> Part | None:
    """The part that a row says in this column."""
    if column is None:
        return None
    value = row.get(column, "").strip()
    if _plain(column) == "isvalid":
        return "val" if value.casefold() in ("1", "true", "1.0", "yes") else "train"
    return part_of(value)


def label_of(columns: list[str], rows: list[Row]) -> Label | None:
    """What says the class: the column called so, one of 0 and 1 for each class, else the one with
    fewest different values, which must repeat; None where no column says a class."""
    values = {c: {row.get(c, "") for row in rows} for c in columns}
    if column := _called_so([c for c in columns if len(values[c]) < len(rows)], columns):
        return _of_column(column)
    if ones := _of_ones(columns, rows):
        return Label(lambda row: next((c for c in ones if _number(row.get(c, "")) == 1), None))
    most = min(max(2, len(rows) // 2), len(rows) - 1)
    least = 1 if len(columns) == 1 else 2
    fit = [c for c in columns if least <= len(values[c]) <= most]
    if not fit:
        return None
    texts = [c for c in fit if not any(_number(v) is not None for v in values[c])]
    return _of_column(min(texts or fit, key=lambda c: len(values[c])), is_guess=True)


def _of_column(column: str, is_guess: bool = False) -> Label:
    return Label(lambda row: row.get(column, "").strip() or None, column, is_guess)


def _called_so(repeating: list[str], columns: list[str]) -> str | None:
    """The column whose name is a word for classes, else ends in one."""
    named = {_plain(c): c for c in reversed(columns)}
    for word in LABELS:
        if word in named and (word not in LOOSE or named[word] in repeating):
            return named[word]
    ends = [(*end, c) for c in repeating if (end := _end_of(c)) is not None]
    return min(ends, key=lambda end: end[:2])[2] if ends else None


def _end_of(column: str) -> tuple[int, bool] | None:
    """Which word for classes a name ends in, by its place, and whether a number's follows."""
    words = words_of(column)
    after = words[-1] if len(words) > 1 and words[-1] in AFTER else ""
    words = words[:-1] if after else words
    if not words or words[0] in COUNTS or words[-1] in LOOSE or words[-1] not in LABELS:
        return None
    return LABELS.index(words[-1]), after not in ("", "name", "text", "str")


def _of_ones(columns: Iterable[str], rows: list[Row]) -> list[str]:
    """Columns of which each row has a 1 in one and 0 in the rest."""
    own = [c for c in columns if {_number(row.get(c, "")) for row in rows} <= {0.0, 1.0}]
    if len(own) < 2:
        return []
    return own if all(sum(_number(r[c]) or 0 for c in own) == 1 for r in rows) else []


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.casefold())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
