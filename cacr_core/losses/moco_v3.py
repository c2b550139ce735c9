"""CACR in its MoCo-v3 form: keys of a momentum encoder attract the predictions of other crops."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from cacr_core.losses.record import LossRecord
from cacr_core.pairs.views import without_diagonal


def cacr_moco_v3(
    q: Tensor,
    k: Tensor,
    temperature: float = 0.2,
    cost: Literal["rbf", "euclidean"] = "rbf",
) -> LossRecord:
    r"""CACR as released for ImageNet, where a key is the query that is attracted.

    For the key $k$ of view u and item n, the predictions $q_v$, $v \ne u$, of the item share the
    attraction by $p_v = \mathrm{softmax}_v(\|q_v - k\|^2 / T)$, without gradient: the farthest is
    pulled hardest, and $1/T$ is $t^+$. Averaged over views of keys, the loss is

    - "rbf": $2 T \sum_v \mathrm{mean}_n\, p_v\, \mathrm{CE}_v$, with $\mathrm{CE}_v$ the
      cross-entropy of $q_v k'/T$ over the keys of all items, the own one right: InfoNCE with the
      positive in its denominator. With two crops $p_v = 1$, and it is half of MoCo v3's loss.
    - "euclidean": $\sum_v \sum_n p_v (c - \sum_j w_j c_j)$, with $c = 1 - q_v k$ of the own key,
      $c_j$ of the other items' keys, $w = \mathrm{softmax}_j(-c_j / T)$ without gradient. So
      $t^- = t^+ / 2$. As released it is a sum over items, not a mean.

    Light mode gives the keys of the first two views only, full mode those of all views.

    Source: JegZheng/CACR-SSL@fbc9d94, imagenet_pretraining; Chen et al. 2021,
    https://arxiv.org/abs/2104.02057.

    Args:
        q: `(view, item, dim)`, unit rows, predictions for every view.
        k: `(key_view, item, dim)`, unit rows of the momentum encoder for the first views, in the
            same order. They get no gradient.
        temperature: $T > 0$; it divides, so smaller is sharper.
        cost: "rbf" or "euclidean".

    Returns:
        A record whose queries are keys, `key_view * n_items + item`: `pos_weights`
        `(query, n_views - 1)` is $p_v$; `neg_weights` `(query, n_items - 1)` is how the other
        items' keys are weighed by the predictions, averaged by $p_v$.

    Raises:
        ValueError: Fewer than 2 views or items, keys that do not fit, or an unknown cost.
    """
    _check(q, k, temperature, cost)
    q = q.float() if q.dtype in (torch.float16, torch.bfloat16) else q
    k = k.detach().to(q.dtype)
    with torch.autocast(q.device.type, enabled=False):
        views = [_of_view(q, k[u], u, temperature, cost) for u in range(len(k))]
    attraction, repulsion, pos_weights, neg_weights = zip(*views, strict=True)
    weights = torch.cat(pos_weights)
    return LossRecord(
        attraction=torch.stack(attraction).mean(),
        repulsion=torch.stack(repulsion).mean(),
        pos_weights=weights,
        neg_weights=torch.cat(neg_weights),
        clamped=torch.zeros(len(weights), dtype=torch.bool, device=q.device),
    )


def _check(q: Tensor, k: Tensor, temperature: float, cost: str) -> None:
    if q.dim() != 3 or q.shape[0] < 2 or q.shape[1] < 2:
        raise ValueError(
            "Predictions need 2 views or more and 2 items or more, got q of shape "
            f"{tuple(q.shape)} (view, item, dim)."
        )
    if k.dim() != 3 or k.shape[1:] != q.shape[1:] or not 1 <= len(k) <= len(q):
        raise ValueError(
            f"Keys must be of 1 to {len(q)} views and of items and dim {tuple(q.shape[1:])}, got k "
            f"of shape {tuple(k.shape)} (view, item, dim)."
        )
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}.")
    if cost not in ("rbf", "euclidean"):
        raise ValueError(f"cost must be 'rbf' or 'euclidean', got {cost!r}.")


def _of_view(
    q: Tensor, keys: Tensor, view: int, temperature: float, cost: str
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Attraction, repulsion and both weights, keys `(item, dim)` of one view as the queries."""
    others = torch.cat([q[:view], q[view + 1 :]])
    similarity = others @ keys.T  # (other view, item, key)
    own = similarity.diagonal(dim1=1, dim2=2)
    with torch.no_grad():
        shares = ((2 - 2 * own) / temperature).softmax(dim=0)
        foreign = without_diagonal(similarity / temperature).softmax(dim=2)
    if cost == "rbf":
        scale = 2 * temperature / q.shape[1]
        log_sum = (similarity / temperature).logsumexp(dim=2)
        attraction = -(shares * own / temperature).sum() * scale
        repulsion = (shares * log_sum).sum() * scale
    else:
        far = (foreign * (1 - without_diagonal(similarity))).sum(2)
        attraction, repulsion = (shares * (1 - own)).sum(), -(shares * far).sum()
    return attraction, repulsion, shares.T, (shares[..., None] * foreign).sum(0)
