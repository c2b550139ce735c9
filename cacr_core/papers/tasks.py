"""Many trainings as tasks: a row for each, made here or on a Ray cluster, gone on with anywhere.

A `Plan` says what is trained; a task is one training. All with the same seed start from the same
weights and see the same batches and views, whichever process trains them, so they are pairs. Rows
are appended whole. A row counts for the config that its plan has for it now and for no other.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from filelock import BaseFileLock, UnixFileLock

from cacr_core import data
from cacr_core.runs.cluster import results, results_here
from cacr_core.runs.locks import taken
from cacr_core.runs.paths import append_line
from cacr_core.training import Source, TrainConfig, Training, precision_name

MOST_CLAIMED = 128  # by one process at once: each is an open file, of which Macs allow 256
LOOK_AGAIN = 1.0  # seconds
KEPT = (
    "knn_features",
    "knn_embeddings",
    "head_accuracy",
    "tail_accuracy",
    "entropy",
    "pos_entropy",
    "own_class_share",
    "own_class_even",
    "effective_rank",
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Arm:
    """One thing that is trained: an entry of the catalogue of losses, and what is changed of it."""

    loss: str
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        told = (f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in self.changes)
        return " ".join([self.loss, *told])


def arm(loss: str, **changes: Any) -> Arm:
    """An entry of the catalogue with changes to the loss or to the run around it."""
    return Arm(loss, tuple(changes.items()))


class Task(NamedTuple):
    """One training. `trial` is its number where it only chooses settings, else -1."""

    dataset: str
    arm: str
    seed: int
    trial: int = -1

    def __str__(self) -> str:
        tried = f" trial {self.trial + 1}" if self.trial >= 0 else f" seed {self.seed}"
        return f"{self.dataset} {self.arm}{tried}"


class Plan(Protocol):
    """What is trained, in which order, and how far each is looked at."""

    @property
    def device(self) -> str: ...

    def tasks(self, *, everywhere: bool = False) -> Iterable[Task]:
        """Those whose images are on this machine; all that there are if `everywhere`."""

    def config_of(self, task: Task, done: Mapping[Task, Row]) -> TrainConfig | None:
        """What a task trains, by the rows done before it; None where it has to wait for some."""

    def costs_like(self, task: Task) -> TrainConfig:
        """A config that takes as long, whatever has been chosen."""

    def looked_at(self, config: TrainConfig) -> tuple[int, ...]:
        """The steps that a row tells of."""


class Standing(NamedTuple):
    """The rows of a plan that are in, the tasks that can begin, and how many are left of all that
    were asked about."""

    done: dict[Task, Row]
    ready: dict[Task, TrainConfig]
    n_left: int


def standing(plan: Plan, rows: Iterable[Row], *, everywhere: bool = False) -> Standing:
    """How far a plan has come; of two rows of a task and a config the later counts.

    Args:
        everywhere: Ask about all tasks, also those whose images are not on this machine.
    """
    known = {(_task_of(row), row["of"]): row for row in rows}
    done: dict[Task, Row] = {}
    ready: dict[Task, TrainConfig] = {}
    n_left = 0
    for task in plan.tasks(everywhere=everywhere):
        config = plan.config_of(task, done)
        row = known.get((task, digest(config))) if config is not None else None
        if row is not None:
            done[task] = row
            continue
        n_left += 1
        if config is not None:
            ready[task] = config
    return Standing(done, ready, n_left)


def rows_of(plan: Plan, rows: Iterable[Row]) -> list[Row]:
    """The rows that a plan would train now, and no other that a file holds, in its order; also
    those of images that are not on this machine."""
    own = standing(plan, rows := list(rows), everywhere=True).done
    return [row for row in rows if own.get(_task_of(row)) is row]


def by_task(rows: Iterable[Row]) -> dict[Task, Row]:
    """The rows of one plan by their tasks."""
    return {_task_of(row): row for row in rows}


def _task_of(row: Row) -> Task:
    return Task(row["dataset"], row["arm"], row["seed"], row.get("trial", -1))


@lru_cache(maxsize=4096)
def digest(config: TrainConfig) -> str:
    """What a row is of: the whole config, its device and precision with it."""
    return hashlib.blake2s(config.to_json().encode(), digest_size=6).hexdigest()


def work(
    plan: Plan,
    path: Path,
    *,
    address: str | None = None,
    gpus: float = 0,
    n_processes: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Do the tasks that nobody else does, until all are done.

    Args:
        path: A file of JSON lines; several processes, of several machines, may be at one.
        address, gpus: Of a Ray cluster, as `runs.cluster.results` has them; None for none.
        n_processes: Without a cluster; 0 trains in this process.
        say: Called with one line after every task.

    Raises:
        ValueError: There is no such cluster.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    claims: dict[Task, BaseFileLock] = {}

    def jobs(most: int | None = None) -> dict[Task, tuple[Any, ...]]:
        found: dict[Task, tuple[Any, ...]] = {}
        free = MOST_CLAIMED - len(claims)
        for task, config in standing(plan, read_rows(path)).ready.items():
            if len(found) >= (free if most is None else min(most, free)):
                break
            if task not in claims and (claim := _claim(task, path)):
                claims[task] = claim
                found[task] = (task, config, plan.looked_at(config))
        # others may have done some and let go of them between the look and the claim
        late = found.keys() & standing(plan, read_rows(path)).done if found else set()
        for task in late:
            del found[task]
            _give_back(claims.pop(task))
        return jobs(most) if late and not found else found

    try:
        while True:
            if address is None:
                come = results_here(train_task, jobs, n_processes)
            else:
                come = results(address, train_task, jobs, gpus=gpus)
            for task, row in come:
                append_line(path, row)
                _give_back(claims.pop(task))
                now = standing(plan, read_rows(path))
                say(f"{len(now.done)} of {len(now.done) + now.n_left}: {task}")
            if not standing(plan, read_rows(path)).n_left:
                return
            time.sleep(LOOK_AGAIN)  # others are at what is left
    finally:
        for claim in claims.values():
            _give_back(claim)


def train_task(task: Task, config: TrainConfig, looked_at: tuple[int, ...]) -> Row:
    """Train one task to its end; the row of it."""
    began = time.perf_counter()
    training = Training(config, _source(config))
    scores, failed = [], ""
    for step in range(config.n_steps + 1):
        try:
            if step in looked_at:
                seen = training.snapshot().metrics
                if "knn_features" not in seen:
                    seen |= training.scores()
                scores.append({"step": step} | {k: round(seen[k], 4) for k in KEPT if k in seen})
            if step < config.n_steps:
                training.update()
        except FloatingPointError as error:
            failed = str(error)
            break
    row = task._asdict() | {
        "of": digest(config),
        "steps": config.n_steps,
        "settings": {"lr": config.lr} | dataclasses.asdict(config.loss),
        "scores": scores,
        "seconds": round(time.perf_counter() - began, 1),
        "device": training.device.type,
        "precision": precision_name(training.precision),
        "scored": [len(labels) for _, labels in reversed(training.source.evaluation)],
        "on": machine(),
    }
    if task.trial < 0:
        del row["trial"]
    return row | ({"failed": failed} if failed else {})


_kept: list[tuple[tuple[Any, ...], Source]] = []


def _source(config: TrainConfig) -> Source:
    """The images of a config; those of the task before it where they are the same."""
    from cacr_core.training.source import FIELDS

    key = tuple(getattr(config, name) for name in FIELDS)
    if not _kept or _kept[0][0] != key:
        _kept[:] = [(key, Source(config))]
    return _kept[0][1]


def dataset_title(name: str) -> str:
    """What a person calls a dataset; of a folder or zip its name."""
    return data.DATASETS[name].title if name in data.DATASETS else Path(name).name


def machine() -> str:
    """What the arithmetic of a row depends on, and what its speed does."""
    threads = f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
    return f"torch {torch.__version__}, {threads} of {os.cpu_count()} cores"


def read_rows(path: Path) -> list[Row]:
    """The rows so far; a half-written one is left out."""
    rows = []
    with contextlib.suppress(FileNotFoundError):
        for line in path.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):
                rows.append(json.loads(line))
    return rows


def _claim(task: Task, path: Path) -> BaseFileLock | None:
    """The task as one's own; None where another process is at it, on whatever machine."""
    name = hashlib.blake2s(str(task).encode(), digest_size=8).hexdigest()
    return taken(path.with_name(f".{name}.lock"))


def _give_back(claim: BaseFileLock) -> None:
    if claim.is_locked:
        if isinstance(claim, UnixFileLock):  # once released its file may be another's claim
            Path(claim.lock_file).unlink(missing_ok=True)
        claim.release()
