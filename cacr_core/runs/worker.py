"""The process that trains a run: it writes the folder and obeys what the folder asks."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cacr_core import data
from cacr_core.runs import folder as files
from cacr_core.runs import waiting
from cacr_core.runs.comparison import Comparison, is_comparison
from cacr_core.runs.fitting import fit
from cacr_core.runs.lanes import Lanes
from cacr_core.runs.paths import is_saved, last_step, require_run
from cacr_core.runs.pulse import Pulse
from cacr_core.runs.seeds import work_on_seeds
from cacr_core.runs.summons import Summons
from cacr_core.runs.turn import Pace, Reserve, Stopped, Turn, next_that_waits
from cacr_core.training import EVALUATE_EVERY, TrainConfig, Training
from cacr_core.training.devices import give_back
from cacr_core.training.faults import (
    BEGINS_AGAIN,
    RESUMES,
    give_back_after,
    is_lasting,
    is_out_of_memory,
    lasting_sentence,
    memory_sentence,
)

LOOK_EVERY = 0.02  # seconds between two looks at the folder while waiting or paused
RESTS_FOR = 900.0  # seconds that a paused run holds a process and its device for
SAVE_EVERY = 60.0  # seconds, at the latest
GAVE_BACK = "Paused for {:.0f} minutes at step {}: saved, its process given back; Resume goes on."


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
    before = last_step(folder)
    pulse = Pulse(partial(_beat, folder), step=before)
    with pulse, Turn(folder, pulse, queue) as turn, Reserve(folder) as reserve:
        try:
            turn.take()
            pulse.say("waiting", "Preparing images and network.")
            with data.listening(lambda done, total: _say_read(pulse, done, total)):
                if training is None:
                    fit(folder)
                lanes = Lanes(folder, training)
            state, reason = _train(folder, lanes, pulse, turn, by, on_update)
        except Stopped:
            state = "stopped"
            reason = f"Stopped at step {before}." if before else "Stopped before its first update."
        except OSError as error:
            reserve.free()
            state, reason = _unwritten(folder, lanes, error)
        except Exception as error:
            if is_out_of_memory(error):
                give_back_after(error)
            state, reason = "failed", _why(error, folder, lanes)
            # first, so that nobody gives this worker another run once this one has ended
            pulse.say(state, reason, ending=is_lasting(error))
        reserve.free()
        with contextlib.suppress(OSError):
            require_run(folder)
            files.end(folder, state, reason)
        pulse.say(state, reason)  # last: whoever reads that it ended finds when
    return state


def _beat(folder: Path, **told: Any) -> None:
    """A beat of a run that is there still; of one that was deleted it is missed, and stops it."""
    require_run(folder)
    files.beat(folder, **told)


def _say_read(pulse: Pulse, done: int, total: int) -> None:
    """Once in a hundred images, so that a folder of many says how far it is."""
    if done and done % 100 == 0:
        pulse.say("waiting", f"Reading images: {done:,} of {total:,}.")


def _unwritten(folder: Path, lanes: Lanes | None, error: OSError) -> tuple[str, str]:
    """The state of a run whose folder cannot be written any more: it can be gone on with."""
    if lanes is None:
        return "failed", f"The images or the run's folder cannot be read or written: {error}."
    at = lanes.step
    lanes.save_if_it_can()
    why = error.strerror or str(error)
    remedy = "See to that disk or folder"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        remedy = "Make it writable"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        remedy = "Make room there"
    return "stopped", (
        f"Stopped at step {at}: the run's folder cannot be written ({why}). {remedy}; "
        f"{_what_resume_does(folder)}."
    )


def _what_resume_does(folder: Path) -> str:
    return RESUMES if is_saved(folder) else BEGINS_AGAIN


def _why(error: Exception, folder: Path, lanes: Lanes | None) -> str:
    """Why a run failed, in a sentence; what it has learned is saved first where that can be."""
    if isinstance(error, ValueError):
        return str(error)
    step = lanes.step if lanes else last_step(folder)
    if isinstance(error, FloatingPointError) or is_out_of_memory(error):
        if lanes:
            lanes.save_if_it_can()
        if isinstance(error, FloatingPointError):
            return str(error)
        if lanes:
            return lanes.going[0].memory_sentence(error, _what_resume_does(folder))
        config = _config_in(folder)
        return memory_sentence(error, config, config.device, step, _what_resume_does(folder))
    if is_lasting(error):
        device = lanes.training.device if lanes else "of this run"
        return lasting_sentence(error, device, step, _what_resume_does(folder))
    told = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".removesuffix(": ")
    try:
        require_run(folder)
        files.write_bytes(folder / "error.txt", traceback.format_exc().encode())
    except OSError:
        return told
    return f"{told.rstrip('.')}. What led to it is in the run's error.txt."


def _config_in(folder: Path) -> TrainConfig:
    text = (folder / "config.json").read_text("utf-8")
    is_one = not is_comparison(json.loads(text))
    return TrainConfig.from_json(text) if is_one else Comparison.from_json(text).shared


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
    n_looks, saved = 0, time.monotonic()
    said = " ".join(lane.said for lane in lanes.going if lane.said)
    resting: float | None = None  # since when nothing is done, where that is so
    while lanes.step < lanes.n_steps:
        pulse.check()
        asked = files.control(folder)
        if asked["wanted"] == "stop":
            lanes.look(again=False)
            lanes.save(with_encoder=True)
            return "stopped", f"Stopped at step {lanes.step}."
        single = asked["wanted"] == "pause" and asked["steps"] > served
        if asked["wanted"] == "pause" and not single:
            if resting is None:
                resting = time.monotonic()
                lanes.save()
                pace.restart()
                turn.give_up()
            elif time.monotonic() - resting > RESTS_FOR:
                lanes.save(with_encoder=True)
                return "stopped", GAVE_BACK.format(RESTS_FOR / 60, lanes.step)
            pulse.say("paused", said, step=lanes.step, updates_per_second=0.0)
            time.sleep(LOOK_EVERY)
            continue
        if not single and not pace.is_time(asked["speed"]):
            pulse.say("running", said, step=lanes.step, updates_per_second=pace.speed())
            time.sleep(LOOK_EVERY / 4)
            continue
        try:
            turn.take()
        except Stopped:
            continue
        served = max(served, served + 1 if single else asked["steps"])
        resting = None
        lanes.update(keep=single or bool(asked["speed"]))
        pace.tick()
        if is_looked_at := bool(single or asked["speed"] or lanes.is_due()):
            lanes.look()
            n_looks += 1
        is_kept = is_looked_at and n_looks % EVALUATE_EVERY == 0
        if is_kept or time.monotonic() - saved > SAVE_EVERY:
            lanes.save()
            saved = time.monotonic()
        pulse.say(
            "paused" if single else "running",
            said,
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
    them has died, after all that wait on its shelf. Ends, too, when its device answers no more, and
    when it is told to by SIGTERM: the run under way stops and is saved.

    Args:
        usual: What is most likely to be trained first; it is warmed up for.
    """
    called = threading.Event()
    warming = threading.Thread(target=_warm_up, args=(usual, called), daemon=True)
    warming.start()
    parent, shelf = 0, None
    with Summons() as summons:
        for line in lines:
            called.set()
            warming.join()  # two threads on one device may end the process, on a Mac
            asked = json.loads(line)
            parent, shelf = int(asked.get("by", 0)), Path(asked["folder"]).parent
            if not _do(Path(asked["folder"]), asked.get("job", "train"), parent, summons):
                return
        if shelf is None or _is_there(parent):
            return
        while (taken := next_that_waits(shelf)) is not None:  # nobody else sees to it any more
            if not _do(*taken, parent, summons):
                return


def _do(folder: Path, job: waiting.Job, parent: int, summons: Summons) -> bool:
    """Train a run or repeat a comparison; whether this process is to do more after it."""
    with summons.stopping(folder, job):
        if job == "repeat":
            is_broken = work_on_seeds(folder, is_alone=lambda: not files.is_alive(parent))
        else:
            work(folder, queue=True)
            is_broken = bool(files.heart(folder).get("ending"))
    if not is_broken:
        give_back()
    return not (is_broken or summons.came)


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
        try:
            stage()
        except Exception:  # the run to come says it, if it is of the same
            return
