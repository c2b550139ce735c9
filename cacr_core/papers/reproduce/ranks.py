"""A reproduction over several processes, as torchrun starts them, to the result of one.

Each process encodes its part of every batch. The embeddings of all parts are brought together
before the loss, so every query sees all negatives, and batch normalisation takes its moments over
the whole batch. All processes then hold the same weights after every update; the first alone writes
and speaks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from cacr_core.models import LagFreeBatchNorm
from cacr_core.views import Part

PATIENCE = timedelta(hours=6)  # of the others, while the first downloads images and reads them


class _Sum(torch.autograd.Function):
    """The sum over all processes; a gradient that reaches it is summed over them, too."""

    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total


@dataclass(frozen=True)
class Ranks:
    """The processes of one reproduction, seen from one of them; by itself where there is one.

    Attributes:
        rank: This process's number, from 0.
        world: How many there are.
    """

    rank: int = 0
    world: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def part(self, n: int) -> Part:
        """Which rows of a batch of `n` are this process's: none where there are too few."""
        begins = [n * r // self.world for r in range(self.world + 1)]
        return Part(slice(begins[self.rank], begins[self.rank + 1]), n)

    def whole(self, own: Tensor, n: int, dim: int = 0) -> Tensor:
        """The rows of all parts of a batch of `n` along `dim`, with their gradients.

        Every process is to make its loss of the whole: the gradients of each process's weights are
        then `world` times its part of the true ones, and `average` makes them those.
        """
        if self.world == 1:
            return own
        rows = self.part(n).rows
        before, after = list(own.shape), list(own.shape)
        before[dim], after[dim] = rows.start, n - rows.stop
        padded = torch.cat([own.new_zeros(before), own, own.new_zeros(after)], dim)
        whole: Tensor = _Sum.apply(padded)
        return whole

    @torch.no_grad()
    def average(self, gradients: Sequence[Tensor]) -> None:
        """Put the mean over all processes in place of each gradient, in one message."""
        if self.world == 1:
            return
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.world
        parts = flat.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def synchronise(self, encoder: nn.Module) -> None:
        """Have the encoder's batch normalisation in train mode see the batches of all processes.

        Raises:
            TypeError: One of its layers is another kind of batch normalisation.
        """
        if self.world == 1:
            return
        for module in encoder.modules():
            if isinstance(module, LagFreeBatchNorm):
                module.normalise = normalise_over_all
            elif isinstance(module, _BatchNorm):
                raise TypeError(f"{type(module).__name__} is not normalised over processes.")

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """Done by the first process, then by the others, who find what it wrote."""
        if self.world > 1 and not self.is_first:
            dist.barrier()
        yield  # where it fails, torchrun ends the others
        if self.world > 1 and self.is_first:
            dist.barrier()


ALONE = Ranks()


def normalise_over_all(norm: LagFreeBatchNorm, x: Tensor) -> Tensor:
    """Batch normalisation in train mode by the moments over all processes, in float32 or more.

    Args:
        norm: Its running statistics take the moments in by its momentum.
        x: This process's part of the batch, `(n, channels, ...)`; n may be 0.
    """
    over = [0, *range(2, x.ndim)]
    shape = [1, -1] + [1] * (x.ndim - 2)
    values = x if x.dtype == torch.float64 else x.float()
    count = values.new_tensor([x.numel() / x.shape[1]])
    *_, n = sums = _Sum.apply(torch.cat([values.sum(over), count]))
    n = n.detach()
    mean = sums[:-1] / n
    centred = values - mean.view(shape)
    variance = _Sum.apply(centred.square().sum(over)) / n
    with torch.no_grad():
        assert norm.running_mean is not None and norm.running_var is not None
        assert norm.num_batches_tracked is not None and norm.momentum is not None
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(variance * n / (n - 1), norm.momentum)
        norm.num_batches_tracked += 1
    scaled = centred * (variance + norm.eps).rsqrt().view(shape)
    if norm.affine:
        scaled = scaled * norm.weight.view(shape) + norm.bias.view(shape)
    return scaled.to(x.dtype)


def started_with(environment: Mapping[str, str] = os.environ) -> Ranks:
    """What torchrun says of this process; one alone where nobody started it so."""
    return Ranks(int(environment.get("RANK", 0)), int(environment.get("WORLD_SIZE", 1)))


@contextmanager
def joined(device: torch.device) -> Iterator[Ranks]:
    """The processes that torchrun started, joined for as long as this lasts."""
    ranks = started_with()
    if ranks.world == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        yield ranks
    finally:
        dist.destroy_process_group()


def own_device(device: torch.device, environment: Mapping[str, str] = os.environ) -> torch.device:
    """This process's card where several processes of a machine have one each.

    Raises:
        ValueError: The machine has fewer cards than processes.
    """
    if started_with(environment).world == 1 or device.type != "cuda":
        return device
    local, n = int(environment.get("LOCAL_RANK", 0)), torch.cuda.device_count()
    if local >= n:
        raise ValueError(
            f"Every process needs a GPU of its own, and this machine has {n}. Start torchrun with "
            f"--nproc-per-node {n}."
        )
    return torch.device("cuda", local)
