"""One viewer of a run or of a comparison: what it watches, asks, and has been told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, get_args

from starlette.websockets import WebSocket, WebSocketDisconnect

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.shell import hosts, roles
from web.socket import control
from web.socket.bounds import SENT_WITHIN, Pace, Threads
from web.socket.follow import Asked, Follower, Message, Series
from web.socket.messages import TO_CLASS, TO_SERVER, fields_of, record_of
from web.socket.messages.to_server import Layout, Space
from web.socket.registry import Channel, Question, Registry

MOST_AT_ONCE = 16  # questions of one viewer that may wait
MOST_MESSAGE = 4096  # characters a browser may send at once
OF_WATCH = 10.0  # messages that one counts for which asks for another run or series
SPACES, LAYOUTS = get_args(Space), get_args(Layout)


class Viewer:
    """A connected page: which run and series it watches, and up to where it has been told."""

    def __init__(self, websocket: WebSocket, registry: Registry) -> None:
        self.websocket = websocket
        self.registry = registry
        self.folder: Path | None = None  # of the run that is watched, or soon will be
        self.watcher: Follower | None = None
        self.series: Series = ("embeddings", "umap", False)
        self.version = 0
        self.first: int | None = None  # the step whose frame is sent before the others
        self.state: dict[str, Any] = {}
        self.news = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.sending = asyncio.Lock()
        self.unread = asyncio.Event()  # the browser reads nothing of what is sent, or has to go
        self.has_spoken, self.since = False, time.monotonic()
        self.pace = Pace()
        self.threads = Threads()
        self.watching: asyncio.Task[None] | None = None
        self.has_nothing = False  # the run asked for has ended and has no snapshot
        self.tasks: set[asyncio.Task[None]] = set()
        self.mail: dict[str, dict[str, Any]] = {}  # of the class, the newest of each type

    def post(self, message: dict[str, Any]) -> None:
        """Have the browser told what its class says; from any thread."""

        def put() -> None:
            self.mail[message["type"]] = message
            self.news.set()

        with contextlib.suppress(RuntimeError):  # the loop is closing
            self.loop.call_soon_threadsafe(put)

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closing
            self.loop.call_soon_threadsafe(self.news.set)

    def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.watcher is not None:
            self.watcher.audience.leave(self)
        if self.registry.classroom is not None:
            self.registry.classroom.leave(self)

    async def listen(self) -> None:
        """Hear what the browser says until it is gone, as fast as one viewer may speak."""
        while True:
            text = await self.websocket.receive_text()
            self.has_spoken = True
            await self.pace.wait()
            await self.hear(text)

    async def hear(self, text: str) -> None:
        number = None
        try:
            message = _parsed(text)
            number = message.get("id") if isinstance(message.get("id"), int) else None
            _check_fields(message)
            if message.get("type") == "watch":
                await self.pace.wait(OF_WATCH)
                self.folder, asked = _checked_watch(message)
                if self.watching is not None:
                    self.watching.cancel()
                self.has_nothing = False
                self.watching = self._begin(None, self._watch(self.folder, asked))
            elif message.get("type") == "ask":
                channel = self.registry.channel_of_none(message.get("what"))
                if channel is None and self.watching is None:
                    raise ValueError("Watch a run first, then ask about it.")
                if len(self.tasks) >= MOST_AT_ONCE:
                    raise ValueError(
                        f"At most {MOST_AT_ONCE} questions may wait at once; this one was left."
                    )
                answer = (
                    self._answer_of_run(message)
                    if channel is None
                    else self._answer(channel, Question(message))
                )
                self._begin(number, answer)
            elif message.get("type") == "control":
                await self._control(message)
            elif record_of(message, TO_CLASS) and self.registry.classroom is not None:
                person = self._person(message)
                await asyncio.to_thread(self.registry.classroom.hear, message, self, person)
            else:
                raise ValueError(
                    "A message's type is 'watch', 'ask' or 'control', or what a class is told, got "
                    f"{str(message.get('type'))[:40]!r}."
                )
        except WebSocketDisconnect:
            raise
        except Exception as error:
            await self._send_in_turn({"type": "error", "id": number, "message": _said(error)})

    def _begin(self, number: int | None, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something without holding up what is said meanwhile; a failure is a sentence."""

        async def guarded() -> None:
            with contextlib.suppress(WebSocketDisconnect):
                try:
                    await work
                except WebSocketDisconnect:
                    raise
                except Exception as error:
                    told = {"type": "error", "id": number, "message": _said(error)}
                    await self._send_in_turn(told | getattr(error, "where", {}))

        task = asyncio.create_task(guarded())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(lambda _: work.close())  # it may be cancelled before it began
        return task

    async def send_news(self) -> None:
        """Send what is new, whenever the watcher says that something is."""
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await self.news.wait()
                self.news.clear()
                try:
                    async with self.sending:  # a change of the run waits for this, and this for it
                        await self._send_what_is_new()
                except WebSocketDisconnect:
                    raise
                except Exception as error:  # the next news may be sound
                    await self._send_in_turn({"type": "error", "id": None, "message": _said(error)})

    async def _send_what_is_new(self) -> None:
        while self.mail:
            await self._send(self.mail.pop(next(iter(self.mail))))
        watcher = self.watcher
        if watcher is None:
            return
        if watcher.state and watcher.state != self.state:
            self.state = watcher.state
            await self._send(self.state)
        self.version, messages = watcher.frames_since(self.series, self.version, self.first)
        for message in messages:
            await self._send(message)
            await asyncio.sleep(0)  # a whole film for one is no wait for another

    async def _watch(self, folder: Path, asked: Asked) -> None:
        watcher = await self.threads.do(lambda: self.registry.watcher_of(folder))
        await self._await_description(watcher)
        self.has_nothing = False
        opening = await self.threads.do(lambda: watcher.open(asked))
        async with self.sending:
            if watcher is not self.watcher:
                if self.watcher is not None:
                    self.watcher.audience.leave(self)
                watcher.audience.join(self, self.wake)
                watcher.begin()  # it may have ended while it was opened
            self.watcher, self.series, self.first = watcher, opening.series, opening.first
            self.version, self.state = 0, {}
            await self._send(opening.about)
        self.news.set()
        for message in await self.threads.do(lambda: list(watcher.afterwards(opening))):
            await self._send_in_turn(message)

    async def _await_description(self, watcher: Follower) -> None:
        """Wait until there is something to describe; meanwhile tell how the run stands. One that
        has ended may be gone on with."""
        told: dict[str, Any] = {}
        while not watcher.is_ready():
            watcher.begin()
            if watcher.state and watcher.state != told:
                before, told = told.get("state"), watcher.state
                self.has_nothing = told["state"] not in files.ACTIVE
                await self._send_in_turn(told)
                if told["state"] not in (before, *files.ACTIVE):
                    said = f"This run ended before its first snapshot. {told['reason']}"
                    await self._send_in_turn({"type": "error", "id": None, "message": said})
            await asyncio.sleep(0.05)

    async def _answer_of_run(self, message: dict[str, Any]) -> None:
        """Answer what is asked of the run or comparison that is watched, once it is."""
        watching = self.watching
        while watching is not None and not watching.done() and not self.has_nothing:
            await asyncio.sleep(0.05)
        if self.watcher is None or self.has_nothing:
            raise ValueError("There is no run to ask about.")
        channel = self.registry.shown_by[self.watcher]
        what, offered = message.get("what"), channel.questions
        if what not in offered:
            raise ValueError(f"what is {' or '.join(map(repr, offered))}, got {str(what)[:40]!r}.")
        await self._answer(channel, Question(message, self.watcher, self.series))

    async def _answer(self, channel: Channel, question: Question) -> None:
        await self._send_in_turn(await self.threads.do(lambda: channel.answer(question)))

    async def _control(self, message: dict[str, Any]) -> None:
        """Pass on what is asked of the run watched; one after the other, so that none is lost."""
        try:
            if self.folder is None:
                raise ValueError("Watch a run first, then ask something of it.")
            person = self._person(message)
            await asyncio.to_thread(control.obey, message, self.folder, person)
        except Exception as error:
            await self._send_in_turn({"type": "error", "of": "control", "message": _said(error)})

    def _person(self, message: dict[str, Any]) -> roles.Person:
        """Who says it: at this machine its owner, who needs no token."""
        is_local = hosts.is_local(self.websocket.headers)
        return roles.OWNER if is_local else roles.of_token(message.get("token"))

    async def _send_in_turn(self, message: Message) -> None:
        async with self.sending:
            await self._send(message)

    async def _send(self, message: Message) -> None:
        """Send while the turn to send is held; who reads nothing for long counts as gone."""
        content = message if isinstance(message, bytes) else _written(message)
        try:
            async with asyncio.timeout(SENT_WITHIN):
                if isinstance(content, bytes):
                    await self.websocket.send_bytes(content)
                else:
                    await self.websocket.send_text(content)
        except TimeoutError:
            self.unread.set()
            raise WebSocketDisconnect from None
        except RuntimeError:  # it has been closed
            raise WebSocketDisconnect from None


def _said(error: Exception) -> str:
    """A failure as a sentence: what we raise for people says it, and of others their kind."""
    if isinstance(error, (ValueError, OSError)):
        return str(error)
    return f"This could not be answered: {type(error).__name__}."


def _written(message: dict[str, Any]) -> str:
    """A message as text.

    Raises:
        ValueError: It holds a number that JSON has none for.
    """
    try:
        return json.dumps(message, allow_nan=False)
    except ValueError:
        raise ValueError(
            f"A message of type {message['type']!r} holds a number that is not finite, which no "
            "browser can read."
        ) from None


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > MOST_MESSAGE:
        raise ValueError(f"A message has at most {MOST_MESSAGE} characters, got {len(text)}.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"A message must be JSON, got {text[:40]!r}.") from None
    if not isinstance(message, dict):
        raise ValueError(f"A message must be a JSON object, got {text[:40]!r}.")
    return message


def _check_fields(message: dict[str, Any]) -> None:
    """Refuse what no record has; what is missing, and values, are for those who read them."""
    record = record_of(message, TO_SERVER)
    if record is not None and (unknown := message.keys() - fields_of(record).keys()):
        raise ValueError(
            f"{record.__name__} has the fields {', '.join(fields_of(record))}, got "
            f"{min(unknown)[:40]!r} beside them."
        )


def _checked_watch(message: dict[str, Any]) -> tuple[Path, Asked]:
    space, layout = message.get("space", "embeddings"), message.get("layout", "umap")
    if space not in SPACES or layout not in LAYOUTS:
        raise ValueError(
            f"space is one of {', '.join(SPACES)} and layout one of {', '.join(LAYOUTS)}, got "
            f"{str(space)[:40]!r} and {str(layout)[:40]!r}."
        )
    step = message.get("step")
    if step is not None and (not isinstance(step, int) or isinstance(step, bool) or step < 0):
        raise ValueError(f"step is a whole number from 0, got {str(step)[:40]!r}.")
    folder = shelf.find(str(message.get("run", "")))
    return folder, Asked(space, layout, message.get("agreement") is True, step)
