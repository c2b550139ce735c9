"""`python -m cacr_core diff A B`: two checkpoints' tensors, and how alike their features are."""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints import Card, Opened, card_of, head_state_dict_of, state_dict_of
from cacr_core.commands import embed
from cacr_core.scores.paired import OF_IMAGES, Change, over_untrained

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.checkpoints.alike import Row, Seen, Votes
    from cacr_core.checkpoints.alike.tensors import Kind
    from cacr_core.checkpoints.features import Sets

TEXT = "compare two checkpoints: their tensors, and with --dataset their features"
N_TRAIN = 2000
KINDS: tuple[Kind, ...] = ("added", "removed", "changed", "same")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", type=Path, help="a checkpoint")
    parser.add_argument("b", type=Path, help="another one")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--all", action="store_true", help="all tensors by the files' own names")
    parser.add_argument("--dataset", help="compare features of its images too")
    embed.add_choices(parser)


def run(options: argparse.Namespace) -> int:
    """Print the comparison.

    Raises:
        ValueError: A file or the dataset is not as needed.
    """
    sides = []
    for path in (options.a, options.b):
        opened = embed.opened_at(path)
        chosen = {} if options.encoder is None else {"encoder": options.encoder}
        sides.append((opened, card_of(opened, **chosen)))
    by_network = not options.all and all(c.network and not c.blocked for _, c in sides)
    features = None
    if options.dataset:
        features = _features(options)
    rows = list(_encoders(sides) if by_network else _files(sides))
    report = {
        "a": embed.summary(*sides[0]),
        "b": embed.summary(*sides[1]),
        "names": "network" if by_network else "file",
        "counts": {kind: Counter(row.kind for row in rows)[kind] for kind in KINDS},
        "tensors": [row._asdict() for row in rows],
        "features": features,
    }
    print(json.dumps(_plain(report), allow_nan=False) if options.json else as_text(report))
    return 0


def _encoders(sides: list[tuple[Opened, Card]]) -> Iterable[Row]:
    """Encoders and heads under the network's own names, so that code bases can be compared."""
    from cacr_core.checkpoints.alike import difference

    return difference(*(_named(opened, card) for opened, card in sides))


def _named(opened: Opened, card: Card) -> dict[str, Tensor]:
    state = dict(state_dict_of(opened, card))
    if card.head is None:
        return state
    try:
        head = head_state_dict_of(opened, card)
    except ValueError:  # of an unknown form: the encoders are compared all the same
        return state
    return state | {f"head.{name}": tensor for name, tensor in head.items()}


def _files(sides: list[tuple[Opened, Card]]) -> Iterable[Row]:
    """All tensors under the names they have in the files, a few in memory at a time."""
    from cacr_core.checkpoints.alike import Source, differences

    return differences(*(Source(opened.tensors, opened.load) for opened, _ in sides))


def _features(options: argparse.Namespace) -> dict[str, Any]:
    """How alike the two see the same held-out images, and what their neighbours know of classes,
    beside the untrained networks of their forms where they ship."""
    from cacr_core.checkpoints.alike import likeness_of
    from cacr_core.checkpoints.features import image_sets
    from cacr_core.checkpoints.untrained import shipped

    layer = options.layer
    sides = [embed.usable(path, options.encoder, layer) for path in (options.a, options.b)]
    n = embed.n_images(options.n)
    size = embed.image_size(options.dataset, [card for _, card in sides])
    sets = image_sets(options.dataset, n_train=N_TRAIN, n_test=n, size=size)
    bases = [shipped(card, layer) for _, card in sides]
    a, b = (
        _seen(*side, sets, options, base and _seen(*base, sets, options))
        for side, base in zip(sides, bases, strict=True)
    )
    likeness = likeness_of(
        a, b, sets.train.labels, sets.test.labels, sets.test.class_names, of=layer
    )
    names = [base[0].path.stem if base else None for base in bases]
    return {
        "dataset": options.dataset,
        "layer": layer,
        "n": len(a.test),
        "cka": float(likeness.cka.plain[-1, -1]),
        "cka_debiased": float(likeness.cka.debiased[-1, -1]),
        "neighbours": likeness.overlap.k,
        "neighbour_overlap": likeness.overlap.mean,
        "neighbour_overlap_by_chance": likeness.overlap.expected,
        "accuracy": [_votes(name, votes, names) for name, votes in likeness.votes.items()],
    }


def _seen(
    opened: Opened,
    card: Card,
    sets: Sets,
    options: argparse.Namespace,
    untrained: Seen | None = None,
) -> Seen:
    import torch

    from cacr_core.checkpoints.alike import Seen
    from cacr_core.checkpoints.features import features_of

    train, test = (
        features_of(
            opened, card, part.images, dataset=options.dataset, split=split, layers=(options.layer,)
        )[options.layer]
        for split, part in (("train", sets.train), ("test", sets.test))
    )
    return Seen(torch.from_numpy(train), torch.from_numpy(test), untrained=untrained)


def _votes(name: str, votes: Votes, bases: list[str | None]) -> dict[str, Any]:
    from cacr_core.checkpoints.alike import headline, looks
    from cacr_core.scores import PROTOCOLS, words_of
    from cacr_core.scores.paired import overall

    first, second = votes.scores
    changes, protocol = votes.changes, PROTOCOLS[name]
    untrained = [
        base and own and of and {"name": base, **own.accuracy._asdict(), "gain": of._asdict()}
        for base, own, of in zip(bases, votes.untrained, votes.gains, strict=True)
    ]
    return {
        "protocol": name,
        "k": min(protocol.k, first.n_bank),
        "temperature": protocol.temperature,
        "words": words_of(name, first.n_bank),
        "guess": first.guess,
        "a": first.accuracy._asdict(),
        "b": second.accuracy._asdict(),
        "change": changes.overall.change._asdict(),
        "says": overall(changes.overall.change, "a", "b"),
        "classes": [
            {"name": one.name, "a": one.before._asdict(), "b": one.after._asdict()}
            | {"change": one.change._asdict()}
            for one in changes.by_class
        ],
        "classes_say": headline(changes, "a", "b"),
        "looks": looks(changes),
        "untrained": dict(zip("ab", untrained, strict=True)),
    }


def as_text(report: dict[str, Any]) -> str:
    """The report as a table for a person."""
    lines = []
    for side in "ab":
        one = report[side]
        lines.append(
            f"{side}  {one['file']}: {one['family'] or 'family not known'}, "
            f"{one['architecture'] or 'architecture not known'}"
        )
    width = min(60, max([4, *(len(row["name"]) for row in report["tensors"])]))
    lines += ["", f"{'name':<{width}}  {'kind':<8}{'a':<20}{'b':<20}|a − b| / |a|"]
    for row in report["tensors"]:
        sizes = "".join(f"{_size(row, side):<20}" for side in "ab")
        apart = "" if row["relative"] is None else f"{row['relative']:.4g}"
        lines.append(f"{row['name']:<{width}}  {row['kind']:<8}{sizes}{apart}".rstrip())
    counts = ", ".join(f"{n} {kind}" for kind, n in report["counts"].items())
    lines += ["", f"{counts} (names of the {report['names']})"]
    if features := report["features"]:
        lines += _features_as_text(features)
    return "\n".join(lines)


def _features_as_text(features: dict[str, Any]) -> list[str]:
    lines = [
        f"{features['n']:,} held-out images of {features['dataset']}, {features['layer']}: "
        f"linear CKA {features['cka']:.3f} (debiased {features['cka_debiased']:.3f}), "
        f"{100 * features['neighbour_overlap']:.1f} % of {features['neighbours']} neighbours "
        f"kept (chance {100 * features['neighbour_overlap_by_chance']:.1f} %)"
    ]
    for one in features["accuracy"]:
        bases = {side: base for side, base in one["untrained"].items() if base}
        shares = {"a": one["a"], "b": one["b"]} | {base["name"]: base for base in bases.values()}
        lines += ["", f"{one['words']} (guessing {100 * one['guess']:.1f} %)"]
        lines += [
            f"  {name}  {100 * share['value']:.1f} % right "
            f"({100 * share['low']:.1f} to {100 * share['high']:.1f})"
            for name, share in shares.items()
        ]
        lines += [f"  {one['says']}.", f"  {one['classes_say']}."]
        lines += [
            f"  {side} is {over_untrained(Change(**base['gain']))}." for side, base in bases.items()
        ]
    return lines + [f"\n{one['looks']}\n{OF_IMAGES}" for one in features["accuracy"][:1]]


def _size(row: dict[str, Any], side: str) -> str:
    shape = row[f"shape_{side}"]
    return "" if shape is None else " x ".join(map(str, shape)) or "one number"


def _plain(value: Any) -> Any:
    """Plain lists and dicts; numbers that JSON has no word for as text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
