"""The file that a command writes: refused before the work for it, then written whole or not at all.

What was there before stays until the new one is whole. Only where a file may be written and its
place may not be taken, as in a folder that is read alone, is it written over.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from cacr_core.runs.paths import unopened

FULL = (errno.ENOSPC, errno.EDQUOT)


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
    try:
        if _is_no_file(path):
            return
        whole = _resolved(path)
        there = next(place for place in whole.parents if os.path.exists(place))
        _refuse_name(there / whole.name)
        trial = _part_of(there / whole.name)
        if not _is_refused(trial.touch, whole):
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
            _put(_resolved(path), content)
    except OSError as error:
        raise _unwritten(path, option, error) from None


def _unwritten(path: Path, option: str, error: OSError) -> ValueError:
    return ValueError(f"{option} cannot be written, {path}: {error.strerror}. Name another.")


def _is_no_file(path: Path) -> bool:
    """Whether it is a device or a pipe, which nothing may take the place of."""
    return os.path.exists(path) and not os.path.isfile(path)


def _resolved(path: Path) -> Path:
    """What it leads to, there or not.

    Raises:
        OSError: It leads to itself, or is no possible name.
    """
    _refuse_name(path)
    return path.resolve()


def _refuse_name(path: Path) -> None:
    """Raise the OSError of a name that cannot be, of a file that need not be there."""
    with contextlib.suppress(FileNotFoundError):
        os.stat(path)


def _part_of(path: Path) -> Path:
    """Where it is written before it takes its place: of a short name, whatever its own is."""
    return path.with_name(f".{os.getpid()}.part")


def _put(path: Path, content: bytes) -> None:
    """Write it beside its place and move it there; over what is there, where its folder refuses
    either."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(path)
    try:
        if _is_refused(part.touch, path):
            path.write_bytes(content)
            return
        part.write_bytes(content)
        if _is_refused(lambda: unopened(lambda: part.replace(path)), path):
            path.write_bytes(content)
    finally:  # of an interrupt too
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _is_refused(act: Callable[[], object], path: Path) -> bool:
    """Do it; whether it failed where the file may be written over.

    Raises:
        OSError: It failed, and the file may not; or the disk is full, and what was there stays.
    """
    try:
        act()
    except OSError as error:
        if error.errno in FULL or not (os.path.isfile(path) and os.access(path, os.W_OK)):
            raise
        return True
    return False
