"""What one entry of a comparison makes of a query."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from web.live.answers.question import Question
from web.live.answers.scene import Scene

N_HEAVIEST = 100  # how many of the heaviest negatives two entries are compared by


class Strip(NamedTuple):
    """What one entry makes of the query.

    Attributes:
        keys: `(M,)`, the probes' negatives as `view * n_probes + probe`, heaviest first; those of
            one weight, nearest first.
        order: `(M,)`, their columns in the scene.
        ranks: Place from 1 of each sample in `keys`, by key; 0 for those that are not in it.
        shown: Columns of the heaviest negatives, those of the queue among them.
        pos_keys: `(K,)`, views of the positives, heaviest first.
        pos_order: `(K,)`, their columns in the scene.
        in_order: Whether the weights of negatives differ enough to have an order.
    """

    name: str
    question: Question
    scene: Scene
    keys: np.ndarray
    order: np.ndarray
    ranks: np.ndarray
    shown: np.ndarray
    pos_keys: np.ndarray
    pos_order: np.ndarray
    in_order: bool


def n_shared(one: Strip, other: Strip, n: int) -> int:
    """How many of the `n` heaviest negatives two entries have in common."""
    return len(np.intersect1d(one.keys[:n], other.keys[:n]))
