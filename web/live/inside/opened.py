"""Updates that were made again, kept while they are looked at."""

from __future__ import annotations

import dataclasses
import math
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from cacr_core.runs import folder as files
from cacr_core.runs import shelf, states
from cacr_core.runs.sprites import require_same_images, sprite_sheet
from cacr_core.training import TrainConfig, Training
from cacr_core.training.inside import Inside, look_inside, refusal
from web.live.answers.question import config_of, contents_of
from web.live.kept import Kept, began, written

MOST_SAMPLES = 4_096  # views of one batch
MOST_SAMPLES_OF_LARGE = 512  # where the network is not the small one
MOST_TILE = 64
NAMES = ("images", *(f"view-{v}" for v in range(16)))

_lock = threading.Lock()  # one update is made at a time, whoever asks
_trainings = Kept(most=2)
_updates = Kept(most=6)


class Opened(NamedTuple):
    """An update that was made again.

    Attributes:
        is_rounded: The optimizer's memory was kept in bfloat16.
        class_names, n_train: Of the images trained on.
    """

    inside: Inside
    config: TrainConfig
    is_rounded: bool
    class_names: list[str]
    n_train: int

    def class_of(self, item: int) -> str:
        label = int(self.inside.labels[item])
        return self.class_names[label] if 0 <= label < len(self.class_names) else "unlabelled"


def steps_of(folder: Path) -> list[int]:
    """Steps whose update can be opened; what comes after the last update is none."""
    return [step for step in states.openable(folder) if step < config_of(folder).n_steps]


def open_update(folder: Path, step: int) -> Opened:
    """The update from a step, made again.

    Raises:
        ValueError: It cannot be opened; the sentence says why.
    """
    steps = steps_of(folder)
    if files.read_json(folder / "run.json").get("frozen"):
        raise ValueError("These are the features of a checkpoint: no update made them.")
    if step not in steps:
        known = ", ".join(map(str, steps)) or "none"
        raise ValueError(f"Of this run the updates from step {known} can be opened, got {step}.")
    config = _config(folder, step)
    key = (folder, began(folder), config.to_json(), step, written(states.state_path(folder, step)))
    found: Opened = _updates.get(key, lambda: _made(folder, config, step))
    return found


def nearest(folder: Path, step: int) -> int:
    """The step nearest to one whose update can be opened.

    Raises:
        ValueError: There is none yet.
    """
    steps = steps_of(folder)
    if not steps:
        raise ValueError(
            "This run has no snapshot yet; once it has one, its first update can be opened."
        )
    return min(steps, key=lambda one: abs(one - step))


def _made(folder: Path, config: TrainConfig, step: int) -> Opened:
    n_samples = config.n_views * config.batch_size
    most = MOST_SAMPLES if config.backbone == "small" else MOST_SAMPLES_OF_LARGE
    if n_samples > most:
        raise ValueError(
            f"An update of at most {most:,} views can be opened with this network; this run's "
            f"batches have {n_samples:,}. Lower the batch size or the number of views."
        )
    shelf.check_images(folder)
    with _lock:
        key = config.to_json(), contents_of(config)
        training, first = _trainings.get(key, lambda: _built(config))
        require_same_images(folder, training.source.splits.probe)
        tensors = first if step == 0 else states.read_state(folder, step)
        training.load_state(tensors)
        try:
            inside = look_inside(training)
        except FloatingPointError as error:
            raise ValueError(f"The run ends in this update. {error}") from None
        train = training.source.splits.train
    if not inside.after.isfinite().all():
        raise ValueError(
            "After this update the embeddings are no numbers any more, so there is nothing to show "
            f"of its step. Lower lr (now {config.lr:g})."
        )
    rounded = states.is_rounded(tensors)
    return Opened(inside, config, rounded, list(train.class_names), len(train))


def _built(config: TrainConfig) -> tuple[Training, dict[str, Tensor]]:
    """The training before its first update, and that state, for coming back to."""
    training = Training(config)
    if words := refusal(training):
        raise ValueError(words)
    return training, {name: value.clone() for name, value in training.state().items()}


def _config(folder: Path, step: int) -> TrainConfig:
    """The run's own, on the processor: its device may be at work, or not be here."""
    precision = made_in(folder, step).get("precision") or "float32"
    return dataclasses.replace(config_of(folder), device="cpu", precision=str(precision))


def made_in(folder: Path, step: int) -> dict[str, Any]:
    """Device and precision of the update from a step, as far as the run has told them: it may have
    been gone on with elsewhere."""
    run = files.read_json(folder / "run.json")
    begun = [one for one in run.get("stretches", []) if one["step"] <= step]
    return begun[-1] if begun else run


def recorded(folder: Path, opened: Opened) -> dict[str, float] | None:
    """Loss and gradient norm that the run wrote down of an update, and how far these differ."""
    inside = opened.inside
    row = next((r for r in files.read_metrics(folder) if r["step"] == inside.step + 1), {})
    if not {"loss", "gradient_norm"} <= row.keys():
        return None
    loss, norm = float(row["loss"]), float(row["gradient_norm"])
    # the loss may be the small difference of two parts, each rounded
    parts = max(abs(float(row.get(name, loss))) for name in ("loss", "attraction", "repulsion"))
    differs = max(
        abs(inside.loss - loss) / (parts or 1), abs(inside.gradient_norm - norm) / (norm or 1)
    )
    found = {"loss": loss, "gradient_norm": norm, "differs": differs}
    return found if all(math.isfinite(value) for value in found.values()) else None


def layout_of(opened: Opened) -> dict[str, int]:
    """Columns and pixels of the sheets of an update."""
    n, side = len(opened.inside.images), opened.inside.images.shape[-1]
    return {"columns": math.ceil(math.sqrt(n)), "tile": min(MOST_TILE, side)}


def sheet(folder: Path, step: int, name: str) -> bytes:
    """The batch of an update as one webp: "images", or "view-0" and so on.

    Raises:
        ValueError: There is no such update or sheet.
    """
    opened = open_update(folder, step)
    views = opened.inside.views
    if name != "images" and (name not in NAMES or int(name[5:]) >= len(views)):
        raise ValueError(f"An update has the sheets images and view-0 to view-{len(views) - 1}.")
    tiles = opened.inside.images if name == "images" else views[int(name[5:])]
    pixels: np.ndarray[Any, Any] = tiles.permute(0, 2, 3, 1).cpu().numpy()
    layout = layout_of(opened)
    return sprite_sheet(pixels, layout["columns"], layout["tile"])
