"""An encoder and a dataset -> a run folder of one snapshot."""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from torch import Tensor, nn

from cacr_core import metrics
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD, Progress
from cacr_core.checkpoints.frozen.probe_images import Shown, Still, shown
from cacr_core.checkpoints.frozen.scored import (
    Made,
    Scores,
    Untrained,
    made_of,
    metrics_of,
    pixel_scores,
    scores_of,
    set_beside,
    told,
    untrained_scores,
)
from cacr_core.losses import Loss, default_loss, loss_of_guessing
from cacr_core.models import BACKBONES
from cacr_core.pairs import pair_views
from cacr_core.runs import folder as files
from cacr_core.runs.sprites import write_about, write_probes
from cacr_core.scores.evenness import relative_spread
from cacr_core.snapshot import Snapshot
from cacr_core.training import TrainConfig, Training
from cacr_core.training.devices import choose_device
from cacr_core.training.numbers import of_record, own_class_share
from cacr_core.training.source import N_BANK, N_PROBE_VIEWS

N_HELD_OUT = 1_000
N_VIEWS, BATCH = 2, 64  # of the batches of probes that the loss's numbers are of
WIDEST = 4096  # that a config may name
Fed = dict[str, Any]  # input_size, mean, std, device and progress, as `made_of` takes them


def freeze(
    encoder: nn.Module,
    folder: Path,
    *,
    dataset: str,
    input_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    space: str = "rgb",
    title: str,
    line: str = "",
    layer: str = HEAD,
    head: nn.Module | None = None,
    n_probes: int = 512,
    seed: int = 0,
    n_bank: int = N_BANK,
    n_held_out: int = N_HELD_OUT,
    backbone: str | None = None,
    loss: Loss | None = None,
    about: dict[str, Any] | None = None,
    untrained: Untrained | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Path:
    """Write a run folder of what an encoder makes of a dataset's probe images; returns the folder.

    The views are made at the dataset's own size (a folder's at the input size) and then resized.
    kNN and the linear probe are fitted on training images and scored on held-out ones. Loss,
    attraction, repulsion and entropy are means over batches of 64 probes in two views, under
    the loss that is given or the default one. The folder appears whole or not at all.

    Args:
        encoder: Images -> features `(n, dim)`, or a pair of features and embeddings.
        dataset: A name in `data.DATASETS`, or the path of a folder or zip of images.
        input_size, mean, std, space: How images are fed, as `embed_layers` takes them.
        line: What the checkpoint is, in one line.
        layer: "head" or "features": which of them, scaled to unit length, are the embeddings.
        head: Features -> embeddings; not needed where the encoder gives both.
        n_probes: 16 to 5,000; fewer where the dataset has fewer. The seed is of these and views.
        n_bank, n_held_out: Images to fit kNN and the probe on and to score them on, at most; a
            large network on a slow machine wants fewer.
        backbone: A name of this app's that the config may call it; "small" if none fits.
        loss: Under which the features are seen first; the default one if none.
        about: What else run.json should say of the checkpoint.
        untrained: Fed and scored alike; what the encoder gains over it goes to run.json.
        device: Of the networks, as `choose_device` takes it.
        progress: Called with (images done, all); what it raises ends the work, and nothing is left.

    Raises:
        ValueError: The dataset is not there, the layer is neither, a feature is not finite, or the
            folder holds a run.
    """
    _check(Path(folder), layer)
    seen = shown(dataset, n_probes, seed, input_size, n_bank, n_held_out)
    fed: Fed = dict(input_size=input_size, mean=list(mean), std=list(std), space=space)
    checkpoint = {"line": line, "layer": layer, **fed, "n_bank": n_bank, **(about or {})}
    config = _config_of(dataset, backbone, loss, len(seen.splits.probe), n_probes, seed)
    fed["device"] = where = choose_device(device)
    checkpoint["device"] = str(where)
    fed["progress"] = _counted(_n_fed(seen, untrained), progress)
    made = [made_of(encoder, head, images, layer, **fed) for images in _fed_images(seen)]
    config = dataclasses.replace(config, embedding_dim=min(made[0][1].shape[1], WIDEST))
    scores = scores_of(seen.bank, seen.splits.held_out, *made[1:])
    snapshot = _snapshot(config, seen, made[0], scores)
    checkpoint |= _scored(seen, scores, layer, untrained, fed)
    return _write(Path(folder), Still(config, seen), snapshot, title, checkpoint)


def n_passes(n_probes: int, n_scored: int, is_beside: bool) -> int:
    """Images that are fed for so many probes, at most.

    Args:
        n_scored: Of the bank and of the held-out images together.
        is_beside: Whether an untrained network is scored on them too.
    """
    return N_PROBE_VIEWS * n_probes + n_scored * (2 if is_beside else 1)


def _check(folder: Path, layer: str) -> None:
    if (folder / "config.json").exists():
        raise ValueError(f"{folder.name} holds a run already. Choose another folder.")
    if layer not in (FEATURES, HEAD):
        raise ValueError(f"layer must be {FEATURES} or {HEAD}, got {layer!r}.")


def _fed_images(seen: Shown) -> tuple[Tensor, Tensor, Tensor]:
    """Probes view by view, the bank, the held-out images."""
    return seen.probe_images.flatten(0, 1), seen.bank.images, seen.splits.held_out.images


def _n_fed(seen: Shown, untrained: Untrained | None) -> int:
    """Images that are fed in all; the untrained network sees no probes."""
    beside = len(seen.bank) + len(seen.splits.held_out) if untrained else 0
    return sum(map(len, _fed_images(seen))) + beside


def _config_of(
    dataset: str,
    backbone: str | None,
    loss: Loss | None,
    n_items: int,
    n_probes: int,
    seed: int,
) -> TrainConfig:
    """What the run would have trained with, as far as a frozen one has it."""
    return TrainConfig(
        dataset=dataset,
        loss=loss or default_loss(),
        backbone=backbone if backbone in BACKBONES else "small",
        n_views=N_VIEWS,
        batch_size=max(2, min(BATCH, n_items)),
        n_steps=1,
        seed=seed,
        n_probes=n_probes,
        device="cpu",
    )


def _snapshot(config: TrainConfig, seen: Shown, probes: Made, scores: Scores) -> Snapshot:
    features, n_items = probes[0], len(seen.splits.probe)
    z = probes[1].unflatten(0, (N_PROBE_VIEWS, n_items))
    values = _of_loss(config, z, seen.splits.probe.labels) | {
        "alignment": metrics.alignment(z),
        "uniformity": metrics.uniformity(z[0]),
        "effective_rank": metrics.effective_rank(z[0]),
        "spread": relative_spread(z[0].numpy()),
    }
    return Snapshot(0, values | metrics_of(scores), z.numpy(), features[:n_items].numpy())


def _scored(
    seen: Shown, scores: Scores, layer: str, untrained: Untrained | None, fed: Fed
) -> dict[str, Any]:
    """What run.json says of the scores, and of the untrained network's where there is one."""
    labels = seen.splits.held_out.labels
    said = told(scores)
    if untrained:
        base = untrained_scores(untrained, seen.bank, seen.splits.held_out, layer, **fed)
        set_beside(said, labels, base, untrained.name)
    return {
        "n_fitted": len(seen.bank),
        "labels": labels.tolist(),
        "scores": said,
        "pixels": pixel_scores(seen.bank, seen.splits.held_out) if said else {},
    }


def _counted(total: int, progress: Progress | None) -> Progress:
    """Progress over one set of images after another, told as that over all of them."""
    before = 0

    def count(done: int, of: int) -> None:
        nonlocal before
        if progress:
            progress(before + done, total)
        before += of if done == of else 0

    return count


def _of_loss(config: TrainConfig, z: Tensor, labels: Tensor) -> dict[str, float]:
    """What a snapshot says of a batch: means over batches of probes, what is left over left out."""
    rows = []
    parts = z[: config.n_views].split(config.batch_size, dim=1)
    for batch, of_batch in zip(parts, labels.split(config.batch_size), strict=True):
        if batch.shape[1] < config.batch_size:
            continue
        record = config.loss(pair_views(batch, config.negatives))
        n_pos, n_neg = record.pos_weights.shape[1], record.neg_weights.shape[1]
        row = of_record(record, loss_of_guessing(config.loss, n_pos, n_neg))
        rows.append(row | own_class_share(record.neg_weights, of_batch))
    keys = rows[0].keys() & rows[-1].keys()
    return {key: float(np.mean([row[key] for row in rows if key in row])) for key in keys}


def _write(
    folder: Path, still: Still, snapshot: Snapshot, title: str, checkpoint: dict[str, Any]
) -> Path:
    """The whole folder under another name, then its own; if it came to be meanwhile, that stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        files.write_json(fresh / "run.json", {"title": title, "frozen": checkpoint})
        asked = cast(Training, still)  # `Still` has all that these two ask of one
        write_about(fresh, asked, "checkpoint")
        write_probes(fresh, asked)
        files.write_snapshot(fresh, snapshot)
        files.end(fresh, "finished", f"A frozen checkpoint: {checkpoint['line'] or title}.")
        files.write_bytes(fresh / "config.json", still.config.to_json().encode())
        try:
            fresh.rename(folder)
        except OSError:
            if not (folder / "config.json").exists():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
