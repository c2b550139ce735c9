"""Neighbours, layouts and what is said of them do not follow the order of the rows."""

import itertools
import math

import numpy as np
import pytest
import torch

from cacr_core.layouts import (
    SteadyPCA,
    SteadyUMAP,
    among_neighbours,
    framed,
    neighbour_agreement,
    trustworthiness,
)
from cacr_core.neighbours import (
    distinct,
    kept,
    nearest,
    nearest_by_cosine,
    order_of,
    shares_of_nearest,
)
from cacr_core.scores.evenness import relative_spread

SHUFFLE = np.random.default_rng(7).permutation(200)


def unit(x):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def some(n=200, dim=16, seed=0):
    return unit(np.random.default_rng(seed).normal(size=(n, dim)))


def copies(n=200, of=40):
    return np.tile(some(of), (n // of, 1))


def collapsed(n=200, dim=16):
    """One direction and what float16 makes of it."""
    noisy = unit(np.ones((n, dim)) + 1e-5 * np.random.default_rng(0).normal(size=(n, dim)))
    return unit(noisy.astype(np.float16).astype(np.float32))


CLOUDS = {
    "spread": some(),
    "copies": copies(),
    "equidistant": np.eye(200, dtype=np.float32),
    "collapsed": collapsed(),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_permuting_the_rows_permutes_the_layout_and_nothing_else(name):
    x = CLOUDS[name]
    drift = x + 0.02 * some(seed=1, dim=x.shape[1])
    straight, shuffled = SteadyUMAP(), SteadyUMAP()
    for cloud in (x, drift):
        np.testing.assert_array_equal(shuffled(cloud[SHUFFLE]), straight(cloud)[SHUFFLE])
    straight, shuffled = SteadyPCA(), SteadyPCA()
    for cloud in (x, drift):
        np.testing.assert_allclose(shuffled(cloud[SHUFFLE]), straight(cloud)[SHUFFLE], atol=1e-5)


@pytest.mark.parametrize("name", CLOUDS)
def test_permuting_the_rows_changes_no_measure_of_neighbours(name):
    x = CLOUDS[name]
    xy, labels = some(dim=2, seed=3), np.arange(200) % 8
    assert trustworthiness(x[SHUFFLE], xy[SHUFFLE]) == trustworthiness(x, xy)
    np.testing.assert_allclose(
        neighbour_agreement(x[SHUFFLE], labels[SHUFFLE]),
        neighbour_agreement(x, labels)[SHUFFLE],
        atol=1e-6,
    )
    points = some(5, dim=x.shape[1], seed=4)
    np.testing.assert_allclose(
        among_neighbours(points, x[SHUFFLE], xy[SHUFFLE]),
        among_neighbours(points, x, xy),
        atol=1e-4,
    )


def test_copies_lie_in_one_place_and_so_does_what_rounding_alone_tells_apart():
    xy = SteadyUMAP()(copies())
    assert len(np.unique(xy, axis=0)) == 40
    np.testing.assert_array_equal(xy[:40], xy[40:80])
    assert not SteadyUMAP()(collapsed()).any()


def test_a_cloud_without_structure_shows_none():
    xy = SteadyUMAP()(np.eye(200, dtype=np.float32))
    near = np.linalg.norm(xy[1:] - xy[:-1], axis=1).mean()
    any_two = np.linalg.norm(xy[:, None] - xy, axis=2).sum() / (200 * 199)
    assert near / any_two == pytest.approx(1, abs=0.15)  # the order of the rows is not drawn
    angles = np.sort(np.arctan2(*(xy - xy.mean(0)).T))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    assert gaps.max() < 0.35  # no group stands apart: 200 random angles leave about 0.17


def test_every_row_draws_its_own_among_samples_equally_far():
    near, distances = nearest(np.eye(60, dtype=np.float32), 10)
    np.testing.assert_allclose(distances, math.sqrt(2), atol=1e-6)
    assert not (near == np.arange(60)[:, None]).any()
    chosen = np.bincount(near.ravel(), minlength=60)
    assert chosen.max() < 25  # sorting by number would choose the first ten 60 times each


def test_distinct_points_are_found_by_their_distance():
    x = some(30)
    x[3], x[17] = x[5], x[5] + 2e-5
    first, which = distinct(x)
    assert len(first) == 28
    assert which[3] == which[5] == which[17]
    assert first[which[17]] == 3
    for i, j in itertools.combinations(range(30), 2):
        assert (which[i] == which[j]) == (np.linalg.norm(x[i] - x[j]) < 1e-3)


def test_order_is_of_contents():
    x = some(50)
    shuffle = np.random.default_rng(0).permutation(50)
    np.testing.assert_array_equal(x[order_of(x)], x[shuffle][order_of(x[shuffle])])


def test_the_places_among_the_nearest_are_shared_by_those_equally_far():
    squared = np.array([[0.1, 0.5, 0.5, 0.5, 0.9], [0.3, 0.2, 0.1, 0.4, 0.5]])
    np.testing.assert_allclose(
        shares_of_nearest(squared, 2), [[1, 1 / 3, 1 / 3, 1 / 3, 0], [0, 1, 1, 0, 0]]
    )


def test_trustworthiness_equals_scikit_learns_where_no_distances_are_equal():
    from sklearn.manifold import trustworthiness as of_sklearn

    for seed in range(3):
        x, xy = some(150, seed=seed), some(150, dim=2, seed=seed + 10)
        xy = xy * np.random.default_rng(seed).random((150, 1))
        ours, theirs = trustworthiness(x, xy), of_sklearn(x, xy, n_neighbors=10)
        assert ours == pytest.approx(theirs, abs=1e-4)  # two distances in 150 may be nearly equal


def test_one_place_for_all_is_trusted_no_more_than_chance():
    x = some(200)
    for mess in (np.zeros((200, 2)), np.ones((200, 2))):
        assert trustworthiness(x, mess) == pytest.approx(0.5, abs=0.02)


def test_spread_is_the_root_mean_square_distance_of_all_pairs_against_an_even_one():
    for x in (some(60), some(60) + 0.5, collapsed(60), np.eye(60, dtype=np.float32)):
        x = unit(x)
        pairs = np.linalg.norm(x[:, None] - x, axis=2)
        rms = math.sqrt((pairs**2).sum() / (60 * 59))
        assert relative_spread(x) == pytest.approx(min(1, rms / math.sqrt(2)), abs=2e-4)
    assert relative_spread(np.eye(60)) == 1
    assert relative_spread(collapsed()) < 0.002
    assert relative_spread(np.repeat([[1.0, 0], [-1, 0]], 50, axis=0)) == 1  # two poles are far
    assert relative_spread(3 * some()) == pytest.approx(relative_spread(some()))


def test_a_framed_cloud_is_as_large_as_it_is_spread():
    xy = some(80, dim=2) * [3, 0.5] + 7
    for spread in (1.0, 0.4, 0.0):
        drawn = framed(xy, spread)
        low, high = drawn.min(0), drawn.max(0)
        assert (high - low).max() == pytest.approx(2 * spread, abs=1e-6)
        np.testing.assert_allclose((low + high) / 2, 0, atol=1e-6)
    assert np.isfinite(framed(np.zeros((5, 2)), 1.0)).all()


@pytest.mark.parametrize("n", [3, 40, 1500])
def test_nearest_by_cosine_are_those_that_a_sort_of_all_cosines_puts_first(n):
    x = torch.randn(n, 5, generator=torch.Generator().manual_seed(n)) * 7
    cosines, found = nearest_by_cosine(x, 4)
    unit = x.double().numpy() / np.linalg.norm(x.double().numpy(), axis=1, keepdims=True)
    expected = unit @ unit.T
    np.fill_diagonal(expected, -np.inf)
    order = np.argsort(-expected, axis=1)[:, : min(4, n - 1)]
    assert np.array_equal(found.numpy(), order)
    assert np.allclose(cosines.numpy(), np.take_along_axis(expected, order, 1), atol=1e-6)


def test_of_a_bank_all_are_taken_where_there_are_fewer_and_a_point_may_be_its_own():
    bank = torch.eye(3)
    cosines, found = nearest_by_cosine(2 * bank[:2], 9, bank)
    assert found.shape == (2, 3)
    assert found[:, 0].tolist() == [0, 1]
    assert cosines[:, 0].tolist() == [1, 1]


def test_kept_says_which_neighbours_are_among_the_others_wherever_they_stand():
    these, those = torch.tensor([[1, 2, 3]]), torch.tensor([[3, 4, 1]])
    assert kept(these, those).tolist() == [[True, False, True]]
