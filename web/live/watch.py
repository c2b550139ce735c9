"""Watches a run's folder for all its viewers, and makes frames of what it finds."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.layouts import framed, neighbour_agreement, trustworthiness
from cacr_core.layouts.process import laid_out_steps, read_layout
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.launch import reap
from cacr_core.scores.evenness import relative_spread
from web.live.describe import about_run
from web.live.film import Film
from web.live.frozen_readings import read_frozen
from web.live.readings import diagnosis, read_all
from web.socket.audience import Audience

LOOK_EVERY = 0.05  # seconds
AT_A_TIME = 0.2  # seconds of making frames until states are looked at again
MOST_FRAMES = 400

Series = tuple[str, str, bool]  # space, layout, and whether neighbours' agreement goes with it


class Watcher:
    """One run, read by one thread and shown to any number of viewers.

    `frames_since` and `state` may be called from any thread; `wake` is called from the watcher's
    own thread whenever there is something new.
    """

    def __init__(self, folder: Path, lay_out: Callable[[Path, str], None]) -> None:
        self.folder = folder
        self.id = shelf.id_of(folder)
        self.config = files.read_json(folder / "config.json")
        self.state: dict[str, Any] = {}
        self.films: dict[Series, Film] = {}
        self.audience = Audience()
        self._lay_out = lay_out
        self._lock = threading.Lock()
        self._version = 0
        self._rows: list[dict[str, float]] = []
        self._rows_size = -1
        self._probe_labels: np.ndarray | None = None
        self._about: dict[str, Any] = {}  # what the readings need to know of the run
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    # --- asked by viewers

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_natural(self) -> bool:
        """Whether embeddings are drawn as they are, on the circle or the sphere."""
        return int(self.config.get("embedding_dim", 0)) in (2, 3)

    def is_ready(self) -> bool:
        """Whether the worker has written what describes the run."""
        return (files.images_folder(self.folder) / "probes.json").exists()

    def nearest(self, step: int | None) -> int | None:
        """The last step kept at or before one, None where there is none."""
        if step is None:
            return None
        return max((s for s in files.snapshot_steps(self.folder) if s <= step), default=None)

    def series(
        self, space: str, layout: str, with_agreement: bool = False, first: int | None = None
    ) -> Series:
        """The series that a viewer asking for this gets; it is made from now on.

        Agreement of neighbours is left out unless asked for: of 2,000 probes it costs more than
        all the rest of a frame.

        Args:
            first: The step whose frame is made before the others.
        """
        if space == "embeddings" and self.is_natural:
            layout = "natural"
        key = (space, layout, with_agreement)
        with self._lock:
            if key not in self.films:
                self.films[key] = Film(*key)
            if first is not None:
                self.films[key].first = first
        if layout == "umap":
            self._lay_out(self.folder, space)
        return key

    def frames_since(
        self, key: Series, version: int, first: int | None = None
    ) -> tuple[int, list[bytes]]:
        """Frames made or made anew since a version, in the order of their making, but the first."""
        with self._lock:
            return self.films[key].since(version, first)

    def positions(self, key: Series, step: int) -> np.ndarray | None:
        """Where the probes stood at a step, or at the nearest step that has been drawn."""
        with self._lock:
            placed = self.films[key].positions
            if not placed:
                return None
            return placed[min(placed, key=lambda s: abs(s - step))]

    # --- the watching thread

    def _watch(self) -> None:
        while True:
            done = True
            with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
                done = self._look()
            if self.audience.has_gone():
                return
            if done:
                time.sleep(LOOK_EVERY)

    def _look(self) -> bool:
        """Take in what is new; whether all of it has been."""
        self._read_rows()
        self._read_state()
        steps = files.snapshot_steps(self.folder)
        known = {int(r["step"]) for r in self._rows}
        steps = [s for s in steps if s in known]
        until = time.monotonic() + AT_A_TIME
        for key, film in list(self.films.items()):
            for step in film.missing(steps):
                self._add(film, step, steps)
                if step in film.positions and time.monotonic() > until:
                    return False
            if key[1] == "umap":
                self._take_in_layouts(film, steps)
        return True

    def _read_rows(self) -> None:
        path = self.folder / "metrics.jsonl"
        size = path.stat().st_size if path.exists() else 0
        if size != self._rows_size:
            self._rows_size = size
            self._rows = files.read_metrics(self.folder)

    def _read_state(self) -> None:
        reap()
        state, reason = files.status_and_reason(self.folder)
        heart = files.heart(self.folder)
        last = int(self._rows[-1]["step"]) if self._rows else 0
        now = {
            "type": "state",
            "run": self.id,
            "state": state,
            "reason": reason,
            "step": max(last, int(heart.get("step", 0))),
            "steps_per_second": round(float(heart.get("updates_per_second", 0.0)), 1)
            if state == "running"
            else 0.0,
        }
        if now != self.state:
            self.state = now
            self.audience.wake()

    def _points(self, film: Film, step: int) -> np.ndarray | None:
        embeddings, features = files.read_arrays(self.folder, step)
        return embeddings[0] if film.space == "embeddings" else features

    def _add(self, film: Film, step: int, steps: list[int]) -> None:
        x = self._points(film, step)
        if x is None:
            return
        film.spreads[step] = relative_spread(x)
        if film.layout == "natural":
            xy, kind = x, ("natural", step, None)
        elif film.layout == "pca":
            xy = film.plane(step, steps, lambda s: self._points(film, s))
            kind = ("pca", step, trustworthiness(x, xy))
        else:
            xy, kind = self._umap_or_before(film, step, steps)
        if film.with_agreement:
            film.agreements[step] = neighbour_agreement(x, self._labels())
        self._put(film, step, xy, kind)

    def _umap_or_before(
        self, film: Film, step: int, steps: list[int]
    ) -> tuple[np.ndarray, tuple[str, int, float | None]]:
        """The step's own UMAP layout, else the one before it, else PCA."""
        with contextlib.suppress(FileNotFoundError):
            xy, trust = read_layout(self.folder, film.space, step)
            return xy, ("umap", step, trust)
        before = [s for s in laid_out_steps(self.folder, film.space) if s < step]
        if before:
            xy, trust = read_layout(self.folder, film.space, before[-1])
            return xy, ("umap", before[-1], trust)
        return film.plane(step, steps, lambda s: self._points(film, s)), ("pca", step, None)

    def _take_in_layouts(self, film: Film, steps: list[int]) -> None:
        """Put layouts that have come since under their frames, and under those after them."""
        made = laid_out_steps(self.folder, film.space)
        fresh = [s for s in made if s in film.positions and film.kinds[s][:2] != ("umap", s)]
        for step in fresh:
            xy, trust = read_layout(self.folder, film.space, step)
            kind = ("umap", step, trust)
            until = min((s for s in made if s > step), default=10**12)
            for later in sorted(film.positions):
                if step <= later < until:
                    self._put(film, later, xy, kind)

    def _put(
        self, film: Film, step: int, layout: np.ndarray, kind: tuple[str, int, float | None]
    ) -> None:
        xy = layout if kind[0] == "natural" else framed(layout, film.spreads[step])
        message = self._message(film, step, xy, kind)
        with self._lock:
            self._version += 1
            film.frames[step] = (self._version, message)
            film.positions[step], film.kinds[step] = xy, kind
            if len(film.frames) > MOST_FRAMES:
                film.keep(set(files.snapshot_steps(self.folder)))
        self.audience.wake()

    def _message(
        self, film: Film, step: int, xy: np.ndarray, kind: tuple[str, int, float | None]
    ) -> bytes:
        self._labels()  # and what the readings need to know
        rows = [r for r in self._rows if r["step"] <= step]
        is_frozen = bool(self._about["frozen"])
        readings = (read_frozen if is_frozen else read_all)(rows, self._about)
        header = {
            "type": "frame",
            "step": step,
            "space": film.space,
            "layout": kind[0],
            "of": {"step": kind[1]},
            "trust": None if kind[2] is None else round(kind[2], 3),
            "spread": round(film.spreads[step], 4),
            "dims": xy.shape[1],
            "n": len(xy),
            "numbers": [
                r._asdict() | {"value": None if np.isnan(r.value) else round(float(r.value), 6)}
                for r in readings
            ],
            "diagnosis": "" if is_frozen else diagnosis(rows, self._about),
            "latest": step == int(self._rows[-1]["step"]),
            "agreement": film.with_agreement,
        }
        arrays = [xy.astype("<f4")]
        if film.with_agreement:
            arrays.append((film.agreements[step] * 255).round().astype(np.uint8))
        return pack(header, *arrays)

    def _labels(self) -> np.ndarray:
        if self._probe_labels is None:
            probes = files.read_json(files.images_folder(self.folder) / "probes.json")
            self._probe_labels = np.asarray(probes["labels"])
            self._about = about_run(self.folder)
        return self._probe_labels


def pack(header: dict[str, Any], *arrays: np.ndarray) -> bytes:
    """A message of the socket: length of the header, the header as JSON, the arrays as they are.

    The header is padded so that the arrays start at a multiple of four bytes.
    """
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(4 + len(text)) % 4)
    return struct.pack("<I", len(text)) + text + b"".join(a.tobytes() for a in arrays)
