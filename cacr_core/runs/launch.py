"""Start and resume runs, each in a process of its own; one warm worker stands by."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cacr_core.runs import folder as files
from cacr_core.runs import seeds, shelf

if TYPE_CHECKING:
    from cacr_core.runs.comparison import Comparison
    from cacr_core.training import TrainConfig

ROOT = Path(__file__).parents[2]
_lock = threading.Lock()
_workers: list[Worker] = []


def n_cores() -> int:
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Worker:
    """A process that trains one run after another, and stands by in between."""

    def __init__(self) -> None:
        self.process = spawn("worker")
        self.folder: Path | None = None
        self.job = "train"

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def is_idle(self) -> bool:
        if not self.is_alive() or self.folder is None:
            return self.is_alive()
        if self.job == "repeat":
            return seeds.standing(self.folder).get("state") not in seeds.BUSY
        return (self.folder / "end.json").exists()

    def give(self, folder: Path, job: str) -> None:
        """Have it train a run, or repeat a comparison (job "repeat")."""
        assert self.process.stdin is not None
        self.folder, self.job = folder, job
        line = json.dumps({"folder": str(folder), "job": job})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def dismiss(self) -> None:
        """Let it end when it has done what it was given."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()


def keep_warm() -> None:
    """See that a worker with torch loaded is there; it goes when this process does."""
    with _lock:
        _forget_the_dead()
        if not _workers:
            _workers.append(Worker())


def start(
    config: TrainConfig | Comparison,
    folder: Path | str,
    title: str | None = None,
    paused: bool = False,
) -> Path:
    """Make a run's folder and have a worker take it up; returns the folder at once.

    Args:
        config: Of a single run, or a comparison whose entries are trained in lockstep.
        title: What a person calls the run; its folder's name if None.
        paused: Show step 0 and wait.

    Raises:
        ValueError: There is a run in the folder already.
    """
    folder = Path(folder).resolve()
    if (folder / "config.json").exists():
        raise ValueError(f"{folder.name} holds a run already. Choose another folder.")
    if title:
        files.write_json(folder / "run.json", {"title": title})
    if paused:
        files.request(folder, wanted="pause")
    write_config(config, folder)
    _hand_over(folder)
    return folder


def write_config(config: TrainConfig | Comparison, folder: Path) -> None:
    """Make a folder a run: its config last, as that is what makes it known."""
    for name, entry in zip(
        getattr(config, "names", ()), getattr(config, "entries", ()), strict=True
    ):
        files.write_json(folder / name / "run.json", {"title": entry.label})
        files.write_bytes(folder / name / "config.json", entry.config.to_json().encode())
    files.write_bytes(folder / "config.json", config.to_json().encode())


def resume(folder: Path | str) -> None:
    """Go on with a stopped or lost run from its last saved state.

    Raises:
        ValueError: It is at work, has nothing left to do, or may not read its images.
    """
    folder = files.home(Path(folder).resolve())
    shelf.check_images(folder)
    state = files.status(folder)
    if state not in ("stopped", "lost"):
        raise ValueError(f"Only a stopped or lost run can be gone on with, this one is {state}.")
    files.request(folder, wanted="run")
    (folder / "heartbeat.json").unlink(missing_ok=True)
    (folder / "end.json").unlink(missing_ok=True)
    os.utime(folder / "config.json")
    _hand_over(folder)


def repeat(folder: Path | str, n_seeds: int) -> None:
    """Repeat an ended comparison in the background until it has `n_seeds` seeds.

    Raises:
        ValueError: It is no comparison, is still at work, may not read its images, or the number
            makes no sense.
    """
    folder = files.home(Path(folder).resolve())
    shelf.check_images(folder)
    seeds.ask(folder, n_seeds)
    _hand_over(folder, "repeat")


def reap() -> None:
    """Collect workers that have ended, so that none is left as a zombie."""
    with _lock:
        _forget_the_dead()


def end_workers() -> None:
    """Let the workers of this process end, each after the run under way, and wait until they have:
    only then does nobody write into their runs' folders."""
    with _lock:
        ending = _workers[:]
        _workers.clear()
    for worker in ending:
        worker.dismiss()
    for worker in ending:
        worker.process.wait()


def _forget_the_dead() -> None:
    for worker in [worker for worker in _workers if not worker.is_alive()]:
        worker.dismiss()
        _workers.remove(worker)


def _hand_over(folder: Path, job: str = "train") -> None:
    """Give a run to a worker that is idle, else to a new one; one idle worker is enough."""
    with _lock:
        _forget_the_dead()
        idle = [worker for worker in _workers if worker.is_idle()] or [Worker()]
        for spare in idle[1:]:
            spare.dismiss()
            _workers.remove(spare)
        if idle[0] not in _workers:
            _workers.append(idle[0])
        idle[0].give(folder, job)


def spawn(command: str, threads: int | None = None) -> subprocess.Popen[bytes]:
    """A process of ours: one thread fewer than there are cores, that wait without spinning."""
    n_threads = str(threads or max(1, n_cores() - 1))
    environment = os.environ | {
        "OMP_NUM_THREADS": n_threads,
        "MKL_NUM_THREADS": n_threads,
        "NUMBA_NUM_THREADS": n_threads,
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "cacr_core", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
