"""One thread that follows a folder for all who look at it: the base of both watchers."""

from __future__ import annotations

import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.launch import reap
from web.socket.audience import Audience

LOOK_EVERY = 0.05  # seconds

Series = tuple[str, str, bool]  # space, layout, and whether neighbours' agreement goes with it
Message = bytes | dict[str, Any]


class Asked(NamedTuple):
    """How a viewer wants to look at a folder: a checked `watch` message."""

    space: str = "embeddings"
    layout: str = "umap"
    agreement: bool = False
    step: int | None = None


class Opening(NamedTuple):
    """What a viewer gets who begins to watch.

    Attributes:
        about: The first message, which says what is watched.
        series: What it gets the frames of from then on.
        first: The step whose frame is sent before the others.
    """

    about: dict[str, Any]
    series: Series
    first: int | None = None


class Follower(ABC):
    """One folder, read by one thread and shown to any number of viewers.

    Who makes one for viewers calls `begin`; who wants what a folder says now calls `look` instead,
    for two that look at once would each take in a part. What viewers ask of it may be called from
    any thread; they are woken from the watcher's own thread whenever there is something new.

    Attributes:
        config: What config.json says.
        state: The last `state` message, empty before the first.
        audience: Who watches; some time after the last has gone the thread ends.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = shelf.id_of(folder)
        self.config = files.read_json(folder / "config.json")
        self.state: dict[str, Any] = {}
        self.audience = Audience()
        self._lock = threading.Lock()
        self._version = 0
        self._is_followed = False
        self._leaving = threading.Lock()  # while the thread decides whether to end

    def begin(self) -> None:
        """Follow the folder from now on, for somebody who is about to join or has: where its thread
        has ended meanwhile, with a new one."""
        with self._leaving:
            self.audience.await_somebody()
            if not self._is_followed:
                threading.Thread(target=self._follow, daemon=True).start()
                self._is_followed = True

    @property
    def is_alive(self) -> bool:
        return self._is_followed

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the worker has written what describes the folder."""

    @abstractmethod
    def open(self, asked: Asked) -> Opening:
        """What a viewer is told at first; asked once the watcher is ready."""

    def afterwards(self, opening: Opening) -> Iterable[Message]:
        """What a viewer is told next, once it is there: it may wait for torch."""
        return ()

    @abstractmethod
    def frames_since(
        self, series: Series, version: int, first: int | None = None
    ) -> tuple[int, Sequence[Message]]:
        """The newest version, and what is new in a series since one; that of `first` leads."""

    @abstractmethod
    def look(self) -> bool:
        """Take in what is new; whether all of it has been. Called by the watcher's own thread."""

    def read_state(self, step: int, **more: Any) -> None:
        """Say how the folder stands, if it stands differently.

        Args:
            step: The last whose numbers are known; the worker may say that it is further.
            more: Fields of the `state` message beside those of every folder.
        """
        reap()
        state, reason = files.status_and_reason(self.folder)
        heart = files.heart(self.folder)
        speed = float(heart.get("updates_per_second", 0.0)) if state == "running" else 0.0
        now = {
            "type": "state",
            "run": self.id,
            "state": state,
            "reason": reason,
            "step": max(step, int(heart.get("step", 0))),
            "steps_per_second": round(speed, 1),
        } | more
        if now != self.state:
            self.state = now
            self.audience.wake()

    def _follow(self) -> None:
        while True:
            done = True
            with contextlib.suppress(Exception):  # whatever a damaged file does, it goes on
                done = self.look()
            with self._leaving:
                if self.audience.has_gone():
                    self._is_followed = False
                    return
            if done:
                time.sleep(LOOK_EVERY)
