"""Watches a run's folder for all its viewers, and has frames made of what it finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.layouts.process import refusal
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.paths import is_described
from cacr_core.runs.reading import damage_of_files, damage_of_lines, named
from web.live.describe import about_run, describe, device_text, lenses
from web.live.film import Film
from web.live.frames import Maker
from web.live.kept import Kept, Written, written
from web.live.moments import Moments
from web.socket.follow import Asked, Follower, Message, Opening, Series

DAMAGE_EVERY = 5.0  # seconds between two looks at what cannot be read
NAME_EVERY = 5.0  # seconds between two times that a run looked at is named to be laid out


class Watcher(Follower):
    """One run: its frames, made once for all who look at it in one space and layout.

    The watching thread reads rows and states and makes no frame: each series has a thread of its
    own for that (`frames.py`), which ends when nobody looks at it any more.
    """

    def __init__(self, folder: Path, lay_out: Callable[[Path, str], None]) -> None:
        super().__init__(folder)
        self.films: dict[Series, Film] = {}
        self.moments = Moments(folder)
        self.answers = Kept()
        self._makers: dict[Series, Maker] = {}
        self._lay_out = lay_out
        self._about: dict[str, Any] | None = None  # what the readings need to know of the run
        self._about_of: Written | None = None  # the run.json that it was read from
        self._told: dict[str, Any] | None = None  # the `run` message, less how it is looked at
        self._was_active = True
        self._labels: np.ndarray | None = None
        self._damage: list[str] = []
        self._damage_at = 0.0
        self._named_at = 0.0

    # --- asked by viewers

    @property
    def is_natural(self) -> bool:
        """Whether embeddings are drawn as they are, on the circle or the sphere."""
        return int(self.config.get("embedding_dim", 0)) in (2, 3)

    def is_ready(self) -> bool:
        """Whether the worker has written what describes the run."""
        return is_described(self.folder)

    def open(self, asked: Asked) -> Opening:
        at = self.nearest(asked.step)
        about = self._describe()
        about |= {"space": asked.space, "layout": asked.layout, "agreement": asked.agreement}
        first = at
        if first is None and not shelf.is_recorded(self.folder):  # a recording plays from step 0
            first = self.nearest(10**9)
        series = self.series(asked.space, asked.layout, asked.agreement, first)
        return Opening(about | {"asked": asked.step, "at": at}, series, first)

    def _describe(self) -> dict[str, Any]:
        """The `run` message; it is the same for all, but for a title given since, and for where the
        run goes on."""
        if self._told is None or not self.moments.steps:
            self._told = describe(self.folder, self.is_natural)
        run = files.read_json(self.folder / "run.json")
        title = run.get("title", self.folder.name)
        return self._told | {"title": title, "device": device_text(run)}

    def afterwards(self, opening: Opening) -> Iterator[Message]:
        """The lenses, each with the run's own values."""
        own, run = opening.about["own_lens"], opening.about["run"]
        yield {"type": "lenses", "run": run, "lenses": lenses(own), "own_lens": own}

    def nearest(self, step: int | None) -> int | None:
        """The last step kept at or before one that can be read, None where there is none."""
        return None if step is None else files.readable_step(self.folder, step)

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
                self.films[key].until = self.moments.last
            self.films[key].asked = time.monotonic()
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

    def version_of(self, key: Series, step: int) -> int:
        """Which making of a step's frame is the last, 0 before any; answers hold places of it."""
        with self._lock:
            film = self.films[key]
            placed = film.positions
            near = min(placed, key=lambda s: abs(s - step)) if placed else None
            return 0 if near is None else film.frames[near][0]

    # --- asked by those who make frames

    def about(self) -> dict[str, Any]:
        """What the readings need to know of the run; a run that is gone on with may do so
        elsewhere."""
        now = written(self.folder / "run.json")
        if self._about is None or now != self._about_of:
            self._about, self._about_of = about_run(self.folder), now
        return self._about

    def labels(self) -> np.ndarray:
        """`(probe,)`, the class of each, -1 where it has none."""
        if self._labels is None:
            self._labels = np.asarray(files.read_probes(self.folder)["labels"])
        return self._labels

    def is_looked_at(self, film: Film) -> bool:
        """Whether somebody looks at a series, or has asked for it just now."""
        key = (film.space, film.layout, film.with_agreement)
        return film.is_wanted() or key in self.audience.series()

    def keep(
        self, film: Film, step: int, xy: np.ndarray, kind: tuple[str, int, float | None],
        message: bytes,
    ) -> None:  # fmt: skip
        """Take in a frame, and tell who watches that there is one."""
        with self._lock:
            self._version += 1
            film.frames[step] = (self._version, message)
            film.positions[step], film.kinds[step] = xy, kind
            film.thin(self.folder)
        self.audience.wake()

    def drop_again(self, film: Film) -> None:
        """Forget the frames of moments that the run has come to again: they are made anew."""
        with self._lock:
            film.drop_again()

    # --- the watching thread

    def look(self) -> bool:
        if self.is_ready():
            self.about()
        is_active = self.state.get("state", "waiting") in files.ACTIVE
        if is_active and not self._was_active:  # gone on with: what was lost is made again
            for film in self.films.values():
                film.lost.clear()
                film.gone.clear()
        self._was_active = is_active
        is_new = self.moments.read(self._about, is_active)
        for film in list(self.films.values()):
            film.again |= self.moments.again
        if is_new or time.monotonic() - self._damage_at > DAMAGE_EVERY:
            self._damage, self._damage_at = self._read_damage(), time.monotonic()
        said = {"damage": self._damage} if self._damage else {}
        self.read_state(self.moments.last, **said)
        if time.monotonic() - self._named_at > NAME_EVERY:
            self._named_at = time.monotonic()
            self._name()
        for key, film in list(self.films.items()):
            maker = self._makers.get(key)
            if (maker is None or not maker.is_alive()) and self.is_looked_at(film):
                self._makers[key] = Maker(self, film)
                self._makers[key].start()
        return True

    def _name(self) -> None:
        """Have it laid out on: who lays runs out may have died, or had others to see to."""
        films = list(self.films.values())
        seen = {film.space for film in films if film.layout == "umap" and self.is_looked_at(film)}
        for space in seen:
            self._lay_out(self.folder, space)

    def _read_damage(self) -> list[str]:
        """What of the run cannot be shown, a sentence each; none where all can."""
        said = damage_of_files(self.folder) + damage_of_lines(self.moments.n_damaged)
        films = list(self.films.values())
        if steps := list({step for film in films for step in film.lost}):
            what = "Snapshot of step" if len(steps) == 1 else "Snapshots of steps"
            verb = "is" if len(steps) == 1 else "are"
            said.append(f"{what} {named(steps)} {verb} damaged and {verb} left out.")
        if steps := list({step for film in films for step in film.unplaced}):
            what = "Layout of step" if len(steps) == 1 else "Layouts of steps"
            said.append(f"{what} {named(steps)} {'is' if len(steps) == 1 else 'are'} damaged.")
        spaces = {film.space for film in films if film.layout == "umap"}
        return said + sorted({refusal(self.folder, space) for space in spaces} - {""})
