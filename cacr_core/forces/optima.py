"""The least a loss can be, where that is known, and what it is at the regular polygon."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from cacr_core.forces.flow import force_on
from cacr_core.forces.start import FlowConfig, even_points
from cacr_core.losses import CACR, SSCL, Loss, Typed, loss_name


class Optimum(NamedTuple):
    """A value no arrangement of points lies below.

    Attributes:
        kind: "optimum" where some arrangement has it, "bound" where none is known to.
    """

    value: float
    kind: Literal["optimum", "bound"]


def optimum(
    loss: Loss, n_items: int, n_views: int, dim: int, n_synthetic: int = 0
) -> Optimum | None:
    r"""The least value of the whole-batch loss over all places of all views, where it is known.

    Aligned views at the corners of a regular simplex, all items at cosine -1/(N-1), have it
    whenever they fit: n_items <= dim + 1. Beyond that it is a bound. With N items and
    M = n_views (N-1) negatives, for free views as for tied ones:

    - CACR: $-2 \beta N / (N-1)$ at every t+ and t-. The weights only raise both terms above
      uniform ones, and for those the squared length of the points' sum is 0 or more. t- = 0 is
      there at every set of aligned points that sums to zero, so also for N > dim + 1.
      RBF cost: $-2 \beta t N / (N-1)$, likewise and by Jensen. Debiased: the first over 1 -
      class_prior.
    - InfoNCE: $\log(1 + M e^{-N / ((N-1) \tau)})$, by Jensen and the points' sum again.
    - SSCL without class prior: the same at every hardness, since importance weights only raise
      the loss and are uniform at the simplex. With one: what it has at the simplex if the loss is
      convex in the logarithm of G's first branch, that is class_prior (M + 1) <= 1. Otherwise
      the clamp's floor $\log(1 + M e^{-2/\tau})$, an optimum where the simplex, or else the
      polygon, is clamped.

    None is known, hence None: with synthetic negatives (mixed from the very points, they differ
    from arrangement to arrangement), for CACR's released debiasing, which repels positives, and
    for typed losses.

    Source: derived; InfoNCE's, for two views, as in Graf et al. 2021,
    https://arxiv.org/abs/2102.08817.
    """
    if n_synthetic or isinstance(loss, Typed):
        return None
    fits: Literal["optimum", "bound"] = "optimum" if n_items <= dim + 1 else "bound"
    spread = n_items / (n_items - 1)
    n_neg = n_views * (n_items - 1)
    name = loss_name(loss)
    if name == "cacr":
        return _cacr(loss, spread, fits)
    nearest = -spread / loss.temperature
    if name == "infonce":
        return Optimum(math.log1p(n_neg * math.exp(nearest)), fits)
    known = _sscl(loss, nearest, n_neg, fits)
    if known.kind == "bound" and polygon_value(loss, n_items, n_views) <= known.value + 1e-12:
        return known._replace(kind="optimum")
    return known


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
        return _uniformity([2] * 4 + [4])
    if n_items == 12:
        edge = 2 - 2 / math.sqrt(5)
        return _uniformity([edge] * 5 + [4 - edge] * 5 + [4])
    return None


def _uniformity(sq_dists: list[float]) -> float:
    """Of points that all see the others at these squared distances."""
    return math.log(sum(math.exp(-2 * d) for d in sq_dists) / len(sq_dists))


def _cacr(loss: CACR, spread: float, fits: Literal["optimum", "bound"]) -> Optimum | None:
    if loss.cost == "rbf":
        value = -2 * loss.beta * loss.t_rbf * spread
        return Optimum(value, "optimum" if loss.beta == 0 else fits)
    if loss.class_prior > 0 and loss.released_debiasing:
        return None
    value = -2 * loss.beta * spread / (1 - loss.class_prior)
    return Optimum(value, "optimum" if loss.t_neg == 0 or loss.beta == 0 else fits)


def _sscl(
    loss: SSCL, nearest: float, n_neg: int, fits: Literal["optimum", "bound"]
) -> Optimum | None:
    prior, floor = loss.class_prior, n_neg * math.exp(-2 / loss.temperature)
    at_simplex = n_neg * (math.exp(nearest) - prior) / (1 - prior)
    if prior * (n_neg + 1) <= 1:
        return Optimum(math.log1p(max(at_simplex, floor)), fits)
    return Optimum(math.log1p(floor), fits if at_simplex <= floor else "bound")
