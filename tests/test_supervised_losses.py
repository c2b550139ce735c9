import dataclasses
import math

import numpy as np
import pytest
import torch

from cacr_core.losses import (
    LOSSES,
    SINCERE,
    InfoNCE,
    SupCon,
    guessing_with_labels,
    needs_labels,
    pair_pulls,
    with_labels,
)
from cacr_core.pairs import Pairs, own_class, pair_views, with_synthetic_negatives
from cacr_core.runs import folder as files
from cacr_core.training import TrainConfig, Training, train
from tests import reference_losses as reference
from tests.test_losses import relative_error, row
from tests.test_more_losses import unit_leaves
from tests.test_pairs import random_embeddings, seeded
from web.live.answers.panel import query
from web.live.answers.question import understand
from web.settings import board
from web.settings.fields import is_labelled

NAMES = ("supcon", "sincere")
by_name = pytest.mark.parametrize("cls", [SupCon, SINCERE])
LABELS = [0, 1, 0, 2, 1, -1, 0]  # the third class has one image, one image is unlabelled
TINY = TrainConfig(
    loss=SupCon(), dataset="digits", batch_size=12, n_steps=3, n_probes=16, device="cpu"
)


def bits(values):
    return torch.tensor([values], dtype=torch.bool)


# --- against a slow transcription ---------------------------------------------------------------


@by_name
@pytest.mark.parametrize("n_views", [2, 3])
@pytest.mark.parametrize("temperature", [0.5, 0.1])
def test_value_and_gradient_are_the_papers_formula_written_as_loops(cls, n_views, temperature):
    slowly = {SupCon: reference.supcon, SINCERE: reference.sincere}[cls]
    raw, z = unit_leaves(n_views, n_items=7)
    own = own_class(torch.tensor(LABELS), n_views)
    ours = cls(temperature)(pair_views(z), own).total
    theirs = slowly(z, LABELS, temperature)
    assert abs(ours - theirs).item() < 1e-10 * max(1.0, abs(theirs).item())
    (our_grad,) = torch.autograd.grad(ours, raw, retain_graph=True)
    (their_grad,) = torch.autograd.grad(theirs, raw)
    assert relative_error(our_grad, their_grad) < 1e-10


def test_own_class_marks_the_columns_whose_distance_is_to_an_image_of_the_class():
    n_views, n_items = 3, len(LABELS)
    z = random_embeddings(n_views, n_items)
    flat, pairs, own = (
        z.flatten(0, 1),
        pair_views(z),
        own_class(torch.tensor(LABELS), n_views),
    )
    assert own.shape == pairs.neg.shape
    for q, same, _ in reference.positives_of_class(z, LABELS):
        to_class = [((flat[q] - flat[p]) ** 2).sum() for p in same if p % n_items != q % n_items]
        marked = pairs.neg[q][own[q]]
        expected = torch.stack(to_class) if to_class else marked.new_zeros(0)
        torch.testing.assert_close(marked.sort().values, expected.sort().values)
    some = torch.tensor([5, 11, 20])
    assert torch.equal(own_class(torch.tensor(LABELS), n_views, some), own[some])


# --- what the weights and the pulls are ---------------------------------------------------------


@by_name
def test_weights_are_shares(cls):
    record = cls()(pair_views(random_embeddings()), own_class(torch.tensor(LABELS), 3))
    for weights in (record.pos_weights, record.neg_weights):
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(1), torch.ones(21, dtype=torch.float64))


def test_supcon_repels_its_own_class_where_it_is_nearer_than_the_rest_and_sincere_never_does():
    pairs = Pairs(row([0.5]), row([0.1, 1.0, 3.0]))
    own = bits([True, False, False])
    supcon = pair_pulls(with_labels(SupCon(0.2), own), pairs)
    sincere = pair_pulls(with_labels(SINCERE(0.2), own), pairs)
    assert supcon.neg[0, 0] < 0 < sincere.neg[0, 0]
    assert supcon.pos[0, 0] > 0
    assert (sincere.neg[0, 1:] < 0).all()
    far = Pairs(row([0.5]), row([2.5, 1.0, 3.0]))
    assert pair_pulls(with_labels(SupCon(0.2), own), far).neg[0, 0] > 0


def test_supcon_pulls_each_of_a_class_by_its_share_less_that_of_the_softmax():
    pairs = pair_views(random_embeddings())
    own = own_class(torch.tensor(LABELS), 3)
    pulls = pair_pulls(with_labels(SupCon(0.3), own), pairs)
    x = torch.cat(pairs, dim=1).div(-2 * 0.3).softmax(1)
    share = 1 / (2 + own.sum(1, keepdim=True))
    positive = torch.cat([torch.ones(21, 2, dtype=torch.bool), own], dim=1)
    expected = (torch.where(positive, share, 0) - x) / 0.3 / 2 / 21
    torch.testing.assert_close(torch.cat(pulls, dim=1), expected)


def test_sincere_weighs_no_sample_of_the_own_class():
    own = own_class(torch.tensor(LABELS), 3)
    weights = SINCERE()(pair_views(random_embeddings()), own).neg_weights
    assert weights[own].max() == 0
    assert weights[~own].min() > 0


def test_where_no_negative_is_of_the_class_both_are_info_nce():
    pairs = pair_views(random_embeddings(n_views=2))
    none = torch.zeros_like(pairs.neg, dtype=torch.bool)
    plain = InfoNCE(0.3)(pairs)
    torch.testing.assert_close(SupCon(0.3)(pairs, none).total, plain.total)
    torch.testing.assert_close(SINCERE(0.3)(pairs, none).total, plain.total)
    torch.testing.assert_close(SINCERE(0.3)(pairs, none).neg_weights, plain.neg_weights)
    more = pair_views(random_embeddings(n_views=4))
    none = torch.zeros_like(more.neg, dtype=torch.bool)
    torch.testing.assert_close(SINCERE(0.3)(more, none).total, InfoNCE(0.3)(more).total)


def test_a_query_whose_class_is_all_there_is_costs_nothing_in_sincere():
    pairs = Pairs(row([0.5]), row([0.1, 1.0]))
    record = SINCERE()(pairs, bits([True, True]))
    assert record.total.item() == pytest.approx(0, abs=1e-12)
    assert record.neg_weights.tolist() == [[0.5, 0.5]]
    pulls = pair_pulls(with_labels(SINCERE(), bits([True, True])), pairs)
    assert all((part == 0).all() for part in pulls)


def test_supcon_has_its_least_where_a_class_is_one_place_and_classes_oppose():
    together = torch.tensor([1.0, 0.0], dtype=torch.float64)
    z = torch.stack([together, together, -together, -together])[None].repeat(2, 1, 1)
    own = own_class(torch.tensor([0, 0, 1, 1]), 2)
    value = SupCon(0.5)(pair_views(z), own).total.item()
    assert value == pytest.approx(math.log(3 + 4 * math.exp(-4)))
    for seed in range(5):
        pairs = pair_views(random_embeddings(2, 4, 2, seed))
        assert SupCon(0.5)(pairs, own).total.item() > value


@by_name
def test_all_stays_finite_in_float32(cls):
    z = torch.randn(2, 32, 3, generator=seeded())
    z[1, :8], z[:, 1] = z[0, :8], z[:, 0] + 1e-4
    raw = z.requires_grad_()
    pairs = pair_views(torch.nn.functional.normalize(raw, dim=-1))
    for labels in (torch.arange(32) % 4, torch.zeros(32, dtype=torch.long)):
        record = cls(0.02)(pairs, own_class(labels, 2))
        (grad,) = torch.autograd.grad(record.total, raw, retain_graph=True)
        assert record.total.isfinite() and grad.isfinite().all()
        assert record.neg_weights.isfinite().all()


@by_name
def test_gradient_is_the_slope(cls):
    pairs, own = pair_views(random_embeddings()), own_class(torch.tensor(LABELS), 3)
    assert torch.autograd.gradcheck(
        lambda pos, neg: cls()(Pairs(pos, neg), own).total, [d.requires_grad_() for d in pairs]
    )


# --- no loss is told by default -----------------------------------------------------------------


def test_only_these_losses_are_told_labels_and_the_app_knows_which():
    assert {name for name, cls in LOSSES.items() if needs_labels(cls)} == set(NAMES)
    assert {name for name in LOSSES if is_labelled(name)} == set(NAMES)


@by_name
def test_without_labels_it_is_refused(cls):
    pairs = Pairs(row([0.5]), row([0.1, 1.0]))
    with pytest.raises(ValueError, match=r"no labels.*InfoNCE"):
        cls()(pairs)
    with pytest.raises(ValueError, match=r"2 negatives of 1 queries, got \(1, 3\)"):
        cls()(pairs, bits([True, False, False]))
    with pytest.raises(ValueError, match=r"temperature.*-1"):
        cls(temperature=-1.0)


@pytest.mark.parametrize("name", NAMES)
def test_points_of_a_board_have_no_labels_so_it_is_not_offered_there(name):
    assert name not in board.offered()
    with pytest.raises(ValueError, match=r"told the class of every image.*Take one of cacr"):
        board.checked_lens(board.full_lens(name))


@by_name
def test_queue_and_mixing_are_refused(cls):
    for changes in ({"host": "queue"}, {"n_synthetic": 4, "pool_size": 8}):
        with pytest.raises(ValueError, match="host 'batch' and n_synthetic 0"):
            dataclasses.replace(TINY, loss=cls(), **changes)
    z = random_embeddings()
    wide, _ = with_synthetic_negatives(pair_views(z), z, n_synthetic=2, pool_size=4)
    with pytest.raises(ValueError, match="synthetic"):
        cls()(wide, own_class(torch.tensor(LABELS), 3))


def test_images_of_fewer_than_two_classes_are_refused(tmp_path):
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 3), np.uint8)
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / f"{i}.png")
    config = dataclasses.replace(TINY, dataset=str(tmp_path))
    with pytest.raises(ValueError, match=r"SupCon is told.*are of [01]\."):
        Training(config)
    Training(dataclasses.replace(config, loss=InfoNCE()))


# --- training and looking -----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_and_is_told_the_labels_of_its_batch(name):
    config = dataclasses.replace(TINY, loss=LOSSES[name](0.2), n_views=3)
    assert TrainConfig.from_json(config.to_json()) == config
    assert all(math.isfinite(s.metrics["loss"]) for s in train(config))
    training = Training(config)
    with torch.no_grad():
        _, z = training.encoder.train()(torch.cat(training.views()))
    labels = training.source.splits.train.labels[training.source.batch_index(0)].tolist()
    slowly = {"supcon": reference.supcon, "sincere": reference.sincere}[name]
    value = slowly(z.unflatten(0, (3, 12)).double(), labels, 0.2).item()
    assert training._record.total.item() == pytest.approx(value, rel=1e-4)


def test_guessing_costs_as_much_as_there_are_samples_to_take_for_a_positive():
    own = own_class(torch.tensor(LABELS), 3)
    assert guessing_with_labels(SupCon(), 2, own) == pytest.approx(math.log(20))
    others = (~own).sum(1).double()
    guess = guessing_with_labels(SINCERE(), 2, own)
    assert guess == pytest.approx(torch.log1p(others).mean().item())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from cacr_core.runs.launch import write_config
    from cacr_core.runs.worker import work

    folder = tmp_path_factory.mktemp("runs") / "told"
    write_config(dataclasses.replace(TINY, n_probes=40), folder)
    assert work(folder) == "finished"
    return folder


@pytest.mark.parametrize("group", ["probes", "batch"])
def test_the_query_panel_tells_the_loss_the_probes_labels(run, group):
    question = understand({"step": 3, "probe": 4, "view": 1, "group": group}, run)
    answer = query(question, None)
    assert answer["loss"]["labelled"]
    assert answer["loss"]["text"] == "SupCon, τ 0.5, told the labels"
    labels = files.read_json(files.images_folder(run) / "probes.json")["labels"]
    for one in answer["negatives"]:
        assert one["same_class"] == (labels[one["probe"]] == labels[4])
        if not one["same_class"]:
            assert one["pull"] < 0
    lens = understand(
        {"step": 3, "probe": 4, "view": 1, "lens": {"name": "infonce", "temperature": 0.5}}, run
    )
    assert not query(lens, None)["loss"]["labelled"]


def test_a_lens_that_is_told_labels_serves_a_run_that_was_not(run, tmp_path):
    asked = {"step": 3, "probe": 4, "view": 1, "lens": {"name": "sincere", "temperature": 0.5}}
    answer = query(understand(asked, run), None)
    own = [one for one in answer["negatives"] if one["same_class"]]
    assert all(one["weight"] == 0 and one["pull"] >= 0 for one in own)
    mixed = asked | {"lens": {"name": "sincere", "temperature": 0.5, "n_synthetic": 4}}
    with pytest.raises(ValueError, match="synthetic negatives have no class"):
        query(understand(mixed, run), None)
