"""Whether an encoder's features live: told before any picture is made of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from cacr_core.checkpoints import Card, Opened
from cacr_core.checkpoints.features.embedding import FEATURES, embed_layers, layers_of
from cacr_core.checkpoints.features.images import image_sets, size_for_few
from cacr_core.checkpoints.features.stored import network_of
from cacr_core.training.devices import choose_device

N_SEEN = 32
ALIKE = 1e-6  # spread over images, of a layer's own size, below which they are all one
MANY = 0.5  # of the features


class Health(NamedTuple):
    """What is wrong with features.

    Attributes:
        findings: A sentence each; empty where they live.
        begins: The layer where the first of it begins; empty where nothing is wrong.
        n_dead: Features that are one number for all images.
        dim: How many there are.
        n_seen: Images that were looked at; 1 where all are the same, which tell nothing.
    """

    findings: tuple[str, ...]
    begins: str
    n_dead: int
    dim: int
    n_seen: int


def health_of(opened: Opened, card: Card, images: Tensor, device: str = "cpu") -> Health:
    """Some images through the card's encoder, looked at layer by layer.

    Args:
        images: `(n, 3, height, width)` uint8, of which the first 32 are seen.
        device: Of the network, as `choose_device` takes it.

    Raises:
        ValueError: The network cannot be built, or how images are fed is not known.
    """
    if card.input_size is None or card.normalisation is None:
        raise ValueError("Features need an input size and a normalisation; set them on the card.")
    encoder, _ = network_of(opened, card, with_head=False)
    norm = card.normalisation
    inner = list(layers_of(encoder))
    found = embed_layers(
        encoder,
        images[:N_SEEN],
        input_size=card.input_size,
        mean=norm.mean,
        std=norm.std,
        space=norm.space,
        layers=[*inner, FEATURES],
        device=choose_device(device),
        must_be_finite=False,
    )
    told = health_in({name: found[name] for name in (*inner, FEATURES)})
    seen = images[:N_SEEN]
    if told.n_dead and bool((seen == seen[:1]).all()):
        n = len(seen)
        which = "one image is seen" if n == 1 else f"all {n} images seen are the same"
        said = f"Whether features live cannot be told: {which}."
        return Health((said,), "", 0, told.dim, 1)
    return told


def health_on(opened: Opened, card: Card, dataset: str, device: str = "cpu") -> Health:
    """The same by a few images of a dataset."""
    return health_of(opened, card, few_images(dataset, size_for_few(dataset, card)), device)


def health_in(layers: dict[str, np.ndarray]) -> Health:
    """Of what each layer gives, `(n, dim)` in the network's order, the features last."""
    features = layers[FEATURES]
    n, dim = features.shape
    if not np.isfinite(features).all():
        begins = next(name for name, x in layers.items() if not np.isfinite(x).all())
        bad = int((~np.isfinite(features).all(1)).sum())
        said = f"Features are NaN or infinite for {bad} of {n} images: it begins at {begins}."
        return Health((said,), begins, 0, dim, n)
    dead = is_one(features)
    n_dead = int(dead.sum())
    if n_dead == dim:
        first = next(name for name, x in layers.items() if is_one(x).all())
        what = "0" if not features.any() else "one and the same"
        said = f"Features are {what} for all {n} images: it begins at {first}."
        return Health((said,), first, n_dead, dim, n)
    if n_dead > MANY * dim:
        zero = int((~features.any(0)).sum())
        also = f", {zero:,} of them 0" if zero else ""
        said = f"{n_dead:,} of {dim:,} features are one number for all {n} images{also}."
        return Health((said,), FEATURES, n_dead, dim, n)
    return Health((), "", n_dead, dim, n)


def is_one(x: np.ndarray) -> np.ndarray:
    """Which columns are one number for all rows, but for the last digits; `(dim,)` bool."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = x.max(0) - x.min(0)
        size = max(float(np.abs(x).max(initial=0.0)), 1e-30)
    return np.nan_to_num(apart, nan=np.inf) <= ALIKE * size


def few_images(dataset: str, size: int | None) -> Tensor:
    """Images to look at health by."""
    images = image_sets(dataset, n_train=2, n_test=N_SEEN, size=size).test.images
    return images if len(images) else torch.zeros(2, 3, size or 32, size or 32, dtype=torch.uint8)
