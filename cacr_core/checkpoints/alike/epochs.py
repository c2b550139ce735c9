"""Checkpoints of one training along its epochs: what neighbours know, how far from the last, how
spread."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.alike.cka import linear_cka
from cacr_core.checkpoints.alike.files import File
from cacr_core.checkpoints.facts import step_of
from cacr_core.checkpoints.features import features_of, image_sets, size_for
from cacr_core.checkpoints.features.embedding import FEATURES
from cacr_core.checkpoints.folders import weights_in
from cacr_core.data import ImageSet
from cacr_core.metrics import Share, effective_rank, uniformity
from cacr_core.scores import PROTOCOLS, can_be_learnt, knn_score

N_IMAGES = 512  # half of them to learn classes from, half to score
MOST_FILES = 60
NUMBER = re.compile(r"(?:epoch|ep|step|checkpoint|ckpt|iter)?[-_= ]*0*(\d{1,7})(?!.*\d)", re.I)
PROTOCOL = "knn10"


class Moment(NamedTuple):
    """One checkpoint of a training.

    Attributes:
        epoch: Of the file, or the last number in its name.
        knn: Share right of the scored images; None where classes cannot be learnt.
        cka: Linear CKA with the last, debiased.
        rank: Effective rank of the features.
        uniformity: Of them on the unit sphere.
        points: `(n, 2)`, the scored images in the plane, turned to lie near the last's.
    """

    epoch: int
    name: str
    knn: Share | None
    cka: float
    rank: float
    uniformity: float
    points: Tensor


class Course(NamedTuple):
    moments: list[Moment]
    images: ImageSet


def epoch_in(one: File) -> int | None:
    """Of the file, steps of a run of this app; else the last number in its name, without its
    ending."""
    if one.card.epoch is not None:
        return one.card.epoch
    if (step := step_of(one.card.settings)) is not None:
        return step
    found = NUMBER.search(one.opened.path.stem)
    return int(found[1]) if found else None


def folder_of(one: File) -> Path:
    """Where the other checkpoints of its training are: beside it; of a run all in its folder."""
    folder = one.opened.path.parent
    is_kept = step_of(one.card.settings) is not None and folder.name == "states"
    return folder.parent if is_kept else folder


def training_in(folder: Path, like: File) -> list[tuple[int, File]]:
    """The files of a folder that hold the same encoder as one of them at other epochs, in order.

    Of two of one epoch the first by name; at most 60, evenly thinned.
    """
    found: dict[int, File] = {}
    for name in weights_in(folder, 10 * MOST_FILES):
        try:
            opened = open_file(folder / name)
            one = File(opened, card_of(opened))
        except (ValueError, OSError):
            continue
        same = one.card.network == like.card.network and _role(one) == _role(like)
        same = same and _run(one) == _run(like)
        if same and one.can_be_built and (epoch := epoch_in(one)) is not None:
            found.setdefault(epoch, one)
    course = sorted(found.items())
    if len(course) > MOST_FILES:
        step = (len(course) - 1) / (MOST_FILES - 1)
        course = [course[round(i * step)] for i in range(MOST_FILES)]
    return course


def _run(one: File) -> dict[str, object]:
    """What decided a run of this app; empty of other files."""
    settings = one.card.settings
    is_run = step_of(settings) is not None
    return {k: v for k, v in settings.items() if k.startswith("config.")} if is_run else {}


def _role(one: File) -> str:
    """What its encoder is called, whatever containers it stands in."""
    return str(one.card.encoder).rpartition(".")[2]


def course_of(
    training: Sequence[tuple[int, File]],
    dataset: str,
    progress: Callable[[int, int], None] | None = None,
    device: str = "cpu",
) -> Course:
    """Every checkpoint on the same images.

    Raises:
        ValueError: There are fewer than two, or the dataset cannot be read.
    """
    if len(training) < 2:
        raise ValueError(
            "A course needs two checkpoints or more of one encoder at different epochs, got "
            f"{len(training)}. Put them into one folder."
        )
    half = N_IMAGES // 2
    size = size_for(dataset, [one.card for _, one in training])
    sets = image_sets(dataset, n_train=half, n_test=half, size=size)
    images, n_bank = torch.cat([sets.train.images, sets.test.images]), len(sets.train)
    total, seen = len(training) * len(images), []
    for _, one in training:
        made = torch.from_numpy(
            features_of(*one, images, dataset=dataset, split="course", device=device)[FEATURES]
        )
        seen.append((made[:n_bank], made[n_bank:]))
        if progress:
            progress(len(seen) * len(images), total)
    last = seen[-1][1]
    frame = plane(last)
    labels, names = sets.test.labels, sets.test.class_names
    learnt = can_be_learnt(sets.train.labels, labels, len(names))
    protocol = PROTOCOLS[PROTOCOL]
    moments = []
    for (epoch, one), (bank, test) in zip(training, seen, strict=True):
        knn = None
        if learnt:
            knn = knn_score(
                bank, sets.train.labels, test, labels, len(names), protocol.k,
                protocol.temperature,
            ).accuracy  # fmt: skip
        moments.append(
            Moment(
                epoch,
                one.opened.path.name,
                knn,
                linear_cka(test, last, debiased=True),
                effective_rank(test),
                uniformity(torch.nn.functional.normalize(test.float(), dim=1)),
                turned_to(plane(test), frame),
            )
        )
    return Course(moments, sets.test)


def plane(x: Tensor) -> Tensor:
    """`(n, 2)`: the two directions of most variance, of unit length together."""
    x = x.double() - x.double().mean(0)
    u, s, _ = torch.linalg.svd(x, full_matrices=False)
    points = u[:, :2] * s[:2]
    if points.shape[1] < 2:
        points = torch.nn.functional.pad(points, (0, 2 - points.shape[1]))
    return points / points.norm().clamp_min(1e-30)


def turned_to(points: Tensor, frame: Tensor) -> Tensor:
    """Points turned and mirrored to lie as near the frame as they can (Procrustes)."""
    u, _, v = torch.linalg.svd(points.T @ frame)
    return points @ (u @ v)
