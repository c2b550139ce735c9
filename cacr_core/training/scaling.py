"""The factor that keeps the small gradients of float16 above 0, held by the host."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

FIRST, GROWS_AFTER = 2.0**12, 200  # updates in a row that did not overflow


class LossScale:
    """What a loss is multiplied by before its gradients are made, which are then divided by it.

    It is halved when they overflow and doubled when they have not for a while, as torch's
    GradScaler does; that one asks the device, which the host would wait for once more.

    Attributes:
        is_on: Whether anything is done at all: float16 alone needs it.
        scale: A power of two, so that it is taken out again without an error.
    """

    def __init__(self, is_on: bool) -> None:
        self.is_on = is_on
        self.scale, self.n_good = FIRST if is_on else 1.0, 0

    @property
    def may_skip(self) -> bool:
        """Whether an overflow may be the scale's fault rather than the run's."""
        return self.is_on and self.scale > 1

    def put_in(self, total: Tensor) -> Tensor:
        return total * self.scale if self.is_on else total

    def take_out(self, gradients: Sequence[Tensor]) -> None:
        if self.is_on:
            torch._foreach_mul_(list(gradients), 1 / self.scale)

    def follow(self, overflowed: bool) -> None:
        """Take in how an update went."""
        if not self.is_on:
            return
        self.n_good = 0 if overflowed else self.n_good + 1
        if overflowed:
            self.scale /= 2
        elif self.n_good == GROWS_AFTER:
            self.scale, self.n_good = self.scale * 2, 0

    def state(self) -> dict[str, Tensor]:
        if not self.is_on:
            return {}
        return {"scaler.scale": torch.tensor(self.scale), "scaler.good": torch.tensor(self.n_good)}

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Take over a `state()`, where there is one: a run may be resumed in another precision."""
        if self.is_on and "scaler.scale" in tensors:
            self.scale = float(tensors["scaler.scale"])
            self.n_good = int(tensors.get("scaler.good", torch.tensor(0)))
