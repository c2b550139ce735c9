"""The process that trains a run: it writes the folder and obeys what the folder asks."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from safetensors.torch import load_file, save

from cacr_core.runs import folder as files
from cacr_core.runs.about import write_about, write_probes
from cacr_core.training import EVALUATE_EVERY, TrainConfig, Training

LOOK_EVERY = 0.02  # seconds between two looks at the folder while waiting or paused
BEAT_EVERY = 0.5


def work(
    folder: Path,
    *,
    queue: bool = False,
    training: Training | None = None,
    by: str = "app",
    on_update: Callable[[Training], None] = lambda training: None,
) -> str:
    """Train the run in `folder` to its end or until asked to stop; returns its last state.

    Args:
        folder: Holds config.json; a saved state in it is gone on from.
        queue: Wait until no other run of the same shelf trains.
        training: The run as built already, to spare building it again.
        by: Who asked for it, for the record.
        on_update: Called after each update, for a progress bar.
    """
    with Pulse(folder) as pulse, Turn(folder, pulse, queue) as turn:
        try:
            turn.take()
            pulse.say("waiting", "Preparing images and network.")
            training = training or Training(
                TrainConfig.from_json((folder / "config.json").read_text())
            )
            state, reason = _train(folder, training, pulse, turn, by, on_update)
        except Stopped:
            state, reason = "stopped", "Stopped before its first update."
        except FloatingPointError as error:
            state, reason = "failed", str(error)
            assert training is not None
            with contextlib.suppress(OSError):
                _save(folder, training, with_encoder=True)
        except OSError as error:
            state, reason = "failed", f"The run's folder cannot be written: {error}."
        except ValueError as error:
            state, reason = "failed", str(error)
        except Exception as error:
            state, reason = "failed", f"{type(error).__name__}: {error}"
            with contextlib.suppress(OSError):
                files.write_bytes(folder / "error.txt", traceback.format_exc().encode())
        pulse.say(state, reason)
    with contextlib.suppress(OSError):
        files.end(folder, state, reason)
    return state


class Stopped(Exception):
    """Asked to stop before there was anything to stop."""


class Pulse:
    """Writes the heartbeat from a thread of its own, at once when the state changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fields: dict[str, Any] = {"state": "waiting", "reason": "", "step": 0}
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Pulse:
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def say(self, state: str, reason: str = "", **more: Any) -> None:
        changed = (state, reason) != (self.fields["state"], self.fields["reason"])
        self.fields |= {"state": state, "reason": reason, **more}
        if changed:
            self._beat()

    def _run(self) -> None:
        while not self._done.wait(BEAT_EVERY):
            self._beat()

    def _beat(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            files.beat(self.folder, **self.fields)


class Turn:
    """The shelf's lock: one run trains at a time, and who has waited longest goes first.

    A paused run gives its turn up; a killed one loses it.
    """

    def __init__(self, folder: Path, pulse: Pulse, queue: bool) -> None:
        self.folder, self.pulse, self.queue = folder, pulse, queue
        self.lock: IO[str] | None = None

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *error: object) -> None:
        self.give_up()

    def take(self) -> None:
        """Wait for the turn. Raises Stopped when asked to stop meanwhile."""
        if not self.queue or self.lock is not None:
            return
        lock = (self.folder.parent / ".turn").open("w")
        try:
            while True:
                if files.control(self.folder)["wanted"] == "stop":
                    raise Stopped
                if not _is_behind(self.folder):
                    with contextlib.suppress(BlockingIOError):
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self.lock = lock
                        return
                self.pulse.say("waiting", "Waiting for another run to end or pause.")
                time.sleep(0.1)
        finally:
            if self.lock is None:
                lock.close()

    def give_up(self) -> None:
        if self.lock is not None:
            self.lock.close()
            self.lock = None


def _is_behind(folder: Path) -> bool:
    own = (folder / "config.json").stat().st_mtime
    for other in folder.parent.glob("*/heartbeat.json"):
        beat = files.read_json(other)
        if other.parent != folder and "another run" in str(beat.get("reason")):
            older = (other.parent / "config.json").stat().st_mtime < own
            if older and files.status(other.parent) == "waiting":
                return True
    return False


def _train(
    folder: Path,
    training: Training,
    pulse: Pulse,
    turn: Turn,
    by: str,
    on_update: Callable[[Training], None],
) -> tuple[str, str]:
    seconds = 0.0
    if (folder / "state.safetensors").exists():
        training.load_state(load_file(folder / "state.safetensors"))
        seconds = max((r.get("seconds", 0.0) for r in files.read_metrics(folder)), default=0.0)
    if not (folder / "probes.json").exists():
        write_probes(folder, training)
    write_about(folder, training, by)

    def look() -> None:
        files.write_snapshot(folder, training.snapshot(), seconds=round(seconds, 4))

    if training.step not in files.snapshot_steps(folder):
        look()
    pace = Pace()
    served = files.control(folder)["steps"]
    n_looks = 0
    while training.step < training.config.n_steps:
        asked = files.control(folder)
        if asked["wanted"] == "stop":
            if training.step not in files.snapshot_steps(folder):
                look()
            _save(folder, training, with_encoder=True)
            return "stopped", f"Stopped at step {training.step}."
        single = asked["wanted"] == "pause" and asked["steps"] > served
        if asked["wanted"] == "pause" and not single:
            if pulse.fields["state"] != "paused":
                _save(folder, training)
                pace.restart()
                turn.give_up()
            pulse.say("paused", step=training.step, updates_per_second=0.0)
            time.sleep(LOOK_EVERY)
            continue
        if not single and not pace.is_time(asked["speed"]):
            pulse.say("running", step=training.step, updates_per_second=pace.speed())
            time.sleep(LOOK_EVERY / 4)
            continue
        try:
            turn.take()
        except Stopped:
            continue
        served = max(served, served + 1 if single else asked["steps"])
        began = time.perf_counter()
        training.update()
        seconds += time.perf_counter() - began
        pace.tick()
        if single or asked["speed"] or training.is_due():
            look()
            n_looks += 1
            if n_looks % EVALUATE_EVERY == 0:
                _save(folder, training)
        pulse.say(
            "paused" if single else "running",
            step=training.step,
            updates_per_second=pace.speed(),
        )
        on_update(training)
    _save(folder, training, with_encoder=True)
    return "finished", f"All {training.step} updates made in {seconds:.0f} s of training."


class Pace:
    """When the next update may come, and how fast they have come of late."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.times: deque[float] = deque([time.monotonic()], maxlen=50)

    def is_time(self, per_second: float | None) -> bool:
        return not per_second or time.monotonic() - self.times[-1] >= 1 / per_second

    def tick(self) -> None:
        self.times.append(time.monotonic())

    def speed(self) -> float:
        if len(self.times) < 2:
            return 0.0
        return (len(self.times) - 1) / max(1e-9, self.times[-1] - self.times[0])


def _save(folder: Path, training: Training, with_encoder: bool = False) -> None:
    tensors = training.state()
    files.write_bytes(folder / "state.safetensors", save(tensors))
    if with_encoder:
        encoder = {k: v for k, v in tensors.items() if k.startswith("encoder.")}
        encoder = {k.removeprefix("encoder."): v for k, v in encoder.items()}
        config = {"config": training.config.to_json(), "step": str(training.step)}
        files.write_bytes(folder / "encoder.safetensors", save(encoder, metadata=config))


def stand_by(lines: Iterator[str]) -> None:
    """Load torch and the usual images, then train the runs named on lines of input, in turn.

    Ends when the input does, after the run under way.
    """
    called = threading.Event()
    threading.Thread(target=_warm_up, args=(called,), daemon=True).start()
    for line in lines:
        called.set()
        work(Path(json.loads(line)["folder"]), queue=True)


def _warm_up(called: threading.Event) -> None:
    """At low priority, which on Linux belongs to the thread; leaves off when there is work."""
    from cacr_core.presets import DEFAULT, PRESETS

    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
    made: list[Training] = []
    for stage in (
        lambda: made.append(Training(PRESETS[DEFAULT].config)),
        lambda: made[0].snapshot(),
        lambda: made[0].update(),
    ):
        if called.is_set():
            return
        with contextlib.suppress(ValueError):
            stage()
