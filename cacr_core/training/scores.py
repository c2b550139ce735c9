"""How often neighbours tell the class of held-out images, as a snapshot has it."""

from __future__ import annotations

import math

from torch import Tensor

from cacr_core import metrics
from cacr_core.scores import FEWEST, METRIC_OF, PROTOCOLS
from cacr_core.training.source import Source

MOST_CLASSES = 20  # more than these have no accuracy each among the metrics


def knn_numbers(source: Source, *of_each: Tensor) -> dict[str, float]:
    """Accuracy by each way of voting, and by 10-NN of the features class by class.

    Args:
        of_each: `(n, dim)` on the CPU: features and embeddings of the bank of `source.evaluation`,
            then those of the held-out images.
    """
    bank, held_out = of_each[:2], of_each[2:]
    (_, bank_labels), (_, labels) = source.evaluation
    if len(bank_labels) < FEWEST or len(labels) == 0:
        return {}
    values = {}
    for space, known, own in zip(("features", "embeddings"), bank, held_out, strict=True):
        for name, votes in PROTOCOLS.items():
            said = metrics.knn_classes(known, bank_labels, own, votes.k, votes.temperature)
            values[f"{METRIC_OF[name]}_{space}"] = (said == labels).float().mean().item()
            if (name, space) == ("knn10", "features"):
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
