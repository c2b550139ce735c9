"""Points on a circle or a sphere, moved by the whole-batch gradient of a loss.

No network stands between loss and points: where they come to rest is the loss's own equilibrium.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core import metrics
from cacr_core.forces.neighbours import BINS, n_groups, nearest_other, share_by_bin
from cacr_core.forces.scene import Mixture
from cacr_core.forces.start import MAX_STEPS, FlowConfig, starting_points
from cacr_core.losses import Loss
from cacr_core.pairs import Mixing, Pairs, pairs_of_queries, with_synthetic_negatives

Kind = Literal["settled", "moving", "collapsed pairs"]

TRIES = 6  # evaluations for one frame
NEAR = math.radians(1)
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
        motion: `(frame,)`, mean degrees that a point moved to get there; 0 at the start.
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
    motion: Tensor
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

    Every frame is one step along minus the tangent gradient, then back onto the surface. A step
    that would overshoot is cut, and grows again up to the rate; `Flow.time` tells. Forces decide
    that, not losses: with detached weights the force is not the gradient of the loss.

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
    places, values, time = [points], [value], [0.0]
    step = config.rate
    check_every = 4 if n_synthetic else 1  # new draws cost two evaluations a frame as it is
    for frame in range(config.n_steps):
        if frame % check_every == 0:
            forced = partial(force_on, config=config, loss=loss, synthetic=synthetic)
            moved, step, reached = _careful_step(points, force, step, forced)
        else:
            moved = normalize(points + step * force, dim=-1)
        if n_synthetic:
            synthetic = mixed_for(moved, config, mixture, frame + 1)
            reached = force_on(moved, config, loss, synthetic)
        points = moved
        value, force = reached
        places.append(points)
        values.append(value)
        time.append(time[-1] + step)
        step = min(config.rate, 1.1 * step)
    return _measured(places, values, time, config)


def _measured(
    places: list[Tensor], values: list[float], time: list[float], config: FlowConfig
) -> Flow:
    """The frames with all that is told of them, from their places `(view, item, dim)`."""
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
        motion=torch.cat([torch.zeros(1), _turned(views[:-1], views[1:]).mean((1, 2))]),
        time=torch.tensor(time, dtype=torch.float64),
        ended=_ended(views, config),
    )


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
        total = loss(pairs).total + 0 * leaf.sum()
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
    """The batch's pairs, `pair_views`. Tied views have equal rows: each row stands there once, and
    its positives at no distance wherever it goes, which is said and not left to rounding: the
    slope of a square root of it is without bound."""
    z = points.expand(config.n_views, -1, -1) if config.tied else points
    pairs = pairs_of_queries(z, torch.arange(config.n_points))
    return Pairs(torch.zeros_like(pairs.pos), pairs.neg) if config.tied else pairs


def _careful_step(
    points: Tensor, force: Tensor, step: float, forced: Callable[[Tensor], tuple[float, Tensor]]
) -> tuple[Tensor, float, tuple[float, Tensor]]:
    """One step that does not overshoot: the new points, the step it took, their loss and force.

    Too long is a step behind which the force differs by more than its own length: it is halved.
    Where halving does not help, the force jumps, as at SSCL's clamp: then it goes along the
    shortest mix of the forces on both sides, which slides on along the edge.
    """
    direction, change, longest = force, math.inf, step
    for _ in range(TRIES):
        moved = normalize(points + step * direction, dim=-1)
        value, after = forced(moved)
        here, there = direction.norm(), (after - direction).norm()
        slides = direction is not force
        if here <= (0.01 * force.norm() if slides else 1e-9):
            step = longest  # at rest
            break
        if (after * direction).sum() >= 0 if slides else there <= here:
            break
        before, change = change, there.item()
        near = step * direction.norm(dim=-1).max() < NEAR
        if near and change > 0.75 * before:
            direction, change, step = _shortest_mix(direction, after), math.inf, 2 * step
        else:
            step /= 2
    return moved, step, (value, after)


def _shortest_mix(a: Tensor, b: Tensor) -> Tensor:
    apart = a - b
    return a - ((a * apart).sum() / apart.square().sum()).clamp(0, 1) * apart


def _turned(a: Tensor, b: Tensor) -> Tensor:
    """Degrees between unit vectors, exact for small ones too."""
    return 2 * torch.atan2((a - b).norm(dim=-1), (a + b).norm(dim=-1)).rad2deg()


def _ended(views: Tensor, config: FlowConfig) -> Ended:
    """`(frame, view, item, dim)` -> what the last tenth of the frames shows."""
    before = views[-1 - max(1, config.n_steps // 10)]
    moved = _turned(before, views[-1]).mean().item()
    groups = n_groups(views[-1].flatten(0, 1), config.n_items)
    if groups <= 0.75 * config.n_items:
        return Ended("collapsed pairs", groups, moved)
    return Ended("settled" if moved < STILL else "moving", groups, moved)
