"""How weights of two networks differ: by torch's singular values, and cases known beforehand."""

import math

import pytest
import torch

from cacr_core.checkpoints.alike import layer_changes, singular


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (5, 3, 4, 4), (1, 7)])
def test_values_are_those_of_the_difference_as_a_matrix(shape):
    a, b = random(*shape), random(*shape, seed=1)
    (found,) = layer_changes({"w": a}, {"w": b}).layers
    expected = torch.linalg.svdvals((b - a).flatten(1))
    torch.testing.assert_close(torch.tensor(found.values[: len(expected)]), expected)
    assert found.relative == pytest.approx(float((b - a).norm() / a.norm()))
    share = expected.square().cumsum(0) / expected.square().sum()
    assert found.n_held == int((share < 0.9).sum()) + 1


def test_a_change_of_one_direction_is_held_by_one_and_no_change_by_none():
    a = random(8, 8)
    one = a + 3 * random(8, 1, seed=2) @ random(1, 8, seed=3)
    moved, same = layer_changes({"m": a, "s": a}, {"m": one, "s": a.clone()}).layers
    assert (moved.n_held, same.n_held, same.relative) == (1, 0, 0.0)
    (zero,) = layer_changes({"z": torch.zeros(2, 2)}, {"z": torch.eye(2)}).layers
    assert zero.relative == math.inf


def test_only_weights_of_one_name_and_shape_that_are_finite_are_compared_and_each_is_told(
    monkeypatch,
):
    monkeypatch.setattr(singular, "LARGEST_SIDE", 5)
    a = {
        "bias": random(4), "w": random(4, 3), "other": random(4, 3), "nan": random(2, 2),
        "large": random(6, 6), "long": random(2, 30),
        "count": torch.ones(2, 2, dtype=torch.long), "alone": random(2, 2),
    }  # fmt: skip
    b = {**a, "other": random(3, 4), "nan": torch.full((2, 2), torch.nan)}
    del b["alone"]
    told = []
    found = layer_changes(a, b, lambda done, total: told.append((done, total)))
    assert [one.name for one in found.layers] == ["w", "long"]
    assert (found.not_finite, found.too_large) == (["nan"], ["large"])
    assert told == [(i, 4) for i in range(1, 5)]
