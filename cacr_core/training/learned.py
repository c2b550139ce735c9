"""A loss with numbers of its own, which a run moves along with its encoder."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cacr_core.losses import Loss, LossRecord
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs


class LearnedLoss(nn.Module):
    """What a loss `learns()`, as a parameter; of a loss that learns nothing it is empty.

    Attributes:
        of: The loss as the config has it.
        names: Of the learned numbers.
        values: The numbers, `(name,)`.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.of: Any = loss
        learns = own(loss, "learns")
        begin: dict[str, float] = learns() if learns is not None else {}
        self.names = tuple(begin)
        self.values = nn.Parameter(torch.tensor([*begin.values()], dtype=torch.float32))

    def forward(self, pairs: Pairs) -> LossRecord:
        if not self.names:
            return self.of(pairs)
        return self.of.at(pairs, **dict(zip(self.names, self.values, strict=True)))

    def learned(self) -> list[nn.Parameter]:
        return [self.values] if self.names else []

    def now(self) -> Tensor:
        """A copy of the numbers."""
        return self.values.detach().clone()

    def settled(self, numbers: Tensor) -> Any:
        """The loss with the numbers of a `now()` in their places."""
        if not self.names:
            return self.of
        return self.of.settled(**dict(zip(self.names, numbers.tolist(), strict=True)))

    def metrics(self, numbers: Tensor) -> dict[str, float]:
        """The same numbers by the names of the settings that they stand for."""
        settled = self.settled(numbers)
        return {f"learned_{name}": getattr(settled, name) for name in self.names}
