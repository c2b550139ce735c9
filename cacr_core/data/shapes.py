"""*shapes*: eight figures of any colour, size, place and turn, on backgrounds of any colour.

Drawn here from signed distances to the outline (negative inside), in pixels smoothed by one pixel.
Colours, sizes, places and turns are independent of the figure, so that pixels alone give little
of the class away.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cacr_core.data.image_set import Factor, ImageSet

FIGURES = ("disc", "ring", "bar", "triangle", "star", "cross", "heart", "crescent")
TEXTURES = ("plain", "gradient", "stripes", "clouds")
SIZE = 32
_CHUNK = 1000


@lru_cache(maxsize=8)
def render_shapes(n: int, seed: int, part: int = 0) -> ImageSet:
    """`n` images; more images of the same seed and part begin with the same ones.

    Args:
        n: How many.
        seed: Equal seeds give equal images.
        part: Images of different parts share no draw: 0 to train on, 1 to watch, 2 to score.
    """
    chunks = [_render_chunk(_chunk_seed(seed, part, i)) for i in range(math.ceil(n / _CHUNK))]
    images = torch.cat([images for images, _ in chunks])[:n]
    drawn = {name: torch.cat([d[name] for _, d in chunks])[:n] for name in chunks[0][1]}
    return ImageSet(
        images=images,
        labels=drawn["figure"],
        class_names=FIGURES,
        factors={
            "shape": Factor("class", drawn["figure"].numpy(), FIGURES),
            "hue": Factor("circular", drawn["hue"].numpy()),
            "size": Factor("number", drawn["size"].numpy()),
            "turn": Factor("circular", drawn["turn"].numpy()),
            "background": Factor("circular", drawn["background"].numpy()),
            "texture": Factor("class", drawn["texture"].numpy(), TEXTURES),
        },
    )


def _chunk_seed(seed: int, part: int, chunk: int) -> int:
    return int(np.random.SeedSequence([seed, part, chunk]).generate_state(1)[0])


def _render_chunk(seed: int) -> tuple[Tensor, dict[str, Tensor]]:
    """`(1000, 3, 32, 32)` uint8 and what was drawn for each image."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(_CHUNK, generator=generator)

    def whole(n: int) -> Tensor:
        return torch.randint(n, (_CHUNK,), generator=generator)

    order = torch.randperm(_CHUNK, generator=generator)
    drawn = {
        "figure": (torch.arange(_CHUNK) % len(FIGURES))[order],
        "hue": uniform(0, 1),
        "size": uniform(0.46, 0.76),
        "turn": uniform(0, 1),
        "background": uniform(0, 1),
        "texture": whole(len(TEXTURES)),
    }
    x_place, y_place = uniform(-1, 1), uniform(-1, 1)
    dark, slant, wave, phase = whole(2), uniform(0, 1), uniform(4, 7), uniform(0, 2 * math.pi)
    clouds = torch.randn(_CHUNK, 1, 5, 5, generator=generator)
    lift = uniform(-0.14, 0.14)[:, None, None, None]
    grain = torch.randn(_CHUNK, 1, SIZE, SIZE, generator=generator)

    axis = (torch.arange(SIZE) + 0.5) / SIZE * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    ground = _ground(drawn, slant, wave, phase, clouds, x, y)
    room = 1.06 - drawn["size"]
    cos, sin = _cos_sin(drawn["turn"])
    from_x, from_y = x - _wide(x_place * room), y - _wide(y_place * room)
    own_x = (cos * from_x + sin * from_y) / _wide(drawn["size"])
    own_y = (cos * from_y - sin * from_x) / _wide(drawn["size"])
    distance = torch.empty(_CHUNK, SIZE, SIZE)
    for index, figure in enumerate(FIGURES):
        own = drawn["figure"] == index
        distance[own] = _signed_distance(figure, own_x[own], own_y[own])
    distance = distance * _wide(drawn["size"])  # in half images

    pixel = 2 / SIZE
    cover = (0.5 - distance / pixel).clamp(0, 1)[:, None]
    shadow = torch.sigmoid(-(distance - 0.02) / 0.07)[:, None]
    light = 0.07 * (own_y + own_x).clamp(-1, 1)[:, None]
    is_dark = dark[:, None, None, None].bool()
    ground_value = torch.where(is_dark, 0.34 + lift + 0.16 * ground, 0.82 + lift + 0.14 * ground)
    figure_value = torch.where(is_dark, 0.92 - light, 0.50 - light)
    back = _colour(drawn["background"], torch.where(is_dark, 0.45, 0.20), ground_value)
    front = _colour(drawn["hue"], torch.where(is_dark, 0.58, 0.78), figure_value)
    back = back * (1 - 0.25 * shadow)
    image = back + cover * (front - back) + 0.015 * grain
    return (image.clamp(0, 1) * 255).round().to(torch.uint8), drawn


def _ground(
    drawn: dict[str, Tensor],
    slant: Tensor,
    wave: Tensor,
    phase: Tensor,
    clouds: Tensor,
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """`(n, 1, height, width)` in about [-1, 1]: how light the background is where."""
    cos, sin = _cos_sin(slant)
    along = cos * x + sin * y
    stripes = 0.7 * torch.tanh(2 * torch.sin(_wide(wave) * along * math.pi / 2 + _wide(phase)))
    cloud = F.interpolate(clouds, size=(SIZE, SIZE), mode="bicubic", align_corners=True)[:, 0]
    plain = torch.zeros_like(along)
    choices = torch.stack([plain, along, stripes, 0.6 * cloud])
    texture = drawn["texture"][None, :, None, None].expand(1, -1, *x.shape)
    return choices.gather(0, texture)[0][:, None].clamp(-1.2, 1.2)


def _colour(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Hue `(n,)` as a fraction of a turn, the rest `(n, 1, height, width)` -> RGB."""
    offsets = torch.tensor([5.0, 3.0, 1.0])
    k = ((offsets + hue[:, None] * 6) % 6)[:, :, None, None]
    return value * (1 - saturation * torch.minimum(k, 4 - k).clamp(0, 1))


def _signed_distance(figure: str, x: Tensor, y: Tensor) -> Tensor:
    """Distance of points to the outline of a figure of radius about one at the origin, y down.

    The radii give the eight figures about equal areas.
    """
    radius = (x.square() + y.square()).sqrt()
    match figure:
        case "disc":
            return radius - 0.72
        case "ring":
            return (radius - 0.70).abs() - 0.19
        case "crescent":
            bite = ((x - 0.42).square() + y.square()).sqrt() - 0.66
            return torch.maximum(radius - 0.90, -bite)
        case "heart":
            return _polygon(x, y, _heart())
        case _:
            return _polygon(x, y, _CORNERS[figure])


def _polygon(x: Tensor, y: Tensor, corners: list[tuple[float, float]]) -> Tensor:
    """Signed distance to a closed polygon: nearest edge, inside where a ray crosses oddly often."""
    nearest = torch.full_like(x, torch.inf)
    inside = torch.zeros_like(x, dtype=torch.bool)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        ex, ey = bx - ax, by - ay
        px, py = x - ax, y - ay
        along = ((px * ex + py * ey) / (ex * ex + ey * ey)).clamp(0, 1)
        nearest = torch.minimum(nearest, (px - along * ex).square() + (py - along * ey).square())
        if ey != 0:
            crosses = ((ay > y) != (by > y)) & (px < py * (ex / ey))
            inside ^= crosses
    distance = nearest.sqrt()
    return torch.where(inside, -distance, distance)


def _regular(n: int, radius: float) -> list[tuple[float, float]]:
    turns = [2 * math.pi * i / n - math.pi / 2 for i in range(n)]
    return [(radius * math.cos(t), radius * math.sin(t)) for t in turns]


def _star(n: int, outer: float, inner: float) -> list[tuple[float, float]]:
    outer_corners, inner_corners = _regular(2 * n, outer), _regular(2 * n, inner)
    return [(outer_corners if i % 2 == 0 else inner_corners)[i] for i in range(2 * n)]


def _cross(reach: float, half: float) -> list[tuple[float, float]]:
    quarter = [(half, -reach), (half, -half), (reach, -half)]
    corners = []
    for _ in range(4):
        corners += quarter
        quarter = [(-y, x) for x, y in quarter]
    return corners


def _heart() -> list[tuple[float, float]]:
    """The heart curve x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, 28 corners."""
    corners = []
    for i in range(28):
        t = 2 * math.pi * i / 28
        height = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        corners.append((16 * math.sin(t) ** 3 / 17.5, -(height + 2.5) / 17.5))
    return corners


_CORNERS = {
    "bar": [(-1.08, -0.36), (1.08, -0.36), (1.08, 0.36), (-1.08, 0.36)],
    "triangle": _regular(3, 1.12),
    "star": _star(5, 1.18, 0.42),
    "cross": _cross(0.96, 0.24),
}


def _cos_sin(turn: Tensor) -> tuple[Tensor, Tensor]:
    angle = _wide(2 * math.pi * turn)
    return angle.cos(), angle.sin()


def _wide(values: Tensor) -> Tensor:
    return values[:, None, None]
