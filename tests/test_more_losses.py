import dataclasses
import math

import pytest
import torch

from cacr_core.losses import (
    ADNCE,
    DCL,
    DCLW,
    LOSSES,
    AlignUniform,
    SigLIP,
    Triplet,
    pair_pulls,
)
from cacr_core.pairs import Pairs, pair_views
from cacr_core.presets import CATALOGUE
from cacr_core.training import TrainConfig, train
from tests import reference_losses as reference
from tests.test_losses import relative_error
from tests.test_pairs import random_embeddings, seeded

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
@pytest.mark.parametrize("n_views", [2, 3, 4])  # of 3 there are as many rows as queries
def test_released_sampling_is_refused_by_losses_that_need_a_querys_own_rows(loss, n_views):
    with pytest.raises(ValueError, match="all_views"):
        loss(pair_views(random_embeddings(n_views=n_views), negatives="later_views"))


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_is_frozen_and_of_plain_settings(name):
    loss = LOSSES[name]()
    for field in dataclasses.fields(loss):
        assert type(field.default) in (float, bool)
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.temperature = 1.0
