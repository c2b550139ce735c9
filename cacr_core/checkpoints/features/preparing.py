"""Pixels as a network is fed them: resized, in its colours, normalised."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169),
       (0.019334, 0.119193, 0.950227))  # fmt: skip
WHITE = (0.95047, 1.0, 1.08883)  # of daylight, D65
YDBDR = ((0.299, 0.587, 0.114), (-0.450, -0.883, 1.333), (-1.333, 1.116, 0.217))  # of RGB


def prepare(
    images: Tensor,
    input_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    space: str = "rgb",
) -> Tensor:
    """`(n, 3, height, width)` uint8 -> `(n, channel, input_size, input_size)` float32, normalised.

    What torchvision's resize (bilinear, antialiased), scaling to [0, 1] and Normalize do. Where
    there is one mean, images become grey, or Y or L alone; where there are
    two, Db and Dr, or a and b.
    """
    allowed = (1, 3) if space == "rgb" else (1, 2, 3)
    if len(mean) != len(std) or len(mean) not in allowed:
        raise ValueError(
            f"mean and std need {' or '.join(map(str, allowed))} numbers each, "
            f"got {mean} and {std}."
        )
    if min(std) <= 0:
        raise ValueError(f"std must be above 0, got {tuple(std)}.")
    if images.shape[-2:] != (input_size, input_size):
        from torchvision.transforms.v2 import functional as resizing

        images = resizing.resize(images, [input_size, input_size], antialias=True)
    x = images.float().div_(255)
    if space != "rgb":
        x = _ydbdr(x) if space == "ydbdr" else _lab(x)
        x = x[:, {1: slice(0, 1), 2: slice(1, 3), 3: slice(0, 3)}[len(mean)]].contiguous()
    elif len(mean) == 1:
        x = x.mean(1, keepdim=True)
    of_channel = (1, -1, 1, 1)
    x.sub_(torch.tensor(mean).view(of_channel).to(x.device))
    return x.div_(torch.tensor(std).view(of_channel).to(x.device))


def _mixed(x: Tensor, matrix: Sequence[Sequence[float]]) -> Tensor:
    return torch.einsum("kc,nchw->nkhw", torch.tensor(matrix).to(x.device), x)


def _ydbdr(x: Tensor) -> Tensor:
    return _mixed(x, YDBDR)


def _lab(x: Tensor) -> Tensor:
    """sRGB as CIELAB: L from 0 to 100, a and b about as far to both sides."""
    linear = torch.where(x > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92)
    xyz = _mixed(linear, XYZ) / torch.tensor(WHITE).view(1, 3, 1, 1).to(x.device)
    root = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = root.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)
