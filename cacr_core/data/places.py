"""Where datasets are kept, and what whoever starts the app offers to everyone."""

from __future__ import annotations

import os
from pathlib import Path


def place_named(text: str) -> Path:
    """The path that a person has named; with the `~` of nobody as it stands."""
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        return Path(text.strip())


def offered_places() -> list[Path]:
    """What CACR_FOLDERS names and is there, links resolved, in its order.

    Names are parted as in PATH, by `os.pathsep`.
    """
    listed = filter(str.strip, os.environ.get("CACR_FOLDERS", "").split(os.pathsep))
    there = (path for path in map(place_named, listed) if os.path.exists(path))
    return list(dict.fromkeys(path.resolve() for path in there))


def data_root(root: str | Path | None = None) -> Path:
    """Where datasets are kept: the argument, else CACR_DATA, else `~/.cache/cacr-data`."""
    chosen = root or os.environ.get("CACR_DATA") or Path.home() / ".cache" / "cacr-data"
    return Path(chosen).expanduser()
