import re

import pytest
import torch

from cacr_core.pairs import (
    MIXINGS,
    Pairs,
    pair_views,
    pair_with_queue,
    pairs_of_queries,
    sample_indices,
    with_synthetic_negatives,
)
from cacr_core.pairs.pool import smallest

# mixings whose synthetics lie on the line through their parents; tests/test_synco.py has the others
OF_PARENTS = [m for m in MIXINGS if m not in ("noise_injected", "adversarial", "synco")]


def random_embeddings(n_views=3, n_items=7, dim=5, seed=0):
    z = torch.randn(
        n_views, n_items, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    return z / z.norm(dim=-1, keepdim=True)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_distances_equal_those_computed_one_by_one():
    z = random_embeddings()
    pairs = pair_views(z)
    assert pairs.pos.shape == (21, 2)
    assert pairs.neg.shape == (21, 18)
    for view in range(3):
        for item in range(7):
            row = view * 7 + item
            q = z[view, item]
            pos = [((q - z[w, item]) ** 2).sum() for w in range(3) if w != view]
            neg = [((q - z[w, j]) ** 2).sum() for w in range(3) for j in range(7) if j != item]
            torch.testing.assert_close(pairs.pos[row], torch.stack(pos))
            torch.testing.assert_close(pairs.neg[row], torch.stack(neg))


def test_later_views_have_a_row_for_each_pair_of_views_and_item():
    z = random_embeddings()
    pairs = pair_views(z, negatives="later_views")
    rows = [
        torch.stack([((z[v, i] - z[w, j]) ** 2).sum() for j in range(7) if j != i])
        for v, w in [(0, 1), (0, 2), (1, 2)]
        for i in range(7)
    ]
    torch.testing.assert_close(pairs.neg, torch.stack(rows))
    torch.testing.assert_close(pairs.pos, pair_views(z).pos)


def test_rows_of_some_queries_are_the_rows_of_the_whole_batch():
    z = random_embeddings()
    queries = torch.tensor([0, 8, 20])
    whole = pair_views(z)
    some = pairs_of_queries(z, queries)
    torch.testing.assert_close(some.pos, whole.pos[queries])
    torch.testing.assert_close(some.neg, whole.neg[queries])


def test_sample_indices_name_the_columns():
    z = random_embeddings()
    everyone = torch.arange(21)
    pos, neg = sample_indices(3, 7, everyone)
    flat = z.flatten(0, 1)
    sq_dist = ((flat[:, None] - flat) ** 2).sum(-1)
    torch.testing.assert_close(sq_dist.gather(1, pos), pair_views(z).pos)
    torch.testing.assert_close(sq_dist.gather(1, neg), pair_views(z).neg)


def test_half_precision_is_raised_to_float32():
    z = random_embeddings().to(torch.bfloat16)
    assert pair_views(z).neg.dtype == torch.float32


def test_coincident_points_are_never_at_a_negative_distance():
    z = torch.nn.functional.normalize(torch.ones(2, 4, 128) * 0.1, dim=-1)
    assert (pair_views(z).neg >= 0).all()


@pytest.mark.parametrize("shape", [(1, 4, 3), (2, 1, 3), (4, 3)])
def test_too_few_views_or_items_are_refused_with_the_shape(shape):
    with pytest.raises(ValueError, match="2 views or more.*" + re.escape(str(shape))):
        pair_views(torch.ones(shape))


def test_unknown_sampling_of_negatives_is_refused():
    with pytest.raises(ValueError, match="sideways"):
        pair_views(random_embeddings(), negatives="sideways")


@pytest.mark.parametrize("mixing", OF_PARENTS)
def test_synthetics_are_unit_mixes_of_their_parents(mixing):
    z = random_embeddings()
    pairs = pair_views(z)
    wide, made = with_synthetic_negatives(
        pairs, z, n_synthetic=4, pool_size=6, mixing=mixing, generator=seeded()
    )
    flat = z.flatten(0, 1)
    weight = made.coefficients if made.coefficients.dim() == 3 else made.coefficients[..., None]
    mix = weight * flat[made.parents[..., 0]] + (1 - weight) * flat[made.parents[..., 1]]
    torch.testing.assert_close(made.embeddings, mix / mix.norm(dim=-1, keepdim=True))
    torch.testing.assert_close(wide.neg[:, :18], pairs.neg)
    by_hand = ((flat[:, None] - made.embeddings) ** 2).sum(-1)
    torch.testing.assert_close(wide.neg[:, 18:], by_hand)
    assert not made.embeddings.requires_grad


def ranks_of_parents(z, pairs, parents):
    _, neg_index = sample_indices(z.shape[0], z.shape[1], torch.arange(len(pairs.neg)))
    order = pairs.neg.argsort(dim=1).argsort(dim=1)
    column = (neg_index[:, None, :] == parents[..., None]).int().argmax(-1)
    return order.gather(1, column)


def test_parents_come_from_the_hard_pool_with_replacement():
    z = random_embeddings(n_items=12)
    pairs = pair_views(z)
    _, made = with_synthetic_negatives(pairs, z, n_synthetic=64, pool_size=5, generator=seeded())
    ranks = [ranks_of_parents(z, pairs, made.parents[..., side]) for side in (0, 1)]
    assert max(r.max() for r in ranks) == 4
    assert min(r.min() for r in ranks) == 0
    assert (made.parents[..., 0] == made.parents[..., 1]).any()


def test_hard_easy_takes_its_second_parent_from_the_farthest():
    z = random_embeddings(n_items=12)
    pairs = pair_views(z)
    _, made = with_synthetic_negatives(
        pairs, z, n_synthetic=16, pool_size=3, mixing="hard_easy", generator=seeded()
    )
    assert ranks_of_parents(z, pairs, made.parents[..., 0]).max() <= 2
    assert ranks_of_parents(z, pairs, made.parents[..., 1]).min() >= pairs.neg.shape[1] - 3


def test_query_mixing_has_the_query_as_first_parent():
    z = random_embeddings()
    _, made = with_synthetic_negatives(
        pair_views(z), z, n_synthetic=2, pool_size=3, mixing="query", generator=seeded()
    )
    assert (made.parents[..., 0] == torch.arange(21)[:, None]).all()


@pytest.mark.parametrize("mixing", MIXINGS)
def test_fewer_synthetics_or_views_draw_a_prefix_to_the_bit(mixing):
    def coefficients(n_views, n_synthetic):
        z = random_embeddings(n_views=n_views)
        _, made = with_synthetic_negatives(
            pair_views(z),
            z,
            n_synthetic=n_synthetic,
            pool_size=4,
            mixing=mixing,
            generator=seeded(3),
        )
        return made.coefficients

    most = coefficients(4, 9)
    assert torch.equal(coefficients(4, 2), most[:, :2])
    assert torch.equal(coefficients(2, 9), most[:14])


def test_gradient_reaches_the_query_and_not_the_parents():
    z = random_embeddings().requires_grad_()
    queries = torch.tensor([3])
    pairs = pairs_of_queries(z, queries)
    wide, made = with_synthetic_negatives(
        pairs, z, n_synthetic=3, pool_size=4, generator=seeded(), queries=queries
    )
    (grad,) = torch.autograd.grad(wide.neg[:, pairs.neg.shape[1] :].sum(), z)
    torch.testing.assert_close(grad.flatten(0, 1)[3], -2 * made.embeddings[0].sum(0))
    others = torch.arange(21) != 3
    assert grad.flatten(0, 1)[others].abs().max() == 0


def test_parents_that_cancel_still_give_unit_vectors():
    x = torch.tensor([1.0, 0.0])
    y = torch.tensor([0.0, 1.0])
    z = torch.stack([torch.stack([x, y, -y]), torch.stack([x, y, -y])])
    for seed in range(20):
        _, made = with_synthetic_negatives(
            pair_views(z), z, n_synthetic=8, pool_size=4, mixing="pair", generator=seeded(seed)
        )
        torch.testing.assert_close(made.embeddings.norm(dim=-1), torch.ones(6, 8))


def test_pool_larger_than_the_negatives_is_refused_with_both_figures():
    z = random_embeddings()
    with pytest.raises(ValueError, match=r"18 negatives.*19"):
        with_synthetic_negatives(pair_views(z), z, n_synthetic=1, pool_size=19)


@pytest.mark.parametrize("mixing", ["pair", "per_dimension"])
def test_shared_draws_mix_the_same_for_queries_with_the_same_pool(mixing):
    z = random_embeddings(n_views=2, n_items=4)
    queue = random_embeddings(n_views=2, n_items=3, seed=1).flatten(0, 1)
    pairs = pair_with_queue(z, z, queue, in_batch=False)
    how = {"n_synthetic": 5, "pool_size": 6, "mixing": mixing, "queue": queue}
    _, made = with_synthetic_negatives(pairs, z, **how, generator=seeded(), shared_draws=True)
    for part in made:
        torch.testing.assert_close(part, part[:1].expand_as(part))
    one = Pairs(pairs.pos[2:3], pairs.neg[2:3])
    _, alone = with_synthetic_negatives(
        one, z, **how, generator=seeded(), shared_draws=True, queries=torch.tensor([2])
    )
    torch.testing.assert_close(alone.embeddings[0], made.embeddings[2])
    _, own = with_synthetic_negatives(pairs, z, **how, generator=seeded())
    assert not torch.equal(own.coefficients[0], own.coefficients[1])


def test_released_sampling_of_negatives_takes_no_synthetics():
    z = random_embeddings()
    pairs = pair_views(z, negatives="later_views")
    with pytest.raises(ValueError, match="all_views"):
        with_synthetic_negatives(pairs, z, n_synthetic=1, pool_size=2)


@pytest.mark.parametrize("ties", [False, True])
def test_the_nearest_stand_in_the_order_of_their_columns(ties):
    rows = torch.rand(7, 30, generator=seeded())
    if ties:
        rows = (4 * rows).round()
    columns = smallest(rows, 9)
    assert torch.equal(columns, columns.sort(dim=1).values)
    assert all(len(set(row)) == 9 for row in columns.tolist())
    assert torch.equal(rows.gather(1, columns).sort().values, rows.sort().values[:, :9])


def test_the_gradient_of_all_views_is_that_of_their_distances_one_by_one():
    z = random_embeddings(n_views=3, n_items=4).requires_grad_()
    pairs = pair_views(z)
    pos, neg = sample_indices(3, 4, torch.arange(12))
    flat = z.flatten(0, 1)
    each = Pairs(*((flat[:, None] - flat[at]).square().sum(2) for at in (pos, neg)))
    pushes = [torch.rand(part.shape, generator=seeded(1)).to(z) for part in pairs]
    slopes = [
        torch.autograd.grad(sum((p * d).sum() for p, d in zip(pushes, found, strict=True)), z)[0]
        for found in (pairs, each)
    ]
    inwards = [(slope * z).sum(2, keepdim=True) * z for slope in slopes]  # off the sphere
    torch.testing.assert_close(slopes[0] - inwards[0], slopes[1] - inwards[1])
