"""What may be said of a network that its weights do not show, by a person or by a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from cacr_core.checkpoints.forms import MaxPool

RANGES: dict[str, tuple[float, float]] = {
    "input_size": (8, 2048), "n_heads": (1, 256), "stem_padding": (0, 16), "norm_eps": (1e-15, 0.1),
}  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "max_pool": get_args(MaxPool),
    "activation": ("gelu", "gelu tanh", "quick gelu", "silu"),
    "pool": ("class token", "mean", "mean then norm", "attention"),
    "resize": ("timm", "dinov2", "bicubic", "antialiased"),
}


def check(said: Mapping[str, Any]) -> None:
    """Raises ValueError where something is said that no network has."""
    for name, (low, high) in RANGES.items():
        value = said.get(name)
        if value is not None and not low <= value <= high:
            raise ValueError(f"{name} must be from {low} to {high}, got {value}.")
    for name, choices in CHOICES.items():
        value = said.get(name)
        if value is not None and value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}.")


def check_heads(n_heads: int, dim: int) -> None:
    """Raises ValueError where features of this width do not fall into so many heads."""
    if dim % n_heads:
        raise ValueError(f"n_heads must divide the {dim} features, got {n_heads}.")
