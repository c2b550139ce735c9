import math

import numpy as np
import pytest
import torch

from cacr_core import metrics
from cacr_core.scores.evenness import relative_spread, uniformity_limit


def on_sphere(n, dim, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def polygon(n):
    angles = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def simplex(n):
    x = np.eye(n) - 1 / n
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def uniformity(x):
    return metrics.uniformity(torch.from_numpy(x).double())


@pytest.mark.parametrize(("dim", "limit"), [(2, -1.575), (3, -2.08), (8, -3.07), (32, -3.75)])
def test_the_limit_of_many_points_is_that_of_points_drawn_evenly(dim, limit):
    assert uniformity_limit(dim) == pytest.approx(limit, abs=0.02)
    drawn = [uniformity(on_sphere(2_000, dim, seed)) for seed in range(3)]
    assert uniformity_limit(dim) == pytest.approx(np.mean(drawn), abs=0.01)


@pytest.mark.parametrize("t", [0.5, 2.0, 5.0])
def test_on_circle_and_sphere_the_limit_is_a_known_integral(t):
    circle = np.exp(2 * t * np.cos(2 * np.pi * np.arange(4096) / 4096)).mean()
    assert uniformity_limit(2, t=t) == pytest.approx(-2 * t + math.log(circle))
    assert uniformity_limit(3, t=t) == pytest.approx(-2 * t + math.log(math.sinh(2 * t) / (2 * t)))


@pytest.mark.parametrize("n", [9, 16, 64, 512])
def test_a_regular_polygon_attains_the_limit_of_its_number_of_points(n):
    assert uniformity(polygon(n)) == pytest.approx(uniformity_limit(2, n), abs=2e-3)


@pytest.mark.parametrize("n", [2, 3, 9, 33])
def test_a_simplex_attains_it_where_there_are_dimensions_enough(n):
    assert uniformity(simplex(n)) == pytest.approx(uniformity_limit(n - 1, n), abs=1e-6)
    assert uniformity_limit(64, n) == pytest.approx(uniformity_limit(max(2, n - 1), n), abs=1e-3)


@pytest.mark.parametrize("dim", [2, 3, 8, 64])
def test_no_points_are_more_even_than_the_limit(dim):
    for n in (2, 3, 5, 12, 100):
        for seed in range(5):
            assert uniformity(on_sphere(n, dim, seed)) >= uniformity_limit(dim, n) - 1e-9


def test_effective_rank_of_a_collapsed_cloud_is_one_however_its_remains_are_spread():
    for left in (0.0, 1e-6, 1e-3):
        x = torch.from_numpy(on_sphere(1, 32) + left * on_sphere(512, 32, seed=1))
        x = torch.nn.functional.normalize(x, dim=1)
        assert metrics.effective_rank(x) < 1.1
        assert relative_spread(x.numpy()) < 2e-3
    assert relative_spread(np.zeros((20, 4))) == 0
    even = torch.from_numpy(on_sphere(512, 32))
    assert metrics.effective_rank(even) > 31
    poles = torch.from_numpy(np.repeat(polygon(2), 50, axis=0))
    assert metrics.effective_rank(poles) == pytest.approx(1)
    assert relative_spread(poles.numpy()) == 1


def test_spread_is_the_root_mean_square_distance_of_pairs_against_an_even_spread():
    x = np.random.default_rng(0).standard_normal((40, 5)) + 1
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    squares = [((a - b) ** 2).sum() for i, a in enumerate(unit) for b in unit[:i]]
    assert relative_spread(x) == pytest.approx(np.sqrt(np.mean(squares) / 2))
