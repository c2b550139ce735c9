"""Names of tensors of one architecture as different code spells them, turned into one spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

Spell = Callable[[Iterable[str]], dict[str, str]]


class Style(NamedTuple):
    """A way to name the tensors of an architecture.

    Attributes:
        kind: What it is an architecture of, as `forms.Network` has it.
        anchor: The name by which the network's prefix is found.
        beside: Names of which one must stand under the same prefix.
        spell: Names under the prefix -> the same names as the architecture spells them.
        without: Names that must not stand there.
        needs: Names that must all stand there.
    """

    kind: str
    anchor: str
    beside: tuple[str, ...]
    spell: Spell
    without: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def as_is(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def substituted(*pairs: tuple[str, str]) -> Spell:
    """Whole beginnings or whole parts of names replaced, one rule after the other."""
    rules = [(re.compile(pattern), to) for pattern, to in pairs]

    def spell(names: Iterable[str]) -> dict[str, str]:
        out = {}
        for name in names:
            new = name
            for pattern, to in rules:
                new = pattern.sub(to, new)
            out[name] = new
        return out

    return spell


def gated(spell: Spell) -> Spell:
    """Where a gate stands beside it, `mlp.up` is what is gated; else it is the first layer."""

    def both(names: Iterable[str]) -> dict[str, str]:
        out = spell(names)
        is_gated = any(".mlp.fc1_g." in new for new in out.values())
        to = ".mlp.fc1_x." if is_gated else ".mlp.fc1."
        return {name: new.replace(".mlp.up.", to) for name, new in out.items()}

    return both


BLOCK = r"^(blocks\.\d+\.)"
# DINOv2 numbers blocks in chunks, and several call the same parts by other names
_vit = substituted(
    (r"^(?:register_tokens|storage_tokens)$", "reg_token"),
    (r"^blocks\.\d+\.(\d+)\.(norm1|norm2|attn|mlp|ls1|ls2)\.", r"blocks.\1.\2."),
    (BLOCK + r"mlp\.w12\.", r"\1mlp.fc1."),
    (BLOCK + r"mlp\.w1\.", r"\1mlp.fc1_g."),
    (BLOCK + r"mlp\.w2\.", r"\1mlp.fc1_x."),
    (BLOCK + r"mlp\.w3\.", r"\1mlp.fc2."),
    (BLOCK + r"gamma_([12])$", r"\1ls\2.gamma"),
)
_vit_of_torchvision = substituted(
    (r"^class_token$", "cls_token"),
    (r"^encoder\.pos_embedding$", "pos_embed"),
    (r"^conv_proj\.", "patch_embed.proj."),
    (r"^encoder\.layers\.encoder_layer_(\d+)\.", r"blocks.\1."),
    (r"^encoder\.ln\.", "norm."),
    (BLOCK + r"ln_([12])\.", r"\1norm\2."),
    (BLOCK + r"self_attention\.in_proj_(weight|bias)$", r"\1attn.qkv.\2"),
    (BLOCK + r"self_attention\.out_proj\.", r"\1attn.proj."),
    (BLOCK + r"mlp\.(?:0|linear_1)\.", r"\1mlp.fc1."),
    (BLOCK + r"mlp\.(?:3|linear_2)\.", r"\1mlp.fc2."),
    (r"^heads\.head\.", "head."),
)
_vit_of_mmpretrain = substituted(
    (r"^patch_embed\.projection\.", "patch_embed.proj."),
    (r"^(?:ln1|norm1)\.", "norm."),
    (r"^layers\.(\d+)\.", r"blocks.\1."),
    (BLOCK + r"ln([12])\.", r"\1norm\2."),
    (BLOCK + r"ffn\.layers\.0\.0\.", r"\1mlp.fc1."),
    (BLOCK + r"ffn\.layers\.1\.", r"\1mlp.fc2."),
)
_vit_of_transformers = gated(
    substituted(
        (r"^embeddings\.cls_token$", "cls_token"),
        (r"^embeddings\.mask_token$", "mask_token"),
        (r"^embeddings\.register_tokens$", "reg_token"),
        (r"^embeddings\.position_embeddings$", "pos_embed"),
        (r"^embeddings\.patch_embeddings\.(?:projection\.)?", "patch_embed.proj."),
        (r"^(?:encoder\.layer|model\.layer|layer|layers)\.(\d+)\.", r"blocks.\1."),
        (BLOCK + r"attention\.(?:attention\.)?(q|k|v)(?:_proj|uery|ey|alue)\.", r"\1attn.\2."),
        (BLOCK + r"attention\.(?:output\.dense|o_proj)\.", r"\1attn.proj."),
        (BLOCK + r"intermediate\.dense\.", r"\1mlp.fc1."),
        (BLOCK + r"output\.dense\.", r"\1mlp.fc2."),
        (BLOCK + r"mlp\.weights_in\.", r"\1mlp.fc1."),
        (BLOCK + r"mlp\.(?:weights_out|down_proj)\.", r"\1mlp.fc2."),
        (BLOCK + r"mlp\.gate_proj\.", r"\1mlp.fc1_g."),
        (BLOCK + r"mlp\.up_proj\.", r"\1mlp.up."),
        (BLOCK + r"layernorm_before\.", r"\1norm1."),
        (BLOCK + r"layernorm_after\.", r"\1norm2."),
        (BLOCK + r"layer_scale([12])\.lambda1$", r"\1ls\2.gamma"),
        (r"^layernorm\.", "norm."),
    )
)
_clip_of_transformers = substituted(
    (r"^embeddings\.class_embedding$", "cls_token"),
    (r"^embeddings\.patch_embedding\.", "patch_embed.proj."),
    (r"^embeddings\.position_embedding\.weight$", "pos_embed"),
    (r"^pre_layrnorm\.", "norm_pre."),
    (r"^encoder\.layers\.(\d+)\.", r"blocks.\1."),
    (BLOCK + r"self_attn\.(q|k|v)_proj\.", r"\1attn.\2."),
    (BLOCK + r"self_attn\.out_proj\.", r"\1attn.proj."),
    (BLOCK + r"layer_norm([12])\.", r"\1norm\2."),
    (r"^post_layernorm\.", "norm."),
    (r"^head\.probe$", "attn_pool.latent"),
    (r"^head\.attention\.in_proj_(weight|bias)$", r"attn_pool.in_proj.\1"),
    (r"^head\.attention\.out_proj\.", "attn_pool.proj."),
    (r"^head\.layernorm\.", "attn_pool.norm."),
    (r"^head\.mlp\.", "attn_pool.mlp."),
)
_clip_of_openai = substituted(
    (r"^class_embedding$", "cls_token"),
    (r"^positional_embedding$", "pos_embed"),
    (r"^conv1\.", "patch_embed.proj."),
    (r"^ln_pre\.", "norm_pre."),
    (r"^transformer\.resblocks\.(\d+)\.", r"blocks.\1."),
    (BLOCK + r"ln_([12])\.", r"\1norm\2."),
    (BLOCK + r"attn\.in_proj_(weight|bias)$", r"\1attn.qkv.\2"),
    (BLOCK + r"attn\.out_proj\.", r"\1attn.proj."),
    (BLOCK + r"mlp\.c_fc\.", r"\1mlp.fc1."),
    (BLOCK + r"mlp\.c_proj\.", r"\1mlp.fc2."),
    (r"^ln_post\.", "norm."),
)
STAGE = r"^(stages\.\d+\.)"
_convnext = substituted(
    (r"^downsample_layers\.0\.", "stem."),
    (r"^downsample_layers\.([1-3])\.", r"stages.\1.downsample."),
    (r"^(?:model\.|encoder\.)?stages\.0\.downsample_layers\.", "stem."),
    (r"^(?:model\.|encoder\.)?stages\.(\d+)\.downsampl(?:e_layers|ing_layer)\.",
     r"stages.\1.downsample."),
    (r"^embeddings\.patch_embeddings\.", "stem.0."),
    (r"^embeddings\.layernorm\.", "stem.1."),
    (r"^(?:model\.|encoder\.)?stages\.(\d+)\.(?:layers\.|blocks\.)?(\d+)\.",
     r"stages.\1.blocks.\2."),
    (r"(\.blocks\.\d+)\.(?:dwconv|depthwise_conv)\.", r"\1.conv_dw."),
    (r"(\.blocks\.\d+)\.(?:layer_norm|layernorm)\.", r"\1.norm."),
    (r"(\.blocks\.\d+)\.(?:pwconv|pointwise_conv)([12])\.", r"\1.mlp.fc\2."),
    (r"(\.blocks\.\d+)\.layer_scale_parameter$", r"\1.gamma"),
    (r"^(?:head\.norm|layer_norm|layernorm)\.", "norm."),
)  # fmt: skip

# tables of BEiT's kind, which are positions that nothing here builds
RELATIVE = (
    "blocks.0.attn.relative_position_bias_table",
    "rel_pos_bias.relative_position_bias_table",
)
VITS: dict[str, Style] = {
    "vit": Style(
        "vit",
        "patch_embed.proj.weight",
        ("blocks.0.norm1.weight", "blocks.0.0.norm1.weight"),
        _vit,
        ("blocks.0.gamma_1",),
    ),
    "eva of timm": Style(
        "vit",
        "patch_embed.proj.weight",
        ("blocks.0.gamma_1",),
        _vit,
        ("pos_embed", *RELATIVE),
    ),
    "vit of deit iii": Style(
        "vit",
        "patch_embed.proj.weight",
        ("blocks.0.gamma_1",),
        _vit,
        (*RELATIVE, "blocks.0.attn.proj_l.weight"),  # CaiT
        ("pos_embed",),
    ),
    "vit of torchvision": Style(
        "vit",
        "conv_proj.weight",
        ("encoder.layers.encoder_layer_0.ln_1.weight",),
        _vit_of_torchvision,
    ),
    "vit of mmpretrain": Style(
        "vit", "patch_embed.projection.weight", ("layers.0.ln1.weight",), _vit_of_mmpretrain
    ),
    "vit of transformers": Style(
        "vit",
        "embeddings.patch_embeddings.projection.weight",
        ("encoder.layer.0.layernorm_before.weight", "encoder.layer.0.norm1.weight",
         "layers.0.layernorm_before.weight", "layer.0.layernorm_before.weight"),
        _vit_of_transformers,
    ),
    "dinov3 of transformers": Style(
        "vit",
        "embeddings.patch_embeddings.weight",
        ("layer.0.norm1.weight", "model.layer.0.norm1.weight"),
        _vit_of_transformers,
    ),
    "clip of transformers": Style(
        "vit",
        "embeddings.patch_embedding.weight",
        ("encoder.layers.0.layer_norm1.weight",),
        _clip_of_transformers,
    ),
    "clip of openai": Style(
        "vit", "conv1.weight", ("transformer.resblocks.0.ln_1.weight",), _clip_of_openai
    ),
}  # fmt: skip
CONVNEXTS: dict[str, Style] = {
    "convnext": Style(
        "convnext", "stem.0.weight", ("stages.0.blocks.0.conv_dw.weight",), _convnext
    ),
    "convnext of its authors": Style(
        "convnext", "downsample_layers.0.0.weight", ("stages.0.0.dwconv.weight",), _convnext
    ),
    "dinov3 convnext of transformers": Style(
        "convnext",
        "stages.0.downsample_layers.0.weight",
        ("stages.0.layers.0.depthwise_conv.weight",),
        _convnext,
    ),
    "convnext of transformers": Style(
        "convnext",
        "embeddings.patch_embeddings.weight",
        ("encoder.stages.0.layers.0.dwconv.weight",),
        _convnext,
    ),
}
