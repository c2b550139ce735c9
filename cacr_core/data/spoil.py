"""What less curated training data has: duplicates, images of something else, images of nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from cacr_core.data.image_set import UNLABELLED, ImageSet


def duplicated(images: ImageSet, share: float, generator: torch.Generator) -> ImageSet:
    """A share of the images replaced by exact copies of others, labels included.

    What is replaced and what is copied do not overlap, so no copy is of a copy. At least one image
    is left to be copied.
    """
    n = len(images)
    order = torch.randperm(n, generator=generator)
    n_copies = min(_count(n, share), n - 1)
    if n_copies < 1:
        return images
    copied = order[n_copies:]
    source = torch.arange(n)
    which = torch.randint(len(copied), (n_copies,), generator=generator)
    source[order[:n_copies]] = copied[which]
    return images.take(source)


def mixed(
    images: ImageSet,
    other: ImageSet,
    share: float,
    generator: torch.Generator,
    *,
    unlike: Sequence[ImageSet] = (),
) -> ImageSet:
    """A share of the images replaced by some of `other`, none twice, resized and without a label.

    Args:
        images: Their size, count and class names are kept.
        other: Where the others come from; its labels are not looked at.
        unlike: Sets whose images must not come in, to the pixel: those watched and scored.

    Raises:
        ValueError: `other` has too few images.
    """
    n_wanted = _count(len(images), share)
    if not n_wanted:
        return images
    arriving = _resized(other.images, images.images.shape[2])
    if unlike:
        known = {image.numpy().tobytes() for part in unlike for image in part.images}
        new = [i for i, image in enumerate(arriving) if image.numpy().tobytes() not in known]
        arriving = arriving[torch.tensor(new, dtype=torch.int64)]
    if len(arriving) < n_wanted:
        raise ValueError(
            f"A mixture_share of {share:g} needs {n_wanted:,} images of the second dataset, which "
            f"has {len(arriving):,} to give; lower mixture_share."
        )
    chosen = torch.randperm(len(arriving), generator=generator)[:n_wanted]
    return _with(images, arriving[chosen], generator)


def with_noise(images: ImageSet, share: float, generator: torch.Generator) -> ImageSet:
    """A share of the images replaced by noise, uniform in each pixel and colour, unlabelled."""
    shape = (_count(len(images), share), *images.images.shape[1:])
    if not shape[0]:
        return images
    noise = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
    return _with(images, noise, generator)


def _with(images: ImageSet, arriving: Tensor, generator: torch.Generator) -> ImageSet:
    """`arriving` in random places; what was known of each image no longer holds of all."""
    places = torch.randperm(len(images), generator=generator)[: len(arriving)]
    pixels, labels = images.images.clone(), images.labels.clone()
    pixels[places], labels[places] = arriving, UNLABELLED
    return replace(images, images=pixels, labels=labels, factors={})


def _count(n: int, share: float) -> int:
    return int(share * n + 0.5)


def _resized(images: Tensor, size: int) -> Tensor:
    """`(n, 3, size, size)` uint8, in parts so that a large set needs little memory."""
    if images.shape[2:] == (size, size):
        return images
    parts = []
    for part in images.split(2048):
        new = F.interpolate(part.float(), (size, size), mode="bilinear", antialias=True)
        parts.append(new.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(parts)
