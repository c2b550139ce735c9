"""`python -m cacr_core embed FILE --dataset NAME --out OUT`: features as .npz or Parquet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cacr_core.checkpoints import Card, Opened, card_of, open_file
from cacr_core.commands import output
from cacr_core.runs.typed import place

TEXT = "write a checkpoint's features of a dataset's images to a .npz or .parquet"
LAYERS = ("features", "head")
MOST = 1_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=place, help="a checkpoint, of any name")
    parser.add_argument("--dataset", required=True, help="a dataset's name, or a folder or zip")
    parser.add_argument("--out", type=place, required=True, help="the .npz or .parquet to write")
    parser.add_argument("--split", choices=("test", "train"), default="test", help="of the dataset")
    add_choices(parser)


def add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layer", choices=LAYERS, default=LAYERS[0], help="before or after head")
    parser.add_argument("--n", type=int, default=2000, help="how many images at most")
    parser.add_argument("--encoder", help="which of a file's encoders, as inspect lists them")
    parser.add_argument("--device", default="auto", help="auto, cpu, mps, cuda, cuda:1, xpu")
    parser.add_argument("--mean", help="of pixels in 0..1: one number, or one a channel by commas")
    parser.add_argument("--std", help="their deviation, as --mean")
    parser.add_argument("--input-size", type=int, help="height and width the encoder sees")


def by_hand(options: argparse.Namespace) -> dict[str, Any]:
    """What the words say of a card that a file does not.

    Raises:
        ValueError: One of --mean and --std is there without the other.
    """
    known: dict[str, Any] = {} if options.encoder is None else {"encoder": options.encoder}
    if (options.mean is None) != (options.std is None):
        raise ValueError("--mean and --std go together, and one of them was given. Give both.")
    if options.mean is not None:
        known["normalisation"] = f"{options.mean} / {options.std}"
    if options.input_size is not None:
        if not 8 <= options.input_size <= 1024:
            raise ValueError(f"--input-size must be from 8 to 1024, got {options.input_size}.")
        known["input_size"] = options.input_size
    return known


def run(options: argparse.Namespace) -> int:
    """Write `embeddings` `(n, dim)` float32 as the network gives them, `labels` `(n,)` (-1 where
    unknown), `names` of the images, `class_names`, `dataset`, `protocol`, and `about`: JSON of what
    they were made of; as .parquet a row an image.

    Raises:
        ValueError: The file, the dataset or the place to write to is not as needed.
    """
    from cacr_core.checkpoints.features.embedded import FORMATS, embedded

    output.refuse_unwritable(options.out, "--out")
    suffix = options.out.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"--out needs a name that ends in {' or '.join(FORMATS)}.")
    opened, card = usable(options.file, options.layer, by_hand(options))
    made = embedded(
        opened,
        card,
        options.dataset,
        split=options.split,
        layer=options.layer,
        n=n_images(options.n),
        device=options.device,
    )
    output.write(options.out, made.as_file(suffix), "--out")
    n, dim = made.embeddings.shape
    print(f"{options.out}: {n:,} images, {dim} numbers each", file=sys.stderr)
    return 0


def usable(path: Path, layer: str, known: dict[str, Any]) -> tuple[Opened, Card]:
    """A file whose network can be built, with the layer asked for.

    Raises:
        ValueError: It cannot, or there is no head.
    """
    opened = opened_at(path)
    card = card_of(opened, **known)
    if card.network is None or card.blocked:
        why = card.blocked or f"its network is not known ({card.why})."
        raise ValueError(f"Features need a network that can be built, {path.name}: {why}")
    if layer == "head" and card.head is None:
        raise ValueError(f"{path.name} has no head behind its features. Take --layer features.")
    return opened, card


def opened_at(path: Path) -> Opened:
    """The file opened.

    Raises:
        ValueError: It is not there or refused; which one is said first.
    """
    if not path.exists():
        raise ValueError(f"There is no file {str(path)!r}. Name a checkpoint.")
    try:
        return open_file(path)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def n_images(n: int) -> int:
    if not 20 <= n <= MOST:
        raise ValueError(f"--n must be from 20 to {MOST:,} images, got {n}.")
    return n
