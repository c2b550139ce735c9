"""Features of a checkpoint on images, computed once."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from cacr_core.checkpoints import Card, Opened, head_state_dict_of, state_dict_of
from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.features import cache
from cacr_core.checkpoints.features.embedding import (
    FEATURES,
    HEAD,
    NotFinite,
    Progress,
    embed_layers,
)
from cacr_core.checkpoints.features.fingerprints import fingerprint
from cacr_core.checkpoints.features.images import digest
from cacr_core.checkpoints.networks import build, build_head
from cacr_core.training.devices import choose_device


def network_of(
    opened: Opened, card: Card, with_head: bool = True
) -> tuple[nn.Module, nn.Module | None]:
    """The card's encoder with its weights and, where there is one and it is wanted, its head.

    Raises:
        ValueError: The architecture is not known, or the head is of an unknown form.
    """
    encoder = build(card)
    encoder.load_state_dict(state_dict_of(opened, card))
    if card.head is None or not with_head:
        return encoder, None
    head = build_head(card)
    head.load_state_dict(head_state_dict_of(opened, card))
    return encoder, head


def features_of(
    opened: Opened,
    card: Card,
    images: Tensor,
    *,
    dataset: str,
    split: str,
    layers: Sequence[str] = (FEATURES,),
    batch_size: int | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
    folder: Path | None = None,
) -> dict[str, np.ndarray]:
    """`(n, dim)` float32 of each layer of `layers_of`, from the cache where that has them.

    Args:
        card: Its input size and normalisation are used: replace them on the card to try others.
        dataset, split: What they are called; part of the cache's key beside the images' digest.
        device, progress: As `embed_layers` has them, where something has to be computed.
        folder: Of the cache; None for the usual one.

    Raises:
        NotFinite: Features are NaN or infinite for some images.
        ValueError: The card lacks what is needed, or there is no such layer.
    """
    (input_size, pixels), where = _seen(card), choose_device(device)
    of_features = cache.Key(
        weights="".join(fingerprint(path) for path in opened.paths),
        network=_network(card, FEATURES),
        dataset=dataset,
        split=split,
        images=digest(images),
        n_images=len(images),
        input_size=input_size,
        mean=tuple(pixels.mean),
        std=tuple(pixels.std),
        space=pixels.space,
        layer=FEATURES,
        device=where.type,
    )
    keys = {name: replace(of_features, layer=name, network=_network(card, name)) for name in layers}
    found = {layer: cache.read(key, folder) for layer, key in keys.items()}
    if wanted := [layer for layer, values in found.items() if values is None]:
        encoder, head = network_of(opened, card, with_head=HEAD in wanted)
        try:
            made = embed_layers(
                encoder,
                images,
                input_size=input_size,
                mean=pixels.mean,
                std=pixels.std,
                space=pixels.space,
                layers=wanted,
                head=head,
                batch_size=batch_size,
                device=where,
                progress=progress,
            )
        except NotFinite:
            if broken := [n for n, t in encoder.state_dict().items() if not t.isfinite().all()]:
                raise NotFinite(
                    f"Features must be finite, and {broken[0]} itself holds NaN or infinite "
                    "numbers. Take a file whose weights are finite."
                ) from None
            raise
        for layer, values in made.items():
            cache.write(keys[layer], values, folder)
        found |= made
    return {layer: known for layer in layers if (known := found[layer]) is not None}


def _seen(card: Card) -> tuple[int, Normalisation]:
    if card.input_size is None or card.normalisation is None:
        raise ValueError("Features need an input size and a normalisation; set them on the card.")
    return card.input_size, card.normalisation


def _network(card: Card, layer: str) -> str:
    """What of the file is built, and with what that cannot be seen in weights."""
    parts = {"encoder": card.encoder, "network": dataclasses.asdict(card.network or card)}
    if layer == HEAD and card.head:
        parts["head"] = dataclasses.asdict(card.head)
    return json.dumps(parts, sort_keys=True, default=str)
