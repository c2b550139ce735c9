"""Watches a comparison's folder for all its viewers: states, rows, proof and repeats."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs.paths import is_described
from cacr_core.runs.reading import damage_of_files
from cacr_core.runs.rows import Rows
from web.compare.describe import describe_comparison, read_proof
from web.compare.repeats import read_seeds
from web.socket.follow import Asked, Follower, Opening, Series

DAMAGE_EVERY = 5.0  # seconds between two looks at what cannot be read


class CompareWatcher(Follower):
    """What concerns all entries of a comparison; the cloud of each is watched as any run's is, and
    by its own watcher is told what of it is damaged."""

    key = ("comparison", "", False)  # there is one series of news

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._rows = {entry.name: _Rows(entry) for entry in files.entry_folders(folder)}
        self._seen: dict[str, tuple[float, int]] = {}  # files told of, by what they said then
        self._damage: list[str] = []  # what of its own files cannot be read
        self._damage_at = 0.0
        self._news: list[tuple[int, dict[str, Any]]] = []

    def is_ready(self) -> bool:
        """Whether the worker has written what describes the comparison."""
        return any(is_described(entry) for entry in files.entry_folders(self.folder))

    def open(self, asked: Asked) -> Opening:
        """The `comparison` message: all that does not change while it goes on."""
        return Opening(describe_comparison(self.folder), self.key)

    def frames_since(
        self, series: Series, version: int, first: int | None = None
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

    def look(self) -> bool:
        for name, rows in self._rows.items():
            if fresh := rows.read():
                self._tell({"type": "rows", "entry": name, "rows": fresh})
        self._read_entries()
        if self._has_changed("proof.json") and (proof := read_proof(self.folder)):
            self._tell(proof)
        changed = [self._has_changed(name) for name in ("seeds.json", "seeds.jsonl")]
        if any(changed) and (seeds := read_seeds(self.folder)):
            self._tell(seeds)
        return True

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

    def _read_entries(self) -> None:
        entries = {}
        for name, rows in self._rows.items():
            state, reason = files.status_and_reason(self.folder / name)
            alone = (self.folder / name / "end.json").exists()
            entries[name] = {"state": state, "reason": reason if alone else "", "step": rows.step}
            if alone:
                entries[name]["alone"] = True
        last = max((rows.step for rows in self._rows.values()), default=0)
        if time.monotonic() - self._damage_at > DAMAGE_EVERY:
            self._damage, self._damage_at = damage_of_files(self.folder), time.monotonic()
        said = {"damage": self._damage} if self._damage else {}
        self.read_state(last, entries=entries, **said)


class _Rows:
    """The rows of an entry's metrics, in order of their steps."""

    def __init__(self, folder: Path) -> None:
        self.file = Rows(folder / "metrics.jsonl")
        self.all: list[dict[str, float]] = []

    @property
    def step(self) -> int:
        return int(self.all[-1]["step"]) if self.all else 0

    def read(self) -> list[dict[str, float | None]]:
        """Rows that are new and whole; a number that is not finite is None, as JSON has none, and
        others have the digits of a float32.

        A resumed run writes some steps again: the last row of a step is the one that counts.
        """
        fresh = self.file.fresh()
        for row in fresh:
            while self.all and self.all[-1]["step"] >= row["step"]:
                self.all.pop()
            self.all.append(row)
        return [{k: _finite(v) for k, v in row.items()} for row in fresh]


def _finite(value: Any) -> float | None:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.9g}")
