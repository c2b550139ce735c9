"""Points on a circle or a sphere, moved by the whole-batch gradient of a loss.

No network stands between loss and points: where they come to rest is the loss's own equilibrium.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core import metrics
from cacr_core.forces.neighbours import BINS, n_groups, nearest_other, share_by_bin
from cacr_core.losses import Loss
from cacr_core.pairs import Mixing, Pairs, pair_views, with_synthetic_negatives

Surface = Literal["circle", "sphere"]
Start = Literal["random", "polygon", "cluster"]
Kind = Literal["settled", "moving", "collapsed pairs"]

MAX_POINTS = 256
MAX_STEPS = 2000
DENT = math.radians(1)  # how far the dents of a polygon start reach, standard deviation
CLUSTER = math.radians(4)
SHORTEST = 2.0**-12  # of the rate
STILL = 0.5  # degrees in the last tenth of the frames


@dataclass(frozen=True)
class FlowConfig:
    """Which points start where, and how far they go.

    Args:
        surface: "circle" (dim 2) or "sphere" (dim 3).
        n_items: 2 or more; with `n_views` views each at most 256 points.
        n_views: 2 or more, the views of an item are each other's positives.
        tied: The views of an item are one point: perfectly aligned for ever.
        start: "random": uniform. "polygon": the regular polygon, on the sphere a spiral of evenly
            spread points (Fibonacci's; close to the best spread, not it), each point moved by a
            seeded dent of about a degree. "cluster": within a few degrees around one place.
        seed: Of the start, and of synthetic negatives. Tied points start where the first views do.
        n_steps: Frames after the start, at most 2000.
        rate: Step of the descent, and the longest one: larger is faster. A point's force counts
            as in a batch of its own, so the pace does not depend on how many points there are.

    Raises:
        ValueError: A value outside of these bounds.
    """

    surface: Surface = "circle"
    n_items: int = 8
    n_views: int = 2
    tied: bool = True
    start: Start = "random"
    seed: int = 0
    n_steps: int = 300
    rate: float = 0.1

    def __post_init__(self) -> None:
        for name, known in (
            ("surface", ("circle", "sphere")),
            ("start", ("random", "polygon", "cluster")),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}."
                )
        if not isinstance(self.tied, bool):
            raise ValueError(f"tied must be true or false, got {self.tied!r}.")
        for name, least, most in (
            ("n_items", 2, MAX_POINTS // 2),
            ("n_views", 2, MAX_POINTS // 2),
            ("n_steps", 1, MAX_STEPS),
            ("seed", 0, 2**31 - 1),
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise ValueError(
                    f"{name} must be a whole number from {least} to {most}, got {value!r}."
                )
        if self.n_items * self.n_views > MAX_POINTS:
            raise ValueError(
                f"A flow takes at most {MAX_POINTS} points, got {self.n_items} items of "
                f"{self.n_views} views. Lower one of them."
            )
        if isinstance(self.rate, bool) or not isinstance(self.rate, (int, float)):
            raise ValueError(f"rate must be a number, got {self.rate!r}.")
        if not 0 < self.rate <= 2:
            raise ValueError(f"rate must be above 0 and at most 2, got {self.rate}.")

    @property
    def dim(self) -> int:
        return 2 if self.surface == "circle" else 3

    @property
    def n_points(self) -> int:
        return self.n_items * (1 if self.tied else self.n_views)


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
    halved while the force behind it differs from the force before by more than itself: longer
    ones overshoot. Then it grows again, at most to the rate. Forces are compared, not losses,
    because with detached weights the force is not the gradient of the loss. `Flow.time` tells.

    Synthetic negatives are drawn anew for every step, as in training, from the seed and the step;
    within the step they stay where they were drawn, since no gradient reaches their parents. Such
    a flow keeps trembling.

    Args:
        n_synthetic: Synthetic negatives of each query, from 0.
        pool_size: How many of the nearest negatives may be their parents; at most all are.

    Raises:
        ValueError: The loss is no longer a number, or nonsense about synthetics.
    """
    mixture = Mixture(n_synthetic, pool_size, mixing)
    points = starting_points(config)
    mixture = Mixture(n_synthetic, pool_size, mixing)
    synthetic = mixed_for(points, config, mixture, 0)
    value, force = force_on(points, config, loss, synthetic)
    places, values, forces, time = [points], [value], [force], [0.0]
    step = config.rate
    for frame in range(1, config.n_steps + 1):
        while True:
            moved = normalize(points + step * force, dim=-1)
            value, after = force_on(moved, config, loss, synthetic)
            if (after - force).norm() <= force.norm() or step <= config.rate * SHORTEST:
                break
            step /= 2
        if n_synthetic:
            synthetic = mixed_for(moved, config, mixture, frame)
            value, after = force_on(moved, config, loss, synthetic)
        points, force = moved, after
        places.append(points)
        values.append(value)
        forces.append(force)
        time.append(time[-1] + step)
        step = min(config.rate, 1.1 * step)
    if not math.isfinite(sum(values)):
        raise ValueError(f"The flow lost its way: a loss of {values[-1]}. Soften the loss.")

    first = config.n_items
    views = torch.stack(places)
    angles = torch.stack([nearest_other(z.flatten(0, 1), first) for z in places])
    return Flow(
        places=views.flatten(1, 2),
        items=torch.arange(config.n_points) % config.n_items,
        loss=torch.tensor(values, dtype=torch.float64),
        alignment=torch.tensor(
            [0.0 if config.tied else metrics.alignment(z) for z in places], dtype=torch.float64
        ),
        uniformity=torch.tensor([metrics.uniformity(z[0]) for z in places], dtype=torch.float64),
        nearest=share_by_bin(angles),
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


def starting_points(config: FlowConfig) -> Tensor:
    """`(view, item, dim)` unit rows, one view when tied; equal for equal configs, to the bit."""
    generator = torch.Generator().manual_seed(config.seed)
    shape = (config.n_views, config.n_items, config.dim)
    noise = torch.randn(shape, dtype=torch.float64, generator=generator)
    if config.tied:
        noise = noise[:1]
    if config.start == "polygon":
        noise = even_points(config.surface, config.n_items) + DENT * noise
    elif config.start == "cluster":
        noise = torch.eye(config.dim, dtype=torch.float64)[0] + CLUSTER * noise
    return normalize(noise, dim=-1)


def even_points(surface: Surface, n: int) -> Tensor:
    """`(n, dim)`: the regular polygon on the circle, Fibonacci's spiral on the sphere."""
    k = torch.arange(n, dtype=torch.float64)
    if surface == "circle":
        angle = 2 * math.pi * k / n
        return torch.stack([angle.cos(), angle.sin()], dim=-1)
    height = 1 - (2 * k + 1) / n
    angle = math.pi * (3 - math.sqrt(5)) * k
    radius = (1 - height**2).sqrt()
    return torch.stack([radius * angle.cos(), radius * angle.sin(), height], dim=-1)


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
    """
    leaf = points.detach().requires_grad_()
    with torch.enable_grad():
        pairs = _pairs(leaf, config)
        if synthetic is not None:
            similarity = (synthetic @ leaf.flatten(0, 1)[..., None])[..., 0]
            sq_dist = (2 - 2 * similarity).clamp_min(0)
            pairs = Pairs(pairs.pos, torch.cat([pairs.neg, sq_dist], dim=1))
        total = loss(pairs).total
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
        queries=torch.arange(config.n_items) if config.tied else None,
    )
    return synthetic.embeddings


def _pairs(points: Tensor, config: FlowConfig) -> Pairs:
    """The batch's pairs. Tied views have equal rows: the first view's are all of them once."""
    if not config.tied:
        return pair_views(points)
    pairs = pair_views(points.expand(config.n_views, -1, -1))
    return Pairs(*(d[: config.n_items] for d in pairs))


def _ended(views: Tensor, config: FlowConfig) -> Ended:
    """`(frame, view, item, dim)` -> what the last tenth of the frames shows."""
    before = views[-1 - max(1, config.n_steps // 10)]
    turned = torch.atan2((views[-1] - before).norm(dim=-1), (views[-1] + before).norm(dim=-1)) * 2
    moved = turned.mean().rad2deg().item()
    groups = n_groups(views[-1].flatten(0, 1), config.n_items)
    if groups <= 0.75 * config.n_items:
        return Ended("collapsed pairs", groups, moved)
    return Ended("settled" if moved < STILL else "moving", groups, moved)
