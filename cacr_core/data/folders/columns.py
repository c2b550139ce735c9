"""Which column of a table says a row's class, and which its part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from cacr_core.data.folders.classes import Part, part_of, words_of

if TYPE_CHECKING:
    from cacr_core.data.folders.rows import Row

LABELS = (
    "label", "labels", "class", "classname", "classes", "classid", "category", "target", "species",
    "breed", "diagnosis", "dx", "type", "name", "y", "labelname", "finding",
)  # fmt: skip
LOOSE = {"type", "name", "y"}  # that say other things, too
AFTER = {"id", "idx", "index", "code", "number", "name", "text", "str"}  # of a class, as class_id
COUNTS = {"n", "num", "number", "count", "is", "has"}  # before a word, as in n_labels
CAPTIONS = {"text", "caption", "captions", "prompt", "title", "description"}
NOTHING = {"NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null"}  # of R, Excel, pandas
WHOLE = re.compile(r"(-?\d+)(?:\.0*)?")  # a class by its number, as pandas may write it
PARTS = ("split", "subset", "partition", "part", "dataset", "set", "fold", "isvalid")


class Label(NamedTuple):
    """What reads a row's class.

    Attributes:
        read: None for a row that says none.
        column: Its name; empty where several columns say it together.
        is_guess: Whether nothing in the column's name says that it holds classes.
        is_few: Of a guess, whether it has several values, for half as many rows at most.
        is_only: Whether no other column has.
        nothing: What its cells say for no label, such as NA.
    """

    read: Callable[[Row], str | None]
    column: str = ""
    is_guess: bool = False
    is_few: bool = False
    is_only: bool = False
    nothing: frozenset[str] = frozenset()


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
    """What says the class: the column called so, one of 0 and 1 for each class, the one whose name
    ends so, else the one with fewest different values, which must repeat; None where no column says
    a class, or several could as well, as an image may have a 1 in each."""
    values = {c: {_filled(row, c) for row in rows} for c in columns}
    repeating = [c for c in columns if len(values[c]) < len(rows)]
    if column := _called_so(repeating, columns):
        return _of_column(column, rows)
    if ones := _of_ones(columns, rows):
        return Label(lambda row: next((c for c in ones if _number(row.get(c, "")) == 1), None))
    if column := _ending_so(repeating):
        return _of_column(column, rows)
    few = fit = [c for c in repeating if 1 < len(values[c]) <= max(2, len(rows) // 2)]
    if not few and len(columns) == 1:  # faces, of which many are seen once
        fit = [c for c in repeating if len(values[c]) == 1 or not _differ_by_nature(c, values[c])]
    if not fit or (len(fit) > 1 and all(_are_signs(values[c]) for c in fit)):
        return None
    texts = [c for c in fit if not any(_number(v) is not None for v in values[c])]
    column = min(texts or fit, key=lambda c: len(values[c]))
    label = _of_column(column, rows)
    return label._replace(is_guess=True, is_few=column in few, is_only=few == [column])


def _of_column(column: str, rows: list[Row]) -> Label:
    """What a column says. A class of -1 beside 0, 1 and so on is none, and 1.0 is 1."""
    cells = {row.get(column, "").strip() for row in rows} - {""}
    nothing = {cell for cell in cells if cell in NOTHING}
    numbers = {cell: _number(cell) for cell in cells - nothing}
    are_whole = all(map(WHOLE.fullmatch, numbers))
    if are_whole and {-1.0, 0.0, 1.0} <= {*numbers.values()}:
        nothing |= {cell for cell, n in numbers.items() if n == -1}

    def read(row: Row) -> str | None:
        cell = row.get(column, "").strip()
        if cell in nothing:
            return None
        return (cell.partition(".")[0] if are_whole else cell) or None

    return Label(read, column, nothing=frozenset(nothing))


def _filled(row: Row, column: str) -> str:
    """A cell; empty where it says that there is nothing."""
    cell = row.get(column, "").strip()
    return "" if cell in NOTHING else cell


def _are_signs(values: set[str]) -> bool:
    """Whether values say yes or no, as 0 and 1 or -1 and 1."""
    return {_number(value) for value in values} <= {-1.0, 0.0, 1.0}


def _called_so(repeating: list[str], columns: list[str]) -> str | None:
    """The column whose name is a word for classes."""
    named = {_plain(c): c for c in reversed(columns)}
    for word in LABELS:
        if word in named and (word not in LOOSE or named[word] in repeating):
            return named[word]
    return None


def _ending_so(columns: list[str]) -> str | None:
    """The column whose name ends in a word for classes, as no other's does."""
    ends = {c: end for c in columns if (end := _end_of(c)) is not None}
    often = Counter(ends.values())
    alone = [c for c, end in ends.items() if often[end] == 1]
    return min(alone, key=ends.__getitem__, default=None)


def _differ_by_nature(column: str, values: set[str]) -> bool:
    """Whether values are captions or measured numbers, of which two are alike by chance."""
    return _plain(column) in CAPTIONS or any((_number(v) or 0) % 1 > 0 for v in values)


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
