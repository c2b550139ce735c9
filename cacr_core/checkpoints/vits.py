"""Vision transformers by the names and shapes of their tensors, in timm's spelling; no torch."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping

from cacr_core.checkpoints.forms import Network, Shapes

SIZES = {
    "tiny": (192, 12), "small": (384, 12), "base": (768, 12), "large": (1024, 24),
    "so400m": (1152, 27), "huge": (1280, 32), "giant": (1536, 40),
}  # fmt: skip
HEADS = {1152: 16, 1280: 16, 1408: 16, 1664: 16, 4096: 32}
"""By width, where it is not one for each 64."""
AMBIGUOUS = {192: "3 or 12", 384: "6 or 12", 1280: "16 or 20", 4096: "32"}
"""Widths whose published networks differ in their heads."""
STYLES: dict[str, dict[str, object]] = {
    "vit of transformers": {"norm_eps": 1e-12, "resize": "bicubic"},
    "dinov3 of transformers": {"norm_eps": 1e-5},
    "clip of transformers": {"norm_eps": 1e-5, "activation": "quick gelu", "resize": "bicubic"},
    "clip of openai": {"norm_eps": 1e-5, "activation": "quick gelu"},
    "eva of timm": {"norm_eps": 1e-5},
}
"""What weights do not show, by whose names they have."""


ROTARY = ("dinov3 of transformers", "eva of timm")
"""Styles whose rotary positions leave nothing in the file."""


def heads_for(dim: int) -> int:
    return HEADS.get(dim, max(1, dim // 64))


def network_of(shapes: Mapping[str, tuple[int, ...]], style: str = "") -> Network | None:
    """The ViT of these tensors; None where it is of no form that can be built."""
    dim, channels, patch, also = shapes["patch_embed.proj.weight"]
    blocks = {int(n.split(".")[1]) for n in shapes if re.match(r"blocks\.[0-9]{1,4}\.norm1\.", n)}
    if not patch or patch != also or not dim or blocks != set(range(len(blocks))):
        return None
    has_class = "cls_token" in shapes
    learned = "pos_embed" in shapes
    turns = "rope_embed.periods" in shapes or style in ROTARY
    if not learned and not turns:  # positions of another kind, such as BEiT's
        return None
    side, class_position = 0, has_class
    if learned:
        n = shapes["pos_embed"][-2]
        class_position = has_class and math.isqrt(n - 1) ** 2 == n - 1
        places = n - class_position
        side = math.isqrt(places)
        if side * side != places or not side:
            return None
    hidden = shapes["blocks.0.mlp.fc2.weight"][1]
    mlp = "mlp"
    if "blocks.0.mlp.fc1_g.weight" in shapes:
        mlp = "gated"
    elif shapes["blocks.0.mlp.fc1.weight"][0] == 2 * hidden:
        mlp = "swiglu"
    form: dict[str, object] = {
        "class_token": has_class,
        "class_position": class_position,
        "n_registers": shapes["reg_token"][-2] if "reg_token" in shapes else 0,
        "positions": "learned" if learned else "rope",
        "rope": "stored" if "rope_embed.periods" in shapes else "base",
        "layer_scale": "blocks.0.ls1.gamma" in shapes,
        "pre_norm": "norm_pre.weight" in shapes,
        "bias_mask": "blocks.0.attn.qkv.bias_mask" in shapes,
        "mlp": mlp,
        "patch_bias": "patch_embed.proj.bias" in shapes,
        "pool": _pool(shapes, style, has_class),
        "pool_qkv": "joined" if "attn_pool.in_proj.weight" in shapes else "separate",
        "channels": channels,
    } | _qkv(shapes)
    net = usual(dim, len(blocks), patch, side * patch if learned else None, hidden)
    net = dataclasses.replace(net, **(form | _unseen(shapes, style, form)))  # type: ignore[arg-type]
    if "rope_embed.periods" in shapes:
        of_head = 4 * shapes["rope_embed.periods"][0]
        if not of_head or dim % of_head:
            return None
        net = dataclasses.replace(net, n_heads=dim // of_head)
    return dataclasses.replace(net, name=named(net))


def usual(dim: int, depth: int, patch: int, image_size: int | None, mlp_dim: int) -> Network:
    """A plain ViT of this size, as timm has it."""
    found = [size for size, form in SIZES.items() if form == (dim, depth)]
    size = found[0] if found and mlp_dim in (4 * dim, 4304) else f"{dim}_depth{depth}"
    return Network(
        name=f"vit_{size}_patch{patch}_{image_size or 224}",
        kind="vit",
        feature_dim=dim,
        image_size=image_size,
        patch=patch,
        depth=depth,
        mlp_dim=mlp_dim,
        n_heads=heads_for(dim),
    )


def network_named(name: str) -> Network | None:
    """A plain ViT by timm's name, such as vit_small_patch16_224."""
    if found := re.fullmatch(r"vit_(\w+)_patch(\d{1,2})_(\d{2,4})", name):
        patch, size = int(found[2]), int(found[3])
        if found[1] in SIZES and patch and size % patch == 0:
            dim, depth = SIZES[found[1]]
            return usual(dim, depth, patch, size, 4 * dim)
    return None


def _pool(shapes: Mapping[str, tuple[int, ...]], style: str, has_class: bool) -> str:
    if "attn_pool.latent" in shapes:
        return "attention"
    if "fc_norm.weight" in shapes and "norm.weight" not in shapes:
        return "mean then norm"
    return "mean" if not has_class or style == "eva of timm" else "class token"


def _qkv(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, object]:
    at = "blocks.0.attn."
    if f"{at}q.weight" in shapes:
        own = "".join(part for part in "qkv" if f"{at}{part}.bias" in shapes)
        return {"qkv": "separate", "qkv_bias": own}
    if f"{at}q_bias" in shapes:
        return {"qkv": "joined, biases of q and v", "qkv_bias": "qv"}
    return {"qkv": "joined", "qkv_bias": "qkv" if f"{at}qkv.bias" in shapes else ""}


def _unseen(
    shapes: Mapping[str, tuple[int, ...]], style: str, form: Mapping[str, object]
) -> dict[str, object]:
    found = dict(STYLES.get(style, {}))
    if form["mlp"] != "mlp":
        found["activation"] = "silu"
    if form["positions"] == "rope":
        found["norm_eps"] = 1e-5
    elif style == "vit of transformers" and form["layer_scale"]:  # DINOv2's
        found["norm_eps"] = 1e-6
        found["resize"] = "antialiased" if form["n_registers"] else "bicubic"
    elif style == "clip of transformers" and not (form["class_token"] or form["pre_norm"]):
        # SigLIP's, with its pooling or without
        found |= {"norm_eps": 1e-6, "activation": "gelu tanh"}
    elif style == "vit" and form["layer_scale"] and "mask_token" in shapes:  # DINOv2's own
        found["resize"] = "antialiased" if form["n_registers"] else "dinov2"
    elif style == "vit" and form["pre_norm"]:
        found["norm_eps"] = 1e-5
    return found


def named(net: Network) -> str:
    """timm's name where it has such a network."""
    plain = usual(net.feature_dim, net.depth, net.patch, net.image_size, net.mlp_dim)
    name = plain.name.rpartition("_")[0]
    if net.positions == "rope":
        return f"{name}_dinov3"
    if net.pool == "attention":
        return f"{name}_siglip_{net.image_size}"
    if net.pre_norm:
        quick = "quickgelu_" if net.activation == "quick gelu" else ""
        return f"{name}_clip_{quick}{net.image_size}"
    if net.layer_scale and net.patch == 14:
        registers = f"_reg{net.n_registers}" if net.n_registers else ""
        return f"{name}{registers}_dinov2"
    if not net.class_token:
        code = "siglip_" if net.activation == "gelu tanh" else ""
        return f"{name}_{code}gap_{net.image_size}"
    return plain.name


def expected(net: Network) -> Shapes:
    """Names and shapes of its tensors up to its features."""
    dim = net.feature_dim
    out: Shapes = {}
    if net.class_token:
        out["cls_token"] = (1, 1, dim)
    if net.positions == "learned":
        places = ((net.image_size or 0) // net.patch) ** 2
        out["pos_embed"] = (1, places + net.class_position, dim)
    elif net.rope == "stored":
        out["rope_embed.periods"] = (dim // net.n_heads // 4,)
    if net.n_registers:
        out["reg_token"] = (1, net.n_registers, dim)
    out["patch_embed.proj.weight"] = (dim, net.channels, net.patch, net.patch)
    if net.patch_bias:
        out["patch_embed.proj.bias"] = (dim,)
    if net.pre_norm:
        out |= _norm("norm_pre", dim)
    for i in range(net.depth):
        out |= {f"blocks.{i}.{name}": shape for name, shape in _block(net).items()}
    out |= _norm("fc_norm" if net.pool == "mean then norm" else "norm", dim)
    return out | (_attention_pool(net) if net.pool == "attention" else {})


def _norm(name: str, dim: int) -> Shapes:
    return {f"{name}.{part}": (dim,) for part in ("weight", "bias")}


def _linear(name: str, after: int, before: int, bias: bool = True) -> Shapes:
    out: Shapes = {f"{name}.weight": (after, before)}
    return out | ({f"{name}.bias": (after,)} if bias else {})


def _block(net: Network) -> Shapes:
    dim, hidden = net.feature_dim, net.mlp_dim
    out = _norm("norm1", dim) | _norm("norm2", dim) | _linear("attn.proj", dim, dim)
    if net.qkv == "separate":
        for part in "qkv":
            out |= _linear(f"attn.{part}", dim, dim, part in net.qkv_bias)
    else:
        out |= _linear("attn.qkv", 3 * dim, dim, net.qkv == "joined" and bool(net.qkv_bias))
    if net.qkv == "joined, biases of q and v":
        out |= {"attn.q_bias": (dim,), "attn.v_bias": (dim,)}
    if net.bias_mask:
        out["attn.qkv.bias_mask"] = (3 * dim,)
    if net.layer_scale:
        out |= {"ls1.gamma": (dim,), "ls2.gamma": (dim,)}
    if net.mlp == "gated":
        out |= _linear("mlp.fc1_g", hidden, dim) | _linear("mlp.fc1_x", hidden, dim)
    else:
        out |= _linear("mlp.fc1", hidden * (2 if net.mlp == "swiglu" else 1), dim)
    return out | _linear("mlp.fc2", dim, hidden)


def _attention_pool(net: Network) -> Shapes:
    dim, at = net.feature_dim, "attn_pool"
    out: Shapes = {f"{at}.latent": (1, 1, dim)}
    if net.pool_qkv == "joined":
        out |= _linear(f"{at}.in_proj", 3 * dim, dim)
    else:
        out |= _linear(f"{at}.q", dim, dim) | _linear(f"{at}.kv", 2 * dim, dim)
    out |= _linear(f"{at}.proj", dim, dim) | _norm(f"{at}.norm", dim)
    hidden = net.mlp_dim
    return out | _linear(f"{at}.mlp.fc1", hidden, dim) | _linear(f"{at}.mlp.fc2", dim, hidden)
