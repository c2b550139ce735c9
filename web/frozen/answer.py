"""What a query makes of its group, as a function of arrays alone: `program.py` records its steps.

The same code as in `web.live.answers` pairs, mixes, weighs and pulls; here nothing is read from a
run, and what was drawn for the synthetic negatives is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core import metrics
from cacr_core.losses import Loss, needs_labels, pair_pulls, with_labels
from cacr_core.pairs import (
    MIXINGS,
    Pairs,
    Synthetic,
    own_class,
    pairs_of_queries,
    sample_indices,
    with_synthetic_negatives,
)
from cacr_core.pairs.random_numbers import Draws
from web.live.answers.queued import with_queue


class Mixture(NamedTuple):
    """The synthetic negatives that a query is given."""

    n_synthetic: int
    pool_size: int
    mixing: str

    @property
    def by_dimension(self) -> bool:
        """Whether a number is drawn for each dimension, too."""
        return MIXINGS[self.mixing].sampler is not None


class Answer(NamedTuple):
    """What one query makes of its group: a row each, as `web.live.answers` has them.

    Attributes:
        pos_index, neg_index: `(1, K)` and `(1, M)`, which samples the columns stand for; in what
            is about negatives the queue's entries stand behind the M, and behind them n synthetics.
        pos_pull, neg_pull: 2 dL/dd, above 0 together.
        share: `(item - 1,)`, weight of all views of each other item, in the order of the first
            columns of `neg_index`, as a multiple of what all alike would have.
        pull: `(item - 1,)`, the sum of the pulls of all its views.
        entropy: Of the weights of negatives, as a share of the most there can be.
        effective: As many negatives, all of one weight, would have this entropy.
        parents: `(1, n, 2)`, samples: of the group, or behind them of the queue.
        coefficients: `(1, n)`, of the first parent, in the mean over dimensions.
        parent_similarity: `(1, n, 2)`, of each parent to the query; `similarity` `(1, n)` of each
            synthetic.
        synthetics: `(1, n, dim)`, unit rows.
        nearest, nearest_similarity: `(n,)`, the column of the nearest negative that is no
            synthetic and of the group.
    """

    pos_index: Tensor
    neg_index: Tensor
    pos_distance: Tensor
    neg_distance: Tensor
    pos_weight: Tensor
    neg_weight: Tensor
    pos_pull: Tensor
    neg_pull: Tensor
    share: Tensor
    pull: Tensor
    entropy: Tensor
    effective: Tensor
    parents: Tensor | None = None
    coefficients: Tensor | None = None
    parent_similarity: Tensor | None = None
    similarity: Tensor | None = None
    synthetics: Tensor | None = None
    nearest: Tensor | None = None
    nearest_similarity: Tensor | None = None


def answering(
    loss: Loss,
    settings: Sequence[str] = (),
    mixture: Mixture | None = None,
    is_queued: bool = False,
) -> Callable[..., Answer]:
    """The answer to `z` `(view, item, dim)`, `query` `(1,)`, `labels` `(item,)`, to the rows of the
    `queue` `(n, dim)` where there is one, to what was drawn (`drawn_names`), and to a number for
    each of the loss's settings that are named."""
    names = (*(["queue"] if is_queued else []), *drawn_names(mixture), *settings)

    def answer(z: Tensor, query: Tensor, labels: Tensor, *values: Tensor) -> Answer:
        n_views, n_items = z.shape[:2]
        given = dict(zip(names, values, strict=True))
        pairs = pairs_of_queries(z, query)
        index = sample_indices(n_views, n_items, query)
        n_grouped, found = pairs.neg.shape[1], {}
        samples, queue = z.flatten(0, 1), given.get("queue")
        pairs = with_queue(pairs, samples[query], queue)
        if mixture is not None:
            pairs, made = _mixed(pairs, z, query, mixture, given)
            samples = samples if queue is None else torch.cat([samples, queue])
            found = _told(made, samples, query, index[1][0])
        told = with_values(loss, {name: given[name] for name in settings})
        if needs_labels(loss):
            told = with_labels(told, own_class(labels, n_views, query))
        record, pulls = told(pairs), pair_pulls(told, pairs)
        n_negatives = record.neg_weights.shape[1]
        share, pull = (  # columns are view-major, the query's own item left out of each view
            negatives[:, :n_grouped].view(n_views, n_items - 1).sum(0)
            for negatives in (record.neg_weights * (n_negatives / n_views), 2 * pulls.neg)
        )
        entropy = metrics.weight_entropy(record.neg_weights)
        most = math.log(max(2, n_negatives))
        return Answer(
            *index, *pairs, record.pos_weights, record.neg_weights,
            2 * pulls.pos, 2 * pulls.neg, share, pull, entropy / most, entropy.exp(), **found,
        )  # fmt: skip

    return answer


def drawn_names(mixture: Mixture | None) -> tuple[str, ...]:
    """What is asked for beside the group, as `Draws` names it: `(1, n, 2)`, `(1, n)` and
    `(1, n, dim)`."""
    if mixture is None:
        return ()
    return Draws._fields if mixture.by_dimension else Draws._fields[:2]


def _mixed(
    pairs: Pairs, z: Tensor, query: Tensor, mixture: Mixture, given: Mapping[str, Tensor]
) -> tuple[Pairs, Synthetic]:
    draws = Draws(given["ranks"], given["shares"], given.get("by_dimension"))
    return with_synthetic_negatives(
        pairs,
        z,
        n_synthetic=mixture.n_synthetic,
        pool_size=min(mixture.pool_size, pairs.neg.shape[1]),
        mixing=mixture.mixing,  # type: ignore[arg-type]
        queries=query,
        draws=draws,
        queue=given.get("queue"),
    )


def _told(made: Synthetic, samples: Tensor, query: Tensor, columns: Tensor) -> dict[str, Tensor]:
    """What is told of synthetics beside their weights, by the names of `Answer`."""
    embeddings, coefficients = made.embeddings, made.coefficients
    itself, near = samples[query][0], (embeddings[0] @ samples[columns].T).max(1)
    return {
        "parents": made.parents,
        "coefficients": coefficients.mean(-1) if coefficients.dim() == 3 else coefficients,
        "parent_similarity": samples[made.parents] @ itself,
        "similarity": embeddings @ itself,
        "synthetics": embeddings,
        "nearest": near.indices,
        "nearest_similarity": near.values,
    }


def with_values(loss: Loss, values: Mapping[str, Tensor]) -> Loss:
    """The loss with tensors for some of its numbers, which its own checks are not shown."""
    told = copy(loss)
    for name, value in values.items():
        object.__setattr__(told, name, value)
    return told
