"""The loss and the force of a query wherever it could stand, one setting or many."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from cacr_core.forces.points import Points, places_from_degrees
from cacr_core.forces.scene import pairs_of
from cacr_core.losses import Loss
from cacr_core.losses.words import numbers, own
from cacr_core.pairs import Mixing, Pairs

CHUNK = 512  # queries mixed at a time: their products with each other would fill the memory


class Path(NamedTuple):
    """Places for the query.

    Attributes:
        places: `(n, dim)`, unit rows.
        tangents: `(n, dim)`, the way on along a circle; forces are then signed, above 0 along it.
            None: forces are lengths.
    """

    places: Tensor
    tangents: Tensor | None


class Landscape(NamedTuple):
    """Of a query that stands alone at each place, not averaged.

    Attributes:
        loss: `(n,)`, or `(setting, n)` from `sweep`.
        force: The same shape. Minus the slope of the loss along the path, except where no gradient
            flows: through detached weights, through the query as a parent of synthetics, and
            through the choice of the hard pool, which changes by steps. There the force is what
            training would do, and no slope of this loss.
    """

    loss: Tensor
    force: Tensor


def circle_path(angles: Sequence[float] | Tensor) -> Path:
    """Round the circle by degrees; above 0 is counterclockwise."""
    turns = torch.as_tensor(angles, dtype=torch.float64).deg2rad()
    cos, sin = turns.cos(), turns.sin()
    return Path(torch.stack([cos, sin], dim=1), torch.stack([-sin, cos], dim=1))


def great_circle_path(points: Points, angles: Sequence[float] | Tensor) -> Path:
    """Round the great circle through the query and its nearest negative, in any dimension.

    0 degrees is the query, above 0 is towards that negative. Samples that coincide with the query
    or with its antipode show no direction: then the next nearest is taken, then a positive, then
    the first axis that leads away.
    """
    q = points.query
    order = (points.negatives @ q).argsort(descending=True)
    axes = torch.eye(len(q), dtype=q.dtype)
    ways = torch.cat([points.negatives[order], points.positives, axes])
    ways = ways - (ways @ q)[:, None] * q
    lengths = ways.norm(dim=1)
    first = int((lengths > 1e-3).nonzero()[0, 0])
    ahead = ways[first] / lengths[first]
    turns = torch.as_tensor(angles, dtype=torch.float64).deg2rad()[:, None]
    cos, sin = turns.cos(), turns.sin()
    return Path(cos * q + sin * ahead, cos * ahead - sin * q)


def sphere_path(lons: Sequence[float], lats: Sequence[float]) -> Path:
    """All places of a grid in degrees, lat by lat: `(n_lats * n_lons, 3)`."""
    grid = [(lon, lat) for lat in lats for lon in lons]
    return Path(places_from_degrees(grid, "sphere"), None)


def landscape_of(
    points: Points,
    path: Path,
    loss: Loss,
    *,
    n_synthetic: int = 0,
    pool_size: int = 8,
    mixing: Mixing = "pair",
    seed: int = 0,
) -> Landscape:
    """Loss and force of the query at every place of `path`; the samples stay where they are.

    Synthetics are as in `cacr_core.forces.read`: made anew at each place from the same draws.
    """
    parts = _sights(points, path, n_synthetic, pool_size, mixing, seed)
    return _joined([_landscape(sight, loss) for sight in parts])


def sweep(
    points: Points,
    path: Path,
    loss: Loss,
    field: str,
    settings: Sequence[float],
    *,
    n_synthetic: int = 0,
    pool_size: int = 8,
    mixing: Mixing = "pair",
    seed: int = 0,
) -> Landscape:
    """`landscape_of` for each of `settings` of a numeric field of `loss`: `(setting, n)` each.

    The synthetics are the same for all: what is mixed does not depend on a loss.

    Raises:
        ValueError: The loss has no such field of numbers, or a setting is out of its range.
    """
    swept = [with_setting(loss, field, value) for value in settings]
    parts = _sights(points, path, n_synthetic, pool_size, mixing, seed)
    rows = [_joined([_landscape(sight, loss) for sight in parts]) for loss in swept]
    return Landscape(*(torch.stack(part) for part in zip(*rows, strict=True)))


def with_setting(loss: Any, field: str, value: float) -> Any:
    """The same loss with another value of one of its numbers, or of a name of a person's own.

    Raises:
        ValueError: It has no such number.
    """
    if (with_value := own(loss, "with_value")) is not None:
        return with_value(field, value)
    known = numbers(loss)
    if field not in known:
        raise ValueError(
            f"{type(loss).__name__} can be swept over {', '.join(known)}, got {field!r}."
        )
    return dataclasses.replace(loss, **{field: float(value)})


def minima(angles: Sequence[float] | Tensor, loss: Tensor) -> list[float]:
    """Degrees at which a loss `(n,)` on equal steps all the way round has a local minimum.

    Between the steps by the parabola through three of them. A flat stretch counts once, at its
    middle; a loss that is the same all round has none.
    """
    at = torch.as_tensor(angles, dtype=torch.float64).tolist()
    values, n = loss.tolist(), len(loss)
    dust = 1e-12 * max(1.0, *map(abs, values))
    rises = [values[(i + 1) % n] - values[i] for i in range(n)]
    steps = [i for i, rise in enumerate(rises) if abs(rise) > dust]
    found = []
    for i, after in zip(steps, steps[1:] + steps[:1], strict=True):
        fall, rise = -rises[i], rises[after]
        if fall > 0 and rise > 0:
            width = (after - i) % n  # how many are as low
            shift = 1 + (0.5 * (fall - rise) / (fall + rise) if width == 1 else (width - 1) / 2)
            found.append(_turned(at[i] + shift * (at[1] - at[0])))
    return sorted(found)


def rests(angles: Sequence[float] | Tensor, force: Tensor) -> list[float]:
    """Degrees at which a signed force `(n,)` brings a query to rest from either side.

    Where it falls through 0 between two steps. With detached weights these are not the minima of
    the loss.
    """
    at = torch.as_tensor(angles, dtype=torch.float64).tolist()
    dust = 1e-13 * force.abs().max()  # what rounding leaves where there is none
    values, step = torch.where(force.abs() > dust, force, 0.0).tolist(), at[1] - at[0]
    found = []
    for i, value in enumerate(values):
        after = values[(i + 1) % len(values)]
        if value > 0 >= after:
            found.append(_turned(at[i] + step * value / (value - after)))
    return sorted(found)


def each_query(loss: Loss, pairs: Pairs) -> tuple[Tensor, Pairs, Tensor]:
    """Loss `(n,)`, pulls c = 2 dL/dd and weights of negatives `(n, M)`, each row a query alone.

    A loss averages over its queries, some inside a logarithm: so it is called on one at a time.
    """

    def alone(pos: Tensor, neg: Tensor) -> tuple[Tensor, Tensor]:
        record = loss(Pairs(pos[None], neg[None]))
        return record.total, record.neg_weights[0]

    leaves = Pairs(*(d.detach().requires_grad_() for d in pairs))
    with torch.enable_grad():
        totals, weights = vmap(alone)(*leaves)
        grads = torch.autograd.grad(totals.sum(), leaves)
    return totals.detach(), Pairs(*(2 * grad for grad in grads)), weights.detach()


class _Sight(NamedTuple):
    """Some queries, their distances, and whatever of their samples is needed for forces."""

    path: Path
    pairs: Pairs
    points: Points
    synthetics: Tensor | None  # (n, n_synthetic, dim)


def _sights(
    points: Points, path: Path, n_synthetic: int, pool_size: int, mixing: Mixing, seed: int
) -> list[_Sight]:
    chunk = CHUNK if n_synthetic else len(path.places)
    sights = []
    for start in range(0, len(path.places), chunk):
        tangents = None if path.tangents is None else path.tangents[start : start + chunk]
        part = Path(path.places[start : start + chunk], tangents)
        pairs, made = pairs_of(
            points,
            part.places,
            n_synthetic=n_synthetic,
            pool_size=pool_size,
            mixing=mixing,
            seed=seed,
        )
        sights.append(_Sight(part, pairs, points, None if made is None else made.embeddings))
    return sights


def _landscape(sight: _Sight, loss: Loss) -> Landscape:
    totals, pulls, _ = each_query(loss, sight.pairs)
    n_real = len(sight.points.negatives)
    force = torch.addmm(
        pulls.pos @ sight.points.positives, pulls.neg[:, :n_real], sight.points.negatives
    )
    if sight.synthetics is not None:
        force = force + (pulls.neg[:, None, n_real:] @ sight.synthetics)[:, 0]
    places, tangents = sight.path
    if tangents is not None:
        return Landscape(totals, (force * tangents).sum(1))
    radial = (force * places).sum(1, keepdim=True) * places
    return Landscape(totals, (force - radial).norm(dim=1))


def _joined(parts: list[Landscape]) -> Landscape:
    return Landscape(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _turned(angle: float) -> float:
    """The same angle in [0, 360)."""
    return angle % 360 % 360
