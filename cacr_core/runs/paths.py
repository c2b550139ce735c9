"""What the files of a run are called and where they stand, and how they are written whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ENTRIES = ("a", "b", "c", "d")
HOLDS_OPENED = sys.platform == "win32"  # a file that is open there is neither replaced nor moved
TRIES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # seconds between them
Result = TypeVar("Result")
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def home(folder: Path) -> Path:
    """Where a run's worker beats and is asked: the comparison of an entry, else the run itself."""
    folder = Path(folder)
    is_entry = folder.name in ENTRIES and os.path.exists(folder.parent / "config.json")
    return folder.parent if is_entry else folder


def images_folder(folder: Path) -> Path:
    """Where probes.json and the sprite sheets of a run are: a comparison keeps them in a/."""
    folder = Path(folder)
    return folder if home(folder) == folder else home(folder) / ENTRIES[0]


def is_described(folder: Path) -> bool:
    """Whether all that describes a run or an entry is written, of which the images come last. They
    do not come any more where the entry that keeps them is gone."""
    place = images_folder(folder)
    is_gone = place != folder and not os.path.exists(place / "config.json")
    return is_gone or os.path.exists(place / "probes.json")


def entry_folders(folder: Path) -> list[Path]:
    """The folders of a comparison's entries; none for a single run."""
    found = (Path(folder) / name for name in ENTRIES)
    return [f for f in found if os.path.exists(f / "config.json")]


def snapshot_path(folder: Path, step: int) -> Path:
    return Path(folder) / "snapshots" / f"{step:08d}.npz"


def require_run(folder: Path) -> None:
    """Refuse to write into a run or an entry that was deleted meanwhile: it would be begun anew.

    Raises:
        FileNotFoundError: There is no config.json in the folder.
    """
    if not os.path.exists(folder / "config.json"):
        raise FileNotFoundError(errno.ENOENT, f"{folder.name} holds no config.json any more")


def is_saved(folder: Path) -> bool:
    """Whether a run, or an entry of a comparison, has a state to go on from."""
    runs = (folder, *entry_folders(folder))
    return any(os.path.exists(run / "state.safetensors") for run in runs)


def names_in(folder: Path) -> list[str]:
    """What a folder holds; nothing where there is none, or none that may be looked into."""
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def snapshot_steps(folder: Path) -> list[int]:
    """Steps of the snapshots in a run's folder, in order."""
    names = names_in(Path(folder) / "snapshots")
    return sorted(int(name[:8]) for name in names if re.fullmatch(r"\d{8}\.npz", name))


def last_step(folder: Path) -> int:
    """The newest snapshot's step of a run, or of any entry of a comparison; 0 before the first."""
    runs = entry_folders(folder) or [folder]
    return max((step for run in runs for step in snapshot_steps(run)), default=0)


def unopened(act: Callable[[], Result]) -> Result:
    """Do what a system may refuse for as long as another process reads the file or writes it: it is
    tried again for about a second."""
    for wait in TRIES if HOLDS_OPENED else ():
        try:
            return act()
        except PermissionError:
            time.sleep(wait)
    return act()


def remove(path: Path) -> None:
    """Remove a file, if it is there, as soon as no other process has it open."""
    unopened(lambda: path.unlink(missing_ok=True))


def temporary_of(path: Path) -> Path:
    """Where a file of that name is written before it takes its place."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def write_bytes(path: Path, content: bytes, with_parents: bool = True) -> None:
    """Write a file whole or not at all.

    Args:
        with_parents: Make the folders above that are missing. Without, only the last of them: a run
            that was deleted meanwhile is not begun anew.
    """
    path.parent.mkdir(parents=with_parents, exist_ok=True)
    temporary = temporary_of(path)
    try:
        temporary.write_bytes(content)
        unopened(lambda: temporary.replace(path))
    except BaseException:  # of an interrupt too
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    write_bytes(path, json.dumps(value).encode())


def append_line(path: Path, value: Any) -> None:
    """Add one line of JSON, whole, to a file in a folder that is there; after a line that was cut
    short it begins a new one."""
    with path.open("ab+") as file:
        at = file.seek(0, os.SEEK_END)
        is_cut = False
        if at:
            file.seek(at - 1)
            is_cut = file.read(1) != b"\n"
        file.write(b"\n" * is_cut + json.dumps(value).encode() + b"\n")
