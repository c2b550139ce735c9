"""Watches a run's folder for all its viewers, and makes frames of what it finds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.layouts import framed, neighbour_agreement, trustworthiness
from cacr_core.layouts.process import laid_out_steps, read_layout
from cacr_core.runs import folder as files
from cacr_core.scores.evenness import relative_spread
from web.live.describe import about_run, describe, lenses
from web.live.film import Film
from web.live.frozen_readings import read_frozen
from web.live.readings import diagnosis, read_all
from web.socket.follow import Asked, Follower, Message, Opening, Series
from web.socket.messages import pack

AT_A_TIME = 0.2  # seconds of making frames until states are looked at again
MOST_FRAMES = 400


class Watcher(Follower):
    """One run: its frames, made once for all who look at it in one space and layout."""

    def __init__(self, folder: Path, lay_out: Callable[[Path, str], None]) -> None:
        super().__init__(folder)
        self.films: dict[Series, Film] = {}
        self._lay_out = lay_out
        self._rows: list[dict[str, float]] = []
        self._rows_size = -1
        self._probe_labels: np.ndarray | None = None
        self._about: dict[str, Any] = {}  # what the readings need to know of the run
        self.begin()

    # --- asked by viewers

    @property
    def is_natural(self) -> bool:
        """Whether embeddings are drawn as they are, on the circle or the sphere."""
        return int(self.config.get("embedding_dim", 0)) in (2, 3)

    def is_ready(self) -> bool:
        """Whether the worker has written what describes the run."""
        return (files.images_folder(self.folder) / "probes.json").exists()

    def open(self, asked: Asked) -> Opening:
        first = self.nearest(asked.step)
        about = describe(self.folder, self.is_natural)
        about |= {"space": asked.space, "layout": asked.layout, "agreement": asked.agreement}
        series = self.series(asked.space, asked.layout, asked.agreement, first)
        return Opening(about | {"at": first}, series, first)

    def afterwards(self, opening: Opening) -> Iterator[Message]:
        """The lenses, each with the run's own values."""
        own, run = opening.about["own_lens"], opening.about["run"]
        yield {"type": "lenses", "run": run, "lenses": lenses(own), "own_lens": own}

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
        self, series: Series, version: int, first: int | None = None
    ) -> tuple[int, list[bytes]]:
        """Frames made or made anew since a version, in the order of their making, but the first."""
        with self._lock:
            return self.films[series].since(version, first)

    def positions(self, key: Series, step: int) -> np.ndarray | None:
        """Where the probes stood at a step, or at the nearest step that has been drawn."""
        with self._lock:
            placed = self.films[key].positions
            if not placed:
                return None
            return placed[min(placed, key=lambda s: abs(s - step))]

    # --- the watching thread

    def look(self) -> bool:
        self._read_rows()
        self.read_state(int(self._rows[-1]["step"]) if self._rows else 0)
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

    def _points(self, film: Film, step: int) -> np.ndarray | None:
        embeddings, features = files.read_arrays(self.folder, step)
        return embeddings[0] if film.space == "embeddings" else features

    def _add(self, film: Film, step: int, steps: list[int]) -> None:
        x = self._points(film, step)
        if x is None:
            return
        film.spreads[step] = relative_spread(x)
        kind: tuple[str, int, float | None]
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
