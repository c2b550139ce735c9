"""What a snapshot says of the last batch: its loss, and how its queries weighed their samples."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cacr_core import metrics
from cacr_core.losses import LossRecord
from cacr_core.pairs import Synthetic


def of_record(record: LossRecord, guess: float) -> dict[str, float]:
    """Means over the queries of a batch.

    Args:
        guess: The value of the loss where no sample is nearer than another.
    """
    entropy, evenness = evenness_of(record.neg_weights)
    n_pos, n_neg = record.pos_weights.shape[1], record.neg_weights.shape[1]
    values = {
        "loss": record.total.item(),
        "attraction": record.attraction.item(),
        "repulsion": record.repulsion.item(),
        "loss_guess": guess,
        "entropy": evenness.mean().item(),
        "effective_negatives": entropy.exp().mean().item(),
        "n_negatives": float(n_neg),
        "clamped": record.clamped.float().mean().item(),
    }
    if n_pos > 1:
        values["pos_entropy"] = evenness_of(record.pos_weights)[1].mean().item()
        values["pos_largest"] = record.pos_weights.max(1).values.mean().item()
    return values


def evenness_of(weights: Tensor) -> tuple[Tensor, Tensor]:
    """The entropy of each row of weights `(query, n)`, and its share of the most that n can have:
    1 where all are alike, as one alone is."""
    entropy, n = metrics.weight_entropy(weights), weights.shape[1]
    return entropy, entropy / math.log(n) if n > 1 else torch.ones_like(entropy)


def own_class_share(
    neg_weights: Tensor,
    labels: Tensor,
    queue_labels: Tensor | None = None,
    synthetic: Synthetic | None = None,
) -> dict[str, float]:
    """How much of its repulsion weight a query spends on images of its own class.

    Labels only measure here, whether or not the loss is told them. A synthetic negative counts for
    its parents, each by its coefficient, at least 0 and at most 1; what the query itself counts in
    it is no image's and left out of the whole. Empty where no query or no negative has a label.

    Args:
        neg_weights: `(query, M)`, queries `view * n_items + item`; columns are the other items of
            one view or of several, then the queue, then synthetics.
        labels: `(item,)`, below 0 where unknown.
        queue_labels: `(n,)`, of the queue's entries.
        synthetic: The columns that stand last.

    Returns:
        `own_class_share`, and `own_class_even`: what equal weights of the real negatives give.
    """
    n_items, n_queries = len(labels), len(neg_weights)
    other = ~torch.eye(n_items, dtype=torch.bool)
    same = labels[:, None] == labels
    columns = same[other].view(n_items, n_items - 1)
    n_synthetic = 0 if synthetic is None else synthetic.parents.shape[1]
    n_queued = 0 if queue_labels is None else len(queue_labels)
    n_blocks = (neg_weights.shape[1] - n_synthetic - n_queued) // (n_items - 1)
    columns = columns.repeat(1, n_blocks)
    if queue_labels is not None:
        columns = torch.cat([columns, labels[:, None] == queue_labels], dim=1)
    known = (labels >= 0).repeat(n_queries // n_items)
    if not known.any():
        return {}
    weights = neg_weights.cpu()
    own, real = columns.repeat(n_queries // n_items, 1).to(weights), columns.shape[1]
    share = (weights[:, :real] * own).sum(1)
    if synthetic is not None:
        every = labels.repeat(int(synthetic.samples.shape[0] - n_queued) // n_items)
        if queue_labels is not None:
            every = torch.cat([every, queue_labels])
        mine = labels.repeat(n_queries // n_items)[:, None, None]
        parents, coefficients = synthetic.parents.cpu(), synthetic.coefficients.cpu()
        if coefficients.dim() == 3:  # per dimension
            coefficients = coefficients.mean(2)
        coefficients = coefficients.clamp(0, 1)  # extrapolated: away from the query
        is_image = parents != torch.arange(n_queries)[:, None, None]
        counts = torch.stack([coefficients, 1 - coefficients], dim=2) * is_image
        counts = counts * weights[:, real:, None]
        share = share + (counts * (every[parents] == mine)).sum((1, 2))
        share = share / (weights[:, :real].sum(1) + counts.sum((1, 2)))
    return {
        "own_class_share": share[known].mean().item(),
        "own_class_even": own[known].mean().item(),
    }
