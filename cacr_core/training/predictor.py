"""The predictor host: a loss's MoCo-v3 form, with a momentum encoder and no queue."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cacr_core.losses import LossRecord
from cacr_core.models import FirstWeights, unit_rows
from cacr_core.training.config import TrainConfig
from cacr_core.training.momentum import Momentum, fitting
from cacr_core.training.source import Source, draws

WIDTH = 256  # of the predictor's hidden layer
N_KEY_VIEWS = 2  # light mode: the keys are the first two views'


class PredictorHost:
    """A small network that predicts the momentum encoder's keys from the encoder's embeddings.

    Attributes:
        momentum: The encoder that makes the keys.
        predictor: Linear, batch norm, ReLU, linear; trained with the encoder, in train mode
            always. Its first weights are drawn from the seed alone.
    """

    def __init__(
        self, config: TrainConfig, source: Source, encoder: nn.Module, precision: torch.dtype
    ) -> None:
        self.loss: Any = config.loss  # one with a form for keys: `TrainConfig` has seen to it
        self.momentum = Momentum(encoder, config.momentum, precision)
        dim, generator = config.embedding_dim, draws(config.seed, "predictor", 0)
        with FirstWeights(torch.Generator()):  # drawn anew below
            first, last = nn.Linear(dim, WIDTH, bias=False), nn.Linear(WIDTH, dim)
            norm = nn.BatchNorm1d(WIDTH, track_running_stats=False)
            self.predictor = nn.Sequential(first, norm, nn.ReLU(inplace=True), last)
        with torch.no_grad():
            for layer in (first, last):
                bound = layer.in_features**-0.5
                layer.weight.uniform_(-bound, bound, generator=generator)
            last.bias.zero_()
        self.predictor.to(source.device)

    def parameters(self) -> list[nn.Parameter]:
        """The predictor's, which the optimizer moves with the encoder's."""
        return list(self.predictor.parameters())

    def record(self, z: Tensor, keys: Tensor) -> LossRecord:
        """The loss of embeddings and keys `(view, item, dim)`."""
        q = unit_rows(self.predictor(z.flatten(0, 1))).view_as(z)
        return self.loss.of_keys(q, keys[:N_KEY_VIEWS])

    def loss_of_guessing(self, config: TrainConfig) -> float:
        """The loss where no key is nearer to a prediction than another: all in one place."""
        alike = torch.ones(config.n_views, config.batch_size, 1, dtype=torch.float64)
        return self.loss.of_keys(alike, alike[:N_KEY_VIEWS]).total.item()

    def follow(self, encoder: nn.Module, keys: Tensor, step: int) -> None:
        """Move the momentum encoder after update `step`."""
        self.momentum.follow(encoder)

    def state(self) -> dict[str, Tensor]:
        own = {f"predictor.{k}": v for k, v in self.predictor.state_dict().items()}
        return self.momentum.state() | own

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Go on from a `state()`; a ValueError when it is of another host."""
        own = {k: v for k, v in self.state().items() if k.startswith("predictor.")}
        saved = fitting(tensors, own, "predictor.")
        self.momentum.load_state(tensors)
        self.predictor.load_state_dict(saved)
