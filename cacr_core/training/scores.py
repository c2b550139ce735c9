"""How often neighbours tell the class of held-out images, as a snapshot has it."""

from __future__ import annotations

import math

from torch import Tensor

from cacr_core import metrics
from cacr_core.training.source import Source

MOST_CLASSES = 20  # more than these have no accuracy each among the metrics
FEWEST = 10  # labelled images to learn classes from
# how a metric is called -> how many neighbours vote, and the temperature of their votes
VOTES: dict[str, tuple[int, float | None]] = {"knn": (10, None), "knn200": (200, 0.07)}


def knn_numbers(
    source: Source, bank: tuple[Tensor, Tensor], held_out: tuple[Tensor, Tensor]
) -> dict[str, float]:
    """Accuracy by each way of voting, and by 10-NN of the features class by class.

    Args:
        bank, held_out: Features and embeddings `(n, dim)` of `source.evaluation`.
    """
    (_, bank_labels), (_, labels) = source.evaluation
    if len(bank_labels) < FEWEST or len(labels) == 0:
        return {}
    values = {}
    for space, known, own in zip(("features", "embeddings"), bank, held_out, strict=True):
        for name, (k, temperature) in VOTES.items():
            said = metrics.knn_classes(known.cpu(), bank_labels, own.cpu(), k, temperature)
            values[f"{name}_{space}"] = (said == labels).float().mean().item()
            if (name, space) == ("knn", "features"):
                by_class = _class_numbers(source, said == labels, labels)
    return values | by_class


def _class_numbers(source: Source, correct: Tensor, labels: Tensor) -> dict[str, float]:
    """Accuracy class by class where there are few, and the mean over head and tail classes."""
    n_classes = len(source.per_class)
    by_class = metrics.class_accuracies(correct, labels, n_classes)
    values = {}
    if 2 <= n_classes <= MOST_CLASSES:
        values = {f"class_accuracy_{c}": share for c, share in enumerate(by_class.tolist())}
    for name, classes in (("head", source.head), ("tail", source.tail)):
        if classes:
            values[f"{name}_accuracy"] = by_class[classes].nanmean().item()
    return {name: value for name, value in values.items() if math.isfinite(value)}
