"""The layouts in a run's folder: where they lie, how one is read, and why there may be none."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cacr_core.runs import folder as files
from cacr_core.runs.arrays import read_npz
from cacr_core.runs.paths import names_in

WHOLE_ENOUGH = 0.7  # share of an ended run's snapshots with a layout that is left as it is
REFUSED = "UMAP cannot be loaded here, so PCA is drawn."
NO_LOCATOR = f"{REFUSED} It needs a folder that can be written: name one in NUMBA_CACHE_DIR."


def layout_path(folder: Path, space: str, step: int) -> Path:
    return folder / "layouts" / f"{space}-{step:08d}.npz"


def laid_out_steps(folder: Path, space: str) -> list[int]:
    """Steps that have a layout of this space, in order."""
    names = names_in(folder / "layouts")
    known = re.compile(rf"{space}-(\d{{8}})\.npz")
    return sorted(int(found[1]) for found in map(known.fullmatch, names) if found)


def read_layout(folder: Path, space: str, step: int) -> tuple[np.ndarray, float]:
    """Positions `(probe, 2)` and trustworthiness of a layout.

    Raises:
        FileNotFoundError: It has not been made.
        ValueError: It is damaged.
    """
    path = layout_path(folder, space, step)
    stored = read_npz(path, ("xy", "trust"))
    xy, trust = stored.get("xy"), stored.get("trust")
    if xy is None or trust is None or xy.ndim != 2 or xy.shape[1] != 2 or trust.size != 1:
        raise ValueError(f"{path.name} is damaged: it holds no places of a plane.")
    if not np.isfinite(xy).all():
        raise ValueError(f"{path.name} is damaged: it holds places that are nowhere.")
    return xy.astype(np.float32), float(trust)


def refused_path(folder: Path) -> Path:
    """What a run has beside its layouts where none could be made: it says why."""
    return folder / "layouts" / "refused.txt"


def refusal(folder: Path, space: str) -> str:
    """Why a run lacks layouts of a space, empty where UMAP was not refused or none are wanted."""
    try:
        said = refused_path(folder).read_bytes()
    except OSError:
        return ""
    if is_whole(files.snapshot_steps(folder), laid_out_steps(folder, space)):
        return ""
    return NO_LOCATOR if said == NO_LOCATOR.encode() else REFUSED


def is_whole(steps: list[int], done: list[int]) -> bool:
    """Whether steps with a layout are enough of an ended run's to be left as they are."""
    known = set(done) & set(steps)
    ends = {*steps[:1], *steps[-1:]}
    return len(known) >= WHOLE_ENOUGH * len(steps) and ends <= known


def refused_by(error: Exception) -> str:
    """What is said of an error that loading UMAP ended in."""
    return NO_LOCATOR if "no locator available" in str(error) else REFUSED
