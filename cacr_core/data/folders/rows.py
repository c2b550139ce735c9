"""A CSV, a JSON or a text of columns -> rows of text by column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from cacr_core.data.folders import bounds
from cacr_core.data.folders.classes import words_of
from cacr_core.data.folders.columns import LABELS
from cacr_core.data.folders.ends import SEVERAL, Ends
from cacr_core.data.folders.file_column import FILES, IMAGES
from cacr_core.data.folders.listing import Source

MOST_ROWS = 1_000_000
CALLED_SO = {*LABELS, *FILES, *IMAGES, "id"}
Row = dict[str, str]


def rows_of(table: Source, where: Ends) -> list[Row]:
    """A table's rows; empty for what is none. Columns without a heading are "1", "2", ..."""
    if table.n_packed > bounds.MAX_TABLE_BYTES:
        return []
    try:
        text = _text(table.read())
        kind = table.inside.suffix.lower()
        rows = (
            _of_json(text, kind == ".jsonl")
            if kind.startswith(".json")
            else _of_csv(text, kind, where)
        )
    except (OSError, ValueError, csv.Error, RuntimeError, RecursionError, NotImplementedError):
        return []
    except (LookupError, TypeError, AttributeError):  # JSON that is a table of another kind
        return []
    return rows[:MOST_ROWS]


def _text(data: bytes) -> str:
    if len(data) > bounds.MAX_TABLE_BYTES:
        raise ValueError("too large")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _of_csv(text: str, kind: str, where: Ends) -> list[Row]:
    lines = io.StringIO(text, newline=None)  # whatever ends them
    first = next((line for line in lines if not _is_remark(line)), "")
    mark = _mark(first, kind, where)
    lines.seek(0)
    cells = [row for row in csv.reader(lines, delimiter=mark, skipinitialspace=True) if row]
    n_remarks = next((i for i, row in enumerate(cells) if not _is_remark(row[0])), len(cells))
    remarks, cells = cells[:n_remarks], cells[n_remarks:]
    if not cells or len(cells[0]) < 2:
        return []
    head = [name.strip() for name in cells[0]]
    if any(_is_image(name, where) for name in head) or not says_columns(head):
        if heading := _heading(remarks, len(head)):
            return [dict(zip(heading, row, strict=False)) for row in cells if len(row) >= 2]
    width = len(head)
    body = cells[1:]
    if any(_is_image(name, where) for name in head):  # no heading
        head, body = [str(i + 1) for i in range(width)], cells
    return [dict(zip(head, row, strict=False)) for row in body if len(row) >= 2]


def _mark(first: str, kind: str, where: Ends) -> str:
    """What parts the cells of a table's first line: that which leaves an image's name whole, else
    the commonest; ; and | may be parts of a label, too."""
    usual = {".tsv": "\t", ".txt": "\t, "}.get(kind, ",;\t")

    def sureness(mark: str) -> tuple[bool, bool, int]:
        cells = (cell.strip(' "') for cell in first.split(mark))
        return any(_is_image(cell, where) for cell in cells), mark in usual, first.count(mark)

    there = [mark for mark in dict.fromkeys(f"{usual};|") if mark in first]
    return max(there, key=sureness, default=usual[0])


def _heading(remarks: list[list[str]], width: int) -> list[str] | None:
    """The heading among lines of `#`: as wide as the rows, or by the mark itself or one name in two
    words wider, with a word for files or classes."""
    for cells in remarks:
        head = [name.strip() for name in ",".join(cells).removeprefix("#").split(",")]
        head = head[1:] if len(head) == width + 1 and not head[0] else head
        if 0 <= len(head) - width <= 1 and says_columns(head):
            return head
    return None


def says_columns(head: Iterable[str]) -> bool:
    """Whether a row has a word for files or classes, as a heading has."""
    return any({*words_of(name)} <= CALLED_SO for name in head if words_of(name))


def _is_remark(line: str) -> bool:
    """Whether a line above a table's heading says something else, as Excel's `sep=;` does."""
    return line.lstrip().startswith(("#", "sep="))


def _is_image(name: str, where: Ends) -> bool:
    """Whether a cell of the first row names images; a word may be the heading of those called so,
    as `image` of `1/image.png` and `2/image.png`."""
    found = where.find(name)
    return found >= 0 or (found == SEVERAL and any(map(str.isdecimal, name)))


def _of_json(text: str, by_line: bool) -> list[Row]:
    """Rows of a list of records, of `{file: label}`, `{label: [files]}`, or of COCO's tables."""
    data: Any = [json.loads(line) for line in text.splitlines() if line.strip()] if by_line else (
        json.loads(text)
    )  # fmt: skip
    if isinstance(data, dict) and {"images", "annotations", "categories"} <= data.keys():
        return _of_coco(data)
    if isinstance(data, dict):
        lists = [v for v in data.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        if len(lists) == 1:
            data = lists[0]
        elif all(v is None or isinstance(v, str | int) or _is_whole(v) for v in data.values()):
            return [{"file": k, "label": "" if v is None else _as_text(v)} for k, v in data.items()]
        elif all(isinstance(v, list) for v in data.values()):
            return [
                {"file": str(one), "label": k} for k, own in data.items() for one in own
            ]  # fmt: skip
        elif all(isinstance(v, dict) for v in data.values()):
            data = [{"file": k, **v} for k, v in data.items()]
    if not isinstance(data, list):
        return []
    return [
        {str(k): _as_text(v) for k, v in row.items() if isinstance(v, str | int | float)}
        for row in data
        if isinstance(row, dict)
    ]


def _is_whole(value: object) -> bool:
    """Whether a number with a point is a whole one; others are measured and no classes."""
    return isinstance(value, float) and value.is_integer()


def _as_text(value: str | float) -> str:
    """A cell; 1 and 1.0 are one class."""
    return str(int(value)) if _is_whole(value) else str(value)


def _of_coco(data: dict[str, list[dict[str, Any]]]) -> list[Row]:
    """Each image with each class of its annotations once, in their order."""
    names = {one["id"]: str(one["name"]) for one in data["categories"]}
    files = {one["id"]: str(one["file_name"]) for one in data["images"]}
    said = dict.fromkeys((one["image_id"], one["category_id"]) for one in data["annotations"])
    return [
        {"file": files[image], "label": names[category]}
        for image, category in said
        if image in files and category in names
    ]
