"""The ways to make a synthetic negative: which parents, how much of each, what is added.

A synthetic is c p0 + (1 - c) p1 + o, normalised: two parents, a coefficient, and an offset, which
most mixings go without. No gradient reaches any of them.

Sources:
    SSCL: Dong et al. 2023, https://arxiv.org/abs/2304.02971; "pair" is the paper's, the next five
    are switches of its code, dhkdhk/SSCL@c4c5e0b. "pair" and "query" are also MoCHi's two types
    (Kalantidis et al. 2020), but for MoCHi's limit of 0.5 on the share of the query.

    SynCo: Giakoumoglou and Stathaki 2024, https://arxiv.org/abs/2410.02401: six strategies on a
    query q and hard negatives n, with the paper's ranges and sizes.
    Interpolated: a q + (1 - a) n, a in (0, 0.5).
    Extrapolated: q + b (n - q), b in (1, 1.5), so the share of q is 1 - b, below 0.
    Mixed: g n_i + (1 - g) n_j, g in (0, 1): what "pair" does.
    Noise-injected: n + N(0, 0.01^2) in each dimension.
    Perturbed: n + 0.01 grad. The similarity is q n, its gradient along n is q, so this is the mix
    of q and n with 0.01 / 1.01 of q.
    Adversarial: n + 0.01 sign(grad), that is 0.01 sign(q).

    Ours: the gradient of the last two is exact. The released code (giakoumoglou/synco@13d1eaf)
    estimates it from one random direction of length 1e-5 and moves along that direction, by about
    1e-7: hardly at all. "synco" takes the six in turn, so in equal numbers; the paper has 256 of
    each of the first three and 64 of each of the others, from the 1,024 hardest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from cacr_core.pairs.pool import smallest
from cacr_core.pairs.random_numbers import Draws, Sampler

SIGMA = DELTA = ETA = 0.01  # of noise, perturbation and adversarial step, as in SynCo

Mixing = Literal[
    "pair",
    "resample",
    "hard_easy",
    "random",
    "per_dimension",
    "query",
    "interpolated",
    "extrapolated",
    "mixed",
    "noise_injected",
    "perturbed",
    "adversarial",
    "synco",
]


@dataclass(frozen=True)
class Candidates:
    """Who may become a parent, as indices into the samples.

    Attributes:
        distances: `(query, M)`, from each query to its negatives.
        queries: `(query,)`, the queries as samples.
        pool_size: How many of the nearest, or of the farthest, are in the pool.
        sample_at: Columns `(query, n)` of `distances` -> the samples that they stand for.
    """

    distances: Tensor
    queries: Tensor
    pool_size: int
    sample_at: Callable[[Tensor], Tensor]

    def hard(self, ranks: Tensor) -> Tensor:
        """Of the nearest, by rank in [0, 1) `(query, n)`; so the next two."""
        return self._at(ranks, self._nearest)

    def easy(self, ranks: Tensor) -> Tensor:
        return self._at(ranks, smallest(-self.distances, self.pool_size))

    def any(self, ranks: Tensor) -> Tensor:
        n = self.distances.shape[1]
        return self._at(ranks, torch.arange(n, device=ranks.device).expand(len(ranks), n))

    def query(self, ranks: Tensor) -> Tensor:
        """The query itself, whatever the ranks."""
        return self.queries[:, None].expand_as(ranks)

    @cached_property
    def _nearest(self) -> Tensor:
        return smallest(self.distances, self.pool_size)

    def _at(self, ranks: Tensor, pool: Tensor) -> Tensor:
        return self.sample_at(pool.gather(1, (ranks * pool.shape[1]).long()))


Parents = Callable[[Candidates, Tensor], tuple[Tensor, Tensor]]


def _two_hard(of: Candidates, ranks: Tensor) -> tuple[Tensor, Tensor]:
    return of.hard(ranks[..., 0]), of.hard(ranks[..., 1])


def _one_hard(of: Candidates, ranks: Tensor) -> tuple[Tensor, Tensor]:
    one = of.hard(ranks[..., 0])
    return one, one


def _hard_and_easy(of: Candidates, ranks: Tensor) -> tuple[Tensor, Tensor]:
    return of.hard(ranks[..., 0]), of.easy(ranks[..., 1])


def _any_two(of: Candidates, ranks: Tensor) -> tuple[Tensor, Tensor]:
    return of.any(ranks[..., 0]), of.any(ranks[..., 1])


def _query_and_hard(of: Candidates, ranks: Tensor) -> tuple[Tensor, Tensor]:
    return of.query(ranks[..., 0]), of.hard(ranks[..., 0])


def _as_drawn(draws: Draws) -> Tensor:
    return draws.shares


def _by_dimension(draws: Draws) -> Tensor:
    assert draws.by_dimension is not None
    return draws.by_dimension


def _all_of_it(draws: Draws) -> Tensor:
    return torch.ones_like(draws.shares)


def _up_to_half(draws: Draws) -> Tensor:
    return 0.5 * draws.shares


def _down_to_minus_half(draws: Draws) -> Tensor:
    return -0.5 * draws.shares


def _a_little(draws: Draws) -> Tensor:
    return torch.full_like(draws.shares, DELTA / (1 + DELTA))


def _noise(draws: Draws, query: Tensor) -> Tensor:
    return SIGMA * _by_dimension(draws)


def _signs(draws: Draws, query: Tensor) -> Tensor:
    return (ETA * query.sign())[:, None].expand(*draws.shares.shape, -1)


@dataclass(frozen=True)
class MixingRule:
    """One way to make a synthetic negative.

    Attributes:
        words: What is mixed, as a choice names it.
        of_one: What one synthetic is, with `{c}` and `{rest}` for the shares of its parents.
        parents: Candidates and ranks `(query, n, 2)` -> two `(query, n)` of samples.
        coefficients: Draws -> what parent 0 counts, `(query, n)` or `(query, n, dim)`; parent 1
            counts the rest.
        offsets: Draws and queries `(query, dim)` -> what is added, `(query, n, dim)`.
        sampler: Of a number for each dimension, where one is used.
        in_turn: Names of the mixings that the synthetics follow in turn, instead of all this.
    """

    words: str
    of_one: str = "{c} of the first parent and {rest} of the second"
    parents: Parents = _two_hard
    coefficients: Callable[[Draws], Tensor] = _as_drawn
    offsets: Callable[[Draws, Tensor], Tensor] | None = None
    sampler: Sampler | None = None
    in_turn: tuple[str, ...] = ()

    @property
    def n_parents(self) -> int:
        return 1 if self.parents is _one_hard else 2

    def said(self, coefficient: float) -> str:
        """`of_one`, filled."""
        return self.of_one.format(c=f"{coefficient:.2f}", rest=f"{1 - coefficient:.2f}")


_OF_QUERY = "{c} of the query and {rest} of the negative"
_SYNCO: dict[str, MixingRule] = {
    "interpolated": MixingRule(
        "SynCo's interpolated: one of the hardest with less than half of the query",
        _OF_QUERY,
        _query_and_hard,
        _up_to_half,
    ),
    "extrapolated": MixingRule(
        "SynCo's extrapolated: past one of the hardest, away from the query",
        "on the line from the query through the negative, {rest} times as far",
        _query_and_hard,
        _down_to_minus_half,
    ),
    "mixed": MixingRule("SynCo's mixed: two of the hardest negatives, as SSCL does"),
    "noise_injected": MixingRule(
        "SynCo's noise-injected: one of the hardest with noise of 0.01 in each dimension",
        "the one parent with noise of 0.01 in each dimension",
        _one_hard,
        _all_of_it,
        _noise,
        torch.randn,
    ),
    "perturbed": MixingRule(
        "SynCo's perturbed: one of the hardest, moved by 0.01 of the query",
        "the negative moved by 0.01 of the query, the gradient of their similarity",
        _query_and_hard,
        _a_little,
    ),
    "adversarial": MixingRule(
        "SynCo's adversarial: one of the hardest, moved by 0.01 times the signs of the query",
        "the one parent moved by 0.01 in each dimension, by the query's signs",
        _one_hard,
        _all_of_it,
        _signs,
    ),
}

MIXINGS: dict[str, MixingRule] = {
    "pair": MixingRule("two of the hardest negatives"),
    "resample": MixingRule(
        "one of the hardest again, unmixed (the released code as uploaded)",
        "the one parent again, unmixed",
        _one_hard,
        _all_of_it,
    ),
    "hard_easy": MixingRule("one of the hardest with one of the easiest", parents=_hard_and_easy),
    "random": MixingRule("two negatives at random", parents=_any_two),
    "per_dimension": MixingRule(
        "two of the hardest, a coefficient for each dimension",
        "{c} of the first parent and {rest} of the second, in the mean over dimensions",
        coefficients=_by_dimension,
        sampler=torch.rand,
    ),
    "query": MixingRule("the query itself with one of the hardest", _OF_QUERY, _query_and_hard),
    **_SYNCO,
    "synco": MixingRule(
        "SynCo's six in turn: interpolated, extrapolated, mixed, noise-injected, perturbed, "
        "adversarial",
        sampler=torch.randn,
        in_turn=tuple(_SYNCO),
    ),
}


def kind_of(mixing: str, i: int) -> str:
    """The mixing that the i-th synthetic of a query follows: another one where they take turns."""
    kinds = MIXINGS[mixing].in_turn or (mixing,)
    return kinds[i % len(kinds)]


def by_turn(mixing: Mixing, draws: Draws) -> list[tuple[MixingRule, Draws]]:
    """The rules that the synthetics follow in turn, each with the draws of its own."""
    kinds = MIXINGS[mixing].in_turn or (mixing,)
    return [(MIXINGS[kind], draws.turn(i, len(kinds))) for i, kind in enumerate(kinds)]
