"""The tensors of an opened file: only the bytes of those asked for.

Torch files that hold nothing else than plain weights pass torch.load(weights_only=True) once,
without their tensors' bytes, and what it finds must be what was found here; those with something
beside, which it would refuse, are read here alone. The bytes are then read from their places in
the file: in all containers alike, also in files before torch 1.6, which torch itself can only read
whole, and without a memory map, so that a file cut short meanwhile is an error and no crash.
"""

from __future__ import annotations

import argparse
import threading
import warnings
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cacr_core.checkpoints import bounds, containers
from cacr_core.checkpoints.bounds import Refused, damaged
from cacr_core.checkpoints.known import NUMPY
from cacr_core.checkpoints.listing import Listing, breaks_told
from cacr_core.checkpoints.listing import opened as plain_file
from cacr_core.checkpoints.parts import BYTES, Shape, Stored

SCALAR = np._core.multiarray.scalar  # type: ignore[attr-defined]  # private, yet it is pickled
ALLOWED: list[Any] = [
    argparse.Namespace,
    (SCALAR, "numpy.core.multiarray.scalar"),
    (SCALAR, "numpy._core.multiarray.scalar"),
    np.dtype,
    *{type(np.dtype(code)) for code in NUMPY},
]
"""Beyond torch's own list: settings of scripts, and numpy's single numbers (a best accuracy)."""
ONE_AT_A_TIME = threading.Lock()
"""torch keeps its allow-list for all threads together."""


def read(opened: Listing, names: list[str]) -> dict[str, Tensor]:
    if unknown := [name for name in names if name not in opened.tensors]:
        raise KeyError(f"{bounds.cut(unknown[0])!r} is no tensor of {opened.path.name!r}")
    with plain_file(opened.path) as (file, status), breaks_told():
        if (status.st_size, status.st_mtime_ns) != (opened.n_bytes, opened.written):
            raise Refused("This file was written again since it was opened; open it anew.", "path")
        of_torch = opened.container in (containers.ZIP, containers.LEGACY) and opened.plain
        if of_torch and not opened.agreed:
            agree(opened, torch_sees(opened.path, opened.container))
            opened.agreed.append(True)
        storages: dict[tuple[str, bool], Tensor] = {}
        stored = opened.stored
        return {name: in_storages(file, opened.places, stored[name], storages) for name in names}


def torch_sees(path: Path, container: str) -> Any:
    """What torch's safe reader makes of the file, without the tensors' bytes.

    Legacy files may hold views of storages, which torch cannot make of meta ones; on the CPU it
    asks for memory that nothing is written to, and so takes none.
    """
    place = "cpu" if container == containers.LEGACY else "meta"
    with (
        ONE_AT_A_TIME,
        torch.serialization.safe_globals(ALLOWED),
        torch.serialization.skip_data(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            return torch.load(path, map_location=place, weights_only=True)
        except Exception as error:  # whatever it is, torch would not have it
            why = str(error).rpartition("WeightsUnpickler error:")[2].strip().split("\n")[0]
            raise Refused(
                "torch.load(weights_only=True) refuses this file "
                f"({bounds.cut(why, 120)}); save its state dict again with torch.save.",
                "damaged",
            ) from None


def agree(opened: Listing, value: Any) -> None:
    """Compares torch's reading with ours, tensor by tensor."""
    theirs: dict[str, Shape] = {}
    waiting = [("", value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Tensor):
            dtype = str(value.dtype).removeprefix("torch.")
            n_bytes = value.numel() * value.element_size()
            theirs[path or "tensor"] = Shape(tuple(value.shape), dtype, n_bytes)
            continue
        if isinstance(value, argparse.Namespace):
            value = vars(value)
        if isinstance(value, (list, tuple)):
            value = dict(enumerate(value))
        if isinstance(value, dict):
            waiting += [(f"{path}.{k}" if path else str(k), v) for k, v in value.items()]
    if theirs != opened.tensors:
        raise damaged("torch reads other tensors in it than are listed")


def in_storages(
    file: BufferedReader | BytesIO,
    places: containers.Places,
    stored: Stored,
    storages: dict[tuple[str, bool], Tensor],
) -> Tensor:
    """One tensor; those that share a storage in the file share it here."""
    dtype = getattr(torch, stored.dtype)
    raw = storages.get((stored.key, dtype == torch.bool))
    if raw is None:
        offset, n_bytes = places[stored.key]
        raw = torch.empty(n_bytes, dtype=torch.uint8)
        file.seek(offset)
        if n_bytes and file.readinto(raw.numpy().data) != n_bytes:
            raise damaged("it ends before its tensors")
        if dtype == torch.bool:
            raw.clamp_(max=1)  # torch counts on no third kind of bool
        storages[stored.key, dtype == torch.bool] = raw
    items = raw[: len(raw) // BYTES[stored.dtype] * BYTES[stored.dtype]].view(dtype)
    return items.as_strided(stored.shape, stored.stride, stored.offset)
