"""What the panel on health and the panel on weights say is true of what was counted."""

import math

import numpy as np
import pytest
import torch

from cacr_core.checkpoints.alike import difference, layer_changes, spread_of
from cacr_core.checkpoints.features.health import Health
from cacr_core.runs import folder as files
from cacr_core.snapshot import Snapshot
from web.checkpoints.health import Lies, features_say, lies
from web.checkpoints.weights import left_out_says, tensors_say

Z = torch.nn.functional.normalize(torch.randn(96, 8, generator=torch.Generator().manual_seed(0)))
LIVE = Health((), "", 5, 64, 32)


def seen(apart, n_dead):
    return Lies(spread_of(Z), apart, 96, n_dead)


@pytest.mark.parametrize(
    ("layer", "n_dead", "said"),
    [
        ("features", 2, "Features: 2 of 64 dead, over 96 images."),
        ("features", 9, "Features: 5 of 64 dead, over 96 images."),  # five at most by a few
        ("features", None, "Features: 5 of 64 dead, over 32 images."),
        ("head", 2, "Features before the head: 2 of 64 dead, over 96 images."),
    ],
)
def test_dead_features_are_counted_over_as_many_images_as_is_said(layer, n_dead, said):
    what = {"features": "features", "head": "embeddings"}[layer]
    ((warns, lie),) = features_say(LIVE, seen(0.9, n_dead), layer)
    assert not warns and lie.startswith(f"{said} The {what} lie 90 % as far apart")
    told = features_say(LIVE, seen(0.01, n_dead), layer)
    collapsed = f"{what.capitalize()}: collapsed, all images lie in nearly one place."
    assert told == [(False, said), (True, collapsed)]


def test_dead_features_are_those_of_the_probes(tmp_path):
    x = np.random.default_rng(0).normal(size=(96, 12)).astype(np.float32)
    x[:, :3] = (0, 1, 7)
    x[5:, 3] = 0  # of which five images move one
    files.write_snapshot(tmp_path, Snapshot(0, {}, np.stack([Z.numpy()] * 5), x))
    found = lies(tmp_path)
    assert (found.n, found.n_dead) == (96, 3)


def state(**tensors):
    return {name: torch.as_tensor(x) for name, x in tensors.items()}


def test_tensors_that_differ_are_told_by_the_farthest_and_no_counter_is_one():
    a = state(x=torch.ones(100), y=torch.ones(100), z=torch.ones(4))
    b = state(x=1 + 1e-3 * torch.eye(100)[0], y=1 + 2e-3 * torch.eye(100)[0], z=torch.ones(4))
    a["bn.num_batches_tracked"], b["bn.num_batches_tracked"] = torch.tensor(1), torch.tensor(99)
    assert tensors_say(difference(a, b)) == (
        "0 added, 0 removed, 2 changed, 1 same; counters left out: 1. Farthest apart: y, by 0.0002 "
        "times its length in A."
    )
    b["x"] = b["y"].clone()
    told = tensors_say(difference(a, b))
    assert told.endswith("Farthest apart: 2 tensors, by 0.0002 times their length in A.")


def test_tensors_without_a_distance_are_told():
    a = state(nan=[1.0, math.nan], zero=[0.0, 0.0], fine=[1.0, 1.0])
    b = state(nan=[1.0, 2.0], zero=[1.0, 0.0], fine=[1.0, 1.0])
    assert tensors_say(difference(a, b)) == (
        "0 added, 0 removed, 2 changed, 1 same. Without a distance, for NaN, infinite numbers or "
        "only zeros in A: 2."
    )


def test_layers_without_a_bar_are_named_with_why(monkeypatch):
    monkeypatch.setattr("cacr_core.checkpoints.alike.singular.LARGEST_SIDE", 5)
    names = ("nan", "zero", "same", *(f"large{i}" for i in range(6)))
    a = {name: torch.ones(6, 6) if "large" in name else torch.eye(2) for name in names}
    b = dict(a)
    a["nan"], a["zero"] = torch.full((2, 2), math.nan), torch.zeros(2, 2)
    assert left_out_says(layer_changes(a, b)) == [
        "Without a bar, as they have no size in A: zero.",
        "Left out, as they have NaN or infinite numbers: nan.",
        "Left out, as both their sides are above 4,096: large0, large1, large2, large3 and 2 more.",
    ]
    assert left_out_says(layer_changes({"w": torch.eye(2)}, {"w": torch.eye(2)})) == []
