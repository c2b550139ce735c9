"""Repeats of a comparison over more seeds, in the background of the shelf it lies on.

    seeds.json    what was asked for and how it stands: {"wanted", "state", "reason"}, and the last
                  sign of life of who is at it, as in heartbeat.json
    seeds.jsonl   a row for each seed and entry: {"seed", "entry", "step", "device", "precision",
                  ...last metrics}

The first seed is the comparison's own, whose last metrics are taken over when it has finished.
Rows of different devices or precisions are not pooled.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import BaseFileLock

from cacr_core.runs import folder as files
from cacr_core.runs import waiting
from cacr_core.runs.locks import taken
from cacr_core.runs.paths import append_line, require_run
from cacr_core.runs.pulse import Pulse
from cacr_core.runs.reading import read_lines
from cacr_core.runs.standing import STARTING, bounded, is_lost, sign_of_life
from cacr_core.runs.waiting import QUEUED

if TYPE_CHECKING:
    from cacr_core.runs.comparison import Comparison

Say = Callable[[str], None]
Repeat = Callable[["Comparison", Iterable[int], Path, Callable[[], bool], Say], None]
BUSY = ("waiting", "running")
MOST_SEEDS = 20
BEAT_EVERY = 4.0  # seconds; each beat is read with all rows by who watches


def ask(folder: Path, n_seeds: int) -> None:
    """Write down that a comparison is to be repeated until it has `n_seeds` seeds in all.

    Raises:
        ValueError: It is no comparison, is still at work, has nothing that could be scored, or the
            number makes no sense.
    """
    if not files.entry_folders(folder):
        raise ValueError(
            f"Only a comparison is repeated over seeds, {folder.name} is a single run."
        )
    if not 2 <= n_seeds <= MOST_SEEDS:
        raise ValueError(f"Repeats need 2 to {MOST_SEEDS} seeds, got {n_seeds}.")
    if files.status(folder) in files.ACTIVE:
        raise ValueError("The comparison is still at work. Repeat it when it has ended.")
    if standing(folder).get("state") in BUSY:
        raise ValueError("This comparison is being repeated already. Stop that first.")
    probes = files.read_json(folder / files.ENTRIES[0] / "probes.json")
    if probes and len(probes.get("class_names", [])) < 2:
        raise ValueError("Repeats compare accuracies, and these images are of no classes.")
    files.request(folder, seeds="run")
    _write(folder, wanted=n_seeds, state="waiting", reason="")


def stop(folder: Path | str) -> None:
    """Ask for the repeats to end; the seed under way is given up, what is done is kept."""
    files.request(folder, seeds="stop")
    told = standing(folder)
    if waiting.leave(Path(folder), "repeat"):  # no process would obey
        _write(Path(folder), wanted=told.get("wanted", 0), state="stopped", reason="Stopped.")


def hand_to(folder: Path, pid: int) -> None:
    """Say that a process has been given the repeats, before it can say so itself."""
    told = files.read_json(folder / "seeds.json")
    told |= {"state": "waiting", "reason": STARTING}
    files.write_json(folder / "seeds.json", told | sign_of_life(pid))


def _here() -> str:
    return socket.gethostname()


def standing(folder: Path | str) -> dict[str, Any]:
    """What was asked for and how it stands; empty where no repeat was ever asked for."""
    told = files.read_json(Path(folder) / "seeds.json")
    if told.get("state") not in BUSY or waiting.waits(Path(folder), "repeat"):
        return told
    if is_lost({"time": 0.0} | told):
        return told | {"state": "lost", "reason": "The worker died; repeat again to go on."}
    return told


def is_at_work_here(folder: Path) -> bool:
    """Whether a process of this machine repeats it; one elsewhere holds nobody up here."""
    told = standing(folder)
    return told.get("state") in BUSY and told.get("host", _here()) == _here()


def read_rows(folder: Path | str) -> list[dict[str, Any]]:
    """Finished rows, one for each seed and entry, in the order they were made."""
    return read_lines(Path(folder) / "seeds.jsonl").rows


def most_of_one_kind(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the device and precision that most are of; of two as many, the later ones."""
    kinds = [arithmetic_of(row) for row in rows]
    most = max(reversed(kinds), key=kinds.count, default=None)
    return [row for row, kind in zip(rows, kinds, strict=True) if kind == most]


def n_repeated(folder: Path) -> int:
    """How many seeds every entry has a row of."""
    rows = most_of_one_kind(read_rows(folder))
    made = [
        {row["seed"] for row in rows if row["entry"] == entry.name}
        for entry in files.entry_folders(folder)
    ]
    return len(set.intersection(*made))


def arithmetic_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """The device and precision of a row or of a run.json; empty where it was not yet recorded."""
    return str(row.get("device", "")), str(row.get("precision", ""))


def work_on_seeds(
    folder: Path, repeat: Repeat | None = None, is_alone: Callable[[], bool] = lambda: False
) -> bool:
    """Train what `ask` asked for, giving way to any run that waits for its turn; returns whether
    the device answers no more, so that this process is to end.

    Args:
        repeat: How the rows are made: `repeats.repeat_rows`, in this process, by default.
        is_alone: Whether nobody but this process would take up a run that waits: it is not waited
            for then, and the repeats wait behind it in the queue.
    """
    from cacr_core.runs.comparison import Comparison
    from cacr_core.runs.repeats import repeat_rows
    from cacr_core.training.faults import is_lasting

    repeat = repeat or repeat_rows
    wanted = int(files.read_json(folder / "seeds.json").get("wanted", 0))
    comparison = Comparison.from_json((folder / "config.json").read_text("utf-8"))
    own = comparison.shared.seed
    state, reason, is_broken = "finished", "", False
    pulse = Pulse(partial(_write, folder), BEAT_EVERY, wanted=wanted)

    def say(sentence: str) -> None:
        nonlocal reason
        reason = sentence
        pulse.say("running", sentence)

    def is_stopped() -> bool:
        return files.control(folder).get("seeds") == "stop"

    with pulse, Leftover(folder.parent, is_stopped, is_alone) as turn:
        try:

            def is_over() -> bool:
                pulse.check()
                turn.give_way()
                return not turn.is_ours or is_stopped()

            if turn.is_ours:
                _take_over_own(folder, comparison)
                say("")
                seeds = range(own, own + wanted)
                repeat(comparison, seeds, folder / "seeds.jsonl", is_over, say)
            if is_stopped():
                state, reason = "stopped", "Stopped; what was done is kept."
            elif not turn.is_ours:
                state = "waiting"
        except (ValueError, OSError) as error:
            state, reason = "failed", str(error)
        except Exception as error:
            state, reason = "failed", f"{type(error).__name__}: {error}"
            is_broken = is_lasting(error)
    with contextlib.suppress(OSError):
        _write(folder, wanted=wanted, state=state, reason=reason, ending=is_broken)
        if state == "waiting":
            waiting.join(folder, "repeat")
    return is_broken


def _take_over_own(folder: Path, comparison: Comparison) -> None:
    """The last metrics of the comparison itself; not those of an entry that was resumed on
    another device or in another precision, which are of neither."""
    seed = comparison.shared.seed
    known = {(row["seed"], row["entry"], *arithmetic_of(row)) for row in read_rows(folder)}
    for name in comparison.names:
        rows, run = files.read_metrics(folder / name), files.read_json(folder / name / "run.json")
        is_whole = rows and rows[-1]["step"] == comparison.shared.n_steps
        if not is_whole or len(run.get("stretches", [])) > 1:
            continue
        device, precision = arithmetic_of(run)
        if (seed, name, device, precision) not in known:
            who = {"seed": seed, "entry": name, "device": device, "precision": precision}
            append_line(folder / "seeds.jsonl", who | rows[-1])


def _write(folder: Path, **told: Any) -> None:
    require_run(folder)
    told["reason"] = bounded(told["reason"])
    files.write_json(folder / "seeds.json", told | sign_of_life())


class Leftover:
    """The shelf's lock for work in the background, given up whenever a run waits for it.

    Args:
        is_stopped: Whether the work is to end: its turn is not waited for any more.
        is_alone: Whether a run that waits would wait for this process for ever.
    """

    def __init__(
        self,
        shelf: Path,
        is_stopped: Callable[[], bool] = lambda: False,
        is_alone: Callable[[], bool] = lambda: False,
    ) -> None:
        self.shelf, self.is_stopped, self.is_alone = shelf, is_stopped, is_alone
        self.lock: BaseFileLock | None = None
        self.looked = 0.0

    def __enter__(self) -> Leftover:
        self._take()
        return self

    def __exit__(self, *error: object) -> None:
        self._release()

    @property
    def is_ours(self) -> bool:
        return self.lock is not None

    def give_way(self) -> None:
        if time.monotonic() - self.looked < 0.5:
            return
        if is_wanted(self.shelf):
            self._release()
            self._take()
        self.looked = time.monotonic()

    def _take(self) -> None:
        while True:
            if not (wanted := is_wanted(self.shelf)):
                self.lock = taken(self.shelf / ".turn")
            if self.is_ours or self.is_stopped() or (wanted and self.is_alone()):
                return
            time.sleep(0.2)

    def _release(self) -> None:
        if self.lock is not None:
            self.lock.release()
            self.lock = None


def is_wanted(shelf: Path) -> bool:
    """Whether a run of a shelf waits for its turn: in the queue, or with a worker that lives."""
    return bool(waiting.queue(shelf)) or any(
        files.read_json(path).get("reason") == QUEUED and files.status(path.parent) == "waiting"
        for path in shelf.glob("*/heartbeat.json")
    )
