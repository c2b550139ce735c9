"""One moment of training as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Snapshot:
    """The state of a run after `step` updates, seen through its fixed probe images.

    Weights, pulls, synthetic negatives and neighbours are not stored: they are computed from the
    embeddings when someone looks.

    Attributes:
        step: Updates made so far; 0 is before any.
        metrics: Name to value. Loss, attraction, repulsion, entropy, effective_negatives and
            clamped are those of the last training batch; alignment, uniformity and effective_rank
            of the probes; knn_*, class_accuracy_<class> and, where the training images are
            imbalanced, head_accuracy and tail_accuracy of held-out images (not at every
            snapshot).
        embeddings: `(view, probe, dim)` float32, unit rows, five fixed views.
        features: `(probe, feature_dim)` float32, the backbone's features of the first view.
    """

    step: int
    metrics: dict[str, float]
    embeddings: np.ndarray
    features: np.ndarray | None = None
