"""Opens weights: a file, an index of parts, or a folder of one model, as one.

opened = open_file(path)        names, shapes and plain facts; no torch, no tensor
opened.load(["conv1.weight"])   those tensors, on the CPU
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cacr_core.checkpoints import bounds, folders
from cacr_core.checkpoints.bounds import Refused
from cacr_core.checkpoints.distributed import open_distributed
from cacr_core.checkpoints.one_file import Opened as Opened
from cacr_core.checkpoints.one_file import open_one
from cacr_core.checkpoints.parts import Shape as Shape
from cacr_core.checkpoints.sharded import open_index


def open_file(path: str | Path) -> Opened:
    """What is in a file, told by its content and never by its name; an index of parts, or a folder
    of one model, as one file. Raises Refused."""
    path = Path(path)
    if is_dir(path):
        path = folders.main_file(path)
    if folders.is_distributed(path):
        return open_distributed(path)
    if folders.is_index(path):
        return open_index(path)
    return open_one(path)


def is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # no possible name
        return False


def inside(path: str | Path, allowed: Sequence[str | Path]) -> Path:
    """The path with its links resolved, if that is in one of the folders. Raises Refused."""
    try:
        real = Path(path).resolve(strict=True)
        if any(real.is_relative_to(root_of(Path(folder))) for folder in allowed):
            return real
    except (OSError, ValueError, RuntimeError):  # gone, no possible name, links in a ring
        pass
    listed = ", ".join(str(folder) for folder in allowed) or "none"
    raise Refused(
        f"A file inside the named folders ({listed}) was needed, and "
        f"{bounds.cut(Path(path).name)!r} is not in them; move it there or name its folder.",
        "path",
    )


def root_of(folder: Path) -> Path:
    """The folder with its links resolved; of a snapshot in the Hub's cache the whole model's, whose
    blobs it links to."""
    real = folder.resolve()
    cached = real.parent.parent
    is_snapshot = real.parent.name == "snapshots" and cached.name.startswith("models--")
    return cached if is_snapshot else real
