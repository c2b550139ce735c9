"""Start and resume runs, each in a process of its own; one warm worker stands by."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cacr_core.runs import folder as files
from cacr_core.runs import limits, seeds, shelf, waiting
from cacr_core.runs.paths import last_step, remove
from cacr_core.runs.process import spawn as spawn
from cacr_core.runs.process import stands_by
from cacr_core.runs.shelf import runs_folder
from cacr_core.runs.standing import STARTING
from cacr_core.runs.turn import next_that_waits

if TYPE_CHECKING:
    from cacr_core.runs.comparison import Comparison
    from cacr_core.training import TrainConfig

ATTEND_EVERY = 0.25  # seconds
IDLE_FOR = 900.0  # seconds that an idle worker stays for
RESUMABLE = ("stopped", "lost", "failed")
_lock = threading.RLock()
_workers: list[Worker] = []
_leaving: list[Worker] = []  # dismissed, and their processes not over yet
_shelves: set[Path] = set()  # whose runs that wait this process sees to
_attending: threading.Thread | None = None
_kept_warm = threading.Event()  # whether a worker is to stand by


class Worker:
    """A process that trains one run after another, and stands by in between."""

    def __init__(self) -> None:
        self.process = spawn("worker")
        self.folder: Path | None = None
        self.job: waiting.Job = "train"
        self.idle_since = time.monotonic()

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def is_idle(self) -> bool:
        if not self.is_alive() or not files.is_alive(self.process.pid):
            return False  # of a killed one threads may go on for a moment
        if self.folder is None:
            return True
        if self.job == "repeat":
            told = seeds.standing(self.folder)
            return told.get("state") not in seeds.BUSY and not told.get("ending")
        heart = files.heart(self.folder)
        is_over = bool(files.read_json(self.folder / "end.json")) and not heart.get("ending")
        return is_over or not heart  # without one the run has been resumed, or is gone

    def is_silent(self) -> bool:
        """Whether it has said nothing of its run for so long that it is not waited for."""
        if self.folder is None or self.job == "repeat" or self.is_idle():
            return False
        return files.status(self.folder) == "lost"

    def give(self, folder: Path, job: waiting.Job) -> None:
        """Have it train a run, or repeat a comparison (job "repeat"). It is said to be at it before
        it can say so itself, so that one that dies first is known to have."""
        assert self.process.stdin is not None
        self.folder, self.job, self.idle_since = folder, job, time.monotonic()
        if job == "repeat":
            seeds.hand_to(folder, self.process.pid)
        else:
            step = last_step(folder)
            files.beat(folder, "waiting", self.process.pid, reason=STARTING, step=step)
        line = json.dumps({"folder": str(folder), "job": job, "by": os.getpid()})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def dismiss(self) -> None:
        """Let it end when it has done what it was given."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()


def keep_warm() -> None:
    """See that a worker with torch loaded is there. It goes when this process does, and when nobody
    has needed it for long: what is idle holds no memory and no device. What waits among the runs,
    from before a crash, is taken up.
    """
    _kept_warm.set()
    with _lock:
        _forget_the_dead()
        if not _workers and stands_by():
            _workers.append(Worker())
    _attend(runs_folder())


def warm_again() -> None:
    """`keep_warm`, where that was ever asked for: somebody is here again."""
    if _kept_warm.is_set():
        keep_warm()


def dismiss_idle(idle_for: float = IDLE_FOR) -> None:
    """Let the workers go that have done nothing for so many seconds, and at once all of them but
    one: as many as ran or paused at a time."""
    with _lock:
        idle = [worker for worker in _workers if worker.is_idle()]
        for worker in _workers[:]:
            if worker not in idle:
                worker.idle_since = time.monotonic()
            elif worker is not idle[0] or time.monotonic() - worker.idle_since >= idle_for:
                _let_go(worker)


def start(
    config: TrainConfig | Comparison,
    folder: Path | str,
    title: str | None = None,
    paused: bool = False,
) -> Path:
    """Make a run's folder and have a worker take it up; returns the folder at once.

    It waits, without a process, while another run of the same shelf trains.

    Args:
        config: Of a single run, or a comparison whose entries are trained in lockstep.
        title: What a person calls the run; its folder's name if None.
        paused: Show step 0 and wait.

    Raises:
        ValueError: There is a run in the folder already, it is larger than this machine's owner
            allows, or the folder cannot be written.
    """
    folder = Path(folder).resolve()
    if (folder / "config.json").exists():
        raise ValueError(f"{folder.name} holds a run already. Choose another folder.")
    limits.check_config(json.loads(config.to_json()))
    limits.check_queue(folder.parent)
    shelf.tidy()
    limits.check_room(folder.parent)
    with _writable(folder):
        if title:
            files.write_json(folder / "run.json", {"title": title})
        if paused:
            files.request(folder, wanted="pause")
        write_config(config, folder)
        waiting.join(folder)
    _attend(folder.parent)
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
    """Go on with a stopped, lost or failed run from its last saved state.

    Raises:
        ValueError: It is at work, has nothing left to do, may not read its images, cannot be read
            or written, or is larger than is allowed.
    """
    folder = files.home(Path(folder).resolve())
    shelf.check_images(folder)
    state = files.status(folder)
    if state not in RESUMABLE:
        raise ValueError(f"Only a stopped, lost or failed run goes on, this one is {state}.")
    limits.check_config(files.read_config(folder))
    limits.check_queue(folder.parent)
    with _writable(folder):
        files.request(folder, wanted="run")
        os.utime(folder / "config.json")
        remove(folder / "heartbeat.json")
        remove(folder / "end.json")
        waiting.join(folder)
    _attend(folder.parent)


def repeat(folder: Path | str, n_seeds: int) -> None:
    """Repeat an ended comparison in the background until it has `n_seeds` seeds.

    Raises:
        ValueError: It is no comparison, is still at work, may not read its images, is larger than
            is allowed, or the number makes no sense.
    """
    folder = files.home(Path(folder).resolve())
    shelf.check_images(folder)
    limits.check_config(files.read_config(folder))
    seeds.ask(folder, n_seeds)
    waiting.join(folder, "repeat")
    _attend(folder.parent)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Turns a folder that cannot be written into a sentence; no new one is left half."""
    is_new = not folder.exists()
    try:
        yield
    except OSError as error:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise ValueError(
            f"{folder.parent} cannot be written ({error.strerror or error}). Make room there, make "
            "it writable, or name another folder in CACR_RUNS."
        ) from None


def reap() -> None:
    """Collect workers that have ended, so that none is left as a zombie."""
    with _lock:
        _forget_the_dead()


def end_workers() -> None:
    """Let the workers of this process end, each after the run under way, and wait until they have:
    only then does nobody write into their runs' folders. What waits goes on waiting."""
    with _lock:
        for worker in _workers[:]:
            _let_go(worker)
        ending = _leaving[:]
        _shelves.clear()
    for worker in ending:
        worker.process.wait()


def _let_go(worker: Worker) -> None:
    worker.dismiss()
    _workers.remove(worker)
    _leaving.append(worker)


def _forget_the_dead() -> None:
    for worker in [worker for worker in _workers if not worker.is_alive()]:
        _let_go(worker)
    _leaving[:] = [worker for worker in _leaving if worker.is_alive()]


def _attend(shelf: Path) -> None:
    """See from now on that what waits on a shelf is taken up when its turn comes."""
    global _attending
    with _lock:
        _shelves.add(shelf)
        if _attending is None:
            _attending = threading.Thread(
                target=_go_on_attending, daemon=True, name="runs that wait"
            )
            _attending.start()
        with contextlib.suppress(OSError):  # it is tried again
            _take_up(shelf)


def _go_on_attending() -> None:
    """A run may end, pause or die without a word to this process: it is looked for."""
    while True:
        time.sleep(ATTEND_EVERY)
        with _lock:
            for shelf in list(_shelves):
                with contextlib.suppress(Exception):
                    _take_up(shelf)
            with contextlib.suppress(Exception):
                dismiss_idle()


def _take_up(shelf: Path) -> None:
    """Give the next that waits to a worker that is idle, else to a new one; one idle is enough."""
    _forget_the_dead()
    while (taken := next_that_waits(shelf)) is not None:
        for silent in [worker for worker in _workers if worker.is_silent()]:
            _let_go(silent)
        try:
            idle = [worker for worker in _workers if worker.is_idle()] or [Worker()]
            for spare in idle[1:]:
                _let_go(spare)
            if idle[0] not in _workers:
                _workers.append(idle[0])
            idle[0].give(*taken)
        except OSError:  # it died just now, none can be made, or the disk is full: the run waits on
            waiting.join(*taken)
            waiting.go_first(*taken)
            return
