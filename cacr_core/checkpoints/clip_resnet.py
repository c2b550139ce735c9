"""CLIP's ResNets as torch modules, with OpenAI's names."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cacr_core.checkpoints.clip_resnets import STRIDE
from cacr_core.checkpoints.forms import Network


class Block(nn.Module):
    """A bottleneck that halves its places by means, not by steps."""

    def __init__(self, before: int, inner: int, stride: int, widens: bool) -> None:
        super().__init__()
        after = 4 * inner
        self.conv1, self.bn1 = nn.Conv2d(before, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.pool = nn.AvgPool2d(stride)
        self.conv3, self.bn3 = nn.Conv2d(inner, after, 1, bias=False), nn.BatchNorm2d(after)
        self.downsample = nn.Sequential()
        if widens:
            parts = {"pool": nn.AvgPool2d(stride), "0": nn.Conv2d(before, after, 1, bias=False)}
            self.downsample = nn.Sequential(OrderedDict(parts | {"1": nn.BatchNorm2d(after)}))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.pool(F.relu(self.bn2(self.conv2(y))))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class AttentionPool(nn.Module):
    """The mean of all places asks all places, itself among them."""

    def __init__(self, places: int, width: int, out: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.positional_embedding = nn.Parameter(torch.zeros(places + 1, width))
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.c_proj = nn.Linear(width, out)

    def forward(self, x: Tensor) -> Tensor:
        places = len(self.positional_embedding) - 1
        if x.shape[2] * x.shape[3] != places:
            size = STRIDE * round(places**0.5)
            raise ValueError(
                f"This ResNet of CLIP has positions for images of {size} pixels, and was fed "
                f"others. Set the image size to {size}."
            )
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding
        q, k, v = (
            made.unflatten(2, (self.n_heads, -1)).transpose(1, 2)
            for made in (self.q_proj(x[:, :1]), self.k_proj(x), self.v_proj(x))
        )
        found: Tensor = F.scaled_dot_product_attention(q, k, v)
        return self.c_proj(found.flatten(1))


class ClipResNet(nn.Module):
    """Its features are what CLIP holds against texts."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        half, width = net.stem_width, net.width
        self.conv1 = nn.Conv2d(net.channels, half, 3, 2, 1, bias=False)
        self.conv2 = nn.Conv2d(half, half, 3, 1, 1, bias=False)
        self.conv3 = nn.Conv2d(half, width, 3, 1, 1, bias=False)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(n) for n in (half, half, width))
        self.avgpool = nn.AvgPool2d(2)
        before = width
        for part, n_blocks in enumerate(net.layers):
            inner, blocks = width * 2**part, []
            for i in range(n_blocks):
                blocks.append(Block(before, inner, 2 if part and not i else 1, not i))
                before = 4 * inner
            self.add_module(f"layer{part + 1}", nn.Sequential(*blocks))
        places = ((net.image_size or 0) // STRIDE) ** 2
        self.attnpool = AttentionPool(places, before, net.feature_dim, net.n_heads)
        self.feature_dim = net.feature_dim

    def forward(self, x: Tensor) -> Tensor:
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = F.relu(norm(conv(x)))
        x = self.avgpool(x)
        for name in ("layer1", "layer2", "layer3", "layer4"):
            x = self.get_submodule(name)(x)
        return self.attnpool(x)
