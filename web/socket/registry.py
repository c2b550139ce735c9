"""What pages put behind the socket, and the one watcher of each folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from starlette.routing import BaseRoute

from cacr_core.runs import shelf
from web.shell.roles import Person
from web.socket.follow import Follower, Message, Series


class Question(NamedTuple):
    """An `ask` message, and of which watcher and series; of neither where it is about no run."""

    message: dict[str, Any]
    watcher: Follower | None = None
    series: Series | None = None

    @property
    def known(self) -> dict[str, Any]:
        """What an answer repeats of its question."""
        return {"id": self.message.get("id"), "what": self.message["what"]}


class Seat(Protocol):
    """A browser that sits in a class."""

    def post(self, message: dict[str, Any]) -> None:
        """Have it told this; of each type the newest alone. From any thread."""


class Classroom(Protocol):
    """What browsers say to a class, and to each other through it."""

    def hear(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        """Take it; ValueError is told as it stands."""

    def leave(self, seat: Seat) -> None:
        """A browser has gone."""


def _nothing() -> None:
    """Nothing stands by."""


class Channel(NamedTuple):
    """A page's part of the socket.

    Attributes:
        questions: Names of what may be asked, the field `what` of an `ask` message.
        answer: From a question to the message that answers it, in a thread; ValueError is told as
            it stands. The first call may load torch.
        load: Loads what answers need, torch above all: called behind the first page.
        follows: Whether a folder is one that this page watches; None where it watches none, and its
            questions are about no run.
        watcher: Makes the watcher of such a folder.
        stand_by: Starts what waits for work; called when the server starts.
        routes: What it serves over HTTP beside the socket.
    """

    questions: tuple[str, ...]
    answer: Callable[[Question], Message]
    load: Callable[[], None]
    follows: Callable[[Path], bool] | None = None
    watcher: Callable[[Path], Follower] | None = None
    stand_by: Callable[[], None] = _nothing
    routes: Sequence[BaseRoute] = ()


class Registry:
    """All channels, the watchers that they have made and whose each is, and the class if any."""

    def __init__(self, *channels: Channel, classroom: Classroom | None = None) -> None:
        self.channels = channels
        self.classroom = classroom
        self.watchers: dict[Path, Follower] = {}
        self.shown_by: WeakKeyDictionary[Follower, Channel] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def channel_of(self, folder: Path) -> Channel:
        """The channel that watches a folder.

        Raises:
            ValueError: No page watches one of this kind.
        """
        for channel in self.channels:
            if channel.follows is not None and channel.follows(folder):
                return channel
        raise ValueError(f"No page shows {shelf.id_of(folder)}.")

    def channel_of_none(self, what: object) -> Channel | None:
        """The channel with this question, one about no run; None where there is none."""
        for channel in self.channels:
            if channel.follows is None and what in channel.questions:
                return channel
        return None

    def watcher_of(self, folder: Path) -> Follower:
        """The one watcher of a folder, made anew where an earlier one has ended. It waits for who
        asks, until they have joined, as for one who has left."""
        with self._lock:
            watcher = self.watchers.get(folder)
            if watcher is not None and watcher.is_alive:
                watcher.begin()
                return watcher
        channel = self.channel_of(folder)
        assert channel.watcher, "a channel that follows folders makes watchers of them"
        made = channel.watcher(folder)
        with self._lock:  # another viewer may have had one made meanwhile
            watcher = self.watchers.get(folder)
            if watcher is None or not watcher.is_alive:
                for old in [f for f, w in self.watchers.items() if not w.is_alive]:
                    del self.watchers[old]
                watcher = self.watchers[folder] = made
                self.shown_by[watcher] = channel
            watcher.begin()
        return watcher
