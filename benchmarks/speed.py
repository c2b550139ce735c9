"""Accuracy against seconds, ours beside loops as they are usually written: docs/speed.md.

`python -m benchmarks.speed` measures on the device that is here (about ten minutes) and writes
docs/speed.md, its rows and its figure. `--dataset` takes another; `--seconds` and `--out` try it.
On a GPU it also prints the seconds to 80 and 90 % on CIFAR-10, where that is on the machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks import plain_loops
from benchmarks.speed_page import document, figure
from cacr_core.losses import InfoNCE
from cacr_core.metrics import knn_classes
from cacr_core.models import make_encoder
from cacr_core.presets import PRESETS
from cacr_core.runs.sprites import device_name
from cacr_core.runs.typed import place, refuse_no_folder, something
from cacr_core.training import Source, TrainConfig, Training
from cacr_core.training.seconds import laid_out
from cacr_core.views import plain_view

DOCS = Path(__file__).parents[1] / "docs"
OURS = {"cacr-4": "CACR, K = 4", "sscl": "SSCL", "cacr-1": "CACR, K = 1", "infonce": "InfoNCE"}
SEED = 1  # the settings were chosen on seed 0
SECONDS, N_LOOKS = 60.0, 12
Point = tuple[float, int, float]  # seconds of training, views seen, accuracy


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--dataset", type=something, default="shapes")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each of ours")
    parser.add_argument("--out", type=place, default=DOCS, help="a folder")
    options = parser.parse_args(words)
    try:
        refuse_no_folder(options.out, "--out")
        rows = measured(options.dataset, options.seconds)
    except (ValueError, FloatingPointError) as error:
        print(error, file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "speed.json").write_text(json.dumps(rows, indent=1) + "\n")
    (options.out / "speed.md").write_text(document(rows), "utf-8")
    (options.out / "speed.svg").write_text(figure(rows), "utf-8")
    if rows["device"] != "cpu":
        to_levels()
    return 0


def measured(dataset: str, seconds: float) -> dict[str, Any]:
    """All that the page is made of."""
    config = TrainConfig(dataset=dataset, seed=SEED)
    device = Source(config).device
    ways = []
    for name, title in OURS.items():
        given = dataclasses.replace(PRESETS[name].config, dataset=dataset, seed=SEED)
        ways.append({"title": title, "by": "ours", "points": list(ours(given, seconds))})
        print(title, ways[-1]["points"][-1], flush=True)
    for title, loop in (
        ("the same network, plain loop", plain),
        ("SimCLR, ResNet-18", simclr_of_lightly),
    ):
        ways.append({"title": title, "by": "plain", "points": list(loop(config, 2 * seconds))})
        print(title, ways[-1]["points"][-1], flush=True)
    return {
        "dataset": dataset,
        "seconds": seconds,
        "device": device.type,
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "device_name": device_name(device),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[2] if hasattr(os, "getloadavg") else 0.0, 1),
        "torch": torch.__version__,
        "ways": ways,
    }


def ours(config: TrainConfig, seconds: float) -> Iterator[Point]:
    (config,) = laid_out([dataclasses.replace(config, seconds=seconds)])
    training = Training(config)
    looks = {max(1, config.n_steps * (i + 1) // N_LOOKS) for i in range(N_LOOKS)}
    a_step, spent = config.n_views * config.batch_size, 0.0
    yield 0.0, 0, training.scores()["knn_features"]
    while training.step < config.n_steps:
        began = time.perf_counter()
        training.update()
        spent += time.perf_counter() - began
        if training.step in looks:
            accuracy = training.scores()["knn_features"]
            yield round(spent, 2), training.step * a_step, accuracy


def plain(config: TrainConfig, seconds: float) -> Iterator[Point]:
    """InfoNCE, two views, the quick network and AdamW in a plain loop."""
    source = Source(config)
    encoder = make_encoder("quick", config.embedding_dim, source.recipe.size, SEED)
    encoder.to(source.device).train()
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=0.01, weight_decay=1e-4)
    return looked_at(
        source, encoder.backbone, lambda x: encoder(x)[1], optimizer, 64, seconds, decays=True
    )


def simclr_of_lightly(config: TrainConfig, seconds: float) -> Iterator[Point]:
    """Batch, optimizer and rate as in lightly's example, whose rate is constant."""
    source = Source(config)
    net = plain_loops.simclr().to(source.device).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.06)
    return looked_at(
        source, net["backbone"], lambda x: net["head"](net["backbone"](x)), optimizer,
        min(256, len(source.images)), seconds, decays=False,
    )  # fmt: skip


def looked_at(
    source: Source, backbone: nn.Module, forward: Any, optimizer: Any, batch_size: int,
    seconds: float, decays: bool,
) -> Iterator[Point]:  # fmt: skip
    """What a plain loop has reached whenever a share of its time is over."""
    loader = plain_loops.loader_of(source.splits.train.images, source.recipe, batch_size)
    yield 0.0, 0, accuracy_of(source, backbone)
    due = [seconds * (i + 1) / N_LOOKS for i in range(N_LOOKS)]
    for spent, n_views in plain_loops.trained(
        forward, optimizer, loader, source.device, seconds, decays
    ):
        if due and spent >= due[0]:
            due = [at for at in due if at > spent]
            yield round(spent, 2), n_views, accuracy_of(source, backbone)


@torch.no_grad()
def accuracy_of(source: Source, backbone: nn.Module) -> float:
    """10-NN of features by the bank and held-out images that a run is scored by."""
    backbone.eval()
    known, asked = (
        torch.cat([backbone(part) for part in images.split(500)]).float().cpu()
        for images, _ in source.evaluation
    )
    backbone.train()
    (_, labels), (_, held_out) = source.evaluation
    return (knn_classes(known, labels, asked) == held_out).float().mean().item()


def to_levels(levels: tuple[float, ...] = (0.8, 0.9), most: float = 7200.0) -> None:
    """Print the seconds of training after which 10-NN by cosine names so many of CIFAR-10's test
    images, all of them, by all training images."""
    config = TrainConfig(
        loss=InfoNCE(temperature=0.2), dataset="cifar10", backbone="resnet18", optimizer="muon",
        embedding_dim=128, batch_size=512, n_steps=40_000, n_probes=16, seed=SEED,
    )  # fmt: skip
    try:
        source = Source(config)
    except ValueError as error:
        print(f"Seconds to {levels} on CIFAR-10: unmeasured. {error}")
        return
    training, spent, left = Training(config, source), 0.0, list(levels)
    test = source.splits.held_out
    source.evaluation = [
        (plain_view(part.images.to(source.device), source.recipe), part.labels)
        for part in (source.splits.train, test)
    ]
    while left and spent < most and training.step < config.n_steps:
        began = time.perf_counter()
        training.update()
        spent += time.perf_counter() - began
        if training.step % 500 == 0:
            accuracy = training.scores()["knn_features"]
            print(f"CIFAR-10, {spent:.0f} s: {accuracy:.3f} of {len(test)}", flush=True)
            while left and accuracy >= left[0]:
                print(f"{left.pop(0):.0%} after {spent:.0f} s", flush=True)


def processor() -> str:
    """The processor's model, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
