"""What is said of losses wherever they stand, held to numbers."""

import dataclasses
import inspect
import math

import pytest
import torch
from torch.nn.functional import one_hot

from cacr_core.layouts import SteadyPCA
from cacr_core.losses import ADNCE, CACR, InfoNCE
from cacr_core.pairs import Pairs, pair_views
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from cacr_core.training import TrainConfig
from cacr_core.training.source import Source, splits_of
from tests import test_lessons
from web.live.inside import words


@pytest.mark.parametrize("n_views", [2, 5])
def test_infonce_bounds_the_information_by_the_images_of_the_batch_not_by_its_negatives(n_views):
    n_contents = n_images = 64
    generator, losses = torch.Generator().manual_seed(0), []
    for _ in range(40):
        drawn = torch.randint(n_contents, (n_images,), generator=generator)
        z = one_hot(drawn, n_contents).float().expand(n_views, -1, -1)
        losses.append(float(InfoNCE(0.02)(pair_views(z)).total))
    loss, true = sum(losses) / len(losses), math.log(n_contents)
    assert math.log(n_images) - loss <= true
    if n_views == 5:  # what was said: one plus the negatives
        assert math.log(1 + n_views * (n_images - 1)) - loss > true
    assert "ln(images of the batch) less the loss" in InfoNCE.meaning


def test_the_lower_adnces_mu_is_the_more_weight_it_takes_from_the_nearest_negative():
    similar = torch.tensor([[0.9, 0.0, 0.0, 0.0, 0.0, -0.2, 0.2]])
    pairs = Pairs(torch.tensor([[0.5]]), 2 - 2 * similar)
    nearest = [float(ADNCE(mu=mu)(pairs).neg_weights[0, 0]) for mu in (-1, -0.5, 0, 0.5, 0.7, 1)]
    assert nearest == sorted(nearest)
    plain = float(InfoNCE(ADNCE().temperature)(pairs).neg_weights[0, 0])
    assert nearest[0] < plain < nearest[4]  # at the default it gives weight
    assert "the lower μ is, the more weight it takes" in ADNCE.meaning


def test_two_dimensions_tell_more_than_guessing_and_far_less_than_many():
    last = {
        name: list(files.read_metrics(RECORDED / name))[-1]["knn_embeddings"]
        for name in ("live-circle", "live-cacr-1")
    }
    assert 2 * 0.125 < last["live-circle"] < last["live-cacr-1"] - 0.2
    assert "far fewer than many dimensions tell" in test_lessons.words_of("near-and-far")


def test_pca_keeps_the_size_of_a_collapsed_cloud():
    extents = []
    for name in ("live-collapse", "example"):
        folder = RECORDED / name
        z = files.read_arrays(folder, files.snapshot_steps(folder)[-1])[0][0]
        extents.append((xy := SteadyPCA().layout(z)).max(0) - xy.min(0))
    assert max(extents[0]) < 0.05 < 1 < max(extents[1])
    assert "PCA does where its axes are fitted" in test_lessons.words_of("reading-umap")


def test_a_collapse_is_an_answer_as_good_as_any_only_without_repulsion_that_looks_closer():
    generator = torch.Generator().manual_seed(1)
    spread = torch.nn.functional.normalize(torch.randn(64, 32, generator=generator), dim=1)
    place, heaps = torch.zeros(64, 32), torch.zeros(64, 32)
    place[:, 0] = 1
    heaps[:32, 0], heaps[32:, 0] = 1, -1

    def loss(of, z):
        return float(of(pair_views(z.expand(2, -1, -1))).total)

    seen = CACR(t_neg=2.0)
    assert loss(seen, spread) < loss(seen, heaps) < 0.01 and loss(seen, spread) < -1
    without = dataclasses.replace(seen, beta=0.0)
    assert loss(without, place) == pytest.approx(loss(without, spread), abs=1e-5)
    alike = dataclasses.replace(seen, t_neg=0.0)
    assert loss(alike, heaps) <= loss(alike, spread)
    said = "without repulsion, or where it weighs all alike, a collapse is as good an answer as any"
    assert said in test_lessons.words_of("collapse")


def test_no_image_comes_twice_in_a_round_and_those_that_fill_no_batch_wait():
    config = TrainConfig(dataset="digits", batch_size=64, n_probes=16)
    source = Source(config, splits_of(config))
    n = len(source.images)
    drawn = torch.cat([source.batch_index(step) for step in range(n // 64)])
    assert len(drawn.unique()) == len(drawn) == n - n % 64 < n
    assert "none comes twice in one round" in inspect.getsource(words)
