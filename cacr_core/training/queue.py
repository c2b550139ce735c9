"""The queue host: a momentum encoder, and a queue of its last keys that serve as negatives."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cacr_core import views
from cacr_core.snapshot import MOST_QUEUED
from cacr_core.training.config import TrainConfig
from cacr_core.training.momentum import Momentum, fitting
from cacr_core.training.source import Source, draws

FIELDS = ("queue", "items", "born", "at")


class QueueHost:
    """The state of a queue between two updates.

    It is full from step 0: with keys of seeded batches of its own, block by block, so a shorter
    queue starts as the front of a longer one, whatever the loss. After every update the keys of
    the last view, as released, overwrite the oldest entries.

    Attributes:
        momentum: The encoder that makes the keys.
        queue: `(queue_size, dim)`, unit rows.
        items: `(queue_size,)`, which training image each entry is a view of.
        born: `(queue_size,)`, the number of updates made when each was enqueued; 0 at first.
        at: Where the next key goes.
    """

    def __init__(
        self, config: TrainConfig, source: Source, encoder: nn.Module, precision: torch.dtype
    ) -> None:
        self.source = source
        self.momentum = Momentum(encoder, config.momentum, precision)
        size, n_items = config.queue_size, config.batch_size
        keys, items = [], []
        for block in range(-(-size // n_items)):
            order = torch.randperm(
                len(source.images), generator=draws(config.seed, "queue-order", block)
            )[:n_items]
            view = views.make_view(
                source.images[views.on_device(order, source.device)],
                source.recipe,
                draws(config.seed, "queue-view", block),
            )
            keys.append(self.momentum.keys([view])[0])
            items.append(order)
        self.queue, self.items = torch.cat(keys)[:size].clone(), torch.cat(items)[:size].clone()
        self.born = torch.zeros(size, dtype=torch.long)
        self.at = 0

    def parameters(self) -> list[nn.Parameter]:
        """None: keys and queue carry no gradient."""
        return []

    def follow(self, encoder: nn.Module, keys: Tensor, step: int) -> None:
        """Enqueue the last view's keys of update `step`, and move the momentum encoder."""
        size = len(self.queue)
        last = keys[-1][-size:]
        place = (self.at + torch.arange(len(last))) % size
        self.queue[views.on_device(place, self.queue.device)] = last
        self.items[place] = self.source.batch_index(step)[-size:]
        self.born[place] = step + 1
        self.at = (self.at + len(last)) % size
        self.momentum.follow(encoder)

    def metrics(self, step: int) -> dict[str, float]:
        """Mean and greatest age of the entries, in updates."""
        age = (step - self.born).float()
        return {"queue_age": age.mean().item(), "queue_oldest": age.max().item()}

    def newest(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The newest entries for looking, newest first: `(n, dim)`, ages and items `(n,)`."""
        size = len(self.queue)
        order = (self.at - 1 - torch.arange(min(size, MOST_QUEUED))) % size
        entries = self.queue[views.on_device(order, self.queue.device)].cpu().numpy()
        return entries, (step - self.born[order]).numpy(), self.items[order].numpy()

    def state(self) -> dict[str, Tensor]:
        own = {name: torch.as_tensor(getattr(self, name)) for name in FIELDS}
        return self.momentum.state() | {f"queue.{name}": value for name, value in own.items()}

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Go on from a `state()`; a ValueError when it is of another host or queue size."""
        own = {k: v for k, v in self.state().items() if k.startswith("queue.")}
        saved = fitting(tensors, own, "queue.")
        self.momentum.load_state(tensors)
        self.queue = saved["queue"].to(self.queue.device, copy=True)
        self.items, self.born = saved["items"].clone(), saved["born"].clone()
        self.at = int(saved["at"])
