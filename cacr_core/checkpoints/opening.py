"""Opens weights: a file, an index of parts, or a folder of one model, as one.

opened = open_file(path)        names, shapes and plain facts; no torch, no tensor
opened.load(["conv1.weight"])   those tensors, on the CPU
"""

from __future__ import annotations

from pathlib import Path

from cacr_core.checkpoints import folders
from cacr_core.checkpoints.distributed import open_distributed
from cacr_core.checkpoints.links import inside as inside
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
