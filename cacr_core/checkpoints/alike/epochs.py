"""Checkpoints of one training along its epochs: what neighbours know, how far from the last, how
spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.alike.cka import linear_cka
from cacr_core.checkpoints.alike.files import File
from cacr_core.checkpoints.alike.named import (
    is_step,
    length_in,
    number_in,
    pattern_of,
    words_in,
)
from cacr_core.checkpoints.facts import step_of
from cacr_core.checkpoints.features import features_of, image_sets, size_for
from cacr_core.checkpoints.features.embedding import FEATURES
from cacr_core.checkpoints.folders import weights_in
from cacr_core.data import ImageSet
from cacr_core.metrics import Share, effective_rank, uniformity
from cacr_core.neighbours import of_length_one
from cacr_core.scores import PROTOCOLS, can_be_learnt, knn_score

N_IMAGES = 512  # half of them to learn classes from, half to score
MOST_FILES = 60
PROTOCOL = "knn10"
STORED = ("config", "args", "hyper_parameters", "hparams", "cfg", "opt", "options")
MAY_DIFFER = frozenset(  # last names of settings that a training changes when it is begun again
    "resume resumed resume_from resume_path resume_epoch auto_resume start_epoch start_step"
    " start_iter epoch epochs n_epochs num_epochs max_epochs total_epochs current_epoch last_epoch"
    " step global_step iter iteration evaluate eval eval_only"
    " output output_dir out_dir outdir log log_dir logdir log_path log_file save save_dir save_path"
    " save_folder save_freq saveckp_freq save_every save_interval checkpoint checkpoint_dir"
    " checkpoint_path ckpt_dir ckpt_path work_dir workdir exp_dir tb_dir tb_path tb_folder"
    " model_path print_freq log_freq log_every log_interval data_dir data_path data_root root"
    " rank local_rank global_rank node_rank gpu gpus gpu_id gpu_ids num_gpus n_gpu ngpus"
    " ngpus_per_node device devices device_ids nodes num_nodes world_size distributed dist dist_url"
    " dist_backend multiprocessing_distributed host port url master_addr master_port"
    " workers num_workers n_workers time date timestamp start_time"
    " best best_acc best_acc1 best_loss best_epoch best_prec1 best_score".split()
)


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
    """A training along its epochs.

    Attributes:
        images: That are scored.
        n_bank: Images that teach the classes.
    """

    moments: list[Moment]
    images: ImageSet
    n_bank: int


def epoch_in(one: File) -> int | None:
    """Of the file, steps of a run of this app; else the number in its name that says when."""
    if one.card.epoch is not None:
        return one.card.epoch
    if (step := step_of(one.card.settings)) is not None:
        return step
    return number_in(one.opened.path.stem)


def unit_of(one: File) -> str:
    """What `epoch_in` counts: "epoch" or "step"."""
    if one.card.epoch is not None:
        return "epoch"
    is_run = step_of(one.card.settings) is not None
    return "step" if is_run or is_step(one.opened.path.stem) else "epoch"


def folder_of(one: File) -> Path:
    """Where the other checkpoints of its training are: beside it; of a run all in its folder."""
    folder = one.opened.path.parent
    is_kept = step_of(one.card.settings) is not None and folder.name == "states"
    return folder.parent if is_kept else folder


class Training(NamedTuple):
    """Checkpoints of one training.

    Attributes:
        files: With their epochs, in order; at most 60, evenly thinned.
        left_out: A file that has the epoch of another -> that other.
    """

    files: list[tuple[int, File]]
    left_out: dict[str, str]

    @property
    def by_length(self) -> bool:
        """Whether names give several lengths, or what may be, as trainings of their own do."""
        lengths = {length_in(one.opened.path.name) for _, one in self.files}
        return len(lengths - {None}) > 1


def training_in(folder: Path, like: File, override: Mapping[str, Any] | None = None) -> Training:
    """The files that hold the encoder of one of them at other epochs of the same training: in one
    folder, of one family, with equal settings where they store any, and of names that differ by a
    number alone, or, where files store their epochs, name no other training.

    Of two of one epoch the one itself, else the first by name.

    Args:
        override: What is known better of that file, so of all of them; as `card_of` takes it.
    """
    is_run = step_of(like.card.settings) is not None
    places = {folder, folder / "states"} if is_run else {like.opened.path.parent}
    candidates: list[tuple[int, File]] = []
    for name in weights_in(folder, 10 * MOST_FILES):
        if (folder / name).parent not in places:
            continue
        try:
            opened = open_file(folder / name)
            one = File(opened, card_of(opened, **(override or {})))
        except (ValueError, OSError):
            continue
        if _is_of_one_training(one, like) and (epoch := epoch_in(one)) is not None:
            candidates.append((epoch, one))
    if not is_run:
        candidates = _of_one_name(candidates, like)
    candidates.sort(key=lambda each: each[1].opened.path != like.opened.path)  # itself first
    found: dict[int, File] = {}
    left_out = {}
    for epoch, one in candidates:
        kept = found.setdefault(epoch, one)
        if kept is not one and not is_run:  # a run has one moment in two files
            left_out[one.opened.path.name] = kept.opened.path.name
    course = sorted(found.items())
    if len(course) > MOST_FILES:
        step = (len(course) - 1) / (MOST_FILES - 1)
        course = [course[round(i * step)] for i in range(MOST_FILES)]
    return Training(course, left_out)


def _is_of_one_training(one: File, like: File) -> bool:
    """Whether nothing in two files says that they are of different trainings."""
    a, b = one.card, like.card
    same = one.can_be_built and a.network == b.network and _role(one) == _role(like)
    is_run = step_of(b.settings) is not None
    same = same and a.family == b.family and unit_of(one) == unit_of(like)
    if not same or (step_of(a.settings) is not None) != is_run:
        return False
    own, other = _stored(a.settings, is_run), _stored(b.settings, is_run)
    if is_run:
        return own == other
    return all(own[key] == other[key] for key in own.keys() & other.keys())


def _stored(settings: Mapping[str, Any], is_run: bool) -> dict[str, str]:
    """What decided a training, as its files store it: all of a run of this app; of another what
    stays when it is begun again."""
    found = {}
    for key, value in settings.items():
        place, _, name = key.partition(".")
        if is_run and place == "config":
            found[key] = str(value)
        elif not is_run and (key == "arch" or (name and place in STORED)):
            if name.lower().rpartition(".")[2].replace("-", "_") not in MAY_DIFFER:
                found[key] = str(value)
    return found


class _Name(NamedTuple):
    """A file's name, and whether its epoch is stored in it, so that the name need not say it."""

    pattern: str
    words: frozenset[str]
    has_epoch: bool

    @property
    def says_nothing(self) -> bool:
        return not self.words and (self.has_epoch or "#" not in self.pattern)

    def agrees(self, other: _Name) -> bool:
        is_stored = self.has_epoch or other.has_epoch
        return self.pattern == other.pattern or (is_stored and self.words == other.words)


def _name_of(one: File) -> _Name:
    name, has_epoch = one.opened.path.name, one.card.epoch is not None
    return _Name(pattern_of(name, has_epoch), words_in(name), has_epoch)


def _of_one_name(files: list[tuple[int, File]], like: File) -> list[tuple[int, File]]:
    """Those whose names differ from one of them by a number alone, or, where an epoch is stored,
    have no other word. A name that says nothing is of any; where its own does, of the one training
    that the others name."""
    names, own = [_name_of(one) for _, one in files], _name_of(like)
    telling = [name for name in names if not name.says_nothing]
    if own.says_nothing and telling and all(name.agrees(telling[0]) for name in telling):
        own = telling[0]
    pairs = zip(files, names, strict=True)
    return [each for each, name in pairs if name.says_nothing or name.agrees(own)]


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
                uniformity(of_length_one(test)),
                turned_to(plane(test), frame),
            )
        )
    return Course(moments, sets.test, n_bank)


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
