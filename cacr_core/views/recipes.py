"""How views are made of the images of each dataset."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class ViewRecipe:
    """How a view is made from an image. The defaults leave all but the size alone.

    Args:
        size: Height and width of a view, in pixels.
        crop_scale: Least and largest share of the image's area a crop covers.
        crop_ratio: Least and largest width / height of a crop.
        flip: Chance of a left-right flip.
        rotation: Largest turn to either side, in degrees. Corners are filled by reflection.
        brightness: 0.4 multiplies by 0.6 to 1.4.
        contrast: 0.4 scales the distance from the image's mean grey by 0.6 to 1.4.
        saturation: 0.4 scales the distance of colours from grey by 0.6 to 1.4.
        hue: Largest turn of the colour circle to either side, as a fraction; 0.5 is every hue.
        jitter_prob: Chance that these four apply.
        grayscale: Chance that all colour is taken away.
        blur: Chance of a Gaussian blur.
        blur_sigma: Least and largest blur, in pixels of the view.
        noise: Standard deviation of white noise, where black to white is 1.
    """

    size: int
    crop_scale: tuple[float, float] = (1.0, 1.0)
    crop_ratio: tuple[float, float] = (1.0, 1.0)
    flip: float = 0.0
    rotation: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    jitter_prob: float = 1.0
    grayscale: float = 0.0
    blur: float = 0.0
    blur_sigma: tuple[float, float] = (0.1, 1.0)
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 4 <= self.size <= 512:
            raise ValueError(f"size must be between 4 and 512 pixels, got {self.size}.")
        for name in ("crop_scale", "crop_ratio", "blur_sigma"):
            low, high = getattr(self, name)
            if not 0 < low <= high < math.inf:
                raise ValueError(
                    f"{name} must be two numbers above 0, the lesser first, got {(low, high)}."
                )
        if self.crop_scale[1] > 1:
            raise ValueError(f"crop_scale must stay within 0 and 1, got {self.crop_scale}.")
        for name, most in _MOST.items():
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be between 0 and {most}, got {getattr(self, name)}.")


_MOST = {
    "flip": 1,
    "rotation": 180,
    "brightness": 1,
    "contrast": 1,
    "saturation": 1,
    "hue": 0.5,
    "jitter_prob": 1,
    "grayscale": 1,
    "blur": 1,
    "noise": 1,
}

_PHOTOS = ViewRecipe(
    size=32,
    crop_scale=(0.2, 1.0),
    crop_ratio=(3 / 4, 4 / 3),
    flip=0.5,
    brightness=0.4,
    contrast=0.4,
    saturation=0.4,
    hue=0.1,
    jitter_prob=0.8,
    grayscale=0.2,
)
_STROKES = ViewRecipe(
    size=16,
    crop_scale=(0.5, 1.0),
    crop_ratio=(3 / 4, 4 / 3),
    rotation=15,
    brightness=0.4,
    contrast=0.4,
    noise=0.03,
)

_TISSUE = replace(_PHOTOS, size=28, rotation=90, hue=0.05, grayscale=0.1)  # has no up and down

VIEW_RECIPES: dict[str, ViewRecipe] = {
    "shapes": ViewRecipe(
        size=24,
        crop_scale=(0.5, 1.0),
        crop_ratio=(4 / 5, 5 / 4),
        flip=0.5,
        rotation=90,
        brightness=0.4,
        contrast=0.4,
        saturation=0.6,
        hue=0.5,
        jitter_prob=0.9,
        grayscale=0.4,
        noise=0.02,
    ),
    "digits": _STROKES,
    "fashion-mnist": ViewRecipe(
        size=28,
        crop_scale=(0.3, 1.0),
        crop_ratio=(3 / 4, 4 / 3),
        flip=0.5,
        brightness=0.4,
        contrast=0.4,
        noise=0.02,
    ),
    "cifar10": _PHOTOS,
    "cifar100": _PHOTOS,
    "stl10": ViewRecipe(
        size=64,
        crop_scale=(0.08, 1.0),
        crop_ratio=(3 / 4, 4 / 3),
        flip=0.5,
        brightness=0.4,
        contrast=0.4,
        saturation=0.4,
        hue=0.1,
        jitter_prob=0.8,
        grayscale=0.2,
    ),
    "svhn": ViewRecipe(
        size=32,
        crop_scale=(0.4, 1.0),
        crop_ratio=(3 / 4, 4 / 3),
        brightness=0.4,
        contrast=0.4,
        saturation=0.4,
        hue=0.2,
        jitter_prob=0.8,
        grayscale=0.2,
    ),
    **dict.fromkeys(("pathmnist", "dermamnist", "bloodmnist"), _TISSUE),
}


def recipe_for(name: str, size: int = 32) -> ViewRecipe:
    """The recipe of a dataset; that of photographs, of this size, for those that have none of their
    own, and for a folder or zip of images."""
    return VIEW_RECIPES.get(name) or replace(_PHOTOS, size=size)
