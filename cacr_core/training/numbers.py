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
    entropy = metrics.weight_entropy(record.neg_weights)
    n_pos, n_neg = record.pos_weights.shape[1], record.neg_weights.shape[1]
    values = {
        "loss": record.total.item(),
        "attraction": record.attraction.item(),
        "repulsion": record.repulsion.item(),
        "loss_guess": guess,
        "entropy": (entropy / math.log(max(2, n_neg))).mean().item(),
        "effective_negatives": entropy.exp().mean().item(),
        "n_negatives": float(n_neg),
        "clamped": record.clamped.float().mean().item(),
    }
    if n_pos > 1:
        of_pos = metrics.weight_entropy(record.pos_weights) / math.log(n_pos)
        values["pos_entropy"] = of_pos.mean().item()
        values["pos_largest"] = record.pos_weights.max(1).values.mean().item()
    return values


def own_class_share(
    neg_weights: Tensor,
    labels: Tensor,
    queue_labels: Tensor | None = None,
    synthetic: Synthetic | None = None,
) -> dict[str, float]:
    """How much of its repulsion weight a query spends on images of its own class.

    Labels only measure here, whether or not the loss is told them. A synthetic negative counts for
    its parents, each by its coefficient, at least 0 and at most 1. Empty where no query or no
    negative has a label.

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
        of_parents = (every[synthetic.parents.cpu()] == mine).to(weights)
        coefficients = synthetic.coefficients.cpu()
        if coefficients.dim() == 3:  # per dimension
            coefficients = coefficients.mean(2)
        coefficients = coefficients.clamp(0, 1)  # extrapolated: away from the query
        mixed = torch.lerp(of_parents[..., 1], of_parents[..., 0], coefficients)
        share = share + (weights[:, real:] * mixed).sum(1)
    return {
        "own_class_share": share[known].mean().item(),
        "own_class_even": own[known].mean().item(),
    }
