"""A run as a folder: what its files are called, how they are written whole and read back.

    config.json  run.json            what was asked for; title, device, precision, threads
    probes.json  probes.webp         labels and factors of the probe images, and their sprite sheet
    views-0.webp ... views-4.webp    the five fixed views, laid out alike
    metrics.jsonl                    a row a snapshot
    snapshots/00000420.npz           embeddings and features, float16
    layouts/embeddings-00000420.npz  where `layouts.py` puts the probes of that snapshot
    control.json                     what viewers ask of the worker
    heartbeat.json  end.json         that the worker lives, and why it ended
    encoder.safetensors  state.safetensors
    states/00000099.safetensors      a few moments: their encoders, and how to make an update again

A comparison is a folder with config.json, run.json, control.json, heartbeat.json and end.json of
its own, proof.json (digests of what its entries used), seeds.jsonl (its repeats), and in a/ to d/ a
run for each entry. What a worker obeys and says stands in the comparison; an entry has an end.json
of its own only when it ended alone. The images stand in a/ for all.

A reader never sees half a file: each is written under a temporary name and renamed.

Here a run's snapshots are written and read; the files' names and writing are in `paths.py`, reading
in `reading.py` and `arrays.py`, what they may say in `schema.py`, and how a run stands in
`standing.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cacr_core.runs.arrays import packed
from cacr_core.runs.arrays import read_arrays as read_arrays
from cacr_core.runs.arrays import read_queue as read_queue
from cacr_core.runs.paths import ENTRIES as ENTRIES
from cacr_core.runs.paths import RUN_ID as RUN_ID
from cacr_core.runs.paths import append_line, remove
from cacr_core.runs.paths import entry_folders as entry_folders
from cacr_core.runs.paths import home as home
from cacr_core.runs.paths import images_folder as images_folder
from cacr_core.runs.paths import snapshot_path as snapshot_path
from cacr_core.runs.paths import snapshot_steps as snapshot_steps
from cacr_core.runs.paths import write_bytes as write_bytes
from cacr_core.runs.paths import write_json as write_json
from cacr_core.runs.reading import read_config as read_config
from cacr_core.runs.reading import read_json as read_json
from cacr_core.runs.reading import read_metrics as read_metrics
from cacr_core.runs.reading import read_probes as read_probes
from cacr_core.runs.standing import ACTIVE as ACTIVE
from cacr_core.runs.standing import STATES as STATES
from cacr_core.runs.standing import beat as beat
from cacr_core.runs.standing import control as control
from cacr_core.runs.standing import end as end
from cacr_core.runs.standing import heart as heart
from cacr_core.runs.standing import is_alive as is_alive
from cacr_core.runs.standing import request as request
from cacr_core.runs.standing import request_step as request_step
from cacr_core.runs.standing import request_stop as request_stop
from cacr_core.runs.standing import status as status
from cacr_core.runs.standing import status_and_reason as status_and_reason
from cacr_core.snapshot import Snapshot

MOST_SNAPSHOTS = 200


def write_snapshot(folder: Path, snapshot: Snapshot, **timing: float) -> None:
    """Append a snapshot: its arrays first, then the row of metrics that makes it known.

    Args:
        timing: What is true of this run but not of its config, such as seconds.
    """
    write_arrays(folder, snapshot)
    append_line(
        Path(folder) / "metrics.jsonl", {"step": snapshot.step, **snapshot.metrics, **timing}
    )
    _thin(folder)


def write_arrays(folder: Path, snapshot: Snapshot) -> None:
    """The arrays of a snapshot, float16. Where a resumed run comes to a moment again, the layouts
    of the snapshot before are gone."""
    for layout in _layouts_of(folder, snapshot.step):
        remove(layout)
    write_bytes(snapshot_path(folder, snapshot.step), packed(snapshot))


def _layouts_of(folder: Path, step: int) -> list[Path]:
    return list((Path(folder) / "layouts").glob(f"*-{step:08d}.npz"))


def _thin(folder: Path) -> None:
    """Drop the snapshots whose loss leaves the smallest gap, oldest first. One that a reader has
    open on Windows is left for the next time, and goes after its layouts: they are found by it."""
    steps = snapshot_steps(folder)
    while len(steps) > MOST_SNAPSHOTS:
        gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
        step = steps.pop(gaps.index(min(gaps)) + 1)
        with contextlib.suppress(PermissionError):
            for path in (*_layouts_of(folder, step), snapshot_path(folder, step)):
                path.unlink(missing_ok=True)


def read_snapshot(folder: Path, step: int) -> Snapshot:
    """One snapshot, embeddings float32 and of unit length again.

    Raises:
        FileNotFoundError: There is none of this step, or it has been thinned out.
        ValueError: The file is not a snapshot.
    """
    row = next((r for r in read_metrics(folder) if r["step"] == step), {})
    values = {k: float(v) for k, v in row.items() if k != "step"}
    queue = read_queue(folder, step) or (None, None, None)
    return Snapshot(step, values, *read_arrays(folder, step), *queue)


def readable_step(folder: Path, until: int | None = None) -> int | None:
    """The newest step, at or before one if it is named, whose snapshot can be read."""
    for step in reversed(snapshot_steps(Path(folder))):
        if until is None or step <= until:
            with contextlib.suppress(OSError, ValueError):
                read_arrays(Path(folder), step)
                return step
    return None


def read_snapshots(folder: Path | str) -> Iterator[Snapshot]:
    """The snapshots of a run in order of their steps; one that is damaged is left out."""
    for step in snapshot_steps(Path(folder)):
        with contextlib.suppress(ValueError):
            yield read_snapshot(Path(folder), step)
