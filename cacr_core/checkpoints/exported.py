"""What a file that `export` made says of itself, so that it gives the same features again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from cacr_core.checkpoints import by_hand
from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.forms import Network
from cacr_core.checkpoints.heads import Activation, Head, Layer
from cacr_core.checkpoints.pixels import SPACES

if TYPE_CHECKING:
    from cacr_core.checkpoints.opening import Opened

KEY = "cacr_export"
HEAD = "cacr_head"
UNSEEN: dict[str, type] = {
    "stem_padding": int, "max_pool": str, "n_heads": int, "norm_eps": float, "activation": str,
    "pool": str, "resize": str,
}  # fmt: skip
"""What is taken of a network from the file's word: all else its weights show."""


class Exported(NamedTuple):
    """What an exported file says of itself.

    Attributes:
        network: Fields of it by name, those of `UNSEEN`.
        card: Fields of the card: family, confidence, why, doubts, input_size, normalisation, epoch.
    """

    network: dict[str, Any]
    card: dict[str, Any]
    head: Head | None

    def under(self, family: str | None) -> Exported:
        """As another family, where a person says so: what told its own tells nothing of that."""
        if family is None or family == self.card["family"]:
            return self
        of_family = ("family", "confidence", "why", "doubts")
        return self._replace(card={k: v for k, v in self.card.items() if k not in of_family})

    def fitting(self, net: Network) -> Exported:
        """Without what a network of these weights cannot have."""
        network, card, head = dict(self.network), dict(self.card), self.head
        if net.kind != "vit" or net.feature_dim % network.get("n_heads", 1):
            network.pop("n_heads", None)
        if len(card["normalisation"].mean) != net.channels:
            card.pop("normalisation")
        if head and head.layers[0].before != net.feature_dim:
            head = None
        return Exported(network, card, head)


def exported_in(opened: Opened) -> Exported | None:
    """What a file that `export` made says of itself; None where it is none, or says nonsense."""
    if f"metadata.{KEY}" not in opened.facts or opened.container != "safetensors":
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(opened.path, "np") as file:
            about = json.loads((file.metadata() or {})[KEY])
        confidence, epoch = about["confidence"], about["epoch"]
        card = {
            "family": about["family"] and str(about["family"])[:200],
            "confidence": confidence if confidence in ("sure", "likely") else "unsure",
            "why": str(about["why"])[:500],
            "doubts": tuple(str(one)[:500] for one in about["doubts"][:20]),
            "input_size": _whole(about["input_size"]),
            "normalisation": _normalisation(about["normalisation"]),
            "epoch": None if epoch is None else _whole(epoch),
        }
        by_hand.check(card)
        return Exported(_network(about["network"]), card, _head_of(about, opened))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError,
            RecursionError, OverflowError):  # fmt: skip
        return None


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError(f"{value!r} is no count")
    return value


def _network(said: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a network that it may have. Raises ValueError."""
    network = {name: said[name] for name in UNSEEN if (name, said[name]) != ("n_heads", 0)}
    if wrong := [k for k, v in network.items() if type(v) is not UNSEEN[k]]:
        raise ValueError(f"{wrong[0]} is {network[wrong[0]]!r}")
    by_hand.check(network)
    return network


def _normalisation(said: Mapping[str, Any]) -> Normalisation:
    mean, std = (tuple(float(v) for v in said[key]) for key in ("mean", "std"))
    if not 1 <= len(mean) == len(std) <= 3 or not all(map(isfinite, mean + std)) or min(std) <= 0:
        raise ValueError(f"images are normalised by {mean} and {std}")
    if said["space"] not in ("rgb", *SPACES):
        raise ValueError(f"its colours are {said['space']!r}")
    return Normalisation(mean, std, bool(said["assumed"]), str(said["source"])[:500], said["space"])


def _head_of(about: Mapping[str, Any], opened: Opened) -> Head | None:
    """Its layers, each as large as its tensors. Raises ValueError."""
    if not about["head"]:
        return None
    layers = tuple(
        Layer(str(kind), _whole(before), _whole(after), bool(bias), f"{HEAD}.{i}")
        for i, (kind, before, after, bias) in enumerate(about["head"])
    )
    for layer in layers:
        part = "running_mean" if layer.kind == "norm" else "weight"
        shape = (layer.after,) if layer.kind == "norm" else (layer.after, layer.before)
        own = "weight" if layer.kind == "norm" else "bias"
        seen = opened.tensors.get(f"{layer.name}.{part}")
        if seen is None or seen.shape != shape or layer.kind not in ("norm", "linear"):
            raise ValueError(f"{layer.text} is not in the file")
        if (f"{layer.name}.{own}" in opened.tensors) != layer.bias:
            raise ValueError(f"{layer.text} has other parts")
    keys = tuple(name for name in opened.tensors if name.startswith(f"{HEAD}."))
    kind = str(about["head_kind"])[:20]
    activation: Activation = "gelu" if about.get("head_activation") == "gelu" else "relu"
    return Head(kind, "", HEAD, layers, keys, layers[-1].after, activation)
