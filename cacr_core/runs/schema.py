"""What the files of a run may say: one schema, held to when a run comes in and whenever it is read.

A kind of value is a function that does nothing for a value of the kind, and else raises ValueError:
where the value stands, what was needed, and what came.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any, str], None]

MOST_STEPS = 10_000_000
MOST_PROBES = 5_000
MOST_DIM = 4_096
MOST_CLASSES = 10_000
MOST_NAME = 1_000  # characters of a name, such as that of a dataset, which may be a path
MOST_SENTENCE = 4_000
MOST_TILE = 256  # pixels along a side of an image in a sprite sheet
STATES = ("waiting", "running", "paused", "stopped", "finished", "failed", "lost")
MOST_DEPTH = 8  # of tables and lists within each other where anything plain may stand


def whole(least: int, most: int) -> Kind:
    def check(value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            _refuse(where, f"a whole number from {least:,} to {most:,}", value)

    return check


def real(least: float = -math.inf, most: float = math.inf, finite: bool = True) -> Kind:
    def check(value: Any, where: str) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (finite and not (_is_finite(value) and least <= value <= most)):
            wanted = "a number" if math.isinf(most) else f"a number from {least:g} to {most:g}"
            _refuse(where, wanted, value)

    return check


def _is_finite(value: float) -> bool:
    """Whether a number is one of the floats: a whole number may be beyond all of them."""
    return abs(value) <= sys.float_info.max


def text(most: int = MOST_NAME) -> Kind:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or len(value) > most:
            _refuse(where, f"a text of at most {most:,} characters", value)

    return check


def one_of(*known: Any) -> Kind:
    def check(value: Any, where: str) -> None:
        if not any(value is one or (value == one and type(value) is type(one)) for one in known):
            _refuse(where, f"one of {', '.join(map(str, known))}", value)

    return check


def items(of: Kind, most: int, least: int = 0) -> Kind:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            _refuse(where, f"a list of {least:,} to {most:,}", value)
        for number, item in enumerate(value):
            of(item, f"{where}[{number}]")

    return check


def either(*kinds: Kind) -> Kind:
    def check(value: Any, where: str) -> None:
        for kind in kinds[:-1]:
            try:
                return kind(value, where)
            except ValueError:
                continue
        kinds[-1](value, where)

    return check


def plain(depth: int = MOST_DEPTH) -> Kind:
    """Anything JSON has, of bounded depth and width."""

    def check(value: Any, where: str) -> None:
        if isinstance(value, dict | list):
            inner = list(value.values()) if isinstance(value, dict) else value
            if depth == 0 or len(inner) > 100_000:
                _refuse(where, "less deep and less long", value)
            for item in inner:
                plain(depth - 1)(item, where)
        elif isinstance(value, str) and len(value) > 100_000:
            _refuse(where, "a shorter text", value)

    return check


def table(of: Kind, most: int, name: int = 100) -> Kind:
    """An object with any names."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            _refuse(where, f"an object of at most {most:,} fields", value)
        for key, item in value.items():
            if len(key) > name:
                _refuse(f"a name in {where}", f"at most {name} characters long", key)
            of(item, f"{where}.{key}")

    return check


def record(
    needed: Mapping[str, Kind], known: Mapping[str, Kind] | None = None, others: Kind | None = None
) -> Kind:
    """An object with fields that must be there, some that may be, and others of a kind."""
    kinds = {**needed, **(known or {})}
    rest = others or plain()

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or len(value) > MOST_CLASSES + 1_000:
            _refuse(where, "an object", value)
        for name in needed:
            if name not in value:
                raise ValueError(f"{where} has no {name}.")
        for name, item in value.items():
            kinds.get(name, rest)(item, f"{where}: {name[:60]}")

    return check


def _refuse(where: str, needed: str, value: Any) -> None:
    came = repr(value) if not isinstance(value, dict | list) else f"{len(value):,} of them"
    raise ValueError(f"{where} must be {needed}, got {came[:60]}.")


def _loss(value: Any, where: str) -> None:
    """Of any name: a run outlives the loss that it was trained with."""
    record({"name": text(60)}, None, either(one_of(True, False), real(), text()))(value, where)


# What makes images and batches has the bounds of `TrainConfig`; the tests hold the two together.
WHOLE = {
    "n_views": (2, 16),
    "batch_size": (2, 8_192),
    "embedding_dim": (2, MOST_DIM),
    "n_steps": (1, MOST_STEPS),
    "seed": (0, 2**31 - 1),
    "n_synthetic": (0, 1_024),
    "pool_size": (1, 65_536),
    "queue_size": (1, 65_536),
    "snapshot_every": (1, 100_000),
    "n_states": (0, 64),
    "n_probes": (16, MOST_PROBES),
    "n_min": (0, 1_000_000),
}
ALWAYS = ("n_views", "batch_size", "embedding_dim", "n_steps", "n_synthetic", "pool_size")
CONFIG = record(
    {"loss": _loss, "dataset": text(), "mixing": text(100), "lr": real()}
    | {name: whole(*WHOLE[name]) for name in ALWAYS},
    {name: whole(*bounds) for name, bounds in WHOLE.items()},
    either(one_of(True, False), real(), text()),
)
COMPARISON = record(
    {
        "kind": one_of("comparison"),
        "entries": items(record({"label": text(60), "config": CONFIG}), 4, 2),
    },
    {"baseline": whole(0, 3), "dataset": text(), "n_steps": whole(1, MOST_STEPS)},
)
COUNTS = either(one_of(None), items(whole(0, 10**9), MOST_CLASSES))
STRETCH = record({"step": whole(0, MOST_STEPS), "device": text(), "precision": text()})
RUN = record(
    {},
    {
        "title": text(),
        "created": text(),
        "by": text(),
        "device": text(),
        "device_name": text(),
        "precision": text(),
        "stretches": items(STRETCH, 1_000),
        "images_per_step": whole(0, 10**9),
        "n_held_out": whole(0, 10**9),
        "train_per_class": COUNTS,
        "held_out_per_class": COUNTS,
        "head": COUNTS,
        "tail": COUNTS,
        "frozen": either(one_of(None), record({}, {"line": text(), "layer": text()})),
    },
)
LABELS = items(whole(-1, MOST_CLASSES), MOST_PROBES, 1)
NAMES = items(text(), MOST_CLASSES)
FACTOR = record(
    {
        "kind": one_of("circular", "number", "class"),
        "values": items(real(finite=False), MOST_PROBES),
    },
    {"names": NAMES},
)
PROBES = record(
    {
        "n": whole(1, MOST_PROBES),
        "tile": whole(1, MOST_TILE),
        "columns": whole(1, MOST_PROBES),
        "labels": LABELS,
        "class_names": NAMES,
        "factors": table(FACTOR, 100),
    }
)
ROW = record({"step": whole(0, MOST_STEPS)}, None, real(finite=False))
SIGN_OF_LIFE = {"pid": whole(0, 2**31), "host": text(), "time": real(), "awake": real()}
BEAT = record(
    {"state": one_of(*STATES), "time": real()},
    {
        **SIGN_OF_LIFE,
        "reason": text(MOST_SENTENCE),
        "step": whole(0, MOST_STEPS),
        "updates_per_second": real(),
    },
)
SEED = record(
    {
        "seed": whole(0, 2**31 + 1_000),
        "entry": one_of("a", "b", "c", "d"),
        "step": whole(0, MOST_STEPS),
    },
    {"device": text(), "precision": text(), "failed": text(MOST_SENTENCE)},
    real(finite=False),
)
SCHEMA: dict[str, Kind] = {
    "run.json": RUN,
    "probes.json": PROBES,
    "heartbeat.json": BEAT,
    "end.json": record({"state": one_of(*STATES)}, {"reason": text(MOST_SENTENCE), "time": real()}),
    "control.json": record(
        {},
        {
            "wanted": one_of("run", "pause", "stop"),
            "speed": either(one_of(None), real(1e-6, 1e6)),
            "steps": whole(0, 10**9),
            "seeds": one_of("run", "stop"),
        },
    ),
    "proof.json": record(
        {},
        {"step": whole(0, MOST_STEPS), "entries": table(table(text(200), 10), 4)},
    ),
    "seeds.json": record(
        {"state": one_of(*STATES)},
        {"wanted": whole(0, 1_000), "reason": text(MOST_SENTENCE), **SIGN_OF_LIFE},
    ),
    "metrics.jsonl": ROW,
    "seeds.jsonl": SEED,
}


def check(name: str, value: Any) -> None:
    """Hold what a file of a run says, or a line of it, to the schema.

    Args:
        name: What the file is called in its run's folder; one that has no schema may hold anything.

    Raises:
        ValueError: The sentence says where, what was needed and what came.
    """
    if name == "config.json":
        is_comparison = isinstance(value, dict) and value.get("kind") == "comparison"
        kind = COMPARISON if is_comparison else CONFIG
    else:
        kind = SCHEMA.get(name, plain())
    kind(value, name)
    if name == "probes.json":
        _check_images(value)


def _check_images(probes: dict[str, Any]) -> None:
    n, n_classes = probes["n"], len(probes["class_names"])
    for what, values in [
        ("labels", probes["labels"]),
        *((name, factor["values"]) for name, factor in probes["factors"].items()),
    ]:
        if len(values) != n:
            raise ValueError(
                f"probes.json must have {what[:60]} for each of its {n:,} images, got "
                f"{len(values):,}."
            )
    if (most := max(probes["labels"])) >= n_classes:
        raise ValueError(
            f"probes.json must name the class of every label, got label {most} and {n_classes:,} "
            "names."
        )
