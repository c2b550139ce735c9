"""Digests of what a run used, computed from what it used: equal ones mean a fair comparison."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

EVERY = 17  # of a view's numbers one in so many is digested: every image and channel takes part
PARTS = ("order", "views")


class Proof:
    """The digest of the first weights, and those of every batch and view used since, as a chain.

    Attributes:
        weights: Of the encoder before any update, hexadecimal.
        order: Of the indices of all batches so far.
        views: Of the first two views of all batches so far; runs with more views share these.
    """

    def __init__(self, encoder: nn.Module) -> None:
        digest = hashlib.blake2b(digest_size=16)
        for name, value in encoder.state_dict().items():
            digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
        self.weights = digest.hexdigest()
        self.order = self.views = ""

    def saw(self, index: Tensor, sample: Tensor) -> None:
        """Take in one update's batch: its indices, and what is `sampled` of its views."""
        self.order = _chained(self.order, index)
        self.views = _chained(self.views, sample)

    def state(self) -> dict[str, Tensor]:
        """The chains as tensors, for saving."""
        return {
            f"proof.{part}": torch.tensor(
                list(bytes.fromhex(getattr(self, part))), dtype=torch.uint8
            )
            for part in PARTS
        }

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        for part in PARTS:
            if f"proof.{part}" in tensors:
                setattr(self, part, bytes(tensors[f"proof.{part}"].tolist()).hex())


def sampled(views: list[Tensor]) -> Tensor:
    """`(n,)`, what is digested of an update's views: of the first two, on their device."""
    return torch.cat([view.flatten()[::EVERY] for view in views[:2]])


def _chained(before: str, part: Tensor) -> str:
    digest = hashlib.blake2b(bytes.fromhex(before), digest_size=16)
    digest.update(part.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
