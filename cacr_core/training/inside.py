"""One update taken apart: the training's own update, watched while it is made."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cacr_core.losses import Loss, LossRecord, pair_pulls
from cacr_core.pairs import Pairs, Synthetic, sample_indices
from cacr_core.training import Forward, Training
from cacr_core.training.precision import autocast, precision_name
from cacr_core.training.queue import QueueHost
from cacr_core.training.schedule import rate
from cacr_core.views import to_uint8

N_CHANNELS = 8  # of a layer whose activations are kept
MOST_LAYERS = 24
MOST_UNITS = 256  # of a layer without places


@dataclass
class Layer:
    """What a layer made of the views.

    Attributes:
        words: What it is: "convolution 5 x 5, stride 2, batch norm, ReLU".
        shape: Of what comes out for one view: channels, height and width, or units.
        activations: Of the first channels, `(sample, channel, height, width)`, or `(sample, unit)`.
    """

    words: str
    shape: tuple[int, ...]
    activations: Tensor


@dataclass(frozen=True)
class Inside:
    """One update from batch to step. Samples are numbered `view * n_items + item`.

    Attributes:
        step: Updates made before it.
        index: `(item,)`, which training images the batch has.
        images: `(item, 3, height, width)` uint8, as they are in the set.
        labels: `(item,)`, below 0 where unknown.
        views: `(view, item, 3, size, size)` uint8.
        layers: In order, those of the projection head last.
        before, after: `(view, item, dim)`, the embeddings with the weights before and after the
            step, both of the same views and with the batch's own statistics, as in training.
        gradient: `(view, item, dim)`, of the batch's loss by each embedding.
        pairs: Squared distances of all queries; in `neg` the synthetics stand last.
        formula: The loss, what it learns as it stood in this update.
        pulls: 2 dL/dd of a query's share of the loss, as `pairs`: above 0 draws together.
        n_queued: Columns of `pairs.neg` that stand for entries of a queue.
        loss, gradient_norm, rate: Of the update; `rate` is the learning rate.
        norms: Of the gradient, by the layers' own parameters, in order.
    """

    step: int
    index: Tensor
    images: Tensor
    labels: Tensor
    views: Tensor
    layers: list[Layer]
    before: Tensor
    after: Tensor
    gradient: Tensor
    pairs: Pairs
    formula: Loss
    pulls: Pairs
    record: LossRecord
    synthetic: Synthetic | None
    n_queued: int
    loss: float
    gradient_norm: float
    rate: float
    norms: list[tuple[str, float]]

    @property
    def n_synthetic(self) -> int:
        return 0 if self.synthetic is None else self.synthetic.parents.shape[1]

    def columns(self, query: int) -> tuple[Tensor, Tensor]:
        """Which samples the pairs of a query are with: `(K,)`, and `(n,)` for the first columns of
        its negatives; behind them stand the queue and the synthetics."""
        n_views, n_items = self.before.shape[:2]
        pos, neg = sample_indices(n_views, n_items, torch.tensor([query]))
        if self.n_queued:
            first = query // n_items * n_items
            neg = neg[:, (neg[0] >= first) & (neg[0] < first + n_items)]
        return pos[0], neg[0]


def refusal(training: Training) -> str:
    """Why the updates of a run cannot be taken apart; empty where they can."""
    config = training.config
    if config.host == "predictor":
        return (
            "This run compares predictions with a momentum encoder's keys, and its loss has no "
            "pairs to show. Only updates of the hosts 'batch' and 'queue' can be opened."
        )
    if config.negatives == "later_views":
        return (
            "This run has a row of negatives for each pair of views rather than for each query. "
            "Only updates with negatives 'all_views' can be opened."
        )
    return ""


def look_inside(training: Training) -> Inside:
    """Make the next update of a training and tell all of it; the training is one step further.

    Raises:
        ValueError: Its host or its negatives have no query to look at, or the update was skipped.
        FloatingPointError: Loss or gradient is not finite.
    """
    if words := refusal(training):
        raise ValueError(words)
    step, source = training.step, training.source
    seen: list[Forward] = []
    scale = training.scale.scale
    views = torch.stack(training.views())
    formula = training.loss.settled(training.loss.now())

    def watch(made: Forward) -> None:
        made.z.retain_grad()
        seen.append(made)

    n_queued = len(training.host.queue) if isinstance(training.host, QueueHost) else 0
    with _layers_of(training.encoder) as layers:
        training.update(watch)
    if not math.isfinite(training.gradient_norm):
        raise ValueError(
            f"This update was skipped: in {precision_name(training.precision)} its gradient "
            "overflowed, so no weight moved. Open another one."
        )
    made = seen[0]
    assert made.pairs is not None and made.z.grad is not None
    pairs = Pairs(*(part.detach() for part in made.pairs))
    index = source.batch_index(step)
    return Inside(
        step=step,
        index=index,
        images=source.splits.train.images[index],
        labels=source.splits.train.labels[index],
        views=torch.stack([to_uint8(view) for view in views]).cpu(),
        layers=layers,
        before=made.z.detach().cpu(),
        after=_embedded(training, views).cpu(),
        gradient=made.z.grad.cpu() / scale,
        pairs=_on_cpu(pairs),
        formula=formula,
        pulls=_on_cpu(_pulls(made.loss, pairs)),
        record=LossRecord(*(part.detach().cpu() for part in made.record)),
        synthetic=made.synthetic,
        n_queued=n_queued,
        loss=made.record.total.item(),
        gradient_norm=training.gradient_norm,
        rate=training.config.lr * rate(training.config, step),
        norms=_norms(training.encoder),
    )


def _pulls(loss: Loss, pairs: Pairs) -> Pairs:
    """Twice the derivative of a query's own share of the batch's loss, a mean over queries."""
    n_queries = len(pairs.pos)
    return Pairs(*(2 * n_queries * pull for pull in pair_pulls(loss, pairs)))


def _on_cpu(pairs: Pairs) -> Pairs:
    return Pairs(*(part.cpu() for part in pairs))


@torch.no_grad()
def _embedded(training: Training, views: Tensor) -> Tensor:
    """The same views by the weights as they are now, on a copy so that nothing is touched."""
    encoder = copy.deepcopy(training.encoder).train()
    with autocast(training.device, training.precision):
        _, embeddings = encoder(views.flatten(0, 1))
    return embeddings.unflatten(0, views.shape[:2])


def _norms(encoder: nn.Module) -> list[tuple[str, float]]:
    """The norm of the gradient of each convolution and linear layer, in order."""
    found = []
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            grads = [p.grad for p in module.parameters() if p.grad is not None]
            square = sum(float(grad.double().square().sum()) for grad in grads)
            found.append((_words(module), math.sqrt(square)))
    return found[:MOST_LAYERS]


@contextmanager
def _layers_of(encoder: nn.Module) -> Iterator[list[Layer]]:
    """Layers as they answer: a norm and a ReLU belong to what stands before them."""
    found: list[Layer] = []

    def heard(module: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        part = made.detach()
        part = part[:, :N_CHANNELS] if part.dim() == 4 else part[:, :MOST_UNITS]
        shape, words = tuple(made.shape[1:]), _words(module)
        if found and isinstance(module, nn.ReLU | nn.modules.batchnorm._BatchNorm):
            last = found[-1]
            last.words, last.shape = f"{last.words}, {words}", shape
            last.activations = part.cpu().half()
        elif words and len(found) < MOST_LAYERS:
            found.append(Layer(words, shape, part.cpu().half()))

    hooks = [
        module.register_forward_hook(heard)
        for module in encoder.modules()
        if next(module.children(), None) is None
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _words(module: nn.Module) -> str:
    """What a layer is; empty for one that only rearranges."""
    if isinstance(module, nn.Conv2d):
        size = f"convolution {module.kernel_size[0]} × {module.kernel_size[1]}"
        stride = module.stride[0]
        return f"{size}, stride {stride}" if stride != 1 else size
    if isinstance(module, nn.Linear):
        return "linear"
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        return "batch norm"
    if isinstance(module, nn.ReLU):
        return "ReLU"
    if isinstance(module, nn.MaxPool2d):
        return "maximum over places"
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return "mean over all places"
    return ""
