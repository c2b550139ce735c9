"""Features of today's encoders are those of the code that they come from: timm, transformers, and
published forms written out here where neither saves them."""

import json

import pytest
import timm
import torch
import transformers

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of

pytestmark = pytest.mark.filterwarnings("ignore")
SMALL = {
    "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96,
    "image_size": 32, "patch_size": 8,
}  # fmt: skip
OWN = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 56,
       "patch_size": 14}  # fmt: skip


def drawn(model):
    """Weights by which no layer is without effect."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.add_(0.2 * torch.randn(value.shape, generator=generator))
    return model.eval()


def pooled(model, x):
    return model(pixel_values=x).pooler_output


def class_token(model, x):
    return model(pixel_values=x).last_hidden_state[:, 0]


def mean(model, x):
    return model(pixel_values=x).last_hidden_state.mean(1)


def of_transformers():
    t = transformers
    decoder = {"decoder_hidden_size": 32, "decoder_num_attention_heads": 2,
               "decoder_num_hidden_layers": 1, "decoder_intermediate_size": 32}  # fmt: skip
    return {
        "vit": (t.ViTModel(t.ViTConfig(**SMALL)), class_token, "ViT (transformers)"),
        "dinov2": (t.Dinov2Model(t.Dinov2Config(**OWN)), pooled, "DINOv2"),
        "dinov2, gated": (
            t.Dinov2Model(t.Dinov2Config(**OWN, use_swiglu_ffn=True)), pooled, "DINOv2",
        ),
        "dinov2 with registers": (
            t.Dinov2WithRegistersModel(t.Dinov2WithRegistersConfig(**OWN)), pooled,
            "DINOv2 with registers",
        ),
        "dinov3": (
            t.DINOv3ViTModel(t.DINOv3ViTConfig(**SMALL, num_register_tokens=4)), pooled, "DINOv3",
        ),
        "dinov3, gated": (
            t.DINOv3ViTModel(t.DINOv3ViTConfig(**SMALL, num_register_tokens=4, use_gated_mlp=True,
                                               hidden_act="silu")), pooled, "DINOv3",
        ),
        "dinov3 convnext": (
            t.DINOv3ConvNextModel(
                t.DINOv3ConvNextConfig(hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 2, 1])
            ), pooled, "DINOv3 (ConvNeXt)",
        ),
        "convnext": (
            t.ConvNextModel(t.ConvNextConfig(hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 2, 1])),
            pooled, "ConvNeXt, supervised or DINOv3's",
        ),
        "msn": (t.ViTMSNModel(t.ViTMSNConfig(**SMALL)), class_token, "MSN"),
        "siglip": (
            t.SiglipVisionModel(t.SiglipVisionConfig(**SMALL)), pooled, "SigLIP (vision tower)",
        ),
        "clip": (t.CLIPVisionModel(t.CLIPVisionConfig(**SMALL)), pooled, "CLIP"),
        "mae": (
            t.ViTMAEModel(t.ViTMAEConfig(**SMALL, **decoder, mask_ratio=0.0)), class_token, "MAE",
        ),
        "i-jepa": (t.IJepaModel(t.IJepaConfig(**SMALL)), mean, "I-JEPA"),
    }  # fmt: skip


@torch.no_grad()
@pytest.mark.parametrize("name", list(of_transformers()))
def test_a_folder_of_transformers_gives_its_features(name, tmp_path):
    model, features, family = of_transformers()[name]
    drawn(model).save_pretrained(tmp_path)
    opened = open_file(tmp_path / "model.safetensors")
    card = card_of(opened)
    assert card.family == family
    assert (card.missing, card.blocked) == ((), None)
    encoder, _ = network_of(opened, card, with_head=False)
    size = 64 if card.network.image_size is None else card.network.image_size
    x = torch.rand(2, 3, size, size)
    theirs = features(model, x)
    assert theirs.std() > 1e-3
    torch.testing.assert_close(encoder(x), theirs, atol=1e-4, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("name", ["dinov2", "dinov2 with registers", "dinov3"])
def test_another_size_is_fed_by_interpolated_positions(name, tmp_path):
    model, features, _ = of_transformers()[name]
    drawn(model).save_pretrained(tmp_path)
    opened = open_file(tmp_path / "model.safetensors")
    card = card_of(opened, input_size=42 if "2" in name else 40)
    x = torch.rand(2, 3, card.input_size, card.input_size)
    encoder, _ = network_of(opened, card, with_head=False)
    torch.testing.assert_close(encoder(x), features(model, x), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_clips_projection_is_its_head(tmp_path):
    config = transformers.CLIPVisionConfig(**SMALL, projection_dim=24)
    model = drawn(transformers.CLIPVisionModelWithProjection(config))
    model.save_pretrained(tmp_path)
    opened = open_file(tmp_path / "model.safetensors")
    card = card_of(opened)
    assert (card.family, card.encoder) == ("CLIP", "vision_model")
    encoder, head = network_of(opened, card)
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(
        head(encoder(x)), model(pixel_values=x).image_embeds, atol=1e-4, rtol=1e-4
    )


OF_TIMM = {
    "vit_small_patch14_dinov2": ({"img_size": 56}, "DINOv2"),
    "vit_small_patch14_reg4_dinov2": ({"img_size": 56}, "DINOv2 with registers"),
    "vit_giant_patch14_dinov2": ({"img_size": 28, "embed_dim": 128, "num_heads": 2}, "DINOv2"),
    "vit_small_patch16_dinov3": ({}, "DINOv3"),
    "vit_small_patch16_dinov3_qkvb": ({}, "DINOv3"),
    "vit_base_patch16_siglip_224": (
        {"img_size": 32, "embed_dim": 192, "num_heads": 3}, "SigLIP (vision tower)",
    ),
    "vit_base_patch16_clip_quickgelu_224": (
        {"img_size": 32, "embed_dim": 192, "num_heads": 3}, "CLIP",
    ),
    "vit_base_patch16_224": (
        {"img_size": 32, "embed_dim": 192, "num_heads": 3},
        "DINO, timm or another bare ViT",
    ),
    "vit_huge_patch14_gap_224": (
        {"img_size": 28, "embed_dim": 192, "num_heads": 3},
        "I-JEPA or another ViT without a class token",
    ),
    "deit3_small_patch16_224": ({"img_size": 32}, "DeiT III or another ViT with LayerScale"),
    "convnext_atto": ({"conv_mlp": False, "ls_init_value": 1e-6},
                      "ConvNeXt, supervised or DINOv3's"),
}  # fmt: skip


@torch.no_grad()
@pytest.mark.parametrize("name", list(OF_TIMM))
def test_a_file_of_timm_gives_its_features(name, tmp_path):
    options, family = OF_TIMM[name]
    depth = {} if "convnext" in name else {"depth": 2}
    model = drawn(timm.create_model(name, num_classes=0, **depth, **options))
    torch.save(model.state_dict(), tmp_path / "file.pth")
    opened = open_file(tmp_path / "file.pth")
    hand = {"activation": "quick gelu"} if "quickgelu" in name else {}
    card = card_of(opened, **hand)
    assert card.family == family
    assert (card.missing, card.blocked) == ((), None)
    encoder, _ = network_of(opened, card, with_head=False)
    size = options.get("img_size", 64)
    x = torch.rand(2, 3, size, size)
    theirs = model(x)
    assert theirs.std() > 1e-3
    torch.testing.assert_close(encoder(x), theirs, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_dinov3s_own_names_are_read_with_their_masked_bias(tmp_path):
    """The published names, whose values are those of transformers' network."""
    model = drawn(of_transformers()["dinov3"][0])
    state = {k.removeprefix("model."): v for k, v in model.state_dict().items()}
    out = {
        "cls_token": state["embeddings.cls_token"],
        "storage_tokens": state["embeddings.register_tokens"],
        "mask_token": state["embeddings.mask_token"][0],
        "rope_embed.periods": 100 ** torch.arange(0, 1, 4 / 16),
        "norm.weight": state["norm.weight"],
        "norm.bias": state["norm.bias"],
    }
    out |= {f"patch_embed.proj.{p}": state[f"embeddings.patch_embeddings.{p}"]
            for p in ("weight", "bias")}  # fmt: skip
    for i in range(2):
        old, new = f"layer.{i}", f"blocks.{i}"
        parts = [state[f"{old}.attention.{p}_proj.weight"] for p in "qkv"]
        q, v = (state[f"{old}.attention.{p}_proj.bias"] for p in "qv")
        out[f"{new}.attn.qkv.weight"] = torch.cat(parts)
        out[f"{new}.attn.qkv.bias"] = torch.cat([q, torch.full_like(q, 7.0), v])
        mask = torch.ones(3, len(q))
        mask[1] = 0
        out[f"{new}.attn.qkv.bias_mask"] = mask.flatten()
        pairs = {"attn.proj": "attention.o_proj", "mlp.fc1": "mlp.up_proj",
                 "mlp.fc2": "mlp.down_proj", "norm1": "norm1", "norm2": "norm2"}  # fmt: skip
        for ours, theirs in pairs.items():
            out |= {f"{new}.{ours}.{p}": state[f"{old}.{theirs}.{p}"] for p in ("weight", "bias")}
        for j in (1, 2):
            out[f"{new}.ls{j}.gamma"] = state[f"{old}.layer_scale{j}.lambda1"]
    torch.save(out, tmp_path / "dinov3_vits16.pth")
    opened = open_file(tmp_path / "dinov3_vits16.pth")
    card = card_of(opened)
    assert (card.family, card.confidence, card.network.n_heads) == ("DINOv3", "sure", 3)
    encoder, _ = network_of(opened, card, with_head=False)
    x = torch.rand(2, 3, 40, 40)
    torch.testing.assert_close(encoder(x), pooled(model, x), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_openais_names_of_clip_are_read(tmp_path):
    model = drawn(of_transformers()["clip"][0])
    state = model.state_dict()
    out = {
        "visual.class_embedding": state["embeddings.class_embedding"],
        "visual.positional_embedding": state["embeddings.position_embedding.weight"],
        "visual.conv1.weight": state["embeddings.patch_embedding.weight"],
        "visual.proj": torch.rand(48, 24),
        "logit_scale": torch.tensor(4.6),
    }
    both = ("weight", "bias")
    out |= {f"visual.ln_pre.{p}": state[f"pre_layrnorm.{p}"] for p in both}
    out |= {f"visual.ln_post.{p}": state[f"post_layernorm.{p}"] for p in both}
    for i in range(2):
        old, new = f"encoder.layers.{i}", f"visual.transformer.resblocks.{i}"
        for p in both:
            parts = [state[f"{old}.self_attn.{q}_proj.{p}"] for q in "qkv"]
            out[f"{new}.attn.in_proj_{p}"] = torch.cat(parts)
            pairs = {
                "attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1",
                "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
            }  # fmt: skip
            out |= {f"{new}.{a}.{p}": state[f"{old}.{b}.{p}"] for a, b in pairs.items()}
    torch.save(out, tmp_path / "clip.pt")
    opened = open_file(tmp_path / "clip.pt")
    card = card_of(opened, n_heads=3)
    assert (card.family, card.encoder) == ("CLIP", "visual")
    assert any("activation cannot be seen" in doubt for doubt in card.doubts)
    encoder, _ = network_of(opened, card, with_head=False)
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(encoder(x), pooled(model, x), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("saved", "name", "heads"),
    [
        ({"base_encoder": 1}, "x.pth", 12),
        ({"model": 1}, "moco-v3-deit-vit-s.pth", 12),
        ({"model": 1}, "x.pth", 6),
    ],
)
def test_heads_of_a_small_vit_are_known_or_asked_about(saved, name, heads, tmp_path):
    from tests.layouts import tensors, vit

    (key,) = saved
    torch.save({key: tensors(vit())}, tmp_path / name)
    card = card_of(open_file(tmp_path / name))
    assert card.network.n_heads == heads
    asked = any("number of attention heads cannot be seen" in doubt for doubt in card.doubts)
    assert asked == (heads == 6)


def test_mae_of_solo_learn_has_twelve_heads_whatever_its_width(tmp_path):
    from tests.layouts import layers, lightning, under, vit

    names = under("backbone", vit(192, size=32, patch=4))
    names |= layers("decoder.decoder_embed", 192, 64) | layers("classifier", 192, 10)
    torch.save(lightning(names, method="mae"), tmp_path / "x.ckpt")
    card = card_of(open_file(tmp_path / "x.ckpt"))
    assert (card.family, card.network.n_heads) == ("MAE (solo-learn)", 12)


def test_a_configuration_says_heads_and_norms(tmp_path):
    from safetensors.torch import save_file

    from tests.layouts import vit

    save_file({k: torch.zeros(s) for k, s in vit(192, 2).items()}, tmp_path / "model.safetensors")
    config = {"hidden_size": 192, "num_attention_heads": 12, "layer_norm_eps": 1e-5}
    (tmp_path / "config.json").write_text(json.dumps(config))
    net = card_of(open_file(tmp_path / "model.safetensors")).network
    assert (net.n_heads, net.norm_eps) == (12, 1e-5)


def test_what_is_no_known_form_is_named_with_the_nearest_and_what_differs(tmp_path):
    model = timm.create_model(
        "vit_tiny_patch16_224", num_classes=0, img_size=32, depth=2, qk_norm=True
    )
    torch.save(model.state_dict(), tmp_path / "file.pth")
    card = card_of(open_file(tmp_path / "file.pth"))
    assert "has no place for" in card.blocked and "q_norm" in card.blocked
