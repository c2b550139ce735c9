"""What a file that `export` made says of itself, so that it gives the same features again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.forms import Network
from cacr_core.checkpoints.heads import Head, Layer

if TYPE_CHECKING:
    from cacr_core.checkpoints.opening import Opened

KEY = "cacr_export"
HEAD = "cacr_head"
NUMBERS = {f.name: type(f.default) for f in dataclasses.fields(Network) if f.name != "stem"}


class Exported(NamedTuple):
    """What an exported file says of itself.

    Attributes:
        network: Fields of it by name.
        card: Fields of the card: family, confidence, why, doubts, input_size, normalisation, epoch.
    """

    network: dict[str, Any]
    card: dict[str, Any]
    head: Head | None


def exported_in(opened: Opened) -> Exported | None:
    """What a file that `export` made says of itself; None where it is none, or says nonsense."""
    if f"metadata.{KEY}" not in opened.facts or opened.container != "safetensors":
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(opened.path, "np") as file:
            about = json.loads((file.metadata() or {})[KEY])
        network = {k: _checked(k, v) for k, v in about["network"].items() if k in NUMBERS}
        norm = about["normalisation"]
        mean, std = (tuple(float(v) for v in norm[key]) for key in ("mean", "std"))
        normalisation = Normalisation(
            mean, std, bool(norm["assumed"]), str(norm["source"]), str(norm["space"])
        )
        confidence = about["confidence"]
        card = {
            "family": about["family"] and str(about["family"])[:200],
            "confidence": confidence if confidence in ("sure", "likely") else "unsure",
            "why": str(about["why"])[:500],
            "doubts": tuple(str(one)[:500] for one in about["doubts"][:20]),
            "input_size": int(about["input_size"]),
            "normalisation": normalisation,
            "epoch": None if about["epoch"] is None else int(about["epoch"]),
        }
        return Exported(network, card, _head_of(about, opened))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError,
            RecursionError):  # fmt: skip
        return None


def _checked(name: str, value: Any) -> Any:
    """A field of a network, of the type that it must have. Raises ValueError."""
    wanted = NUMBERS[name]
    if wanted is tuple and isinstance(value, list) and all(type(v) is int for v in value):
        return tuple(value)
    if name == "image_size" and (value is None or type(value) is int):
        return value
    if name in ("name", "kind") and isinstance(value, str):
        return value
    if name == "feature_dim" and type(value) is int:
        return value
    if type(value) is not wanted:
        raise ValueError(f"{name} is {value!r}")
    return value


def _head_of(about: Mapping[str, Any], opened: Opened) -> Head | None:
    if not about["head"]:
        return None
    layers = tuple(
        Layer(str(kind), int(before), int(after), bool(bias), f"{HEAD}.{i}")
        for i, (kind, before, after, bias) in enumerate(about["head"])
    )
    keys = tuple(name for name in opened.tensors if name.startswith(f"{HEAD}."))
    return Head(str(about["head_kind"]), "", HEAD, layers, keys, layers[-1].after)
