"""Tensors and the progress that belongs to them, in one file that is written whole or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from cacr_core.runs import folder as files


def write_state(path: Path, tensors: dict[str, Tensor], progress: dict[str, Any]) -> None:
    """Write both under a temporary name and rename it, so that a kill leaves the old or the new."""
    whole = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    files.write_bytes(path, save(whole, metadata={"progress": json.dumps(progress)}))


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """What `write_state` wrote, None where there is nothing yet.

    Raises:
        ValueError: The file is not one of these.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            progress = json.loads((file.metadata() or {})["progress"])
            return {name: file.get_tensor(name) for name in file.keys()}, progress
    except (SafetensorError, KeyError, ValueError) as error:
        raise _not_a_state(path, error) from None


def read_progress(path: Path) -> dict[str, Any]:
    """The progress alone, without the tensors; empty where there is nothing yet."""
    if not path.exists():
        return {}
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {})["progress"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise _not_a_state(path, error) from None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's slots as flat tensors named `optimizer.<parameter>.<slot>`."""
    return {
        f"optimizer.{i}.{slot}": torch.as_tensor(value)
        for i, slots in optimizer.state_dict()["state"].items()
        for slot, value in slots.items()
        if value is not None
    }


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` took."""
    slots: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, slot = name.split(".", 2)
            slots.setdefault(int(index), {})[slot] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})


def _not_a_state(path: Path, error: Exception) -> ValueError:
    return ValueError(
        f"{path} is not a state of a reproduction ({error}). Remove it to start that part anew."
    )
