"""What can be seen in an encoder's weights: filters, positions, attention."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.inside import paths_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cacr_core.checkpoints.opening import Opened

LARGEST_POSITIONS = 4096
"""Places whose similarities are computed: 64 x 64, a matrix of 67 MB."""
LARGEST_FILTERS = 4_000_000  # numbers; a ViT-H's patch embedding has 753 thousand


def first_filters(opened: Opened, card: Card) -> np.ndarray:
    """The first layer's filters as images, uint8 `(filter, height, width, 3)`.

    Of a convolution, or a ViT's patch embedding, with 1 or 3 input channels. Each filter is
    scaled by its own largest weight, so that 0 is mid grey; NaN and infinite weights are 0.

    Raises:
        ValueError: There is no such layer.
    """
    for path in paths_of(opened, card).values():
        if _holds_filters(opened.tensors[path].shape):
            return filter_images(opened.load([path])[path])
    raise ValueError(
        "Filters need a first convolution of 1 or 3 channels, this file has none. "
        "Choose another encoder."
    )


def _holds_filters(shape: tuple[int, ...]) -> bool:
    if len(shape) != 4 or shape[1] not in (1, 3) or not 0 < math.prod(shape) <= LARGEST_FILTERS:
        return False
    return 1 < max(shape[2:]) <= 64


def filter_images(weight: Tensor) -> np.ndarray:
    """Weights `(filter, 1 or 3, height, width)` as uint8 images `(filter, height, width, 3)`."""
    filters = np.nan_to_num(weight.float().numpy(), nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(filters).max((1, 2, 3), keepdims=True)
    scaled = 0.5 + 0.5 * filters / np.where(largest > 0, largest, 1)
    images = np.round(255 * scaled.transpose(0, 2, 3, 1)).astype(np.uint8)
    return np.broadcast_to(images, (*images.shape[:3], 3)).copy()


def filter_grid(images: np.ndarray, *, columns: int = 16, scale: int = 0) -> np.ndarray:
    """Images side by side as one with see-through gaps, uint8 RGBA `(height, width, 4)`.

    Args:
        images: uint8 `(n, h, w, 3)`.
        columns: Of the grid, at most n.
        scale: Screen pixels a weight's side takes; 0 makes a filter about 40 wide.
    """
    n, h, w = images.shape[:3]
    columns = max(1, min(columns, n))
    scale = scale or max(1, round(40 / max(h, w)))
    gap = 2
    rows = -(-n // columns)
    out = np.zeros((rows * (h * scale + gap) - gap, columns * (w * scale + gap) - gap, 4), np.uint8)
    for i, image in enumerate(images.repeat(scale, 1).repeat(scale, 2)):
        y, x = (i // columns) * (h * scale + gap), (i % columns) * (w * scale + gap)
        out[y : y + h * scale, x : x + w * scale, :3] = image
        out[y : y + h * scale, x : x + w * scale, 3] = 255
    return out


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
    _square(opened.tensors[path].shape)
    return similarity_of_positions(opened.load([path])[path])


def similarity_of_positions(embedding: Tensor) -> np.ndarray:
    """As `position_similarity`, of `(1, tokens + h * w, dim)`.

    Raises:
        ValueError: These are no embeddings of a square.
    """
    side = _square(tuple(embedding.shape))
    rows = embedding.reshape(-1, embedding.shape[-1]).double().numpy()
    values = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
    places = values[len(values) - side * side :]
    places = places / np.maximum(np.abs(places).max(1, keepdims=True), 1e-300)
    places = places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-300)
    places = places.astype(np.float32)
    return (places @ places.T).reshape(side, side, side, side)


def _square(shape: tuple[int, ...]) -> int:
    """The side of the square of places in position embeddings of this shape."""
    if len(shape) == 2:  # as CLIP keeps them
        shape = (1, *shape)
    if len(shape) == 3 and shape[0] == 1 and shape[2] > 0:
        for n_tokens in (1, 0, 2):  # a distilled ViT has two tokens before the places
            side = math.isqrt(max(shape[1] - n_tokens, 0))
            if 0 < side**2 == shape[1] - n_tokens <= LARGEST_POSITIONS:
                return side
    raise ValueError(
        f"Position embeddings of a square of at most {LARGEST_POSITIONS} places are needed, "
        f"got the shape {shape}. Choose a ViT's file."
    )


def attention_of(opened: Opened, card: Card, image: Tensor) -> np.ndarray:
    """`attention` of a file's encoder.

    Args:
        image: `(3, height, width)` uint8, of any size.

    Raises:
        ValueError: It is no ViT, or how images are fed is not known.
    """
    from cacr_core.checkpoints.features import network_of, prepare

    if card.normalisation is None or card.input_size is None:
        raise ValueError("Attention needs an input size and a normalisation; set them by hand.")
    module, _ = network_of(opened, card, with_head=False)
    norm = card.normalisation
    ready = prepare(image[None], card.input_size, norm.mean, norm.std, norm.space)
    return attention(module, card, ready[0])


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

    from cacr_core.checkpoints.transformer import VisionTransformer

    if not isinstance(module, VisionTransformer):
        raise ValueError(
            f"Attention needs a ViT, this encoder is {card.architecture}. Choose a ViT's file."
        )
    if not module.net.class_token:
        raise ValueError("This ViT has no class token whose attention could be shown.")
    with torch.no_grad():
        x = module.tokens(image[None])
        turn = module.turn(x.shape[1])
        for block in module.blocks[:-1]:
            x = block(x, turn)
        last: Any = module.blocks[-1]
        weights = last.attn.weights(last.norm1(x), turn)[0, :, 0, module.n_prefix :]
    side = round(weights.shape[1] ** 0.5)
    return weights.reshape(-1, side, side).float().numpy()
