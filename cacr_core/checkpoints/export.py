"""An encoder taken away as safetensors with its card, and its head where that can be built.

The tensors are named as torchvision and timm name them; all that weights do not show, the head's
form and how images are fed stand in the metadata, which `exported` reads again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.exported import HEAD, KEY
from cacr_core.checkpoints.forms import Network

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.checkpoints.opening import Opened

VERSION = 1


def export(opened: Opened, card: Card) -> bytes:
    """The card's encoder, and its head where that can be built, as a safetensors file.

    Raises:
        ValueError: The network cannot be built from the file.
    """
    from cacr_core.checkpoints.weights import head_state_dict_of, state_dict_of

    state = state_dict_of(opened, card)
    try:
        own = head_state_dict_of(opened, card) if card.head else {}
    except ValueError:  # of an unknown form: the encoder is taken away without it
        own, card = {}, dataclasses.replace(card, head=None)
    return written(opened.path.name, card, state, own)


def written(
    file: str, card: Card, encoder: Mapping[str, Tensor], head_state: Mapping[str, Tensor]
) -> bytes:
    """Weights of the card's network and of its head, under the names of the modules that are built
    here, as a safetensors file with that card.

    Args:
        file: What they were made of.
        head_state: Empty where the card has no head.
    """
    from safetensors.torch import save

    net = published(card)
    assert card.network is not None
    state = as_published(card.network, net, encoder)
    state |= {f"{HEAD}.{name}": tensor for name, tensor in head_state.items()}
    head, norm = card.head, card.normalisation
    about = {
        "version": VERSION,
        "file": file,
        "encoder": card.encoder,
        "network": dataclasses.asdict(net),
        "head": head and [[x.kind, x.before, x.after, x.bias] for x in head.layers],
        "head_kind": head and head.kind,
        "head_activation": head and head.activation,
        "family": card.family,
        "confidence": card.confidence,
        "why": card.why,
        "doubts": list(card.doubts),
        "input_size": card.input_size,
        "normalisation": norm and dataclasses.asdict(norm),
        "epoch": card.epoch,
    }
    made = {name: tensor.contiguous() for name, tensor in state.items()}
    return save(made, metadata={KEY: json.dumps(about)})


def published(card: Card) -> Network:
    """The network as timm would hold it: q, k and v joined, the class token with its own position,
    positions for the size that images have.

    Raises:
        ValueError: The card has no network.
    """
    net = card.network
    if net is None or card.blocked:
        raise ValueError("An encoder is taken away whose network is known. Choose one.")
    if net.kind != "vit":
        return net
    if net.positions == "rope":  # its periods, which the file then shows
        return dataclasses.replace(net, rope="stored")
    size = card.input_size or net.image_size or 0
    changes: dict[str, Any] = {}
    if size % net.patch == 0:
        changes["image_size"] = size
    if net.n_registers:
        changes["class_position"] = False
    if net.qkv != "joined":
        changes |= {"qkv": "joined", "qkv_bias": "qkv" if net.qkv_bias else ""}
    if net.pool == "attention":
        changes["pool_qkv"] = "separate"
    return dataclasses.replace(net, **changes)


def as_published(old: Network, new: Network, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a network as `published` has it."""
    import torch

    from cacr_core.checkpoints.transformer import ROPE_BASE, resized

    out = dict(state)
    if old.kind == "convnext":
        return {_head_norm(name): tensor for name, tensor in out.items()}
    if old.rope != new.rope:
        head_dim = old.feature_dim // old.n_heads
        out["rope_embed.periods"] = ROPE_BASE ** torch.arange(0, 1, 4 / head_dim)
    if old.image_size != new.image_size:
        n, before = int(old.class_position), (old.image_size or 0) // old.patch
        after = (new.image_size or 0) // new.patch
        places = out["pos_embed"][:, n:].unflatten(1, (before, before)).permute(0, 3, 1, 2)
        places = resized(places, after, old.resize).permute(0, 2, 3, 1).flatten(1, 2)
        out["pos_embed"] = torch.cat([out["pos_embed"][:, :n], places], 1)
    if old.class_position and not new.class_position:
        out["cls_token"] = out["cls_token"] + out["pos_embed"][:, :1]
        out["pos_embed"] = out["pos_embed"][:, 1:]
    if old.qkv != new.qkv:
        for i in range(old.depth):
            at = f"blocks.{i}.attn."
            is_apart = old.qkv == "separate"
            if is_apart:
                out[f"{at}qkv.weight"] = torch.cat([out.pop(f"{at}{p}.weight") for p in "qkv"])
            if old.qkv_bias:
                zero, bias = torch.zeros(old.feature_dim), ".bias" if is_apart else "_bias"
                biases = [out.pop(f"{at}{p}{bias}", zero) for p in "qkv"]
                out[f"{at}qkv.bias"] = torch.cat(biases)
    if old.pool_qkv != new.pool_qkv:
        for part in ("weight", "bias"):
            q, k, v = out.pop(f"attn_pool.in_proj.{part}").chunk(3)
            out |= {f"attn_pool.q.{part}": q, f"attn_pool.kv.{part}": torch.cat([k, v])}
    return out


def _head_norm(name: str) -> str:
    return f"head.{name}" if name.startswith("norm.") else name
