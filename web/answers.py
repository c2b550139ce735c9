"""Answers about one query at one moment: weights, pulls, positives, negatives, synthetics.

Everything is recomputed from a snapshot's embeddings by the code that trains; nothing is stored.
Importing this loads torch.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from cacr_core import metrics
from cacr_core.losses import Loss, loss_name, pair_pulls
from cacr_core.pairs import (
    MIXINGS,
    Pairs,
    Synthetic,
    pair_views,
    pairs_of_queries,
    sample_indices,
    with_synthetic_negatives,
)
from cacr_core.projections import among_neighbours
from cacr_core.runs import folder as files
from cacr_core.training import TrainConfig, draws, make_loss
from web.fields import LENS_EXTRA, LOSS_TITLES, loss_text
from web.readings import number, percent

N_NEGATIVES = 12
MOST_SYNTHETICS_SHOWN = 8
MOST_IN_GROUP = 256  # images in the training-sized group that clamp and histogram are read from
GROUPS = ("probes", "batch")


class Question(NamedTuple):
    """What is asked: a query of a run at a step, under a loss, among a group."""

    folder: Path
    step: int
    probe: int
    view: int
    group: str
    loss: Loss
    mixture: tuple[int, int, str]  # n_synthetic, pool_size, mixing
    is_lens: bool


class Scene(NamedTuple):
    """The query's group at that moment and what the loss makes of it.

    Attributes:
        items: `(item,)`, probe numbers of the group.
        views: `(view,)`, which of the five views take part.
        row: The query as a row of `z.flatten(0, 1)`.
        real: Pairs of the query with real samples; `pairs` has the synthetics too.
    """

    z: Tensor
    items: Tensor
    views: Tensor
    row: int
    pairs: Pairs
    pulls: Pairs
    pos_weights: Tensor
    neg_weights: Tensor
    pos_index: Tensor
    neg_index: Tensor
    synthetic: Synthetic | None


def understand(message: dict[str, Any], folder: Path) -> Question:
    """Check a question from the browser.

    Raises:
        ValueError: A part of it makes no sense; the sentence says which.
    """
    config = _config(folder)
    n = int(_probes(folder)["n"])
    step, probe, view = (_whole(message, key) for key in ("step", "probe", "view"))
    if not 0 <= probe < n:
        raise ValueError(f"This run watches images 0 to {n - 1}, got {probe}.")
    if not 0 <= view < 5:
        raise ValueError(f"An image has views 0 to 4, got {view}.")
    group = message.get("group", "probes")
    if group not in GROUPS:
        raise ValueError(f"group must be one of {', '.join(GROUPS)}, got {group!r}.")
    steps = [s for s in files.snapshot_steps(folder) if s <= step] or files.snapshot_steps(folder)
    if not steps:
        raise ValueError("This run has no snapshot yet.")
    loss: Loss = config.loss
    mixture = (config.n_synthetic, config.pool_size, str(config.mixing))
    lens = message.get("lens")
    if lens is not None:
        if not isinstance(lens, dict) or not isinstance(lens.get("name"), str):
            raise ValueError(f"A lens names a loss and its settings, got {str(lens)[:80]}.")
        settings = {k: v for k, v in lens.items() if k not in (*LENS_EXTRA, "name")}
        loss = make_loss(lens["name"], **settings)
        mixture = (
            _whole(lens, "n_synthetic", config.n_synthetic),
            _whole(lens, "pool_size", config.pool_size),
            str(lens.get("mixing", config.mixing)),
        )
    if not 0 <= mixture[0] <= 64 or mixture[1] < 1 or mixture[2] not in MIXINGS:
        raise ValueError(
            "Synthetics need a number from 0 to 64, a pool of 1 or more and a way of mixing of "
            f"{', '.join(MIXINGS)}, got {mixture}."
        )
    own = lens is None or (
        loss == config.loss and mixture == (config.n_synthetic, config.pool_size, config.mixing)
    )
    return Question(folder, steps[-1], probe, view, group, loss, mixture, not own)


def weights(question: Question, xy: np.ndarray | None) -> tuple[dict[str, Any], list[np.ndarray]]:
    """How the query weighs every probe: header and the arrays weight and pull `(probe,)`.

    A probe's weight is the sum over its views, as a multiple of the share it would have if all
    probes of the group were alike; NaN for the query itself and outside the group.
    """
    scene = look(question)
    n = int(_probes(question.folder)["n"])
    n_real = scene.neg_index.shape[1]
    item = scene.neg_index[0] % len(scene.items)
    share = torch.zeros(len(scene.items)).index_add_(0, item, scene.neg_weights[0, :n_real])
    pull = torch.zeros(len(scene.items)).index_add_(0, item, scene.pulls.neg[0, :n_real])
    others = scene.items != question.probe
    weight = np.full(n, np.nan, np.float32)
    total = np.full(n, np.nan, np.float32)
    weight[scene.items[others]] = share[others].numpy() * int(others.sum())
    total[scene.items[others]] = pull[others].numpy()
    header = _summary(scene) | {
        "step": question.step,
        "probe": question.probe,
        "view": question.view,
        "n": n,
        "positives": _positives(question, scene, xy, {}),
        "query_xy": _place(_samples(scene)[scene.row][None], question, xy)[0],
    }
    return header, [weight, total]


def query(question: Question, xy: np.ndarray | None) -> dict[str, Any]:
    """Everything the query panel shows."""
    scene = look(question)
    earlier = [s for s in files.snapshot_steps(question.folder) if s < question.step]
    before: dict[tuple[str, int, int], int] = {}
    if earlier:
        before = _ranks(question._replace(step=earlier[-1]))
    probes = _probes(question.folder)
    names, labels = probes["class_names"], probes["labels"]
    n_views, n_items = scene.z.shape[:2]
    n_neg = n_views * (n_items - 1)
    if question.group == "probes":
        text = f"all {n_items:,} probes, {_count(n_views, 'view')} each: {n_neg:,} negatives"
    else:
        text = (
            f"a fixed random group of {n_items:,} probes, {_count(n_views, 'view')} each, as in "
            f"training: {n_neg:,} negatives"
        )
    negatives = []
    order = scene.neg_weights[0, :n_neg].argsort(descending=True)[:N_NEGATIVES].tolist()
    for column in order:
        probe, view = _probe_and_view(scene, int(scene.neg_index[0, column]))
        share = float(scene.neg_weights[0, column])
        negatives.append(
            {
                "probe": probe,
                "view": view,
                "class": _class(names, labels[probe]),
                "same_class": _same(labels, probe, question.probe),
                "weight": share,
                "times_uniform": share * scene.neg_weights.shape[1],
                "pull": float(scene.pulls.neg[0, column]),
                "distance": float(scene.pairs.neg[0, column]),
                "was": before.get(("neg", probe, view)),
            }
        )
    summary = _summary(scene)
    synthetics = _synthetics(question, scene, xy, labels, names)
    clamp = None
    if getattr(question.loss, "class_prior", 0) > 0 and loss_name(question.loss) == "sscl":
        clamp = _group_numbers(question)["clamp"]
    settings = dataclasses.asdict(question.loss)  # type: ignore[call-overload]
    name = loss_name(question.loss)
    return {
        "step": question.step,
        "previous_step": earlier[-1] if earlier else None,
        "query": {
            "probe": question.probe,
            "view": question.view,
            "class": _class(names, labels[question.probe]),
            "xy": _place(_samples(scene)[scene.row][None], question, xy)[0],
        },
        "group": {"kind": question.group, "text": text},
        "loss": {
            "title": LOSS_TITLES[name],
            "text": loss_text(name, settings),
            "is_lens": question.is_lens,
        },
        "positives": _positives(question, scene, xy, before),
        "negatives": negatives,
        "n_attracted": int((scene.pulls.neg[0] > 0).sum()),
        **summary,
        "synthetics": synthetics,
        "clamp": clamp,
        "reading": _reading(scene, negatives, summary),
    }


def look(question: Question) -> Scene:
    """The query's group, pairs, weights and pulls."""
    everyone = _embeddings(question.folder, question.step)
    items, views = _group(question, everyone.shape[1])
    z = everyone[views][:, items]
    item = int((items == question.probe).nonzero()[0, 0])
    view = int((views == question.view).nonzero()[0, 0])
    queries = torch.tensor([view * len(items) + item])
    pairs = pairs_of_queries(z, queries)
    pos_index, neg_index = sample_indices(*z.shape[:2], queries)
    synthetic = None
    n_synthetic, pool_size, mixing = question.mixture
    if n_synthetic:
        config = _config(question.folder)
        pairs, synthetic = with_synthetic_negatives(
            pairs,
            z,
            n_synthetic=n_synthetic,
            pool_size=min(pool_size, neg_index.shape[1]),
            mixing=mixing,  # type: ignore[arg-type]
            generator=draws(config.seed, f"look-{question.probe}-{question.view}", question.step),
            queries=queries,
        )
    record = question.loss(pairs)
    pulls = pair_pulls(question.loss, pairs)
    return Scene(
        z, items, views, int(queries[0]), pairs, pulls,
        record.pos_weights, record.neg_weights, pos_index, neg_index, synthetic,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _embeddings(folder: Path, step: int) -> Tensor:
    return torch.from_numpy(files.read_arrays(folder, step)[0])


@lru_cache(maxsize=16)
def _config(folder: Path) -> TrainConfig:
    return TrainConfig.from_json((folder / "config.json").read_text())


@lru_cache(maxsize=16)
def _probes(folder: Path) -> dict[str, Any]:
    return files.read_json(folder / "probes.json")


def _group(question: Question, n_probes: int) -> tuple[Tensor, Tensor]:
    """Probe numbers and views of the query's group; it always holds the query."""
    if question.group == "probes":
        return torch.arange(n_probes), torch.arange(5)
    config = _config(question.folder)
    order = torch.randperm(n_probes, generator=draws(config.seed, "group", 0))
    items = order[: min(config.batch_size, n_probes)].clone()
    if question.probe not in items:
        items[0] = question.probe
    views = torch.arange(min(config.n_views, 5))
    if question.view not in views:
        views[-1] = question.view
    return items, views


def _summary(scene: Scene) -> dict[str, Any]:
    entropy = float(metrics.weight_entropy(scene.neg_weights)[0])
    n = scene.neg_weights.shape[1]
    return {
        "effective": float(np.exp(entropy)),
        "entropy": entropy / float(np.log(max(2, n))),
        "n_negatives": n,
    }


def _samples(scene: Scene) -> Tensor:
    return scene.z.flatten(0, 1)


def _probe_and_view(scene: Scene, index: int) -> tuple[int, int]:
    view, item = divmod(index, len(scene.items))
    return int(scene.items[item]), int(scene.views[view])


def _positives(
    question: Question, scene: Scene, xy: np.ndarray | None, before: dict[Any, int]
) -> list[dict[str, Any]]:
    places = _place(_samples(scene)[scene.pos_index[0]], question, xy)
    rows = []
    for k, place in enumerate(places):
        _, view = _probe_and_view(scene, int(scene.pos_index[0, k]))
        rows.append(
            {
                "view": view,
                "weight": float(scene.pos_weights[0, k]),
                "pull": float(scene.pulls.pos[0, k]),
                "distance": float(scene.pairs.pos[0, k]),
                "was": before.get(("pos", question.probe, view)),
                "xy": place,
            }
        )
    return sorted(rows, key=lambda row: -row["weight"])


def _ranks(question: Question) -> dict[tuple[str, int, int], int]:
    """Rank from 1 of every positive and negative by weight, at another step."""
    scene = look(question)
    ranks = {}
    n_real = scene.neg_index.shape[1]
    for side, all_weights, index in (
        ("pos", scene.pos_weights[0], scene.pos_index[0]),
        ("neg", scene.neg_weights[0, :n_real], scene.neg_index[0]),
    ):
        for rank, column in enumerate(all_weights.argsort(descending=True).tolist(), start=1):
            ranks[(side, *_probe_and_view(scene, int(index[column])))] = rank
    return ranks


def _place(points: Tensor, question: Question, xy: np.ndarray | None) -> list[list[float] | None]:
    """Where points are drawn: as they are on circle and sphere, else among their neighbours."""
    if xy is None:
        return [None] * len(points)
    if xy.shape[1] == points.shape[1]:
        placed = points.numpy()
    else:
        cloud = _embeddings(question.folder, question.step)[0].numpy()
        placed = among_neighbours(points.numpy(), cloud, xy)
    return [[round(float(v), 4) for v in row] for row in placed]


def _synthetics(
    question: Question,
    scene: Scene,
    xy: np.ndarray | None,
    labels: list[int],
    names: list[str],
) -> dict[str, Any] | None:
    if scene.synthetic is None:
        return None
    parents, coefficients, embeddings = (part[0] for part in scene.synthetic)
    if coefficients.dim() == 2:  # per dimension: the mean says how much of each parent
        coefficients = coefficients.mean(1)
    samples, own = _samples(scene), _samples(scene)[scene.row]
    n_real = scene.neg_index.shape[1]
    shares = scene.neg_weights[0, n_real:]
    shown = shares.argsort(descending=True)[:MOST_SYNTHETICS_SHOWN]
    places = _place(embeddings[shown], question, xy)
    to_real = embeddings[shown] @ samples[scene.neg_index[0]].T
    nearest = to_real.max(1)
    items = []
    for i, (column, place) in enumerate(zip(shown.tolist(), places, strict=True)):
        pair = []
        for side in (0, 1):
            index = int(parents[column, side])
            probe, view = _probe_and_view(scene, index)
            pair.append(
                {
                    "probe": probe,
                    "view": view,
                    "class": _class(names, labels[probe]),
                    "same_class": _same(labels, probe, question.probe),
                    "is_query": index == scene.row,
                    "similarity": float(samples[index] @ own),
                    "xy": _place(samples[index][None], question, xy)[0],
                }
            )
        near_probe, near_view = _probe_and_view(
            scene, int(scene.neg_index[0, int(nearest.indices[i])])
        )
        items.append(
            {
                "parents": pair,
                "coefficient": float(coefficients[column]),
                "similarity": float(embeddings[column] @ own),
                "nearest": {
                    "probe": near_probe,
                    "view": near_view,
                    "similarity": float(nearest.values[i]),
                },
                "share": float(shares[column]),
                "pull": float(scene.pulls.neg[0, n_real + column]),
                "xy": place,
            }
        )
    n_synthetic, pool_size, mixing = question.mixture
    group = _group_numbers(question)
    how = "as this run trains" if not question.is_lens else "under the lens"
    exact = xy is not None and xy.shape[1] == scene.z.shape[2]
    return {
        "text": f"{how}: {n_synthetic} for each query, {MIXINGS[mixing]}, pool of {pool_size}",
        "items": items,
        "share": float(shares.sum()),
        "placed": "exactly" if exact else "among their neighbours",
        "histogram": group["histogram"],
    }


def _group_numbers(question: Question) -> dict[str, Any]:
    return _group_numbers_of(question._replace(group="batch", probe=0, view=0))


@lru_cache(maxsize=64)
def _group_numbers_of(question: Question) -> dict[str, Any]:
    """Clamp share and hardness histogram over all queries of the training-sized group."""
    everyone = _embeddings(question.folder, question.step)
    items, views = _group(question, everyone.shape[1])
    z = everyone[views][:, items[:MOST_IN_GROUP]]
    pairs = real = pair_views(z)
    n_synthetic, pool_size, mixing = question.mixture
    if n_synthetic:
        pairs, _ = with_synthetic_negatives(
            real,
            z,
            n_synthetic=n_synthetic,
            pool_size=min(pool_size, real.neg.shape[1]),
            mixing=mixing,  # type: ignore[arg-type]
            generator=draws(_config(question.folder).seed, "look", question.step),
        )
    clamped = float(question.loss(pairs).clamped.float().mean())
    edges = np.linspace(-1, 1, 25)
    real_part, synthetic_part = (
        np.histogram(1 - part.numpy().ravel() / 2, edges)[0]
        for part in (real.neg, pairs.neg[:, real.neg.shape[1] :])
    )
    n_queries = len(pairs.neg)
    return {
        "clamp": {
            "share": clamped,
            "text": f"{percent(clamped)} of the {n_queries} queries of a training-sized group",
        },
        "histogram": {
            "edges": edges.round(4).tolist(),
            "real": (real_part / max(1, real_part.sum())).round(5).tolist(),
            "synthetic": (synthetic_part / max(1, synthetic_part.sum())).round(5).tolist(),
        },
    }


def _reading(scene: Scene, negatives: list[dict[str, Any]], summary: dict[str, Any]) -> str:
    top = negatives[0]
    false = sum(row["same_class"] for row in negatives)
    nearest_pos = float(scene.pairs.pos.max())
    if float(scene.pairs.neg.max()) < 0.02:
        return "Everything is in one place: there is nothing near or far to weigh."
    if false * 2 >= len(negatives):
        return (
            f"{false} of the {len(negatives)} negatives pushed hardest are of the query's own "
            "class: the loss cannot know."
        )
    if summary["entropy"] > 0.99:
        return "All negatives are pushed about alike: the query does not yet tell them apart."
    if top["distance"] < nearest_pos:
        return (
            f"A {top['class']} lies nearer than the query's own farthest view, and is pushed "
            f"{number(top['times_uniform'])} times as hard as the average."
        )
    return (
        f"The nearest negative is pushed {number(top['times_uniform'])} times as hard as the "
        "average; the query's own views are nearer than all of them."
    )


def _class(names: list[str], label: int) -> str:
    return names[label] if 0 <= label < len(names) else "unlabelled"


def _same(labels: list[int], a: int, b: int) -> bool:
    return labels[a] == labels[b] and labels[a] >= 0


def _count(n: int, what: str) -> str:
    words = {2: "two", 3: "three", 4: "four", 5: "five"}
    return f"{words.get(n, str(n))} {what}{'' if n == 1 else 's'}"


def _whole(message: dict[str, Any], key: str, default: int | None = None) -> int:
    value = message.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{key} must be a whole number, got {str(value)[:40]!r}.")
    return value
