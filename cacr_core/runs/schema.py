"""What a run's files may say: one schema, held to when a run comes in and whenever it is read."""

from __future__ import annotations

from typing import Any

from cacr_core.runs.kinds import (
    Kind,
    either,
    items,
    one_of,
    plain,
    real,
    record,
    table,
    text,
    whole,
)

MOST_STEPS = 10_000_000
MOST_PROBES = 5_000
MOST_DIM = 4_096
MOST_CLASSES = 10_000
MOST_SENTENCE = 4_000
MOST_TILE = 256  # pixels along a side of an image in a sprite sheet
ENDED = ("stopped", "finished", "failed", "lost")
STATES = ("waiting", "running", "paused", *ENDED)


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
    "image_size": (32, 128),
    "n_min": (0, 1_000_000),
}
NUMBERS = (
    "seconds", "weight_decay", "momentum", "imbalance_ratio", "duplicates", "noise_images",
    "mixture_share",
)  # fmt: skip
ALWAYS = ("n_views", "batch_size", "embedding_dim", "n_steps", "n_synthetic", "pool_size")
CONFIG = record(
    {"loss": _loss, "dataset": text(), "mixing": text(100), "lr": real()}
    | {name: whole(*WHOLE[name]) for name in ALWAYS},
    {name: whole(*bounds) for name, bounds in WHOLE.items()} | dict.fromkeys(NUMBERS, real()),
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
    "end.json": record({"state": one_of(*ENDED)}, {"reason": text(MOST_SENTENCE), "time": real()}),
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
