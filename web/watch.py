"""Watches a run's folder for all its viewers, and makes frames of what it finds."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.evenness import relative_spread
from cacr_core.layouts import laid_out_steps, read_layout
from cacr_core.projections import SteadyPCA, framed, neighbour_agreement, trustworthiness
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.launch import reap
from web.audience import Audience
from web.describe import device_text
from web.frozen_readings import read_frozen
from web.readings import diagnosis, read_all

LOOK_EVERY = 0.05  # seconds
MOST_FRAMES = 400

Series = tuple[str, str, bool]  # space, layout, and whether neighbours' agreement goes with it


@dataclass
class Film:
    """The frames of one space and layout, by step.

    Attributes:
        layouts: As they were made, in units of their own.
        positions: As they are drawn, where a cloud's size says how far its images lie apart.
    """

    space: str
    layout: str
    with_agreement: bool
    frames: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # version and message
    layouts: dict[int, np.ndarray] = field(default_factory=dict)
    positions: dict[int, np.ndarray] = field(default_factory=dict)
    spreads: dict[int, float] = field(default_factory=dict)
    kinds: dict[int, tuple[str, int, float | None]] = field(default_factory=dict)
    agreements: dict[int, np.ndarray] = field(default_factory=dict)
    pca: SteadyPCA = field(default_factory=SteadyPCA)


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

    def series(self, space: str, layout: str, with_agreement: bool = False) -> Series:
        """The series that a viewer asking for this gets; it is made from now on.

        Agreement of neighbours is left out unless asked for: of 2,000 probes it costs more than
        all the rest of a frame.
        """
        if space == "embeddings" and self.is_natural:
            layout = "natural"
        key = (space, layout, with_agreement)
        with self._lock:
            if key not in self.films:
                self.films[key] = Film(*key)
        if layout == "umap":
            self._lay_out(self.folder, space)
        return key

    def frames_since(self, key: Series, version: int) -> tuple[int, list[bytes]]:
        """Frames made or made anew since a version, in the order of their making."""
        with self._lock:
            found = sorted(f for f in self.films[key].frames.values() if f[0] > version)
        return (found[-1][0] if found else version), [message for _, message in found]

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
            with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
                self._look()
            if self.audience.has_gone():
                return
            time.sleep(LOOK_EVERY)

    def _look(self) -> None:
        self._read_rows()
        self._read_state()
        steps = files.snapshot_steps(self.folder)
        known = {int(r["step"]) for r in self._rows}
        steps = [s for s in steps if s in known]
        for key, film in list(self.films.items()):
            for step in steps:
                if step not in film.positions:
                    self._add(film, step, steps[-1])
            if key[1] == "umap":
                self._take_in_layouts(film, steps)

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
        of_run = {
            "dim": int(self.config.get("embedding_dim", 0)),
            "loss": self.config.get("loss", {}),
        }
        now = {
            "type": "state",
            "run": self.id,
            "state": state,
            "reason": reason,
            "step": max(last, int(heart.get("step", 0))),
            "steps_per_second": round(float(heart.get("updates_per_second", 0.0)), 1)
            if state == "running"
            else 0.0,
            "diagnosis": diagnosis(self._rows, of_run),
        }
        if now != self.state:
            self.state = now
            self.audience.wake()

    def _add(self, film: Film, step: int, newest: int) -> None:
        embeddings, features = files.read_arrays(self.folder, step)
        x = embeddings[0] if film.space == "embeddings" else features
        if x is None:
            return
        film.spreads[step] = relative_spread(x)
        if film.layout == "natural":
            xy, kind = x, ("natural", step, None)
        elif film.layout == "pca":
            xy = film.pca.layout(x)
            kind = ("pca", step, trustworthiness(x, xy))
        else:
            xy, kind = self._umap_or_before(film, step, x)
        if film.with_agreement:
            film.agreements[step] = neighbour_agreement(x, self._labels())
        self._put(film, step, xy, kind)

    def _umap_or_before(
        self, film: Film, step: int, x: np.ndarray
    ) -> tuple[np.ndarray, tuple[str, int, float | None]]:
        """The step's own UMAP layout, else the one before it, else PCA."""
        with contextlib.suppress(FileNotFoundError):
            xy, trust = read_layout(self.folder, film.space, step)
            return xy, ("umap", step, trust)
        before = [s for s, kind in film.kinds.items() if kind[0] == "umap" and s < step]
        if before:
            last = max(before)
            return film.layouts[last], film.kinds[last]
        return film.pca.layout(x), ("pca", step, None)

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
            film.layouts[step], film.positions[step], film.kinds[step] = layout, xy, kind
            if len(film.frames) > MOST_FRAMES:
                kept = set(files.snapshot_steps(self.folder))
                for old in [s for s in film.frames if s not in kept]:
                    for table in vars(film).values():
                        if isinstance(table, dict):
                            table.pop(old, None)
        self.audience.wake()

    def _message(
        self, film: Film, step: int, xy: np.ndarray, kind: tuple[str, int, float | None]
    ) -> bytes:
        self._labels()  # and what the readings need to know
        rows = [r for r in self._rows if r["step"] <= step]
        readings = (read_frozen if self._about["frozen"] else read_all)(rows, self._about)
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
            run = files.read_json(self.folder / "run.json")
            self._about = {
                "dim": int(self.config.get("embedding_dim", 0)),
                "loss": self.config.get("loss", {}),
                "n_views": int(self.config.get("n_views", 2)),
                "n_probes": int(probes.get("n", 2)),
                "n_classes": len(probes.get("class_names", [])),
                "n_held_out": int(run.get("n_held_out", 1000)),
                "images_per_step": int(run.get("images_per_step", 0)),
                "device": device_text(run),
                "frozen": run.get("frozen") or {},
            }
        return self._probe_labels


def pack(header: dict[str, Any], *arrays: np.ndarray) -> bytes:
    """A message of the socket: length of the header, the header as JSON, the arrays as they are.

    The header is padded so that the arrays start at a multiple of four bytes.
    """
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(4 + len(text)) % 4)
    return struct.pack("<I", len(text)) + text + b"".join(a.tobytes() for a in arrays)
