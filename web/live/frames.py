"""Makes the frames of one series, in a thread of its own, while somebody looks at it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from cacr_core.layouts import framed, neighbour_agreement, trustworthiness
from cacr_core.layouts.process import laid_out_steps, read_layout
from cacr_core.runs import folder as files
from cacr_core.scores.evenness import relative_spread
from web.live.film import Film
from web.socket.messages import pack

if TYPE_CHECKING:
    from web.live.watch import Watcher

LOOK_EVERY = 0.05  # seconds
Kind = tuple[str, int, float | None]  # layout, the step it is of, its trustworthiness
_behind = threading.Lock()  # of all series, one at a time makes what nobody waits for


class Maker(threading.Thread):
    """The frames of one film: the moment that is looked at first, then the others in order."""

    def __init__(self, run: Watcher, film: Film) -> None:
        super().__init__(daemon=True, name=f"frames of {run.id}")
        self.of, self.film = run, film
        self.folder = run.folder

    def run(self) -> None:
        before = None
        while self.of.is_looked_at(self.film):
            self.of.drop_again(self.film)
            steps = self.of.moments.steps
            missing = self.film.missing(steps)
            if len(missing) > 1 and missing[0] == steps[-1] and before == "newest":
                missing = missing[1:]  # where new ones come faster than they are made, others too
            before = "newest" if missing[:1] == steps[-1:] else "other"
            if not missing:
                self._take_in_layouts()
                time.sleep(LOOK_EVERY)
            elif missing[0] == self.film.first or missing[0] == steps[-1]:
                self._make(missing[0])
            else:
                with _behind:
                    self._make(missing[0])

    def _make(self, step: int) -> None:
        """One frame; a snapshot that cannot be shown is left out, and said to be."""
        try:
            self._add(step)
        except FileNotFoundError:  # thinned out meanwhile
            self.film.gone.add(step)
        except Exception as error:
            self.film.lost[step] = str(error)

    def _points(self, step: int) -> np.ndarray | None:
        embeddings, features = files.read_arrays(self.folder, step)
        return embeddings[0] if self.film.space == "embeddings" else features

    def _add(self, step: int) -> None:
        film, x = self.film, self._points(step)
        if x is None:
            film.gone.add(step)
            return
        n = self.of.about()["n_probes"]
        if len(x) != n:
            raise ValueError(f"The snapshot of step {step} shows {len(x)} images, not {n}.")
        film.spreads[step] = relative_spread(x)
        if film.with_agreement:
            film.agreements[step] = neighbour_agreement(x, self.of.labels())
        kind: Kind
        if film.layout == "natural":
            xy, kind = x, ("natural", step, None)
            if x.shape[1] not in (2, 3):
                raise ValueError(f"The snapshot of step {step} has {x.shape[1]} dimensions.")
        elif film.layout == "pca":
            xy = film.plane(step, x)
            kind = ("pca", step, trustworthiness(x, xy))
        else:
            xy, kind = self._umap_or_before(step, x)
        self._put(step, xy, kind)

    def _layout(self, step: int) -> tuple[np.ndarray, float] | None:
        """The stored layout of a step; None where there is none or it is damaged."""
        film = self.film
        try:
            xy, trust = read_layout(self.folder, film.space, step)
            if len(xy) != self.of.about()["n_probes"]:
                raise ValueError(f"The layout of step {step} places {len(xy)} images.")
        except FileNotFoundError:
            return None
        except ValueError as error:
            film.unplaced[step] = str(error)
            return None
        film.unplaced.pop(step, None)
        return xy, trust

    def _umap_or_before(self, step: int, x: np.ndarray) -> tuple[np.ndarray, Kind]:
        """The step's own UMAP layout, else the one before it, else PCA."""
        made = laid_out_steps(self.folder, self.film.space)
        for before in [step, *(s for s in reversed(made) if s < step)]:
            if (found := self._layout(before)) is not None:
                return found[0], ("umap", before, found[1])
        return self.film.plane(step, x), ("pca", step, None)

    def _take_in_layouts(self) -> None:
        """Put layouts that have come since under their frames, and under those after them."""
        film = self.film
        if film.layout != "umap":
            return
        made = laid_out_steps(self.folder, film.space)
        for step in made:
            if step not in film.positions or film.kinds[step][:2] == ("umap", step):
                continue
            if step in film.unplaced or (found := self._layout(step)) is None:
                continue
            kind = ("umap", step, found[1])
            until = min((s for s in made if s > step and s not in film.unplaced), default=10**12)
            for later in sorted(film.positions):
                if step <= later < until:
                    self._put(later, found[0], kind)

    def _put(self, step: int, layout: np.ndarray, kind: Kind) -> None:
        xy = layout if kind[0] == "natural" else framed(layout, self.film.spreads[step])
        self.of.keep(self.film, step, xy, kind, self._message(step, xy, kind))

    def _message(self, step: int, xy: np.ndarray, kind: Kind) -> bytes:
        film = self.film
        numbers, diagnosis = self.of.moments.numbers(step, self.of.about())
        header = {
            "type": "frame",
            "step": step,
            "space": film.space,
            "layout": kind[0],
            "of": {"step": kind[1]},
            "trust": round(kind[2], 3) if kind[2] is not None and np.isfinite(kind[2]) else None,
            "spread": round(film.spreads[step], 4),
            "dims": xy.shape[1],
            "n": len(xy),
            "numbers": [
                r._asdict() | {"value": None if np.isnan(r.value) else float(f"{r.value:.6g}")}
                for r in numbers
            ],
            "diagnosis": diagnosis,
            "latest": step == self.of.moments.last,
            "agreement": film.with_agreement,
        }
        arrays = [xy.astype("<f4")]
        if film.with_agreement:
            arrays.append((film.agreements[step] * 255).round().astype(np.uint8))
        return pack(header, *arrays)
