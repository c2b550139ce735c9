"""Linear evaluation as published: a linear layer on the frozen features, saved each epoch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from cacr_core.data import ImageSet
from cacr_core.models import Encoder, memory_format
from cacr_core.papers.reproduce.pretraining import steps_in_epoch
from cacr_core.papers.reproduce.ranks import ALONE, Ranks
from cacr_core.papers.reproduce.recipes import Recipe
from cacr_core.papers.reproduce.saved import (
    load_optimizer,
    optimizer_tensors,
    read_state,
    write_state,
)
from cacr_core.papers.reproduce.stretches import gone_on, stretch_here
from cacr_core.training import autocast, draws
from cacr_core.views import make_view, plain_view


class Evaluation:
    """A linear layer, its optimizer, and how many test images of each class each epoch got right.

    Args:
        encoder: Frozen and set to eval mode.
        labelled: What the layer learns from.
        test: What scores it after every epoch; nothing is chosen by it.
        ranks: The processes that share the features; each has the whole layer.

    Attributes:
        stretches: Where and how it was done, as those of pretraining.
    """

    def __init__(
        self,
        recipe: Recipe,
        encoder: Encoder,
        labelled: ImageSet,
        test: ImageSet,
        device: torch.device,
        ranks: Ranks = ALONE,
    ) -> None:
        self.recipe, self.device, self.ranks = recipe, device, ranks
        self.encoder = encoder.to(device).eval()
        self.images, self.labels = labelled.images.to(device), labelled.labels.to(device)
        self.test = test
        self.n_classes = len(test.class_names)
        self.layer = nn.utils.skip_init(nn.Linear, encoder.feature_dim, self.n_classes)
        bound = encoder.feature_dim**-0.5
        generator = draws(recipe.seed, "probe-layer", 0)
        with torch.no_grad():
            for parameter in self.layer.parameters():
                parameter.uniform_(-bound, bound, generator=generator)
        self.layer.to(device)
        probe, parameters = recipe.probe, self.layer.parameters()
        self.optimizer: torch.optim.Optimizer
        if probe.optimizer == "adam":
            self.optimizer = torch.optim.Adam(parameters, lr=probe.lr, betas=probe.betas)
        else:
            self.optimizer = torch.optim.SGD(parameters, lr=probe.lr, momentum=probe.momentum)
        self.correct: list[list[int]] = []
        self.stretches = [stretch_here(0, device, torch.float32, ranks)]
        self._test_features: Tensor | None = None

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.correct)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote, if there is anything."""
        if state := read_state(path):
            tensors, progress = state
            self.layer.load_state_dict({k: tensors[k] for k in ("weight", "bias")})
            load_optimizer(self.optimizer, tensors)
            self.correct = progress["correct"]
            now = stretch_here(self.epoch, self.device, torch.float32, self.ranks)
            n_epochs = self.recipe.probe.epochs
            self.stretches = gone_on(progress.get("stretches", []), now, n_epochs)

    def save(self, path: Path) -> None:
        tensors = dict(self.layer.state_dict()) | optimizer_tensors(self.optimizer)
        write_state(path, tensors, {"correct": self.correct, "stretches": self.stretches})

    def run_epoch(self) -> float:
        """One epoch over the labelled images; the test accuracy after it."""
        probe, n = self.recipe.probe, len(self.images)
        size = min(probe.batch_size, n)
        order = torch.randperm(n, generator=draws(self.recipe.seed, "probe-order", self.epoch))
        count = steps_in_epoch(n, size, self.recipe.drop_last)
        for i, index in enumerate(order.split(size)[:count]):
            self.update(self.epoch * count + i, index)
        self.correct.append(self._correct_by_class())
        return sum(self.correct[-1]) / len(self.test)

    def update(self, step: int, index: Tensor) -> None:
        probe = self.recipe.probe
        for group in self.optimizer.param_groups:
            group["lr"] = probe.learning_rate(self.epoch)
        part, where = self.ranks.part(len(index)), index.to(self.device)
        generator = draws(self.recipe.seed, "probe-view", step)
        view = make_view(self.images[where[part.rows]], probe.view, generator, part)
        features = self.ranks.whole(self.features(view), len(index))
        loss = cross_entropy(self.layer(features), self.labels[where])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def features(self, view: Tensor) -> Tensor:
        """Frozen features `(n, feature_dim)`, without the projection head; always float32."""
        with autocast(self.device, torch.float32):
            return self.encoder.backbone(view.contiguous(memory_format=memory_format(self.device)))

    @torch.no_grad()
    def _correct_by_class(self) -> list[int]:
        if self._test_features is None:
            n = len(self.test)
            own = self.test.images[self.ranks.part(n).rows]
            parts = [self.features(self.test_view(some)) for some in own.split(256)]
            self._test_features = self.ranks.whole(torch.cat(parts), n)
        guess = self.layer(self._test_features).argmax(1).cpu()
        right = self.test.labels[guess == self.test.labels]
        return torch.bincount(right, minlength=self.n_classes).tolist()

    def test_view(self, images: Tensor) -> Tensor:
        """Test images plain, cut to their centre where the recipe says so."""
        probe = self.recipe.probe
        margin = round(images.shape[-1] * (1 - probe.test_crop) / 2)
        if margin:
            images = images[..., margin:-margin, margin:-margin]
        return plain_view(images.to(self.device), probe.view)
