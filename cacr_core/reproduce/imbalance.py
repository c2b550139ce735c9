"""Stand-in for `cacr_core.data.spoil.imbalanced`, of the same signature and published counts."""

from __future__ import annotations

import math

import torch

from cacr_core.data import ImageSet


def imbalanced(images: ImageSet, kind: str, n_min: int, seed: int) -> ImageSet:
    """Keep (c + 1) / C of class c ("linear") or e^(c + 1 - C) ("exponential"), rounded down.

    With 100 classes c is the class's group of ten and C is 10, as in the authors' code.
    """
    n_classes = len(images.class_names)
    width = 10 if n_classes == 100 else 1
    n_groups = n_classes // width
    generator = torch.Generator().manual_seed(seed)
    kept = []
    for label in range(n_classes):
        own = torch.nonzero(images.labels == label).flatten()
        own = own[torch.randperm(len(own), generator=generator)]
        group = label // width + 1.0
        share = group / n_groups if kind == "linear" else math.exp(group) / math.exp(n_groups)
        kept.append(own[: max(int(share * len(own)), n_min)])
    return images.take(torch.cat(kept).sort().values)
