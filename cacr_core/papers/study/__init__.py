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
from cacr_core.runs.paths import append_line
from cacr_core.runs.process import n_cores
from cacr_core.runs.repeats import train_together


def is_done(rows: list[dict[str, Any]], study: Study, task: tuple[str, str, int]) -> bool:
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
            ready = task[1] == "trial" or not any(t[0] == task[0] and t[1] == "trial" for t in left)
            if ready and _claimed(study, task, path):
                break
        else:
            time.sleep(1)


def _claimed(study: Study, task: tuple[str, str, int], path: Path) -> bool:
    """Do a task unless another process is at it; whether it was done."""
    lock = path.with_name(f".{'-'.join(map(str, task))}.lock")
    try:
        with FileLock(lock, blocking=False):
            rows = study.rows_of(read_results(path))
            if not is_done(rows, study, task):
                _do(study, task, rows, path)
    except Timeout:
        return False
    lock.unlink(missing_ok=True)
    return True


def _do(study: Study, task: tuple[str, str, int], rows: list[dict[str, Any]], path: Path) -> None:
    dataset, regime, number = task
    is_trial = regime == "trial"
    known = {r["loss"] for r in rows if (r["dataset"], r["regime"], r["seed"]) == task}
    settings = {
        loss: trials(loss)[number] if is_trial else chosen(rows, dataset, loss)
        for loss in study.losses
        if loss not in known
    }
    seed = TRIAL_SEED if is_trial else number
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
            append_line(path, row | ({"failed": failed} if failed else {}))


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
    path.parent.with_suffix(".md").write_text(render(read_results(path), study))
