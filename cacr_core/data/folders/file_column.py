"""Which column of a table names the images, where others hold numbers that would fit, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from cacr_core.data.folders.classes import words_of
from cacr_core.data.folders.ends import NOWHERE, SEVERAL
from cacr_core.data.folders.listing import PICTURES
from cacr_core.data.folders.rows import Row

FILES = {"file", "files", "filename", "filenames", "filepath", "path", "paths"}
IMAGES = {"image", "images", "img", "imgs", "imagename", "picture", "pictures", "photo", "photos"}
CALLED = (
    {"unnamed", "index", "idx", "row", "number", "no", "nr"},
    {"id", "ids", "code"},
    {"name", "names"},
    IMAGES,
    FILES,
)  # words of such columns' names, the surest last


class FileColumn(NamedTuple):
    """The column that names images.

    Attributes:
        name: Of the column.
        others: Columns that could name half as many of them or more.
        is_numbered: Whether its cells are numbers only.
    """

    name: str
    others: list[str]
    is_numbered: bool


def file_column(
    columns: Iterable[str], rows: list[Row], image: Callable[[Row, str], int]
) -> FileColumn | None:
    """Of the columns that name half as many images as any other or more: the one that is written
    as files are, is called so, names the most; None where none names an image.

    Args:
        rows: Some of the table's.
        image: What a row's cell in a column means.
    """
    hits = {c: {image(row, c) for row in rows} - {NOWHERE} for c in columns}
    often = {c: len(found - {SEVERAL}) for c, found in hits.items()}
    most = max(often.values(), default=0)
    fit = [c for c in often if hits[c] and often[c] * 2 >= most]
    if not fit:
        return None

    def sureness(column: str) -> tuple[float, ...]:
        called = _called(column)
        is_called = called if called >= CALLED.index(IMAGES) else 0
        is_written = any(_is_written(row.get(column, "")) for row in rows)
        return is_written, is_called, often[column], len(hits[column]), called

    name = max(fit, key=sureness)
    cells = {row.get(name, "").strip() for row in rows}
    return FileColumn(name, [c for c in fit if c != name], all(map(str.isdecimal, cells - {""})))


def numbered_columns(columns: Iterable[str], rows: list[Row]) -> list[str]:
    """Those that have another whole number in every row."""
    cells = {c: {row.get(c, "").strip() for row in rows} for c in columns}
    return [c for c, own in cells.items() if len(own) == len(rows) and all(map(str.isdecimal, own))]


def _called(column: str) -> float:
    """How surely a column of this name names images; what other words say lies in between."""
    words = set(words_of(column))
    if not words <= set().union(*CALLED):
        return 0.5
    return max((i for i, known in enumerate(CALLED) if words & known), default=0)


def _is_written(cell: str) -> bool:
    """Whether a cell is written as a path or a file of an image is."""
    path = cell.strip().replace("\\", "/")
    return "/" in path or PurePosixPath(path).suffix.casefold() in PICTURES
