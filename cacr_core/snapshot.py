"""One moment of training as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_QUEUED = 1_024  # entries of a queue that a snapshot keeps for looking


@dataclass(frozen=True)
class Snapshot:
    """The state of a run after `step` updates, seen through its fixed probe images.

    Weights, pulls, synthetic negatives and neighbours are not stored: they are computed from the
    embeddings when someone looks.

    Attributes:
        step: Updates made so far; 0 is before any.
        metrics: Name to value. Loss, attraction, repulsion, loss_guess (its value where no sample
            is nearer than another), entropy, effective_negatives, pos_entropy and pos_largest,
            clamped, own_class_share and own_class_even are those of the last training batch;
            rate is the share of the peak learning rate that its update had; alignment, uniformity,
            effective_rank and spread are of the probes; knn_*, class_accuracy_<class> and, where
            the training images are imbalanced, head_accuracy and tail_accuracy of held-out images
            (not at every snapshot); queue_age (mean) and queue_oldest, in updates, of the queue.
        embeddings: `(view, probe, dim)` float32, unit rows, five fixed views.
        features: `(probe, feature_dim)` float32, the backbone's features of the first view.
        queue: `(n, dim)` float32, unit rows: the newest entries of the queue, newest first, at
            most `MOST_QUEUED`. None, like the next two, where a run has no queue.
        queue_ages: `(n,)`, updates made since each was enqueued.
        queue_items: `(n,)`, which training image each is a view of.
    """

    step: int
    metrics: dict[str, float]
    embeddings: np.ndarray
    features: np.ndarray | None = None
    queue: np.ndarray | None = None
    queue_ages: np.ndarray | None = None
    queue_items: np.ndarray | None = None
