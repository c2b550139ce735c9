"""What a file says of its own export is believed only where its weights do not show it."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from cacr_core.checkpoints import card_of, export, open_file
from cacr_core.checkpoints.exported import KEY
from cacr_core.checkpoints.features import network_of
from tests.layouts import layers, vit

NAMES = vit(192, 2, size=32) | layers("head", 192, 64, "bn", "relu", 32)


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """An exported ViT with a head, and what it says of itself."""
    folder = tmp_path_factory.mktemp("taken")
    save_file({k: torch.zeros(s) for k, s in NAMES.items()}, folder / "a.safetensors")
    opened = open_file(folder / "a.safetensors")
    (folder / "b.safetensors").write_bytes(export.export(opened, card_of(opened, n_heads=12)))
    with safe_open(folder / "b.safetensors", "pt") as file:
        about = json.loads(file.metadata()[KEY])
    return load_file(folder / "b.safetensors"), about


def card_with(folder, taken, change, wrapped=""):
    tensors, about = taken
    path = folder / "c.safetensors"
    own = {wrapped + name: tensor for name, tensor in tensors.items()}
    save_file(own, path, {KEY: json.dumps(about | change)})
    opened = open_file(path)
    card = card_of(opened)
    if card.network and not card.blocked:
        network_of(opened, card)
    return card


def network(taken, **change):
    return {"network": taken[1]["network"] | change}


def test_what_weights_do_not_show_is_believed(taken, tmp_path):
    own = {"norm_eps": 1e-5, "activation": "quick gelu", "pool": "mean", "resize": "bicubic"}
    card = card_with(tmp_path, taken, network(taken, **own))
    assert card.network.n_heads == 12 and card.head.widths == (192, 64, 32)
    assert {name: getattr(card.network, name) for name in own} == own


@pytest.mark.parametrize(
    "change",
    [{"depth": 10**8}, {"mlp_dim": 10**9}, {"image_size": 10**9}, {"patch": 0}, {"channels": 7},
     {"feature_dim": 10**6}, {"kind": "convnext"}, {"positions": "rope"}, {"n_registers": 10**6},
     {"name": "x(); import os"}],
)  # fmt: skip
def test_what_weights_show_is_read_from_them(change, taken, tmp_path):
    plain = card_with(tmp_path, taken, {})
    card = card_with(tmp_path, taken, network(taken, **change))
    assert card.network == plain.network and card.blocked is None
    assert card.architecture == "vit_192_depth2_patch16_32"


@pytest.mark.parametrize("wrapped", ["", "module."])
@pytest.mark.parametrize(
    "change",
    [{"n_heads": 0}, {"n_heads": 5}, {"n_heads": -3}, {"n_heads": 10**9}, {"n_heads": "3"},
     {"activation": "x"}, {"pool": "x"}, {"resize": []}, {"max_pool": "x"}, {"norm_eps": 1},
     {"norm_eps": float("nan")}, {"stem_padding": 10**6}],
)  # fmt: skip
def test_what_no_network_has_is_not_believed(change, wrapped, taken, tmp_path):
    net = card_with(tmp_path, taken, network(taken, **change), wrapped).network
    assert (net.n_heads, net.activation, net.norm_eps) == (3, "gelu", 1e-6)


NORM = {"mean": [0.5] * 3, "std": [0.5] * 3, "assumed": True, "source": "", "space": "rgb"}


@pytest.mark.parametrize(
    "change",
    [{"input_size": 10**6}, {"input_size": float("inf")}, {"input_size": 0}, {"epoch": 10**400},
     {"normalisation": NORM | {"std": [0] * 3}}, {"normalisation": NORM | {"mean": [10**400] * 3}},
     {"normalisation": NORM | {"mean": [0.5], "std": [0.5]}},
     {"normalisation": NORM | {"space": "x"}}],
)  # fmt: skip
def test_a_size_or_normalisation_that_no_card_has_is_not_believed(change, taken, tmp_path):
    card = card_with(tmp_path, taken, change)
    assert card.input_size == 32 and len(card.normalisation.mean) == 3
    assert min(card.normalisation.std) > 0 and card.normalisation.space == "rgb"


@pytest.mark.parametrize(
    "head",
    [[["linear", 192, 10**9, True]], [["linear", 64, 32, True]], [["other", 192, 64, True]],
     [["linear", 192, 64, False]], [["linear", 192, 64, True]] * 50, [[1]]],
)  # fmt: skip
def test_a_head_is_as_large_as_its_tensors(head, taken, tmp_path):
    card = card_with(tmp_path, taken, {"head": head})
    assert card.head is None
