import dataclasses

import pytest
import torch
import torchvision
from torch import nn

from cacr_core.checkpoints import (
    card_of,
    head_state_dict_of,
    networks,
    open_file,
    state_dict_of,
)
from cacr_core.checkpoints.architecture import network_named
from cacr_core.checkpoints.card import Card
from cacr_core.models import make_encoder
from tests.layouts import by_number, mlp


def randomised(net):
    """Norms' weights and statistics drawn too, so that no tensor is without effect."""
    generator = torch.Generator().manual_seed(0)
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            noise = torch.randn(value.shape, generator=generator)
            value.add_(0.1 * noise if value.ndim == 1 else 0.1 * noise * value)
            value.abs_() if name.endswith("running_var") else value
    return net.eval()


@torch.no_grad()
def features_differ(tmp_path, source, saved, x, expected=None, **override):
    """The largest difference between features of the source and of what its file builds."""
    torch.save(saved, tmp_path / "file.pth")
    file = open_file(tmp_path / "file.pth")
    card = card_of(file, **override)
    net = networks.build(card)
    net.load_state_dict(state_dict_of(file, card))
    features = source(x) if expected is None else expected
    assert features.std() > 1e-3
    return (net(x) - features).abs().max().item()


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_features_are_those_of_torchvision(name, tmp_path):
    source = randomised(getattr(torchvision.models, name)(num_classes=10))
    saved = {"state_dict": {f"module.encoder_q.{k}": v for k, v in source.state_dict().items()}}
    source.fc = nn.Identity()
    assert features_differ(tmp_path, source, saved, torch.rand(2, 3, 32, 32)) < 1e-5


def test_features_of_numbered_layers_are_those_of_the_sequential(tmp_path):
    net = randomised(torchvision.models.resnet18())
    source = nn.Sequential(*list(net.children())[:-1], nn.Flatten())
    saved = {f"online_network.encoder.{k}": v for k, v in source.state_dict().items()}
    assert list(by_number(net.state_dict())) == list(source.state_dict())
    assert features_differ(tmp_path, source, {"model": saved}, torch.rand(2, 3, 32, 32)) < 1e-5


@pytest.mark.parametrize(
    ("family", "padding", "pool"),
    [("sscl", 1, nn.MaxPool2d(3, 1)), ("solo", 2, nn.Identity()), ("lightly", 1, nn.Identity())],
)
def test_stem_for_small_images_is_the_familys(family, padding, pool, tmp_path):
    source = torchvision.models.resnet18()
    source.conv1 = nn.Conv2d(3, 64, 3, padding=padding, bias=False)
    source.maxpool, source.fc = pool, nn.Identity()
    state = randomised(source).state_dict()
    head = {"sscl": "encoder_q.fc.projection_head.W1", "solo": "classifier"}
    head["lightly"] = "projection_head.layers.0"
    prefix = "encoder_q" if family == "sscl" else "backbone"
    saved = {f"{prefix}.{k}": v for k, v in state.items()}
    saved |= {f"{head[family]}.weight": torch.zeros(512, 512)}
    second = "encoder_q.fc.projection_head.W2" if family == "sscl" else "projector.2"
    saved[f"{second}.weight"] = torch.zeros(128, 512)
    assert features_differ(tmp_path, source, saved, torch.rand(2, 3, 16, 16)) < 1e-5


def torchvision_vit(dim, heads):
    return torchvision.models.VisionTransformer(32, 16, 2, heads, dim, 4 * dim)


def timm_names(state):
    """torchvision's names of a ViT as timm has them, one by one."""
    out = {"cls_token": state["class_token"], "pos_embed": state["encoder.pos_embedding"]}
    pairs = {"patch_embed.proj": "conv_proj", "norm": "encoder.ln"}
    for i in range(2):
        old, new = f"encoder.layers.encoder_layer_{i}", f"blocks.{i}"
        pairs |= {f"{new}.norm{j}": f"{old}.ln_{j}" for j in (1, 2)}
        pairs |= {f"{new}.attn.proj": f"{old}.self_attention.out_proj"}
        pairs |= {f"{new}.mlp.fc1": f"{old}.mlp.0", f"{new}.mlp.fc2": f"{old}.mlp.3"}
        for part in ("weight", "bias"):
            out[f"{new}.attn.qkv.{part}"] = state[f"{old}.self_attention.in_proj_{part}"]
    return out | {
        f"{n}.{p}": state[f"{o}.{p}"] for n, o in pairs.items() for p in ("weight", "bias")
    }


def test_features_of_a_vit_are_those_of_torchvision(tmp_path):
    source = randomised(torchvision_vit(192, 3))
    saved = source.state_dict()
    source.heads = nn.Identity()
    assert features_differ(tmp_path, source, saved, torch.rand(2, 3, 32, 32)) < 1e-5


@pytest.mark.parametrize(("prefix", "heads"), [("base_encoder.", 12), ("", 6)])
def test_vit_of_384_dimensions_has_the_familys_heads(prefix, heads, tmp_path):
    source = randomised(torchvision_vit(384, heads))
    saved = {prefix + k: v for k, v in timm_names(source.state_dict()).items()}
    source.heads = nn.Identity()
    x = torch.rand(2, 3, 32, 32)
    assert features_differ(tmp_path, source, saved, x) < 1e-5
    assert features_differ(tmp_path, source, saved, x, n_heads=18 - heads) > 1e-3


@pytest.mark.parametrize("backbone", ["small", "smallalexnet", "resnet18"])
def test_features_of_this_apps_encoders_are_kept(backbone, tmp_path):
    source = randomised(make_encoder(backbone))
    x = torch.rand(4, 3, 32, 32)
    with torch.no_grad():
        expected = source(x)[0]
    saved = source.state_dict()
    assert features_differ(tmp_path, source, saved, x, expected) < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("widths", [(64, "bn", "relu", 32, "bn0"), (64, "relu", 32), (32,)])
def test_embeddings_behind_the_head_are_those_of_the_source(widths, tmp_path):
    head = randomised(mlp(192, *widths))
    saved = timm_names(torchvision_vit(192, 3).state_dict())
    single = len(widths) == 1
    saved |= {f"head.{k}": v for k, v in head.state_dict().items()}
    torch.save({"base_encoder": saved}, tmp_path / "file")
    file = open_file(tmp_path / "file")
    card = card_of(file)
    assert card.head.kind == ("linear" if single else "mlp")
    assert card.head.out_dim == 32
    again = networks.build_head(card)
    again.load_state_dict(head_state_dict_of(file, card))
    x = torch.rand(4, 192)
    torch.testing.assert_close(again(x), head(x))


NORM = {"weight": torch.ones(64), "running_mean": torch.zeros(64), "running_var": torch.ones(64)}


@pytest.mark.parametrize(
    "head",
    [
        {"neck.mlp.0.weight": torch.zeros(64, 512), "neck.mlp.2.weight": torch.zeros(64, 64)},
        {
            "projection.fc1.weight": torch.zeros(64, 512),
            "projection.fc2.weight": torch.zeros(64, 64),
        }
        | {f"projection.bn{k}.{part}": value for k in (1, 2) for part, value in NORM.items()},
    ],
)
def test_heads_named_in_part_as_dinos_or_msns_have_relu(head, tmp_path):
    """MMSelfSup's neck, and the projection of a code of SimCLR."""
    names = torchvision.models.resnet18().state_dict()
    saved = {f"backbone.{k}": v for k, v in names.items() if not k.startswith("fc")}
    torch.save({"state_dict": saved | head}, tmp_path / "file")
    card = card_of(open_file(tmp_path / "file"))
    assert card.head is not None and card.head.keys[0] in head
    assert card.head.activation == "relu"


@torch.no_grad()
@pytest.mark.parametrize(("name", "active"), [("mlp", torch.nn.GELU), ("layers", torch.nn.ReLU)])
def test_a_head_named_as_dinos_has_gelu_as_that_has(name, active, tmp_path):
    """Without the last layer, which has weights of another form."""
    head = torch.nn.Sequential(
        torch.nn.Linear(192, 64), active(), torch.nn.Linear(64, 64), active(),
        torch.nn.Linear(64, 32),
    )  # fmt: skip
    names = timm_names(torchvision_vit(192, 3).state_dict())
    saved = {f"backbone.{k}": v for k, v in names.items()}
    saved |= {f"head.{name}.{k}": v for k, v in head.state_dict().items()}
    torch.save({"teacher": saved}, tmp_path / "file")
    file = open_file(tmp_path / "file")
    card = card_of(file)
    again = networks.build_head(card)
    again.load_state_dict(head_state_dict_of(file, card))
    x = torch.rand(4, 192)
    torch.testing.assert_close(again(x), head(x))


def test_half_precision_and_files_without_counters_load(tmp_path):
    source = torchvision.models.resnet18().half()
    saved = {k: v for k, v in source.state_dict().items() if not k.endswith("tracked")}
    torch.save(saved, tmp_path / "file")
    file = open_file(tmp_path / "file")
    card = card_of(file)
    state = state_dict_of(file, card)
    networks.build(card).load_state_dict(state)
    assert torch.equal(state["conv1.weight"], source.conv1.weight.float())


def test_network_beyond_reason_is_not_built(tmp_path):
    net = dataclasses.replace(network_named("resnet50"), width=10_000)
    with pytest.raises(ValueError, match="at most 1,000,000,000 weights"):
        networks.build(Card(network=net))
