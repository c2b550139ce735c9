"""The process that trains a run: it writes the folder and obeys what the folder asks."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from cacr_core.runs import folder as files
from cacr_core.runs.lanes import Lanes
from cacr_core.runs.seeds import work_on_seeds
from cacr_core.runs.turn import Pace, Pulse, Reserve, Stopped, Turn, next_that_waits
from cacr_core.training import EVALUATE_EVERY, TrainConfig, Training

LOOK_EVERY = 0.02  # seconds between two looks at the folder while waiting or paused


def work(
    folder: Path,
    *,
    queue: bool = False,
    training: Training | None = None,
    by: str = "app",
    on_update: Callable[[Training], None] = lambda training: None,
) -> str:
    """Train the run or comparison in `folder` to its end or until asked to stop.

    Returns its last state.

    Args:
        folder: Holds config.json; a saved state in it is gone on from.
        queue: Wait until no other run of the same shelf trains.
        training: The run as built already, to spare building it again.
        by: Who asked for it, for the record.
        on_update: Called after each update, for a progress bar.
    """
    lanes = None
    with Pulse(folder) as pulse, Turn(folder, pulse, queue) as turn, Reserve(folder) as reserve:
        try:
            turn.take()
            pulse.say("waiting", "Preparing images and network.")
            lanes = Lanes(folder, training)
            state, reason = _train(folder, lanes, pulse, turn, by, on_update)
        except Stopped:
            state, reason = "stopped", "Stopped before its first update."
        except FloatingPointError as error:
            state, reason = "failed", str(error)
            assert lanes is not None
            with contextlib.suppress(OSError):
                lanes.save(with_encoder=True)
        except OSError as error:
            reserve.free()
            state, reason = _unwritten(lanes, error)
        except ValueError as error:
            state, reason = "failed", str(error)
        except Exception as error:
            state, reason = "failed", f"{type(error).__name__}: {error}"
            with contextlib.suppress(OSError):
                files.write_bytes(folder / "error.txt", traceback.format_exc().encode())
        reserve.free()
        pulse.say(state, reason)
    with contextlib.suppress(OSError):
        files.end(folder, state, reason)
    return state


def _unwritten(lanes: Lanes | None, error: OSError) -> tuple[str, str]:
    """The state of a run whose folder cannot be written any more: it can be gone on with."""
    if lanes is None:
        return "failed", f"The images or the run's folder cannot be read or written: {error}."
    at = lanes.step
    with contextlib.suppress(OSError):
        lanes.save(with_encoder=True)
    why = error.strerror or str(error)
    return "stopped", (
        f"Stopped at step {at}: the run's folder cannot be written ({why}). Make room there; "
        "Resume goes on from the last saved state."
    )


def _train(
    folder: Path,
    lanes: Lanes,
    pulse: Pulse,
    turn: Turn,
    by: str,
    on_update: Callable[[Training], None],
) -> tuple[str, str]:
    lanes.open(by)
    pace = Pace()
    served = files.control(folder)["steps"]
    n_looks = 0
    while lanes.step < lanes.n_steps:
        asked = files.control(folder)
        if asked["wanted"] == "stop":
            lanes.look(again=False)
            lanes.save(with_encoder=True)
            return "stopped", f"Stopped at step {lanes.step}."
        single = asked["wanted"] == "pause" and asked["steps"] > served
        if asked["wanted"] == "pause" and not single:
            if pulse.fields["state"] != "paused":
                lanes.save()
                pace.restart()
                turn.give_up()
            pulse.say("paused", step=lanes.step, updates_per_second=0.0)
            time.sleep(LOOK_EVERY)
            continue
        if not single and not pace.is_time(asked["speed"]):
            pulse.say("running", step=lanes.step, updates_per_second=pace.speed())
            time.sleep(LOOK_EVERY / 4)
            continue
        try:
            turn.take()
        except Stopped:
            continue
        served = max(served, served + 1 if single else asked["steps"])
        lanes.update()
        pace.tick()
        if single or asked["speed"] or lanes.is_due():
            lanes.look()
            n_looks += 1
            if n_looks % EVALUATE_EVERY == 0:
                lanes.save()
        pulse.say(
            "paused" if single else "running",
            step=lanes.step,
            updates_per_second=pace.speed(),
        )
        on_update(lanes.training)
    lanes.save(with_encoder=True)
    seconds = sum(lane.seconds for lane in lanes.going)
    return "finished", f"All {lanes.step} updates made in {seconds:.0f} s of training."


def stand_by(lines: Iterator[str], usual: TrainConfig) -> None:
    """Load torch and the usual images, then train the runs named on lines of input, in turn.

    Ends when the input does, after the run under way; where that is because the process that named
    them has died, after all that wait on its shelf.

    Args:
        usual: What is most likely to be trained first; it is warmed up for.
    """
    called = threading.Event()
    threading.Thread(target=_warm_up, args=(usual, called), daemon=True).start()
    parent, shelf = 0, None
    for line in lines:
        called.set()
        asked = json.loads(line)
        parent, shelf = int(asked.get("by", 0)), Path(asked["folder"]).parent
        _do(Path(asked["folder"]), asked.get("job", "train"))
    if shelf is None or _is_there(parent):
        return
    while (taken := next_that_waits(shelf)) is not None:  # nobody else sees to it any more
        _do(*taken)


def _do(folder: Path, job: str) -> None:
    if job == "repeat":
        work_on_seeds(folder)
    else:
        work(folder, queue=True)


def _is_there(parent: int) -> bool:
    """Whether the process that started this one goes on, and does not only end a moment later."""
    time.sleep(1.0)
    return os.getppid() == parent and files.is_alive(parent)


def _warm_up(usual: TrainConfig, called: threading.Event) -> None:
    """At low priority, which on Linux belongs to the thread; leaves off when there is work."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
    made: list[Training] = []
    for stage in (
        lambda: made.append(Training(usual)),
        lambda: made[0].snapshot(),
        lambda: made[0].update(),
    ):
        if called.is_set():
            return
        with contextlib.suppress(ValueError):
            stage()
