"""The shipped study: ten losses on three datasets, balanced and not, over five seeds.

Losses of one dataset, regime and seed are trained in lockstep from one start. Each loss's rate and
sharpness are chosen before, on a seed of their own, with the same number of trials for each loss.
Every row of results is appended whole, so an interrupted study goes on where it was.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cacr_core import data
from cacr_core.presets import CATALOGUE, entry
from cacr_core.runs.repeats import append_row, train_together
from cacr_core.training import TrainConfig

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "docs" / "study" / "results.jsonl"
REGIMES = ("balanced", "linear", "exponential")
LOSSES = (
    "infonce",
    "cacr-1",
    "cacr-4",
    "uniform-attraction",
    "uniform-repulsion",
    "uniform",
    "sscl",
    "mixing",
    "hard",
    "debiasing",
)
METRICS = ("knn_features", "knn_embeddings", "head_accuracy", "tail_accuracy")
RATES = (0.01, 0.003)
TRIAL_SEED = 1_000


@dataclass(frozen=True)
class Study:
    """What is trained. The defaults are the study of docs/study.md.

    Args:
        n_steps: Updates; a loss with four positives has seen as many views at two fifths of them
            as the others at the end, so all are scored there, too.
        device, precision: Of all rows: those of another are not pooled with them.
    """

    datasets: tuple[str, ...] = ("shapes", "digits", "fashion-mnist")
    regimes: tuple[str, ...] = REGIMES
    losses: tuple[str, ...] = LOSSES
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    n_steps: int = 120
    batch_size: int = 64
    device: str = "cpu"
    precision: str = "float32"

    def rows_of(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of its device and precision; the first trials recorded neither."""
        own = {"device": self.device, "precision": self.precision}
        return [r for r in rows if all(r.get(key, value) == value for key, value in own.items())]

    @property
    def equal_images(self) -> int:
        """The step at which five views a step make as many as two make in all steps."""
        return max(1, 2 * self.n_steps // 5)

    def tasks(self) -> Iterator[tuple[str, str, int]]:
        """(dataset, regime, seed) in the order they are done; regime "trial" chooses settings."""
        here = [name for name in self.datasets if data.is_here(name)]
        n_trials = len(trials(self.losses[0]))
        for dataset in here:
            yield from ((dataset, "trial", number) for number in range(n_trials))
        for seed in self.seeds:
            yield from ((dataset, regime, seed) for dataset in here for regime in self.regimes)


def trials(loss: str) -> list[dict[str, float]]:
    """The settings tried for a loss: two rates with two sharpnesses, or four rates."""
    around = CATALOGUE[loss][1]["loss"]
    if loss == "uniform":
        return [{"lr": lr} for lr in (*RATES, 0.03, 0.001)]
    sharpness = {"t_neg": (2.0, 1.0)} if hasattr(around, "t_neg") else {"temperature": (0.5, 0.2)}
    if loss == "uniform-repulsion":
        sharpness = {"t_pos": (1.0, 3.0)}
    ((name, values),) = sharpness.items()
    return [{"lr": lr, name: value} for lr in RATES for value in values]


def config_of(study: Study, dataset: str, regime: str, loss: str, **changes: Any) -> TrainConfig:
    """A loss of the catalogue on a dataset and regime, small enough for the study."""
    balanced = regime in ("balanced", "trial")
    return entry(
        loss,
        dataset=dataset,
        embedding_dim=64,
        n_probes=16,
        n_steps=study.n_steps,
        batch_size=study.batch_size,
        imbalance="none" if balanced else regime,
        device=study.device,
        precision=study.precision,
        **changes,
    ).config


def read_results(path: Path = RESULTS) -> list[dict[str, Any]]:
    """Rows of the study so far; a half-written one is left out."""
    rows = []
    with contextlib.suppress(FileNotFoundError):
        for line in path.read_text().splitlines():
            with contextlib.suppress(ValueError):
                rows.append(json.loads(line))
    return rows


def chosen(rows: list[dict[str, Any]], dataset: str, loss: str) -> dict[str, float]:
    """The settings whose trial scored best on this dataset."""
    own = [r for r in rows if (r["regime"], r["dataset"], r["loss"]) == ("trial", dataset, loss)]
    best = max(own, key=lambda row: row["final"].get("knn_features", 0.0))
    return best["settings"]


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
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        rows = study.rows_of(read_results(path))
        if not is_done(rows, study, task):
            _do(study, task, rows, path)
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
            append_row(path, row | ({"failed": failed} if failed else {}))


def machine(study: Study) -> str:
    """What the arithmetic of a row depends on, and what its speed does."""
    threads = f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
    return f"torch {torch.__version__}, {study.precision}, {threads} of {os.cpu_count()} cores"


def run(study: Study, path: Path = RESULTS) -> None:
    """The whole study, on every core, each with one thread at low priority; then its document."""
    from cacr_core.papers.study.document import render
    from cacr_core.runs.launch import n_cores

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
