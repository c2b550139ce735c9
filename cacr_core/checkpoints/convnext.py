"""ConvNeXts as torch modules, with timm's names."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cacr_core.checkpoints.forms import Network


class Norm2d(nn.LayerNorm):
    """A layer norm over the channels of `(n, channel, height, width)`."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps)
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)}
        )
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv_dw(x).permute(0, 2, 3, 1))
        y = self.gamma * self.mlp["fc2"](F.gelu(self.mlp["fc1"](y)))
        return x + y.permute(0, 3, 1, 2)


class Stage(nn.Module):
    def __init__(self, before: int, width: int, n_blocks: int, eps: float, is_first: bool) -> None:
        super().__init__()
        self.downsample = (
            nn.Identity()
            if is_first
            else nn.Sequential(Norm2d(before, eps), nn.Conv2d(before, width, 2, 2))
        )
        self.blocks = nn.Sequential(*(Block(width, eps) for _ in range(n_blocks)))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.downsample(x))


class ConvNeXt(nn.Module):
    """Its features are the mean over places behind the last norm."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        first, eps = net.widths[0], net.norm_eps
        self.stem = nn.Sequential(nn.Conv2d(net.channels, first, 4, 4), Norm2d(first, eps))
        before = first
        stages = []
        for i, (width, n_blocks) in enumerate(zip(net.widths, net.layers, strict=True)):
            stages.append(Stage(before, width, n_blocks, eps, not i))
            before = width
        self.stages = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(before, eps)
        self.feature_dim = before

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.stages(self.stem(x)).mean((2, 3)))
