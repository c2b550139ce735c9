"""Which negatives are of a query's own class, for the losses that are told."""

from __future__ import annotations

import torch
from torch import Tensor

from cacr_core.pairs.views import sample_indices


def own_class(labels: Tensor, n_views: int, queries: Tensor | None = None) -> Tensor:
    """Which columns of `neg` of all-view pairs are of the query's own class, `(query, M)` bool.

    Args:
        labels: `(item,)`, below 0 where unknown: such an image is of no other's class.
        n_views: Views of each item.
        queries: `(query,)`, indices into `z.flatten(0, 1)`; all of them by default, as
            `pair_views` has them.
    """
    n_items = len(labels)
    if queries is None:
        queries = torch.arange(n_views * n_items, device=labels.device)
    _, negatives = sample_indices(n_views, n_items, queries)
    own, theirs = labels[queries % n_items][:, None], labels[negatives % n_items]
    return (own == theirs) & (own >= 0)
