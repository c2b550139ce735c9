"""`python -m cacr_core inspect FILE [--json]`: what a file of weights is."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path, PurePath
from typing import Any

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.facts import moment_of
from cacr_core.checkpoints.folders import INDEXES, USUAL, is_distributed, weights_in
from cacr_core.checkpoints.identify import card_of
from cacr_core.checkpoints.opening import open_file
from cacr_core.runs.typed import place

TEXT = "say what a file of weights is; nothing in it is run"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=place, help="a checkpoint of any name, or a folder")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a card")


def main(arguments: list[str]) -> int:
    """Print the card of the file named; 2 and one sentence where it is refused."""
    parser = argparse.ArgumentParser(prog="python -m cacr_core inspect", description=TEXT)
    add_options(parser)
    options = parser.parse_args(arguments)
    if options.file.is_dir() and not has_main_file(options.file):
        return table(options.file, options.json)
    try:
        card = card_of(open_file(options.file))
    except (ValueError, OSError) as error:
        if options.json:
            print(as_json(Card(why="the file was refused", refused=str(error))))
        print(error, file=sys.stderr)
        return 2
    print(as_json(card) if options.json else as_text(card))
    return 0


def has_main_file(folder: Path) -> bool:
    """Whether a folder stands for one model, rather than holding several files."""
    return is_distributed(folder) or any((folder / name).is_file() for name in (*INDEXES, *USUAL))


def table(folder: Path, as_list: bool) -> int:
    """A row for each file of weights in a folder and its sub-folders; a list of cards as JSON. 2,
    as for a single file, where none can be read."""
    rows: list[tuple[PurePath, Card]] = []
    for name in weights_in(folder):
        try:
            rows.append((name, card_of(open_file(folder / name))))
        except (ValueError, OSError) as error:
            rows.append((name, Card(why="the file was refused", refused=str(error))))
    if as_list:
        print(
            json.dumps([{"file": name.as_posix()} | _plain(card.to_json()) for name, card in rows])
        )
    elif rows:
        _print(rows)
    if not rows:
        print(f"There is no file of weights in {str(folder)!r}. Name another.", file=sys.stderr)
    elif all(card.refused for _, card in rows):
        print(f"Every file of weights in {str(folder)!r} is refused.", file=sys.stderr)
    else:
        return 0
    return 2


def _print(rows: list[tuple[PurePath, Card]]) -> None:
    cells = [("file", "architecture", "features", "epoch", "family")]
    cells += [(name.as_posix(), *_cells(card)) for name, card in rows]
    widths = [min(60, max(len(row[i]) for row in cells)) for i in range(4)]
    for row in cells:
        padded = (f"{one:<{width}}" for one, width in zip(row, widths, strict=False))
        print("  ".join([*padded, row[-1]]).rstrip())


def _cells(card: Card) -> tuple[str, str, str, str]:
    if card.refused:
        return "–", "–", "–", card.refused
    family = f"{card.family} ({card.confidence})" if card.family else f"not known: {card.why}"
    moment = moment_of(card.epoch, card.settings).removeprefix("epoch ") or "–"
    return card.architecture or "–", str(card.feature_dim or "–"), moment, family


def as_json(card: Card) -> str:
    """One JSON object; numbers that JSON has no word for as text."""
    return json.dumps(_plain(card.to_json()), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def as_text(card: Card) -> str:
    """The card in some twenty lines."""
    rows = {"family": f"{card.family or 'not known'} ({card.confidence}: {card.why})"}
    tensors = "tensor" if card.n_tensors == 1 else "tensors"
    rows["container"] = (
        f"{card.container}, {card.n_tensors} {tensors}, {card.n_parameters:,} weights"
    )
    if card.encoder is not None:
        rows["encoder"] = card.encoder or "the file's only one, without a prefix"
    others = [choice for choice in card.encoders if choice.prefix != card.encoder]
    for choice in others:
        rows[f"or {choice.prefix}"] = choice.line
    if card.architecture:
        assert card.network and card.normalisation
        stem = f", {card.stem} stem" if card.stem else ""
        rows["architecture"] = f"{card.architecture}{stem}, {card.feature_dim} features"
        rows["input size"] = f"{card.input_size} pixels"
        norm = card.normalisation
        known_by = f"assumed, from {norm.source}" if norm.assumed else "set by hand"
        numbers = f"mean {_numbers(norm.mean)}, deviation {_numbers(norm.std)}"
        rows["normalisation"] = f"{numbers} ({known_by})"
        rows["head"] = ", ".join(layer.text for layer in card.head.layers) if card.head else "none"
        n = card.matched + len(card.missing)
        rows["tensors"] = f"matched {card.matched} of the {n} that the encoder needs"
        for what, names in (("missing", card.missing), ("unexpected", card.unexpected)):
            if names:
                more = f" and {len(names) - 5} more" if len(names) > 5 else ""
                rows[what] = ", ".join(names[:5]) + more
    if moment := moment_of(card.epoch, card.settings):
        what, _, number = moment.partition(" ")
        rows[what] = number
    if card.unread:
        first = "; ".join(f"{path}: {why}" for path, why in list(card.unread.items())[:2])
        more = f" and {len(card.unread) - 2} more" if len(card.unread) > 2 else ""
        rows["not read"] = first + more
    lines = [f"{name:>14}  {text}" for name, text in rows.items()]
    return "\n".join(lines + [f"{'note':>14}  {doubt}" for doubt in card.doubts])


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
