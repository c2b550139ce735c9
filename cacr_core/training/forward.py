"""The first half of an update: a batch through the encoder to its pairs and its loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from cacr_core.losses import Loss, LossRecord, needs_labels, with_labels
from cacr_core.pairs import (
    Pairs,
    Synthetic,
    own_class,
    pair_views,
    pair_with_queue,
    with_synthetic_negatives,
)
from cacr_core.training.precision import autocast
from cacr_core.training.predictor import PredictorHost
from cacr_core.training.queue import QueueHost
from cacr_core.training.source import draws
from cacr_core.views import on_device

if TYPE_CHECKING:
    from cacr_core.training import Training


class Forward(NamedTuple):
    """What an update computes of its batch before its gradient.

    Attributes:
        z: `(view, item, dim)`, unit rows.
        record: What the loss made of it, its gradient still to be taken.
        loss: As it was called: of one that needs labels, told them; with what it learns.
        pairs: Squared distances; None with the predictor, whose loss has a form of its own.
        synthetic: The columns that stand last in `pairs.neg`, where there are any.
    """

    z: Tensor
    record: LossRecord
    loss: Loss
    pairs: Pairs | None = None
    synthetic: Synthetic | None = None


def forward(training: Training, encoder: torch.nn.Module, keys: Tensor | None) -> Forward:
    """The loss of the next batch as `encoder` embeds its views.

    Args:
        keys: Of the momentum encoder for the same views, where the host has one.
    """
    config, step = training.config, training.step
    views = torch.cat(training.views())
    with autocast(training.device, training.precision):
        _, embeddings = encoder(views)
    z = embeddings.unflatten(0, (config.n_views, config.batch_size))
    queue, synthetic = None, None
    if isinstance(training.host, PredictorHost):
        assert keys is not None
        return Forward(z, training.host.record(z, keys), config.loss)
    if isinstance(training.host, QueueHost):
        assert keys is not None
        queue = training.host.queue
        pairs = pair_with_queue(z, keys, queue)
    else:
        pairs = pair_views(z, config.negatives)
    if config.n_synthetic:
        pairs, synthetic = with_synthetic_negatives(
            pairs,
            z,
            n_synthetic=config.n_synthetic,
            pool_size=config.pool_size,
            mixing=config.mixing,
            generator=draws(config.seed, "synthetic", step),
            queue=queue,
        )
    own = own_class_of(training, step)
    loss: Any = training.loss
    if own is not None:
        loss = with_labels(config.loss, on_device(own, training.device))
    return Forward(z, loss(pairs), loss, pairs, synthetic)


def own_class_of(training: Training, step: int) -> Tensor | None:
    """Which negatives of a batch are of the query's class, on the CPU, if the loss may know."""
    if not needs_labels(training.config.loss):
        return None
    labels = training.source.splits.train.labels[training.source.batch_index(step)]
    return own_class(labels, training.config.n_views)
