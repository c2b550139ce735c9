import math

import pytest
import torch

from cacr_core.losses import CACR, LOSSES, SSCL, InfoNCE, pair_pulls
from cacr_core.pairs import Pairs, pair_views, with_synthetic_negatives
from tests import reference
from tests.test_pairs import random_embeddings, seeded

SETTINGS = [
    CACR(),
    CACR(detach_weights=True),
    CACR(cost="rbf"),
    CACR(class_prior=0.1),
    CACR(class_prior=0.1, released_debiasing=True),
    SSCL(),
    SSCL(detach_weights=True, temperature=0.2),
    InfoNCE(),
]
every_loss = pytest.mark.parametrize("loss", SETTINGS, ids=repr)


def row(values):
    return torch.tensor([values], dtype=torch.float64)


def one_query_pulls(loss, pos, neg):
    pulls = pair_pulls(loss, Pairs(row(pos), row(neg)))
    return 2 * pulls.pos[0], -2 * pulls.neg[0]


def similarities(*values):
    return [2 - 2 * s for s in values]


# --- against a reference -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("t_pos", "t_neg"), [(0.0, 0.0), (1.0, 1.0), (4.0, 0.5)])
def test_cacr_equals_its_formula_written_as_loops(seed, t_pos, t_neg):
    pairs = pair_views(random_embeddings(seed=seed))
    by_query = [
        reference.cacr_of_one_query(pos.tolist(), neg.tolist(), t_pos, t_neg, 1.5, 0.5)
        for pos, neg in zip(*pairs, strict=True)
    ]
    total = CACR(t_pos, t_neg, alpha=1.5, beta=0.5)(pairs).total.item()
    assert total == pytest.approx(sum(by_query) / len(by_query), rel=1e-12)


@pytest.mark.parametrize("temperature", [0.5, 0.2])
@pytest.mark.parametrize(("beta", "class_prior"), [(0, 0), (1, 0), (1, 0.1), (2, 0.3)])
def test_sscl_equals_its_formula_written_as_loops(temperature, beta, class_prior):
    pairs = pair_views(random_embeddings())
    terms = [
        reference.sscl_of_one_query(p, neg.tolist(), temperature, beta, class_prior)
        for pos, neg in zip(*pairs, strict=True)
        for p in pos.tolist()
    ]
    total = SSCL(temperature, beta, class_prior)(pairs).total.item()
    assert total == pytest.approx(sum(terms) / len(terms), rel=1e-12)


def relative_error(ours, theirs):
    return ((ours - theirs).norm() / theirs.norm()).item()


@pytest.mark.parametrize("n_views", [2, 5])
def test_cacr_is_the_released_code_on_its_own_sampling_of_negatives(n_views):
    raw = torch.randn(n_views, 16, 8, dtype=torch.float64, generator=seeded(), requires_grad=True)
    z = torch.nn.functional.normalize(raw, dim=-1)
    record = CACR(1.0, 0.9, alpha=2.0, beta=1.5)(pair_views(z, negatives="later_views"))
    attraction, repulsion = reference.cacr_as_released(list(z), 1.0, 0.9, 2.0, 1.5)
    assert relative_error(record.attraction, attraction) < 1e-10
    assert relative_error(record.repulsion, repulsion) < 1e-10
    (ours,) = torch.autograd.grad(record.total, raw, retain_graph=True)
    (theirs,) = torch.autograd.grad(attraction + repulsion, raw)
    assert relative_error(ours, theirs) < 1e-10


@pytest.mark.parametrize(("temperature", "class_prior"), [(0.5, 0.1), (0.2, 0.0), (0.5, 0.5)])
def test_sscl_is_the_released_order_of_operations(temperature, class_prior):
    raw = torch.randn(2, 64, 16, dtype=torch.float64, generator=seeded(), requires_grad=True)
    z = torch.nn.functional.normalize(raw, dim=-1)
    pairs, made = with_synthetic_negatives(
        pair_views(z), z, n_synthetic=32, pool_size=64, generator=seeded(1)
    )
    ours = SSCL(temperature, 1.0, class_prior)(pairs).total
    theirs = reference.sscl_as_released(
        z, made.parents, made.coefficients, temperature, 1.0, class_prior
    )
    assert relative_error(ours, theirs) < 1e-10
    (our_grad,) = torch.autograd.grad(ours, raw, retain_graph=True)
    (their_grad,) = torch.autograd.grad(theirs, raw)
    assert relative_error(our_grad, their_grad) < 1e-10


def test_info_nce_of_two_views_is_a_cross_entropy():
    z = random_embeddings(n_views=2)
    ours = InfoNCE(temperature=0.3)(pair_views(z)).total
    torch.testing.assert_close(ours, reference.nt_xent_by_cross_entropy(z, 0.3))


# --- the fixtures of the papers' mathematics, worked out by hand --------------------------------


def test_attraction_of_two_positives():
    pos, neg = [0.5, 1.5], [1.0]
    record = CACR(t_pos=1.0, beta=0)(Pairs(row(pos), row(neg)))
    torch.testing.assert_close(record.pos_weights, row([0.26894142, 0.73105858]))
    assert record.attraction.item() == pytest.approx(1.231059, abs=1e-6)
    detached, _ = one_query_pulls(CACR(t_pos=1.0, detach_weights=True), pos, neg)
    through, _ = one_query_pulls(CACR(t_pos=1.0), pos, neg)
    assert detached.tolist() == pytest.approx([0.537883, 1.462117], abs=1e-6)
    assert through.tolist() == pytest.approx([0.144659, 1.855341], abs=1e-6)


@pytest.mark.parametrize(
    ("t_neg", "detach", "expected"),
    [
        (1.0, True, [1.324381, 0.595083, 0.080536]),
        (1.0, False, [1.788952, 0.327762, -0.116714]),
        (2.0, False, [2.131932, -0.105463, -0.026470]),
    ],
)
def test_repulsion_of_three_negatives(t_neg, detach, expected):
    _, r = one_query_pulls(CACR(t_neg=t_neg, detach_weights=detach), [0.3], [0.2, 1.0, 3.0])
    assert r.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("beta", "prior", "loss", "a", "r", "r_detached"),
    [
        (0, 0, 1.113955, 1.343484, [0.801870, 0.360304, 0.132548, 0.048762], None),
        (0, 0.1, 1.040035, 1.607286, [0.959323, 0.431052, 0.158575, 0.058336], None),
        (
            1,
            0,
            1.525015,
            1.564765,
            [1.604367, 0.092828, -0.085024, -0.047407],
            [1.269155, 0.256238, 0.034678, 0.004693],
        ),
        (
            1,
            0.1,
            1.515180,
            1.755813,
            [1.800250, 0.104162, -0.095405, -0.053195],
            [1.424111, 0.287523, 0.038912, 0.005266],
        ),
    ],
)
def test_sscl_of_one_query_and_four_negatives(beta, prior, loss, a, r, r_detached):
    pos, neg = similarities(0.8), similarities(0.9, 0.5, 0, -0.5)
    ours = SSCL(0.5, beta, prior)
    assert ours(Pairs(row(pos), row(neg))).total.item() == pytest.approx(loss, abs=1e-6)
    pull, push = one_query_pulls(ours, pos, neg)
    assert pull.tolist() == pytest.approx([a], abs=1e-6)
    assert push.tolist() == pytest.approx(r, abs=1e-6)
    _, push = one_query_pulls(SSCL(0.5, beta, prior, detach_weights=True), pos, neg)
    assert push.tolist() == pytest.approx(r_detached or r, abs=1e-6)


@pytest.mark.parametrize(("items", "expected"), [(4, 0.348472), (8, 0.885345)])
def test_nt_xent_of_the_simplex_is_its_known_optimum(items, expected):
    points = torch.eye(items, dtype=torch.float64) - 1 / items
    points = points / points.norm(dim=1, keepdim=True)
    total = InfoNCE(temperature=0.5)(pair_views(torch.stack([points, points]))).total
    assert total.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("t_neg", [0.0, 1.0, 3.0])
def test_cacr_of_the_simplex_is_its_known_optimum(t_neg):
    n = 6
    points = torch.eye(n, dtype=torch.float64) - 1 / n
    points = points / points.norm(dim=1, keepdim=True)
    total = CACR(t_neg=t_neg)(pair_views(torch.stack([points, points]))).total
    assert total.item() == pytest.approx(-2 * n / (n - 1))


# --- closed forms of the pulls ------------------------------------------------------------------


@pytest.mark.parametrize("detach", [False, True])
def test_cacr_pulls_equal_their_closed_form(detach):
    pairs = pair_views(random_embeddings())
    loss = CACR(1.5, 2.5, alpha=2.0, beta=3.0, detach_weights=detach)
    record, pulls = loss(pairs), pair_pulls(loss, pairs)
    pi_pos, pi_neg = record.pos_weights, record.neg_weights
    a, r = 2.0 * pi_pos, 3.0 * pi_neg
    if not detach:
        a = a * (1 + 1.5 * (pairs.pos - (pi_pos * pairs.pos).sum(1, keepdim=True)))
        r = r * (1 - 2.5 * (pairs.neg - (pi_neg * pairs.neg).sum(1, keepdim=True)))
    torch.testing.assert_close(pulls.pos * len(pairs.pos), a)
    torch.testing.assert_close(pulls.neg * len(pairs.neg), -r)


def test_far_negatives_are_drawn_in_unless_weights_are_detached():
    pairs = Pairs(pos=row([0.1]), neg=row([0.2, 3.9]))
    assert pair_pulls(CACR(), pairs).neg[0, 1] > 0
    assert pair_pulls(CACR(detach_weights=True), pairs).neg[0, 1] < 0


@pytest.mark.parametrize("loss", [SSCL(), SSCL(beta=2, class_prior=0), InfoNCE()], ids=repr)
def test_attraction_and_repulsion_of_a_softmax_loss_are_equal_and_opposite(loss):
    pulls = pair_pulls(loss, pair_views(random_embeddings()))
    torch.testing.assert_close(pulls.pos.sum(1), -pulls.neg.sum(1))


def test_clamped_queries_feel_no_repulsion():
    pairs = Pairs(row(similarities(0.99)), row(similarities(-0.9, -0.95)))
    loss = SSCL(class_prior=0.5)
    assert loss(pairs).clamped.all()
    assert pair_pulls(loss, pairs).neg.abs().max() == 0
    assert not SSCL(class_prior=0.0)(pairs).clamped.any()


def test_consistent_debiasing_pulls_the_positive_and_the_released_one_pushes_it():
    pairs = pair_views(random_embeddings())
    plain = pair_pulls(CACR(alpha=0), pairs).pos
    consistent = pair_pulls(CACR(alpha=0, class_prior=0.1), pairs).pos
    released = pair_pulls(CACR(alpha=0, class_prior=0.1, released_debiasing=True), pairs).pos
    assert (consistent > plain).all()
    assert (released < plain).all()
    share = 0.1 / 0.9 / pairs.pos.numel()
    torch.testing.assert_close(consistent, torch.full_like(consistent, share))


@pytest.mark.parametrize("detach", [False, True])
def test_rbf_pulls_equal_their_closed_form(detach):
    pairs = pair_views(random_embeddings())
    loss = CACR(t_neg=1.5, beta=2.0, cost="rbf", t_rbf=3.0, detach_weights=detach)
    omega, kappa = loss(pairs).neg_weights, (-3.0 * pairs.neg).exp()
    e = (omega * kappa).sum(1, keepdim=True)
    r = 3.0 * kappa if detach else 3.0 * kappa + 1.5 * (kappa - e)
    torch.testing.assert_close(pair_pulls(loss, pairs).neg, -2.0 * omega * r / e.sum())


# --- invariances and limits ---------------------------------------------------------------------


@every_loss
def test_weights_are_shares(loss):
    record = loss(pair_views(random_embeddings()))
    for weights in (record.pos_weights, record.neg_weights):
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(1), torch.ones(21, dtype=torch.float64))
    assert record.clamped.shape == (21,)


@every_loss
def test_rotating_all_embeddings_changes_nothing(loss):
    z = random_embeddings()
    rotation, _ = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64, generator=seeded()))
    torch.testing.assert_close(loss(pair_views(z @ rotation)), loss(pair_views(z)))


@every_loss
def test_permuting_items_changes_no_total(loss):
    z = random_embeddings()
    shuffled = z[:, torch.randperm(7, generator=seeded())]
    torch.testing.assert_close(loss(pair_views(shuffled)).total, loss(pair_views(z)).total)


@pytest.mark.parametrize(
    "loss", [x for x in SETTINGS if not getattr(x, "detach_weights", False)], ids=repr
)
def test_gradient_is_the_slope_unless_weights_are_detached(loss):
    pairs = pair_views(random_embeddings())
    assert torch.autograd.gradcheck(
        lambda pos, neg: loss(Pairs(pos, neg)).total, [d.requires_grad_() for d in pairs]
    )


@pytest.mark.parametrize("cls", [CACR, SSCL])
def test_detaching_changes_the_gradient_and_never_the_value(cls):
    pairs = pair_views(random_embeddings())
    through, detached = cls(), cls(detach_weights=True)
    torch.testing.assert_close(through(pairs).total, detached(pairs).total)
    assert not torch.allclose(pair_pulls(through, pairs).neg, pair_pulls(detached, pairs).neg)


def test_far_positives_and_near_negatives_weigh_most():
    record = CACR()(Pairs(row([0.1, 0.5, 2.0]), row([0.1, 0.5, 2.0])))
    assert (record.pos_weights.diff() > 0).all()
    assert (record.neg_weights.diff() < 0).all()


def test_zero_sharpness_weighs_all_alike_and_great_sharpness_picks_one():
    pairs = Pairs(row([0.1, 0.5, 2.0]), row([0.1, 0.5, 2.0]))
    flat, sharp = CACR(t_pos=0, t_neg=0)(pairs), CACR(t_pos=1e3, t_neg=1e3)(pairs)
    torch.testing.assert_close(flat.pos_weights, torch.full_like(pairs.pos, 1 / 3))
    torch.testing.assert_close(sharp.pos_weights, row([0.0, 0.0, 1.0]))
    torch.testing.assert_close(sharp.neg_weights, row([1.0, 0.0, 0.0]))


@pytest.mark.parametrize("seed", range(5))
def test_uniform_weights_bound_the_loss_from_below(seed):
    pairs = pair_views(random_embeddings(seed=seed))
    full, none = CACR(1, 2)(pairs).total, CACR(0, 0)(pairs).total
    for half in (CACR(1, 0), CACR(0, 2)):
        assert none <= half(pairs).total <= full


def test_sharper_repulsion_lowers_the_entropy_of_its_weights():
    pairs = pair_views(random_embeddings())
    entropies = [
        -torch.xlogy(w, w).sum(1).mean()
        for w in (CACR(t_neg=t)(pairs).neg_weights for t in (0, 0.5, 1, 2, 4))
    ]
    assert (torch.stack(entropies).diff() < 0).all()
    assert entropies[0].item() == pytest.approx(math.log(18))


def test_repulsion_is_free_energy_less_entropy():
    pairs = pair_views(random_embeddings())
    record = CACR(t_neg=2.0)(pairs)
    w = record.neg_weights
    free = (-2.0 * pairs.neg).logsumexp(1)
    entropy = -torch.xlogy(w, w).sum(1)
    torch.testing.assert_close(record.repulsion, ((free - entropy) / 2.0).mean())


def test_sscl_without_hardness_or_debiasing_is_info_nce():
    pairs = pair_views(random_embeddings())
    torch.testing.assert_close(
        SSCL(temperature=0.3, beta=0, class_prior=0)(pairs), InfoNCE(temperature=0.3)(pairs)
    )


def test_both_losses_weigh_negatives_alike_at_matching_sharpness():
    pairs = pair_views(random_embeddings())
    torch.testing.assert_close(
        InfoNCE(temperature=0.25)(pairs).neg_weights, CACR(t_neg=2.0)(pairs).neg_weights
    )


def test_hardness_raises_the_loss():
    pairs = pair_views(random_embeddings())
    totals = [SSCL(beta=b, class_prior=0)(pairs).total for b in (0, 0.5, 1, 2, 5)]
    assert (torch.stack(totals).diff() > 0).all()


def test_synthetics_raise_an_undebiased_loss():
    z = random_embeddings()
    pairs = pair_views(z)
    wide, _ = with_synthetic_negatives(pairs, z, n_synthetic=4, pool_size=5, generator=seeded())
    plain = SSCL(beta=0, class_prior=0)
    assert plain(wide).total > plain(pairs).total


@pytest.mark.parametrize("class_prior", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("beta", [0.0, 1.0, 10.0])
@pytest.mark.parametrize("temperature", [0.02, 0.05, 0.5])
def test_sscl_stays_finite_in_float32_where_raw_exponentials_overflow(
    temperature, beta, class_prior
):
    z = torch.randn(2, 32, 3, generator=seeded())
    z[:, 1] = z[:, 0] + 1e-4
    raw = z.requires_grad_()
    unit = torch.nn.functional.normalize(raw, dim=-1)
    total = SSCL(temperature, beta, class_prior)(pair_views(unit)).total
    (grad,) = torch.autograd.grad(total, raw)
    assert total.isfinite()
    assert grad.isfinite().all()


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: CACR(t_pos=-1.0), "t_pos.*-1.0"),
        (lambda: CACR(t_neg=math.nan), "t_neg.*nan"),
        (lambda: CACR(cost="cubic"), "cubic"),
        (lambda: CACR(cost="rbf", class_prior=0.1), "class_prior"),
        (lambda: CACR(class_prior=1.0), r"1\.0"),
        (lambda: SSCL(temperature=0), "temperature.*0"),
        (lambda: SSCL(beta=-2), "beta.*-2"),
        (lambda: InfoNCE(temperature=-0.5), r"-0\.5"),
    ],
)
def test_settings_out_of_range_are_refused_with_the_value(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("loss", [SSCL(), InfoNCE()], ids=repr)
@pytest.mark.parametrize("n_views", [2, 3, 4])  # of 3 there are as many rows as queries
def test_released_sampling_is_refused_by_losses_that_need_a_querys_own_rows(loss, n_views):
    with pytest.raises(ValueError, match="all_views"):
        loss(pair_views(random_embeddings(n_views=n_views), negatives="later_views"))


def test_losses_are_registered_by_the_names_scripts_use():
    assert list(LOSSES)[:3] == ["cacr", "sscl", "infonce"]
    assert list(LOSSES)[-1] == "typed"
    assert set(LOSSES) - {"cacr", "sscl", "infonce", "typed"} == {
        "dcl",
        "dclw",
        "siglip",
        "alignuniform",
        "triplet",
        "adnce",
        "supcon",
        "sincere",
    }
