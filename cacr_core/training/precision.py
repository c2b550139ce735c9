"""In which arithmetic a network's layers train; all else is float32 whatever this says."""

from __future__ import annotations

import contextlib
import os

import torch

PRECISIONS: dict[str, str] = {
    "auto": "automatic",
    "float32": "float32",
    "bfloat16": "bfloat16",
    "float16": "float16",
}
VARIABLE = "CACR_PRECISION"  # of the environment: what "auto" means on this machine


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The type that the layers compute in.

    "auto" is what `CACR_PRECISION` says, else bfloat16 on CUDA devices that have it in hardware (a
    T4 only emulates it), else float32: on a CPU bfloat16 saves little and costs reproducibility.

    Args:
        name: A key of `PRECISIONS`.

    Raises:
        ValueError: `CACR_PRECISION` is none of them.
    """
    if name == "auto":
        name = os.environ.get(VARIABLE) or "auto"
        if name not in PRECISIONS:
            raise ValueError(
                f"{VARIABLE} must be one of {', '.join(PRECISIONS)}, got {name[:40]!r}. Change it "
                "or unset it."
            )
    if name == "auto":
        name = "bfloat16" if device.type == "cuda" and _has_bfloat16(device) else "float32"
    return getattr(torch, name)


def _has_bfloat16(device: torch.device) -> bool:
    """Whether a CUDA device has it in hardware; torch asks the current one."""
    with torch.cuda.device(device) if device.index else contextlib.nullcontext():
        return torch.cuda.is_bf16_supported(including_emulation=False)


def precision_name(precision: torch.dtype) -> str:
    """As it is recorded and read: "float32"."""
    return str(precision).removeprefix("torch.")


def arithmetic(device: torch.device, precision: torch.dtype) -> dict[str, str]:
    """What the numbers of a run depend on besides its config, as it is recorded with them."""
    return {"device": str(device), "precision": precision_name(precision)}


def autocast(device: torch.device, precision: torch.dtype) -> torch.autocast:
    """Layers inside compute in `precision`; with float32 also where a caller's autocast is on."""
    return torch.autocast(device.type, precision, enabled=precision != torch.float32)
