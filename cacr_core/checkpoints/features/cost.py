"""How long a network takes for so many images on this machine, told before it starts."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from cacr_core.checkpoints import Card
from cacr_core.checkpoints.architecture import expected
from cacr_core.checkpoints.forms import Network
from cacr_core.checkpoints.networks import network as built
from cacr_core.training import devices
from cacr_core.training.devices import CALLED, FASTEST_FIRST

SIDE, REPEATS = 768, 3  # of the matrices that the machine is timed by
REACHED = 0.4  # of that speed, by real networks at their layers' sizes


def flops_of(card: Card) -> int:
    """Of one image: two for each multiplication and addition of convolutions, linear layers and
    attention.

    Raises:
        ValueError: The network or the input size is not known.
    """
    net, size = card.network, card.input_size
    if net is None or size is None:
        raise ValueError("A network and an input size are needed to count; set them on the card.")
    count = {"vit": _of_vit, "resnet": _of_resnet, "convnext": _of_convnext}.get(net.kind, _of_run)
    return 2 * count(net, size)


def _of_vit(net: Network, size: int) -> int:
    places = (size // net.patch) ** 2
    tokens = places + net.class_token + net.n_registers
    total = net.depth * 2 * tokens**2 * net.feature_dim
    for name, shape in expected(net).items():
        if name.startswith("patch_embed") and len(shape) == 4:
            total += places * math.prod(shape)
        elif name.startswith(("blocks", "attn_pool.kv", "attn_pool.in")) and len(shape) == 2:
            total += tokens * math.prod(shape)
    return total


def _of_resnet(net: Network, size: int) -> int:
    kernel, step = (7, 2) if net.stem == "imagenet" else (3, 1)
    side = (size + 2 * net.stem_padding - kernel) // step + 1
    total = net.channels * net.stem_width * kernel**2 * side**2
    side = {"stride 2": (side - 1) // 2 + 1, "stride 1": side - 2, "none": side}[net.max_pool]
    for name, shape in expected(net).items():
        if len(shape) != 4 or name == "conv1.weight":
            continue
        part, block, *_, last = name.removesuffix(".weight").split(".")
        halves = part != "layer1" and block == "0"
        before = "conv1" if net.bottleneck else ""  # which still sees the larger side
        if halves and last == "conv1":
            after = (side - 1) // 2 + 1
            total += math.prod(shape) * (side if last == before else after) ** 2
            side = after
        else:
            total += math.prod(shape) * side**2
    return total


def _of_convnext(net: Network, size: int) -> int:
    side, total = size // 4, 0
    for name, shape in expected(net).items():
        if ".downsample.1.weight" in name:
            side //= 2
        if len(shape) > 1:
            total += math.prod(shape) * side**2
    return total


def _of_run(net: Network, size: int) -> int:
    """Of a small network: counted while one image of zeros goes through it."""
    total = 0

    def count(module: nn.Module, _: Any, out: torch.Tensor) -> None:
        nonlocal total
        places = out.shape[2] * out.shape[3] if out.ndim == 4 else 1
        total += module.get_parameter("weight").numel() * places

    encoder = built(net).eval()
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(count)
    with torch.inference_mode():
        encoder(torch.zeros(1, net.channels, size, size))
    return total


@lru_cache(maxsize=1)
def machine_speed() -> float:
    """Floating-point operations a second of this process, by the best of a few small products."""
    a = torch.rand(SIDE, SIDE)
    best = 1e9
    for _ in range(REPEATS):
        began = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - began)
    return 2 * SIDE**3 / best


def seconds_for(card: Card, n_images: int) -> float:
    """About how long so many images take."""
    return n_images * flops_of(card) / (REACHED * machine_speed())


def time_for(cards: Sequence[Card], n_images: int) -> str:
    """About how long so many images take through each, in words to follow a number of passes. How
    fast a GPU is for a network is not known before."""
    if on_gpu := [kind for kind in FASTEST_FIRST if devices.count(kind)[0]]:
        return f"on {CALLED[on_gpu[0]]} where torch can use it"
    try:
        seconds = sum(seconds_for(card, n_images) for card in cards)
    except (ValueError, RuntimeError):
        return "on this machine"
    return f"{in_words(seconds)} on this machine"


def in_words(seconds: float) -> str:
    """Roughly, as it is meant."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {10 * round(seconds / 10):.0f} seconds"
    if seconds < 5400:
        return f"about {max(2, round(seconds / 60)):.0f} minutes"
    return f"about {seconds / 3600:.1f} hours"
