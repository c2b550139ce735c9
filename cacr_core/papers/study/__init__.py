"""The shipped study: ten losses on three datasets, balanced and not, over five seeds.

Losses of one dataset, regime and seed are trained in lockstep from one start. Each loss's rate and
sharpness are chosen before, on a seed of their own, with the same number of trials for each loss.
Every row of results is appended whole, so an interrupted study goes on where it was.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from cacr_core.papers.study.document import render
from cacr_core.papers.study.plan import LOSSES as LOSSES
from cacr_core.papers.study.plan import (
    METRICS,
    ROOT,
    TRIAL_SEED,
    chosen,
    config_of,
    read_results,
    trials,
)
from cacr_core.papers.study.plan import RESULTS as RESULTS
from cacr_core.papers.study.plan import Study as Study
from cacr_core.runs.cluster import results
from cacr_core.runs.paths import append_line
from cacr_core.runs.process import n_cores
from cacr_core.runs.repeats import train_together

Task = tuple[str, str, int]  # dataset, regime, seed


def is_done(rows: list[dict[str, Any]], study: Study, task: Task) -> bool:
    found = {r["loss"] for r in rows if (r["dataset"], r["regime"], r["seed"]) == task}
    return found >= set(study.losses)


def work(study: Study, path: Path = RESULTS) -> None:
    """Do the tasks nobody else does, until all are done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        rows = study.rows_of(read_results(path))
        left = [task for task in study.tasks() if not is_done(rows, study, task)]
        if not left:
            return
        for task in left:
            if _can_begin(task, left) and (claim := _claim(task, path)):
                with claim:
                    rows = study.rows_of(read_results(path))
                    for row in rows_of(study, task, settings_left(study, task, rows)):
                        append_line(path, row)
                break
        else:
            time.sleep(1)


def work_on_cluster(
    study: Study, path: Path, address: str, *, gpus: float = 0, say: Callable[[str], None] = print
) -> None:
    """All tasks that nobody else does, on a Ray cluster; the rows are those that `work` makes.

    Args:
        address, gpus: As `runs.cluster.results` has them.
        say: Called with one line after every task.

    Raises:
        ValueError: There is no such cluster.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    total = len(list(study.tasks()))
    claims: dict[Task, Claim] = {}

    def jobs() -> dict[Task, tuple[Any, ...]]:
        rows = study.rows_of(read_results(path))
        left = [task for task in study.tasks() if not is_done(rows, study, task)]
        found = {}
        for task in left:
            if task in claims or not _can_begin(task, left):
                continue
            if claim := _claim(task, path):
                claims[task] = claim
                found[task] = (study, task, settings_left(study, task, rows))
        return found

    try:
        for task, rows in results(address, _listed, jobs, gpus=gpus):
            for row in rows:
                append_line(path, row)
            claims[task].give_back()
            done = study.rows_of(read_results(path))
            n = sum(is_done(done, study, one) for one in study.tasks())
            say(f"{n} of {total} tasks: {' '.join(map(str, task))}")
    finally:
        for claim in claims.values():
            claim.give_back()


def _can_begin(task: Task, left: list[Task]) -> bool:
    """Whether the settings that it is trained with are chosen."""
    return task[1] == "trial" or not any(t[0] == task[0] and t[1] == "trial" for t in left)


class Claim:
    """A task that no other process is at, on whatever machine that shares the folder."""

    def __init__(self, lock: FileLock) -> None:
        self.lock = lock

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *error: object) -> None:
        self.give_back()

    def give_back(self) -> None:
        if self.lock.is_locked:
            self.lock.release()
            Path(self.lock.lock_file).unlink(missing_ok=True)


def _claim(task: Task, path: Path) -> Claim | None:
    """The task as one's own, None where another process is at it."""
    lock = FileLock(path.with_name(f".{'-'.join(map(str, task))}.lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return Claim(lock)


def settings_left(
    study: Study, task: Task, rows: list[dict[str, Any]]
) -> dict[str, dict[str, float]]:
    """For each loss whose row of a task is not there yet, what it is trained with."""
    dataset, regime, number = task
    known = {r["loss"] for r in rows if (r["dataset"], r["regime"], r["seed"]) == task}
    return {
        loss: trials(loss)[number] if regime == "trial" else chosen(rows, dataset, loss)
        for loss in study.losses
        if loss not in known
    }


def rows_of(
    study: Study, task: Task, settings: dict[str, dict[str, float]]
) -> Iterator[dict[str, Any]]:
    """Train the losses of a task together; a row of each as it ends."""
    dataset, regime, number = task
    if not settings:
        return
    seed = TRIAL_SEED if regime == "trial" else number
    configs = {
        loss: config_of(study, dataset, regime, loss, seed=seed, **own)
        for loss, own in settings.items()
    }
    at: dict[tuple[str, int], dict[str, float]] = {}
    began = time.perf_counter()
    steps = [0, study.equal_images, study.n_steps]
    for name, step, metrics, failed in train_together(configs, steps):
        found = {key: round(metrics[key], 4) for key in METRICS if key in metrics}
        at[name, step] = found
        if step == study.n_steps or failed:
            row = {
                "dataset": dataset,
                "regime": regime,
                "loss": name,
                "seed": number,
                "steps": study.n_steps,
                "settings": settings[name],
                "untrained": at.get((name, 0), {}),
                "early": at.get((name, study.equal_images), {}),
                "final": found,
                "seconds": round(time.perf_counter() - began, 1),
                "device": study.device,
                "precision": study.precision,
                "on": machine(study),
            }
            yield row | ({"failed": failed} if failed else {})


def _listed(study: Study, task: Task, settings: dict[str, dict[str, float]]) -> list[Any]:
    return list(rows_of(study, task, settings))


def machine(study: Study) -> str:
    """What the arithmetic of a row depends on, and what its speed does."""
    threads = f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
    return f"torch {torch.__version__}, {study.precision}, {threads} of {os.cpu_count()} cores"


def run(study: Study, path: Path = RESULTS) -> None:
    """The whole study, on every core, each with one thread at low priority; then its document."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cacr_core", "study", "--worker", "--out", str(path)]
    settings = json.dumps(dataclasses.asdict(study))
    workers = [
        subprocess.Popen([*command, "--study", settings], env=environment, cwd=ROOT)
        for _ in range(n_cores())
    ]
    try:
        total = len(list(study.tasks()))
        while any(worker.poll() is None for worker in workers):
            rows = study.rows_of(read_results(path))
            done = sum(is_done(rows, study, task) for task in study.tasks())
            print(f"\r{done} of {total} tasks", end="", flush=True)
            time.sleep(2)
        print()
    finally:
        for worker in workers:
            worker.terminate()
    if any(worker.returncode for worker in workers):
        raise ValueError("A process of the study failed; run it again to go on where it was.")
    write_document(study, path)


def write_document(study: Study, path: Path) -> None:
    """docs/study.md, or what stands beside other results, of the rows there are."""
    path.parent.with_suffix(".md").write_text(render(read_results(path), study), "utf-8")
