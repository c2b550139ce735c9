"""Labels and parts in a CSV or JSON beside the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from cacr_core.data.account import several
from cacr_core.data.folders import bounds
from cacr_core.data.folders.classes import Part, part_of, part_of_table, says_labels
from cacr_core.data.folders.columns import Label, label_of, part_column, part_in
from cacr_core.data.folders.ends import NOWHERE, SEVERAL, Ends
from cacr_core.data.folders.file_column import FileColumn, file_column, numbered_columns
from cacr_core.data.folders.listing import Source
from cacr_core.data.folders.rows import Row, rows_of, says_columns

MOST_TABLES = 32  # that are looked into, the outermost first
PLACEHOLDERS = "submission"  # a word of the names of tables that show how to hand answers in
FEW = 12  # images, which may all be of one class
MOST_LETTERS = 60  # of a column's name, as it is told
MOST_COLUMNS = 6  # whose names are told


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


class _Said(NamedTuple):
    """What a table says: of each image its class and part, in which column its classes stand
    (empty for several), whether that is a guess, whether a column says parts, what is to be told of
    how its rows were read, and whether their numbers were given zeros."""

    of: dict[int, tuple[str | None, Part | None]]
    column: str
    is_guess: bool
    has_parts: bool
    n_several: int
    told: str
    is_padded: bool

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.of.values() if name is not None}

    def without_labels(self) -> _Said:
        return self._replace(of={i: (None, part) for i, (_, part) in self.of.items()})


class _Useless(NamedTuple):
    """Why a table says nothing: which of the reasons, and a sentence."""

    kind: str
    sentence: str


def read_tables(
    tables: Sequence[Source],
    images: Sequence[PurePosixPath],
    parts: Sequence[Part | None] | None = None,
    has_classes: bool = False,
) -> Labels:
    """The labels that the tables of a folder or zip give its images.

    A column that is only guessed to hold labels counts where no table has one that is called so
    and folders say no classes; it is no guess where `_is_meant`. One label for more than a few
    images counts where no table has several.

    Args:
        parts: Of the images, as their folders say: of two that a row could mean, the one in the
            table's own part is meant.
        has_classes: Whether folders say classes.
    """
    found = Labels([None] * len(images), [None] * len(images), [], [])
    where = Ends(images, parts)
    doubtful: list[tuple[PurePosixPath, _Said]] = []
    padded: list[tuple[PurePosixPath, _Said]] = []
    useless: dict[str, list[str]] = {}
    has_called = has_several = False
    for table in sorted(tables, key=lambda t: (len(t.inside.parts), t.inside))[:MOST_TABLES]:
        if PLACEHOLDERS in table.inside.stem.casefold():
            continue
        said = _said(rows_of(table, where), table.inside, where)
        if isinstance(said, _Useless):
            if _should_say(table.inside, said):
                useless.setdefault(said.kind, []).append(said.sentence)
            continue
        if said.is_padded:
            padded.append((table.inside, said))
            continue
        n_names = len(said.names)
        has_several |= n_names > 1
        has_called |= n_names > 1 and not said.is_guess
        if said.is_guess or (n_names == 1 and len(said.of) > FEW):
            doubtful.append((table.inside, said))
        else:
            _take(found, table.inside, said)
    for inside, said in padded:
        if said.is_guess:
            doubtful.append((inside, said))
        else:
            _take(found, inside, said)
    for inside, said in doubtful:
        why = ""
        if has_several and len(said.names) == 1:
            why = f"{inside.name} says the same of all its images: no labels."
        elif said.is_guess and has_classes:
            why = f"No column of {inside.name} is called like labels: folders are the classes."
        if why:
            found.notes.append(why)
        is_left = bool(why) or (said.is_guess and has_called)
        if said.has_parts or not is_left:
            _take(found, inside, said.without_labels() if is_left else said)
    for first, *others in useless.values():
        more = f" So it is with {several(len(others), 'other table')}." if others else ""
        found.notes.append(first + more)
    return found


def _should_say(table: PurePosixPath, why: _Useless) -> bool:
    """Whether a file would be thought to say labels: of texts a table that is called so."""
    if table.suffix.lower() != ".txt":
        return True
    called = says_labels(table.stem) or part_of_table(table.stem)
    return why.kind != "no table" and bool(called)


def _take(found: Labels, table: PurePosixPath, said: _Said) -> None:
    news: set[int] = set()
    labels = False
    for index, (name, part) in said.of.items():
        if name is not None and found.classes[index] is None:
            found.classes[index], labels = name, True
            news.add(index)
        if part is not None and found.parts[index] is None:
            found.parts[index] = part
            news.add(index)
    if news:
        found.used.append(table)
        sentence = _sentence(table, said.column if labels else None, len(news))
        found.notes.append(sentence + said.told)
    elif said.n_several or not said.of:
        found.notes.append(f"No image is labelled by {table.name}.{said.told}")


def _sentence(table: PurePosixPath, column: str | None, n: int) -> str:
    """What a table is used for: `column` has its labels, None where it only says parts."""
    images = several(n, "image")
    if column is None:
        return f"What is trained on and what is scored is as {table.name} says of {images}."
    if not column or (table.suffix.lower().startswith(".json") and column == "label"):
        return f"Labels are as {table.name} says of {images}."
    return f"Labels are {_called(column)} of {table.name} for {images}."


def _called(column: str) -> str:
    return f"column {column}" if column.isdecimal() else f"the column {column[:MOST_LETTERS]!r}"


def _told(missed: Counter[int], n_differ: int, nothing: Counter[str]) -> str:
    """Of rows that name no image or several, that say different classes of one, or none at all."""
    told = ""
    for kind, what in ((NOWHERE, "no image"), (SEVERAL, "several images")):
        if n := missed[kind]:
            told += f" {several(n, 'row of it names', 'rows of it name')} {what} here."
    if n_differ:
        has = several(n_differ, "image has", "images have")
        told += f" {has} rows of different classes; the first counts."
    for word, n in nothing.items():
        told += f" {several(n, 'row of it says', 'rows of it say')} {word!r}, which is no label."
    return told


def _said(rows: list[Row], table: PurePosixPath, where: Ends) -> _Said | _Useless:
    """What rows say, once the columns of files, labels and parts are found."""
    columns = list(dict.fromkeys(name for row in rows[:100] for name in row))
    if not rows or len(columns) * len(rows) > bounds.MAX_TABLE_BYTES:  # hardly a cell is filled
        return _Useless("no table", f"{table.name} was not read as a table of two columns or more.")
    part, own_part = part_column(columns), part_of_table(table.stem)
    near = own_part or _part_around(table)
    find = where.find

    def image(row: Row, column: str) -> int:
        return find(row.get(column, ""), part_in(row, part) or near)

    some = rows[:: max(1, len(rows) // 200)]
    file, how = file_column(columns, some, image), ""
    if file is None:
        find = where.find_padded
        file = file_column(numbered_columns(columns, rows), some, image)
        if file and _names_most(image, file.name, rows, where):
            how = f" Images are named by {_called(file.name)}, with zeros before its numbers."
        else:
            file = None
    if file is None:
        sentence = f"No column of {table.name} names an image here"
        if says_columns(columns):  # a first row that is no heading is nobody's to read
            words = ", ".join(name[:MOST_LETTERS] for name in columns[:MOST_COLUMNS])
            sentence += f" ({words})"
        return _Useless("nowhere", f"{sentence}.")
    others = [c for c in columns if c not in (file.name, part) and not c.startswith("Unnamed")]
    label = label_of(others, rows)
    if label is None and part is None:
        return _Useless("no class", f"No column of {table.name} says one class for each image.")
    of: dict[int, tuple[str | None, Part | None]] = {}
    missed, nothing = Counter[int](), Counter[str]()
    differ: set[int] = set()
    for row in rows:
        index, name = image(row, file.name), label.read(row) if label else None
        if index < 0:
            missed[index] += 1
        if label and (cell := row.get(label.column, "").strip()) in label.nothing:
            nothing[cell] += 1
        if index >= 0 and (name or part):
            known = of.get(index, (None, None))
            of[index] = known[0] or name, known[1] or part_in(row, part) or own_part
            if name and name != of[index][0]:
                differ.add(index)
    column = label.column if label else ""
    is_guess = label is not None and label.is_guess and not _is_meant(label, table, file)
    rivals = [c for c in file.others if c not in (column, part)]
    if rivals:
        how = f" Images are named by {_called(file.name)}; {_called(rivals[0])} would fit, too."
    told = how + _told(missed, len(differ), nothing)
    is_padded = find == where.find_padded
    return _Said(of, column, is_guess, part is not None, missed[SEVERAL], told, is_padded)


def _names_most(
    image: Callable[[Row, str], int], column: str, rows: list[Row], where: Ends
) -> bool:
    """Whether nearly all rows name an image, and they name most images."""
    named = [index for row in rows if (index := image(row, column)) >= 0]
    return len(named) >= 0.9 * len(rows) and len({*named}) > 0.5 * len(where.parts)


def _is_meant(label: Label, table: PurePosixPath, file: FileColumn) -> bool:
    """Whether a guessed column says classes all the same: of few values, and without a heading
    beside names, which numbers need not be, or alone so in a table that is called labels."""
    if label.column.isdecimal():
        return label.is_few and not file.is_numbered
    return label.is_only and says_labels(table.stem)


def _part_around(table: PurePosixPath) -> Part | None:
    """The part that the folder nearest to a table says."""
    around: Iterable[Part | None] = map(part_of, reversed(table.parts[:-1]))
    return next((part for part in around if part), None)
