"""What a ViT is and what weights do not show of it, where another ViT's answer would fit too."""

import json
import re

import pytest
import timm
import torch
import torchvision
import transformers
from safetensors.torch import save_file

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of
from tests.layouts import tensors, vit
from tests.test_todays_encoders import SMALL, drawn, of_transformers

pytestmark = pytest.mark.filterwarnings("ignore")


def card_in(folder, state, **beside):
    torch.save(state, folder / "file.pth")
    for name, content in beside.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return card_of(open_file(folder / "file.pth"))


# --- rotary positions


def rotary(periods, dim=64):
    """DINOv3's own names, with so many periods."""
    names = {k: s for k, s in vit(dim, 1, size=32).items() if k != "pos_embed"}
    names |= {f"blocks.0.ls{i}.gamma": (dim,) for i in (1, 2)} | {"storage_tokens": (1, 4, dim)}
    return tensors(names | {"rope_embed.periods": periods})


@pytest.mark.parametrize("periods", [(17,), (33,), (64,), (0,), (5,), ()])
def test_periods_that_no_head_could_have_are_of_no_form_that_can_be_built(periods, tmp_path):
    card = card_in(tmp_path, rotary(periods))
    assert card.network is None and "no form that can be built" in card.blocked


@pytest.mark.parametrize(("periods", "heads"), [(16, 1), (8, 2), (4, 4)])
def test_periods_say_how_many_heads_there_are(periods, heads, tmp_path):
    card = card_in(tmp_path, rotary((periods,)))
    assert card.network.n_heads == heads and card.family == "DINOv3"


@pytest.mark.parametrize("kind", ["vit", "resnet"])
def test_a_network_of_no_width_is_none(kind, tmp_path):
    names = vit(192, 1) if kind == "vit" else torchvision.models.resnet18().state_dict()
    shapes = {k: [0 if n > 100 else n for n in getattr(s, "shape", s)] for k, s in names.items()}
    shapes = {k: [0 if n == 64 else n for n in s] for k, s in shapes.items()}
    save_file({k: torch.zeros(s) for k, s in shapes.items()}, tmp_path / "a.safetensors")
    assert card_of(open_file(tmp_path / "a.safetensors")).network is None


def of_timm(name, **more):
    return timm.create_model(name, num_classes=0, embed_dim=192, num_heads=3, depth=1, **more)


def test_register_tokens_are_said_only_where_there_are_some(tmp_path):
    state = of_timm("vit_small_patch16_dinov3").state_dict()
    card = card_in(tmp_path, state)
    assert card.family == "DINOv3" and "register tokens" in card.why
    card = card_in(tmp_path, {k: v for k, v in state.items() if k != "reg_token"})
    assert card.family == "DINOv3 or another ViT with rotary positions"
    assert card.confidence == "unsure" and "register tokens" not in card.why
    assert any("positions are turned cannot be seen" in doubt for doubt in card.doubts)


@pytest.mark.parametrize("whose", ["timm's", "unilm's"])
def test_beit_is_told_by_its_table_of_relative_positions(whose, tmp_path):
    state = of_timm("beit_base_patch16_224").state_dict()
    table = state.pop("blocks.0.attn.relative_position_bias_table")
    at = "blocks.0.attn." if whose == "timm's" else "rel_pos_bias."
    card = card_in(tmp_path, {"model": state | {f"{at}relative_position_bias_table": table}})
    assert card.network is None
    assert "Swin, BEiT or a relative; nearest of what is known is a ViT" in card.why


def as_meta_names_it(state):
    """timm's DeiT III in the names of Meta's own files."""
    return {re.sub(r"\.ls([12])\.gamma$", r".gamma_\1", k): v for k, v in state.items()}


@torch.no_grad()
@pytest.mark.parametrize(("patch", "size"), [(16, 64), (14, 56)])
def test_metas_own_deit_iii_gives_the_features_of_timms(patch, size, tmp_path):
    model = drawn(of_timm("deit3_base_patch16_224", img_size=size, patch_size=patch))
    state = as_meta_names_it(model.state_dict())
    assert "blocks.0.gamma_1" in state
    assert state["pos_embed"].shape == (1, 16, 192)  # none for the class token
    card = card_in(tmp_path, {"model": state})
    assert (card.family, card.input_size) == ("DeiT III or another ViT with LayerScale", size)
    assert card.why == "LayerScale in the names of DeiT III's own code"
    assert card.network.n_heads == 3 and card.blocked is None and not card.unexpected
    assert any("rope and ape" in doubt for doubt in card.doubts)  # those are laid out alike
    encoder, _ = network_of(open_file(tmp_path / "file.pth"), card, with_head=False)
    x = torch.rand(2, 3, size, size)
    torch.testing.assert_close(encoder(x), model(x), atol=1e-5, rtol=1e-5)


def test_metas_own_vit_s_has_a_network(tmp_path):
    names = vit(384, 12) | {f"blocks.{b}.gamma_{i}": (384,) for b in range(12) for i in (1, 2)}
    card = card_in(tmp_path, {"model": tensors(names | {"pos_embed": (1, 196, 384)})})
    assert card.network.class_position is False and card.network.layer_scale
    assert card.matched == len(names) and card.blocked is None


def test_gammas_beside_positions_that_turn_are_doubted_or_refused(tmp_path):
    state = as_meta_names_it(of_timm("vit_base_patch16_224", init_values=1e-5).state_dict())
    card = card_in(tmp_path, state)
    assert any("rope and ape" in doubt for doubt in card.doubts)
    card = card_in(tmp_path, state | {"rope.freqs": torch.zeros(2, 1, 3, 32)})
    assert card.blocked.endswith("has no place for a tensor of its layers, rope.freqs.")


def test_cait_is_no_deit(tmp_path):
    state = timm.create_model("cait_xxs24_224", embed_dim=192, depth=1).state_dict()
    assert "blocks.0.gamma_1" in state
    assert card_in(tmp_path, state).network is None


def test_torchvisions_convnext_is_named_as_one(tmp_path):
    state = torchvision.models.convnext_tiny().state_dict()
    card = card_in(tmp_path, {k: v for k, v in state.items() if v.numel() < 1e5})
    assert "it looks like torchvision's ConvNeXt; nearest of what is known is ConvNeXt" in card.why


# --- SigLIP without its pooling


@torch.no_grad()
@pytest.mark.parametrize("prefix", ["vision_tower.vision_model.", "model.vision_model."])
def test_siglips_tower_without_its_pooling_gives_its_features(prefix, tmp_path):
    config = transformers.SiglipVisionConfig(**SMALL, vision_use_head=False)
    model = drawn(transformers.SiglipVisionModel(config))
    state = {k.removeprefix("vision_model."): v for k, v in model.state_dict().items()}
    torch.save({prefix + k: v for k, v in state.items()}, tmp_path / "file.pth")
    opened = open_file(tmp_path / "file.pth")
    card = card_of(opened, n_heads=3)
    assert (card.family, card.confidence) == ("SigLIP (vision tower)", "likely")
    assert card.normalisation.mean == card.normalisation.std == (0.5, 0.5, 0.5)
    assert (card.network.activation, card.network.norm_eps) == ("gelu tanh", 1e-6)
    assert card.architecture.endswith("_siglip_gap_32")
    x = torch.rand(2, 3, 32, 32)
    encoder, _ = network_of(opened, card, with_head=False)
    theirs = model(pixel_values=x).last_hidden_state.mean(1)
    torch.testing.assert_close(encoder(x), theirs, atol=1e-5, rtol=1e-5)


# --- CLIP's activation


@torch.no_grad()
@pytest.mark.parametrize("quick", [True, False])
def test_timms_clip_has_the_activation_of_the_name_beside_it(quick, tmp_path):
    name = f"vit_base_patch32_clip_{'quickgelu_' if quick else ''}224"
    model = drawn(of_timm(name, img_size=64))
    card = card_in(tmp_path, model.state_dict(), config={"architecture": name})
    assert card.network.activation == ("quick gelu" if quick else "gelu")
    assert card.architecture == f"vit_192_depth1_patch32_clip_{'quickgelu_' if quick else ''}64"
    encoder, _ = network_of(open_file(tmp_path / "file.pth"), card, with_head=False)
    x = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(encoder(x), model(x), atol=1e-5, rtol=1e-5)


def openclips(quick, **vision):
    said = {"embed_dim": 24, "vision_cfg": {"width": 192} | vision}
    return {"model_cfg": said | ({} if quick is None else {"quick_gelu": quick})}


def of_openai():
    """The names of OpenAI's tower, which OpenCLIP's networks have too."""
    linear = {"attn.in_proj_weight": (576, 192), "attn.out_proj.weight": (192, 192)}
    linear |= {"mlp.c_fc.weight": (768, 192), "mlp.c_proj.weight": (192, 768)}
    linear |= {"attn.in_proj_bias": (576,), "attn.out_proj.bias": (192,)}
    linear |= {"mlp.c_fc.bias": (768,), "mlp.c_proj.bias": (192,)}
    names = {"class_embedding": (192,), "positional_embedding": (5, 192)}
    names |= {"conv1.weight": (192, 3, 16, 16), "proj": (192, 24)}
    names |= {f"transformer.resblocks.0.{k}": s for k, s in linear.items()}
    for norm in (
        "ln_pre",
        "ln_post",
        "transformer.resblocks.0.ln_1",
        "transformer.resblocks.0.ln_2",
    ):
        names |= {f"{norm}.{part}": (192,) for part in ("weight", "bias")}
    return tensors({f"visual.{k}": s for k, s in names.items()})


@pytest.mark.parametrize("quick", [True, False, None])
def test_openclips_configuration_says_which_activation_there_is(quick, tmp_path):
    card = card_in(tmp_path, of_openai(), open_clip_config=openclips(quick))
    assert card.network.activation == ("quick gelu" if quick else "gelu")
    assert not any("activation cannot be seen" in doubt for doubt in card.doubts)
    (tmp_path / "open_clip_config.json").unlink()
    card = card_in(tmp_path, of_openai())
    assert any("activation cannot be seen" in doubt for doubt in card.doubts)


def test_openclips_configuration_decides_nothing_of_siglip_or_of_another_timm_tower(tmp_path):
    model = drawn(of_transformers()["siglip"][0])
    card = card_in(tmp_path, model.state_dict(), open_clip_config=openclips(True))
    assert card.network.activation == "gelu tanh"
    state = {
        f"visual.trunk.{k}": v for k, v in of_timm("vit_base_patch16_clip_224").state_dict().items()
    }
    for name, found in (("vit_base_patch16_clip_224", "gelu"),
                        ("vit_base_patch16_clip_quickgelu_224", "quick gelu")):  # fmt: skip
        said = openclips(None, timm_model_name=name)
        assert card_in(tmp_path, state, open_clip_config=said).network.activation == found
