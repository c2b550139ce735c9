"""Which points a flow moves, and where they start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

Surface = Literal["circle", "sphere"]
Start = Literal["random", "polygon", "cluster"]

MAX_POINTS = 320
MAX_STEPS = 2000
DENT = math.radians(1)  # how far the dents of a polygon start reach, standard deviation
CLUSTER = math.radians(4)


@dataclass(frozen=True)
class FlowConfig:
    """Which points start where, and how far they go.

    Args:
        surface: "circle" (dim 2) or "sphere" (dim 3).
        n_items: 2 or more; with `n_views` views each at most 320 points.
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
