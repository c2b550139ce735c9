"""SynCo's synthetic negatives against transcriptions of their formulas, one synthetic at a time."""

from typing import get_args

import pytest
import torch

from cacr_core.losses import SSCL
from cacr_core.pairs import (
    MIXINGS,
    Mixing,
    kind_of,
    pair_views,
    pair_with_queue,
    pairs_of_queries,
    with_synthetic_negatives,
)
from cacr_core.training.numbers import own_class_share
from tests.test_pairs import OF_PARENTS, random_embeddings, ranks_of_parents, seeded

SIX = ("interpolated", "extrapolated", "mixed", "noise_injected", "perturbed", "adversarial")
N, POOL = 12, 6
EXACT = {"rtol": 0, "atol": 1e-10}


def numbers_drawn(n_queries, n_views, dim, seed):
    """Two ranks, a share and a normal number for each dimension, of each query and synthetic."""
    base = int(torch.randint(2**31 - 1, (), generator=seeded(seed)))
    rows, ranks, shares, noise = n_queries // n_views, [], [], []
    for view in range(n_views):
        numbers = torch.rand(N, 3, rows, generator=seeded((base + view * 0x9E3779B1) % 2**32))
        stream = seeded((base + view * 0x9E3779B1 + 1) % 2**32)
        normal = [torch.randn(rows, dim, generator=stream) for _ in range(N)]
        for row in range(rows):
            ranks.append(numbers[:, :2, row].tolist())
            shares.append(numbers[:, 2, row].double().tolist())
            noise.append([each[row].double() for each in normal])
    return ranks, shares, noise


def by_formula(kind, q, n, other, u, normal):
    """What the paper writes for a query, one or two hard negatives and a uniform number."""
    if kind == "interpolated":
        alpha = u / 2
        made = alpha * q + (1 - alpha) * n
    elif kind == "extrapolated":
        beta = 1 + u / 2
        made = q + beta * (n - q)
    elif kind == "mixed":
        made = u * n + (1 - u) * other
    elif kind == "noise_injected":
        made = n + 0.01 * normal
    else:
        leaf = n.clone().requires_grad_()
        (slope,) = torch.autograd.grad(q.dot(leaf), leaf)
        made = n + 0.01 * (slope if kind == "perturbed" else slope.sign())
    return made / made.square().sum().sqrt()


def expected(mixing, flat, samples, pools, n_views, seed):
    """`(query, n, dim)`; pools holds the samples of each query's pool, by column."""
    ranks, shares, noise = numbers_drawn(len(flat), n_views, flat.shape[1], seed)
    rows = []
    for i, q in enumerate(flat):
        for m in range(N):
            kind = SIX[m % 6] if mixing == "synco" else mixing
            n, other = (samples[pools[i][int(rank * POOL)]] for rank in ranks[i][m])
            rows.append(by_formula(kind, q, n, other, shares[i][m], noise[i][m]))
    return torch.stack(rows).view(len(flat), N, -1)


def pools_of(neg, sample_of):
    near = neg.topk(POOL, dim=1, largest=False).indices
    return [[sample_of(i, c) for c in sorted(row)] for i, row in enumerate(near.tolist())]


def distances(flat, made):
    return torch.stack(
        [(q - h).square().sum() for q, row in zip(flat, made, strict=True) for h in row]
    ).view(len(flat), -1)


def made_of(mixing, z, seed=3, n_synthetic=N, **more):
    return with_synthetic_negatives(
        pair_views(z), z, n_synthetic=n_synthetic, pool_size=POOL, mixing=mixing,
        generator=seeded(seed), **more,
    )  # fmt: skip


@pytest.mark.parametrize("mixing", [*SIX, "synco"])
def test_synthetics_and_their_distances_are_those_of_the_formulas(mixing):
    z = random_embeddings(n_views=2, n_items=7, dim=9)
    flat = z.flatten(0, 1)
    others = [[j for j in range(14) if j % 7 != i % 7] for i in range(14)]
    pools = pools_of(pair_views(z).neg, lambda i, column: others[i][column])
    wide, made = made_of(mixing, z)
    hand = expected(mixing, flat, flat, pools, 2, 3)
    torch.testing.assert_close(made.embeddings, hand, **EXACT)
    torch.testing.assert_close(wide.neg[:, 12:], distances(flat, hand), **EXACT)
    torch.testing.assert_close(made.embeddings.norm(dim=2), torch.ones(14, N).double(), **EXACT)


@pytest.mark.parametrize("mixing", [*SIX, "synco"])
def test_of_a_queue_they_are_those_of_the_formulas_too(mixing):
    z, k = random_embeddings(n_views=2, n_items=5), random_embeddings(2, 5, seed=1)
    queue = random_embeddings(1, 20, seed=2)[0]
    pairs = pair_with_queue(z, k, queue, in_batch=False)
    samples = torch.cat([z.flatten(0, 1), queue])
    pools = pools_of(pairs.neg, lambda i, column: 10 + column)
    wide, made = with_synthetic_negatives(
        pairs, z, n_synthetic=N, pool_size=POOL, mixing=mixing, generator=seeded(5), queue=queue
    )
    hand = expected(mixing, z.flatten(0, 1), samples, pools, 2, 5)
    torch.testing.assert_close(made.embeddings, hand, **EXACT)
    torch.testing.assert_close(wide.neg[:, 20:], distances(z.flatten(0, 1), hand), **EXACT)


@pytest.mark.parametrize("mixing", SIX)
def test_similarity_to_the_query_goes_where_the_method_says(mixing):
    z = random_embeddings(n_views=2, n_items=30, dim=16)
    pairs, made = made_of(mixing, z)
    parent = made.samples[made.parents[..., 1]]
    before = (parent * z.flatten(0, 1)[:, None]).sum(2)
    after = 1 - pairs.neg[:, 58:] / 2
    moved = after - before
    if mixing in ("interpolated", "perturbed"):
        assert (moved > 0).all()
    if mixing == "extrapolated":
        assert (moved < 0).all()
    if mixing == "adversarial":
        assert (moved > 0).float().mean() > 0.95
    if mixing == "noise_injected":
        assert 0.4 < (moved > 0).float().mean() < 0.6
    if mixing in ("noise_injected", "perturbed", "adversarial"):
        assert moved.abs().max() < 0.06


def test_noise_is_normal_with_a_deviation_of_one_hundredth():
    _, made = made_of("noise_injected", random_embeddings(n_views=2, n_items=60, dim=20))
    noise = (made.offsets / 0.01).flatten()
    assert noise.mean().abs() < 0.02
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert (noise.abs() < 1.959964).double().mean() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("mixing", [*SIX, "synco"])
def test_gradient_reaches_the_query_as_of_a_negative_that_stands_still(mixing):
    z = random_embeddings().requires_grad_()
    queries = torch.tensor([3])
    pairs = pairs_of_queries(z, queries)
    wide, made = with_synthetic_negatives(
        pairs, z, n_synthetic=7, pool_size=4, mixing=mixing, generator=seeded(), queries=queries
    )
    assert not made.embeddings.requires_grad
    (grad,) = torch.autograd.grad(wide.neg[:, pairs.neg.shape[1] :].sum(), z)
    torch.testing.assert_close(grad.flatten(0, 1)[3], -2 * made.embeddings[0].sum(0), **EXACT)
    assert grad.flatten(0, 1)[torch.arange(21) != 3].abs().max() == 0


@pytest.mark.parametrize("mixing", [*SIX, "synco"])
def test_fewer_synthetics_are_the_first_of_more_to_the_bit(mixing):
    z = random_embeddings(n_views=2, n_items=7)
    _, most = made_of(mixing, z)
    for n in (1, 2, 5, 7):
        _, fewer = made_of(mixing, z, n_synthetic=n)
        assert torch.equal(fewer.parents, most.parents[:, :n])
        assert torch.equal(fewer.coefficients, most.coefficients[:, :n])
        assert torch.equal(fewer.embeddings, most.embeddings[:, :n])


def test_noise_of_fewer_views_is_that_of_the_first_of_more():
    noise = [
        made_of("noise_injected", random_embeddings(n_views=n, n_items=7))[1].offsets
        for n in (2, 4)
    ]
    assert torch.equal(noise[0], noise[1][:14])


def test_parents_are_the_query_or_of_the_pool():
    z = random_embeddings(n_views=2, n_items=12)
    pairs = pair_views(z)
    for mixing in SIX:
        _, made = made_of(mixing, z)
        first, second = made.parents.unbind(2)
        assert ranks_of_parents(z, pairs, second).max() < POOL
        of_query = mixing in ("interpolated", "extrapolated", "perturbed")
        assert (first == torch.arange(24)[:, None]).all() == of_query
        assert MIXINGS[mixing].n_parents == (1 if torch.equal(first, second) else 2)
        if MIXINGS[mixing].n_parents == 1:
            assert (made.coefficients == 1).all()


def test_coefficients_stay_in_the_papers_ranges():
    z = random_embeddings(n_views=2, n_items=60)
    ranges = {"interpolated": (0, 0.5), "extrapolated": (-0.5, 0), "mixed": (0, 1)}
    for mixing, (low, high) in ranges.items():
        found = made_of(mixing, z)[1].coefficients
        assert low <= found.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < found.max() <= high
    assert torch.equal(made_of("mixed", z)[1].embeddings, made_of("pair", z)[1].embeddings)


def test_a_query_and_its_antipode_that_cancel_keep_less_than_half_of_the_query():
    x, y = torch.eye(2)
    z = torch.stack([torch.stack([x, -x, y])] * 2)
    z = torch.cat([z, z.new_zeros(2, 3, 1)], dim=2)
    for seed in range(300):
        _, made = with_synthetic_negatives(
            pair_views(z), z, n_synthetic=40, pool_size=4, mixing="interpolated",
            generator=seeded(seed),
        )  # fmt: skip
        assert (made.coefficients < 0.5).all()
        torch.testing.assert_close(made.embeddings.norm(dim=2), torch.ones(6, 40))


def test_six_take_turns_and_each_is_what_it_is_alone():
    z = random_embeddings(n_views=2, n_items=12)
    pairs, made = made_of("synco", z)
    assert [kind_of("synco", i) for i in range(N)] == [*SIX, *SIX]
    for i, kind in enumerate(SIX):
        assert kind_of(kind, i) == kind
        alone, own = made_of(kind, z)
        assert torch.equal(made.parents[:, i::6], own.parents[:, i::6])
        assert torch.equal(made.coefficients[:, i::6], own.coefficients[:, i::6])
        torch.testing.assert_close(pairs.neg[:, 22 + i :: 6], alone.neg[:, 22 + i :: 6], **EXACT)


def test_own_class_share_of_the_extrapolated_is_that_of_their_negative():
    z = random_embeddings(n_views=2, n_items=12)
    labels = torch.arange(12) % 3
    pairs, made = made_of("extrapolated", z)
    weights = SSCL()(pairs).neg_weights
    total = 0.0
    for q, row in enumerate(weights):
        columns = [j for j in range(24) if j % 12 != q % 12] + made.parents[q, :, 1].tolist()
        own = [j % 3 == q % 12 % 3 for j in (c % 12 for c in columns)]
        total += sum(w for w, mine in zip(row.tolist(), own, strict=True) if mine)
    found = own_class_share(weights, labels, synthetic=made)["own_class_share"]
    assert found == pytest.approx(total / 24)


def test_every_mixing_has_a_name_of_the_type_and_words_of_its_own():
    assert get_args(Mixing) == tuple(MIXINGS)
    assert len({rule.words for rule in MIXINGS.values()}) == len(MIXINGS)
    assert set(MIXINGS) - set(OF_PARENTS) == {"noise_injected", "adversarial", "synco"}


def test_an_unknown_kind_is_refused_with_those_that_there_are():
    z = random_embeddings()
    with pytest.raises(ValueError, match=r"interpolated.*synco, got 'extra'"):
        made_of("extra", z)
    with pytest.raises(ValueError, match=r"18 negatives.*19"):
        with_synthetic_negatives(pair_views(z), z, n_synthetic=1, pool_size=19, mixing="synco")
