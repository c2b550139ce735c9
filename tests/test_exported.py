"""An encoder taken away is the same encoder: opened again by the app, and by the lines printed."""

import dataclasses
import json

import pytest
import timm
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models import ResNet, resnet18, resnet50
from torchvision.models.resnet import BasicBlock

from cacr_core.checkpoints import card_of, export, exported, open_file, snippets
from cacr_core.checkpoints.features import embed, network_of
from cacr_core.models import make_encoder
from tests.layouts import mlp
from tests.test_networks import timm_names, torchvision_vit
from tests.test_todays_encoders import drawn, of_transformers

pytestmark = pytest.mark.filterwarnings("ignore")


def cifar_resnet():
    net = resnet18(num_classes=3)
    net.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    return {"encoder_q.fc.projection_head.W1.weight": torch.rand(512, 512),
            "encoder_q.fc.projection_head.W2.weight": torch.rand(128, 512)} | {
        f"encoder_q.{k}": v for k, v in drawn(net).state_dict().items() if not k.startswith("fc")
    }  # fmt: skip


def narrow_resnet():
    net = ResNet(BasicBlock, [2, 2, 2, 2])
    net.conv1, net.bn1, net.inplanes = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), 8
    for i in range(4):
        net.add_module(f"layer{i + 1}", net._make_layer(BasicBlock, 8 * 2**i, 2, 2 if i else 1))
    net.fc = nn.Identity()
    return drawn(net).state_dict()


def slim_stem():
    net = ResNet(BasicBlock, [2, 2, 2, 2])
    net.conv1, net.bn1, net.inplanes = nn.Conv2d(3, 32, 7, 2, 3, bias=False), nn.BatchNorm2d(32), 32
    net.layer1 = net._make_layer(BasicBlock, 64, 2)
    return drawn(net).state_dict()


def simsiam():
    net = resnet50()
    net.fc = mlp(2048, 64, "bn", "relu", 32, "bn0")
    names = {f"module.encoder.{k}": v for k, v in drawn(net).state_dict().items()}
    return {"state_dict": names, "arch": "resnet50", "epoch": 7}


def moco_v3():
    net = torchvision_vit(384, 12)
    names = timm_names(drawn(net).state_dict())
    names |= {f"head.{k}": v for k, v in mlp(384, 64, "bn", "relu", 32).state_dict().items()}
    return {"state_dict": {f"module.base_encoder.{k}": v for k, v in names.items()}}


def dino():
    names = timm_names(drawn(torchvision_vit(384, 12)).state_dict())
    names = {f"backbone.{k}": v for k, v in names.items()}
    head = drawn(mlp(384, 64, "relu", 64, "relu", 32)).state_dict()
    return {"teacher": names | {f"head.mlp.{k}": v for k, v in head.items()}}


def app(backbone, size):
    return {"state_dict": drawn(make_encoder(backbone, image_size=size)).state_dict()}


def of_timm(name, **how):
    return drawn(timm.create_model(name, num_classes=0, depth=2, **how)).state_dict()


def hf(name, folder):
    drawn(of_transformers()[name][0]).save_pretrained(folder)
    return folder / "model.safetensors"


SAVED = {
    "sscl": cifar_resnet, "narrow resnet": narrow_resnet, "simsiam": simsiam, "moco v3": moco_v3,
    "dino": dino,
    "small": lambda: app("small", 24), "quick": lambda: app("quick", 24),
    "small alexnet": lambda: app("smallalexnet", 32),
    "registers of timm": lambda: of_timm("vit_small_patch14_reg4_dinov2", img_size=56),
    "slim stem": slim_stem,
    "biases of q and v": lambda: of_timm(
        "eva_giant_patch14_224", img_size=28, embed_dim=128, num_heads=2
    ),
    "giant of timm": lambda: of_timm(
        "vit_giant_patch14_dinov2", img_size=28, embed_dim=128, num_heads=2
    ),
    "gap of timm": lambda: of_timm(
        "vit_huge_patch14_gap_224", img_size=28, embed_dim=192, num_heads=3
    ),
}  # fmt: skip


def opened_as(name, folder):
    if name in SAVED:
        torch.save(SAVED[name](), folder / "source.pth")
        return open_file(folder / "source.pth")
    return open_file(hf(name, folder))


@torch.no_grad()
@pytest.mark.parametrize("name", [*SAVED, *of_transformers()])
def test_an_export_opens_as_the_same_encoder_and_the_printed_lines_build_it(
    name, tmp_path, monkeypatch
):
    opened = opened_as(name, tmp_path)
    card = card_of(opened)
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "taken.safetensors"
    path.write_bytes(export.export(opened, card))
    again = open_file(path)
    other = card_of(again)
    for field in ("family", "confidence", "why", "input_size", "normalisation", "feature_dim",
                  "doubts", "epoch", "missing", "blocked", "architecture"):  # fmt: skip
        assert getattr(other, field) == getattr(card, field), field
    assert (card.head is None) == (other.head is None)
    size = card.input_size if card.input_size < 100 else 64
    images = torch.randint(0, 256, (3, 3, size, size), dtype=torch.uint8)
    fed = {"input_size": size, "mean": card.normalisation.mean, "std": card.normalisation.std}
    (mine, head), (theirs, other_head) = network_of(opened, card), network_of(again, other)
    x = torch.from_numpy(embed(mine, images, **fed))
    y = torch.from_numpy(embed(theirs, images, **fed))
    assert x.std() > 1e-3
    torch.testing.assert_close(y, x, atol=1e-5 * float(x.abs().max()), rtol=1e-5)
    if head is not None:
        torch.testing.assert_close(other_head(x), head(x))
    monkeypatch.chdir(path.parent)
    lines, names = snippets.lines(other, export.published(other), path.name), {}
    exec(lines, names)
    own = dataclasses.replace(card, input_size=size)
    if "v2.Resize" in lines:
        lines = lines.replace(f"v2.Resize(({card.input_size}, {card.input_size})",
                              f"v2.Resize(({size}, {size})")  # fmt: skip
        exec(lines, names)
        z = names["model"](names["transform"](images))
    else:
        z = names["model"](exported_pixels(images, own))
    torch.testing.assert_close(z, x, atol=1e-4 * float(x.abs().max()), rtol=1e-4)


def exported_pixels(images, card):
    from cacr_core.checkpoints.features import prepare

    norm = card.normalisation
    return prepare(images, card.input_size, norm.mean, norm.std, norm.space)


@torch.no_grad()
def test_positions_are_taken_away_for_the_size_that_was_chosen(tmp_path, monkeypatch):
    opened = opened_as("dinov2", tmp_path)
    card = card_of(opened, input_size=42)
    (tmp_path / "t.safetensors").write_bytes(export.export(opened, card))
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(snippets.lines(card, export.published(card), "t.safetensors"), names)
    x = torch.rand(2, 3, 42, 42)
    expected = transformers.Dinov2Model.from_pretrained(tmp_path)(pixel_values=x).pooler_output
    torch.testing.assert_close(names["model"](x), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("change", [{"input_size": "x"}, {"network": {"depth": "a"}}, {"head": 5}])
def test_nonsense_in_the_metadata_is_a_plain_file(change, tmp_path):
    opened = opened_as("narrow resnet", tmp_path)
    path = tmp_path / "t.safetensors"
    path.write_bytes(export.export(opened, card_of(opened)))
    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()[exported.KEY])
    tensors = load_file(path)
    save_file(tensors, path, {exported.KEY: json.dumps(about | change)})
    assert exported.exported_in(open_file(path)) is None
    assert card_of(open_file(path)).architecture == "resnet18"


def test_an_export_set_by_hand_as_another_family_does_not_say_what_told_its_own(tmp_path):
    (tmp_path / "t.safetensors").write_bytes(
        export.export(opened := opened_as("dino", tmp_path), card_of(opened))
    )
    again = open_file(tmp_path / "t.safetensors")
    own, other = card_of(again), card_of(again, family="MoCo v3")
    assert own.family != "MoCo v3" and "by hand" not in own.why
    assert (other.family, other.confidence, other.why) == (
        "MoCo v3", "unsure", "it was set by hand",
    )  # fmt: skip
