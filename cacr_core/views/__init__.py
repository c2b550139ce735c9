"""Augmented views of a whole batch at once, on the device the images are on.

Every random number is drawn on the CPU from the generator given, the same count in the same order
whatever the recipe, so equal seeds give equal views on any device.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from cacr_core.views.recipes import VIEW_RECIPES as VIEW_RECIPES
from cacr_core.views.recipes import ViewRecipe as ViewRecipe
from cacr_core.views.recipes import recipe_for as recipe_for


class Part(NamedTuple):
    """Some rows of a batch of `n` images."""

    rows: slice
    n: int


def make_view(
    images: Tensor, recipe: ViewRecipe, generator: torch.Generator, part: Part | None = None
) -> Tensor:
    """One random view of each image.

    Args:
        images: `(n, 3, height, width)` uint8.
        recipe: What may happen to an image.
        generator: On the CPU; advanced by the same amount whatever the recipe but for its noise.
        part: Where the images are only these rows of a batch: their views are those that the
            whole batch would have there.

    Returns:
        `(n, 3, size, size)` on the images' device, float32 under autocast too; black is -1 and
        white 1.
    """
    rows, n = part or Part(slice(None), len(images))
    drawn = torch.rand(n, 16, generator=generator)[rows]
    if not len(images):
        return images.new_zeros((0, 3, recipe.size, recipe.size), dtype=torch.float32)
    draws = on_device(drawn, images.device).unbind(1)
    with torch.autocast(images.device.type, enabled=False):
        view = _place(_unit(images, recipe), recipe, *draws[0:6])
        view = _recolour(view, recipe, *draws[6:12])
        if recipe.blur > 0:
            chosen = (drawn[:, 12] < recipe.blur).nonzero()[:, 0]
            view = _blur(view, recipe, on_device(chosen, images.device), draws[13])
    if recipe.noise > 0:
        noise = torch.randn((n, *view.shape[1:]), generator=generator)[rows]
        view = view.add_(on_device(noise, view.device), alpha=recipe.noise)
    return view.clamp_(0, 1).mul_(2).sub_(1)


def on_device(drawn: Tensor, device: torch.device) -> Tensor:
    """What was drawn on the CPU, on a device, without waiting until that is done with its work.

    Of Macs it is waited for: MPS would read the numbers later, when they may be gone
    (pytorch/pytorch#189690).
    """
    return drawn.to(device, non_blocking=device.type != "mps")


def plain_view(images: Tensor, recipe: ViewRecipe) -> Tensor:
    """The images as they are, resized and scaled as views are: what evaluation looks at."""
    view = _unit(images, recipe)
    if view.shape[-2:] != (recipe.size, recipe.size):
        view = F.interpolate(
            view, (recipe.size, recipe.size), mode="bilinear", antialias=True
        ).clamp_(0, 1)
    return view * 2 - 1


def to_uint8(view: Tensor) -> Tensor:
    """Views in [-1, 1] back as images `(n, 3, height, width)` uint8 to look at."""
    return ((view.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def _unit(images: Tensor, recipe: ViewRecipe) -> Tensor:
    """Images in [0, 1], averaged over whole blocks where they are twice as large as needed."""
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
        raise ValueError(
            "Views are made from uint8 images of shape (n, 3, height, width), got "
            f"{images.dtype} of shape {tuple(images.shape)}."
        )
    unit = images.float() / 255
    block = min(images.shape[-2:]) // recipe.size
    return F.avg_pool2d(unit, block) if block > 1 else unit


def _between(draw: Tensor, low: float, high: float) -> Tensor:
    return low + (high - low) * draw


def _place(
    images: Tensor,
    recipe: ViewRecipe,
    area: Tensor,
    ratio: Tensor,
    x_place: Tensor,
    y_place: Tensor,
    flip: Tensor,
    turn: Tensor,
) -> Tensor:
    """Crop, flip and turn by one affine map and one bilinear sampling."""
    side = _between(area, *recipe.crop_scale).sqrt()
    stretch = _between(ratio, *(math.log(r) / 2 for r in recipe.crop_ratio)).exp()
    width, height = (side * stretch).clamp_max(1), (side / stretch).clamp_max(1)
    angle = _between(turn, -1, 1) * math.radians(recipe.rotation)
    sign = torch.where(flip < recipe.flip, -1.0, 1.0)
    cos, sin = angle.cos(), angle.sin()
    theta = torch.stack(
        [
            torch.stack([sign * width * cos, -width * sin, (2 * x_place - 1) * (1 - width)], 1),
            torch.stack([sign * height * sin, height * cos, (2 * y_place - 1) * (1 - height)], 1),
        ],
        dim=1,
    )
    x, y = _places(recipe.size, images.device)
    # no matrix product: its last bit would depend on how many images there are
    grid = torch.addcmul(theta[:, :, 2:], theta[:, :, :1], x).addcmul_(theta[:, :, 1:2], y)
    grid = grid.unflatten(2, (recipe.size, recipe.size)).permute(0, 2, 3, 1)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


@lru_cache(maxsize=8)
def _places(size: int, device: torch.device) -> Tensor:
    """`(2, size * size)`, x and y of each pixel of a view, whose sides are at -1 and 1."""
    axis = (torch.arange(size) + 0.5) * (2 / size) - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x, y]).flatten(1).to(device)


# In YIQ, luma is the first axis, saturation the length and hue the angle in the plane of the other
# two: saturation and hue together are one 3 x 3 matrix, luma + s (cos h (1 - luma) + sin h turn).
_RGB_TO_YIQ = torch.tensor(
    [[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]]
)
_LUMA = _RGB_TO_YIQ[0].expand(3, 3)
_QUARTER_TURN = (
    torch.linalg.inv(_RGB_TO_YIQ) @ torch.tensor([[0.0, 0, 0], [0, 0, -1], [0, 1, 0]]) @ _RGB_TO_YIQ
)


@lru_cache(maxsize=8)
def _colour_axes(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Luma, what is left of a colour without it, and the quarter turn of that, on a device."""
    luma = _LUMA.to(device)
    return luma, torch.eye(3, device=device) - luma, _QUARTER_TURN.to(device)


def _recolour(
    images: Tensor,
    recipe: ViewRecipe,
    brightness: Tensor,
    contrast: Tensor,
    saturation: Tensor,
    hue: Tensor,
    jitter: Tensor,
    grayscale: Tensor,
) -> Tensor:
    """Brightness, saturation, hue and contrast as one affine map of each image's colours."""
    on = (jitter < recipe.jitter_prob).float()
    brightness = 1 + on * _between(brightness, -1, 1) * recipe.brightness
    contrast = 1 + on * _between(contrast, -1, 1) * recipe.contrast
    saturation = 1 + on * _between(saturation, -1, 1) * recipe.saturation
    saturation = torch.where(grayscale < recipe.grayscale, 0.0, saturation)
    angle = on * _between(hue, -1, 1) * recipe.hue * 2 * math.pi
    luma, chroma, turn = _colour_axes(images.device)
    matrix = (
        luma + _each(saturation * angle.cos()) * chroma + _each(saturation * angle.sin()) * turn
    )
    matrix = _each(brightness * contrast) * matrix
    pixels = images.flatten(2)
    grey = (pixels.mean(2) * luma[0]).sum(1)
    offset = _each(brightness * (1 - contrast) * grey)
    return torch.baddbmm(offset, matrix, pixels).clamp_(0, 1).view_as(images)


def _each(values: Tensor) -> Tensor:
    return values[:, None, None]


def _blur(images: Tensor, recipe: ViewRecipe, chosen: Tensor, sigma: Tensor) -> Tensor:
    """Separable Gaussian blur of the chosen images, each with its own width."""
    if len(chosen) == 0:
        return images
    n, size = len(chosen), recipe.size
    radius = min(math.ceil(2.5 * recipe.blur_sigma[1]), size - 1)
    steps = torch.arange(-radius, radius + 1, device=images.device)
    kernel = torch.exp(-0.5 * (steps / _between(sigma[chosen], *recipe.blur_sigma)[:, None]) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)[:, None]
    padded = F.pad(images[chosen], [radius] * 4, mode="reflect").flatten(0, 1)[None]
    along_x = F.conv2d(padded, kernel[:, :, None, :], groups=3 * n)
    along_y = F.conv2d(along_x, kernel[:, :, :, None], groups=3 * n)
    return images.index_copy(0, chosen, along_y.view(n, 3, size, size))
