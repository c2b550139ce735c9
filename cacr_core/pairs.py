"""Embeddings of views -> squared distances from each query to its positives and negatives.

A query is one view of one item; its positives are the other views of that item, its negatives
are views of other items. Queries are numbered `view * n_items + item`, the order of
`z.flatten(0, 1)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

Negatives = Literal["all_views", "later_views"]
NEGATIVES: tuple[Negatives, ...] = ("all_views", "later_views")

Mixing = Literal["pair", "resample", "hard_easy", "random", "per_dimension", "query"]
MIXINGS: dict[str, str] = {
    "pair": "two of the hardest negatives",
    "resample": "one of the hardest again, unmixed (the released code as uploaded)",
    "hard_easy": "one of the hardest with one of the easiest",
    "random": "two negatives at random",
    "per_dimension": "two of the hardest, a coefficient for each dimension",
    "query": "the query itself with one of the hardest",
}


class Pairs(NamedTuple):
    """Squared Euclidean distances between unit vectors, each in [0, 4].

    Attributes:
        pos: `(query, K)`, from each query to its K positives.
        neg: `(query, M)`, from each query to its M negatives.
    """

    pos: Tensor
    neg: Tensor


@dataclass(frozen=True)
class Synthetic:
    """Synthetic negatives and where they came from. None of it carries a gradient.

    Unpacks into `parents, coefficients, embeddings`; the embeddings are made when asked for.

    Attributes:
        parents: `(query, n, 2)`, indices into `z.flatten(0, 1)`.
        coefficients: `(query, n)`, in [0, 1], what parent 0 counts before normalising; parent 1
            counts the rest. `(query, n, dim)` when mixed per dimension.
        samples: `(view * item, dim)`, what the parents index.
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


def pair_views(z: Tensor, negatives: Negatives = "all_views") -> Pairs:
    """Squared distances of every query of a batch, by matrix products: d = 2 - 2 z z'.

    Args:
        z: `(view, item, dim)`, unit rows. Half precision is raised to float32.
        negatives: "all_views": every view of every other item, columns view-major, so `neg` is
            `(n_views * n_items, n_views * (n_items - 1))`. "later_views", as CACR was released:
            for each pair of views v < w and each item, the other items in view w, so `neg` has
            rows of its own, `(n_view_pairs * n_items, n_items - 1)`. `pos` is the same for both.

    Raises:
        ValueError: z is not three-dimensional, or has fewer than 2 views or 2 items.
    """
    z = _checked(z)
    n_views, n_items, _ = z.shape
    with torch.autocast(z.device.type, enabled=False):
        by_item = z.transpose(0, 1)
        pos = _without_diagonal(_sq_dist(by_item, by_item)).transpose(0, 1).flatten(0, 1)
        if negatives == "all_views":
            flat = z.flatten(0, 1)
            blocks = _sq_dist(flat, flat).view(n_views, n_items, n_views, n_items).transpose(1, 2)
            neg = _without_diagonal(blocks).transpose(1, 2).reshape(n_views * n_items, -1)
        elif negatives == "later_views":
            first, second = torch.triu_indices(n_views, n_views, 1, device=z.device)
            neg = _without_diagonal(_sq_dist(z[first], z[second])).flatten(0, 1)
        else:
            raise ValueError(f"negatives must be one of {NEGATIVES}, got {negatives!r}.")
    return Pairs(pos, neg)


def pairs_of_queries(z: Tensor, queries: Tensor) -> Pairs:
    """The rows of `pair_views(z)` that belong to `queries`, without the rest of the batch.

    Args:
        z: `(view, item, dim)`, unit rows.
        queries: `(query,)`, indices into `z.flatten(0, 1)`.
    """
    z = _checked(z)
    pos_index, neg_index = sample_indices(z.shape[0], z.shape[1], queries)
    with torch.autocast(z.device.type, enabled=False):
        flat = z.flatten(0, 1)
        sq_dist = _sq_dist(flat[queries], flat)
    return Pairs(sq_dist.gather(1, pos_index), sq_dist.gather(1, neg_index))


def sample_indices(n_views: int, n_items: int, queries: Tensor) -> tuple[Tensor, Tensor]:
    """Which samples the columns of all-view pairs stand for: `(query, K)` and `(query, M)`.

    Both hold indices into `z.flatten(0, 1)`; columns are view-major.
    """
    view, item = (queries // n_items)[:, None], (queries % n_items)[:, None]
    k = torch.arange(n_views - 1, device=queries.device)
    pos = (k + (k >= view)) * n_items + item
    column = torch.arange(n_views * (n_items - 1), device=queries.device)
    return pos, _negative_at(column, item, n_items)


def _negative_at(column: Tensor, item: Tensor, n_items: int) -> Tensor:
    """The sample that a column of the negatives of an item's query stands for."""
    view, other = column // (n_items - 1), column % (n_items - 1)
    return view * n_items + other + (other >= item)


def with_synthetic_negatives(
    pairs: Pairs,
    z: Tensor,
    *,
    n_synthetic: int,
    pool_size: int,
    mixing: Mixing = "pair",
    generator: torch.Generator | None = None,
    queries: Tensor | None = None,
) -> tuple[Pairs, Synthetic]:
    r"""Widen `pairs.neg` by negatives mixed from the nearest ones of each query.

    $h = (\lambda n_a + (1 - \lambda) n_b) / \|\cdot\|$, with $n_a, n_b$ drawn with replacement from
    the `pool_size` nearest negatives and $\lambda$ uniform in (0, 1). Gradient reaches the query,
    not the parents. The draws (two ranks and a coefficient for each synthetic) are made view by
    view and synthetic by synthetic: fewer synthetics or fewer views draw a prefix of more.

    Source: Dong et al. 2023, https://arxiv.org/abs/2304.02971; dhkdhk/SSCL@c4c5e0b.

    Args:
        pairs: `pair_views(z)` with all views as negatives, or `pairs_of_queries(z, queries)`.
        z: `(view, item, dim)`, unit rows.
        n_synthetic: How many for each query (the paper's k). They stand last in `neg`.
        pool_size: How many of the nearest negatives may become parents (the paper's s); smaller
            is harder.
        mixing: What is mixed, a key of `MIXINGS`.
        generator: Where every random number comes from.
        queries: `(query,)`, the queries that the rows of `pairs` stand for; all when None.

    Raises:
        ValueError: The pool is larger than the negatives, or `pairs` are not all-view pairs.
    """
    z = _checked(z)
    n_views, n_items, dim = z.shape
    everyone = queries is None
    if queries is None:
        queries = torch.arange(n_views * n_items, device=z.device)
    n_neg = n_views * (n_items - 1)
    if pairs.neg.shape != (len(queries), n_neg):
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
    by_view = len(queries) // n_views if everyone else len(queries)
    ranks, coefficients = _draws(
        1 + (len(queries) - 1) // by_view, by_view, n_synthetic, dim, per_dimension, generator
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
        columns = [
            pool.gather(1, (ranks[..., side] * pool.shape[1]).long())
            for side, pool in enumerate(pools)
        ]
        parents = torch.stack([_negative_at(column, item, n_items) for column in columns], dim=-1)
        if mixing == "resample":
            parents[..., 1] = parents[..., 0]
            coefficients = torch.ones_like(coefficients)
        elif mixing == "query":
            parents[..., 1], parents[..., 0] = parents[..., 0].clone(), queries[:, None]
    query = z.flatten(0, 1) if everyone else z.flatten(0, 1)[queries]
    samples = z.detach().flatten(0, 1)
    with torch.autocast(z.device.type, enabled=False):
        similarity = query @ samples.T
    with torch.no_grad():
        if not per_dimension:
            a, b = parents[..., 0], parents[..., 1]
            # of a few queries only the parents' own products: all pairs would be far more
            cosine = similarity[a, b] if everyone else (samples[a] * samples[b]).sum(-1)
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


def _checked(z: Tensor) -> Tensor:
    if z.dim() != 3 or z.shape[0] < 2 or z.shape[1] < 2:
        raise ValueError(
            "A query needs a positive (2 views or more) and a negative (2 items or more), got z "
            f"of shape {tuple(z.shape)} (view, item, dim)."
        )
    return z.float() if z.dtype in (torch.float16, torch.bfloat16) else z


def _sq_dist(x: Tensor, y: Tensor) -> Tensor:
    """`(..., n, m)` squared distances 2 - 2 x y' of unit rows, for one batch or several."""
    two = x.new_full((), 2.0)
    if x.dim() == 2:
        return torch.addmm(two, x, y.T, alpha=-2).clamp_min(0)
    return torch.baddbmm(two, x, y.transpose(1, 2), alpha=-2).clamp_min(0)


def _without_diagonal(square: Tensor) -> Tensor:
    """`(..., n, n)` -> `(..., n, n - 1)`: every row without its own column, order kept."""
    n = square.shape[-1]
    rows = square.flatten(-2)[..., 1:].unflatten(-1, (n - 1, n + 1))
    return rows[..., :-1].flatten(-2).unflatten(-1, (n, n - 1))
