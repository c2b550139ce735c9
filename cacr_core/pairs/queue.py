"""Pairs with a momentum encoder and a queue: positives are its keys, negatives its older keys."""

from __future__ import annotations

import torch
from torch import Tensor

from cacr_core.pairs.views import Pairs, checked, sq_dist, without_diagonal


def pair_with_queue(q: Tensor, k: Tensor, queue: Tensor, in_batch: bool = True) -> Pairs:
    """Squared distances of every query to momentum keys of its item, and to what repels it.

    Positives of a query, view x of item i, are the momentum keys of the other views of item i.
    Negatives stand batch first, then queue: the n_items - 1 other items of view x as the encoder
    itself sees them, in order (gradient reaches both ends), then the entries of the queue in
    order. Keys and queue carry no gradient. A queue may hold an older view of the query's own
    image, as in MoCo.

    With 2 views and `in_batch=False` these are MoCo's pairs, for InfoNCE as for SSCL. With
    `in_batch=True` they are those of CACR's queue version, which differs in two ways:

    - as released it measures the distances to the queue for view 0 only and uses them again for
      all other views (a cache that is never emptied). Here every view has its own.
    - as released no gradient passes through the attraction weights nor through the queue's part
      of the repulsion weights, but it does through the batch's part. `CACR.detach_weights` stops
      all or nothing. The loss has the same value each way; the pulls differ.

    Source: JegZheng/CACR-SSL@fbc9d94, large_scale_shift_experiments; He et al. 2020,
    https://arxiv.org/abs/1911.05722.

    Args:
        q: `(view, item, dim)`, unit rows of the encoder.
        k: `(view, item, dim)`, unit rows of the momentum encoder for the same views.
        queue: `(n, dim)`, unit rows.
        in_batch: Whether the other items of the batch repel too, before the queue.

    Returns:
        `pos` `(n_views * n_items, n_views - 1)`, `neg` `(n_views * n_items, n)` or with the batch
        `(n_views * n_items, n_items - 1 + n)`.

    Raises:
        ValueError: Too few views or items, or shapes that do not fit each other.
    """
    q, k = checked(q), checked(k).detach()
    if k.shape != q.shape:
        raise ValueError(
            f"Keys must have the shape of the queries, {tuple(q.shape)}, got {tuple(k.shape)}."
        )
    queue = checked_queue(queue, q)
    with torch.autocast(q.device.type, enabled=False):
        to_keys = sq_dist(q.transpose(0, 1), k.transpose(0, 1))
        pos = without_diagonal(to_keys).transpose(0, 1).flatten(0, 1)
        neg = sq_dist(q.flatten(0, 1), queue)
        if in_batch:
            neg = torch.cat([without_diagonal(sq_dist(q, q)).flatten(0, 1), neg], dim=1)
    return Pairs(pos, neg)


def checked_queue(queue: Tensor, q: Tensor) -> Tensor:
    """The queue without gradient and in the precision of `q`, or a ValueError."""
    if queue.dim() != 2 or len(queue) == 0 or queue.shape[1] != q.shape[-1]:
        raise ValueError(
            f"A queue must be (n, {q.shape[-1]}) with at least one entry, got {tuple(queue.shape)}."
        )
    return queue.detach().to(q.dtype)
