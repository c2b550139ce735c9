"""Two frozen checkpoints as a comparison: linked, aligned clouds, and one query under both."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from cacr_core.runs import folder as files
from cacr_core.runs import shelf


def pair(runs: Sequence[Path], labels: Sequence[str], folder: Path | None = None) -> Path:
    """A comparison folder of two frozen runs of the same probes; one that is there is returned.

    Args:
        runs: Two folders that `freeze_checkpoint` made.
        labels: What a person calls them; different ones.
        folder: None for a place among the runs that depends on the two.

    Raises:
        ValueError: They do not show the same images in the same views.
    """
    if len(runs) != 2 or len(set(labels)) != 2:
        raise ValueError(f"Two runs with a name each are paired, got {len(runs)} and {labels}.")
    about = [files.read_json(run / "probes.json") for run in runs]
    if any(about[0].get(key) != about[1].get(key) for key in ("n", "labels", "class_names")):
        raise ValueError(
            "Checkpoints are paired on the same images: freeze both with one dataset, number of "
            "images and seed."
        )
    if folder is None:
        text = "\n".join([*(run.name for run in runs), *labels])
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        folder = shelf.runs_folder() / f"frozen-pair-{digest}"
    if (folder / "config.json").exists():
        return folder
    configs = [files.read_json(run / "config.json") for run in runs]
    title = " | ".join(labels)[:80]
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        for name, run in zip(files.ENTRIES, runs, strict=False):
            ignore = shutil.ignore_patterns("end.json", "layouts", ".*")
            shutil.copytree(run, fresh / name, ignore=ignore)
        first = files.read_json(runs[0] / "run.json")
        files.write_json(fresh / "run.json", first | {"title": title})
        files.end(fresh, "finished", "Two frozen checkpoints on the same images.")
        entries = [
            {"label": label, "config": config}
            for label, config in zip(labels, configs, strict=True)
        ]
        shared = {key: configs[0][key] for key in ("dataset", "n_steps")}
        about_both = {"kind": "comparison", "baseline": 0, **shared, "entries": entries}
        files.write_json(fresh / "config.json", about_both)
        try:
            fresh.rename(folder)
        except OSError:
            if not (folder / "config.json").exists():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
