"""Weights that are no plain numbers: said to be, not used as some, and counted as what they are."""

import math
import warnings

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, inside, open_file, state_dict_of
from tests.layouts import tensors, vit

VIT = vit(192, 2, size=32, classes=4)


def opened_of(folder, state):
    torch.save(state, folder / "file.pth")
    return open_file(folder / "file.pth")


def card_in(folder, state):
    return card_of(opened_of(folder, state))


# --- tensors of a class of their own


class Wrapped(torch.Tensor):
    """As torchao's and DTensor are: a tensor of a class around another."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self._local_tensor = inner

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise NotImplementedError


class Quantised(Wrapped):
    def __init__(self, inner):
        self.codes = inner


def of_class(kind, names, only=""):
    return {k: kind(torch.zeros(s)) if only in k else torch.zeros(s) for k, s in names.items()}


def test_one_ranks_share_of_a_sharded_model_is_said_to_be_one(tmp_path):
    card = card_in(tmp_path, {"model": of_class(Wrapped, VIT)})
    assert card.network is None
    assert card.why.startswith("one rank's share of a sharded model")
    assert f"in part ({len(VIT)} DTensors)" in card.why and "full_state_dict=True" in card.why


@pytest.mark.parametrize("only", ["", "mlp"])
def test_quantised_tensors_are_said_to_be_some(only, tmp_path):
    card = card_in(tmp_path, {"model": of_class(Quantised, VIT, only)})
    n = sum(only in name for name in VIT)
    assert card.network is None or card.blocked
    assert f"tensors that are quantised or of a class of their own, {n} of them" in card.why
    assert "dequantise" in card.why and bool(card.blocked) == bool(only)


def test_torchs_own_quantised_tensors_are_said_to_be_some(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = torch.quantize_per_tensor(torch.ones(4, 4), 0.1, 0, torch.qint8)
        card = card_in(tmp_path, {"fc.weight": one})
    assert "quantised" in card.why


def test_an_optimizers_own_tensors_say_nothing_of_the_model(tmp_path):
    for kind in (Wrapped, Quantised):
        state = of_class(kind, {"exp_avg": (4, 4)})
        card = card_in(tmp_path, {"model": tensors(VIT), "optimizer": {"state": {0: state}}})
        assert card.network is not None and card.blocked is None
        card = card_in(tmp_path, {"model": {"a": torch.ones(2)}, "optimizer": {"state": state}})
        assert "no network of a known form" in card.why


# --- codes


def as_type(dtype):
    whole = {k: torch.ones(s) for k, s in VIT.items()}
    return {k: v.to(dtype) if v.ndim > 1 else v for k, v in whole.items()}


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint16", "bool"])
def test_whole_numbers_are_codes_and_no_weights(dtype, tmp_path):
    opened = opened_of(tmp_path, as_type(getattr(torch, dtype)))
    card = card_of(opened)
    assert card.network is not None and card.missing == ()
    assert card.blocked.startswith("Its weights are whole numbers, codes whose scales are not")
    assert card.doubts[0] == card.blocked
    with pytest.raises(ValueError, match="dequantise"):
        state_dict_of(opened, card)


def test_one_matrix_of_codes_is_enough_and_counters_are_none(tmp_path):
    state = resnet18().state_dict()
    assert card_in(tmp_path, state).blocked is None
    state["layer3.0.conv1.weight"] = state["layer3.0.conv1.weight"].to(torch.int8)
    assert "whole numbers" in card_in(tmp_path, state).blocked


def test_a_head_of_codes_is_none_either(tmp_path):
    state = as_type(torch.float32)
    state["head.weight"] = state["head.weight"].to(torch.int8)
    assert "whole numbers" in card_in(tmp_path, state).blocked


def test_complex_weights_are_no_weights(tmp_path):
    assert "complex numbers" in card_in(tmp_path, as_type(torch.complex64)).blocked


@pytest.mark.parametrize(
    ("beside", "blocked"),
    [(None, False), ("logit_scale", False), ("blocks.0.attn.qkv.weight_scale", True),
     ("weight_scale_inv", True), ("blocks.0.mlp.fc1.SCB", True)],
)  # fmt: skip
def test_float8_is_taken_as_it_is_where_nothing_scales_it(beside, blocked, tmp_path):
    state = as_type(torch.float8_e4m3fn)
    state |= {beside: torch.ones(1)} if beside else {}
    card = card_in(tmp_path, state)
    assert bool(card.blocked) == blocked
    said = card.blocked if blocked else card.doubts[0]
    assert said.startswith("Its weights are of float8") and (beside in said if blocked else True)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_numbers_of_any_width_are_weights(dtype, tmp_path):
    card = card_in(tmp_path, as_type(getattr(torch, dtype)))
    assert card.blocked is None and not any("weights are" in doubt for doubt in card.doubts)


# --- types that are not read, and complex ones that are


def test_float4_is_listed_as_not_read_and_the_rest_is_read(tmp_path):
    packed = torch.zeros(4, 4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    opened = opened_of(tmp_path, {"a": {"packed": packed, "plain": torch.ones(2, 3)}})
    assert opened.unread == {
        "a.packed": "a tensor of float4, two numbers a byte, which is not read"
    }
    assert list(opened.tensors) == ["a.plain"] and list(opened.groups["a"]) == ["plain"]
    assert torch.equal(opened.load()["a.plain"], torch.ones(2, 3))


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128, torch.complex32])
def test_both_parts_of_complex_numbers_are_counted(dtype, tmp_path):
    parts = torch.tensor([[1, -2], [3, 4], [0, 0], [torch.inf, 5]], dtype=torch.float64)
    tensor = torch.view_as_complex(parts).view(2, 2).to(dtype)
    row, _ = inside.layers(opened := opened_of(tmp_path, {"fc.weight": tensor, "b.bias":
                           torch.ones(2)}), card_of(opened))  # fmt: skip
    finite = np.array([1, -2, 3, 4, 0, 0, 5])
    assert (row.shape, row.count, row.n_not_finite, row.n_channels) == ((2, 2), 8, 1, 2)
    assert row.norm == pytest.approx(math.sqrt((finite**2).sum()))
    assert row.std == pytest.approx(finite.std())
    drawn = inside.histogram(tensor)
    assert (drawn.counts.sum(), drawn.n_left_out) == (7, 1)


def test_a_complex_channel_is_dead_by_its_size(tmp_path):
    weight = torch.ones(3, 2, dtype=torch.complex64) * 1j
    weight[1] = 0
    opened = opened_of(tmp_path, {"fc.weight": weight})
    (row,) = inside.layers(opened, card_of(opened))
    assert (row.n_dead, row.n_constant) == (1, 0)
