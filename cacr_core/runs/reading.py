"""Reads the small files of a run, each held to the schema; what is damaged costs itself alone.

`read_json` gives an empty object for a file that is not there or is damaged, `read_config` refuses,
`read_probes` and `read_metrics` give what is left, and `damage` says in sentences what is lost.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from PIL import Image

from cacr_core.runs.arrays import read_arrays
from cacr_core.runs.paths import (
    ENTRIES,
    entry_folders,
    home,
    images_folder,
    snapshot_steps,
    unopened,
)
from cacr_core.runs.schema import check

MOST_BYTES = 64 * 2**20  # of one file of text
LONGEST_LINE = 2**20
MOST_ROWS = 200_000
NAMED = 3  # rows or steps that a sentence names before it counts


class Table(NamedTuple):
    """The rows of a file of lines of JSON.

    Attributes:
        rows: As they were written, the whole ones.
        n_damaged: How many lines are none; the last one, where it is still being written, is none.
    """

    rows: list[dict[str, Any]]
    n_damaged: int


def read_checked(path: Path) -> Any:
    """What a JSON file says.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It is no JSON, or says what the schema does not know; the sentence says where.
    """
    name = path.name
    try:
        with unopened(lambda: path.open("rb")) as file:
            content = file.read(MOST_BYTES + 1)
    except NotADirectoryError:
        raise FileNotFoundError(str(path)) from None
    except IsADirectoryError:
        raise ValueError(f"{name} is a folder.") from None
    except PermissionError:
        raise ValueError(f"{name} may not be read. Let this user read it.") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"{name} has more than {MOST_BYTES // 2**20} MB.")
    value = parsed(content, name)
    check(name, value)
    return value


def parsed(content: bytes, name: str) -> Any:
    """The value of a text of JSON. Raises ValueError, also for one nested too deep."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError(f"{name} is nested too deep.") from None
    except ValueError as error:
        raise ValueError(f"{name} is damaged: {error}.") from None


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file, or an empty one where there is none or it is damaged."""
    try:
        value = read_checked(path)
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def read_config(folder: Path) -> dict[str, Any]:
    """What was asked for, of a single run or a comparison.

    Raises:
        ValueError: config.json is damaged, which no other file makes up for.
    """
    folder = Path(folder)
    try:
        config: dict[str, Any] = read_checked(folder / "config.json")
    except FileNotFoundError:
        raise ValueError(f"{folder.name} holds no config.json, so it is no run.") from None
    except ValueError as error:
        if home(folder) == folder:
            raise ValueError(f"This run cannot be read: {error}") from None
        of_all = read_config(home(folder))  # a comparison holds the configs of its entries, too
        config = of_all["entries"][ENTRIES.index(folder.name)]["config"]
    return config


def read_probes(folder: Path) -> dict[str, Any]:
    """The images that are watched: labels, names of classes, factors, and how the sheet lies.

    Where probes.json is damaged, or the entry that keeps it is gone, what the snapshots and the
    sheet itself tell: no classes.

    Raises:
        ValueError: Neither can be read.
    """
    place = images_folder(folder)
    try:
        probes: dict[str, Any] = read_checked(place / "probes.json")
        return probes
    except FileNotFoundError:
        is_gone = place != Path(folder) and not os.path.exists(place / "config.json")
        return (_unlabelled(place, Path(folder)) if is_gone else None) or {}
    except ValueError as error:
        if (left := _unlabelled(place, place)) is None:
            raise ValueError(f"The images of this run cannot be read: {error}") from None
        return left


def _unlabelled(place: Path, run: Path) -> dict[str, Any] | None:
    """As many images without classes as the snapshots of a run are of; None where none is read."""
    for step in reversed(snapshot_steps(run)):
        with contextlib.suppress(OSError, ValueError):
            return _without_classes(place, read_arrays(run, step)[0].shape[1])
    return None


def _without_classes(place: Path, n: int) -> dict[str, Any]:
    columns = math.ceil(math.sqrt(n))
    tile = 32
    try:
        with Image.open(place / "probes.webp", formats=("WEBP",)) as sheet:
            tile = max(1, sheet.width // columns)
    except (OSError, ValueError, Image.DecompressionBombError):
        pass
    return {
        "n": n, "tile": tile, "columns": columns, "labels": [-1] * n, "class_names": [],
        "factors": {},
    }  # fmt: skip


def read_lines(path: Path) -> Table:
    """The rows of a file of lines of JSON that are whole and that the schema knows."""
    rows: list[dict[str, Any]] = []
    n_damaged = 0
    try:
        with path.open("rb") as file:
            content = content_from(file, 0)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return Table([], 0)
    *lines, last = content.split(b"\n")
    if len(lines) > MOST_ROWS:
        lines = [lines[0], *lines[1 - MOST_ROWS :]]
    for number, line in enumerate([*lines, last]):
        if not line.strip():
            continue
        row = read_line(line, path.name)
        if row is not None:
            rows.append(row)
        elif number < len(lines):
            n_damaged += 1
    return Table(rows, n_damaged)


def content_from(file: BinaryIO, start: int) -> bytes:
    """The lines of a file from a place on; of more than `MOST_BYTES` the file's first line, by
    which others are told how much has changed, and the newest."""
    size = file.seek(0, os.SEEK_END)
    file.seek(start)
    if size - start <= MOST_BYTES:
        return file.read(MOST_BYTES)
    first = b"" if start else file.readline(LONGEST_LINE)
    file.seek(size - MOST_BYTES)
    file.readline()  # the rest of one
    return first + file.read(MOST_BYTES)


def read_line(line: bytes, name: str) -> dict[str, Any] | None:
    """One row; None where it is damaged."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        row = parsed(line, name)
        check(name, row)
    except ValueError:
        return None
    found: dict[str, Any] = row
    return found


def read_metrics(folder: Path | str) -> list[dict[str, float]]:
    """Rows of metrics in order of their steps, each with its "step"; what is damaged is left."""
    rows = {row["step"]: row for row in read_lines(Path(folder) / "metrics.jsonl").rows}
    return [rows[step] for step in sorted(rows)]


def damage(folder: Path) -> list[str]:
    """What of a run's small files cannot be read, a sentence each; snapshots are not opened."""
    said = damage_of_files(folder)
    for run in entry_folders(folder) or [Path(folder)]:
        said += damage_of_lines(read_lines(run / "metrics.jsonl").n_damaged, _whose(run))
    return said


def _whose(run: Path) -> str:
    return f" of entry {run.name}" if home(run) != run else ""


def damage_of_files(folder: Path) -> list[str]:
    """What of a run's small files cannot be read, but for lines within them."""
    folder = Path(folder)
    entries = entry_folders(folder)
    images = images_folder(entries[0] if entries else folder)
    said = []
    for path, cost in [
        (folder / "config.json", "the run cannot be shown"),
        (folder / "run.json", "its title and machine are not known"),
        (folder / "end.json", "how it ended is not known"),
        (images / "probes.json", "its images are shown without classes"),
    ]:
        try:
            read_checked(path)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            said.append(f"{str(error).rstrip('.')}; {cost}.")
    for run in entries or [folder]:
        said += _damage_of_moments(run)
    return said + _missing(folder, [entry.name for entry in entries])


def _missing(folder: Path, there: list[str]) -> list[str]:
    """Which entries of a comparison have no folder any more."""
    listed = dict(zip(ENTRIES, read_json(folder / "config.json").get("entries", []), strict=False))
    said = [
        f"Entry {name} ({one['label']}) is missing: put its folder back, or do without it."
        for name, one in listed.items()
        if there and name not in there
    ]
    images = folder / ENTRIES[0] / "probes.json"
    if there and ENTRIES[0] not in there and not os.path.exists(images):
        said.append("The images were kept in the folder of entry a, and are missing, too.")
    return said


def _damage_of_moments(run: Path) -> list[str]:
    """Where all numbers or all snapshots of a run or entry cannot be read, or old ones are left."""
    numbers, snapshots = run / "metrics.jsonl", run / "snapshots"
    said = [
        f"{path.name}{_whose(run)} may not be read. Let this user read it; {cost}."
        for path, cost in [(numbers, "no numbers are shown"), (snapshots, "no moments are shown")]
        if os.path.exists(path) and not os.access(path, os.R_OK)
    ]
    if os.path.isfile(numbers) and os.path.getsize(numbers) > MOST_BYTES:
        said.append(
            f"{numbers.name}{_whose(run)} has more than {MOST_BYTES // 2**20} MB, and its older "
            "rows but the first are left out."
        )
    return said


def damage_of_lines(n: int, whose: str = "") -> list[str]:
    if not n:
        return []
    lines = "1 line is" if n == 1 else f"{n:,} lines are"
    return [f"{lines} damaged in metrics.jsonl{whose}, and left out."]


def named(steps: list[int]) -> str:
    """Steps as a person reads them: all of a few, else the first ones and how many more."""
    words = [f"{step:,}" for step in sorted(steps)]
    if len(words) > NAMED:
        words = [*words[:NAMED], f"{len(words) - NAMED} more"]
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
