"""A momentum encoder: a copy of the encoder that follows it slowly and makes keys."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from cacr_core.training.precision import autocast


class Momentum:
    """A copy of the encoder whose weights are a running mean of the encoder's.

    Keys are made in train mode: batch norms take the statistics of the batch they see, as in MoCo,
    so no key depends on running statistics. These are copied from the encoder whenever the weights
    follow, so that the copy can be looked at in eval mode too. Batches are not shuffled between
    devices as MoCo does; there is one.

    Args:
        encoder: What is followed; it is copied as it is.
        share: The share of itself that the copy keeps in an update, in [0, 1].
        precision: Of the encoder's layers; keys are float32.
    """

    def __init__(self, encoder: nn.Module, share: float, precision: torch.dtype) -> None:
        self.encoder = copy.deepcopy(encoder).requires_grad_(False).train()
        self.share, self.precision = share, precision

    @torch.no_grad()
    def keys(self, views: list[Tensor]) -> Tensor:
        """`(view, item, dim)` unit rows, from views seen as one batch, like the queries."""
        x = torch.cat(views)
        with autocast(x.device, self.precision):
            _, embeddings = self.encoder(x)
        return embeddings.unflatten(0, (len(views), -1))

    @torch.no_grad()
    def follow(self, encoder: nn.Module) -> None:
        """Move towards the encoder after its step, which is before the next as MoCo has it."""
        for own, new in zip(self.encoder.parameters(), encoder.parameters(), strict=True):
            own.lerp_(new, 1 - self.share)
        for kept, now in zip(self.encoder.buffers(), encoder.buffers(), strict=True):
            kept.copy_(now)

    def state(self) -> dict[str, Tensor]:
        return {f"momentum.{k}": v for k, v in self.encoder.state_dict().items()}

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Take over a `state()`; a ValueError when it is of something else."""
        self.encoder.load_state_dict(fitting(tensors, self.state(), "momentum."))


def fitting(tensors: dict[str, Tensor], own: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those of `tensors` that start with the prefix, without it.

    Raises:
        ValueError: They have other names or shapes than `own`.
    """
    theirs = {k: v for k, v in tensors.items() if k.startswith(prefix)}
    if {k: v.shape for k, v in own.items()} != {k: v.shape for k, v in theirs.items()}:
        raise ValueError(
            f"The saved state lacks or differs in {prefix.rstrip('.')!r}, so it is of another host "
            "or queue size. Start the run anew."
        )
    return {k.removeprefix(prefix): v for k, v in theirs.items()}
