"""What can be seen in an encoder's weights: filters, positions, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.inside import paths_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cacr_core.checkpoints.opening import Opened

LARGEST_POSITIONS = 4096
"""Tokens whose similarities are computed: 64 x 64, a matrix of 134 MB."""


def first_filters(opened: Opened, card: Card) -> np.ndarray:
    """The first layer's filters as images, uint8 `(filter, height, width, 3)`.

    Of a convolution, or a ViT's patch embedding, with 1 or 3 input channels. Each filter is
    scaled by its own largest weight, so that 0 is mid grey; NaN and infinite weights are 0.

    Raises:
        ValueError: There is no such layer.
    """
    paths = paths_of(opened, card)
    for path in paths.values():
        shape = opened.tensors[path].shape
        if len(shape) == 4 and shape[0] and shape[1] in (1, 3) and _sides(shape[2:]):
            return filter_images(opened.load([path])[path])
    raise ValueError(
        "Filters need a first convolution of 1 or 3 channels, this file has none. "
        "Choose another encoder."
    )


def _sides(sides: tuple[int, ...]) -> bool:
    return min(sides) > 0 and 1 < max(sides) <= 64


def filter_images(weight: Tensor) -> np.ndarray:
    """Weights `(filter, 1 or 3, height, width)` as uint8 images `(filter, height, width, 3)`."""
    filters = np.nan_to_num(weight.float().numpy(), nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(filters).max((1, 2, 3), keepdims=True)
    scaled = 0.5 + 0.5 * filters / np.where(largest > 0, largest, 1)
    images = np.round(255 * scaled.transpose(0, 2, 3, 1)).astype(np.uint8)
    return np.broadcast_to(images, (*images.shape[:3], 3)).copy()


def position_similarity(opened: Opened, card: Card) -> np.ndarray:
    """Cosine similarities of a ViT's position embeddings, float32 `(h, w, h, w)`: of each place
    to all places, the class token left out.

    Raises:
        ValueError: There are no position embeddings, or not those of a square of places.
    """
    path = paths_of(opened, card).get("pos_embed")
    if path is None:
        raise ValueError(
            "Position similarity needs a ViT's pos_embed, this encoder has none. Choose a ViT."
        )
    return similarity_of_positions(opened.load([path])[path])


def similarity_of_positions(embedding: Tensor) -> np.ndarray:
    """As `position_similarity`, of `(1, [1 +] h * w, dim)`.

    Raises:
        ValueError: These are no embeddings of a square.
    """
    values = np.nan_to_num(embedding.float().numpy(), nan=0.0, posinf=0.0, neginf=0.0)
    values = values.reshape(-1, values.shape[-1])
    for extra in (0, 1, 2):  # a distilled ViT has two tokens before the places
        side = round((len(values) - extra) ** 0.5) if len(values) > extra else 0
        if side > 0 and side * side + extra == len(values) <= LARGEST_POSITIONS + 2:
            break
    else:
        raise ValueError(
            f"Position embeddings of a square of at most {LARGEST_POSITIONS} places are needed, "
            f"got {len(values)}."
        )
    places = values[extra:]
    places = places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-12)
    return (places @ places.T).reshape(side, side, side, side)


def attention(module: nn.Module, card: Card, image: Tensor) -> np.ndarray:
    """What the class token looks at in the last block, float32 `(head, h, w)`.

    Args:
        module: What `networks.build(card)` made, with weights loaded.
        image: `(channel, height, width)` of the card's input size, normalised as it asks.

    Returns:
        Weights of the places; together with the class token's own they sum to 1.

    Raises:
        ValueError: The module is no ViT, or the image of another size.
    """
    import torch

    from cacr_core.checkpoints.networks import VisionTransformer

    if not isinstance(module, VisionTransformer):
        raise ValueError(
            f"Attention needs a ViT, this encoder is {card.architecture}. Choose a ViT's file."
        )
    with torch.no_grad():
        x = module.tokens(image[None])
        for block in module.blocks[:-1]:
            x = block(x)
        last = module.blocks[-1]
        weights = last.attn.weights(last.norm1(x))[0, :, 0, 1:]
    side = round(weights.shape[1] ** 0.5)
    return weights.reshape(-1, side, side).float().numpy()
