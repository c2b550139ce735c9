"""What is asked, checked, and what a run's folder has to answer it with."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cacr_core import data
from cacr_core.losses import Loss
from cacr_core.losses.words import own
from cacr_core.runs import folder as files
from cacr_core.training import TrainConfig, make_loss
from web.live.kept import kept_of_moment, kept_of_run
from web.settings import lenses
from web.settings.lenses import MIXTURE

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


def contents_of(config: TrainConfig) -> tuple[str, ...]:
    """What differs when the images of a folder or zip that a run trains on do."""
    return tuple(data.contents_of(name) for name in (config.dataset, config.mixture) if name)


def understand(message: dict[str, Any], folder: Path) -> Question:
    """Check a question from the browser.

    Raises:
        ValueError: A part of it makes no sense; the sentence says which.
    """
    config = config_of(folder)
    n = int(probes_of(folder)["n"])
    step, probe, view = (whole(message, key) for key in ("step", "probe", "view"))
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
    trained = loss = loss_at(folder, steps[-1])
    trained_with = mixture = {key: getattr(config, key) for key in MIXTURE}
    if (lens := message.get("lens")) is not None:
        settings = trained_with | lenses.checked(lens)
        mixture = {key: settings.pop(key) for key in MIXTURE}
        loss = make_loss(**settings)
    is_lens = loss != trained or mixture != trained_with
    n_synthetic, pool_size, mixing = mixture.values()
    mixed = (int(n_synthetic), int(pool_size), str(mixing))
    return Question(folder, steps[-1], probe, view, group, loss, mixed, is_lens)


@kept_of_moment(24)
def embeddings_of(folder: Path, step: int) -> Tensor:
    return torch.from_numpy(files.read_arrays(folder, step)[0])


def loss_at(folder: Path, step: int) -> Loss:
    """The loss of a run, with what it has learned by a snapshot."""
    loss = config_of(folder).loss
    learns = own(loss, "learns")
    if learns is None or not learns():
        return loss
    row = next((row for row in files.read_metrics(folder) if row["step"] == step), {})
    found = {k.removeprefix("learned_"): v for k, v in row.items() if k.startswith("learned_")}
    return dataclasses.replace(loss, **found)


@kept_of_run(16)
def config_of(folder: Path) -> TrainConfig:
    return TrainConfig.from_json(json.dumps(files.read_config(folder)))


@kept_of_run(16)
def probes_of(folder: Path) -> dict[str, Any]:
    return files.read_probes(folder)


@kept_of_run(16)
def labels_of(folder: Path) -> dict[str, str]:
    """What a person calls the entries of a comparison, by their names."""
    listed = files.read_json(folder / "config.json").get("entries", [])
    return {n: str(e["label"]) for n, e in zip(files.ENTRIES, listed, strict=False)}


def whole(message: dict[str, Any], key: str, default: int | None = None) -> int:
    value = message.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{key} must be a whole number, got {str(value)[:40]!r}.")
    return value
