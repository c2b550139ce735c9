"""A checkpoint's features as a run that stands still: a run folder with one snapshot.

Its embeddings are the probe images under five fixed views, as in training, through an encoder that
someone else trained. So whatever shows a run shows a checkpoint: cloud, query, lens, synthetic
negatives and numbers. Two checkpoints frozen with one dataset and one seed have the same probes in
the same views.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from cacr_core import data, metrics, views
from cacr_core.checkpoints import Card, Opened
from cacr_core.features import embed_layers, fingerprint, network_of
from cacr_core.features.embedding import FEATURES, HEAD
from cacr_core.models import BACKBONES, unit_rows
from cacr_core.pairs import pair_views
from cacr_core.probe import fit_probe
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.about import write_about, write_probes
from cacr_core.snapshot import Snapshot
from cacr_core.training import MOST_CLASSES, TrainConfig, draws
from cacr_core.training.source import N_BANK, N_PROBE_VIEWS

FORMAT = 1  # raise it when equal questions would no longer be answered by equal folders
N_VIEWS, BATCH = 2, 64  # of the batches of probes that the loss's numbers are of
WIDEST = 4096  # that a config may name

Progress = Callable[[int, int], Any]


def freeze_checkpoint(
    opened: Opened,
    card: Card,
    folder: Path | None = None,
    *,
    dataset: str,
    layer: str = HEAD,
    n_probes: int = 512,
    seed: int = 0,
    title: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """A checkpoint as a run folder, as `freeze` makes it.

    Args:
        card: Its network, head, input size and normalisation are used: override them there.
        folder: None for `folder_of` the same question, which is answered at once a second time.
        layer: "head" (before normalisation to unit length) or "features".

    Raises:
        ValueError: The card or the dataset lacks something, or a feature is not finite.
    """
    if card.input_size is None or card.normalisation is None:
        raise ValueError("Features need an input size and a normalisation; set them on the card.")
    asked = {"dataset": dataset, "layer": layer, "n_probes": n_probes, "seed": seed}
    if folder is None:
        folder = folder_of(opened, card, **asked)
        if (folder / "config.json").exists():
            return folder
    encoder, head = network_of(opened, card, with_head=layer == HEAD)
    return freeze(
        encoder,
        folder,
        **asked,
        head=head,
        title=title or f"{opened.path.name[-50:]}, {layer} on {Path(dataset).name[:20]}",
        line=line_of(card),
        input_size=card.input_size,
        mean=card.normalisation.mean,
        std=card.normalisation.std,
        backbone={"small_alexnet": "smallalexnet"}.get(str(card.architecture), card.architecture),
        about={"file": opened.path.name, "encoder": card.encoder},
        progress=progress,
    )


def folder_of(
    opened: Opened, card: Card, *, dataset: str, layer: str, n_probes: int, seed: int
) -> Path:
    """Where among the runs this question is answered: another file, card, dataset, layer or seed
    is another folder."""
    asked = {
        "format": FORMAT,
        "file": fingerprint(opened.path),
        "dataset": dataset,
        "layer": layer,
        "n_probes": n_probes,
        "seed": seed,
        "card": [card.encoder, card.network, card.head, card.input_size, card.normalisation],
    }
    text = json.dumps(asked, sort_keys=True, default=str)
    return shelf.runs_folder() / f"frozen-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def line_of(card: Card) -> str:
    """The card in one line."""
    stem = f" ({card.stem} stem)" if card.stem else ""
    parts = [
        card.family or "family not known",
        f"{card.architecture or 'architecture not known'}{stem}",
        card.encoder and f"encoder {card.encoder}",
        card.feature_dim and f"{card.feature_dim} features",
        card.input_size and f"{card.input_size} pixels",
        None if card.epoch is None else f"epoch {card.epoch}",
    ]
    return ", ".join(part for part in parts if part)


def freeze(
    encoder: nn.Module,
    folder: Path,
    *,
    dataset: str,
    input_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    title: str,
    line: str = "",
    layer: str = HEAD,
    head: nn.Module | None = None,
    n_probes: int = 512,
    seed: int = 0,
    backbone: str | None = None,
    about: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a run folder of what an encoder makes of a dataset's probe images; returns the folder.

    The views are made at the dataset's own size (a folder's at the input size) and then resized.
    kNN and the linear probe are fitted on training images and scored on held-out ones. Loss,
    attraction, repulsion and entropy are means over batches of 64 probes in two views, under the
    default loss. The folder appears whole or not at all.

    Args:
        encoder: Images -> features `(n, dim)`, or a pair of features and embeddings.
        dataset: A name in `data.DATASETS`, or the path of a folder or zip of images.
        input_size: Height and width that the encoder sees, in pixels.
        mean, std: Of pixels in [0, 1].
        line: What the checkpoint is, in one line.
        layer: "head" or "features": which of them, scaled to unit length, are the embeddings.
        head: Features -> embeddings; not needed where the encoder gives both.
        n_probes: 16 to 5,000; fewer where the dataset has fewer.
        seed: Of probes and views.
        backbone: A name of this app's that the config may call it; "small" if none fits.
        about: What else run.json should say of the checkpoint.
        progress: Called with (images done, all); what it raises ends the work, and nothing is left.

    Raises:
        ValueError: The dataset is not there, the layer is neither, a feature is not finite, or the
            folder holds a run.
    """
    if (Path(folder) / "config.json").exists():
        raise ValueError(f"{Path(folder).name} holds a run already. Choose another folder.")
    if layer not in (FEATURES, HEAD):
        raise ValueError(f"layer must be {FEATURES} or {HEAD}, got {layer!r}.")
    shown = _shown(dataset, n_probes, seed, input_size)
    n_items = len(shown.splits.probe)
    config = TrainConfig(
        dataset=dataset,
        backbone=backbone if backbone in BACKBONES else "small",
        n_views=N_VIEWS,
        batch_size=max(2, min(BATCH, n_items)),
        n_steps=1,
        seed=seed,
        n_probes=n_probes,
        device="cpu",
    )
    sets = shown.probe_images.flatten(0, 1), shown.bank.images, shown.splits.held_out.images
    total, before = sum(map(len, sets)), 0
    made: list[tuple[Tensor, Tensor]] = []
    for images in sets:

        def count(done: int, _: int, before: int = before) -> None:
            if progress:
                progress(before + done, total)

        found = embed_layers(
            encoder,
            images,
            input_size=input_size,
            mean=mean,
            std=std,
            layers=(FEATURES,) if layer == FEATURES else (FEATURES, HEAD),
            head=head,
            progress=count,
        )
        made.append((torch.from_numpy(found[FEATURES]), unit_rows(torch.from_numpy(found[layer]))))
        before += len(images)
    (features, z), bank, held_out = made
    z = z.unflatten(0, (N_PROBE_VIEWS, n_items))
    config = dataclasses.replace(config, embedding_dim=min(z.shape[2], WIDEST))
    values = _of_loss(config, z) | {
        "alignment": metrics.alignment(z),
        "uniformity": metrics.uniformity(z[0]),
        "effective_rank": metrics.effective_rank(z[0]),
    }
    values |= _scores(shown, bank, held_out)
    snapshot = Snapshot(0, values, z.numpy(), features[:n_items].numpy())
    checkpoint = {"line": line, "layer": layer, "input_size": input_size}
    checkpoint |= {"mean": list(mean), "std": list(std), **(about or {})}
    _write(Path(folder), _Still(config, shown), snapshot, title, checkpoint)
    return Path(folder)


class _Shown(NamedTuple):
    """What a Source has that is written into a run's folder, without a training set's views."""

    splits: data.Splits
    bank: data.ImageSet
    probe_views: Tensor
    per_class: list[int]
    head: list[int]
    tail: list[int]

    @property
    def probe_images(self) -> Tensor:
        """`(view, probe, 3, size, size)` uint8, as they are shown."""
        return views.to_uint8(self.probe_views)


class _Still(NamedTuple):
    """What `write_about` and `write_probes` ask of a training."""

    config: TrainConfig
    source: _Shown
    device: torch.device = torch.device("cpu")
    precision: torch.dtype = torch.float32


@lru_cache(maxsize=2)
def _loaded(dataset: str, n_probes: int, seed: int, size: int | None) -> data.Splits:
    return data.load(dataset, n_probes=n_probes, seed=seed, size=size)


def _shown(dataset: str, n_probes: int, seed: int, input_size: int) -> _Shown:
    """Probes and views as a run of this dataset and seed has them."""
    if not 16 <= n_probes <= 5000:
        raise ValueError(f"n_probes must be from 16 to 5000, got {n_probes}.")
    size = None if dataset in data.DATASETS else max(8, min(256, input_size))
    splits = _loaded(dataset, n_probes, seed, size)
    recipe = views.recipe_for(dataset)
    recipe = dataclasses.replace(recipe, size=size) if size else recipe
    labelled = torch.nonzero(splits.train.labels >= 0).flatten()
    n_bank = min(N_BANK, len(labelled))
    dealt = data.fair_draw(splits.train.labels[labelled], n_bank, 0, seed)[1]
    seen = [
        views.make_view(splits.probe.images, recipe, draws(seed, f"probe-{v}", 0))
        for v in range(N_PROBE_VIEWS)
    ]
    per_class = data.count_per_class(splits.train)
    bank = splits.train.take(labelled[dealt])
    return _Shown(splits, bank, torch.stack(seen), per_class, [], [])


def _of_loss(config: TrainConfig, z: Tensor) -> dict[str, float]:
    """What a snapshot says of a batch: means over batches of probes, what is left over left out."""
    rows = []
    for batch in z[: config.n_views].split(config.batch_size, dim=1):
        if batch.shape[1] < config.batch_size:
            continue
        record = config.loss(pair_views(batch, config.negatives))
        entropy = metrics.weight_entropy(record.neg_weights)
        n = record.neg_weights.shape[1]
        rows.append(
            {
                "loss": record.total.item(),
                "attraction": record.attraction.item(),
                "repulsion": record.repulsion.item(),
                "entropy": (entropy / math.log(max(2, n))).mean().item(),
                "effective_negatives": entropy.exp().mean().item(),
                "n_negatives": float(n),
                "clamped": record.clamped.float().mean().item(),
            }
        )
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def _scores(
    shown: _Shown, bank: tuple[Tensor, Tensor], held_out: tuple[Tensor, Tensor]
) -> dict[str, float]:
    """10-NN and linear accuracy of held-out images by features and by embeddings, and by class
    where there are few; empty where labels are too few to tell."""
    labels = shown.splits.held_out.labels
    n_classes = len(shown.splits.held_out.class_names)
    known = labels >= 0
    if len(shown.bank) < 10 or not known.any() or n_classes < 2:
        return {}
    values: dict[str, float] = {}
    labels = labels[known]
    for name, x, y in zip(("features", "embeddings"), bank, held_out, strict=True):
        y = y[known]
        correct = metrics.knn_correct(x, shown.bank.labels, y, labels)
        probe = fit_probe(x, shown.bank.labels, n_classes)
        values[f"knn_{name}"] = correct.float().mean().item()
        values[f"linear_{name}"] = (probe(y) == labels).float().mean().item()
        if name == "features" and n_classes <= MOST_CLASSES:
            by_class = metrics.class_accuracies(correct, labels, n_classes).tolist()
            values |= {f"class_accuracy_{c}": s for c, s in enumerate(by_class) if s == s}
    return values


def _write(
    folder: Path, still: _Still, snapshot: Snapshot, title: str, checkpoint: dict[str, Any]
) -> None:
    """The whole folder under another name, then its own; if it came to be meanwhile, that stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        files.write_json(fresh / "run.json", {"title": title, "frozen": checkpoint})
        write_about(fresh, still, "checkpoint")
        write_probes(fresh, still)
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
