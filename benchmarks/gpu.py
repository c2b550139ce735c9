"""`make bench-gpu`: one table of how the device that is here trains, against its own CPU, to send.

`python -m benchmarks.gpu [DEVICE]`; the device is the one that "auto" takes if none is named.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from cacr_core.losses import LOSSES
from cacr_core.models import BACKBONES
from cacr_core.runs.sprites import device_name
from cacr_core.training import PRECISIONS, Source, TrainConfig, Training
from cacr_core.training.devices import chosen

# digits are on every machine; a batch as the presets have it
BASE = TrainConfig(dataset="digits", batch_size=64, n_steps=100_000, n_probes=64)
WARM_UP, MEASURED, COMPARED = 10, 30, 5  # updates


def main(names: list[str]) -> int:
    try:
        choice = chosen(names[0] if names else "auto")
    except ValueError as error:
        print(error)
        return 2
    print("\n".join(head(choice.device, choice.reason)))
    print(
        "| what | precision | updates/s | waits an update | farthest from the CPU | memory, MiB |"
    )
    print("|---|---|---|---|---|---|")
    for name, changes in cases():
        print(row(name, dataclasses.replace(BASE, **changes), choice.device), flush=True)
    return 0


def head(device: torch.device, reason: str) -> Iterator[str]:
    yield f"Device: {device} ({device_name(device)}), {os.cpu_count()} cores, {platform.platform()}"
    yield f"torch {torch.__version__}, Python {platform.python_version()}"
    if reason:
        yield reason
    yield (
        f"{BASE.batch_size} images in two views, {MEASURED} updates after {WARM_UP}; the weights "
        f"after {COMPARED} updates in float32 against the CPU's.\n"
    )


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every loss on the small encoder, every backbone in every precision, then what else a run of
    the first loss may be."""
    for loss, cls in LOSSES.items():
        yield f"{loss}, small", {"loss": cls(), "precision": "float32"}
    first = next(iter(LOSSES))
    for backbone in BACKBONES:
        for kind in PRECISIONS:
            if kind != "auto":
                yield f"{first}, {backbone}", {"backbone": backbone, "precision": kind}
    for changes in ({"n_views": 5}, {"host": "queue"}, {"host": "predictor"}, {"n_synthetic": 8}):
        said = ", ".join(f"{key} {value}" for key, value in changes.items())
        yield f"{first}, small, {said}", {"precision": "float32", **changes}


def row(name: str, config: TrainConfig, device: torch.device) -> str:
    config = dataclasses.replace(config, device=str(device))
    try:
        cells = measured(config, device)
    except Exception as error:  # a table with a hole says more than none
        cells = [f"{type(error).__name__}: {str(error).splitlines()[0][:80]}", "", "", ""]
    return f"| {name} | {config.precision} | {' | '.join(cells)} |"


def measured(config: TrainConfig, device: torch.device) -> list[str]:
    """Speed, waits, distance to the CPU's weights, and the most memory, as a table says them."""
    source = Source(config)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    training = Training(config, source)
    for _ in range(WARM_UP):
        training.update()
    n_waits = waits(training, device)
    taken = []
    for _ in range(MEASURED):
        began = time.perf_counter()
        training.update()  # its end is waited for inside, but for the optimizer's step
        taken.append(time.perf_counter() - began)
    memory = torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else None
    apart = "-" if config.precision != "float32" else farthest(config, device, source)
    speed = f"{1 / statistics.median(taken):.0f}"
    return [speed, n_waits, apart, "-" if memory is None else f"{memory:.0f}"]


def waits(training: Training, device: torch.device) -> str:
    """How often torch says that it waited in one update; CUDA alone says it."""
    if device.type != "cuda":
        return "-"
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            training.update()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return str(sum("synchroniz" in str(one.message) for one in said))


def farthest(config: TrainConfig, device: torch.device, source: Source) -> str:
    """Of all weights after a few updates, the largest difference to the CPU's; "0, to the bit"."""
    if device.type == "cpu":
        return "-"
    states = []
    for where, of in ((device, source), (torch.device("cpu"), None)):
        one = Training(dataclasses.replace(config, device=str(where)), of)
        for _ in range(COMPARED):
            one.update()
        states.append({k: v for k, v in one.state().items() if k.startswith("encoder.")})
    there, here = states
    if all(torch.equal(there[key], here[key]) for key in here):
        return "0, to the bit"
    return f"{max(map(_apart, there.values(), here.values())):.1e}"


def _apart(one: Tensor, other: Tensor) -> float:
    return (one.double() - other.double()).abs().max().item()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
