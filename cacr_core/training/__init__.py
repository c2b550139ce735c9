"""A training run: `train(config)` yields snapshots and the caller decides."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from cacr_core import metrics
from cacr_core.losses import (
    LossRecord,
    guessing_with_labels,
    loss_of_guessing,
    require_labels,
)
from cacr_core.losses.words import text_of_loss
from cacr_core.models import make_encoder, memory_format, set_batch_norm
from cacr_core.pairs import Synthetic
from cacr_core.scores.evenness import relative_spread
from cacr_core.snapshot import Snapshot
from cacr_core.training.config import HOSTS as HOSTS
from cacr_core.training.config import TrainConfig as TrainConfig
from cacr_core.training.config import make_loss as make_loss
from cacr_core.training.devices import fetched
from cacr_core.training.forward import Forward as Forward
from cacr_core.training.forward import forward, own_class_of
from cacr_core.training.learned import LearnedLoss
from cacr_core.training.numbers import of_record, own_class_share
from cacr_core.training.optimizer import make_optimizer
from cacr_core.training.precision import PRECISIONS as PRECISIONS
from cacr_core.training.precision import arithmetic as arithmetic
from cacr_core.training.precision import autocast as autocast
from cacr_core.training.precision import choose_precision as choose_precision
from cacr_core.training.precision import precision_name as precision_name
from cacr_core.training.predictor import PredictorHost
from cacr_core.training.proof import Proof, sampled
from cacr_core.training.queue import QueueHost
from cacr_core.training.saving import load_state, state_of
from cacr_core.training.scaling import LossScale
from cacr_core.training.schedule import is_due, rate
from cacr_core.training.scores import MOST_CLASSES as MOST_CLASSES
from cacr_core.training.scores import knn_numbers
from cacr_core.training.source import Source as Source
from cacr_core.training.source import choose_device as choose_device
from cacr_core.training.source import draws as draws
from cacr_core.training.source import probe_images as probe_images

EVALUATE_EVERY = 5  # snapshots between two kNN evaluations
FEWEST_AT_ONCE, MOST_AT_ONCE = 64, 1024  # images that are looked at together


class Training:
    """The state of a run between two updates: encoder, optimizer and step.

    `update()` makes one update, `snapshot()` looks and changes nothing, so a caller may look as
    often as it likes.
    """

    def __init__(self, config: TrainConfig, source: Source | None = None) -> None:
        if config.seconds:
            raise ValueError(
                f"A run trains by its number of updates, got {config.seconds:g} seconds. Let "
                "training.seconds.laid_out find the number that fits."
            )
        self.config = config
        self.source = source or Source(config)
        require_labels(config.loss, self.source.splits.train.labels, f"those of {config.dataset!r}")
        self.device = self.source.device
        self.precision = choose_precision(config.precision, self.device)
        self.encoder = make_encoder(
            config.backbone, config.embedding_dim, self.source.recipe.size, config.seed
        ).to(self.device)
        self.encoder.to(memory_format=memory_format(self.device))
        # whatever n_views, from the first two: paired runs
        set_batch_norm(self.encoder, torch.cat([self.source.view(0, v) for v in range(2)]))
        self.host: QueueHost | PredictorHost | None = None
        if config.host == "queue":
            self.host = QueueHost(config, self.source, self.encoder, self.precision)
        elif config.host == "predictor":
            self.host = PredictorHost(config, self.source, self.encoder, self.precision)
        weights = list(self.encoder.parameters())
        weights += self.host.parameters() if self.host else []
        self.loss = LearnedLoss(config.loss).to(self.device)
        learned = self.loss.learned()
        self.optimizer = make_optimizer(config, weights, learned)
        self.parameters = weights + learned
        # float16 alone needs it: gradients below its range would be 0, and above it infinite
        self.scale = LossScale(self.precision == torch.float16)
        self.step = 0
        self.is_torn = False  # an update broke off while it moved the weights: not to be saved
        self.proof = Proof(self.encoder)
        self._synthetic: Synthetic | None = None
        self._queue_items: Tensor | None = None  # of the batch that the record is of
        self._numbers = self.loss.now()  # that the record was made with
        self._record: LossRecord | None = self._first_record()
        self._resumed: dict[str, float] = {}  # of the last batch, where its record is not here
        self.gradient_norm = math.nan  # of the last update

    def update(self, watch: Callable[[Forward], None] | None = None) -> None:
        """One step of the optimizer on the next batch.

        The host waits for the device once, for what `_told` asks. In float16 an update whose scaled
        gradient overflows moves no weight and halves the scale; all else goes on: the step with
        its schedule, running statistics, and a host's queue and momentum encoder.

        Args:
            watch: Gets what was computed of the batch, before any gradient is.

        Raises:
            FloatingPointError: Loss or gradient is not finite. Then, as where memory runs out
                before the weights move, weights and running statistics are left as they were.
        """
        config = self.config
        self.encoder.train()
        buffers = list(self.encoder.buffers())
        before = [buffer.clone() for buffer in buffers]
        try:
            made, keys, norm, seen = self._measured(watch)
        except Exception:
            with contextlib.suppress(RuntimeError):  # of a device that answers no more
                for buffer, value in zip(buffers, before, strict=True):
                    buffer.copy_(value)
            raise
        for group in self.optimizer.param_groups:
            group["lr"] = config.lr * rate(config, self.step)
        numbers = self.loss.now()
        self.is_torn = True
        if math.isfinite(norm):
            self.optimizer.step()
        self.scale.follow(overflowed=not math.isfinite(norm))
        if isinstance(self.host, QueueHost):
            self._queue_items = self.host.items.clone()
        if self.host is not None:
            assert keys is not None
            self.host.follow(self.encoder, keys, self.step)
        self._record = LossRecord(*(part.detach() for part in made.record))
        self._synthetic = made.synthetic
        self._numbers, self.gradient_norm = numbers, norm
        self.proof.saw(self.source.batch_index(self.step), seen)
        self.step += 1
        self.is_torn = False

    def _measured(
        self, watch: Callable[[Forward], None] | None
    ) -> tuple[Forward, Tensor | None, float, Tensor]:
        """The batch's loss with its gradient in the weights, the keys, the norm of the gradient,
        and what is digested of the views. Raises FloatingPointError as `update` does."""
        keys = self._keys()
        made = forward(self, self.encoder, keys)
        if watch is not None:
            watch(made)
        self.optimizer.zero_grad(set_to_none=True)
        self.scale.put_in(made.record.total).backward()
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        self.scale.take_out(gradients)
        total, norm, seen = self._told(made.record.total, gradients)
        if not (math.isfinite(total) and (math.isfinite(norm) or self.scale.may_skip)):
            raise self._broken(f"The loss is {total:.3g} and its gradient's norm {norm:.3g}")
        return made, keys, norm, seen

    def _broken(self, what: str) -> FloatingPointError:
        config = self.config
        return FloatingPointError(
            f"{what} at step {self.step}. Lower lr (now {config.lr:g}), or soften the loss (now "
            f"{text_of_loss(config.loss)})."
        )

    @torch.no_grad()
    def snapshot(self) -> Snapshot:
        """What the run is now; kNN accuracy is among the metrics at step 0, the last, and some.

        Raises:
            FloatingPointError: An embedding is not finite, though the loss of a batch still was.
        """
        self.encoder.eval()
        probe_views = self.source.probe_views
        n = probe_views.shape[1]
        features, embeddings = self._encode(probe_views.flatten(0, 1))
        seen = features[:n], embeddings, self.loss.now(), self._numbers
        features, embeddings, now, then, *record = fetched(*seen, *(self._record or ()))
        if not embeddings.isfinite().all():
            raise self._broken("The embeddings of the probes are no numbers any more")
        embeddings = embeddings.unflatten(0, probe_views.shape[:2])
        values = self._batch_metrics(then, record) | {
            "alignment": metrics.alignment(embeddings),
            "uniformity": metrics.uniformity(embeddings[0]),
            "effective_rank": metrics.effective_rank(embeddings[0]),
            "spread": relative_spread(embeddings[0].numpy()),
            **self.loss.metrics(now),
        }
        every = EVALUATE_EVERY * self.config.snapshot_every
        if self.step % every == 0 or self.step == self.config.n_steps:
            values |= self.scores()
        queue: tuple[np.ndarray, ...] = ()
        if isinstance(self.host, QueueHost):
            values |= self.host.metrics(self.step)
            queue = self.host.newest(self.step)
        return Snapshot(self.step, values, embeddings.numpy(), features.numpy(), *queue)

    @torch.no_grad()
    def scores(self) -> dict[str, float]:
        """Accuracies of held-out images now, as in a snapshot; empty without labels.

        Raises:
            FloatingPointError: An embedding is not finite.
        """
        self.encoder.eval()
        (bank, _), (held_out, _) = self.source.evaluation
        if len(bank) == 0 or len(held_out) == 0:
            return {}
        found = fetched(*self._encode(bank), *self._encode(held_out))
        if not all(x.isfinite().all() for x in found):
            raise self._broken("The embeddings of held-out images are no numbers any more")
        return knn_numbers(self.source, *found)

    @torch.no_grad()
    def batch_metrics(self) -> dict[str, float]:
        """What a snapshot says of the last batch; before any update, of the first."""
        then, *record = fetched(self._numbers, *(self._record or ()))
        return self._batch_metrics(then, record)

    def is_due(self) -> bool:
        """Whether the schedule wants a snapshot here."""
        return is_due(self.config, self.step)

    def state(self) -> dict[str, Tensor]:
        """Encoder, optimizer and host as flat tensors, for resuming."""
        return state_of(self)

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Continue from a `state()` of the same config.

        Raises:
            ValueError: The state is of another network or host.
        """
        load_state(self, tensors)
        if self.step:  # what a snapshot says of the last batch is in the state
            self._record = None
            own = {k: v for k, v in tensors.items() if k.startswith("record.")}
            self._resumed = {k.removeprefix("record."): v.item() for k, v in own.items()}

    def _told(self, total: Tensor, gradients: list[Tensor]) -> tuple[float, float, Tensor]:
        """Loss, norm of the gradients, and what is digested of the views: all that the host wants
        to know of an update, in one piece, as each piece would be waited for."""
        norm = torch.nn.utils.get_total_norm(gradients)
        told = fetched(total, norm, sampled(self.views()))
        return told[0].item(), told[1].item(), told[2]

    def _keys(self) -> Tensor | None:
        """What the momentum encoder makes of this step's views, where there is one."""
        return None if self.host is None else self.host.momentum.keys(self.views())

    def views(self) -> list[Tensor]:
        """The views of each image of this step's batch."""
        return [self.source.view(self.step, v) for v in range(self.config.n_views)]

    def _first_record(self) -> LossRecord:
        """The loss of the first batch before any update, on a copy so that nothing is touched."""
        with torch.no_grad():
            made = forward(self, copy.deepcopy(self.encoder).train(), self._keys())
        self._synthetic = made.synthetic
        return made.record

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features and embeddings, always in float32; of no more images at once than are trained
        on, which takes more memory than looking."""
        n_trained = self.config.n_views * self.config.batch_size
        n_at_once = min(MOST_AT_ONCE, max(FEWEST_AT_ONCE, n_trained))
        with autocast(self.device, torch.float32):
            parts = [self.encoder(chunk) for chunk in x.split(n_at_once)]
        features, embeddings = zip(*parts, strict=True)
        return torch.cat(features), torch.cat(embeddings)

    def _batch_metrics(self, then: Tensor, parts: list[Tensor]) -> dict[str, float]:
        """Of the numbers that the loss had learned and the parts of its record, on the CPU."""
        if not parts:
            return self._resumed
        record, loss = LossRecord(*parts), self.loss.settled(then)
        host, at = self.host, max(0, self.step - 1)
        n_pos, n_neg = record.pos_weights.shape[1], record.neg_weights.shape[1]
        if isinstance(host, PredictorHost):
            guess = host.loss_of_guessing(self.config)
        elif (own := own_class_of(self, at)) is not None:
            guess = guessing_with_labels(loss, n_pos, own)
        else:
            guess = loss_of_guessing(loss, n_pos, n_neg)
        values = of_record(record, guess)
        labels = self.source.splits.train.labels
        queued = None
        if isinstance(host, QueueHost):
            items = host.items if self._queue_items is None else self._queue_items
            queued = labels[items]
        batch = labels[self.source.batch_index(at)]
        values |= own_class_share(record.neg_weights, batch, queued, self._synthetic)
        if self.step:
            values["rate"] = rate(self.config, at)
        if math.isfinite(self.gradient_norm):
            values["gradient_norm"] = self.gradient_norm
        return values


def train(config: TrainConfig) -> Iterator[Snapshot]:
    """Run `config` to its end: a snapshot before any update, on schedule, and after the last.

    Raises:
        ValueError: The config does not fit the data or the machine.
        FloatingPointError: Loss, gradient or embeddings stopped being finite.
    """
    training = Training(config)
    yield training.snapshot()
    while training.step < config.n_steps:
        training.update()
        if training.is_due():
            yield training.snapshot()
