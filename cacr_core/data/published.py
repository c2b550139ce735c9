"""Datasets that others published: where their files are, and how they are read or fetched."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cacr_core.data.damage import BREAKS, unreadable
from cacr_core.data.image_set import UNLABELLED, ImageSet
from cacr_core.data.places import data_root as data_root

_SYSTEM_FASHION = Path("/usr/share/datasets/fashion-mnist")  # Debian's dataset-fashion-mnist
_FASHION = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_DIGITS_BEGIN = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]  # MNIST's labels, in files of the same names
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_STL = {"train": 5_000, "test": 8_000, "unlabeled": 100_000}  # images of 96 x 96

Pair = tuple[ImageSet, ImageSet]


@dataclass(frozen=True)
class Published:
    """How one published dataset is found and read.

    Args:
        marks: Files below the root, all of which are there once it has been fetched, and how many
            bytes each has; 0 where whoever opens it looks whether it is whole.
        source: Its class in torchvision.datasets.
        parts: What torchvision calls its parts, each as keyword arguments.
        open_parts: Root, n_train, seed -> training and test images.
    """

    marks: dict[str, int]
    source: str
    parts: tuple[dict[str, Any], ...]
    open_parts: Callable[[Path, int | None, int], Pair]

    def read(
        self, name: str, root: str | Path | None, download: bool, n_train: int | None, seed: int
    ) -> Pair:
        """Training and test images, fetched first if they are not there and `download`."""
        found = find_root(name, root)
        if found is None and not download:
            raise ValueError(not_here(name, data_root(root)))
        if found is None:
            found = data_root(root)
            fetch(name, self.source, self.parts, found)
        try:
            return self.open_parts(found, n_train, seed)
        except BREAKS as error:
            raise unreadable(name, found, error) from error


def not_here(name: str, place: Path) -> str:
    """What is said of a set that nobody asked to have fetched."""
    return (
        f"{name} is not in {place}. Put torchvision's files there, set CACR_DATA to where they "
        "are, or download it in the app, under Images."
    )


def fetch(name: str, source: str, parts: Sequence[dict[str, Any]], root: Path) -> None:
    """Have torchvision download a set.

    Args:
        source: Its class in torchvision.datasets.
        parts: What it calls its parts, each as keyword arguments.

    Raises:
        ValueError: It could not.
    """
    from torchvision import datasets

    try:
        root.mkdir(parents=True, exist_ok=True)
        for part in parts:
            getattr(datasets, source)(root, download=True, **part)
    except BREAKS as error:  # URLError is an OSError
        raise ValueError(
            f"{name} could not be downloaded to {root} ({error}). Check the connection and "
            "the folder, or choose shapes or digits, which need no download."
        ) from error


def find_root(name: str, root: str | Path | None = None) -> Path | None:
    """The folder that holds all files of a published dataset, None if there is none."""
    places = [data_root(root)]
    if name == "fashion-mnist":
        places.append(_SYSTEM_FASHION)
        if all(_fashion_file(place, file) for place in places[:1] for file in _FASHION):
            return places[0]
        return places[1] if all(_fashion_file(places[1], file) for file in _FASHION) else None
    marks = PUBLISHED[name].marks.items()
    return places[0] if all(_is_whole(places[0] / mark, n) for mark, n in marks) else None


def _is_whole(path: Path, n_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size >= n_bytes


def digits() -> ImageSet:
    """scikit-learn's 1,797 handwritten digits, 8 x 8 pixels enlarged to 16 x 16."""
    from sklearn.datasets import load_digits

    table = load_digits()
    small = torch.from_numpy(table.images).float()[:, None] * (255 / 16)
    large = F.interpolate(small, size=(16, 16), mode="bilinear", align_corners=False)
    labels = torch.from_numpy(table.target).long()
    return ImageSet(_rgb(large.round().to(torch.uint8)), labels, tuple("0123456789"))


def _rgb(grey: Tensor) -> Tensor:
    """`(n, 1, height, width)` -> `(n, 3, height, width)`."""
    return grey.repeat(1, 3, 1, 1)


def _fashion_file(root: Path, name: str) -> Path | None:
    places = (root / "FashionMNIST" / "raw", root)
    files = (place / file for place in places for file in (name, f"{name}.gz"))
    return next((path for path in files if path.is_file()), None)


def _read_idx(path: Path) -> np.ndarray:
    """An array of uint8 in the MNIST format: four bytes that end in the number of axes, each
    axis as four bytes, then the values."""
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    with opened as file:
        data = file.read()
    n_axes = data[3] if data[:3] == b"\0\0\x08" else 0
    shape = np.frombuffer(data, ">u4", n_axes, 4).astype(int)
    if not 1 <= n_axes <= 3 or len(data) != 4 + 4 * n_axes + shape.prod():
        raise ValueError(f"{path.name} is not an array of bytes in the MNIST format")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def _fashion(root: Path, n_train: int | None, seed: int) -> Pair:
    arrays = [_read_idx(_fashion_file(root, name) or root / name) for name in _FASHION]
    if arrays[1][: len(_DIGITS_BEGIN)].tolist() == _DIGITS_BEGIN:
        raise ValueError("they are the digits of MNIST")
    train, test = (
        ImageSet(
            _rgb(torch.from_numpy(images.copy())[:, None]),
            torch.from_numpy(labels.astype(np.int64)),
            _CLOTHES,
        )
        for images, labels in (arrays[:2], arrays[2:])
    )
    return train, test


def _cifar(source: str) -> Callable[[Path, int | None, int], Pair]:
    def read(root: Path, n_train: int | None, seed: int) -> Pair:
        from torchvision import datasets

        def part(is_train: bool) -> ImageSet:
            table = getattr(datasets, source)(root, train=is_train)
            images = torch.from_numpy(table.data).permute(0, 3, 1, 2).contiguous()
            return ImageSet(images, torch.tensor(table.targets), tuple(table.classes))

        return part(True), part(False)

    return read


def _svhn(root: Path, n_train: int | None, seed: int) -> Pair:
    from torchvision.datasets import SVHN

    def part(split: str) -> ImageSet:
        table = SVHN(root, split=split)
        labels = torch.from_numpy(table.labels.astype(np.int64))
        return ImageSet(torch.from_numpy(table.data), labels, tuple("0123456789"))

    return part("train"), part("test")


def _stl10(root: Path, n_train: int | None, seed: int) -> Pair:
    """Training images are labelled and unlabelled ones alike; only those drawn are read."""
    folder = root / "stl10_binary"
    names = tuple((folder / "class_names.txt").read_text("utf-8").split())

    def open_images(name: str) -> np.ndarray:
        return np.memmap(folder / name, np.uint8, "r").reshape(-1, 3, 96, 96)

    def read_labels(name: str) -> Tensor:
        return torch.from_numpy(np.fromfile(folder / name, np.uint8).astype(np.int64)) - 1

    known, unknown = open_images("train_X.bin"), open_images("unlabeled_X.bin")
    labels = torch.cat(
        [read_labels("train_y.bin"), torch.full((len(unknown),), UNLABELLED, dtype=torch.int64)]
    )
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randperm(len(labels), generator=generator)[:n_train].sort().values
    split = int((drawn < len(known)).sum())
    images = torch.cat(
        [
            _to_64(known, drawn[:split].numpy()),
            _to_64(unknown, drawn[split:].numpy() - len(known)),
        ]
    )
    test = open_images("test_X.bin")
    return (
        ImageSet(images, labels[drawn], names),
        ImageSet(_to_64(test, np.arange(len(test))), read_labels("test_y.bin"), names),
    )


def _to_64(images: np.ndarray, index: np.ndarray) -> Tensor:
    """Some images of 96 x 96 stored column by column -> `(n, 3, 64, 64)` uint8."""
    small = torch.empty(len(index), 3, 64, 64, dtype=torch.uint8)
    for start in range(0, len(index), 512):
        block = torch.from_numpy(images[index[start : start + 512]]).transpose(2, 3).float()
        block = F.interpolate(block, (64, 64), mode="bilinear", antialias=True)
        small[start : start + 512] = block.round().clamp(0, 255).to(torch.uint8)
    return small


_TRAIN_TEST: tuple[dict[str, Any], ...] = ({"train": True}, {"train": False})

PUBLISHED: dict[str, Published] = {
    "fashion-mnist": Published({}, "FashionMNIST", _TRAIN_TEST, _fashion),
    "cifar10": Published(
        {
            f"cifar-10-batches-py/{name}": 0
            for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")
        },
        "CIFAR10",
        _TRAIN_TEST,
        _cifar("CIFAR10"),
    ),
    "cifar100": Published(
        {f"cifar-100-python/{name}": 0 for name in ("train", "test", "meta")},
        "CIFAR100",
        _TRAIN_TEST,
        _cifar("CIFAR100"),
    ),
    "stl10": Published(
        {f"stl10_binary/{part}_X.bin": 3 * 96 * 96 * n for part, n in _STL.items()}
        | {f"stl10_binary/{part}_y.bin": _STL[part] for part in ("train", "test")}
        | {"stl10_binary/class_names.txt": 0},
        "STL10",
        ({"split": "train+unlabeled"},),
        _stl10,
    ),
    "svhn": Published(
        {"train_32x32.mat": 0, "test_32x32.mat": 0},
        "SVHN",
        ({"split": "train"}, {"split": "test"}),
        _svhn,
    ),
}
