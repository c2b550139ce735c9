"""Training images with few of some classes, and which classes then have most and fewest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from cacr_core.data.image_set import ImageSet

IMBALANCES = ("none", "linear", "exponential", "ratio")
RARE = ("first", "last", "seed")  # which classes keep fewest; the first as released
MOST_SEPARATE = 20  # more classes than these share shares in ten groups


def kept_per_class(
    per_class: Sequence[int], how: str, *, ratio: float = 10.0, n_min: int = 0
) -> list[int]:
    """How many images of each class an imbalance keeps, rounded down; the last class keeps all.

    Classes stand from the one that is to be rarest to the one that is to be commonest.

    With C classes, class c keeps the share (c + 1) / C ("linear"), e^(c + 1 - C) ("exponential")
    or ratio^-((C - 1 - c) / (C - 1)) ("ratio", the usual long tail). More than 20 classes are
    taken in ten groups of neighbours for the first two, with C = 10, as was done for CIFAR-100.

    Source: linear and exponential as in the released code of CACR,
    https://arxiv.org/abs/2105.03746, where the smallest classes of the exponential one are empty.

    Args:
        per_class: Images of each class.
        how: A name in `IMBALANCES`.
        ratio: Of "ratio": how many times fewer the first class keeps; 1 keeps all.
        n_min: At least as many are kept where a class has them; 0 as published.
    """
    total = len(per_class)
    groups = 10 if total > MOST_SEPARATE else total
    kept = []
    for c, n in enumerate(per_class):
        group = c * groups // total
        if how == "linear":
            left = n * (group + 1) // groups
        elif how == "exponential":
            left = math.floor(n * math.exp(group + 1 - groups))
        elif how == "ratio":
            left = math.floor(n * ratio ** -((total - 1 - c) / max(1, total - 1)))
        elif how == "none":
            left = n
        else:
            raise ValueError(f"imbalance must be one of {', '.join(IMBALANCES)}, got {how!r}.")
        kept.append(max(left, min(n_min, n)))
    return kept


def imbalanced(
    images: ImageSet,
    how: str,
    generator: torch.Generator,
    *,
    ratio: float = 10.0,
    n_min: int = 0,
    rare: str = "first",
) -> ImageSet:
    """The images with only some of each class, in their old order.

    A class that keeps fewer keeps some of those it would keep with more, so that a slider adds
    images and takes them away but swaps none.

    Args:
        images: Labelled throughout, of two classes or more.
        how, ratio, n_min: As in `kept_per_class`.
        generator: Decides which images stay, and of rare "seed" which classes are rare.
        rare: A name in `RARE`.

    Raises:
        ValueError: Not every image has a label, or there are fewer than two classes.
    """
    if how == "none":
        return images
    n_unlabelled = int((images.labels < 0).sum())
    if n_unlabelled or len(images.class_names) < 2:
        raise ValueError(
            "Imbalance needs a label for every training image and 2 classes or more, got "
            f"{n_unlabelled:,} of {len(images):,} images without a label and "
            f"{len(images.class_names)} classes; set imbalance to none."
        )
    per_class = count_per_class(images)
    order = torch.randperm(len(images), generator=generator)
    classes = list(range(len(per_class)))
    if rare == "last":
        classes.reverse()
    elif rare == "seed":
        classes = torch.randperm(len(per_class), generator=generator).tolist()
    kept = kept_per_class([per_class[c] for c in classes], how, ratio=ratio, n_min=n_min)
    labels = images.labels[order]
    chosen = torch.cat([order[labels == c][:n] for c, n in zip(classes, kept, strict=True)])
    return images.take(chosen.sort().values)


def count_per_class(images: ImageSet) -> list[int]:
    """Images of each of `class_names`; those without a label count for none."""
    labels = images.labels[images.labels >= 0]
    return torch.bincount(labels, minlength=len(images.class_names)).tolist()


def head_and_tail(per_class: Sequence[int]) -> tuple[list[int], list[int]]:
    """The third of the classes with most images and the third with fewest, each in class order.

    A third is rounded to the nearest whole number, at least 1; of classes with equally many images
    the later counts as larger, as later ones keep more.
    """
    order = sorted(range(len(per_class)), key=lambda c: (-per_class[c], -c))
    third = (2 * len(order) + 3) // 6
    if len(order) < 2:
        return [], []
    return sorted(order[:third]), sorted(order[-third:])
