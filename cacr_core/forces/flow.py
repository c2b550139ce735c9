"""Points on a circle or a sphere, moved by the whole-batch gradient of a loss.

No network stands between loss and points: where they come to rest is the loss's own equilibrium.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core import metrics
from cacr_core.forces.neighbours import BINS, n_groups, nearest_other, share_by_bin
from cacr_core.forces.start import MAX_STEPS, FlowConfig, starting_points
from cacr_core.losses import Loss
from cacr_core.pairs import Mixing, Pairs, pairs_of_queries, with_synthetic_negatives

Kind = Literal["settled", "moving", "collapsed pairs"]

SHORTEST = 2.0**-12  # of the rate
STILL = 0.5  # degrees in the last tenth of the frames


class Ended(NamedTuple):
    """What the last frames show.

    Attributes:
        kind: "collapsed pairs": a quarter or more of the items lie on top of others. Otherwise
            "settled" or "moving".
        n_groups: How many places are taken, items closer than about 2 degrees counted as one.
        moved: Mean degrees between a point's places at the start and end of the last tenth.
    """

    kind: Kind
    n_groups: int
    moved: float


class Flow(NamedTuple):
    """A flow frame by frame; frame 0 is the start. All float64 and without gradient.

    Attributes:
        places: `(frame, point, dim)`, unit rows; view-major, one point for each item when tied.
        items: `(point,)`, whose views they are.
        loss: `(frame,)`, of the whole batch.
        alignment: `(frame,)`, mean squared distance of positive pairs.
        uniformity: `(frame,)`, of the items' first views; lower is more uniform.
        nearest: `(frame, bin)`, share of points whose nearest point of another item is that far.
        bins: `(bin + 1,)`, edges in degrees; 2.5, 7.5, ..., so that round angles are mid-bin.
        speed: `(frame,)`, mean length of the force in degrees per unit of time.
        time: `(frame,)`, the summed steps; `frame * rate` where no step was cut.
        ended: What the last frames show.
    """

    places: Tensor
    items: Tensor
    loss: Tensor
    alignment: Tensor
    uniformity: Tensor
    nearest: Tensor
    bins: Tensor
    speed: Tensor
    time: Tensor
    ended: Ended

    @property
    def smallest_step(self) -> float:
        return self.time.diff().min().item()


def flow(
    config: FlowConfig,
    loss: Loss,
    *,
    n_synthetic: int = 0,
    pool_size: int = 32,
    mixing: Mixing = "pair",
) -> Flow:
    """Release points and let the loss move them, by gradient descent on circle or sphere.

    Every frame is one step along minus the tangent gradient, then back onto the surface. A step is
    halved while the force behind it differs from the force before by more than that itself: longer
    ones overshoot. Then it grows again, at most to the rate. Forces are compared, not losses,
    because with detached weights the force is not the gradient of the loss. `Flow.time` tells.

    Synthetic negatives are drawn anew for every step, as in training, from the seed and the step;
    within the step they stay where they were drawn, since no gradient reaches their parents. Such
    a flow keeps trembling.

    Args:
        n_synthetic: Synthetic negatives of each query, from 0.
        pool_size: How many of the nearest negatives may be their parents; at most all are.

    Raises:
        ValueError: The loss is no longer a number, or a pool or mixing that does not exist.
    """
    points = starting_points(config)
    mixture = Mixture(n_synthetic, pool_size, mixing)
    synthetic = mixed_for(points, config, mixture, 0)
    value, force = force_on(points, config, loss, synthetic)
    places, values, forces, time = [points], [value], [force], [0.0]
    step = config.rate
    check_every = 4 if n_synthetic else 1  # new draws cost two evaluations a frame as it is
    for frame in range(config.n_steps):
        moved = normalize(points + step * force, dim=-1)
        while frame % check_every == 0:
            value, after = force_on(moved, config, loss, synthetic)
            if (after - force).norm() <= force.norm() or step <= config.rate * SHORTEST:
                break
            step /= 2
            moved = normalize(points + step * force, dim=-1)
        if n_synthetic:
            synthetic = mixed_for(moved, config, mixture, frame + 1)
            value, after = force_on(moved, config, loss, synthetic)
        points, force = moved, after
        places.append(points)
        values.append(value)
        forces.append(force)
        time.append(time[-1] + step)
        step = min(config.rate, 1.1 * step)

    views = torch.stack(places)
    angles = [nearest_other(z.flatten(0, 1), config.n_items) for z in places]
    return Flow(
        places=views.flatten(1, 2),
        items=torch.arange(config.n_points) % config.n_items,
        loss=torch.tensor(values, dtype=torch.float64),
        alignment=torch.tensor(
            [0.0 if config.tied else metrics.alignment(z) for z in places], dtype=torch.float64
        ),
        uniformity=torch.tensor([metrics.uniformity(z[0]) for z in places], dtype=torch.float64),
        nearest=share_by_bin(torch.stack(angles)),
        bins=BINS,
        speed=torch.stack(forces).norm(dim=-1).mean((1, 2)).rad2deg(),
        time=torch.tensor(time, dtype=torch.float64),
        ended=_ended(views, config),
    )


class Mixture(NamedTuple):
    """Synthetic negatives of each query: how many, from how many, mixed how."""

    n_synthetic: int = 0
    pool_size: int = 32
    mixing: Mixing = "pair"


def force_on(
    points: Tensor, config: FlowConfig, loss: Loss, synthetic: Tensor | None = None
) -> tuple[float, Tensor]:
    """The loss of the whole batch, and the force on every point: where a flow goes.

    Minus the tangent gradient of the loss, times the number of points.

    Args:
        points: `(view, item, dim)`, unit rows; one view when tied, which stands for all.
        synthetic: `(query, n, dim)`, more negatives of each query, held where they are. The
            queries are all points; when tied those of the first view.

    Returns:
        The loss and `(view, item, dim)`, tangent to the points.

    Raises:
        ValueError: The loss is no number.
    """
    leaf = points.detach().requires_grad_()
    with torch.enable_grad():
        pairs = _pairs(leaf, config)
        if synthetic is not None:
            similarity = (synthetic @ leaf.flatten(0, 1)[..., None])[..., 0]
            sq_dist = (2 - 2 * similarity).clamp_min(0)
            pairs = Pairs(pairs.pos, torch.cat([pairs.neg, sq_dist], dim=1))
        total = loss(pairs).total
        if not total.isfinite():
            raise ValueError(
                f"A flow needs a loss that is a number at all of its points, got {total.item()}. "
                "Choose less sharp settings."
            )
    (gradient,) = torch.autograd.grad(total, leaf)
    radial = (gradient * points).sum(-1, keepdim=True) * points
    return total.item(), (radial - gradient) * config.n_points


def mixed_for(points: Tensor, config: FlowConfig, mixture: Mixture, step: int) -> Tensor | None:
    """`(query, n, dim)`, the synthetic negatives drawn for a step; None without any."""
    if not mixture.n_synthetic:
        return None
    pairs = _pairs(points, config)
    _, synthetic = with_synthetic_negatives(
        pairs,
        points.expand(config.n_views, -1, -1) if config.tied else points,
        n_synthetic=mixture.n_synthetic,
        pool_size=min(mixture.pool_size, pairs.neg.shape[1]),
        mixing=mixture.mixing,
        generator=torch.Generator().manual_seed(config.seed * (MAX_STEPS + 1) + step),
        queries=torch.arange(config.n_points),
    )
    return synthetic.embeddings


def _pairs(points: Tensor, config: FlowConfig) -> Pairs:
    """The batch's pairs, `pair_views`. Tied views have equal rows: each row stands there once."""
    z = points.expand(config.n_views, -1, -1) if config.tied else points
    return pairs_of_queries(z, torch.arange(config.n_points))


def _ended(views: Tensor, config: FlowConfig) -> Ended:
    """`(frame, view, item, dim)` -> what the last tenth of the frames shows."""
    before = views[-1 - max(1, config.n_steps // 10)]
    turned = torch.atan2((views[-1] - before).norm(dim=-1), (views[-1] + before).norm(dim=-1)) * 2
    moved = turned.mean().rad2deg().item()
    groups = n_groups(views[-1].flatten(0, 1), config.n_items)
    if groups <= 0.75 * config.n_items:
        return Ended("collapsed pairs", groups, moved)
    return Ended("settled" if moved < STILL else "moving", groups, moved)
