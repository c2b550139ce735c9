"""The least a loss can be, where that is known, and what it is at the regular polygon."""

from __future__ import annotations

import math

from cacr_core.forces.flow import force_on
from cacr_core.forces.start import FlowConfig, even_points
from cacr_core.losses import Loss
from cacr_core.losses import Optimum as Optimum
from cacr_core.losses.words import own


def optimum(
    loss: Loss, n_items: int, n_views: int, dim: int, n_synthetic: int = 0
) -> Optimum | None:
    r"""The least value of the whole-batch loss over all places of all views, where it is known.

    Aligned views at the corners of a regular simplex, all items at cosine -1/(N-1), have it
    whenever they fit: n_items <= dim + 1. Beyond that it is a bound, and an optimum where the
    polygon has it. What the value is, with N items and M = n_views (N-1) negatives, for free views
    as for tied ones, the loss's own `optimum` says.

    None is known, hence None: for losses that say none, and with synthetic negatives (mixed from
    the very points, they differ from arrangement to arrangement).
    """
    own_optimum = own(loss, "optimum")
    if n_synthetic or own_optimum is None:
        return None
    known: Optimum | None = own_optimum(
        n_items, n_views, "optimum" if n_items <= dim + 1 else "bound"
    )
    if known is None or known.kind == "optimum":
        return known
    reached = polygon_value(loss, n_items, n_views) <= known.value + 1e-12
    return known._replace(kind="optimum") if reached else known


def polygon_value(loss: Loss, n_items: int, n_views: int) -> float:
    """The loss at the regular polygon on the circle, views aligned, without synthetics."""
    config = FlowConfig(n_items=n_items, n_views=n_views)
    value, _ = force_on(even_points("circle", n_items)[None], config, loss)
    return value


def least_uniformity(n_items: int, dim: int) -> float | None:
    r"""The least that `metrics.uniformity` of N points can be, where it is known: dim 2 or 3.

    The regular polygon on the circle; on the sphere the simplex (N <= 4), the octahedron (6) and
    the icosahedron (12). These minimise every potential that falls off as the Gaussian does.

    Source: Cohn and Kumar 2007, https://arxiv.org/abs/math/0607446.
    """
    if dim == 2:
        turns = [2 * math.pi * k / n_items for k in range(1, n_items)]
        return _uniformity([2 - 2 * math.cos(turn) for turn in turns])
    if n_items <= 4:
        return _uniformity([2 * n_items / (n_items - 1)])
    if n_items == 6:
        return _uniformity([2.0] * 4 + [4.0])
    if n_items == 12:
        edge = 2 - 2 / math.sqrt(5)
        return _uniformity([edge] * 5 + [4 - edge] * 5 + [4])
    return None


def _uniformity(sq_dists: list[float]) -> float:
    """Of points that all see the others at these squared distances."""
    return math.log(sum(math.exp(-2 * d) for d in sq_dists) / len(sq_dists))
