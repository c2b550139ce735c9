"""What has to be known to build an encoder, as one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MaxPool = Literal["stride 2", "stride 1", "none"]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class Network:
    """What has to be known to build an encoder up to its features.

    Args:
        name: torchvision's, timm's or OpenAI's, or small_alexnet, or small.
        kind: resnet, vit, convnext, clip_resnet, small_alexnet or small.
        feature_dim: Width of the features.
        image_size: Height and width the weights are made for, in pixels; None where any will do.
        channels: Of an image.
        layers: Of a ResNet: blocks in each of its four parts.
        bottleneck: Of a ResNet: three convolutions a block, not two.
        width: Of a ResNet: channels of the first part's inner convolutions, 64 if not changed.
        stem_width: Of a ResNet: channels of the first convolution.
        stem: Of a ResNet: imagenet (7 x 7 at stride 2) or cifar (3 x 3 at stride 1).
        stem_padding: Of a ResNet's first convolution; not seen in weights.
        max_pool: Of a ResNet, after the stem; not seen in weights. "stride 2" is 3 x 3 padded by
            1, "stride 1" is 3 x 3 without padding.
        patch: Of a ViT, in pixels.
        depth: Of a ViT: its blocks.
        mlp_dim: Of a ViT's hidden layers.
        n_heads: Of a ViT's attention; not seen in weights.
        norm_eps: Of its norms; not seen in weights.
        activation: Of its hidden layers: gelu, gelu tanh, quick gelu or silu; not seen in weights.
        pool: What of a ViT's tokens are its features: class token, mean (of the places), mean then
            norm, or attention.
        class_token: Whether a ViT has one.
        class_position: Whether its positions begin with one for it.
        n_registers: Further tokens of a ViT that are no places.
        positions: Of a ViT: learned, or rope (turned in each attention).
        rope: "base" by a base of 100, "stored" where the periods stand in the file.
        resize: How learned positions are carried to another image size: timm, dinov2, bicubic or
            antialiased; not seen in weights.
        layer_scale: Whether each part of a block is scaled by a vector.
        pre_norm: Whether tokens are normalised before the first block.
        qkv: joined, separate, or joined with biases of its own for q and v.
        qkv_bias: Which of q, k and v have a bias.
        bias_mask: Whether a mask of that bias stands beside it.
        mlp: Of a block: mlp, swiglu (gate and value in one matrix) or gated (in two).
        patch_bias: Whether the patch embedding has a bias.
        pool_qkv: Of attention pooling: joined or separate.
        widths: Of a ConvNeXt's four stages.
    """

    name: str
    kind: str
    feature_dim: int
    image_size: int | None = None
    channels: int = 3
    layers: tuple[int, ...] = ()
    bottleneck: bool = False
    width: int = 64
    stem_width: int = 64
    stem: str | None = None
    stem_padding: int = 3
    max_pool: MaxPool = "stride 2"
    patch: int = 16
    depth: int = 12
    mlp_dim: int = 0
    n_heads: int = 0
    norm_eps: float = 1e-6
    activation: str = "gelu"
    pool: str = "class token"
    class_token: bool = True
    class_position: bool = True
    n_registers: int = 0
    positions: str = "learned"
    rope: str = "base"
    resize: str = "timm"
    layer_scale: bool = False
    pre_norm: bool = False
    qkv: str = "joined"
    qkv_bias: str = "qkv"
    bias_mask: bool = False
    mlp: str = "mlp"
    patch_bias: bool = True
    pool_qkv: str = "separate"
    widths: tuple[int, ...] = ()
