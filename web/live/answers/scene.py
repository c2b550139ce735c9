"""The query among its group: samples, pairs, weights and pulls, and where they are drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from cacr_core.layouts import among_neighbours
from cacr_core.losses import LossRecord, needs_labels, pair_pulls, require_labels, with_labels
from cacr_core.losses.finite import require_finite
from cacr_core.pairs import (
    Pairs,
    Synthetic,
    own_class,
    pairs_of_queries,
    sample_indices,
    with_synthetic_negatives,
)
from cacr_core.training import TrainConfig, draws
from web.live.answers.question import Question, config_of, embeddings_of, probes_of
from web.live.answers.queued import Queue, queue_of, with_queue


class Scene(NamedTuple):
    """The query's group at that moment and what the loss makes of it.

    Attributes:
        items: `(item,)`, probe numbers of the group.
        views: `(view,)`, which of the five views take part.
        row: The query as a row of `z.flatten(0, 1)`.
        pairs: Distances of the query; in `neg` the probes' samples, the queue, the synthetics.
        pulls: 2 dL/dd = -dL/ds of each, as on the forces page: above 0 draws in.
        record: What the loss returned for `pairs`.
        queue: What the snapshot holds of the queue, if the run has one.
    """

    z: Tensor
    items: Tensor
    views: Tensor
    row: int
    pairs: Pairs
    pulls: Pairs
    record: LossRecord
    pos_weights: Tensor
    neg_weights: Tensor
    pos_index: Tensor
    neg_index: Tensor
    synthetic: Synthetic | None
    queue: Queue | None


def look(question: Question) -> Scene:
    """The query's group, pairs, weights and pulls."""
    everyone = embeddings_of(question.folder, question.step)
    items, views = group_of(question, everyone.shape[1])
    z = everyone if question.group == "probes" else everyone[views][:, items]
    item = int((items == question.probe).nonzero()[0, 0])
    view = int((views == question.view).nonzero()[0, 0])
    queries = torch.tensor([view * len(items) + item])
    pairs = pairs_of_queries(z, queries)
    pos_index, neg_index = sample_indices(z.shape[0], z.shape[1], queries)
    queue = queue_of(question.folder, question.step)
    queued = None if queue is None else queue.z
    pairs = with_queue(pairs, z.flatten(0, 1)[queries], queued)
    synthetic = None
    n_synthetic, pool_size, mixing = question.mixture
    if n_synthetic:
        config = config_of(question.folder)
        pairs, synthetic = with_synthetic_negatives(
            pairs,
            z,
            n_synthetic=n_synthetic,
            pool_size=min(pool_size, pairs.neg.shape[1]),
            mixing=mixing,  # type: ignore[arg-type]
            generator=drawn_for(config, question.probe, question.view, question.step),
            queries=queries,
            queue=queued,
        )
    loss = question.loss
    if needs_labels(loss):
        labels = torch.tensor(probes_of(question.folder)["labels"])[items]
        require_labels(loss, labels, "these images")
        loss = with_labels(loss, own_class(labels, len(views), queries))
    record = loss(pairs)
    pulls = Pairs(*(2 * pull for pull in pair_pulls(loss, pairs)))
    require_finite(question.loss, record, pulls)
    return Scene(
        z, items, views, int(queries[0]), pairs, pulls, record,
        record.pos_weights, record.neg_weights, pos_index, neg_index, synthetic, queue,
    )  # fmt: skip


def drawn_for(config: TrainConfig, probe: int, view: int, step: int) -> torch.Generator:
    """Where the draws of a query's synthetic negatives come from."""
    return draws(config.seed, f"look-{probe}-{view}", step)


def group_of(question: Question, n_probes: int) -> tuple[Tensor, Tensor]:
    """Probe numbers and views of the query's group; it always holds the query."""
    if question.group == "probes":
        return torch.arange(n_probes), torch.arange(5)
    config = config_of(question.folder)
    order = torch.randperm(n_probes, generator=draws(config.seed, "group", 0))
    items = order[: min(config.batch_size, n_probes)].clone()
    if question.probe not in items:
        items[0] = question.probe
    views = torch.arange(min(config.n_views, 5))
    if question.view not in views:
        views[-1] = question.view
    return items, views


def other_size(config: TrainConfig, n_items: int, n_views: int) -> str:
    """The size of a batch in training where a group has another; empty where it has that one.

    A group has no more images than there are probes, and no more than five views of them.
    """
    if (n_items, n_views) == (config.batch_size, config.n_views):
        return ""
    return f"(a batch in training: {config.batch_size:,} images in {config.n_views} views)"


def samples_of(scene: Scene) -> Tensor:
    """`(sample, dim)`: the group's, view by view, then the queue's."""
    samples = scene.z.flatten(0, 1)
    return samples if scene.queue is None else torch.cat([samples, scene.queue.z])


def n_real(scene: Scene) -> int:
    """Columns of negatives that are no synthetics: the probes' and the queue's."""
    return scene.neg_index.shape[1] + (0 if scene.queue is None else len(scene.queue.z))


def probe_and_view(scene: Scene, index: int) -> tuple[int, int]:
    view, item = divmod(index, len(scene.items))
    return int(scene.items[item]), int(scene.views[view])


def places_of(
    points: Tensor, question: Question, xy: np.ndarray | None
) -> list[list[float] | None]:
    """Where points are drawn: as they are on circle and sphere, else among their neighbours."""
    if xy is None:
        return [None] * len(points)
    if xy.shape[1] == points.shape[1]:
        placed = points.numpy()
    else:
        cloud = embeddings_of(question.folder, question.step)[0].numpy()
        placed = among_neighbours(points.numpy(), cloud, xy)
    return [[round(float(v), 4) for v in row] for row in placed]


def class_name(names: list[str], label: int) -> str:
    return names[label] if 0 <= label < len(names) else "unlabelled"


def same_class(labels: list[int], a: int, b: int) -> bool:
    return labels[a] == labels[b] and labels[a] >= 0
