import dataclasses
import math

import pytest
import torch

from cacr_core.losses import (
    ADNCE,
    CACR,
    DCL,
    DCLW,
    LOSSES,
    AlignUniform,
    InfoNCE,
    SigLIP,
    Triplet,
    loss_name,
    pair_pulls,
)
from cacr_core.losses.dcl import positive_weights
from cacr_core.pairs import Pairs, pair_views
from cacr_core.presets import CATALOGUE
from cacr_core.training import TrainConfig, train
from tests import reference_losses as reference
from tests.test_losses import relative_error, row
from tests.test_pairs import random_embeddings, seeded
from web.live.answers.sums import sums
from web.live.readings import number
from web.live.readings.weights import weighs_alike
from web.settings.fields import LOSS_MEANINGS, LOSS_TITLES, field_of, loss_text
from web.settings.more_losses import NEW_FIELDS

CASES = [
    (DCL(), lambda z: reference.dcl(z, 0.5)),
    (DCL(0.1), lambda z: reference.dcl(z, 0.1)),
    (DCLW(), lambda z: reference.dclw(z, 0.5, 0.5, False)),
    (DCLW(0.2, 0.3), lambda z: reference.dclw(z, 0.2, 0.3, False)),
    (DCLW(0.2, 0.3, True), lambda z: reference.dclw(z, 0.2, 0.3, True)),
    (SigLIP(), lambda z: reference.siglip(z, 10.0, -10.0)),
    (SigLIP(3.0, 0.5), lambda z: reference.siglip(z, 3.0, 0.5)),
    (AlignUniform(), lambda z: reference.align_uniform(z, 2.0, 2.0, 1.0, 1.0)),
    (AlignUniform(1.0, 3.0, 0.7, 1.6), lambda z: reference.align_uniform(z, 1.0, 3.0, 0.7, 1.6)),
    (AlignUniform(4.0, 0.5), lambda z: reference.align_uniform(z, 4.0, 0.5, 1.0, 1.0)),
    (Triplet(), lambda z: reference.triplet(z, 0.2, False)),
    (Triplet(1.0), lambda z: reference.triplet(z, 1.0, False)),
    (Triplet(1.0, True), lambda z: reference.triplet(z, 1.0, True)),
    (ADNCE(), lambda z: reference.adnce(z, 0.5, 0.7, 1.0)),
    (ADNCE(0.2, -0.1, 0.3), lambda z: reference.adnce(z, 0.2, -0.1, 0.3)),
]
SETTINGS = [loss for loss, _ in CASES]
every_loss = pytest.mark.parametrize("loss", SETTINGS, ids=repr)
NAMES = ("dcl", "dclw", "siglip", "alignuniform", "triplet", "adnce")


def unit_leaves(n_views, n_items=6, dim=4, seed=3):
    shape = (n_views, n_items, dim)
    raw = torch.randn(*shape, dtype=torch.float64, generator=seeded(seed), requires_grad=True)
    return raw, torch.nn.functional.normalize(raw, dim=-1)


def total(loss, pairs):
    return loss(pairs).total


# --- against a slow transcription ---------------------------------------------------------------


@pytest.mark.parametrize("n_views", [2, 3])
@pytest.mark.parametrize(("loss", "slowly"), CASES, ids=[repr(loss) for loss in SETTINGS])
def test_value_and_gradient_are_the_papers_formula_written_as_loops(loss, slowly, n_views):
    raw, z = unit_leaves(n_views)
    ours, theirs = loss(pair_views(z)).total, slowly(z)
    assert abs(ours - theirs).item() < 1e-10 * max(1.0, abs(theirs).item())
    (our_grad,) = torch.autograd.grad(ours, raw, retain_graph=True)
    (their_grad,) = torch.autograd.grad(theirs, raw)
    assert their_grad.norm() > 1e-3
    assert relative_error(our_grad, their_grad) < 1e-10


# --- what holds of all --------------------------------------------------------------------------


@every_loss
def test_weights_are_shares(loss):
    record = loss(pair_views(random_embeddings()))
    for weights in (record.pos_weights, record.neg_weights):
        assert (weights >= 0).all()
        assert not weights.requires_grad
        torch.testing.assert_close(weights.sum(1), torch.ones(21, dtype=torch.float64))
    assert record.clamped.shape == (21,)
    assert not record.clamped.any()


@every_loss
def test_rotating_all_embeddings_changes_nothing(loss):
    z = random_embeddings()
    rotation, _ = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64, generator=seeded()))
    torch.testing.assert_close(loss(pair_views(z @ rotation)), loss(pair_views(z)))


@every_loss
def test_permuting_items_permutes_the_weights_and_changes_no_total(loss):
    z = random_embeddings()
    shuffled = z[:, torch.randperm(7, generator=seeded())]
    torch.testing.assert_close(loss(pair_views(shuffled)).total, loss(pair_views(z)).total)


@pytest.mark.parametrize(
    "loss", [x for x in SETTINGS if x != DCLW(0.2, 0.3, True) and type(x) is not ADNCE], ids=repr
)
def test_gradient_is_the_slope_unless_weights_are_detached(loss):
    pairs = pair_views(random_embeddings())
    assert torch.autograd.gradcheck(
        lambda pos, neg: total(loss, Pairs(pos, neg)), [d.requires_grad_() for d in pairs]
    )


SHARES = [x for x in SETTINGS if type(x) is not DCLW or x.detach_weights]


@pytest.mark.parametrize(
    ("loss", "side"),
    # a softmax loss weighs its positives alike and pulls the farther ones harder
    [(x, side) for x in SHARES for side in ("pos", "neg") if (type(x), side) != (ADNCE, "pos")],
    ids=str,
)
def test_weights_are_each_querys_pulls_over_their_sum(loss, side):
    pairs = pair_views(random_embeddings())
    pulls = getattr(pair_pulls(loss, pairs), side).abs()
    summed = pulls.sum(1, keepdim=True)
    some = summed[:, 0] > 0
    assert some.any()
    weights = getattr(loss(pairs), f"{side}_weights")
    torch.testing.assert_close(weights[some], (pulls / summed)[some])


@every_loss
def test_every_negative_is_pushed_and_every_positive_drawn(loss):
    pulls = pair_pulls(loss, pair_views(random_embeddings()))
    assert (pulls.neg <= 0).all()
    if type(loss) is not DCLW:
        assert (pulls.pos >= 0).all()


SHARP = [
    DCL(0.02),
    DCLW(0.02, 0.01),
    DCLW(0.02, 0.01, True),
    SigLIP(50.0, -10.0),
    SigLIP(50.0, 10.0),
    AlignUniform(0.5, 50.0),
    AlignUniform(1.0),
    AlignUniform(5.0),
    Triplet(4.0),
    Triplet(0.0, True),
    ADNCE(0.02, -1.0, 0.01),
    ADNCE(0.02, 1.0, 0.01),
]
FAR = torch.tensor([[0.0, 4.0], [4.0, 4.0], [0.0, 0.0]])
EXTREMES = [
    Pairs(pos[:, :n_pos].contiguous(), neg.repeat(1, 2))
    for pos in (FAR, FAR.flip(0))
    for neg in (FAR, FAR * 0, FAR * 0 + 4)
    for n_pos in (1, 2)
]


@pytest.mark.parametrize("loss", SHARP, ids=repr)
def test_all_stays_finite_in_float32_where_samples_coincide_or_oppose(loss):
    for pairs in EXTREMES:
        record, pulls = loss(pairs), pair_pulls(loss, pairs)
        for part in (record.total, record.pos_weights, record.neg_weights, *pulls):
            assert part.isfinite().all()
        ones = torch.ones(3)
        torch.testing.assert_close(record.pos_weights.sum(1), ones)
        torch.testing.assert_close(record.neg_weights.sum(1), ones)


@pytest.mark.parametrize("loss", SHARP, ids=repr)
def test_gradients_reach_the_encoder_finite_in_float32(loss):
    z = torch.randn(2, 32, 3, generator=seeded())
    z[1, :8] = z[0, :8]
    z[:, 1] = z[:, 0] + 1e-4
    raw = z.requires_grad_()
    value = loss(pair_views(torch.nn.functional.normalize(raw, dim=-1))).total
    (grad,) = torch.autograd.grad(value, raw)
    assert value.isfinite()
    assert grad.isfinite().all()


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


# --- training, settings, words ------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_it_trains(name):
    config = TrainConfig(
        loss=LOSSES[name](), dataset="digits", batch_size=12, n_steps=3, n_probes=16, device="cpu"
    )
    assert TrainConfig.from_json(config.to_json()) == config
    snapshots = list(train(config))
    assert snapshots[-1].step == 3
    assert all(math.isfinite(s.metrics["loss"]) for s in snapshots)
    assert snapshots[-1].metrics["gradient_norm"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_has_an_entry_of_it(name):
    assert any(type(settings["loss"]) is LOSSES[name] for _, settings in CATALOGUE.values())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: DCL(0.0), "temperature.*above 0, got 0"),
        (lambda: DCLW(sigma=0.0), r"sigma.*0\.01 or more, got 0"),
        (lambda: DCLW(temperature=math.inf), "temperature.*inf"),
        (lambda: SigLIP(scale=-1.0), "scale.*-1"),
        (lambda: SigLIP(bias=math.nan), "bias.*nan"),
        (lambda: AlignUniform(power=0.0), "power.*above 0, got 0"),
        (lambda: AlignUniform(t=-2.0), "t must.*-2"),
        (lambda: AlignUniform(align_weight=-0.1), r"align_weight.*-0\.1"),
        (lambda: AlignUniform(uniform_weight=math.nan), "uniform_weight.*nan"),
        (lambda: Triplet(margin=-0.5), r"margin.*-0\.5"),
        (lambda: ADNCE(mu=1.5), r"mu is a similarity, from -1 to 1, got 1\.5"),
        (lambda: ADNCE(sigma=0.001), r"sigma.*0\.001"),
    ],
)
def test_settings_out_of_range_are_refused_with_the_value(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("loss", [x for x in SETTINGS if type(x) is not AlignUniform], ids=repr)
def test_released_sampling_is_refused_by_losses_that_need_a_querys_own_rows(loss):
    with pytest.raises(ValueError, match="all_views"):
        loss(pair_views(random_embeddings(n_views=2), negatives="later_views"))


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_is_frozen_and_of_plain_settings(name):
    loss = LOSSES[name]()
    for field in dataclasses.fields(loss):
        assert type(field.default) in (float, bool)
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.temperature = 1.0


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_words_and_its_default_lies_on_its_slider(name):
    assert set(NEW_FIELDS[name]) == {f.name for f in dataclasses.fields(LOSSES[name])}
    assert LOSS_TITLES[name] and LOSS_MEANINGS[name].endswith(".")
    for field in dataclasses.fields(LOSSES[name]):
        known = field_of(name, field.name)
        assert known.help.endswith(".")
        if isinstance(field.default, float):
            assert known.symbol
            for value in (field.default, known.least, known.most):
                assert known.least <= value <= known.most
                LOSSES[name](**{field.name: value})


def test_the_text_of_a_loss_says_its_settings():
    assert loss_text("triplet", {"margin": 1.0, "hardest": True}) == (
        "Triplet, m 1, hardest negative only"
    )
    assert loss_text("siglip", {"scale": 10.0, "bias": -10.0}) == "SigLIP, t 10, b -10"
    assert loss_text("triplet", {"margin": 0.2, "hardest": False}) == "Triplet, m 0.2"


SAID = {
    DCL(0.25): "1/τ = 4 ",
    DCLW(0.25): "1/τ = 4 ",
    SigLIP(): "pulls to nothing fixed",
    Triplet(1.0): "pulls to nothing fixed",
}


@pytest.mark.parametrize("loss", SAID, ids=repr)
def test_what_the_query_panel_says_of_the_sums_of_pulls_is_true(loss):
    pairs = Pairs(row([0.2, 0.9]), row([0.5, 1.0, 2.0]))
    pulls = Pairs(*(2 * pull for pull in pair_pulls(loss, pairs)))
    said = sums(loss, pairs, loss(pairs), pulls)
    assert SAID[loss] in said
    if type(loss) in (DCL, DCLW):
        assert pulls.pos.sum().item() == pytest.approx(4.0)
        assert pulls.neg.sum().item() == pytest.approx(-4.0)
    else:
        assert f"{number(pulls.pos.sum().item())} on positives" in said
        assert f"{number(pulls.neg.sum().item())} on negatives" in said


@every_loss
def test_a_loss_said_to_weigh_positives_alike_does(loss):
    pairs = Pairs(row([0.2, 1.5]), row([1.3, 1.4, 2.4]))
    alike = loss(pairs).pos_weights.diff(dim=1).abs().max() < 1e-12
    assert weighs_alike({"name": loss_name(loss)} | vars(loss), "pos") == alike
    assert not weighs_alike({"name": loss_name(loss)} | vars(loss), "neg")
