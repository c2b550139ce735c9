"""The untrained network beside a checkpoint: what its form alone sees, with first weights.

An accuracy means little without it: on easy images first weights tell many classes apart.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from cacr_core.checkpoints import Card, Opened, card_of, open_file
from cacr_core.checkpoints.export import written
from cacr_core.checkpoints.features import prepare
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD
from cacr_core.checkpoints.features.health import few_images
from cacr_core.checkpoints.features.images import size_for_few
from cacr_core.checkpoints.networks import build, build_head
from cacr_core.models import FirstWeights
from cacr_core.runs.shelf import ENCODERS

N_SEEN = 64  # images that batch norms of a drawn network get their statistics of


def shipped(card: Card, layer: str = FEATURES) -> tuple[Opened, Card] | None:
    """The untrained network that ships and is of the same form, fed as this card's is; None where
    there is none. Of several that whose batch norms saw images of the same size; without its head
    where this card's is of another form, so that there is none for the layer "head"."""
    if card.network is None:
        return None
    files = [open_file(path) for path in sorted(ENCODERS.glob("untrained-*.safetensors"))]
    found = [(opened, card_of(opened)) for opened in files]
    alike = [(opened, own) for opened, own in found if own.network == card.network]
    alike.sort(key=lambda one: one[1].input_size != card.input_size)
    if not alike:
        return None
    opened, own = alike[0]
    head = own.head if _form(own) == _form(card) else None
    fed: dict[str, Any] = {"input_size": card.input_size, "normalisation": card.normalisation}
    if layer == HEAD and head is None:
        return None
    return opened, dataclasses.replace(own, head=head, **fed)


def _form(card: Card) -> list[str] | None:
    return [layer.text for layer in card.head.layers] if card.head else None


def drawn(
    card: Card, images: Tensor, with_head: bool = False, seed: int = 0
) -> tuple[nn.Module, nn.Module | None]:
    """An encoder of the card's form, and its head where that is wanted, with torch's first weights;
    their batch norms have the statistics of some images, as those of a trained network have.

    Args:
        images: `(n, 3, height, width)` uint8, of which the first are seen.

    Raises:
        ValueError: The network or its head is not known, or how images are fed.
    """
    if card.input_size is None or card.normalisation is None:
        raise ValueError("Features need an input size and a normalisation; set them on the card.")
    with FirstWeights(torch.Generator().manual_seed(seed)):
        encoder, head = build(card), build_head(card) if with_head else None
    norm = card.normalisation
    x = prepare(images[:N_SEEN], card.input_size, norm.mean, norm.std, norm.space)
    with torch.inference_mode():
        for part in (encoder, head):
            if part is not None:
                x = _with_statistics(part, x)
    return encoder, head


def twin_of(opened: Opened, card: Card, images: Tensor) -> bytes:
    """The untrained twin of a file as a file: drawn weights of the same form, fed alike.

    Args:
        images: As `drawn` takes them.

    Raises:
        ValueError: The network is not known, or how images are fed.
    """
    try:
        encoder, head = drawn(card, images, with_head=card.head is not None)
    except ValueError:  # a head of another form
        card = dataclasses.replace(card, head=None)
        encoder, head = drawn(card, images)
    own = dataclasses.replace(
        card,
        family="Untrained twin (this app)",
        confidence="sure",
        why=f"this app drew it, of the form of {opened.path.name}",
        doubts=(),
        epoch=0,
    )
    states = (part.state_dict() if part is not None else {} for part in (encoder, head))
    return written(opened.path.name, own, *states)


def twin_on(opened: Opened, card: Card, dataset: str) -> bytes:
    """The same by a few images of a dataset."""
    return twin_of(opened, card, few_images(dataset, size_for_few(dataset, card)))


def _with_statistics(network: nn.Module, x: Tensor) -> Tensor:
    """What the network makes of `x` once its batch norms have the statistics of it."""
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0  # those of this batch alone
    if norms:
        network.train()(x)
    return network.eval()(x)
