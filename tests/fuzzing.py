"""Opens hostile files in worker processes and counts what came of each.

Forbidden are: "executed" (a canary file, or a call seen by Python's audit hook), "crashed", "hung",
over 10 s (of the processor, so that a busy machine is not counted), over 2 GB (the whole process),
and any error that is no sentence of ours.
"""

from __future__ import annotations

import codecs
import gc
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests import bypasses, exploits, hostile

FILES_A_WORKER = 500
SECONDS, BYTES = 10.0, 2 << 30
FORBIDDEN = ("executed", "crashed", "hung", "over 10 s", "over 2 GB", "no sentence")
RUNS = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "subprocess.Popen", "exec",
        "compile", "import", "pickle.find_class", "socket.connect", "ctypes.dlopen", "os.remove",
        "os.mkdir", "os.rename", "shutil.rmtree", "code.__new__")  # fmt: skip
"""Audit events of code run, files changed, or connections made."""


@dataclass
class Outcomes:
    """counts: by outcome, "opened", "refused: bounds", ...; bad: (outcome, number, mutation)."""

    counts: Counter[str] = field(default_factory=Counter)
    mutations: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[str, int, str]] = field(default_factory=list)
    parsed: int = 0
    slowest: float = 0.0
    largest: int = 0


def fuzz(seed: int, n_files: int, first: int = 0) -> Outcomes:
    """Files first ... first + n_files - 1 of a seed, each opened and, if that goes, loaded."""
    return opened_all(
        lambda: ((number, *hostile.made(seed, number)) for number in range(first, first + n_files))
    )


def bypass(every: int = 1) -> Outcomes:
    """The published ways past scanners of pickles, likewise; of them all, or every so many."""
    return opened_all(
        lambda: [(k, *one) for k, one in enumerate(bypasses.files().items())][::every]
    )


def opened_all(made: Callable[[], Iterable[tuple[int, str, bytes]]]) -> Outcomes:
    """Files, each opened by a worker and, if that goes, loaded.

    Args:
        made: Number, what was done to it, and content of each; called once the canary has a place.
    """
    found = Outcomes()
    with tempfile.TemporaryDirectory() as place:
        canary = Path(place) / "canary"
        exploits.CANARY = str(canary)
        worker = None
        for number, mutation, raw in made():
            path = Path(place) / "file"
            path.write_bytes(raw)
            found.parsed += hostile.parses(raw)
            if worker is None or worker.n_done == FILES_A_WORKER or not worker.alive():
                if worker:
                    worker.end()
                worker = Worker()
            told = worker.ask(path)
            if canary.exists():
                canary.unlink()
                told["outcome"] = "executed"
            outcome = told["outcome"]
            found.counts[outcome] += 1
            found.mutations[mutation] += 1
            found.slowest = max(found.slowest, told.get("seconds", SECONDS))
            found.largest = max(found.largest, told.get("bytes", 0))
            if outcome in FORBIDDEN:
                found.bad.append((outcome, number, f"{mutation} {told.get('why', '')}"))
        if worker:
            worker.end()
    return found


class Worker:
    """A process that opens one file after the other."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzzing"], cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        self.n_done = 0
        self.process.stdout.readline()  # ready

    def ask(self, path: Path) -> dict:
        self.n_done += 1
        try:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], 6 * SECONDS)
            if not ready:
                self.end()
                return {"outcome": "hung"}
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            return {"outcome": "crashed"}

    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Watch:
    """Python's own report of what is run, between `begin` and `end`."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple) -> None:
        if self.seen is None:
            return
        writes = (
            event == "open" and isinstance(arguments[1], str) and set("wax+") & set(arguments[1])
        )
        if event in RUNS or writes:
            self.seen.append(f"{event} {str(arguments)[:80]}")


def work() -> None:
    """Reads paths from standard input, writes one line of JSON for each."""
    from cacr_core.checkpoints import open_file

    codecs.lookup("raw-unicode-escape")  # which pickletools takes for one step, whatever the file
    with tempfile.TemporaryDirectory() as place:  # whatever torch imports late, it imports now
        for raw in hostile.bases().values():
            path = Path(place) / "file"
            path.write_bytes(raw)
            open_file(path).load()
            path.write_bytes(raw[: len(raw) // 2])
            outcome_of(path)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + BYTES, taken + BYTES))
    watch = Watch()
    print("ready", flush=True)
    for line in sys.stdin:
        Path("/proc/self/clear_refs").write_text("5")
        began = time.process_time()
        watch.seen = []
        told = outcome_of(Path(line.rstrip("\n")))
        seen, watch.seen = watch.seen, None
        told |= {"seconds": time.process_time() - began, "bytes": memory("VmHWM")}
        if seen:
            told |= {"outcome": "executed", "why": "; ".join(seen)}
        elif told["seconds"] > SECONDS:
            told["outcome"] = "over 10 s"
        elif told["bytes"] > BYTES:
            told["outcome"] = "over 2 GB"
        print(json.dumps(told), flush=True)
        if told["seconds"] > 0.5:
            gc.collect()


def outcome_of(path: Path) -> dict:
    from cacr_core.checkpoints import Refused, open_file

    at = "refused"
    try:
        opened = open_file(path)
        at = "refused at load"
        opened.load()
        json.dumps([opened.facts, opened.tensors, opened.groups], allow_nan=False).encode()
        return {"outcome": "opened"}
    except Refused as refused:
        if isinstance(refused.__context__, MemoryError):
            return {"outcome": "over 2 GB"}
        sentence = str(refused)
        if "\n" in sentence or len(sentence) > 500 or not sentence.isprintable():
            return {"outcome": "no sentence", "why": repr(sentence[:200])}
        return {"outcome": f"{at}: {refused.kind}", "why": sentence}
    except MemoryError:
        return {"outcome": "over 2 GB"}
    except Exception as error:
        return {"outcome": "no sentence", "why": f"{type(error).__name__}: {str(error)[:200]}"}


def memory(line: str) -> int:
    """VmRSS or VmHWM (the most since it was last set back) of this process, in bytes."""
    told = Path("/proc/self/status").read_text()
    return int(told.split(f"{line}:")[1].split()[0]) * 1024


if __name__ == "__main__":
    work()
