"""The file that a command writes: refused before the work for it, then written whole or not at all.

What was there before stays until the new one is whole.
"""

from __future__ import annotations

import os
from pathlib import Path

from cacr_core.runs.paths import temporary_of, write_bytes


def refuse_unwritable(path: Path, option: str, with_parents: bool = False) -> None:
    """Refuse a place that cannot be written to, by trying it.

    Args:
        option: What names it, such as "--out".
        with_parents: Folders above it that are missing will be made.

    Raises:
        ValueError: It cannot.
    """
    if os.path.isdir(path):
        raise ValueError(f"{option} needs the name of a file, {path} is a folder.")
    if not (with_parents or os.path.isdir(path.parent)):
        raise ValueError(f"{option} needs a folder that exists, {path.parent} does not.")
    whole = path.resolve()
    there = next(place for place in whole.parents if os.path.exists(place))
    trial = temporary_of(there / whole.name)
    try:
        if not _is_no_file(path):
            trial.touch()
            trial.unlink()
    except OSError as error:
        raise _unwritten(path, option, error) from None


def write(path: Path, content: bytes, option: str) -> None:
    """Write it.

    Raises:
        ValueError: It cannot be written after all.
    """
    try:
        if _is_no_file(path):
            path.write_bytes(content)
        else:
            write_bytes(path.resolve(), content)
    except OSError as error:
        raise _unwritten(path, option, error) from None


def _unwritten(path: Path, option: str, error: OSError) -> ValueError:
    return ValueError(f"{option} cannot be written, {path}: {error.strerror}. Name another.")


def _is_no_file(path: Path) -> bool:
    """Whether it is a device or a pipe, which nothing may take the place of."""
    return os.path.exists(path) and not os.path.isfile(path)
