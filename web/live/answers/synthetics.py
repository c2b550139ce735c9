"""The query's synthetic negatives, and what only a whole group of queries can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.pairs import MIXINGS, kind_of, pair_views, with_synthetic_negatives
from cacr_core.training import draws
from web.live.answers.question import (
    Question,
    config_of,
    embeddings_of,
    probes_of,
)
from web.live.answers.queued import queue_of, queued_row, with_queue
from web.live.answers.scene import (
    Scene,
    class_name,
    group_of,
    n_real,
    other_size,
    places_of,
    probe_and_view,
    same_class,
    samples_of,
)
from web.live.kept import kept_of_moment
from web.live.readings import percent

MOST_SYNTHETICS_SHOWN = 8
MOST_IN_GROUP = 256  # images of the group of a batch's size that clamp and histogram are read from


def synthetics_of(question: Question, scene: Scene, xy: np.ndarray | None) -> dict[str, Any] | None:
    """The query's synthetics, heaviest first, and how hard those of a whole group are."""
    if scene.synthetic is None:
        return None
    shares = scene.neg_weights[0, n_real(scene) :]
    shown = shares.argsort(descending=True)[:MOST_SYNTHETICS_SHOWN]
    embeddings = scene.synthetic.embeddings[0, shown]
    samples = samples_of(scene)
    nearest = (embeddings @ samples[scene.neg_index[0]].T).max(1)
    places = places_of(embeddings, question, xy)
    items = []
    for i, column in enumerate(shown.tolist()):
        probe, view = probe_and_view(scene, int(scene.neg_index[0, int(nearest.indices[i])]))
        items.append(
            _origin(question, scene, xy, column)
            | {
                "similarity": float(embeddings[i] @ samples[scene.row]),
                "nearest": {
                    "probe": probe,
                    "view": view,
                    "similarity": float(nearest.values[i]),
                },
                "share": float(shares[column]),
                "pull": float(scene.pulls.neg[0, n_real(scene) + column]),
                "xy": places[i],
            }
        )
    how = "as this run trains" if not question.is_lens else "under the lens"
    return {
        "text": f"{how}: {how_made(*question.mixture)}",
        "items": items,
        "share": float(shares.sum()),
        "placed": _placed(scene, xy),
        "histogram": group_numbers(question)["histogram"],
    }


def _placed(scene: Scene, xy: np.ndarray | None) -> str:
    """How they are drawn in the cloud; empty where images alone have places in it."""
    if xy is None:
        return ""
    return "exactly" if xy.shape[1] == scene.z.shape[2] else "among their neighbours"


def how_made(n_synthetic: int, pool_size: int, mixing: str) -> str:
    return f"{n_synthetic} for each query, {MIXINGS[mixing].words}, pool of {pool_size}"


def _origin(question: Question, scene: Scene, xy: np.ndarray | None, column: int) -> dict[str, Any]:
    """What one synthetic was made of: its parents, one or two, and what was done with them."""
    made, mixing = scene.synthetic, question.mixture[2]
    assert made is not None
    kind = kind_of(mixing, column)
    rule = MIXINGS[kind]
    indices = made.parents[0, column, : rule.n_parents].tolist()
    # per dimension: the mean says how much of each parent
    coefficient = float(made.coefficients[0, column].mean())
    return {
        "parents": [_parent(question, scene, xy, index) for index in indices],
        "coefficient": coefficient,
        "of_one": rule.said(coefficient),
        "kind": kind.replace("_", " ") if MIXINGS[mixing].in_turn else None,
    }


def _parent(question: Question, scene: Scene, xy: np.ndarray | None, index: int) -> dict[str, Any]:
    """One parent, by its index among the samples: a probe's view, or an entry of the queue."""
    n_sampled, samples = len(scene.z.flatten(0, 1)), samples_of(scene)
    probes = probes_of(question.folder)
    names, labels = probes["class_names"], probes["labels"]
    if scene.queue is not None and index >= n_sampled:
        who = queued_row(scene.queue, index - n_sampled, question.folder, names)
        label = who.pop("label")
        who["same_class"] = label >= 0 and label == labels[question.probe]
    else:
        probe, view = probe_and_view(scene, index)
        who = {
            "probe": probe,
            "view": view,
            "class": class_name(names, labels[probe]),
            "same_class": index != scene.row and same_class(labels, probe, question.probe),
        }
    return who | {
        "is_query": index == scene.row,
        "similarity": float(samples[index] @ samples[scene.row]),
        "xy": places_of(samples[index][None], question, xy)[0],
    }


def group_numbers(question: Question) -> dict[str, Any]:
    asked = question._replace(group="batch", probe=0, view=0)
    return _group_numbers_of(question.folder, question.step, asked)


@kept_of_moment(64)
def _group_numbers_of(folder: Path, step: int, question: Question) -> dict[str, Any]:
    """Clamp share and hardness histogram over all queries of the group of a batch's size, as far as
    there are so many probes and no more than `MOST_IN_GROUP`."""
    everyone = embeddings_of(question.folder, question.step)
    items, views = group_of(question, everyone.shape[1])
    z = everyone[views][:, items[:MOST_IN_GROUP]]
    queue = queue_of(question.folder, question.step)
    queued = None if queue is None else queue.z
    pairs = real = with_queue(pair_views(z), z.flatten(0, 1), queued)
    n_synthetic, pool_size, mixing = question.mixture
    if n_synthetic:
        pairs, _ = with_synthetic_negatives(
            real,
            z,
            n_synthetic=n_synthetic,
            pool_size=min(pool_size, real.neg.shape[1]),
            mixing=mixing,  # type: ignore[arg-type]
            generator=draws(config_of(question.folder).seed, "look", question.step),
            queue=queued,
        )
    other = other_size(config_of(question.folder), z.shape[1], z.shape[0])
    group = f"group of {z.shape[1]:,} images {other}" if other else "training-sized group"
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
            "text": f"{percent(clamped)} of the {n_queries} queries of a {group}",
        },
        "histogram": {
            "edges": edges.round(4).tolist(),
            "real": (real_part / max(1, real_part.sum())).round(5).tolist(),
            "synthetic": (synthetic_part / max(1, synthetic_part.sum())).round(5).tolist(),
        },
    }
