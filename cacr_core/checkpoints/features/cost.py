"""How long a network takes for so many images on this machine, told before it starts."""

from __future__ import annotations

import dataclasses
import time
from functools import lru_cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from cacr_core.checkpoints import Card
from cacr_core.checkpoints.forms import Network
from cacr_core.checkpoints.networks import build

SIDE, REPEATS = 768, 3  # of the matrices that the machine is timed by
REACHED = 0.4  # of that speed, by real networks at their layers' sizes


@lru_cache(maxsize=64)
def _flops(network: Network, input_size: int) -> int:
    with torch.device("meta"):
        encoder = build(Card(network=network))
        x = torch.empty(1, network.channels, input_size, input_size)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        encoder(x)
    return int(counter.get_total_flops())


def flops_of(card: Card) -> int:
    """Of one image: two for each multiplication and addition. Nothing is computed for it.

    Raises:
        ValueError: The network is not known, or cannot be fed images of this size.
    """
    if card.network is None or card.input_size is None:
        raise ValueError("A network and an input size are needed to count; set them on the card.")
    # what changes no count is left out, so that equal questions are one
    return _flops(dataclasses.replace(card.network, name="any"), card.input_size)


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


def in_words(seconds: float) -> str:
    """Roughly, as it is meant."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {10 * round(seconds / 10):.0f} seconds"
    if seconds < 5400:
        return f"about {max(2, round(seconds / 60)):.0f} minutes"
    return f"about {seconds / 3600:.1f} hours"
