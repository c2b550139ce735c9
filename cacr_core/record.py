"""Make what ships with the app: the runs of `checkpoints/runs/`, trained and laid out, and the
encoders of `checkpoints/encoders/`."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np

from cacr_core.encoders import ENCODERS, write_encoder
from cacr_core.layouts import lay_out_run
from cacr_core.presets import COMPARISONS, DEFAULT, PRESETS, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs.launch import write_config
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig

# preset -> its folder
SHIPPED = {name: recording_of(name) for name in PRESETS}
SHIPPED |= {name: f"compare-{name}" for name in COMPARISONS}
ANYWHERE = {"device": "cpu", "precision": "float32"}  # so that any machine records the same
N_FRAMES = 24  # what the recording of the default preset keeps, so that it stays small
N_FRAMES_FEW = 12  # of another preset
N_FRAMES_EACH = 10  # of each entry of a comparison
N_PROBES_FEW = 256  # watched by the other presets' recordings


def recorded_config(name: str) -> TrainConfig:
    """What the recording of a preset of the live page is trained with."""
    config = dataclasses.replace(PRESETS[name].config, **ANYWHERE)
    if name == DEFAULT:
        return config
    return dataclasses.replace(config, n_probes=N_PROBES_FEW)


def record(names: list[str]) -> None:
    """Make the shipped runs and encoders anew, each replaced only when it is whole.

    Args:
        names: Of runs (`SHIPPED`) or encoders (`ENCODERS`), "encoders" for all of these; all that
            ships if empty.

    Raises:
        ValueError: Nothing of that name ships, or training failed.
    """
    if unknown := set(names) - {*SHIPPED, *ENCODERS, "encoders"}:
        raise ValueError(
            f"Only {', '.join((*SHIPPED, *ENCODERS))} ships as a recording, got {unknown.pop()!r}."
        )
    for name in ENCODERS:
        if not names or {name, "encoders"} & set(names):
            print(write_encoder(name))
    for name in SHIPPED:
        if names and name not in names:
            continue
        preset = COMPARISONS[name] if name in COMPARISONS else PRESETS[name]
        n_frames = N_FRAMES if name == DEFAULT else N_FRAMES_FEW
        folder = RECORDED / SHIPPED[name]
        fresh = folder.with_name(f".{folder.name}")
        shutil.rmtree(fresh, ignore_errors=True)
        if name in COMPARISONS:
            write_config(COMPARISONS[name].comparison.with_shared(**ANYWHERE), fresh)
        else:
            write_config(recorded_config(name), fresh)
        files.write_json(fresh / "run.json", {"title": f"{preset.title}, recorded"})
        if work(fresh, by="record") != "finished":
            raise ValueError(f"{name}: {files.status_and_reason(fresh)[1]}")
        for run in files.entry_folders(fresh) or [fresh]:
            _slim(run, N_FRAMES_EACH if name in COMPARISONS else n_frames)
        _forget_the_worker(fresh)
        lay_out_run(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
        print(f"{name}: {folder.name}, {size / 2**20:.1f} MB")


def _slim(folder: Path, n_frames: int) -> None:
    """Keep snapshots without features, more of the early ones, and what is needed to play them."""
    steps = np.asarray(files.snapshot_steps(folder))
    wanted = np.linspace(0, np.sqrt(steps[-1]), n_frames) ** 2
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
