"""Encoders and heads as torch modules, named as torchvision and timm name them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from cacr_core.checkpoints.architecture import Network, n_numbers
from cacr_core.checkpoints.clip_resnet import ClipResNet
from cacr_core.checkpoints.convnext import ConvNeXt
from cacr_core.checkpoints.heads import Head, Layer
from cacr_core.checkpoints.transformer import VisionTransformer

if TYPE_CHECKING:
    from cacr_core.checkpoints.card import Card

LARGEST = 1_000_000_000  # weights; ViT-H has 632 million


def build(card: Card) -> nn.Module:
    """The card's encoder, `(n, channels, height, width)` -> features `(n, feature_dim)`, with
    random weights, in eval mode: batch norms in train mode would change features.

    Raises:
        ValueError: The card has no architecture, or one that is beyond reason.
    """
    if card.network is None:
        raise ValueError("An encoder needs a known architecture, the card has none. Choose one.")
    if (n := n_numbers(card.network)) > LARGEST:
        raise ValueError(
            f"An encoder of at most {LARGEST:,} weights is built, this one has {n:,}. "
            "Choose another architecture."
        )
    return network(card.network).eval()


def network(net: Network) -> nn.Module:
    """A network of this form."""
    if net.kind == "resnet":
        return ResNet(net)
    if net.kind == "vit":
        return VisionTransformer(net)
    if net.kind == "convnext":
        return ConvNeXt(net)
    if net.kind == "clip_resnet":
        return ClipResNet(net)
    from cacr_core.models import SmallAlexNet, SmallNet

    if net.channels != 3:
        raise ValueError(f"{net.name} takes images of 3 channels, this one has {net.channels}.")
    return (
        SmallAlexNet(net.image_size or 32)
        if net.kind == "small_alexnet"
        else SmallNet(net.feature_dim)
    )


def build_head(card: Card) -> nn.Sequential:
    """The card's head, features -> embeddings not yet normalised, in eval mode: linear layers and
    batch norms with a ReLU or GELU behind each but the last, as published heads have it.

    Raises:
        ValueError: There is none, or one of other layers.
    """
    if card.head is None:
        raise ValueError("A head is needed, the card has none. Take the features before it.")
    modules: dict[str, nn.Module] = {}
    active = nn.GELU if card.head.activation == "gelu" else nn.ReLU
    for i, (layer, is_active) in head_modules(card.head):
        modules[str(i)] = (
            nn.Linear(layer.before, layer.after, bias=layer.bias)
            if layer.kind == "linear"
            else nn.BatchNorm1d(layer.after, affine=layer.bias)
        )
        if is_active:
            modules[f"{i} {card.head.activation}"] = active()
    return nn.Sequential(OrderedDict(modules)).eval()


def has_head(card: Card) -> bool:
    """Whether there is a head that can be built."""
    try:
        return card.head is not None and bool(head_modules(card.head))
    except ValueError:
        return False


def head_modules(head: Head) -> list[tuple[int, tuple[Layer, bool]]]:
    """Layers of a head, numbered, and whether an activation follows.

    Raises:
        ValueError: A layer is of another kind, or widths do not meet.
    """
    out, width = [], head.layers[0].before
    for i, layer in enumerate(head.layers):
        if layer.kind not in ("linear", "norm") or layer.before != width:
            raise ValueError(
                "A head needs linear layers and batch norms whose widths meet, "
                f"{head.prefix} has {layer.text} behind {width}. Take the features before it."
            )
        width = layer.after
        following = head.layers[i + 1 : i + 2]
        out.append((i, (layer, bool(following) and following[0].kind != "norm")))
    return out


class ResNet(nn.Module):
    """torchvision's ResNet up to its features, with its stem and widths free to choose."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        from torchvision.models.resnet import BasicBlock, Bottleneck

        kernel, stride = (7, 2) if net.stem == "imagenet" else (3, 1)
        width = net.stem_width
        self.conv1 = nn.Conv2d(net.channels, width, kernel, stride, net.stem_padding, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = {
            "stride 2": nn.MaxPool2d(3, 2, padding=1),
            "stride 1": nn.MaxPool2d(3, 1),
            "none": nn.Identity(),
        }[net.max_pool]
        block = Bottleneck if net.bottleneck else BasicBlock
        before = width
        for part, n_blocks in enumerate(net.layers):
            inner, stride = net.width * 2**part, 2 if part else 1
            after = inner * block.expansion
            blocks = []
            for i in range(n_blocks):
                downsample = None
                if i == 0 and (part or before != after):
                    convolution = nn.Conv2d(before, after, 1, stride, bias=False)
                    downsample = nn.Sequential(convolution, nn.BatchNorm2d(after))
                blocks.append(block(before, inner, stride if i == 0 else 1, downsample))
                before = after
            self.add_module(f"layer{part + 1}", nn.Sequential(*blocks))
        self.feature_dim = before

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        for name in ("layer1", "layer2", "layer3", "layer4"):
            x = self.get_submodule(name)(x)
        return x.mean((2, 3))
