"""Folders as they are downloaded or left by training: which files in them are weights."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Refused
from cacr_core.checkpoints.links import root_of

NO_WEIGHTS = frozenset(
    ".md .txt .json .py .yaml .yml .log .csv .png .jpg .jpeg .webp .gif .zip .gz .npz .npy"
    " .html .pdf .ipynb .toml .cfg .lock .parquet .sh .c .h .js .css .svg .webm .mp4 .tfevents"
    " .jsonl .msgpack .h5 .ot .incomplete".split()
)
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json",
           "diffusion_pytorch_model.safetensors.index.json")  # fmt: skip
USUAL = ("model.safetensors", "open_clip_model.safetensors", "pytorch_model.bin",
         "open_clip_pytorch_model.bin", "model.pth")  # fmt: skip
PART = re.compile(r"-?(\d{5})-of-(\d{5})(?=\.)")
GENERIC = frozenset(  # names of files that say nothing of the model in them
    "model last best latest final pytorch_model open_clip_model open_clip_pytorch_model checkpoint"
    " ckpt weights encoder state_dict consolidated".split()
)
ENDINGS = re.compile(r"(\.(pth|pt|tar|ckpt|bin|safetensors|npz|pkl|th))+$", re.I)
METADATA = ".metadata"  # of a distributed checkpoint
DEPTH = 5  # folders inside one another that are looked into
LOOKED_AT = 20_000  # entries


def without_ending(name: str) -> str:
    """A file's name without what says its format, such as `.pth.tar`."""
    return ENDINGS.sub("", name)


def is_generic(name: str) -> bool:
    """Whether a file's name says nothing of the model in it."""
    return without_ending(name).lower() in GENERIC


def is_index(path: Path) -> bool:
    """Whether a file lists the parts of a model, by its name."""
    return path.name.endswith(".index.json")


def is_distributed(path: Path) -> bool:
    """Whether it is a folder, or a file of one, that torch.distributed.checkpoint wrote."""
    try:
        in_folder = path.is_dir() and (path / METADATA).is_file()
    except (OSError, ValueError):  # no possible name
        return False
    return in_folder or path.suffix == ".distcp" or path.name == METADATA


def distributed(path: Path, why: str) -> Refused:
    """What turns such a folder into a file that opens, where it does not open itself.

    Args:
        why: As a clause.
    """
    folder = path if path.is_dir() else path.parent
    return Refused(
        f"This is of a distributed checkpoint (torch.distributed.checkpoint), {why}; name its "
        "whole folder, or join it into one file by the command.",
        "other",
        "a distributed checkpoint",
        "# In the folder that holds it; nothing of the model's code is needed:\n"
        f"python -m torch.distributed.checkpoint.format_utils dcp_to_torch {folder.name} out.pth\n"
        "# then open out.pth",
    )


def main_file(folder: Path) -> Path:
    """The file of weights that a folder stands for, such as one of transformers or of its cache.

    Raises:
        Refused: There is none, or there are several.
    """
    if is_distributed(folder):
        return folder
    folder = next((one for one in snapshots(folder) if weights_in(one, 1)), folder)
    for name in (*INDEXES, *USUAL):
        if (folder / name).is_file():
            return folder / name
    found = weights_in(folder, 3)
    if len(found) == 1:
        return folder / found[0]
    what = "none" if not found else f"{found[0]} and {found[1]} among them"
    raise Refused(
        f"A file of weights was needed, and {bounds.cut(folder.name)!r} is a folder with "
        f"{what if found else 'none in it'}; name one of its files.",
        "path",
    )


def snapshots(model: Path) -> list[Path]:
    """The revisions of a model in the Hub's cache: its main one as the cache knows it, then what
    came last; empty where the folder is none of the cache."""
    if not (model.name.startswith("models--") or (model / "refs").is_dir()):
        return []
    try:
        latest_first = sorted(
            (one for one in (model / "snapshots").iterdir() if one.is_dir()),
            key=lambda one: one.stat().st_mtime,
            reverse=True,
        )
        refs = model / "refs" / "main"
        main = refs.read_text("utf-8").strip() if refs.is_file() else ""
    except (OSError, ValueError):
        return []
    return sorted(latest_first, key=lambda one: one.name != main)


def weights_in(folder: Path, most: int = 200) -> list[Path]:
    """Files that may be weights, relative to the folder, its sub-folders' too: a model in parts by
    its index alone, a distributed checkpoint by its folder. Links are followed within."""
    found: list[Path] = []
    for path in _walk(folder):
        if len(found) == most:
            break
        relative = path.relative_to(folder)
        if path.is_dir():
            found.append(relative)
        elif is_index(path) or path.suffix.lower() not in NO_WEIGHTS:
            if PART.search(path.name) and any(is_index(p) for p in path.parent.glob("*.json")):
                continue
            found.append(relative)
    return found


def _walk(folder: Path) -> Iterator[Path]:
    """Files, and folders of distributed checkpoints, in the order of their names."""
    root = root_of(folder)
    looked, waiting = 0, [(folder, 0)]
    seen = set()
    while waiting:
        here, depth = waiting.pop(0)
        try:
            if (real := here.resolve()) in seen or not real.is_relative_to(root):
                continue
            seen.add(real)
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        in_cache = any(entry.name == "snapshots" for entry in entries)  # of the Hub
        passed_over = ("blobs", "__pycache__", *(("refs",) if in_cache else ()))
        for entry in entries:
            looked += 1
            if looked > LOOKED_AT:
                return
            path = here / entry.name
            if entry.name.startswith(".") or entry.name in passed_over:
                continue
            try:
                if entry.is_dir():
                    if is_distributed(path):
                        yield path
                    elif depth < DEPTH:
                        waiting.append((path, depth + 1))
                elif entry.is_file() and path.resolve().is_relative_to(root):
                    yield path
            except OSError:
                continue
