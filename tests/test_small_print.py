"""Facts that a mutant could change without a test noticing (`benchmarks/mutants.py`)."""

import dataclasses
import math

import pytest
import torch
from torch.nn.functional import normalize

from cacr_core import metrics
from cacr_core.data import ImageSet
from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.pairs import Pairs, pair_views, with_synthetic_negatives
from cacr_core.papers.reproduce.evaluation import Evaluation
from cacr_core.papers.reproduce.pretraining import Pretraining, first_encoder
from cacr_core.training import Source, TrainConfig, Training, train
from cacr_core.training.numbers import of_record
from cacr_core.views import ViewRecipe, make_view
from tests.test_pairs import random_embeddings, seeded
from tests.test_reproduce import CPU, tiny

CONFIG = TrainConfig(
    dataset="digits", batch_size=64, n_steps=20, n_probes=16, embedding_dim=8, precision="float32"
)


def config(**changes):
    return dataclasses.replace(CONFIG, **changes)


def test_the_rate_warms_up_over_a_tenth_and_falls_by_a_cosine_to_nothing():
    training, rates = Training(config(lr=0.1)), []
    for _ in range(20):
        training.update()
        rates.append(training.optimizer.param_groups[0]["lr"])
    cosine = [0.05 * (1 + math.cos(math.pi * i / 18)) for i in range(18)]
    assert rates == pytest.approx([0.05, 0.1, *cosine])


def test_weight_decay_shrinks_weights_by_the_rate_times_itself():
    plain, decayed = Training(config(weight_decay=0.0)), Training(config(weight_decay=0.3))
    before = [p.detach().clone() for p in plain.parameters]
    for training in (plain, decayed):
        training.update()
    rate = plain.optimizer.param_groups[0]["lr"]
    for start, free, held in zip(before, plain.parameters, decayed.parameters, strict=True):
        torch.testing.assert_close(free - held, rate * 0.3 * start, atol=1e-6, rtol=1e-3)


def test_weight_decay_of_a_recipe_adds_its_share_of_the_weights_to_the_gradient():
    images = ImageSet(
        torch.randint(256, (20, 3, 28, 28), generator=seeded()).to(torch.uint8),
        torch.arange(20) % 10,
        tuple("0123456789"),
    )
    moved = []
    for decay in (0.0, 0.5):
        recipe = dataclasses.replace(tiny(), weight_decay=decay, momentum=0.0)
        pretraining = Pretraining(recipe, images, CPU, "float32")
        before = [p.detach().clone() for p in pretraining.encoder.parameters()]
        pretraining.update(0, torch.arange(20))
        moved.append([p.detach() for p in pretraining.encoder.parameters()])
        rate = pretraining.optimizer.param_groups[0]["lr"]
    for start, free, held in zip(before, *moved, strict=True):
        torch.testing.assert_close(free - held, rate * 0.5 * start, atol=1e-6, rtol=1e-3)


def test_every_epoch_sees_every_image_once_in_an_order_of_its_own():
    source = Source(config(batch_size=100))
    n_batches = len(source.images) // 100
    epochs = [
        torch.cat([source.batch_index(epoch * n_batches + i) for i in range(n_batches)])
        for epoch in range(3)
    ]
    for epoch in epochs:
        assert len(epoch.unique()) == len(epoch) == 100 * n_batches
    assert not torch.equal(epochs[0], epochs[1])
    assert not torch.equal(epochs[1], epochs[2])


def test_views_and_synthetics_are_drawn_anew_for_every_view_and_every_step():
    training = Training(config(loss=SSCL(), n_synthetic=3, pool_size=8))
    drawn = []
    for step in range(2):
        one, other = training.source.view(step, 0), training.source.view(step, 1)
        assert not torch.equal(one, other)
        training.update()
        drawn.append(training._synthetic.coefficients.clone())
    assert not torch.equal(drawn[0], drawn[1])
    n = CONFIG.batch_size
    assert not torch.equal(drawn[0][:n], drawn[0][n:])  # the queries of the two views


def test_entropy_is_a_share_of_what_equal_weights_have():
    record = CACR(t_neg=0.0)(pair_views(random_embeddings(n_views=3, n_items=6)))
    found = of_record(record, 0.0)
    assert found["entropy"] == pytest.approx(1)
    assert found["effective_negatives"] == pytest.approx(15)
    sharp = CACR(t_neg=50.0)(pair_views(random_embeddings(n_views=3, n_items=6)))
    entropy = metrics.weight_entropy(sharp.neg_weights).mean().item()
    assert of_record(sharp, 0.0)["entropy"] == pytest.approx(entropy / math.log(15))


def at_angles(*degrees):
    turns = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    return torch.stack([turns.cos(), turns.sin()], dim=1)


def test_the_last_of_k_neighbours_votes_and_one_more_does_not():
    bank, labels = at_angles(10, 20, 30, 40), torch.tensor([0, 1, 1, 0])
    query = at_angles(0)
    assert metrics.knn_classes(bank, labels, query, 2).item() == 0  # one each, the nearer wins
    assert metrics.knn_classes(bank, labels, query, 3).item() == 1  # the third decides
    assert metrics.knn_classes(bank, labels, query, 1).item() == 0


def test_nearer_neighbours_have_more_of_a_vote():
    bank, labels = at_angles(0, 100, 110), torch.tensor([0, 1, 1])
    assert metrics.knn_classes(bank, labels, at_angles(0), 3).item() == 0  # 2.0 against 1.5
    bank = at_angles(0, 40, 50)
    assert metrics.knn_classes(bank, labels, at_angles(0), 3).item() == 1  # 2.0 against 3.4
    assert metrics.knn_classes(bank, labels, at_angles(0), 3, temperature=0.07).item() == 0


def test_a_resampled_synthetic_is_its_parent_unmixed():
    z = random_embeddings(n_views=2, n_items=6)
    pairs, made = with_synthetic_negatives(
        pair_views(z), z, n_synthetic=4, pool_size=5, mixing="resample", generator=seeded()
    )
    torch.testing.assert_close(made.embeddings, z.flatten(0, 1)[made.parents[..., 0]])
    real = pair_views(z).neg
    for row, synthetic in zip(real, pairs.neg[:, real.shape[1] :], strict=True):
        assert all((row - d).abs().min() < 1e-9 for d in synthetic)


def test_the_encoder_that_is_evaluated_is_frozen_in_eval_mode():
    recipe = tiny()
    pixels = torch.randint(256, (24, 3, 28, 28), generator=seeded()).to(torch.uint8)
    images = ImageSet(pixels, torch.arange(24) % 10, tuple("0123456789"))
    encoder = first_encoder(recipe).train()
    evaluation = Evaluation(recipe, encoder, images, images, CPU)
    view = make_view(pixels, recipe.view, seeded())
    together = evaluation.features(view)
    torch.testing.assert_close(evaluation.features(view[:5]), together[:5], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("hue", [0.1, 0.25])
def test_hue_turns_colours_by_up_to_its_share_of_the_circle(hue):
    recipe = ViewRecipe(size=8, hue=hue)
    pixels = torch.tensor([150, 110, 120]).view(1, 3, 1, 1).expand(40, 3, 8, 8).to(torch.uint8)
    view = (make_view(pixels, recipe, seeded(3))[:, :, 4, 4] + 1) / 2
    draw = torch.rand(40, 16, generator=seeded(3))[:, 9]

    def angle(rgb):
        i = rgb @ torch.tensor([0.5959, -0.2746, -0.3213])
        q = rgb @ torch.tensor([0.2115, -0.5227, 0.3112])
        return torch.atan2(q, i)

    turned = angle(view) - angle(pixels[:, :, 0, 0].float() / 255)
    wanted = (2 * draw - 1) * hue * 2 * math.pi
    apart = torch.remainder(turned - wanted + math.pi, 2 * math.pi) - math.pi
    assert apart.abs().max() < 0.02


def test_at_the_clamp_the_loss_is_that_of_negatives_as_far_as_they_can_be():
    loss = SSCL(temperature=0.5, beta=1.0, class_prior=0.5)
    pairs = Pairs(torch.tensor([[0.1]]).double(), torch.tensor([[3.0, 3.5, 3.9]]).double())
    record = loss(pairs)
    assert record.clamped.all()
    positive = math.exp((1 - 0.05) / 0.5)
    floor = 3 * math.exp(-1 / 0.5)
    assert record.total.item() == pytest.approx(math.log1p(floor / positive))


def test_two_views_of_a_step_come_from_streams_that_no_other_step_repeats():
    source = Source(config())
    seen = [source.view(step, number).clone() for step in (0, 1, 2) for number in (0, 1)]
    for i, one in enumerate(seen):
        for other in seen[i + 1 :]:
            assert not torch.equal(one, other)
    assert normalize(seen[0].flatten(1), dim=1).isfinite().all()


def test_a_query_is_clamped_where_one_of_its_positives_is():
    near_and_far = Pairs(pos=torch.tensor([[0.0, 3.9]]), neg=torch.full((1, 6), 3.0))
    each = [
        bool(SSCL(class_prior=0.3)(Pairs(near_and_far.pos[:, [i]], near_and_far.neg)).clamped)
        for i in range(2)
    ]
    assert each == [True, False]
    assert SSCL(class_prior=0.3)(near_and_far).clamped.tolist() == [True]


@pytest.mark.parametrize("loss", [InfoNCE(), SSCL()])
def test_weights_that_the_loss_does_not_use_carry_no_gradient(loss):
    z = random_embeddings(3, 5, 4).requires_grad_()
    record = loss(pair_views(z))
    assert record.repulsion.requires_grad
    assert not record.pos_weights.requires_grad
    assert not record.neg_weights.requires_grad


def test_no_distance_is_below_nothing():
    z = normalize(torch.randn(2, 500, 7, generator=seeded()), dim=2)
    pairs = pair_views(z[:1].expand(2, 500, 7))
    assert pairs.pos.min() >= 0
    copies = pair_views(z[:, :1].expand(2, 500, 7))
    assert copies.neg.min() >= 0


def test_the_same_images_are_seen_otherwise_at_every_step():
    source = Source(config())
    source.batch_index = lambda step: torch.arange(CONFIG.batch_size)
    first, second = source.view(0, 0).clone(), source.view(1, 0)
    assert (first - second).flatten(1).abs().amax(dim=1).min() > 0.01


def test_a_run_ends_with_a_snapshot_of_its_last_state_whatever_the_pace():
    steps = [s.step for s in train(config(n_steps=7, snapshot_every=5))]
    assert steps[-2:] == [5, 7]


def test_the_numbers_of_a_snapshot_are_of_the_first_view_of_the_probes():
    snapshot = next(train(config(n_steps=1)))
    z = torch.from_numpy(snapshot.embeddings)
    apart = torch.pdist(z[0].double()).square()
    assert snapshot.metrics["uniformity"] == pytest.approx(float((-2 * apart).exp().mean().log()))
    assert abs(metrics.uniformity(z.flatten(0, 1)) - snapshot.metrics["uniformity"]) > 1e-4


def test_batch_norm_begins_with_what_the_first_two_views_have():
    training = Training(config())
    modules = list(training.encoder.modules())
    conv = next(m for m in modules if isinstance(m, torch.nn.Conv2d))
    norm = next(m for m in modules if isinstance(m, torch.nn.BatchNorm2d))
    views = torch.cat([training.source.view(0, number) for number in range(2)])
    with torch.no_grad():
        expected = conv(views).mean(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_mean, expected, atol=1e-4, rtol=1e-3)
