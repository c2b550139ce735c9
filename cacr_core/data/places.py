"""Where datasets are kept, and what whoever starts the app offers to everyone."""

from __future__ import annotations

import os
from pathlib import Path


def offered_places() -> list[Path]:
    """What CACR_FOLDERS names and is there, links resolved, in its order.

    Names are parted as in PATH, by `os.pathsep`.
    """
    named = os.environ.get("CACR_FOLDERS", "").split(os.pathsep)
    found = (Path(name.strip()).expanduser().resolve() for name in named if name.strip())
    return list(dict.fromkeys(path for path in found if path.exists()))


def data_root(root: str | Path | None = None) -> Path:
    """Where datasets are kept: the argument, else CACR_DATA, else `~/.cache/cacr-data`."""
    chosen = root or os.environ.get("CACR_DATA") or Path.home() / ".cache" / "cacr-data"
    return Path(chosen).expanduser()
