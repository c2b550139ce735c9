"""How long a reproduction will take on this device, from a few of its real steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from cacr_core import data
from cacr_core.data import ImageSet
from cacr_core.papers.reproduce.evaluation import Evaluation
from cacr_core.papers.reproduce.images import Parts
from cacr_core.papers.reproduce.pretraining import Pretraining, steps_in_epoch
from cacr_core.papers.reproduce.recipes import RECIPES, Recipe
from cacr_core.papers.reproduce.saved import read_progress

N_TIMED = 3  # steps after the first, fewer where that would take longer than
MOST_SECONDS = 10.0
# as published: for pretraining, with a label, and for the test
N_IMAGES = {recipe.dataset: recipe.n_images for recipe in RECIPES.values()} | {
    "fashion-mnist": (60_000, 60_000, 10_000),
    "svhn": (73_257, 73_257, 26_032),
}


class Whole(NamedTuple):
    """Seconds: of one epoch, and of the epochs that are still to do.

    Attributes:
        steps: Of an epoch.
        counts: Images for pretraining, with a label, and for the test.
    """

    epoch: float
    probe_epoch: float
    left: float
    steps: int
    counts: tuple[int, int, int]


class Estimate(NamedTuple):
    """Seconds: of one step, and of what hangs on the number of images.

    Attributes:
        done: Epochs of pretraining and of evaluation that are done already.
        whole: None where that number is not known.
    """

    step: float
    done: tuple[int, int]
    whole: Whole | None


def estimate(
    recipe: Recipe, device: torch.device, precision: str, folder: Path, parts: Parts | None
) -> Estimate:
    """Time a few steps of pretraining and of evaluation on noise of the images' size.

    What the pixels show does not change the time, so the images need not be here; their published
    number is then taken, where it is known.

    Args:
        folder: Epochs saved in it are not counted.
        parts: The images, None where they are not here.
    """
    counts = published_counts(recipe)
    if parts is not None:
        counts = len(parts[0]), len(parts[1]), len(parts[2])
    size = data.DATASETS[recipe.dataset].image_size
    n = max(recipe.batch_size, recipe.probe.batch_size)
    labels = torch.arange(n) % 10
    pixels = torch.randint(0, 256, (n, 3, size, size), generator=torch.Generator().manual_seed(0))
    noise = ImageSet(pixels.to(torch.uint8), labels, tuple("0123456789"))
    pretraining = Pretraining(recipe, noise, device, precision)
    step = _seconds(lambda i: pretraining.update(i, torch.arange(recipe.batch_size)), device)
    done = (
        len(read_progress(folder / "pretraining.safetensors").get("losses", [])),
        len(read_progress(folder / "evaluation.safetensors").get("correct", [])),
    )
    if counts is None:
        return Estimate(step, done, None)
    evaluation = Evaluation(recipe, pretraining.encoder, noise, noise, device)
    probe_size = min(recipe.probe.batch_size, counts[1])
    probe = _seconds(lambda i: evaluation.update(i, torch.arange(probe_size)), device)
    steps = steps_in_epoch(counts[0], recipe.batch_size, recipe.drop_last)
    epoch = step * steps
    probe_epoch = probe * steps_in_epoch(counts[1], probe_size, recipe.drop_last)
    left = epoch * (recipe.epochs - done[0]) + probe_epoch * (recipe.probe.epochs - done[1])
    left += probe * counts[2] / probe_size  # the test images are encoded once
    return Estimate(step, done, Whole(epoch, probe_epoch, left, steps, counts))


def published_counts(recipe: Recipe) -> tuple[int, int, int] | None:
    """Images for pretraining, with a label, and for the test, where they cannot be counted; None
    where they are not known."""
    if recipe.dataset not in N_IMAGES:
        return None
    pretrain, labelled, test = n_images = N_IMAGES[recipe.dataset]
    n_classes = data.DATASETS[recipe.dataset].n_classes
    if recipe.imbalance != "none":
        if pretrain % n_classes:  # classes of different sizes
            return None
        per_class = [pretrain // n_classes] * n_classes
        pretrain = sum(data.kept_per_class(per_class, recipe.imbalance, n_min=recipe.n_min))
    if recipe.n_train is not None:
        labelled = max(2, recipe.n_train * labelled // n_images[0])
        pretrain = max(2, recipe.n_train * pretrain // n_images[0])
    return pretrain, labelled, test


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} seconds" if seconds >= 10 else f"{seconds:.2g} seconds"


def _seconds(step: Callable[[int], object], device: torch.device) -> float:
    """The least time of a few steps, the first of which warms up and counts only if it is slow."""
    best, started = 0.0, time.perf_counter()
    for i in range(1 + N_TIMED):
        begun = time.perf_counter()
        step(i)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        now = time.perf_counter()
        best = min(best, now - begun) if i > 1 else now - begun
        if now - started > MOST_SECONDS:
            break
    return best
