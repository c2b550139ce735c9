"""What leaves nothing in a network's tensors is told by its name beside them, or by its form."""

import json
import types

import pytest
import timm
import torch
import transformers
from safetensors.torch import save_file

from cacr_core.checkpoints import card_of, hidden, open_file
from cacr_core.checkpoints.features import network_of
from tests.layouts import shapes_of, tensors
from tests.test_todays_encoders import SMALL, drawn, pooled

pytestmark = pytest.mark.filterwarnings("ignore")


def card_in(folder, name, *, beside=True, classes=0, facts=None, **more):
    """Of timm's network of this name, its tensors over one another."""
    state = tensors(shapes_of(lambda: timm.create_model(name, num_classes=classes, **more)))
    torch.save((facts or {}) | {"state_dict": state} if facts else state, folder / "model.pth")
    if beside:
        (folder / "config.json").write_text(json.dumps({"architecture": name}))
    return card_of(open_file(folder / "model.pth"))


@pytest.mark.parametrize("name", ["resnetaa50", "resnetblur18", "vit_base_patch16_rpn_224"])
@pytest.mark.parametrize("said", ["beside", "in the file"])
def test_a_name_of_another_network_blocks_what_looks_alike(name, said, tmp_path):
    more = {"depth": 1} if "vit" in name else {}
    facts = {"arch": name} if said == "in the file" else None
    card = card_in(tmp_path, name, beside=said == "beside", facts=facts, **more)
    assert name in card.blocked and "leaves nothing in the file" in card.blocked
    assert card.doubts[0] == card.blocked


@pytest.mark.parametrize(
    "name",
    [
        "resnet18", "vit_tiny_patch16_224", "deit_tiny_patch16_224", "deit3_small_patch16_224",
        "vit_small_patch14_reg4_dinov2", "vit_small_patch16_dinov3", "flexivit_small",
        "vit_base_patch16_clip_224", "vit_base_patch16_siglip_gap_224", "convnext_atto",
        "vit_small_patch16_36x1_224", "vit_betwixt_patch16_reg4_gap_256",
    ],
)  # fmt: skip
def test_a_networks_own_name_beside_it_is_no_doubt(name, tmp_path):
    more = {"conv_mlp": False, "ls_init_value": 1e-6} if "convnext" in name else {}
    card = card_in(tmp_path, name, **more)
    assert card.blocked is None
    assert not any("config.json beside it" in doubt for doubt in card.doubts)


@pytest.mark.parametrize("said", ["resnet26", "tresnet_m", "vit_tiny_patch16_224"])
def test_the_name_of_another_network_makes_a_card_unsure(said, tmp_path):
    assert card_in(tmp_path, "resnet18", beside=False, classes=10).confidence == "likely"
    (tmp_path / "config.json").write_text(json.dumps({"architecture": said}))
    card = card_of(open_file(tmp_path / "model.pth"))
    assert card.confidence == "unsure" and card.blocked is None
    assert any(f"says {said}, its tensors are those of resnet18" in one for one in card.doubts)


def test_the_configuration_of_a_network_of_another_width_says_nothing_of_this_one(tmp_path):
    plain = card_in(tmp_path, "resnet18", beside=False, classes=10)
    for width in (2048, 512):
        said = {"architecture": "resnetaa50", "num_features": width}
        (tmp_path / "config.json").write_text(json.dumps(said))
        card = card_of(open_file(tmp_path / "model.pth"))
        assert (card == plain) == (width == 2048) and bool(card.blocked) == (width == 512)


@pytest.mark.parametrize(
    ("name", "heads"), [("vit_base_patch16_gap_224", 16), ("vit_huge_plus_patch16_dinov3", 20)]
)
def test_heads_are_those_of_the_name_beside_a_file(name, heads, tmp_path):
    card = card_in(tmp_path, name, depth=1)
    assert card.network.n_heads == heads
    assert not any("attention heads cannot be seen" in doubt for doubt in card.doubts)


@pytest.mark.parametrize(
    "name",
    [
        "vit_small_patch16_rope_mixed_224", "vit_small_patch16_rope_224",
        "vit_small_patch16_rope_ape_224", "vit_small_patch16_lingbot", "eva02_tiny_patch14_224",
        "vit_pe_core_tiny_patch16_384",
    ],
)  # fmt: skip
def test_positions_that_turn_in_another_way_are_not_built(name, tmp_path):
    assert card_in(tmp_path, name, depth=1).blocked


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vit_small_patch16_rope_mixed_224", "of its layers, rope.freqs."),
        ("eva02_tiny_patch14_224", "form of EVA-02"),
        ("vit_pe_core_tiny_patch16_384", "form of a Perception Encoder"),
    ],
)
def test_positions_that_turn_in_another_way_are_told_by_the_form(name, says, tmp_path):
    assert says in card_in(tmp_path, name, beside=False, depth=1).blocked


def test_positions_of_which_nothing_can_be_seen_are_asked_about(tmp_path):
    card = card_in(tmp_path, "vit_small_patch16_rope_ape_224", beside=False, depth=1)
    assert any("rope and ape" in doubt for doubt in card.doubts)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vit_base_patch16_gap_224", "timm's vit_base_patch16_gap_224 has 16"),
        ("vit_base_patch16_rpn_224", "Where its norms stand cannot be seen"),
    ],
)
def test_a_bare_file_that_may_be_another_of_timms_is_asked_about(name, says, tmp_path):
    card = card_in(tmp_path, name, beside=False, depth=1)
    assert any(says in doubt for doubt in card.doubts)
    card = card_in(tmp_path, name, depth=1)
    assert not any(says in doubt for doubt in card.doubts)


def test_a_perception_encoder_is_no_siglip(tmp_path):
    card = card_in(tmp_path, "vit_pe_core_tiny_patch16_384", beside=False)
    assert (card.family, card.confidence) == ("Perception Encoder", "likely")
    assert "class token" in card.why
    card = card_in(tmp_path, "vit_base_patch16_siglip_224", beside=False, depth=1)
    assert (card.family, card.confidence) == ("SigLIP (vision tower)", "sure")


# --- activations


@pytest.mark.parametrize("beside", [True, False])
def test_the_activation_of_timms_clip_is_asked_about_where_no_name_says_it(beside, tmp_path):
    card = card_in(tmp_path, "vit_base_patch32_clip_quickgelu_224", beside=beside, depth=1)
    asked = any("activation cannot be seen: GELU is assumed" in doubt for doubt in card.doubts)
    assert asked != beside
    card = card_in(tmp_path, "vit_base_patch32_clip_224", beside=beside, depth=1)
    assert any("activation cannot be seen" in doubt for doubt in card.doubts) != beside


def test_the_activation_of_transformers_clip_is_asked_about_without_its_configuration(tmp_path):
    model = transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**SMALL))
    model.save_pretrained(tmp_path)
    for asked in (False, True):
        card = card_of(open_file(tmp_path / "model.safetensors"))
        assert any("activation cannot be seen" in doubt for doubt in card.doubts) == asked
        (tmp_path / "config.json").unlink(missing_ok=True)


def test_an_activation_that_is_not_known_is_said(tmp_path):
    model = transformers.ViTModel(transformers.ViTConfig(**SMALL, hidden_act="relu"))
    model.save_pretrained(tmp_path)
    card = card_of(open_file(tmp_path / "model.safetensors"))
    assert card.confidence == "unsure"
    assert any("says the activation relu, which is not built here" in one for one in card.doubts)


@torch.no_grad()
def test_the_activation_of_a_gate_is_that_of_its_configuration(tmp_path):
    config = transformers.DINOv3ViTConfig(
        **SMALL, num_register_tokens=4, use_gated_mlp=True, hidden_act="gelu"
    )
    model = drawn(transformers.DINOv3ViTModel(config))
    model.save_pretrained(tmp_path)
    opened = open_file(tmp_path / "model.safetensors")
    encoder, _ = network_of(opened, card_of(opened), with_head=False)
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(encoder(x), pooled(model, x), atol=1e-4, rtol=1e-4)


# --- whose a ViT of transformers is


@pytest.mark.parametrize(
    ("model_type", "family"),
    [("deit", "DeiT"), ("beit", "BEiT"), ("data2vec-vision", "data2vec"), ("vit_msn", "MSN")],
)
def test_a_configuration_says_whose_a_vit_is(model_type, family, tmp_path):
    model = transformers.ViTModel(transformers.ViTConfig(**SMALL))
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}))
    card = card_of(open_file(tmp_path / "model.safetensors"))
    assert (card.family, card.why) == (family, f"its configuration says {model_type}")


@pytest.mark.parametrize("beside", [True, False])
def test_that_a_configuration_would_say_it_is_said_only_where_there_is_none(beside, tmp_path):
    model = transformers.ViTModel(transformers.ViTConfig(**SMALL))
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    if beside:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "of_tomorrow"}))
    card = card_of(open_file(tmp_path / "model.safetensors"))
    assert ("its config.json would say whose" in card.why) != beside
    assert card.network and card.blocked is None and card.confidence == "unsure"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("timm/resnet50.a1_in1k", "resnet50"),
        ("hf_hub:timm/vit_base_patch16_224.augreg_in21k", "vit_base_patch16_224"),
        ("torchvision.models.resnet50", "resnet50"),
        ("a\x1b[31m\nresnet50", "a[31mresnet50"),
    ],
)
def test_a_name_is_read_without_where_it_is_from_and_how_it_was_trained(said, name):
    assert hidden.bare(said) == name


@pytest.mark.parametrize("said", ["ResNet-50", "resnet_50", "tv_resnet50", "simclr", "resnet50.x"])
def test_a_resnets_own_name_in_other_spellings_is_no_doubt(said):
    net = types.SimpleNamespace(name="resnet50", kind="resnet")
    assert not hidden.is_another(hidden.bare(said), net)
    assert hidden.is_another("resnetrs50", net)


@pytest.mark.parametrize("said", ["dino_vitb16", "vitb16", "mae_vit_base_patch16"])
def test_a_vits_name_in_other_spellings_is_no_doubt(said):
    assert not hidden.is_another(said, types.SimpleNamespace(name="vit", kind="vit"))
