"""One query under every loss of a comparison: what each attends to and pushes, and how they differ.

A strip is an entry's positives and its heaviest negatives, in the order its loss weighs them; what
it attends to and what it pushes are two things, told apart throughout.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cacr_core import metrics
from cacr_core.losses import loss_name
from cacr_core.runs import folder as files
from web.compare.strip import N_HEAVIEST, Strip, n_shared
from web.compare.strips_reading import reading
from web.live.answers.question import (
    Question,
    config_of,
    labels_of,
    probes_of,
    understand,
)
from web.live.answers.queued import queue_summary, queued_row
from web.live.answers.scene import (
    Scene,
    class_name,
    look,
    n_real,
    same_class,
)
from web.settings.fields import loss_text, loss_title

N_VIEWS = 5  # fixed views of a probe
N_NEGATIVES = 12
ALIKE = 1e-3  # weights that differ by less than this share of themselves are in no order


def strips(message: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The query under each entry's own loss, or all entries under one lens.

    Args:
        message: step, probe, view, group and lens, as a question to a single run.

    Raises:
        ValueError: A part of it makes no sense; the sentence says which.
    """
    made = []
    for entry in files.entry_folders(folder):
        if files.readable_step(entry) is not None:
            question = understand(message, entry)
            made.append(_strip(entry.name, question))
    if not made:
        raise ValueError("This comparison has no snapshot yet.")
    first = made[0]
    probes = probes_of(first.question.folder)
    probe = first.question.probe
    return {
        "step": max(strip.question.step for strip in made),
        "query": {
            "probe": probe,
            "view": first.question.view,
            "class": class_name(probes["class_names"], probes["labels"][probe]),
        },
        "group": {"kind": first.question.group, "text": _group_text(made)},
        "entries": [_entry(strip, made, probes) for strip in made],
        "reading": reading(made, labels_of(folder)),
    }


def _strip(name: str, question: Question) -> Strip:
    scene = look(question)
    n = n_real(scene)
    weights, distances = scene.neg_weights[0, :n].numpy(), scene.pairs.neg[0, :n].numpy()
    in_order = bool(weights.max() - weights.min() > ALIKE * weights.mean())
    # by weight, and by distance where the loss makes no difference
    order = np.lexsort((distances, -weights)) if in_order else np.argsort(distances)
    shown, order = order[:N_NEGATIVES], order[order < scene.neg_index.shape[1]]
    keys = _keys(scene, scene.neg_index[0], question)[order]
    ranks = np.zeros(N_VIEWS * int(probes_of(question.folder)["n"]), int)
    ranks[keys] = np.arange(1, len(keys) + 1)
    pos_order = scene.pos_weights[0].argsort(descending=True, stable=True).numpy()
    n_items = len(scene.items)
    pos_views = scene.views[scene.pos_index[0] // n_items].numpy()
    return Strip(
        name, question, scene, keys, order,
        ranks, shown,
        pos_views[pos_order], pos_order, in_order,
    )  # fmt: skip


def _keys(scene: Scene, index: Tensor, question: Question) -> np.ndarray:
    """Samples of the group, named alike in all entries whatever their number of views."""
    n_items, n_probes = len(scene.items), int(probes_of(question.folder)["n"])
    return (scene.views[index // n_items] * n_probes + scene.items[index % n_items]).numpy()


def _entry(strip: Strip, everyone: list[Strip], probes: dict[str, Any]) -> dict[str, Any]:
    scene, question = strip.scene, strip.question
    others = [other for other in everyone if other is not strip]
    name = loss_name(question.loss)
    entropy = float(metrics.weight_entropy(scene.neg_weights)[0])
    n_neg, n_probed = scene.neg_weights.shape[1], len(strip.keys)
    key_at = dict(zip(strip.order.tolist(), strip.keys.tolist(), strict=True))
    queued = scene.neg_weights[0, n_probed : n_real(scene)]
    return {
        "name": strip.name,
        "step": question.step,
        "loss": {
            "title": loss_title(name),
            "text": loss_text(name, dataclasses.asdict(question.loss)),
            "is_lens": question.is_lens,
        },
        "positives": [
            {
                "view": view,
                "weight": float(scene.pos_weights[0, column]),
                "pull": float(scene.pulls.pos[0, column]),
                "distance": float(scene.pairs.pos[0, column]),
                "ranks": _pos_ranks(view, others),
            }
            for view, column in zip(strip.pos_keys.tolist(), strip.pos_order.tolist(), strict=True)
        ],
        "negatives": [
            _negative(key_at.get(column), column, strip, others, probes)
            for column in strip.shown.tolist()
        ],
        "in_order": strip.in_order,
        "curve": _curve(scene.neg_weights[0]),
        "effective": float(np.exp(entropy)),
        "entropy": entropy / float(np.log(max(2, n_neg))),
        "n_negatives": n_neg,
        "n_pushed": int((scene.pulls.neg[0] < 0).sum()),
        "n_drawn": int((scene.pulls.neg[0] > 0).sum()),
        "synthetic_share": float(scene.neg_weights[0, n_real(scene) :].sum()),
        "agreement": {o.name: share for o in others if (share := _agreement(strip, o)) is not None},
    } | queue_summary(scene.queue, queued, config_of(question.folder))


def _negative(
    key: int | None, column: int, strip: Strip, others: list[Strip], probes: dict[str, Any]
) -> dict[str, Any]:
    """One negative; one without a key is of the queue and has no counterpart in other entries."""
    scene, labels = strip.scene, probes["labels"]
    weight = float(scene.neg_weights[0, column])
    told = {
        "weight": weight,
        "times_uniform": weight * scene.neg_weights.shape[1],
        "pull": float(scene.pulls.neg[0, column]),
        "distance": float(scene.pairs.neg[0, column]),
    }
    if key is None and scene.queue is not None:
        place = column - len(strip.keys)
        row = queued_row(scene.queue, place, strip.question.folder, probes["class_names"])
        label = row.pop("label")
        same = label >= 0 and label == labels[strip.question.probe]
        return row | told | {"same_class": same, "key": f"{strip.name}-queue-{place}", "ranks": {}}
    assert key is not None
    view, probe = divmod(key, int(probes["n"]))
    return told | {
        "probe": probe,
        "view": view,
        "class": class_name(probes["class_names"], probes["labels"][probe]),
        "same_class": same_class(probes["labels"], probe, strip.question.probe),
        "key": key,
        "ranks": {o.name: int(o.ranks[key]) for o in others if o.ranks[key]},
    }


def _pos_ranks(view: int, others: list[Strip]) -> dict[str, int]:
    """Place from 1 of a view among the positives of the entries that have it."""
    places = {other.name: other.pos_keys.tolist() for other in others}
    return {name: keys.index(view) + 1 for name, keys in places.items() if view in keys}


def _curve(weights: Tensor) -> dict[str, list[float]]:
    """Sorted weights as multiples of uniform, at ranks that are even on a log scale."""
    n = len(weights)
    falling = weights.sort(descending=True).values * n
    ranks = np.unique(np.geomspace(1, n, 48).round().astype(int))
    values = falling[torch.from_numpy(ranks - 1)]
    return {
        "rank": ranks.tolist(),
        "weight_times_uniform": [float(f"{v:.4g}") for v in values.tolist()],
    }


def _agreement(one: Strip, other: Strip) -> float | None:
    """Share of the heaviest negatives that two entries have in common; None without an order."""
    if not (one.in_order and other.in_order):
        return None
    n = min(N_HEAVIEST, len(one.keys), len(other.keys))
    return n_shared(one, other, n) / n


def _group_text(made: list[Strip]) -> str:
    for strip in made:
        if strip.scene.queue is not None:
            config = config_of(strip.question.folder)
            told = queue_summary(strip.scene.queue, strip.scene.neg_weights[0, :0], config)
            return f"{_probes_text(made)}, plus {told['queue']['text']}"
    return _probes_text(made)


def _probes_text(made: list[Strip]) -> str:
    first = made[0]
    n_items = len(first.scene.items)
    if first.question.group == "probes":
        return f"all {n_items:,} probes in 5 views: {len(first.keys):,} negatives"
    configs = [config_of(strip.question.folder) for strip in made]
    views = _any_of(len(strip.scene.views) for strip in made)
    batch, trained = configs[0].batch_size, _any_of(config.n_views for config in configs)
    text = f"the same random {n_items:,} probes, {views} views each"
    if (n_items, views) == (batch, trained):
        return f"{text}, as it trains"
    return f"{text} (a batch in training: {batch:,} images in {trained} views)"


def _any_of(counts: Iterable[int]) -> str:
    return " or ".join(map(str, sorted(set(counts))))
