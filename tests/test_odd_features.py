"""Likeness where features are odd: of images as near as each other, of few, too large to square, or
with one row that dominates."""

import pytest
import torch

from cacr_core.checkpoints.alike import linear_cka, neighbour_overlap, pairs_apart, spread_of
from cacr_core.checkpoints.frozen import scored
from cacr_core.neighbours import nearest_by_cosine
from tests.test_likeness import random_features, shuffled, song_cka


def test_debiased_cka_holds_where_one_row_dominates():
    x, y = (torch.randn(300, 64, generator=torch.Generator().manual_seed(i)) for i in range(2))
    x[0] *= 1e4
    y[0] *= 1e4
    assert linear_cka(x, y, debiased=True) == pytest.approx(song_cka(x, y), rel=1e-4)


def test_overlap_follows_no_order_of_rows_where_images_are_as_near_as_each_other():
    x, y = (random_features(i, 10).repeat(12, 1) for i in range(2))
    other = torch.cat([x[shuffled(60)], x[60:]])  # of copies any may be another's
    order = shuffled(120, seed=1)
    for a, b in ((x, x.clone()), (x, y), (x, other)):
        found = neighbour_overlap(a, b).share
        torch.testing.assert_close(neighbour_overlap(a[order], b[order]).share, found[order])
    assert neighbour_overlap(x, y).mean == pytest.approx(1)  # the same ten images, whatever y says
    constant, some = torch.full((60, 4), 0.1), random_features(2)
    assert neighbour_overlap(constant, some).mean == pytest.approx(10 / 59)


def test_features_whose_squares_overflow_lie_as_the_same_ones_made_smaller():
    x = random_features(0)
    small, large = (spread_of(one, [one, one + one.flip(0)]) for one in (x, 1e25 * x))
    assert large.uniformity == pytest.approx(small.uniformity, abs=1e-5)
    assert large.alignment == pytest.approx(small.alignment, abs=1e-5)
    assert neighbour_overlap(x, 1e25 * x).mean == pytest.approx(1)
    assert nearest_by_cosine(1e25 * x, 5)[1].tolist() == nearest_by_cosine(x, 5)[1].tolist()
    assert pairs_apart(1e25 * x, x) == []


@pytest.mark.parametrize(("n", "k"), [(2, 1), (4, 1), (7, 2), (11, 3), (30, 9), (31, 10)])
def test_of_few_images_few_neighbours_are_looked_at_so_that_chance_says_little(n, k):
    found = neighbour_overlap(random_features(0, n), random_features(1, n))
    assert (found.k, found.before.shape) == (k, (n, k))
    assert found.expected == k / (n - 1)


def test_features_whose_length_overflows_are_frozen_as_the_directions_they_are():
    class Large(torch.nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :8] * 1e20

    images = torch.randint(256, (6, 3, 4, 4), dtype=torch.uint8)
    seen = {"input_size": 4, "mean": [0.5] * 3, "std": [1.0] * 3}
    x, z = scored.made_of(Large(), None, images, "features", **seen)
    assert x.abs().max() > 1e19
    torch.testing.assert_close(z, torch.nn.functional.normalize(x.double(), dim=1).float())
