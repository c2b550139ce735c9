"""What cannot be built is named, with what it is nearest to and what differs."""

import pytest
import timm
import torch
import torchvision

from cacr_core.checkpoints import card_of, open_file

pytestmark = pytest.mark.filterwarnings("ignore")
OF_TIMM = {
    "swin_tiny_patch4_window7_224": ("Swin", "a ViT"),
    "convnextv2_atto": ("ConvNeXt V2", "ConvNeXt"),
    "resnet26d": ("deep stem", "a ResNet"),
}
OF_TORCHVISION = {
    "densenet121": ("DenseNet", "a ResNet"),
    "regnet_y_400mf": ("RegNet", "a ResNet"),
    "mobilenet_v2": ("MobileNet", "a ResNet"),
    "vgg11": ("VGG", "SmallAlexNet"),
}


@pytest.mark.parametrize("name", [*OF_TIMM, *OF_TORCHVISION])
def test_what_is_not_known_is_named_with_the_nearest(name, tmp_path):
    made = timm.create_model(name) if name in OF_TIMM else getattr(torchvision.models, name)()
    what, near = (OF_TIMM | OF_TORCHVISION)[name]
    weights = {k: torch.zeros(v.shape) for k, v in made.state_dict().items() if v.numel() < 1e6}
    torch.save(weights, tmp_path / "x.pth")
    card = card_of(open_file(tmp_path / "x.pth"))
    said = f"{card.why} {card.blocked or ''}"
    assert what in said and f"known is {near}, and it differs by" in said
    assert card.network is None or card.blocked


def test_a_video_transformer_is_told_by_its_patches(tmp_path):
    from tests.layouts import vit

    names = vit(192, 2) | {"patch_embed.proj.weight": (192, 3, 2, 16, 16)}
    torch.save({k: torch.zeros(s) for k, s in names.items()}, tmp_path / "x.pth")
    assert "video transformer" in card_of(open_file(tmp_path / "x.pth")).blocked


def test_a_distilled_deit_is_told_by_its_second_token(tmp_path):
    import transformers

    config = transformers.DeiTConfig(
        hidden_size=48, num_hidden_layers=1, num_attention_heads=3, intermediate_size=96,
        image_size=32, patch_size=8,
    )  # fmt: skip
    transformers.DeiTModel(config).save_pretrained(tmp_path)
    card = card_of(open_file(tmp_path / "model.safetensors"))
    assert card.family == "DeiT"
    assert "a distilled DeiT; nearest of what is known is a ViT" in card.blocked


def test_mere_tensors_are_near_to_nothing(tmp_path):
    torch.save({"a": torch.zeros(2)}, tmp_path / "x.pth")
    assert "looks like" not in card_of(open_file(tmp_path / "x.pth")).why


def test_a_resnet_of_two_halves_is_told_by_its_two_first_convolutions(tmp_path):
    """As PyContrast's resnet_cmc has it: one network whose convolutions come in two groups."""
    names = {k: v.shape for k, v in torchvision.models.resnet50().state_dict().items()}
    del names["conv1.weight"]
    names = {f"module.encoder.{k}": s for k, s in names.items()}
    names |= {f"module.encoder.conv1_v{i}.weight": (64, i, 7, 7) for i in (1, 2)}
    torch.save({"model": {k: torch.zeros(s) for k, s in names.items()}}, tmp_path / "x.pth")
    card = card_of(open_file(tmp_path / "x.pth"))
    said = f"{card.why} {card.blocked or ''}"
    assert card.network is None or card.blocked
    assert "PyContrast's ResNet of two halves; nearest of what is known is a ResNet" in said
