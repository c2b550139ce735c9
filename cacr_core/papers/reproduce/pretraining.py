"""Pretraining as published: SGD by epochs, one pass of the encoder a view, saved each epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from cacr_core.data import ImageSet
from cacr_core.losses import needs_labels, require_labels, with_labels
from cacr_core.models import Encoder, make_encoder, memory_format
from cacr_core.pairs import own_class, pair_views, with_synthetic_negatives
from cacr_core.papers.reproduce.ranks import ALONE, Ranks
from cacr_core.papers.reproduce.recipes import Recipe
from cacr_core.papers.reproduce.saved import (
    load_optimizer,
    optimizer_tensors,
    read_state,
    write_state,
)
from cacr_core.papers.reproduce.stretches import gone_on, stretch_here
from cacr_core.training import autocast, choose_precision, draws
from cacr_core.views import make_view, on_device


class Pretraining:
    """The state between two epochs: encoder, optimizer, epochs done and their mean losses.

    Every random number comes from the seed, its purpose and the step, so an epoch begun again
    after an interruption is the same epoch.

    Args:
        precision: What the layers compute in, a key of `training.PRECISIONS`.
        ranks: The processes that share each batch.

    Attributes:
        stretches: Where and how it was trained: more than one where it was gone on with elsewhere.

    Raises:
        ValueError: The precision is float16: nothing here keeps small gradients above its range.
    """

    def __init__(
        self,
        recipe: Recipe,
        images: ImageSet,
        device: torch.device,
        precision: str = "auto",
        ranks: Ranks = ALONE,
    ) -> None:
        self.recipe, self.device, self.ranks = recipe, device, ranks
        self.precision = choose_precision(precision, device)
        if self.precision == torch.float16:
            raise ValueError(
                "A reproduction trains in float32 or bfloat16, in float16 small gradients would be "
                "lost, got float16. Change --precision."
            )
        self.stretches = [stretch_here(0, device, self.precision, ranks)]
        require_labels(recipe.loss, images.labels, f"those of {recipe.dataset!r}")
        self.images, self.labels = images.images.to(device), images.labels
        self.encoder = first_encoder(recipe).to(device).to(memory_format=memory_format(device))
        ranks.synchronise(self.encoder)
        self.optimizer = torch.optim.SGD(
            self.encoder.parameters(),
            lr=recipe.lr,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
        )
        self.losses: list[float] = []

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.losses)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote, if there is anything."""
        if state := read_state(path):
            tensors, progress = state
            prefix = "encoder."
            own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            self.encoder.load_state_dict(own)
            load_optimizer(self.optimizer, tensors)
            self.losses = progress["losses"]
            now = stretch_here(self.epoch, self.device, self.precision, self.ranks)
            self.stretches = gone_on(progress.get("stretches", []), now, self.recipe.epochs)

    def save(self, path: Path) -> None:
        tensors = {f"encoder.{k}": v for k, v in self.encoder.state_dict().items()}
        progress = {"losses": self.losses, "stretches": self.stretches}
        write_state(path, tensors | optimizer_tensors(self.optimizer), progress)

    def run_epoch(self) -> float:
        """One epoch; returns and keeps the mean of its losses."""
        total = n = 0.0
        for step, index in self.batches():
            total += self.update(step, index) * len(index)
            n += len(index)
        self.losses.append(total / n)
        return self.losses[-1]

    def batches(self) -> Iterator[tuple[int, Tensor]]:
        """The steps of the next epoch, each with the images it sees."""
        recipe, n = self.recipe, len(self.images)
        generator = draws(recipe.seed, "order", self.epoch)
        if recipe.class_balanced_sampler:
            chances = 1 / torch.bincount(self.labels)[self.labels].double()
            order = torch.multinomial(chances, n, replacement=True, generator=generator)
        else:
            order = torch.randperm(n, generator=generator)
        count = steps_in_epoch(n, recipe.batch_size, recipe.drop_last)
        chunks = order.split(recipe.batch_size)[:count]
        yield from enumerate(chunks, start=self.epoch * count)

    def update(self, step: int, index: Tensor) -> float:
        """One step of SGD; returns the loss before it.

        Raises:
            FloatingPointError: Loss or gradient is not finite; the weights are left as they were.
        """
        recipe = self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.learning_rate(self.epoch)
        self.encoder.train()
        part = self.ranks.part(len(index))
        images = self.images[index[part.rows].to(self.device)]
        embeddings = []
        for v in range(recipe.n_views):  # one pass a view: batch norm sees each view by itself
            view = make_view(images, recipe.view, draws(recipe.seed, f"view-{v}", step), part)
            view = view.contiguous(memory_format=memory_format(self.device))
            with autocast(self.device, self.precision):
                embeddings.append(self.encoder(view)[1])
        z = self.ranks.whole(torch.stack(embeddings), len(index), dim=1)
        pairs = pair_views(z, recipe.negatives)
        if recipe.n_synthetic:
            pairs, _ = with_synthetic_negatives(
                pairs,
                z,
                n_synthetic=recipe.n_synthetic,
                pool_size=recipe.pool_size,
                mixing=recipe.mixing,
                generator=draws(recipe.seed, "synthetic", step),
            )
        loss = recipe.loss
        if needs_labels(loss):
            own = own_class(self.labels[index], recipe.n_views)
            loss = with_labels(loss, on_device(own, self.device))
        total = loss(pairs).total
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        gradients = [p.grad for p in self.encoder.parameters() if p.grad is not None]
        self.ranks.average(gradients)
        norm_of_all = torch.nn.utils.get_total_norm(gradients)
        value, norm = torch.stack([total.detach(), norm_of_all]).tolist()  # waited for once
        if not (math.isfinite(value) and math.isfinite(norm)):
            kept = " The state after the last whole epoch is kept." if self.epoch else ""
            raise FloatingPointError(
                f"The loss is {value:.3g} and its gradient's norm {norm:.3g} in epoch "
                f"{self.epoch + 1} of pretraining.{kept} Start anew with another --seed or "
                f"--batch-size, or soften the loss (now {recipe.loss})."
            )
        self.optimizer.step()
        return value


def steps_in_epoch(n_images: int, batch_size: int, drop_last: bool) -> int:
    """Batches in an epoch; a last one of a single image, which has no negatives, is left out."""
    full, rest = divmod(n_images, batch_size)
    return full + (rest > 1 and not drop_last)


def first_encoder(recipe: Recipe) -> Encoder:
    """The encoder before pretraining. SmallAlexNet's last layer starts from N(0, 0.02) and a bias
    of 0 like the rest of it."""
    encoder = make_encoder(recipe.backbone, recipe.embedding_dim, recipe.view.size, recipe.seed)
    head = encoder.projection_head
    if recipe.backbone == "smallalexnet" and isinstance(head, nn.Linear):
        with torch.no_grad():
            head.weight.normal_(0, 0.02, generator=draws(recipe.seed, "head", 0))
            head.bias.zero_()
    return encoder
