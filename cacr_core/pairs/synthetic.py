"""Synthetic negatives: made from the nearest negatives of each query, appended to its pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core.pairs.mixings import MIXINGS, Candidates, Mixing, by_turn
from cacr_core.pairs.pool import may_read
from cacr_core.pairs.random_numbers import Draws, draw
from cacr_core.pairs.views import Pairs, checked, negative_at


@dataclass(frozen=True)
class Synthetic:
    """Synthetic negatives and where they came from. None of it carries a gradient.

    Unpacks into `parents, coefficients, embeddings`; the embeddings are made when asked for.

    Attributes:
        parents: `(query, n, 2)`, indices into `z.flatten(0, 1)`, with a queue into
            `torch.cat([z.flatten(0, 1), queue])`. One of them may be the query itself; both are
            the same where there is only one.
        coefficients: `(query, n)`, what parent 0 counts before normalising; parent 1 counts the
            rest. In [0, 1], but from -0.5 to 0 when extrapolated: parent 0 is the query then, and
            the rest is SynCo's beta. `(query, n, dim)` when mixed per dimension.
        samples: `(view * item, dim)`, or with a queue `(view * item + n, dim)`: what the parents
            index.
        offsets: `(query, n, dim)`, what is added before normalising (noise, signs); None for none.
    """

    parents: Tensor
    coefficients: Tensor
    samples: Tensor
    offsets: Tensor | None = None

    @property
    def mixed(self) -> Tensor:
        """`(query, n, dim)`, not normalised."""
        weight = self.coefficients
        if weight.dim() == 2:
            weight = weight[..., None]
        a, b = self.samples[self.parents[..., 0]], self.samples[self.parents[..., 1]]
        between = torch.lerp(b, a, weight)
        return between if self.offsets is None else between + self.offsets

    @property
    def embeddings(self) -> Tensor:
        """`(query, n, dim)`, unit rows."""
        return normalize(self.mixed, dim=-1)

    def __iter__(self) -> Iterator[Tensor]:
        yield from (self.parents, self.coefficients, self.embeddings)


def with_synthetic_negatives(
    pairs: Pairs,
    z: Tensor,
    *,
    n_synthetic: int,
    pool_size: int,
    mixing: Mixing = "pair",
    generator: torch.Generator | None = None,
    queries: Tensor | None = None,
    queue: Tensor | None = None,
    shared_draws: bool = False,
    draws: Draws | None = None,
) -> tuple[Pairs, Synthetic]:
    r"""Widen `pairs.neg` by negatives made from the nearest ones of each query.

    $h = (\lambda n_a + (1 - \lambda) n_b) / \|\cdot\|$, with $n_a, n_b$ drawn with replacement from
    the `pool_size` nearest negatives and $\lambda$ uniform in (0, 1); `MIXINGS` has the other ways.
    Gradient reaches the query, not the parents. The draws are made view by view and synthetic by
    synthetic: fewer synthetics or fewer views draw a prefix of more.

    Args:
        pairs: `pair_views(z)` with all views as negatives, or `pairs_of_queries(z, queries)`; with
            a queue `pair_with_queue(z, keys, queue)`, with or without the batch, or all-view pairs
            whose `neg` the distances to the queue were appended to.
        z: `(view, item, dim)`, unit rows.
        n_synthetic: How many for each query (the paper's k). They stand last in `neg`.
        pool_size: How many of the nearest negatives may become parents (the paper's s); smaller
            is harder.
        mixing: How they are made, a key of `MIXINGS`.
        generator: Where every random number comes from.
        queries: `(query,)`, the queries that the rows of `pairs` stand for; all when None.
        queue: `(n, dim)`, the queue that the last n columns of `pairs.neg` stand for. The draws
            are those made without a queue; the pool they rank is another.
        shared_draws: Whether every query gets the same draws: queries with the same pool then have
            the same synthetics, and a query that moves keeps its own until its pool changes.
        draws: What was drawn before for these queries, instead of drawing.

    Raises:
        ValueError: The pool is larger than the negatives, or `pairs` are not all-view pairs, or
            not those of this queue.
    """
    batch = _Batch(checked(z), queries, queue)
    _check(pairs, batch, n_synthetic, pool_size, mixing)
    if draws is None:
        draws = _drawn(batch, n_synthetic, mixing, generator, shared_draws)
    with torch.no_grad():
        candidates = Candidates(
            pairs.neg, batch.rows, pool_size, batch.sample_at(pairs.neg.shape[1])
        )
        parents = _parents(mixing, draws, candidates)
    distances, synthetic = _measured(batch, mixing, draws, parents)
    return Pairs(pairs.pos, torch.cat([pairs.neg, distances], dim=1)), synthetic


class _Batch:
    """The queries of a batch, and the samples that their parents are among."""

    def __init__(self, z: Tensor, queries: Tensor | None, queue: Tensor | None) -> None:
        flat = z.flatten(0, 1)
        self.n_views, self.n_items, self.dim = z.shape
        self.everyone = queries is None
        self.rows = torch.arange(len(flat), device=z.device) if queries is None else queries
        self.query = flat if queries is None else flat[queries]
        self.samples = z.detach().flatten(0, 1)
        self.n_queued = 0 if queue is None else len(queue)
        if queue is not None:
            self.samples = torch.cat([self.samples, queue.detach().to(z)])

    @property
    def n_all_views(self) -> int:
        """Negatives of a query from all views of the other items."""
        return self.n_views * (self.n_items - 1)

    def sample_at(self, n_neg: int) -> Callable[[Tensor], Tensor]:
        """Which sample a column of `neg` stands for: the batch's columns, then the queue's."""
        n_batch = n_neg - self.n_queued
        item = (self.rows % self.n_items)[:, None]
        view = (self.rows // self.n_items)[:, None]

        def sample(columns: Tensor) -> Tensor:
            if not self.n_queued:
                return negative_at(columns, item, self.n_items)
            if n_batch == self.n_all_views:
                in_view = negative_at(columns.clamp_max(n_batch - 1), item, self.n_items)
            else:
                in_view = view * self.n_items + columns + (columns >= item)
            in_queue = self.n_views * self.n_items + columns - n_batch
            return torch.where(columns < n_batch, in_view, in_queue)

        return sample


def _check(pairs: Pairs, batch: _Batch, n_synthetic: int, pool_size: int, mixing: Mixing) -> None:
    shape, n_queries, n_queued = tuple(pairs.neg.shape), len(batch.rows), batch.n_queued
    whole = (n_queries, batch.n_all_views + n_queued)
    own_view = [(n_queries, n_queued), (n_queries, batch.n_items - 1 + n_queued)]
    if n_queued and shape not in (whole, *own_view):
        raise ValueError(
            "Synthetic negatives with a queue need pairs from pair_with_queue, that is neg of "
            f"shape {own_view[0]} or {own_view[1]}, got {shape}. Give the same queue to both."
        )
    if not n_queued and shape != whole:
        raise ValueError(
            "Synthetic negatives need pairs with all views as negatives, that is neg of shape "
            f"{whole}, got {shape}. Use negatives='all_views'."
        )
    if n_synthetic < 1 or pool_size < 1:
        raise ValueError(
            f"n_synthetic and pool_size must be 1 or more, got {n_synthetic} and {pool_size}."
        )
    if pool_size > shape[1]:
        raise ValueError(
            f"The hard pool cannot be larger than the {shape[1]} negatives of a query, got "
            f"pool_size {pool_size}. Lower it, or enlarge the batch."
        )
    if mixing not in MIXINGS:
        raise ValueError(f"mixing must be one of {', '.join(MIXINGS)}, got {mixing!r}.")


def _drawn(
    batch: _Batch,
    n_synthetic: int,
    mixing: Mixing,
    generator: torch.Generator | None,
    shared: bool,
) -> Draws:
    """The draws of every query, a stream for each view; with shared draws the same for all."""
    n_queries, z = len(batch.rows), batch.samples
    n_drawn = 1 if shared else n_queries
    by_view = n_drawn // batch.n_views if batch.everyone and not shared else n_drawn
    n_blocks = 1 + (n_drawn - 1) // by_view
    sampler = MIXINGS[mixing].sampler
    drawn = draw(n_blocks, by_view, n_synthetic, batch.dim, sampler, generator)
    at_once = z.device.type != "mps"  # which would read the numbers when they may be gone
    ranks = drawn.ranks.to(z.device, non_blocking=at_once)  # as drawn: the same in any precision
    drawn = drawn.each(lambda n: n.to(z.device, z.dtype, non_blocking=at_once))
    drawn = drawn._replace(ranks=ranks)
    return drawn.each(lambda n: n.expand(n_queries, *n.shape[1:])) if shared else drawn


def _parents(mixing: Mixing, draws: Draws, of: Candidates) -> Tensor:
    turns = by_turn(mixing, draws)
    return _in_turn([torch.stack(rule.parents(of, own.ranks), dim=-1) for rule, own in turns])


def _coefficients(mixing: Mixing, draws: Draws) -> Tensor:
    return _in_turn([rule.coefficients(own) for rule, own in by_turn(mixing, draws)])


def _offsets(mixing: Mixing, draws: Draws, query: Tensor) -> Tensor | None:
    turns = by_turn(mixing, draws)
    if all(rule.offsets is None for rule, _ in turns):
        return None
    nothing = query.new_zeros(*draws.shares.shape[:1], 1, query.shape[1])
    return _in_turn(
        [
            rule.offsets(own, query)
            if rule.offsets
            else nothing.expand(-1, own.shares.shape[1], -1)
            for rule, own in turns
        ]
    )


def _in_turn(parts: list[Tensor]) -> Tensor:
    """`(query, n_i, ...)` of each rule -> `(query, n, ...)`, one of each after the other."""
    if len(parts) == 1:
        return parts[0]
    n, longest, last = sum(part.shape[1] for part in parts), parts[0].shape[1], parts[0][:, -1:]
    alike = [part if part.shape[1] == longest else torch.cat([part, last], 1) for part in parts]
    return torch.stack(alike, 2).flatten(1, 2)[:, :n]


def _measured(
    batch: _Batch, mixing: Mixing, draws: Draws, parents: Tensor
) -> tuple[Tensor, Synthetic]:
    """`(query, n)` squared distances to the synthetics, and these.

    q (l a + (1 - l) b) / |.| comes from the parents' own similarities, without mixed vectors, where
    a coefficient counts for all dimensions and nothing is added.
    """
    query, samples = batch.query, batch.samples
    with torch.autocast(samples.device.type, enabled=False):
        with torch.no_grad():
            coefficients = _coefficients(mixing, draws)
            offsets = _offsets(mixing, draws, query)
        if coefficients.dim() == 3:
            synthetic = Synthetic(parents, coefficients, samples, offsets)
            mixed = (synthetic.embeddings @ query[..., None])[..., 0]
            return (2 - 2 * mixed).clamp_min(0), synthetic
        similarity = query @ samples.T
        with torch.no_grad():
            cosine = _cosine_of_parents(batch, parents, similarity)
            coefficients, length = _not_cancelled(mixing, draws, coefficients, cosine)
        synthetic = Synthetic(parents, coefficients, samples, offsets)
        if offsets is None:
            to_parents = similarity.gather(1, parents.flatten(1)).view(parents.shape)
            mixed = torch.lerp(to_parents[..., 1], to_parents[..., 0], coefficients) / length
        else:
            mixed = (synthetic.embeddings @ query[..., None])[..., 0]
    return (2 - 2 * mixed).clamp_min(0), synthetic


def _cosine_of_parents(batch: _Batch, parents: Tensor, similarity: Tensor) -> Tensor:
    a, b = parents[..., 0], parents[..., 1]
    if batch.everyone and not batch.n_queued:
        return similarity[a, b]
    # of a few queries or a queue only the parents' own products: all pairs are far more
    return (batch.samples[a] * batch.samples[b]).sum(-1)


def _not_cancelled(
    mixing: Mixing, draws: Draws, coefficients: Tensor, cosine: Tensor
) -> tuple[Tensor, Tensor]:
    """Coefficients and lengths of the mixes; antipodal parents that cancel: half-way round."""
    length = _mixed_length(coefficients, cosine)
    cancelled = length < 1e-3
    if may_read(length) and not cancelled.any():
        return coefficients, length
    around = _coefficients(mixing, draws._replace(shares=(draws.shares + 0.5) % 1))
    coefficients = torch.where(cancelled, around, coefficients)
    return coefficients, torch.where(cancelled, _mixed_length(coefficients, cosine), length)


def _mixed_length(coefficients: Tensor, cosine: Tensor) -> Tensor:
    """Length of l a + (1 - l) b for unit vectors a and b with the given cosine."""
    return (1 - 2 * coefficients * (1 - coefficients) * (1 - cosine)).clamp_min(0).sqrt()
