"""One viewer of a run or of a comparison: what it watches, asks, and has been told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.compare.watch import CompareWatcher
from web.live.describe import describe, lenses
from web.live.watch import Watcher, pack
from web.socket import control
from web.socket.watchers import watcher_of

MOST_AT_ONCE = 16  # questions of one viewer that may wait
MOST_MESSAGE = 4096  # characters a browser may send at once
ANSWERS = ("weights", "query")
OF_NO_RUN = ("forces", "landscape", "chord", "flow", "stability")  # asked by the Forces page
SPACES = ("embeddings", "features")
LAYOUTS = ("umap", "pca")


class Viewer:
    """A connected page: which run and series it watches, and up to where it has been told."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.folder: Path | None = None  # of the run that is watched, or soon will be
        self.watcher: Watcher | CompareWatcher | None = None
        self.key = ("embeddings", "umap", False)
        self.version = 0
        self.first: int | None = None  # the step whose frame is sent before the others
        self.state: dict[str, Any] = {}
        self.news = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.sending = asyncio.Lock()
        self.watching: asyncio.Task[None] | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closing
            self.loop.call_soon_threadsafe(self.news.set)

    def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.watcher is not None:
            self.watcher.audience.leave(self)

    async def hear(self, text: str) -> None:
        number = None
        try:
            message = _parsed(text)
            number = message.get("id") if isinstance(message.get("id"), int) else None
            if message.get("type") == "watch":
                asked = _checked_watch(message)
                self.folder = asked[0]
                if self.watching is not None:
                    self.watching.cancel()
                self.watching = self._begin(None, self._watch(*asked))
            elif message.get("type") == "ask":
                of_run = message.get("what") not in OF_NO_RUN
                if of_run and self.watching is None:
                    raise ValueError("Watch a run first, then ask about it.")
                if len(self.tasks) >= MOST_AT_ONCE:
                    raise ValueError(
                        f"At most {MOST_AT_ONCE} questions may wait at once; this one was left."
                    )
                self._begin(number, self._answer(message) if of_run else self._force(message))
            elif message.get("type") == "control":
                await self._control(message)
            else:
                raise ValueError(
                    "A message's type is 'watch', 'ask' or 'control', got "
                    f"{str(message.get('type'))[:40]!r}."
                )
        except (ValueError, OSError) as error:
            await self._send_json({"type": "error", "id": number, "message": str(error)})

    def _begin(self, number: int | None, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something without holding up what is said meanwhile; a failure is a sentence."""

        async def guarded() -> None:
            side = {}
            try:
                await work
            except (ValueError, OSError) as error:
                sentence = str(error)
                side = getattr(error, "where", {})
            except (WebSocketDisconnect, RuntimeError):
                return
            except Exception as error:
                sentence = f"This could not be answered: {type(error).__name__}."
            else:
                return
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await self._send_json({"type": "error", "id": number, "message": sentence} | side)

        task = asyncio.create_task(guarded())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def send_news(self) -> None:
        """Send what is new, whenever the watcher says that something is."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self.news.wait()
                self.news.clear()
                async with self.sending:  # a change of the run waits for this, and this for it
                    watcher = self.watcher
                    if watcher is None:
                        continue
                    if watcher.state and watcher.state != self.state:
                        self.state = watcher.state
                        await self._send(self.state)
                    self.version, messages = watcher.frames_since(
                        self.key, self.version, self.first
                    )
                    for message in messages:
                        await self._send(message)

    async def _watch(
        self, folder: Path, space: str, layout: str, agreement: bool, step: int | None
    ) -> None:
        watcher = await asyncio.to_thread(watcher_of, folder)
        await self._await_description(watcher)
        first = None
        if isinstance(watcher, CompareWatcher):
            key, about = watcher.key, await asyncio.to_thread(watcher.describe)
        else:
            first = await asyncio.to_thread(watcher.nearest, step)
            about = await asyncio.to_thread(describe, folder, watcher.is_natural)
            about |= {"space": space, "layout": layout, "agreement": agreement, "at": first}
            key = await asyncio.to_thread(watcher.series, space, layout, agreement, first)
        async with self.sending:
            if watcher is not self.watcher:
                if self.watcher is not None:
                    self.watcher.audience.leave(self)
                watcher.audience.join(self, self.wake)
            self.watcher, self.key, self.version, self.state = watcher, key, 0, {}
            self.first = first
            await self._send(about)
        self.news.set()
        if own := about.get("own_lens"):
            offered = await asyncio.to_thread(lenses, own)  # may wait for torch
            await self._send_json(
                {"type": "lenses", "run": about["run"], "lenses": offered, "own_lens": own}
            )

    async def _await_description(self, watcher: Watcher | CompareWatcher) -> None:
        """Wait until there is something to describe; meanwhile tell how the run stands."""
        told: dict[str, Any] = {}
        while not watcher.is_ready():
            if watcher.state and watcher.state != told:
                told = watcher.state
                await self._send_json(told)
                if told["state"] not in files.ACTIVE:
                    raise ValueError(f"This run ended before its first snapshot. {told['reason']}")
            await asyncio.sleep(0.05)

    async def _answer(self, message: dict[str, Any]) -> None:
        if self.watching is not None:
            await asyncio.wait([self.watching])
        watcher = self.watcher
        if watcher is None:
            raise ValueError("There is no run to ask about.")
        what = message.get("what")
        offered = ("strips", "moved") if isinstance(watcher, CompareWatcher) else ANSWERS
        if what not in offered:
            raise ValueError(f"what is {' or '.join(map(repr, offered))}, got {str(what)[:40]!r}.")
        if isinstance(watcher, CompareWatcher):
            answer = await asyncio.to_thread(_compare, watcher.folder, what, message)
        else:
            answer = await asyncio.to_thread(_compute, watcher, self.key, what, message)
        async with self.sending:
            await self._send(answer)

    async def _control(self, message: dict[str, Any]) -> None:
        """Pass on what is asked of the run watched; one after the other, so that none is lost."""
        try:
            if self.folder is None:
                raise ValueError("Watch a run first, then ask something of it.")
            await asyncio.to_thread(control.obey, message, self.folder)
        except (ValueError, OSError) as error:
            await self._send_json({"type": "error", "of": "control", "message": str(error)})

    async def _force(self, message: dict[str, Any]) -> None:
        """Answer what the Forces page asks; it is about no run."""
        answer = await asyncio.to_thread(_compute_forces, message)
        async with self.sending:
            await self._send(answer)

    async def _send_json(self, message: dict[str, Any]) -> None:
        async with self.sending:
            await self._send(message)

    async def _send(self, message: bytes | dict[str, Any]) -> None:
        """Send while the turn to send is held."""
        if isinstance(message, bytes):
            await self.websocket.send_bytes(message)
        else:
            await self.websocket.send_text(json.dumps(message))


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


def _checked_watch(message: dict[str, Any]) -> tuple[Path, str, str, bool, int | None]:
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
    return folder, space, layout, message.get("agreement") is True, step


def _compute(
    watcher: Watcher, key: tuple[str, str, bool], what: str, message: dict[str, Any]
) -> bytes | dict[str, Any]:
    from web.live import answers

    question = answers.understand(message, watcher.folder)
    xy = watcher.positions(key, question.step) if key[0] == "embeddings" else None
    known = {"id": message.get("id"), "what": what}
    if what == "query":
        return {"type": "answer"} | known | answers.query(question, xy)
    header, arrays = answers.weights(question, xy)
    return pack({"type": "weights"} | known | header, *(a.astype("<f4") for a in arrays))


def _compare(folder: Path, what: str, message: dict[str, Any]) -> dict[str, Any]:
    from web.compare import moved, strips

    answer = strips.strips if what == "strips" else moved.moved
    known = {"type": "answer", "id": message.get("id"), "what": what}
    return known | answer(message, folder)


def _compute_forces(message: dict[str, Any]) -> bytes | dict[str, Any]:
    from web.forces import answers

    known = {"type": "answer", "id": message.get("id"), "what": message["what"]}
    answer, arrays = answers.forces(message)
    if not arrays:
        return known | answer
    named = [[name, int(array.size)] for name, array in arrays.items()]
    header = known | answer | {"arrays": named}
    return pack(header, *(array.astype("<f4") for array in arrays.values()))
