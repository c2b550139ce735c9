"""Layers of the backbones that differ from torch's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


class LagFreeBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Mixed into a BatchNorm: running statistics are a plain mean of the first batches.

    With torch's fixed momentum of 0.1 the statistics still hold a third of their starting values
    after ten steps, and early snapshots, taken in eval mode, would show that rather than the
    encoder. Step n counts 1/n until that is less than 0.1.

    Attributes:
        normalise: What is done in train mode instead, where a batch lies in several processes.
    """

    normalise: Callable[[Any, Tensor], Tensor] | None = None
    _n_seen: int | None = None  # batches, None where only the module's own counter knows

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            if self._n_seen is None:
                assert self.num_batches_tracked is not None
                self._n_seen = int(self.num_batches_tracked)
            self._n_seen += 1
            self.momentum = max(0.1, 1 / self._n_seen)
            if self.normalise is not None:
                return self.normalise(self, x)
        return super().forward(x)

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        self._n_seen = None  # count on from what was loaded


class BatchNorm1d(LagFreeBatchNorm, nn.BatchNorm1d):
    pass


class BatchNorm2d(LagFreeBatchNorm, nn.BatchNorm2d):
    pass


class MeanOverPlaces(nn.AdaptiveAvgPool2d):
    """`(n, channels, height, width)` -> `(n, channels, 1, 1)`.

    Its gradient lies in memory as its input does. That of torch's own does not where channels come
    last, and the layer before takes ten times as long to go through it.
    """

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1, 2).mean(1)[:, :, None, None]
