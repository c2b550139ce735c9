"""What the study trains, with which settings, and the rows of it that there are."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cacr_core import data
from cacr_core.presets import CATALOGUE, entry
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
        for line in path.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):
                rows.append(json.loads(line))
    return rows


def chosen(rows: list[dict[str, Any]], dataset: str, loss: str) -> dict[str, float]:
    """The settings whose trial scored best on this dataset."""
    own = [r for r in rows if (r["regime"], r["dataset"], r["loss"]) == ("trial", dataset, loss)]
    best = max(own, key=lambda row: row["final"].get("knn_features", 0.0))
    return best["settings"]
