"""Which column of a table names the images, where others hold numbers that would fit, too."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cacr_core.data.folders.classes import words_of
from cacr_core.data.folders.ends import NOWHERE, SEVERAL
from cacr_core.data.folders.listing import PICTURES

if TYPE_CHECKING:
    from cacr_core.data.folders.rows import Row

FILES = {"file", "files", "filename", "filenames", "filepath", "path", "paths"}
NAMES = {"name", "names"}
IMAGES = {"image", "images", "img", "imgs", "imagename", "picture", "pictures", "photo", "photos"}
CALLED = (
    {"unnamed", "index", "idx", "row", "number", "no", "nr"},
    {"id", "ids", "code"},
    NAMES,
    IMAGES,
    FILES,
)  # words of such columns' names, the surest last
FOLDER = re.compile(r"[^/]*[^\W\d_]{2}[^/]*/")  # before a name, as in images/7


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
    """Of the columns that name half as many images as any other or more: the one that is called
    and written as files are, names the most; None where none names an image.

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
        return _sureness(column, rows), often[column], len(hits[column]), _called(column)

    name = max(fit, key=sureness)
    cells = {row.get(name, "").strip() for row in rows}
    return FileColumn(name, [c for c in fit if c != name], all(map(str.isdecimal, cells - {""})))


def numbered_columns(columns: Iterable[str], rows: list[Row]) -> list[str]:
    """Those that have another whole number in every row, of a table that names no files."""
    cells = {c: {row.get(c, "").strip() for row in rows} for c in columns}
    if any(_are_written(own) for own in cells.values()):
        return []
    return [c for c, own in cells.items() if len(own) == len(rows) and all(map(str.isdecimal, own))]


def _called(column: str) -> float:
    """How surely a column of this name names images; what other words say lies in between."""
    words = set(words_of(column))
    if not words <= set().union(*CALLED):
        return 0.5
    return max((i for i, known in enumerate(CALLED) if words & known), default=0)


def _sureness(column: str, rows: list[Row]) -> float:
    """By what a column is called, and by how its cells are written."""
    called = _called(column)
    cells = [cell for row in rows if (cell := row.get(column, "").strip())]
    is_written = _are_written(cells)
    if called >= CALLED.index(IMAGES):
        return called + 1.5 * is_written
    if not is_written:
        return called
    if called == CALLED.index(NAMES):
        return CALLED.index(IMAGES) + 0.5
    return 2.5 if len({*cells}) == len(cells) else 0.5  # a file that many rows name is another's


def _are_written(cells: Collection[str]) -> bool:
    """Whether most cells are written as a path or a file of an image is; 3/7 and N/A are not."""
    written = sum(map(_is_written, cells))
    return written * 2 > sum(map(bool, cells))


def _is_written(cell: str) -> bool:
    path = cell.strip().replace("\\", "/")
    return PurePosixPath(path).suffix.casefold() in PICTURES or bool(FOLDER.match(path))
