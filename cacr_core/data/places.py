"""Where datasets are kept, and what whoever starts the app offers to everyone."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

STALE = 24 * 3600.0  # seconds after which what is unfinished has no writer any more


class NoHomeError(ValueError):
    """A user has no home directory, and no folder is named."""


def below_home(*names: str) -> Path | None:
    """A path below the user's home; None for a user who has none."""
    home = os.path.expanduser("~")
    return None if home == "~" else Path(home, *names)


def place_named(text: str) -> Path:
    """The path that a person has named; with the `~` of nobody as it stands."""
    return Path(os.path.expanduser(text.strip()))


def offered_places() -> list[Path]:
    """What CACR_FOLDERS names and is there, links resolved, in its order.

    Names are parted as in PATH, by `os.pathsep`.
    """
    listed = filter(str.strip, os.environ.get("CACR_FOLDERS", "").split(os.pathsep))
    there = (path for path in map(place_named, listed) if os.path.exists(path))
    return list(dict.fromkeys(path.resolve() for path in there))


def data_root(root: str | Path | None = None) -> Path:
    """Where datasets are kept: the argument, else CACR_DATA, else `~/.cache/cacr-data`.

    Raises:
        NoHomeError: Neither is given, and the user has no home.
    """
    if named := root or os.environ.get("CACR_DATA", "").strip():
        return Path(os.path.expanduser(named))
    if usual := below_home(".cache", "cacr-data"):
        return usual
    raise NoHomeError(
        "Datasets need a folder, and this user has no home directory for one. Name a folder in "
        "CACR_DATA."
    )


def sweep(folder: Path, pattern: str) -> None:
    """Remove what killed writers left in a folder of ours.

    Args:
        pattern: Of the names that things have until they are whole.
    """
    for left in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
