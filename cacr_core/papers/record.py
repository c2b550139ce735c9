"""Make what ships with the app: the runs of `checkpoints/runs/`, trained and laid out, and the
encoders of `checkpoints/encoders/`."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.layouts.process import lay_out_run
from cacr_core.papers.encoders import ENCODERS, write_encoder
from cacr_core.presets import (
    COMPARISONS,
    DEFAULT,
    PRESETS,
    ComparePreset,
    Preset,
    recorded_comparison,
    recording_of,
)
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison
from cacr_core.runs.launch import write_config
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.states import round_states
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig

# folder -> the preset it is the recording of
SHIPPED: dict[str, Preset | ComparePreset] = {recording_of(n): p for n, p in PRESETS.items()}
SHIPPED |= {recorded_comparison(name): preset for name, preset in COMPARISONS.items()}
EXAMPLE = recording_of(DEFAULT)
ANYWHERE: dict[str, Any] = {
    "device": "cpu",
    "precision": "float32",
}  # so that any machine records the same
N_FRAMES = 24  # what the recording of the default preset keeps, so that it stays small
N_FRAMES_FEW = 12  # of another preset
STATES = (499,)  # of the default preset's recording: from these an update can be opened
N_FRAMES_EACH = 10  # of each entry of a comparison
N_PROBES_FEW = 256  # watched by the other presets' recordings


def recorded_config(name: str) -> TrainConfig | Comparison:
    """What a recording is trained with, by its folder's name."""
    preset = SHIPPED[name]
    if isinstance(preset, ComparePreset):
        return preset.comparison.with_shared(**ANYWHERE)
    fewer: dict[str, Any] = {} if name == EXAMPLE else {"n_probes": N_PROBES_FEW}
    return dataclasses.replace(preset.config, **ANYWHERE, **fewer)


def record(names: list[str]) -> None:
    """Make the shipped runs and encoders anew, each replaced only when it is whole.

    Args:
        names: Folders of runs (`SHIPPED`) or encoders (`ENCODERS`), "encoders" for all of these;
            all that ships if empty.

    Raises:
        ValueError: Nothing of that name ships, or training failed.
    """
    if unknown := set(names) - {*SHIPPED, *ENCODERS, "encoders"}:
        raise ValueError(
            f"Only {', '.join((*SHIPPED, *ENCODERS))} ships as a recording, got {unknown.pop()!r}."
        )
    for name in ENCODERS:
        if not names or {name, "encoders"} & set(names):
            print(write_encoder(name), flush=True)
    for name, preset in SHIPPED.items():
        if names and name not in names:
            continue
        folder = RECORDED / name
        fresh = folder.with_name(f".{name}")
        shutil.rmtree(fresh, ignore_errors=True)
        write_config(recorded_config(name), fresh)
        files.write_json(fresh / "run.json", {"title": f"{preset.title}, recorded"})
        if work(fresh, by="record") != "finished":
            raise ValueError(f"{name}: {files.status_and_reason(fresh)[1]}")
        entries = files.entry_folders(fresh)
        n_frames = N_FRAMES_EACH if entries else N_FRAMES if name == EXAMPLE else N_FRAMES_FEW
        for run in entries or [fresh]:
            _slim(run, n_frames, preset.view.get("step"))
            round_states(run, STATES if name == EXAMPLE else ())
        _forget_the_worker(fresh)
        lay_out_run(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
        print(f"{name}: {size / 2**20:.1f} MB", flush=True)


def _slim(folder: Path, n_frames: int, looked_at: int | None) -> None:
    """Keep snapshots without features, more of the early ones, and what is needed to play them.

    Args:
        looked_at: The step that the preset opens on, which is kept, too.
    """
    steps = np.asarray(files.snapshot_steps(folder))
    wanted = np.linspace(0, np.sqrt(steps[-1]), n_frames) ** 2
    wanted = np.append(wanted, steps[-1] if looked_at is None else looked_at)
    kept = {int(steps[np.abs(steps - step).argmin()]) for step in wanted}
    for snapshot in list(files.read_snapshots(folder)):
        if snapshot.step in kept:
            files.write_arrays(folder, dataclasses.replace(snapshot, features=None))
        else:
            files.snapshot_path(folder, snapshot.step).unlink()
    for left in ("state", "encoder"):
        (folder / f"{left}.safetensors").unlink(missing_ok=True)


def _forget_the_worker(folder: Path) -> None:
    for left in ("heartbeat", "control"):
        (folder / f"{left}.json").unlink(missing_ok=True)
