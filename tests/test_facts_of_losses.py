"""What holds of one further loss and not of all."""

import math

import pytest
import torch

from cacr_core.losses import (
    ADNCE,
    CACR,
    DCL,
    DCLW,
    AlignUniform,
    InfoNCE,
    SigLIP,
    Triplet,
    pair_pulls,
)
from cacr_core.losses.dcl import positive_weights
from cacr_core.pairs import Pairs, pair_views
from tests import reference_losses as reference
from tests.test_losses import row
from tests.test_more_losses import total
from tests.test_pairs import random_embeddings

# --- DCL ----------------------------------------------------------------------------------------


def test_dcl_pulls_a_query_by_one_over_tau_however_sure_it_is():
    pairs = pair_views(random_embeddings())
    for loss in (DCL(0.25), DCL(0.25)):
        pulls = pair_pulls(loss, pairs)
        torch.testing.assert_close(
            -2 * 21 * pulls.neg.sum(1), torch.full((21,), 4.0, dtype=torch.float64)
        )
        torch.testing.assert_close(pulls.pos.sum(1), -pulls.neg.sum(1))


def test_detached_cacr_of_one_positive_pulls_as_a_multiple_of_dcl():
    pairs = pair_views(random_embeddings(n_views=2))
    cacr = pair_pulls(CACR(t_neg=2.5, alpha=1.5, beta=1.5, detach_weights=True), pairs)
    dcl = pair_pulls(DCL(temperature=0.2), pairs)
    for ours, theirs in zip(cacr, dcl, strict=True):
        torch.testing.assert_close(ours, 2 * 1.5 * 0.2 * theirs)


def test_dcl_is_info_nce_less_what_the_positive_adds_to_the_log():
    pairs = pair_views(random_embeddings(n_views=2))
    per_query = [
        (total(InfoNCE(), Pairs(p[None], n[None])), total(DCL(), Pairs(p[None], n[None])))
        for p, n in zip(*pairs, strict=True)
    ]
    for softmaxed, decoupled in per_query:
        torch.testing.assert_close(softmaxed, torch.log1p(decoupled.exp()))


def test_dcl_of_the_simplex_is_its_closed_form():
    n = 6
    points = torch.eye(n, dtype=torch.float64) - 1 / n
    points = points / points.norm(dim=1, keepdim=True)
    value = total(DCL(0.5), pair_views(torch.stack([points, points]))).item()
    assert value == pytest.approx(math.log(2 * (n - 1)) - (1 + 1 / (n - 1)) / 0.5)


def test_positives_of_dclw_weigh_one_on_average_and_far_ones_more():
    pairs = pair_views(random_embeddings())
    w = positive_weights(pairs.pos, 0.3)
    assert w.mean().item() == pytest.approx(1.0)
    by_distance = w.flatten()[pairs.pos.flatten().argsort()]
    assert (by_distance.diff() >= 0).all()
    assert w.min() < 0 < w.max() < 2
    theirs = torch.tensor(reference.dclw_weights(random_embeddings(), 0.3), dtype=torch.float64)
    torch.testing.assert_close(w, theirs)


def test_detached_dclw_pushes_out_a_positive_far_nearer_than_the_others():
    pairs = Pairs(row([0.0]).repeat(3, 1), row([1.0, 2.0]).repeat(3, 1))
    pairs.pos[1:] = 3.0
    pulls = pair_pulls(DCLW(sigma=0.2, detach_weights=True), pairs).pos
    assert pulls[0] < 0 < pulls[1]


def test_dclw_of_one_query_with_one_positive_is_dcl():
    pairs = Pairs(row([0.7]), row([0.3, 1.5]))
    torch.testing.assert_close(DCLW(0.3)(pairs), DCL(0.3)(pairs))


def test_dclw_with_a_wide_sigma_is_dcl():
    pairs = pair_views(random_embeddings())
    assert total(DCLW(sigma=1e9), pairs).item() == pytest.approx(total(DCL(), pairs).item())


# --- SigLIP -------------------------------------------------------------------------------------


def test_siglip_pulls_on_a_sample_whatever_the_others_are():
    one = pair_pulls(SigLIP(), Pairs(row([0.3]), row([0.5, 1.0])))
    other = pair_pulls(SigLIP(), Pairs(row([1.9]), row([0.5, 3.0])))
    assert one.neg[0, 0] == other.neg[0, 0]
    softmaxed = [
        pair_pulls(InfoNCE(), Pairs(row([p]), row([0.5, n]))) for p, n in ((0.3, 1), (1.9, 3))
    ]
    assert softmaxed[0].neg[0, 0] != softmaxed[1].neg[0, 0]


def test_siglip_at_its_bias_is_a_coin_toss_for_every_pair():
    value = total(SigLIP(scale=4.0, bias=-2.0), Pairs(row([1.0, 1.0]), row([1.0] * 3)))
    assert value.item() == pytest.approx(5 * math.log(2))


def test_siglip_draws_positives_harder_and_pushes_negatives_less_with_a_lower_bias():
    pairs = pair_views(random_embeddings())
    low, high = (pair_pulls(SigLIP(bias=b), pairs) for b in (-10.0, 0.0))
    assert (low.pos > high.pos).all()
    assert (low.neg > high.neg).all()


# --- alignment and uniformity -------------------------------------------------------------------


@pytest.mark.parametrize(("align", "uniform"), [(1.0, 1.0), (0.7, 1.6)])
def test_alignment_and_uniformity_are_cacr_with_uniform_weights_and_the_rbf_cost(align, uniform):
    pairs = pair_views(random_embeddings())
    cacr = CACR(0.0, 0.0, alpha=align, beta=uniform, cost="rbf", t_rbf=3.0)
    ours = AlignUniform(t=3.0, align_weight=align, uniform_weight=uniform)
    torch.testing.assert_close(total(ours, pairs), total(cacr, pairs))
    torch.testing.assert_close(pair_pulls(ours, pairs), pair_pulls(cacr, pairs))


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_uniformity_is_the_released_one_where_views_coincide(power):
    z = random_embeddings()[:1].repeat(2, 1, 1)
    theirs = reference.align_uniform_as_released(z[0], z[1], power, 2.0)
    value = total(AlignUniform(power), pair_views(z))
    assert value.item() == pytest.approx(theirs.item(), abs=1e-5)  # d = 0 counts as 1e-12


def test_a_query_in_a_crowd_is_pushed_harder_than_a_lonely_one():
    pairs = Pairs(row([0.1]).repeat(2, 1), torch.cat([row([0.1, 0.2]), row([3.0, 3.5])]))
    pushed = pair_pulls(AlignUniform(), pairs).neg.sum(1)
    assert pushed[0] < 100 * pushed[1] < 0
    even = pair_pulls(DCL(), pairs).neg.sum(1)
    torch.testing.assert_close(even[0], even[1])


def test_higher_powers_pull_far_positives_more():
    pairs = Pairs(row([0.5, 2.0]), row([1.0]))
    shares = [AlignUniform(power)(pairs).pos_weights[0] for power in (1.0, 2.0, 4.0)]
    assert shares[0][0] > shares[0][1]
    assert shares[1].tolist() == [0.5, 0.5]
    assert shares[2].tolist() == pytest.approx([0.2, 0.8])


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("pos", [[0.0, 1.0, 0.3], [0.0, 0.0, 0.3], [0.0, 0.0, 0.0]])
def test_a_positive_on_the_query_weighs_as_much_as_it_is_pulled(power, pos):
    loss, pairs = AlignUniform(power), Pairs(row(pos), row([1.0]))
    pulls, weights = pair_pulls(loss, pairs).pos, loss(pairs).pos_weights
    if pulls.sum() > 0:
        torch.testing.assert_close(weights, pulls / pulls.sum())
    else:
        assert weights.tolist() == [pytest.approx([1 / 3] * 3)]


# --- CACR with the RBF cost ---------------------------------------------------------------------


def rbf_repulsion(neg, n_blocks, t_neg, t):
    """The mean over pairs of views of log mean_i sum_j w_ij exp(-t d_ij), by logarithms alone."""
    logs = (-t_neg * neg).log_softmax(1) - t * neg
    by_block = logs.view(n_blocks, -1)
    return (by_block.logsumexp(1) - math.log(len(neg) // n_blocks)).mean()


@pytest.mark.parametrize("negatives", ["all_views", "later_views"])
@pytest.mark.parametrize("t", [5.0, 45.0, 60.0, 400.0])
def test_a_narrow_kernel_is_finite_in_float32_where_no_negative_is_near(negatives, t):
    z = random_embeddings(n_views=3, n_items=8, dim=64)
    pairs = pair_views(z, negatives)
    loss, n_blocks = CACR(cost="rbf", t_rbf=t), 3 if negatives == "later_views" else 1
    single = Pairs(*(d.float() for d in pairs))
    neg = single.neg.double().requires_grad_()
    expected = rbf_repulsion(neg, n_blocks, loss.t_neg, t)
    (pulls,) = torch.autograd.grad(expected, neg)
    assert loss(single).repulsion.item() == pytest.approx(expected.item(), rel=1e-6)
    torch.testing.assert_close(
        pair_pulls(loss, single).neg.double(),
        pulls,
        rtol=1e-3,
        atol=1e-6 * float(pulls.abs().max()),
    )


@pytest.mark.parametrize("negatives", ["all_views", "later_views"])
@pytest.mark.parametrize("t", [0.1, 2.0, 10.0])
def test_where_the_kernel_is_in_float32_it_is_counted_from_0_to_the_last_digit(negatives, t):
    pairs = Pairs(*(d.float() for d in pair_views(random_embeddings(3, 16, 8), negatives)))
    n_blocks = 3 if negatives == "later_views" else 1
    neg = pairs.neg.clone().requires_grad_()
    kernel = ((-2.0 * neg).softmax(1) * (-t * neg).exp()).sum(1)
    plain = 1.5 * kernel.view(n_blocks, -1).mean(1).log().mean()
    loss = CACR(t_neg=2.0, beta=1.5, cost="rbf", t_rbf=t)
    assert torch.equal(loss(pairs).repulsion, plain)
    assert torch.equal(pair_pulls(loss, pairs).neg, torch.autograd.grad(plain, neg)[0])


# --- triplet ------------------------------------------------------------------------------------


def test_triplets_told_apart_by_the_margin_pull_nothing():
    pairs = Pairs(row([0.2, 0.9]), row([1.0, 2.0]))
    record, pulls = Triplet(0.5)(pairs), pair_pulls(Triplet(0.5), pairs)
    assert record.total.item() == pytest.approx((0.9 - 1.0 + 0.5) / 4)
    assert pulls.pos.tolist() == [[0.0, 0.25]]
    assert pulls.neg.tolist() == [[-0.25, 0.0]]
    assert record.pos_weights.tolist() == [[0.0, 1.0]]
    assert record.neg_weights.tolist() == [[1.0, 0.0]]
    apart = Triplet(0.05)(pairs)
    assert apart.total.item() == 0
    assert apart.neg_weights.tolist() == [[0.5, 0.5]]


def test_the_hardest_negative_alone_is_pushed():
    pairs = Pairs(row([1.5, 2.0]), row([1.0, 0.4, 0.8]))
    record = Triplet(0.2, hardest=True)(pairs)
    assert record.neg_weights.tolist() == [[0.0, 1.0, 0.0]]
    assert record.total.item() == pytest.approx(1.75 - 0.4 + 0.2)
    assert (pair_pulls(Triplet(0.2, hardest=True), pairs).neg != 0).tolist() == [
        [False, True, False]
    ]


def test_triplets_of_all_in_one_place_cost_the_margin():
    pairs = Pairs(row([0.0]), row([0.0, 0.0]))
    assert total(Triplet(0.7), pairs).item() == pytest.approx(0.7)


# --- ADNCE --------------------------------------------------------------------------------------


def test_adnce_with_a_wide_gaussian_is_info_nce():
    pairs = pair_views(random_embeddings())
    torch.testing.assert_close(ADNCE(0.3, sigma=1e8)(pairs), InfoNCE(0.3)(pairs))


def test_adnce_spares_negatives_nearer_than_mu():
    pairs = Pairs(row([0.5]), row([0.0, 1.0, 2.0]))  # similarities 1, 1/2, 0
    weights = ADNCE(temperature=1.0, mu=0.5, sigma=0.2)(pairs).neg_weights[0]
    assert weights[1] > weights[0] > 0
    assert InfoNCE(temperature=1.0)(pairs).neg_weights[0].argmax() == 0


def test_weights_of_adnce_have_mean_one():
    pairs = pair_views(random_embeddings())
    exponentials = ((1 - pairs.neg / 2) / 0.5).exp()
    ours, plain = ADNCE(0.5, 0.2, 0.4)(pairs), InfoNCE(0.5)(pairs)
    w = ours.neg_weights / exponentials
    w = w / w.mean(1, keepdim=True)
    below = (w * exponentials).sum(1, keepdim=True)
    x_pos = ((1 - pairs.pos / 2) / 0.5).exp()
    torch.testing.assert_close(ours.total, torch.log1p(below / x_pos).mean())
    assert ours.total != plain.total
