"""Two negatives and everything between them: where a mix stands and how a loss pulls it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core.forces.landscape import each_query
from cacr_core.forces.points import Points
from cacr_core.losses import Loss
from cacr_core.pairs import Pairs
from cacr_core.pairs.views import sq_dist

SHORTEST = 1e-3  # a mix of antipodal parents shorter than this has no direction


class Chord(NamedTuple):
    r"""Mixes of negatives a and b, a row for each share.

    $h = (\lambda n_a + (1 - \lambda) n_b) / \rho$. With m the similarity before, that after is
    $m / \rho$: a mix nearer than a right angle to the query is made harder by normalising, one
    farther away easier.

    Attributes:
        shares: `(n,)`, $\lambda$ from 0 (all b) to 1 (all a).
        before: `(n, dim)`, on the chord.
        after: `(n, dim)`, normalised; NaN where antipodal parents cancel.
        lengths: `(n,)`, of `before`: $\rho$ in (0, 1].
        similarity_before: `(n,)`, m: the query times `before`.
        similarity_after: `(n,)`, the mix's cosine; NaN where there is no mix.
        weights: `(n,)`, what the loss attends to it as its one synthetic, last of the negatives.
        pulls: `(n,)`, c = 2 dL/dd on it; NaN where there is no mix.
        credits: `(n, 2)`, that pull as put on a and on b.
        parents: Cosines of a and of b.
    """

    shares: Tensor
    before: Tensor
    after: Tensor
    lengths: Tensor
    similarity_before: Tensor
    similarity_after: Tensor
    weights: Tensor
    pulls: Tensor
    credits: Tensor
    parents: tuple[float, float]


def chord_of(points: Points, a: int, b: int, loss: Loss, *, n_shares: int = 101) -> Chord:
    """How `loss` would take each mix of negatives `a` and `b` as the query's only synthetic.

    Raises:
        ValueError: A negative that is not there.
    """
    n_neg = len(points.negatives)
    for parent in (a, b):
        if not 0 <= parent < n_neg:
            raise ValueError(
                f"Parents must be negatives 0 to {n_neg - 1}, got {parent}. Choose one of them."
            )
    ends = points.negatives[[a, b]]
    shares = torch.linspace(0, 1, n_shares, dtype=torch.float64)
    before = torch.lerp(ends[1], ends[0], shares[:, None])
    lengths = before.norm(dim=1)
    gone = lengths < SHORTEST
    after = torch.where(gone[:, None], ends[1], before / lengths[:, None])  # a stand-in, not NaN

    query = points.query[None]
    pos = sq_dist(query, points.positives).expand(n_shares, -1)
    neg = sq_dist(query, points.negatives).expand(n_shares, -1)
    _, pulls, weights = each_query(loss, Pairs(pos, torch.cat([neg, sq_dist(after, query)], dim=1)))
    pull = pulls.neg[:, -1] / torch.where(gone, torch.nan, 1.0)
    credits = torch.stack([shares, 1 - shares], dim=1) * (pull / lengths)[:, None]
    after = torch.where(gone[:, None], torch.nan, after)
    s_a, s_b = (ends @ points.query).tolist()
    return Chord(
        shares=shares,
        before=before,
        after=after,
        lengths=lengths,
        similarity_before=before @ points.query,
        similarity_after=after @ points.query,
        weights=torch.where(gone, torch.nan, weights[:, -1]),
        pulls=pull,
        credits=credits,
        parents=(s_a, s_b),
    )
