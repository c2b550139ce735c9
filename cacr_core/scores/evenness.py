"""How far apart points lie on the sphere, and how far apart they could."""

from __future__ import annotations

import math

import numpy as np


def relative_spread(x: np.ndarray) -> float:
    """How far apart points lie in direction: 1 as if spread evenly over the sphere, 0 in one place.

    The root mean square distance of all pairs of unit vectors, against that of an even spread.

    Args:
        x: `(n, dim)`; lengths do not matter.
    """
    x = np.asarray(x, np.float64)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    first_axis = np.eye(1, x.shape[1])  # for what has no direction of its own
    unit = np.where(lengths > 1e-12, x / lengths.clip(1e-12), first_axis)
    n = len(unit)
    if n < 2:
        return 0.0
    mean_cosine = (n * (unit.mean(0) ** 2).sum() - 1) / (n - 1)
    return float(np.sqrt(np.clip(1 - mean_cosine, 0, 1)))


def uniformity_limit(dim: int, n: int | None = None, t: float = 2.0) -> float:
    r"""The lowest `metrics.uniformity` that points on the sphere can have.

    Of ever more points it is that of an even spread, $\log \mathrm{E}\, e^{-t|x-y|^2} =
    -2t + \log {}_0F_1(d/2, t^2)$. Of n points it may be lower, as no point is paired with itself:
    the log of $(n\,\mathrm{E} - 1) / (n - 1)$, since the kernel is positive definite, which
    regular polygons approach; or that of $e^{-2tn/(n-1)}$, since it is convex, which a simplex
    attains (n at most dim + 1); whichever is higher.

    Source: Wang & Isola 2020, https://arxiv.org/abs/2005.10242, for what it is the limit of.

    Args:
        dim: Of the space around the sphere, 2 for a circle.
        n: How many points; None for ever more.
        t: Sharpness of the kernel.
    """
    from scipy.special import hyp0f1

    even = math.exp(-2 * t) * float(hyp0f1(dim / 2, t * t))
    if n is None:
        return math.log(even)
    if n < 2:
        return 0.0
    return math.log(max((n * even - 1) / (n - 1), math.exp(-2 * t * n / (n - 1))))
