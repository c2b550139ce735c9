"""What a run's folder says of the run that does not change: machine, probe images, labels."""

from __future__ import annotations

import datetime
import io
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from cacr_core.data import ImageSet, count_per_class
from cacr_core.runs import folder as files
from cacr_core.training import Training, arithmetic, probe_images

MOST_TILE = 64


def write_about(folder: Path, training: Training, by: str) -> None:
    """run.json: what is true of this run and not decided by its config.

    "stretches" tells where and in which precision it was trained, each from the step it began at:
    more than one where it was resumed on another device or in another precision. What goes back to
    an earlier step loses those that began after it.
    """
    config = training.config
    own = arithmetic(training.device, training.precision)
    about = {
        "title": folder.name,
        "created": datetime.datetime.now().isoformat(timespec="seconds"),
        "by": by,
    } | files.read_json(folder / "run.json")
    stretches = [one for one in about.get("stretches", []) if one["step"] < training.step]
    if not stretches and training.step and "precision" in about:  # recorded before there were any
        stretches = [{"step": 0} | {key: about.get(key, "") for key in own}]
    if not stretches or any(stretches[-1].get(key) != own[key] for key in own):
        stretches = [*stretches, {"step": training.step} | own]
    about |= own | {
        "device_name": device_name(training.device),
        "device_reason": training.source.device_reason,
        "stretches": stretches,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "images_per_step": config.batch_size * config.n_views,
        "n_train": len(training.source.splits.train),
        "n_held_out": len(training.source.splits.held_out),
        "train_per_class": training.source.per_class,
        "held_out_per_class": count_per_class(training.source.splits.held_out),
        "head": training.source.head,
        "tail": training.source.tail,
    }
    files.write_json(folder / "run.json", about)


def device_name(device: torch.device) -> str:
    """What a person calls it: the GPU's name, or how many cores there are."""
    if device.type in ("cuda", "xpu"):
        return str(torch.get_device_module(device).get_device_name(device))
    return f"{os.cpu_count()} cores" if device.type == "cpu" else device.type


def require_same_images(folder: Path, probe: ImageSet) -> None:
    """Refuse to go on with a run, or to show more of it, by other images than it began with; the
    labels of those it watches tell.

    Raises:
        ValueError: They differ.
    """
    told = files.read_json(files.images_folder(folder) / "probes.json")
    if told and told["labels"] != probe.labels.tolist():
        raise ValueError(
            "The images are no longer those that this run began with: their folder has changed, or "
            "this version parts it otherwise. What is recorded stays; for these images start anew."
        )


def write_probes(folder: Path, training: Training) -> None:
    """The probe images and their five views as sprite sheets, with labels and factors."""
    original, seen = probe_images(training)
    n = len(original)
    columns = int(np.ceil(np.sqrt(n)))
    tile = min(MOST_TILE, original.shape[1])
    for name, tiles in [("probes", original), *((f"views-{v}", s) for v, s in enumerate(seen))]:
        files.write_bytes(folder / f"{name}.webp", sprite_sheet(tiles, columns, tile))
    probe = training.source.splits.probe
    factors = {}
    for name, factor in probe.factors.items():
        factors[name] = {"kind": factor.kind, "values": np.asarray(factor.values).tolist()}
        if factor.names is not None:
            factors[name]["names"] = list(factor.names)
    files.write_json(
        folder / "probes.json",
        {
            "n": n,
            "tile": tile,
            "columns": columns,
            "labels": probe.labels.tolist(),
            "class_names": list(probe.class_names),
            "factors": factors,
        },
    )


def sprite_sheet(tiles: np.ndarray, columns: int, tile: int) -> bytes:
    """WebP of uint8 images `(n, height, width, 3)`, row by row, each `tile` pixels square."""
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * tile, rows * tile))
    for i, pixels in enumerate(tiles):
        image = Image.fromarray(pixels)
        if image.size != (tile, tile):
            image = image.resize((tile, tile), Image.Resampling.BICUBIC)
        sheet.paste(image, (i % columns * tile, i // columns * tile))
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=88, method=2)  # half the time of 4, 3 % larger
    return buffer.getvalue()
