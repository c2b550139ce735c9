"""Contrastive losses as formulas on distances: `Pairs` -> `LossRecord`.

Weights (what a query attends to) are in the record; pulls (how the loss moves it) come from
`pair_pulls`. They differ, even in sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus

from cacr_core.pairs import Pairs


class LossRecord(NamedTuple):
    """A loss value and what the loss computed on the way to it.

    Attributes:
        attraction: `()`, the part of the loss that pulls positives in.
        repulsion: `()`, the part that pushes negatives away.
        pos_weights: `(query, K)`, how a query weighs its positives; rows sum to 1.
        neg_weights: `(query, M)`, how a query weighs its negatives; rows sum to 1.
        clamped: `(query,)` bool, True where the debiasing clamp silences the negatives of a query
            (for one of its positives at least); False where a loss has no clamp.
    """

    attraction: Tensor
    repulsion: Tensor
    pos_weights: Tensor
    neg_weights: Tensor
    clamped: Tensor

    @property
    def total(self) -> Tensor:
        return self.attraction + self.repulsion


class Loss(Protocol):
    def __call__(self, pairs: Pairs) -> LossRecord: ...


@dataclass(frozen=True)
class CACR:
    r"""Contrastive Attraction and Contrastive Repulsion.

    With $d$ the squared distance from a query to one of its samples,

    $$ \pi^+ = \mathrm{softmax}_k(t^+ d_k), \qquad \pi^- = \mathrm{softmax}_m(-t^- d_m), $$
    $$ L = \alpha \textstyle\sum_k \pi^+_k d_k - \beta \sum_m \pi^-_m d_m, $$

    averaged over queries: far positives weigh most in the attraction, near negatives in the
    repulsion. `t_pos=0` or `t_neg=0` weighs that group uniformly.

    Source: Zheng et al., TMLR 2023, https://arxiv.org/abs/2105.03746. With every cost and
    debiasing equal to JegZheng/CACR-SSL@fbc9d94, small_scale_experiments/losses, on the pairs it
    makes, `pair_views(z, "later_views")`.

    Args:
        t_pos: $t^+ \ge 0$. It multiplies distances, so larger is sharper; InfoNCE's temperature
            divides.
        t_neg: $t^- \ge 0$, the same for negatives.
        alpha: Scales the attraction; the weights do not depend on it.
        beta: Scales the repulsion; the weights do not depend on it.
        detach_weights: Send no gradient through $\pi^\pm$. The small-scale code sends it, the
            ImageNet code does not. The value is the same; the pulls are not.
        cost: "euclidean", or "rbf": repulsion is then $\beta \log$ of the mean over queries of
            $\sum_m \pi^-_m e^{-t d_m}$; attraction stays Euclidean. As released the log is taken
            of each pair of views and averaged, which pairs of later views do too; of all-view
            pairs, whose queries see negatives in every view, there is one log.
        t_rbf: $t > 0$ of the RBF cost; larger looks at nearer negatives only.
        class_prior: $\tau^+$ in [0, 1), the share of negatives expected to be false; above 0 the
            repulsion is debiased by the positives.
        released_debiasing: As released, with $-\tau^+ d$ of the positive, which repels it and
            leaves out beta; consistent debiasing has $+\tau^+ \beta d$.
    """

    t_pos: float = 1.0
    t_neg: float = 2.0
    alpha: float = 1.0
    beta: float = 1.0
    detach_weights: bool = False
    cost: Literal["euclidean", "rbf"] = "euclidean"
    t_rbf: float = 2.0
    class_prior: float = 0.0
    released_debiasing: bool = False

    def __post_init__(self) -> None:
        _require_at_least(self, 0, "t_pos", "t_neg", "alpha", "beta")
        _require_above(self, 0, "t_rbf")
        _require_class_prior(self.class_prior)
        if self.cost not in ("euclidean", "rbf"):
            raise ValueError(f"cost must be 'euclidean' or 'rbf', got {self.cost!r}.")
        if self.cost == "rbf" and self.class_prior > 0:
            raise ValueError(
                f"Debiasing needs the Euclidean cost, got cost 'rbf' with class_prior "
                f"{self.class_prior}. Set class_prior to 0 or cost to 'euclidean'."
            )

    def __call__(self, pairs: Pairs) -> LossRecord:
        pos_weights = (self.t_pos * pairs.pos).softmax(dim=1)
        neg_weights = (-self.t_neg * pairs.neg).softmax(dim=1)
        used_pos, used_neg = pos_weights, neg_weights
        if self.detach_weights:
            used_pos, used_neg = pos_weights.detach(), neg_weights.detach()
        attraction = self.alpha * (used_pos * pairs.pos).sum(1).mean()
        if self.cost == "rbf":
            kernel = (used_neg * (-self.t_rbf * pairs.neg).exp()).sum(1)
            repulsion = self.beta * kernel.view(_n_blocks(pairs), -1).mean(1).log().mean()
        else:
            repulsion = -self.beta * (used_neg * pairs.neg).sum(1).mean()
        if self.class_prior > 0:
            sign = -1.0 if self.released_debiasing else self.beta
            false = sign * self.class_prior * pairs.pos.mean()
            repulsion = (repulsion + false) / (1 - self.class_prior)
        return LossRecord(attraction, repulsion, pos_weights, neg_weights, _unclamped(pairs))


@dataclass(frozen=True)
class SSCL:
    r"""Hard negatives sampled by their closeness, debiased; synthetics arrive with the pairs.

    With logits $x = (1 - d/2)/\tau$ of the N negatives (real and synthetic), $e = e^x$ and
    $e_+$ of the positive,

    $$ R = N \sum_j \nu_j e_j, \quad \nu = \mathrm{softmax}(\beta x), \qquad
       G = \max\Big(\frac{R - \tau^+ N e_+}{1 - \tau^+},\; N e^{-1/\tau}\Big), \qquad
       L = \log(1 + G / e_+), $$

    averaged over queries and positives, in log space throughout. beta = 0 is Debiased
    contrastive learning (Chuang 2020), no synthetics is HCL (Robinson 2021), both with
    class_prior = 0 are NT-Xent.

    Source: Dong et al. 2023, https://arxiv.org/abs/2304.02971; dhkdhk/SSCL@c4c5e0b.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
        beta: $\beta \ge 0$, hardness: how much nearer negatives are sampled more.
        class_prior: $\tau^+$ in [0, 1), the share of negatives expected to be false.
        detach_weights: Send no gradient through the importance weights $\nu$.
    """

    temperature: float = 0.5
    beta: float = 1.0
    class_prior: float = 0.1
    detach_weights: bool = False

    def __post_init__(self) -> None:
        _require_above(self, 0, "temperature")
        _require_at_least(self, 0, "beta")
        _require_class_prior(self.class_prior)

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = _logits(pairs, self.temperature)
        n_neg = x.shape[1]
        nearness = self.beta * (x.detach() if self.detach_weights else x)
        hardened = nearness + x
        log_sum = _log_sum(hardened)
        log_r = math.log(n_neg) + log_sum - _log_sum(nearness)
        ratio = log_r - x_pos
        clamped = torch.zeros_like(x_pos, dtype=torch.bool)
        if self.class_prior > 0:
            false_share = self.class_prior * n_neg * (-ratio).clamp_max(50).exp()
            floor = math.log(n_neg) - 1 / self.temperature - x_pos
            # where nothing is left, log1p gets a harmless number so that no NaN flows back
            empty = false_share >= 1 - 1e-6
            kept = torch.log1p(-torch.where(empty, torch.zeros_like(false_share), false_share))
            debiased = ratio + kept - math.log(1 - self.class_prior)
            clamped = empty | (debiased <= floor)
            ratio = torch.where(clamped, floor, debiased)
        return LossRecord(
            attraction=-x_pos.mean(),
            repulsion=(softplus(ratio) + x_pos).mean(),
            pos_weights=torch.full_like(x_pos, 1 / x_pos.shape[1]),
            neg_weights=(hardened - log_sum).detach().exp(),
            clamped=clamped.any(dim=1),
        )


@dataclass(frozen=True)
class InfoNCE:
    r"""InfoNCE, also NT-Xent: tell the positive from all negatives by softmax.

    $L = -\log \frac{e_+}{e_+ + \sum_j e_j}$ with $e = e^{(1 - d/2)/\tau}$, averaged over queries
    and positives. Attraction is $-s_+/\tau$, repulsion the log of the sum.

    Source: Chen et al. 2020, https://arxiv.org/abs/2002.05709.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
    """

    temperature: float = 0.5

    def __post_init__(self) -> None:
        _require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = _logits(pairs, self.temperature)
        log_sum = _log_sum(x)
        return LossRecord(
            attraction=-x_pos.mean(),
            repulsion=(softplus(log_sum - x_pos) + x_pos).mean(),
            pos_weights=torch.full_like(x_pos, 1 / x_pos.shape[1]),
            neg_weights=(x - log_sum).detach().exp(),
            clamped=_unclamped(pairs),
        )


LOSSES: dict[str, type] = {
    "cacr": CACR,
    "sscl": SSCL,
    "infonce": InfoNCE,
}


def loss_name(loss: Loss) -> str:
    """The key of `LOSSES` a loss stands under."""
    return next(name for name, cls in LOSSES.items() if type(loss).__name__ == cls.__name__)


def loss_of_guessing(loss: Loss, n_pos: int, n_neg: int) -> float:
    """The value of a loss for queries to which no sample is nearer than another.

    All pairs are as far apart as unrelated images, d = 2: `log(1 + n_neg)` of InfoNCE and SSCL,
    `2 (alpha - beta)` of CACR with the Euclidean cost.

    Args:
        n_pos: Positives of a query.
        n_neg: Its negatives, synthetic ones included.
    """
    far = Pairs(*(torch.full((1, n), 2.0, dtype=torch.float64) for n in (n_pos, n_neg)))
    return loss(far).total.item()


def pair_pulls(loss: Loss, pairs: Pairs) -> Pairs:
    r"""How hard `loss` pulls each pair together: $\partial L / \partial d$, shaped as `pairs`.

    Above 0 draws the two samples together, below 0 drives them apart. L is the mean over
    queries: multiply by the number of queries to compare with formulas of a single one.
    """
    leaves = Pairs(*(d.detach().requires_grad_() for d in pairs))
    with torch.enable_grad():
        total = loss(leaves).total
    return Pairs(*torch.autograd.grad(total, leaves))


def _n_blocks(pairs: Pairs) -> int:
    """How many pairs of views the rows of `neg` stand for, block after block, where negatives are
    those of later views; else 1."""
    n_views = pairs.pos.shape[1] + 1
    n_pairs, n_items = n_views * (n_views - 1) // 2, pairs.neg.shape[1] + 1
    later = len(pairs.pos) == n_views * n_items and len(pairs.neg) == n_pairs * n_items
    return n_pairs if later else 1


def _logits(pairs: Pairs, temperature: float) -> tuple[Tensor, Tensor]:
    if len(pairs.pos) != len(pairs.neg):
        raise ValueError(
            "This loss contrasts a query's positives with its own negatives and needs the same "
            f"rows in both, got {len(pairs.pos)} and {len(pairs.neg)}. Use negatives='all_views'."
        )
    scale = -0.5 / temperature
    return pairs.pos * scale + 1 / temperature, pairs.neg * scale + 1 / temperature


def _log_sum(x: Tensor) -> Tensor:
    """Log of each row's summed exponentials, `(query, 1)`.

    By log-softmax, which torch computes in one pass where its logsumexp takes four.
    """
    return x[:, :1] - x.log_softmax(dim=1)[:, :1]


def _unclamped(pairs: Pairs) -> Tensor:
    return torch.zeros(len(pairs.pos), dtype=torch.bool, device=pairs.pos.device)


def _require_at_least(loss: object, least: float, *names: str) -> None:
    for name in names:
        value = getattr(loss, name)
        if not (value >= least and math.isfinite(value)):
            raise ValueError(f"{name} must be a finite number of {least} or more, got {value}.")


def _require_above(loss: object, bound: float, *names: str) -> None:
    for name in names:
        value = getattr(loss, name)
        if not (value > bound and math.isfinite(value)):
            raise ValueError(f"{name} must be a finite number above {bound}, got {value}.")


def _require_class_prior(value: float) -> None:
    if not 0 <= value < 1:
        raise ValueError(
            f"class_prior is a share of false negatives, 0 or more and below 1, got {value}."
        )
