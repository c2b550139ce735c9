"""The device that a run trains on, and what is fetched from it."""

from __future__ import annotations

import torch
from torch import Tensor


def fetched(*parts: Tensor) -> list[Tensor]:
    """The same numbers on the CPU, as float32 where they were elsewhere: one wait for all."""
    if all(part.device.type == "cpu" for part in parts):
        return list(parts)
    whole = torch.cat([part.detach().flatten().float() for part in parts]).cpu()
    pieces = whole.split([part.numel() for part in parts])
    return [piece.view(part.shape) for piece, part in zip(pieces, parts, strict=True)]
