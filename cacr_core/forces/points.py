"""A query, its positives and its negatives, as unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Surface = Literal["circle", "sphere"]


@dataclass(frozen=True)
class Points:
    """A query and its samples, unit rows, raised to float64.

    Args:
        query: `(dim,)`.
        positives: `(K, dim)`.
        negatives: `(M, dim)`.

    Raises:
        ValueError: Shapes that do not fit, a group without a point, or a row that is not of
            length 1.
    """

    query: Tensor
    positives: Tensor
    negatives: Tensor

    def __post_init__(self) -> None:
        if self.query.dim() != 1 or len(self.query) < 2:
            raise ValueError(
                "A query must be one point of 2 dimensions or more, got shape "
                f"{tuple(self.query.shape)}."
            )
        for name in ("positives", "negatives"):
            group = getattr(self, name)
            if group.dim() != 2 or len(group) == 0 or group.shape[1] != len(self.query):
                raise ValueError(
                    f"{name} must be (n, {len(self.query)}) with at least one point, got shape "
                    f"{tuple(group.shape)}."
                )
        rows = torch.cat([self.query[None], self.positives, self.negatives]).detach().double()
        lengths = rows.norm(dim=1, keepdim=True)
        off = float((lengths - 1).abs().max())
        if not off < 1e-5:  # NaN is off too
            raise ValueError(
                f"Points must be unit vectors, got one whose length is off by {off:.3g}. "
                "Divide each by its length."
            )
        rows = rows / lengths
        object.__setattr__(self, "query", rows[0])
        object.__setattr__(self, "positives", rows[1 : 1 + len(self.positives)])
        object.__setattr__(self, "negatives", rows[1 + len(self.positives) :])


def points_from_degrees(
    query: Sequence[float],
    positives: Sequence[Sequence[float]],
    negatives: Sequence[Sequence[float]],
    surface: Surface,
) -> Points:
    """Points given as `[lon, lat]` in degrees, lon counterclockwise from the right.

    On the circle lat is not looked at and may be left out; further entries never are.
    """
    places = places_from_degrees([query, *positives, *negatives], surface)
    return Points(places[0], places[1 : 1 + len(positives)], places[1 + len(positives) :])


def places_from_degrees(points: Sequence[Sequence[float]], surface: Surface) -> Tensor:
    """`(n, 2)` on the circle, `(n, 3)` on the sphere."""
    if surface == "circle":
        lon = torch.tensor([point[0] for point in points], dtype=torch.float64).deg2rad()
        return torch.stack([lon.cos(), lon.sin()], dim=1)
    if surface != "sphere":
        raise ValueError(f"surface must be 'circle' or 'sphere', got {surface!r}.")
    turns = torch.tensor([point[:2] for point in points], dtype=torch.float64).deg2rad()
    (lon, lat), (cos_lon, cos_lat) = turns.sin().T, turns.cos().T
    return torch.stack([cos_lat * cos_lon, cos_lat * lon, lat], dim=1)
