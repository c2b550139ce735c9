"""What a person types for an option: something at all, and a folder that can be written into."""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from pathlib import Path


def something(text: str) -> str:
    """The `type` of an option for words: an empty one, as of a variable that is not set, would be
    taken for one that was not given."""
    if not text.strip():
        raise argparse.ArgumentTypeError("something was needed, and nothing was named. Name it.")
    return text


def place(text: str) -> Path:
    """The `type` of an option for a file or folder: an empty one would be the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError(
            "a file or folder was needed, and none was named. Name it; the current folder is '.'."
        )
    return Path(text)


def refuse_no_folder(folder: Path, option: str) -> None:
    """Refuse what is no folder and cannot become one that is written into, by trying it.

    Args:
        folder: It and those above it may be missing.
        option: What names it, such as "--out".

    Raises:
        ValueError: It is, or is below, a file, or it cannot be written.
    """
    whole = folder.absolute()
    there = next(one for one in (whole, *whole.parents) if os.path.lexists(one))
    if not os.path.isdir(there):
        got = f"the file {folder}" if there == whole else f"{folder}, below the file {there.name}"
        raise ValueError(f"{option} needs a folder, got {got}. Name another.")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.stat(whole)  # a name that cannot be
        with tempfile.TemporaryDirectory(dir=there):
            pass
    except OSError as error:
        raise ValueError(
            f"{option} cannot be written, {folder}: {error.strerror}. Name another."
        ) from None
