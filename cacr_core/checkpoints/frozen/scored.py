"""What neighbours and a linear probe know of classes by a frozen encoder, and by the untrained one
beside it; as run.json holds it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from cacr_core.checkpoints.features import embed_layers
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD
from cacr_core.data import ImageSet
from cacr_core.models import unit_rows
from cacr_core.neighbours import scaled_down
from cacr_core.scores import (
    LINEAR,
    METRIC_OF,
    Score,
    all_scores,
    can_be_learnt,
    gain,
    words_of,
)
from cacr_core.training import MOST_CLASSES

EMBEDDINGS = "embeddings"
METRICS = METRIC_OF | {LINEAR: "linear"}  # ways to score -> a snapshot's names
PIXELS_SIDE = 16  # of the images as they are scored themselves
Made = tuple[Tensor, Tensor]  # features, and embeddings of unit length: (n, dim) each
Scores = dict[str, dict[str, Score]]  # by "features" or "embeddings", by the way to score


class Untrained(NamedTuple):
    """The network that a frozen one is scored beside.

    Args:
        name: What a person calls it.
        encoder, head: As `freeze` takes them; without a head only features are set beside.
    """

    name: str
    encoder: nn.Module
    head: nn.Module | None = None


def made_of(
    encoder: nn.Module, head: nn.Module | None, images: Tensor, layer: str, **fed: Any
) -> Made:
    """Features and embeddings of images `(n, 3, height, width)`, as a run has them.

    Args:
        layer: "head" or "features": which of them become the embeddings.
        fed: input_size, mean, std, device and progress, as `embed_layers` takes them.
    """
    layers = (FEATURES,) if layer == FEATURES else (FEATURES, HEAD)
    found = embed_layers(encoder, images, layers=layers, head=head, **fed)
    x, z = (torch.from_numpy(found[name]) for name in (FEATURES, layer))
    return x, unit_rows(scaled_down(z))


def scores_of(bank: ImageSet, held_out: ImageSet, of_bank: Made, of_held_out: Made) -> Scores:
    """Of held-out images, by what is fitted on the bank; empty where labels are too few."""
    n_classes = len(held_out.class_names)
    if not can_be_learnt(bank.labels, held_out.labels, n_classes):
        return {}
    return {
        space: all_scores(x, bank.labels, y, held_out.labels, n_classes)
        for space, x, y in zip((FEATURES, EMBEDDINGS), of_bank, of_held_out, strict=True)
    }


def metrics_of(scores: Scores) -> dict[str, float]:
    """As a snapshot holds them, and by class where there are few."""
    values = {
        f"{metric}_{space}": found[way].accuracy.value
        for space, found in scores.items()
        for way, metric in METRICS.items()
    }
    by_class = scores[FEATURES]["knn10"].by_class if scores else ()
    if len(by_class) <= MOST_CLASSES:
        values |= {f"class_accuracy_{c}": one.value for c, one in enumerate(by_class) if one.n}
    return values


def told(scores: Scores) -> dict[str, Any]:
    """As run.json holds them: each with its interval, what guessing gives, and every answer."""
    return {
        space: {way: _told(way, score) for way, score in found.items()}
        for space, found in scores.items()
    }


def _told(way: str, score: Score) -> dict[str, Any]:
    return score.accuracy._asdict() | {
        "words": words_of(way, score.n_bank),
        "guess": score.guess,
        "said": score.said.tolist(),
        "untrained": None,
    }


def untrained_scores(
    untrained: Untrained, bank: ImageSet, held_out: ImageSet, layer: str, **fed: Any
) -> Scores:
    """As `scores_of` has them; of features alone where there is no head to make embeddings."""
    here = layer if untrained.head else FEATURES
    made = [
        made_of(untrained.encoder, untrained.head, part.images, here, **fed)
        for part in (bank, held_out)
    ]
    found = scores_of(bank, held_out, *made)
    return found if here == layer else {k: v for k, v in found.items() if k == FEATURES}


def pixel_scores(bank: ImageSet, held_out: ImageSet) -> dict[str, Any]:
    """What the images themselves tell, by the way to score, as run.json holds it; empty where
    labels are too few."""
    n_classes = len(held_out.class_names)
    if not can_be_learnt(bank.labels, held_out.labels, n_classes):
        return {}
    x, y = (_pixels(part.images) for part in (bank, held_out))
    mean = x.mean(0)
    found = all_scores(x - mean, bank.labels, y - mean, held_out.labels, n_classes)
    return {
        way: score.accuracy._asdict() | {"said": score.said.tolist()}
        for way, score in found.items()
    }


def _pixels(images: Tensor) -> Tensor:
    """Images `(n, 3, height, width)` uint8 as rows of numbers, of at most 16 x 16 places."""
    side = min(PIXELS_SIDE, *images.shape[-2:])
    small = [adaptive_avg_pool2d(part.float() / 255, side) for part in images.split(256)]
    return torch.cat(small).flatten(1)


def set_beside(scores: dict[str, Any], labels: Tensor, base: Scores, name: str) -> None:
    """Put the untrained network called `name` beside what `told` made."""
    for space, found in base.items():
        for way, score in found.items():
            own = scores[space][way]
            own["untrained"] = {
                "name": name,
                "accuracy": score.accuracy._asdict(),
                "gain": gain(score.said, torch.tensor(own["said"]), labels)._asdict(),
            }
