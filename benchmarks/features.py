"""Embedding images against a bare loop, and comparing two encoders once features are there."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torchvision.models import resnet18

from benchmarks.timing import Row, at_least, at_most, medians
from cacr_core.checkpoints.alike import (
    cka_table,
    class_changes,
    neighbour_overlap,
    spread_of,
)
from cacr_core.checkpoints.features import embed, embed_layers, layers_of
from cacr_core.metrics import knn_correct

N_IMAGES, SIZE = 2000, 32
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)


def rows() -> list[Row]:
    threads = torch.get_num_threads()
    torch.set_num_threads(min(2, threads))
    try:
        # a process has torch's usual threads, or one, as the page's server
        usual = _embedding("torch with 2 threads", 1.0)
        torch.set_num_threads(1)
        return [usual, _embedding("torch as the server has it, with one", 1.5), _comparing()]
    finally:
        torch.set_num_threads(threads)


def _network(seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    net = resnet18()
    net.fc = torch.nn.Identity()
    return net.eval()


def _images() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (N_IMAGES, 3, SIZE, SIZE)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def _embedding(where: str, wanted: float) -> Row:
    images, ours, theirs = _images(), _network(0), _network(0)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))

    def bare() -> None:
        with torch.inference_mode():
            torch.cat([theirs((part.float() / 255 - mean) / std) for part in images.split(128)])

    def embedded() -> None:
        embed(ours, images, input_size=SIZE, mean=MEAN, std=STD)

    took = medians({"ours": embedded, "bare": bare}, repeats=3)
    what = f"embedding {N_IMAGES:,} images of 32x32 with ResNet-18, against a bare loop, {where}"
    return at_least(what, took["bare"] / took["ours"], wanted)


def _comparing() -> Row:
    images, labels = _images(), torch.arange(N_IMAGES) % 10
    layers = [*layers_of(_network(0)), "features"]
    a, b = (
        embed_layers(_network(i), images, input_size=SIZE, mean=MEAN, std=STD, layers=layers)
        for i in range(2)
    )
    a, b = ({name: torch.from_numpy(x) for name, x in found.items()} for found in (a, b))

    def compare() -> None:
        cka_table(a, b)
        neighbour_overlap(a["features"], b["features"])
        right = [
            knn_correct(x[1000:], labels[1000:], x[:1000], labels[:1000])
            for x in (a["features"], b["features"])
        ]
        class_changes(*right, labels[:1000], [str(i) for i in range(10)])
        for found in (a, b):
            x = normalize(found["features"], dim=1)
            spread_of(x, [x, x])

    torch.set_num_threads(1)  # as the server has it
    took = medians({"compare": compare}, repeats=3)["compare"]
    what = f"comparing two ResNet-18 on {N_IMAGES:,} images: {len(layers)} layers' CKA, overlap"
    return at_most(what, took, 5, " s")
