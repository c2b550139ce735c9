"""Where links may lead: a file is read only inside of the folders that were named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Refused


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
    for model, snapshots in zip(real.parents[1:], real.parents, strict=False):
        if snapshots.name == "snapshots" and model.name.startswith("models--"):
            return model
    return real


def beside(path: Path, name: str) -> Path | None:
    """The file of this name in the folder of another, or in that folder itself; None where there is
    none, or where its links lead out of the folder and of where the other's lead."""
    try:
        folder, linked = (path, path) if path.is_dir() else (path.parent, path.resolve().parent)
        real = inside(folder / name, [folder, linked])
        return folder / name if real.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
