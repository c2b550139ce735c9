"""Watches a comparison's folder for all its viewers: states, rows, proof and repeats."""

from __future__ import annotations

import contextlib
import json
import math
import threading
import time
from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.launch import reap
from web.compare.describe import describe_comparison, read_proof
from web.compare.repeats import read_seeds
from web.socket.audience import Audience

LOOK_EVERY = 0.05  # seconds


class CompareWatcher:
    """One comparison, read by one thread and shown to any number of viewers.

    The clouds of its entries are watched as those of any run; this tells what concerns all.
    """

    key = ("comparison", "", False)  # there is one series of news

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = shelf.id_of(folder)
        self.config = files.read_json(folder / "config.json")
        self.state: dict[str, Any] = {}
        self.audience = Audience()
        self._rows = {entry.name: _Rows(entry) for entry in files.entry_folders(folder)}
        self._seen: dict[str, tuple[float, int]] = {}  # files told of, by what they said then
        self._news: list[tuple[int, dict[str, Any]]] = []
        self._version = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def is_ready(self) -> bool:
        """Whether the worker has written what describes the comparison."""
        first = self.folder / files.ENTRIES[0]
        return (first / "probes.json").exists() and "n_held_out" in files.read_json(
            first / "run.json"
        )

    def describe(self) -> dict[str, Any]:
        """The `comparison` message: all that does not change while it goes on."""
        return describe_comparison(self.folder)

    def frames_since(
        self, key: tuple[str, str, bool], version: int, first: int | None = None
    ) -> tuple[int, list[dict[str, Any]]]:
        """What is new since a version: rows of each entry together, then the last of the rest."""
        with self._lock:
            fresh = [message for made, message in self._news if made > version]
            now = self._version
        rows: dict[str, dict[int, dict[str, Any]]] = {}
        last: dict[str, dict[str, Any]] = {}
        for message in fresh:
            if message["type"] == "rows":
                rows.setdefault(message["entry"], {}).update(
                    {r["step"]: r for r in message["rows"]}
                )
            else:
                last[message["type"]] = message
        told = [
            {"type": "rows", "entry": name, "rows": [some[step] for step in sorted(some)]}
            for name, some in rows.items()
        ]
        return now, [*told, *last.values()]

    # --- the watching thread

    def _watch(self) -> None:
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
                self._look()
            if self.audience.has_gone():
                return
            time.sleep(LOOK_EVERY)

    def _look(self) -> None:
        for name, rows in self._rows.items():
            if fresh := rows.read():
                self._tell({"type": "rows", "entry": name, "rows": fresh})
        self._read_state()
        if self._has_changed("proof.json") and (proof := read_proof(self.folder)):
            self._tell(proof)
        changed = [self._has_changed(name) for name in ("seeds.json", "seeds.jsonl")]
        if any(changed) and (seeds := read_seeds(self.folder)):
            self._tell(seeds)

    def _has_changed(self, name: str) -> bool:
        try:
            stat = (self.folder / name).stat()
        except FileNotFoundError:
            return False
        now = (stat.st_mtime, stat.st_size)
        changed = self._seen.get(name) != now
        self._seen[name] = now
        return changed

    def _tell(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._version += 1
            if message["type"] != "rows":  # only the last of these counts
                self._news = [n for n in self._news if n[1]["type"] != message["type"]]
            self._news.append((self._version, message))
        self.audience.wake()

    def _read_state(self) -> None:
        reap()
        state, reason = files.status_and_reason(self.folder)
        heart = files.heart(self.folder)
        entries = {}
        for name, rows in self._rows.items():
            own, why = files.status_and_reason(self.folder / name)
            alone = (self.folder / name / "end.json").exists()
            entries[name] = {
                "state": own,
                "reason": why if alone else "",
                "step": rows.step,
            }
        last = max((rows.step for rows in self._rows.values()), default=0)
        speed = float(heart.get("updates_per_second", 0.0)) if state == "running" else 0.0
        now = {
            "type": "state",
            "run": self.id,
            "state": state,
            "reason": reason,
            "step": max(last, int(heart.get("step", 0))),
            "steps_per_second": round(speed, 1),
            "entries": entries,
        }
        if now != self.state:
            self.state = now
            self.audience.wake()


class _Rows:
    """The rows of an entry's metrics, read on from where they were read to last."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.jsonl"
        self.offset = 0
        self.all: list[dict[str, float]] = []

    @property
    def step(self) -> int:
        return int(self.all[-1]["step"]) if self.all else 0

    def read(self) -> list[dict[str, float | None]]:
        """Rows that are new and whole; a number that is not finite is None, as JSON has none.

        A resumed run writes some steps again: the last row of a step is the one that counts.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                content = file.read()
        except FileNotFoundError:
            return []
        whole, newline, _ = content.rpartition(b"\n")
        self.offset += len(whole) + len(newline)
        fresh = []
        for line in whole.splitlines():
            with contextlib.suppress(ValueError, TypeError):
                row = json.loads(line)
                while self.all and self.all[-1]["step"] >= row["step"]:
                    self.all.pop()
                self.all.append(row)
                fresh.append({k: _finite(v) for k, v in row.items()})
        return fresh


def _finite(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return round(value, 6) if is_number else None
