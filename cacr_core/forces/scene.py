"""One query with its positives and negatives on a sphere: weights, pulls and arrows of a loss."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core.forces.points import Points
from cacr_core.losses import Loss, LossRecord, pair_pulls
from cacr_core.metrics import effective_number
from cacr_core.pairs import Mixing, Pairs, Synthetic, with_synthetic_negatives
from cacr_core.pairs.views import sq_dist

STILL_WITHIN = 0.05  # degrees: nearer to the query, or to its antipode, a mark has no arrow to see


class Mixture(NamedTuple):
    """Synthetic negatives of each query: how many, from how many, mixed how."""

    n_synthetic: int = 0
    pool_size: int = 32
    mixing: Mixing = "pair"


class Marks(NamedTuple):
    """What a loss makes of one group of samples, a row each.

    Attributes:
        places: `(n, dim)`.
        weights: `(n,)`, what the loss attends to; positives sum to 1, and negatives together with
            synthetics.
        pulls: `(n,)`, c = 2 dL/dd = -dL/ds: above 0 draws the query and the mark together, below 0
            drives them apart.
        distances: `(n,)`, squared, in [0, 4].
        similarities: `(n,)`, cosines.
        angles: `(n,)`, degrees from the query, in [0, 180].
        arrows: `(n, dim)`, c P_q(x): how the mark moves the query; length |c| sin(angle).
        still: For each mark "coincident" or "antipodal" when there is no direction to move in,
            whatever its pull; else None.
    """

    places: Tensor
    weights: Tensor
    pulls: Tensor
    distances: Tensor
    similarities: Tensor
    angles: Tensor
    arrows: Tensor
    still: tuple[str | None, ...]


class Mixes(NamedTuple):
    r"""Where the synthetic negatives of a query come from, a row each.

    $h = (\lambda n_a + (1 - \lambda) n_b) / \rho$. As $P_q(h)$ is the same mix of $P_q(n_a)$ and
    $P_q(n_b)$ over $\rho$, a pull c on h moves the query as pulls $c \lambda / \rho$ and
    $c (1 - \lambda) / \rho$ on the parents would. What a mixing adds to its parents (noise, signs)
    is credited to nobody.

    Attributes:
        before: `(n, dim)`, before normalising: on the line through the parents, but for what is
            added to them.
        lengths: `(n,)`, of `before`: $\rho$.
        parents: `(n, 2)`, indices into the negatives; -1 is the query.
        coefficients: `(n,)`, the share of parent 0, below 0 when extrapolated; `(n, dim)` when
            mixed per dimension.
        credits: `(n, 2)`, the pull as put on each parent; 0 for the query, which cannot move
            itself. None when mixed per dimension: a pull on such a mix is not one of pulls on its
            parents.
    """

    before: Tensor
    lengths: Tensor
    parents: Tensor
    coefficients: Tensor
    credits: Tensor | None


class Reading(NamedTuple):
    """A loss read at one query. Only the query moves: this is its own loss.

    Attributes:
        total, attraction, repulsion: The loss and its two parts.
        positives, negatives: `Marks`.
        synthetics, mixes: `Marks` of the synthetic negatives and where they come from, or None.
        credited: `(M,)`, pulls of the negatives with what their synthetics are credited to them;
            None when that is not defined (mixed per dimension).
        in_pool: `(M,)` bool, negatives a synthetic's first parent may be drawn from; all False
            without synthetics.
        pool: A sentence when the pool holds fewer negatives than were asked for, or None.
        attraction_arrow: `(dim,)`, sum over the positives.
        repulsion_arrow: `(dim,)`, sum over negatives and synthetics.
        resultant: `(dim,)`, sum of both; at right angles to the query.
        strength: Its length.
        turn: On the circle the resultant, above 0 counterclockwise; else None.
        effective: How many equally weighed negatives would have the entropy of these weights.
        n_negatives: Negatives and synthetics, the most `effective` can be.
        clamped: Whether the debiasing clamp silences the negatives (for one positive at least).
        pairs: The distances that the loss was called on, synthetics last.
        record: What it made of them.
    """

    total: float
    attraction: float
    repulsion: float
    positives: Marks
    negatives: Marks
    synthetics: Marks | None
    mixes: Mixes | None
    credited: Tensor | None
    in_pool: Tensor
    pool: str | None
    attraction_arrow: Tensor
    repulsion_arrow: Tensor
    resultant: Tensor
    strength: float
    turn: float | None
    effective: float
    n_negatives: int
    clamped: bool
    pairs: Pairs
    record: LossRecord


def read(
    points: Points,
    loss: Loss,
    *,
    n_synthetic: int = 0,
    pool_size: int = 8,
    mixing: Mixing = "pair",
    seed: int = 0,
) -> Reading:
    """Weights, pulls and arrows of `loss` at the query of `points`.

    Args:
        n_synthetic: Negatives mixed from the query's nearest ones; 0 for none.
        pool_size: How many of the nearest negatives may become parents; no more than there are.
        mixing: A key of `cacr_core.pairs.MIXINGS`.
        seed: Of the synthetics' draws, which stay the same while the points move.
    """
    n_pos, n_neg = len(points.positives), len(points.negatives)
    mixture = Mixture(n_synthetic, pool_size, mixing)
    pairs, made = pairs_of(points, points.query[None], **mixture._asdict(), seed=seed)
    record, pulls = loss(pairs), pair_pulls(loss, pairs)

    places = torch.cat([points.positives, points.negatives, *(made.embeddings if made else ())])
    every = _marks(
        points.query,
        places,
        torch.cat([record.pos_weights[0], record.neg_weights[0]]),
        2 * torch.cat([pulls.pos[0], pulls.neg[0]]),
        torch.cat([pairs.pos[0], pairs.neg[0]]),
    )
    negatives = _rows(every, n_pos, n_pos + n_neg)
    synthetics = mixes = None
    if made is not None:
        synthetics = _rows(every, n_pos + n_neg, len(every.places))
        mixes = _mixes(made, synthetics.pulls, n_samples=n_neg)

    drawn, driven = every.arrows[:n_pos].sum(0), every.arrows[n_pos:].sum(0)
    resultant = drawn + driven
    return Reading(
        total=float(record.total),
        attraction=float(record.attraction),
        repulsion=float(record.repulsion),
        positives=_rows(every, 0, n_pos),
        negatives=negatives,
        synthetics=synthetics,
        mixes=mixes,
        credited=_credited(negatives.pulls, mixes),
        in_pool=_in_pool(pairs.neg[0, :n_neg], *mixture),
        pool=_pool_note(n_neg, *mixture),
        attraction_arrow=drawn,
        repulsion_arrow=driven,
        resultant=resultant,
        strength=float(resultant.norm()),
        turn=_turn(points.query, resultant),
        effective=float(effective_number(record.neg_weights)),
        n_negatives=len(every.places) - n_pos,
        clamped=bool(record.clamped),
        pairs=pairs,
        record=record,
    )


def pairs_of(
    points: Points,
    queries: Tensor,
    *,
    n_synthetic: int = 0,
    pool_size: int = 8,
    mixing: Mixing = "pair",
    seed: int = 0,
) -> tuple[Pairs, Synthetic | None]:
    """Distances of each of `queries` `(n, dim)` to the samples of `points`, and its synthetics.

    Each stands alone with the positives and negatives of `points`, and all get the same draws.
    Parents index `[queries, queries, negatives]`.
    """
    pairs = Pairs(sq_dist(queries, points.positives), sq_dist(queries, points.negatives))
    if n_synthetic == 0:
        return pairs, None
    return with_synthetic_negatives(
        pairs,
        queries.expand(2, *queries.shape) if len(queries) > 1 else queries.expand(2, 2, -1),
        n_synthetic=n_synthetic,
        pool_size=min(pool_size, len(points.negatives)),
        mixing=mixing,
        generator=torch.Generator().manual_seed(seed),
        queries=torch.arange(len(queries)),
        queue=points.negatives,
        shared_draws=True,
    )


def _marks(
    query: Tensor, places: Tensor, weights: Tensor, pulls: Tensor, distances: Tensor
) -> Marks:
    similarities, angles, arrows = around(query, places, pulls)
    still = tuple(
        "coincident" if a < STILL_WITHIN else "antipodal" if a > 180 - STILL_WITHIN else None
        for a in angles.tolist()
    )
    return Marks(places, weights, pulls, distances, similarities, angles, arrows, still)


def around(query: Tensor, places: Tensor, pulls: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where places lie as seen from the query: cosines, degrees, and arrows as `Marks` has them."""
    similarities = places @ query
    tangents = places - similarities[:, None] * query
    angles = torch.atan2(tangents.norm(dim=1), similarities).rad2deg()
    return similarities, angles, pulls[:, None] * tangents


def _rows(marks: Marks, start: int, stop: int) -> Marks:
    rows = {name: part[start:stop] for name, part in marks._asdict().items()}
    return Marks(**rows)


def _mixes(made: Synthetic, pulls: Tensor, n_samples: int) -> Mixes:
    parents, coefficients = made.parents[0], made.coefficients[0]
    before = made.mixed[0]
    lengths = before.norm(dim=1)
    # the samples are the query, some times, and then the negatives
    parents = (parents - (len(made.samples) - n_samples)).clamp_min(-1)
    credits = None
    if coefficients.dim() == 1:
        shares = torch.stack([coefficients, 1 - coefficients], dim=1)
        credits = shares * (pulls / lengths)[:, None]
        credits = torch.where(parents < 0, 0.0, credits)
    return Mixes(before, lengths, parents, coefficients, credits)


def _credited(pulls: Tensor, mixes: Mixes | None) -> Tensor | None:
    """Pulls of the negatives with what their synthetics are credited to them."""
    if mixes is None:
        return pulls
    if mixes.credits is None:
        return None
    real = mixes.parents >= 0
    return pulls.index_add(0, mixes.parents[real], mixes.credits[real])


def _turn(query: Tensor, resultant: Tensor) -> float | None:
    if len(query) != 2:
        return None
    (x, y), (fx, fy) = query.tolist(), resultant.tolist()
    return x * fy - y * fx


def _in_pool(distances: Tensor, n_synthetic: int, pool_size: int, mixing: Mixing) -> Tensor:
    inside = torch.zeros_like(distances, dtype=torch.bool)
    if n_synthetic == 0:
        return inside
    if mixing == "random":
        return ~inside
    nearest = distances.topk(min(pool_size, len(distances)), largest=False, sorted=False)
    inside[nearest.indices] = True
    return inside


def _pool_note(n_neg: int, n_synthetic: int, pool_size: int, mixing: Mixing) -> str | None:
    if n_synthetic == 0 or pool_size <= n_neg or mixing == "random":
        return None
    all_of_them = "the only negative" if n_neg == 1 else f"all {n_neg} negatives"
    return f"The hard pool holds {all_of_them}; {pool_size} were asked for."
