"""`python -m cacr_core diff A B`: two checkpoints' tensors, and how alike their features are."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints import card_of
from cacr_core.commands import embed, output
from cacr_core.commands.diff_page import as_html, cka_in_words
from cacr_core.runs.typed import place
from cacr_core.scores.paired import OF_IMAGES, Change, over_untrained

if TYPE_CHECKING:
    from cacr_core.checkpoints.alike import Votes
    from cacr_core.checkpoints.alike.tensors import Kind

TEXT = "compare two checkpoints: their tensors, and with --dataset their features"
# what is of the features alone, unless said otherwise
OF_FEATURES = {"layer": embed.LAYERS[0], "n": 2000, "device": "auto"}
KINDS: tuple[Kind, ...] = ("added", "removed", "changed", "same")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", type=place, help="a checkpoint")
    parser.add_argument("b", type=place, help="another one")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--html", type=place, help="write the report as one HTML file")
    parser.add_argument("--all", action="store_true", help="all tensors by the files' own names")
    parser.add_argument("--dataset", help="compare features of its images too")
    embed.add_choices(parser)
    parser.set_defaults(**dict.fromkeys(OF_FEATURES))


def run(options: argparse.Namespace) -> int:
    """Print the comparison; of tensors alone where features are not finite, which is said after it.

    Raises:
        ValueError: A file or the dataset is not as needed, or features are not finite.
    """
    from cacr_core.checkpoints.alike.files import File, tensor_rows
    from cacr_core.checkpoints.features.embedded import summary
    from cacr_core.checkpoints.features.embedding import NotFinite

    if options.html:
        output.refuse_unwritable(options.html, "--html")
    _settle(options)
    chosen = embed.by_hand(options)
    opened = [embed.opened_at(path) for path in (options.a, options.b)]
    a, b = (File(one, card_of(one, **chosen)) for one in opened)
    features, broken = None, None
    try:
        features = None if options.dataset is None else _features(options)
    except NotFinite as error:
        broken = error
    rows = tensor_rows(a, b, by_file=options.all)
    by_network = not options.all and a.can_be_built and b.can_be_built
    report = {
        "a": summary(*a),
        "b": summary(*b),
        "names": "network" if by_network else "file",
        "counts": {kind: Counter(row.kind for row in rows)[kind] for kind in KINDS},
        "tensors": [row._asdict() for row in rows],
        "features": features,
    }
    if options.html:
        output.write(options.html, as_html(report).encode("utf-8", "replace"), "--html")
        print(f"{options.html}: open it in a browser", file=sys.stderr)
    if options.json:
        print(json.dumps(_plain(report), allow_nan=False))
    elif not options.html:
        print(as_text(report))
    if broken:
        raise broken
    return 0


def _settle(options: argparse.Namespace) -> None:
    """Say what was left unsaid of the features; ValueError where what was said is of none."""
    said = [f"--{name}" for name in OF_FEATURES if getattr(options, name) is not None]
    if said and options.dataset is None:
        raise ValueError(
            f"{' and '.join(said)} {'are' if len(said) > 1 else 'is'} of the features of a "
            "dataset's images, and no --dataset was given. Add it, or leave that out."
        )
    for name, usual in OF_FEATURES.items():
        if getattr(options, name) is None:
            setattr(options, name, usual)


def _features(options: argparse.Namespace) -> dict[str, Any]:
    """How alike the two see the same held-out images, and what their neighbours know of classes,
    beside the untrained networks of their forms where they ship."""
    from cacr_core.checkpoints.alike.files import File, compare_on_images

    layer = options.layer
    a, b = (
        File(*embed.usable(path, layer, embed.by_hand(options))) for path in (options.a, options.b)
    )
    n = embed.n_images(options.n)
    likeness, bases, images = compare_on_images(
        a, b, options.dataset, layer, n, device=options.device
    )
    return {
        "dataset": options.dataset,
        "layer": layer,
        "n": len(images),
        "cka": float(likeness.cka.plain[-1, -1]),
        "cka_debiased": float(likeness.cka.debiased[-1, -1]),
        "constant": [
            side for side, own in zip("ab", likeness.spread, strict=True) if not own.spectrum.any()
        ],
        "neighbours": likeness.overlap.k,
        "neighbour_overlap": likeness.overlap.mean,
        "neighbour_overlap_by_chance": likeness.overlap.expected,
        "accuracy": [_votes(name, votes, bases) for name, votes in likeness.votes.items()],
    }


def _votes(name: str, votes: Votes, bases: Sequence[str | None]) -> dict[str, Any]:
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
        f"{cka_in_words(features)}, "
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
