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

A comparison is a folder with config.json, run.json, control.json, heartbeat.json and end.json of
its own, proof.json (digests of what its entries used), seeds.jsonl (its repeats), and in a/ to d/ a
run for each entry. What a worker obeys and says stands in the comparison; an entry has an end.json
of its own only when it ended alone. The images stand in a/ for all.

A reader never sees half a file: each is written under a temporary name and renamed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.snapshot import Snapshot

MOST_SNAPSHOTS = 200
LOST_AFTER = 15.0  # seconds without a heartbeat, where the process cannot be asked
BORN_WITHIN = 60.0  # seconds a new folder may be without a first heartbeat
STATES = ("waiting", "running", "paused", "stopped", "finished", "failed", "lost")
ENTRIES = ("a", "b", "c", "d")
ACTIVE = ("waiting", "running", "paused")
RUN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_asking = threading.RLock()  # what two viewers of one server ask for at once is all kept


def home(folder: Path) -> Path:
    """Where a run's worker beats and is asked: the comparison of an entry, else the run itself."""
    folder = Path(folder)
    is_entry = folder.name in ENTRIES and (folder.parent / "config.json").exists()
    return folder.parent if is_entry else folder


def images_folder(folder: Path) -> Path:
    """Where probes.json and the sprite sheets of a run are: a comparison keeps them in a/."""
    folder = Path(folder)
    return folder if home(folder) == folder else home(folder) / ENTRIES[0]


def entry_folders(folder: Path) -> list[Path]:
    """The folders of a comparison's entries; none for a single run."""
    found = (Path(folder) / name for name in ENTRIES)
    return [f for f in found if (f / "config.json").exists()]


def heart(folder: Path) -> dict[str, Any]:
    """The last heartbeat of a run's worker, empty where there was none."""
    return read_json(home(folder) / "heartbeat.json")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    write_bytes(path, json.dumps(value).encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file, or an empty one where there is none."""
    try:
        value = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def snapshot_path(folder: Path, step: int) -> Path:
    return Path(folder) / "snapshots" / f"{step:08d}.npz"


def write_snapshot(folder: Path, snapshot: Snapshot, **timing: float) -> None:
    """Append a snapshot: its arrays first, then the row of metrics that makes it known.

    Args:
        timing: What is true of this run but not of its config, such as seconds.
    """
    write_arrays(folder, snapshot)
    row = {"step": snapshot.step, **snapshot.metrics, **timing}
    with (Path(folder) / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")
    _thin(folder)


def write_arrays(folder: Path, snapshot: Snapshot) -> None:
    """The arrays of a snapshot, float16."""
    arrays: dict[str, Any] = {"embeddings": snapshot.embeddings.astype(np.float16)}
    if snapshot.features is not None:
        most = np.finfo(np.float16).max  # features of a run going wrong may be larger
        arrays["features"] = snapshot.features.clip(-most, most).astype(np.float16)
    if snapshot.queue is not None:
        assert snapshot.queue_ages is not None and snapshot.queue_items is not None
        arrays["queue"] = snapshot.queue.astype(np.float16)
        arrays["queue_ages"] = snapshot.queue_ages.astype(np.int32)
        arrays["queue_items"] = snapshot.queue_items.astype(np.int32)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_bytes(snapshot_path(folder, snapshot.step), buffer.getvalue())


def _thin(folder: Path) -> None:
    """Drop the snapshots whose loss leaves the smallest gap, oldest first."""
    steps = snapshot_steps(folder)
    while len(steps) > MOST_SNAPSHOTS:
        gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
        step = steps.pop(gaps.index(min(gaps)) + 1)
        snapshot_path(folder, step).unlink(missing_ok=True)
        for layout in (Path(folder) / "layouts").glob(f"*-{step:08d}.npz"):
            layout.unlink(missing_ok=True)


def snapshot_steps(folder: Path) -> list[int]:
    """Steps of the snapshots in a run's folder, in order."""
    try:
        names = os.listdir(Path(folder) / "snapshots")
    except FileNotFoundError:
        return []
    return sorted(int(name[:8]) for name in names if re.fullmatch(r"\d{8}\.npz", name))


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


def read_arrays(folder: Path, step: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Embeddings `(view, probe, dim)` and features `(probe, feature_dim)` of one snapshot."""
    path = snapshot_path(folder, step)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            z = arrays["embeddings"].astype(np.float32)
            features = arrays["features"].astype(np.float32) if "features" in arrays else None
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path.name} is not a snapshot of a run: {error}.") from None
    if z.ndim != 3:
        raise ValueError(
            f"{path.name} must hold embeddings (view, probe, dim), got shape {z.shape}."
        )
    return z / np.maximum(np.linalg.norm(z, axis=-1, keepdims=True), 1e-12), features


def read_queue(folder: Path, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The queue of one snapshot, newest first: entries `(n, dim)` float32 and of unit length,
    ages `(n,)` in updates, training images `(n,)`; None where the run has no queue."""
    path = snapshot_path(folder, step)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if "queue" not in arrays:
                return None
            z = arrays["queue"].astype(np.float32)
            ages, items = arrays["queue_ages"], arrays["queue_items"]
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path.name} is not a snapshot of a run: {error}.") from None
    if z.ndim != 2 or ages.shape != z.shape[:1] or items.shape != z.shape[:1]:
        raise ValueError(
            f"{path.name} must hold a queue (n, dim) with an age and an image for each entry, got "
            f"shapes {z.shape}, {ages.shape} and {items.shape}."
        )
    return z / np.maximum(np.linalg.norm(z, axis=-1, keepdims=True), 1e-12), ages, items


def read_snapshots(folder: Path | str) -> Iterator[Snapshot]:
    """The snapshots of a run in order of their steps."""
    for step in snapshot_steps(Path(folder)):
        yield read_snapshot(Path(folder), step)


def read_metrics(folder: Path | str) -> list[dict[str, float]]:
    """Rows of metrics in order of their steps, each with its "step"; a half-written one is left."""
    rows: dict[int, dict[str, float]] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in (Path(folder) / "metrics.jsonl").read_text().splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                row = json.loads(line)
                rows[int(row["step"])] = row
    return [rows[step] for step in sorted(rows)]


def control(folder: Path) -> dict[str, Any]:
    """What viewers ask of the worker: wanted ("run", "pause", "stop"), speed, single steps."""
    asked = read_json(home(folder) / "control.json")
    return {"wanted": "run", "speed": None, "steps": 0} | asked


def request(folder: Path | str, **changes: Any) -> None:
    """Ask the worker for something; it looks before every update.

    Args:
        changes: wanted: "run", "pause" or "stop". speed: updates a second, None for full speed.
            steps: single updates asked for so far while paused.
    """
    with _asking:
        write_json(home(Path(folder)) / "control.json", control(Path(folder)) | changes)


def request_stop(folder: Path | str) -> None:
    """Ask a run to stop; it does within one update, and keeps its weights."""
    request(folder, wanted="stop")


def request_step(folder: Path | str) -> None:
    """Ask a paused run for one update and a snapshot of it."""
    with _asking:
        request(folder, wanted="pause", steps=control(Path(folder))["steps"] + 1)


def beat(folder: Path, state: str, **more: Any) -> None:
    """Say that this process works on the run."""
    write_json(
        folder / "heartbeat.json",
        {"pid": os.getpid(), "host": socket.gethostname(), "time": time.time(), "state": state}
        | more,
    )


def end(folder: Path, state: str, reason: str) -> None:
    write_json(folder / "end.json", {"state": state, "reason": reason, "time": time.time()})


def status(folder: Path | str) -> str:
    """waiting, running, paused, stopped, finished, failed or lost."""
    return status_and_reason(Path(folder))[0]


def status_and_reason(folder: Path) -> tuple[str, str]:
    """The state of a run and one sentence on it (empty while nothing needs saying)."""
    for ended in (read_json(folder / "end.json"), read_json(home(folder) / "end.json")):
        if ended.get("state") in STATES:
            return ended["state"], str(ended.get("reason", ""))
    folder = home(folder)
    beat = heart(folder)
    age = time.time() - float(beat.get("time", 0))
    if not beat:
        with contextlib.suppress(OSError):
            age = time.time() - (folder / "config.json").stat().st_mtime
            if age < BORN_WITHIN:
                return "waiting", "The worker is starting."
        return "lost", "No worker ever took up this run."
    here = beat.get("host") == socket.gethostname()
    if (here and not is_alive(int(beat["pid"]))) or age > LOST_AFTER:
        return "lost", (
            f"The worker died at step {beat.get('step', 0)}, {age:.0f} s ago. What it wrote is "
            "kept; Resume goes on from its last saved state."
        )
    return str(beat.get("state")), str(beat.get("reason", ""))


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):  # a zombie answers signals, on Linux ask /proc
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
