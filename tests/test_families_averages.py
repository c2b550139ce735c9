"""Of a network and its running mean that lie in one file, the one that papers use is taken."""

import pytest
import torch
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, open_file
from tests.layouts import tensors, under, vit


def scaled(names, dim):
    return names | {f"blocks.{b}.ls{i}.gamma": (dim,) for b in (0, 1) for i in (1, 2)}


DINOV2 = scaled(vit(192, 2, patch=14, size=28), 192) | {"mask_token": (1, 192)}
DEIT3 = scaled(vit(192, 2, size=32), 192)
ONLINE, MEAN = under("student.backbone", DINOV2), under("teacher.backbone", DINOV2)
CONVNEXT = {"downsample_layers.0.0.weight": (8, 3, 4, 4)}
for _i in range(4):
    CONVNEXT |= {f"stages.{_i}.0.{name}": shape for name, shape in {
        "gamma": (8,), "dwconv.weight": (8, 1, 7, 7),
    }.items()}  # fmt: skip
SAVED = {
    "dinov2's run": ({"model": ONLINE | MEAN}, "model.teacher.backbone", "DINOv2"),
    "dinov2's teacher": ({"teacher": under("backbone", DINOV2)}, "teacher.backbone", "DINOv2"),
    "deit iii": (
        {"model": DEIT3, "model_ema": DEIT3}, "model_ema",
        "DeiT III or another ViT with LayerScale",
    ),
    "deit iii of timm": (
        {"state_dict": DEIT3, "state_dict_ema": DEIT3}, "state_dict_ema",
        "DeiT III or another ViT with LayerScale",
    ),
    "convnext": (
        {"model": CONVNEXT, "model_ema": CONVNEXT}, "model_ema", "ConvNeXt, supervised or DINOv3's"
    ),
    "a resnet of timm": (
        {"state_dict": {k: v.shape for k, v in resnet18().state_dict().items()}, "arch": "resnet18",
         "state_dict_ema": {k: v.shape for k, v in resnet18().state_dict().items()}},
        "state_dict_ema", "timm",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAVED)
def test_the_running_mean_is_taken_and_the_other_is_said_to_be_another(name, tmp_path):
    groups, encoder, family = SAVED[name]
    state = {k: tensors(v) if type(v) is dict else v for k, v in groups.items()}
    torch.save(state, tmp_path / "file.pth")
    card = card_of(open_file(tmp_path / "file.pth"))
    assert (card.family, card.encoder) == (family, encoder)
    assert [one.used_by_papers for one in card.encoders] == [True, False][: len(card.encoders)]
    assert "running mean" in card.encoders[0].line
    assert all("papers use another one" in one.line for one in card.encoders[1:])


def resnet(**more):
    return tensors({k: v.shape for k, v in resnet18().state_dict().items()} | more)


UNKNOWN = {
    "student and teacher": (
        {"student": resnet(), "teacher": resnet()}, "teacher", {
            "teacher": "the teacher, a running mean of the student",
            "student": "the student, trained by gradient",
        },
    ),
    "of lightning": (
        {"state_dict": {
            **{f"student.{k}": v for k, v in resnet().items()},
            **{f"teacher.{k}": v for k, v in resnet().items()},
        }}, "state_dict.teacher", {
            "state_dict.teacher": "the teacher, a running mean of the student",
            "state_dict.student": "the student, trained by gradient",
        },
    ),
    "online and target": (
        {"state_dict": {
            **{f"online_encoder.{k}": v for k, v in resnet().items()},
            **{f"target_encoder.{k}": v for k, v in resnet().items()},
        }}, "state_dict.online_encoder", {
            "state_dict.online_encoder": "the online network, trained by gradient",
            "state_dict.target_encoder": "the target network, a running mean of the online one",
        },
    ),
    "two of no name": (
        {"left": resnet(), "right": resnet()}, "left", {
            "left": "a network in the file", "right": "a network in the file",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_of_unknown_code_it_is_not_said_which_network_papers_use(name, tmp_path):
    saved, taken, lines = UNKNOWN[name]
    torch.save(saved, tmp_path / "file.pth")
    card = card_of(open_file(tmp_path / "file.pth"))
    assert card.encoder == taken
    assert {one.prefix: one.line for one in card.encoders} == lines
    assert [one.used_by_papers for one in card.encoders] == [None, None]


def test_a_running_mean_beside_a_network_of_unknown_code_is_named(tmp_path):
    torch.save({"model": resnet(), "ema": resnet()}, tmp_path / "file.pth")
    lines = {one.prefix: one.line for one in card_of(open_file(tmp_path / "file.pth")).encoders}
    assert lines["ema"] == "a running mean of the weights"


def test_a_network_alone_is_the_one_that_papers_use(tmp_path):
    torch.save({"model": tensors(DEIT3)}, tmp_path / "file.pth")
    (only,) = card_of(open_file(tmp_path / "file.pth")).encoders
    assert only.line == "the network in the file: the papers use this one"
