"""Labels and parts in a CSV or JSON beside the images."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from cacr_core.data.account import several
from cacr_core.data.folders import bounds
from cacr_core.data.folders.classes import Part, part_of
from cacr_core.data.folders.ends import Ends
from cacr_core.data.folders.listing import Source

MOST_ROWS = 1_000_000
MOST_TABLES = 32  # that are looked into, the outermost first
LABELS = (
    "label", "labels", "class", "classname", "classes", "classid", "category", "target", "species",
    "breed", "diagnosis", "dx", "type", "name", "y", "labelname", "finding",
)  # fmt: skip
PARTS = ("split", "subset", "partition", "part", "dataset", "set", "fold", "isvalid")
Row = dict[str, str]


class Labels(NamedTuple):
    """What tables say of each image.

    Attributes:
        classes: None where no table names the image.
        parts: None where none says one.
        used: The files that said something.
        notes: A sentence each.
    """

    classes: list[str | None]
    parts: list[Part | None]
    used: list[PurePosixPath]
    notes: list[str]

    @property
    def n_labelled(self) -> int:
        return sum(name is not None for name in self.classes)


def read_tables(tables: Sequence[Source], images: Sequence[PurePosixPath]) -> Labels:
    """The labels that the tables of a folder or zip give its images."""
    found = Labels([None] * len(images), [None] * len(images), [], [])
    where = Ends(images)
    for table in sorted(tables, key=lambda t: (len(t.inside.parts), t.inside))[:MOST_TABLES]:
        rows = _rows(table, where)
        if not rows:
            continue
        said = _said(rows, table.inside, where, part_of(table.inside.stem))
        if said is not None and said.pairs:
            _take(found, table.inside, said)
    return found


class _Said(NamedTuple):
    pairs: list[tuple[int, str | None, Part | None]]  # image, class, part
    n_nowhere: int  # rows that name no image


def _take(found: Labels, table: PurePosixPath, said: _Said) -> None:
    news: set[int] = set()
    labels = False
    for index, name, part in said.pairs:
        if name is not None and found.classes[index] is None:
            found.classes[index], labels = name, True
            news.add(index)
        if part is not None and found.parts[index] is None:
            found.parts[index] = part
            news.add(index)
    if not news:
        return
    found.used.append(table)
    what = "Labels" if labels else "What is trained on and what is scored"
    sentence = (
        f"{what} {'are' if labels else 'is'} as {table.name} says of {several(len(news), 'image')}."
    )
    if said.n_nowhere:
        sentence += (
            f" {several(said.n_nowhere, 'row of it names', 'rows of it name')} no image here."
        )
    found.notes.append(sentence)


def _rows(table: Source, where: Ends) -> list[Row]:
    """A table's rows, as text by column; empty for what is none."""
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
    first = text.split("\n", 1)[0]
    marks = {".tsv": "\t", ".txt": "\t, "}.get(kind, ",;\t")
    mark = max(marks, key=first.count)
    cells = list(csv.reader(io.StringIO(text), delimiter=mark, skipinitialspace=True))
    cells = [row for row in cells if row]
    if not cells or len(cells[0]) < 2:
        return []
    width = len(cells[0])
    head = [name.strip() for name in cells[0]]
    body = cells[1:]
    if any(where.find(name) >= 0 for name in head):  # no heading but an image
        head, body = [str(i) for i in range(width)], cells
    return [dict(zip(head, row, strict=False)) for row in body if len(row) >= 2]


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
        elif all(isinstance(v, str | int) for v in data.values()):
            return [{"file": k, "label": str(v)} for k, v in data.items()]
        elif all(isinstance(v, list) for v in data.values()):
            return [
                {"file": str(one), "label": k} for k, own in data.items() for one in own
            ]  # fmt: skip
        elif all(isinstance(v, dict) for v in data.values()):
            data = [{"file": k, **v} for k, v in data.items()]
    if not isinstance(data, list):
        return []
    return [
        {str(k): str(v) for k, v in row.items() if isinstance(v, str | int | float)}
        for row in data
        if isinstance(row, dict)
    ]


def _of_coco(data: dict[str, list[dict[str, Any]]]) -> list[Row]:
    """Each image with the class of its first annotation."""
    names = {one["id"]: str(one["name"]) for one in data["categories"]}
    first: dict[Any, str] = {}
    for one in data["annotations"]:
        first.setdefault(one["image_id"], names.get(one["category_id"], ""))
    return [
        {"file": str(one["file_name"]), "label": first[one["id"]]}
        for one in data["images"]
        if first.get(one["id"])
    ]


def _said(
    rows: list[Row], table: PurePosixPath, where: Ends, own_part: Part | None
) -> _Said | None:
    """What rows say, once the columns of files, labels and parts are found."""
    columns = list(dict.fromkeys(name for row in rows[:100] for name in row))
    if len(columns) * len(rows) > bounds.MAX_TABLE_BYTES:  # hardly a cell of it would be filled
        return None
    some = rows[:: max(1, len(rows) // 200)]
    hits = {c: len({where.find(row.get(c, "")) for row in some} - {-1}) for c in columns}
    file = max(columns, key=hits.__getitem__, default="")
    if not file or not hits[file]:
        return None
    named = [_plain(c) for c in columns]
    part = next((columns[named.index(p)] for p in PARTS if p in named), None)
    others = [c for c in columns if c not in (file, part) and not c.startswith("Unnamed")]
    label = _label_column(others, rows)
    pairs: list[tuple[int, str | None, Part | None]] = []
    n_nowhere = 0
    for row in rows:
        index = where.find(row.get(file, ""))
        name = label(row) if label else None
        if index < 0:
            n_nowhere += 1
        elif name or part:
            pairs.append((index, name, _part(row, part) or own_part))
    return _Said(pairs, n_nowhere)


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.casefold())


def _part(row: Row, column: str | None) -> Part | None:
    if column is None:
        return None
    value = row.get(column, "").strip()
    if _plain(column) == "isvalid":
        return "val" if value.casefold() in ("1", "true", "1.0", "yes") else "train"
    return part_of(value)


def _label_column(columns: list[str], rows: list[Row]) -> Any:
    """What reads a row's class: the column called so, one of 0 and 1 for each class, else the one
    with fewest different values, at least two; None where no column says a class."""
    named = [_plain(c) for c in columns]
    for word in LABELS:
        if word in named:
            column = columns[named.index(word)]
            return lambda row: row.get(column, "").strip() or None
    if ones := _of_ones(columns, rows):
        return lambda row: next((c for c in ones if _number(row.get(c, "")) == 1), None)
    values = {c: {row.get(c, "") for row in rows} for c in columns}
    fit = [c for c in columns if 1 < len(values[c]) <= max(2, len(rows) // 2)]
    if not fit and len(columns) == 1:
        fit = columns
    if not fit:
        return None
    words = [c for c in fit if not any(_number(v) is not None for v in values[c])]
    column = min(words or fit, key=lambda c: len(values[c]))
    return lambda row: row.get(column, "").strip() or None


def _of_ones(columns: Iterable[str], rows: list[Row]) -> list[str]:
    """Columns of which each row has a 1 in one and 0 in the rest."""
    own = [c for c in columns if {_number(row.get(c, "")) for row in rows} <= {0.0, 1.0}]
    if len(own) < 2:
        return []
    return own if all(sum(_number(r[c]) or 0 for c in own) == 1 for r in rows) else []


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
