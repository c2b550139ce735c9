"""The random numbers of synthetic negatives, by view and synthetic by synthetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Sampler = Callable[..., Tensor]  # torch.rand or torch.randn


class Draws(NamedTuple):
    """What was drawn for each synthetic.

    Attributes:
        ranks: `(query, n, 2)`, uniform in [0, 1): where in its pool each parent stands.
        shares: `(query, n)`, uniform in [0, 1).
        by_dimension: `(query, n, dim)`, a number for each dimension, where a mixing asks for them.
    """

    ranks: Tensor
    shares: Tensor
    by_dimension: Tensor | None

    def each(self, change: Callable[[Tensor], Tensor]) -> Draws:
        """All three changed alike."""
        by_dimension = None if self.by_dimension is None else change(self.by_dimension)
        return Draws(change(self.ranks), change(self.shares), by_dimension)

    def turn(self, i: int, n: int) -> Draws:
        """Those of every n-th synthetic, from the i-th on."""
        return self.each(lambda numbers: numbers[:, i::n])


def draw(
    n_blocks: int,
    n_rows: int,
    n_synthetic: int,
    dim: int,
    sampler: Sampler | None,
    generator: torch.Generator | None,
) -> Draws:
    """Draws of `n_blocks * n_rows` queries, on the CPU.

    One stream for each block of queries, seeded from a single draw of `generator`; within it
    synthetic by synthetic, so fewer blocks or synthetics draw a prefix of more, to the bit.

    Args:
        sampler: Of the numbers for each dimension, which have streams of their own; None for none.
    """
    device = generator.device if generator is not None else "cpu"
    base = int(torch.randint(2**31 - 1, (), generator=generator, device=device))
    ranks, shares, by_dimension = [], [], []
    for block in range(n_blocks):
        stream = torch.Generator().manual_seed((base + block * 0x9E3779B1) % 2**32)
        drawn = torch.rand(n_synthetic, 3, n_rows, generator=stream)
        ranks.append(drawn[:, :2].permute(2, 0, 1))
        shares.append(drawn[:, 2].T)
        if sampler is not None:
            stream.manual_seed((base + block * 0x9E3779B1 + 1) % 2**32)
            # normal numbers drawn at once depend on how many: one synthetic after another
            each = [sampler(n_rows, dim, generator=stream) for _ in range(n_synthetic)]
            by_dimension.append(torch.stack(each, dim=1))
    return Draws(
        torch.cat(ranks), torch.cat(shares), torch.cat(by_dimension) if by_dimension else None
    )
