"""Synthetic negatives: mixed from the nearest negatives of each query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core.pairs.views import Pairs, checked, negative_at

Mixing = Literal["pair", "resample", "hard_easy", "random", "per_dimension", "query"]
MIXINGS: dict[str, str] = {
    "pair": "two of the hardest negatives",
    "resample": "one of the hardest again, unmixed (the released code as uploaded)",
    "hard_easy": "one of the hardest with one of the easiest",
    "random": "two negatives at random",
    "per_dimension": "two of the hardest, a coefficient for each dimension",
    "query": "the query itself with one of the hardest",
}


@dataclass(frozen=True)
class Synthetic:
    """Synthetic negatives and where they came from. None of it carries a gradient.

    Unpacks into `parents, coefficients, embeddings`; the embeddings are made when asked for.

    Attributes:
        parents: `(query, n, 2)`, indices into `z.flatten(0, 1)`, with a queue into
            `torch.cat([z.flatten(0, 1), queue])`.
        coefficients: `(query, n)`, in [0, 1], what parent 0 counts before normalising; parent 1
            counts the rest. `(query, n, dim)` when mixed per dimension.
        samples: `(view * item, dim)`, or with a queue `(view * item + n, dim)`: what the parents
            index.
    """

    parents: Tensor
    coefficients: Tensor
    samples: Tensor

    @property
    def embeddings(self) -> Tensor:
        """`(query, n, dim)`, unit rows."""
        weight = self.coefficients
        if weight.dim() == 2:
            weight = weight[..., None]
        a, b = self.samples[self.parents[..., 0]], self.samples[self.parents[..., 1]]
        return normalize(torch.lerp(b, a, weight), dim=-1)

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
) -> tuple[Pairs, Synthetic]:
    r"""Widen `pairs.neg` by negatives mixed from the nearest ones of each query.

    $h = (\lambda n_a + (1 - \lambda) n_b) / \|\cdot\|$, with $n_a, n_b$ drawn with replacement from
    the `pool_size` nearest negatives and $\lambda$ uniform in (0, 1). Gradient reaches the query,
    not the parents. The draws (two ranks and a coefficient for each synthetic) are made view by
    view and synthetic by synthetic: fewer synthetics or fewer views draw a prefix of more.

    Source: Dong et al. 2023, https://arxiv.org/abs/2304.02971; dhkdhk/SSCL@c4c5e0b.

    Args:
        pairs: `pair_views(z)` with all views as negatives, or `pairs_of_queries(z, queries)`; with
            a queue `pair_with_queue(z, keys, queue)`, with or without the batch, or all-view pairs
            whose `neg` the distances to the queue were appended to.
        z: `(view, item, dim)`, unit rows.
        n_synthetic: How many for each query (the paper's k). They stand last in `neg`.
        pool_size: How many of the nearest negatives may become parents (the paper's s); smaller
            is harder.
        mixing: What is mixed, a key of `MIXINGS`.
        generator: Where every random number comes from.
        queries: `(query,)`, the queries that the rows of `pairs` stand for; all when None.
        queue: `(n, dim)`, the queue that the last n columns of `pairs.neg` stand for. The draws
            are those made without a queue; the pool they rank is another.
        shared_draws: Whether every query gets the same ranks and coefficients, and its pool keeps
            the order of the columns: queries with the same pool then have the same synthetics, and
            a query that moves keeps its own until its pool changes.

    Raises:
        ValueError: The pool is larger than the negatives, or `pairs` are not all-view pairs, or
            not those of this queue.
    """
    z = checked(z)
    n_views, n_items, dim = z.shape
    everyone = queries is None
    if queries is None:
        queries = torch.arange(n_views * n_items, device=z.device)
    n_neg = n_views * (n_items - 1)
    if queue is not None:
        n_neg = _n_with_queue(pairs, queue, len(queries), z.shape)
    elif pairs.neg.shape != (len(queries), n_neg):
        raise ValueError(
            "Synthetic negatives need pairs with all views as negatives, that is neg of shape "
            f"{(len(queries), n_neg)}, got {tuple(pairs.neg.shape)}. Use negatives='all_views'."
        )
    if n_synthetic < 1 or pool_size < 1:
        raise ValueError(
            f"n_synthetic and pool_size must be 1 or more, got {n_synthetic} and {pool_size}."
        )
    if pool_size > n_neg:
        raise ValueError(
            f"The hard pool cannot be larger than the {n_neg} negatives of a query, got pool_size "
            f"{pool_size}. Lower it, or enlarge the batch."
        )
    if mixing not in MIXINGS:
        raise ValueError(f"mixing must be one of {', '.join(MIXINGS)}, got {mixing!r}.")

    per_dimension = mixing == "per_dimension"
    n_drawn = 1 if shared_draws else len(queries)
    by_view = n_drawn // n_views if everyone and not shared_draws else n_drawn
    ranks, coefficients = _draws(
        1 + (n_drawn - 1) // by_view, by_view, n_synthetic, dim, per_dimension, generator
    )
    if shared_draws:
        ranks, coefficients = (
            drawn.expand(len(queries), *drawn.shape[1:]) for drawn in (ranks, coefficients)
        )
    ranks, coefficients = ranks.to(z.device), coefficients.to(z.device, z.dtype)

    with torch.no_grad():
        item = (queries % n_items)[:, None]
        hard = pairs.neg.topk(pool_size, dim=1, largest=False, sorted=False).indices
        pools = [hard, hard]
        if mixing == "random":
            pools = [torch.arange(n_neg, device=z.device).expand(len(queries), n_neg)] * 2
        elif mixing == "hard_easy":
            pools[1] = pairs.neg.topk(pool_size, dim=1).indices
        if shared_draws:
            pools = [pool.sort(dim=1).values for pool in pools]
        columns = [
            pool.gather(1, (ranks[..., side] * pool.shape[1]).long())
            for side, pool in enumerate(pools)
        ]
        parents = torch.stack(columns, dim=-1)
        if queue is None:
            parents = negative_at(parents, item[..., None], n_items)
        else:
            view = (queries // n_items)[:, None, None]
            n_batch = n_neg - len(queue)
            if n_batch == n_views * (n_items - 1):
                in_view = negative_at(parents.clamp_max(n_batch - 1), item[..., None], n_items)
            else:
                in_view = view * n_items + parents + (parents >= item[..., None])
            in_queue = n_views * n_items + parents - n_batch
            parents = torch.where(parents < n_batch, in_view, in_queue)
        if mixing == "resample":
            parents[..., 1] = parents[..., 0]
            coefficients = torch.ones_like(coefficients)
        elif mixing == "query":
            parents[..., 1], parents[..., 0] = parents[..., 0].clone(), queries[:, None]
    query = z.flatten(0, 1) if everyone else z.flatten(0, 1)[queries]
    samples = z.detach().flatten(0, 1)
    if queue is not None:
        samples = torch.cat([samples, queue.detach().to(z)])
    with torch.autocast(z.device.type, enabled=False):
        similarity = query @ samples.T
    with torch.no_grad():
        if not per_dimension:
            a, b = parents[..., 0], parents[..., 1]
            # of a few queries or a queue only the parents' own products: all pairs are far more
            all_known = everyone and queue is None
            cosine = similarity[a, b] if all_known else (samples[a] * samples[b]).sum(-1)
            length = _mixed_length(coefficients, cosine)
            cancelled = length < 1e-3  # antipodal parents: mix them half-way round instead
            coefficients = torch.where(cancelled, (coefficients + 0.5) % 1, coefficients)
            length = torch.where(cancelled, _mixed_length(coefficients, cosine), length)
    synthetic = Synthetic(parents, coefficients, samples)

    with torch.autocast(z.device.type, enabled=False):
        if per_dimension:
            mixed = (synthetic.embeddings @ query[..., None])[..., 0]
        else:  # q (l a + (1 - l) b) / |.| from the parents' own similarities: no mixed vectors
            to_parents = similarity.gather(1, parents.flatten(1)).view(parents.shape)
            mixed = torch.lerp(to_parents[..., 1], to_parents[..., 0], coefficients) / length
        sq_dist = (2 - 2 * mixed).clamp_min(0)
    return Pairs(pairs.pos, torch.cat([pairs.neg, sq_dist], dim=1)), synthetic


def _n_with_queue(pairs: Pairs, queue: Tensor, n_queries: int, shape: torch.Size) -> int:
    """Columns of `pairs.neg`: the queue, alone or after the batch's one view or all views."""
    n_views, n_items, _ = shape
    if tuple(pairs.neg.shape) == (n_queries, n_views * (n_items - 1) + len(queue)):
        return pairs.neg.shape[1]
    allowed = [(n_queries, len(queue)), (n_queries, n_items - 1 + len(queue))]
    if tuple(pairs.neg.shape) not in allowed:
        raise ValueError(
            "Synthetic negatives with a queue need pairs from pair_with_queue, that is neg of "
            f"shape {allowed[0]} or {allowed[1]}, got {tuple(pairs.neg.shape)}. Give the same "
            "queue to both."
        )
    return pairs.neg.shape[1]


def _mixed_length(coefficients: Tensor, cosine: Tensor) -> Tensor:
    """Length of l a + (1 - l) b for unit vectors a and b with the given cosine."""
    return (1 - 2 * coefficients * (1 - coefficients) * (1 - cosine)).clamp_min(0).sqrt()


def _draws(
    n_blocks: int,
    n_rows: int,
    n_synthetic: int,
    dim: int,
    per_dimension: bool,
    generator: torch.Generator | None,
) -> tuple[Tensor, Tensor]:
    """Uniform ranks `(query, n, 2)` and coefficients `(query, n)` or `(query, n, dim)`, on the CPU.

    One stream for each view, seeded from a single draw of `generator`; within it synthetic by
    synthetic.
    """
    device = generator.device if generator is not None else "cpu"
    base = int(torch.randint(2**31 - 1, (), generator=generator, device=device))
    ranks, coefficients = [], []
    for block in range(n_blocks):
        stream = torch.Generator().manual_seed((base + block * 0x9E3779B1) % 2**32)
        draw = torch.rand(n_synthetic, 3, n_rows, generator=stream)
        ranks.append(draw[:, :2].permute(2, 0, 1))
        coefficients.append(draw[:, 2].T)
        if per_dimension:
            stream.manual_seed((base + block * 0x9E3779B1 + 1) % 2**32)
            draw = torch.rand(n_synthetic, n_rows, dim, generator=stream)
            coefficients[-1] = draw.transpose(0, 1)
    return torch.cat(ranks), torch.cat(coefficients)
