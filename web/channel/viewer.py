"""The socket between the browser and the runs: frames out, questions in and answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import threading
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from web.assets import BASE, asset_routes
from web.describe import describe, lenses
from web.watch import Watcher, pack

MOST_AT_ONCE = 16  # questions of one viewer that may wait
MOST_MESSAGE = 4096  # characters a browser may send at once
SPACES = ("embeddings", "features")
LAYOUTS = ("umap", "pca")
SPRITES = ("probes.webp", *(f"views-{v}.webp" for v in range(5)))

_watchers: dict[Path, Watcher] = {}
_layouts: subprocess.Popen[bytes] | None = None
_lock = threading.Lock()


def routes() -> list[BaseRoute]:
    """What the server serves beside Streamlit's pages."""
    return [
        WebSocketRoute(f"{BASE}/socket", socket),
        Route(f"{BASE}/runs/{{run}}/{{name}}", sprite),
        *asset_routes(),
    ]


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """At the server's start: a warm worker, the layouts' process, and torch, behind the page."""
    threading.Thread(target=_warm_up, daemon=True).start()
    yield


def _warm_up() -> None:
    with contextlib.suppress(OSError):
        launch.keep_warm()
        _layout_process()
    shelf.empty_bin()
    import torch

    torch.set_num_threads(1)
    import web.answers  # noqa: F401


def _layout_process() -> subprocess.Popen[bytes]:
    global _layouts
    with _lock:
        if _layouts is None or _layouts.poll() is not None:
            _layouts = launch.spawn("layouts", threads=1)
        return _layouts


def lay_out(folder: Path, space: str) -> None:
    """Have a run laid out from now on."""
    if shelf.is_recorded(folder):
        return
    process = _layout_process()
    with _lock, contextlib.suppress(OSError):
        assert process.stdin is not None
        process.stdin.write(json.dumps({"folder": str(folder), "space": space}).encode() + b"\n")
        process.stdin.flush()


def watcher_of(folder: Path) -> Watcher:
    """The one watcher of a run."""
    with _lock:
        watcher = _watchers.get(folder)
    if watcher is None or not watcher.is_alive:
        watcher = Watcher(folder, lay_out)
        with _lock:
            for old in [f for f, w in _watchers.items() if not w.is_alive]:
                del _watchers[old]
            _watchers[folder] = watcher
    return watcher


async def sprite(request: Request) -> Response:
    """A sprite sheet of a run."""
    name = request.path_params["name"]
    try:
        folder = shelf.find(request.path_params["run"])
    except ValueError as error:
        return PlainTextResponse(str(error), 404)
    if name not in SPRITES or not (folder / name).is_file():
        return PlainTextResponse("A run has probes.webp and views-0.webp to views-4.webp.", 404)
    return FileResponse(folder / name, headers={"Cache-Control": "no-cache"})


async def socket(websocket: WebSocket) -> None:
    """One viewer: what it asks is checked, answered, and harms nobody else."""
    origin = websocket.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != websocket.headers.get("host"):
        await websocket.close(1008, "This socket serves its own pages only.")
        return
    await websocket.accept()
    viewer = Viewer(websocket)
    sender = asyncio.create_task(viewer.send_news())
    try:
        while True:
            await viewer.hear(await websocket.receive_text())
    except (WebSocketDisconnect, KeyError, RuntimeError):
        pass  # gone, or sent bytes where text was due
    finally:
        sender.cancel()
        viewer.leave()


class Viewer:
    """A connected page: which run and series it watches, and up to where it has been told."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.watcher: Watcher | None = None
        self.key = ("embeddings", "umap", False)
        self.version = 0
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
            self.watcher.leave(self)

    async def hear(self, text: str) -> None:
        number = None
        try:
            message = _parsed(text)
            number = message.get("id") if isinstance(message.get("id"), int) else None
            if message.get("type") == "watch":
                asked = _checked_watch(message)
                if self.watching is not None:
                    self.watching.cancel()
                self.watching = self._begin(None, self._watch(*asked))
            elif message.get("type") == "ask":
                if self.watching is None:
                    raise ValueError("Watch a run first, then ask about it.")
                if len(self.tasks) >= MOST_AT_ONCE:
                    raise ValueError(
                        f"At most {MOST_AT_ONCE} questions may wait at once; this one was left."
                    )
                self._begin(number, self._answer(message))
            else:
                raise ValueError(
                    f"A message's type is 'watch' or 'ask', got {str(message.get('type'))[:40]!r}."
                )
        except (ValueError, OSError) as error:
            await self._send_json({"type": "error", "id": number, "message": str(error)})

    def _begin(self, number: int | None, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something without holding up what is said meanwhile; a failure is a sentence."""

        async def guarded() -> None:
            try:
                await work
            except (ValueError, OSError) as error:
                sentence = str(error)
            except (WebSocketDisconnect, RuntimeError):
                return
            except Exception as error:
                sentence = f"This could not be answered: {type(error).__name__}."
            else:
                return
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await self._send_json({"type": "error", "id": number, "message": sentence})

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
                        await self.websocket.send_text(json.dumps(self.state))
                    self.version, messages = watcher.frames_since(self.key, self.version)
                    for message in messages:
                        await self.websocket.send_bytes(message)

    async def _watch(self, folder: Path, space: str, layout: str, agreement: bool) -> None:
        watcher = await asyncio.to_thread(watcher_of, folder)
        about = await self._described(watcher)
        key = await asyncio.to_thread(watcher.series, space, layout, agreement)
        async with self.sending:
            if watcher is not self.watcher:
                if self.watcher is not None:
                    self.watcher.leave(self)
                watcher.join(self, self.wake)
            self.watcher, self.key, self.version, self.state = watcher, key, 0, {}
            series = {"space": space, "layout": layout, "agreement": agreement}
            await self.websocket.send_text(json.dumps(about | series))
        self.news.set()
        own = about["own_lens"]
        offered = await asyncio.to_thread(lenses, own)  # may wait for torch
        await self._send_json(
            {"type": "lenses", "run": about["run"], "lenses": offered, "own_lens": own}
        )

    async def _described(self, watcher: Watcher) -> dict[str, Any]:
        """The `run` message: all that does not change while a run goes on, once it is there."""
        folder = watcher.folder
        told: dict[str, Any] = {}
        while not (probes := files.read_json(folder / "probes.json")):
            if watcher.state and watcher.state != told:
                told = watcher.state
                await self._send_json(told)
                if told["state"] not in files.ACTIVE:
                    raise ValueError(f"This run ended before its first snapshot. {told['reason']}")
            await asyncio.sleep(0.05)
        return await asyncio.to_thread(describe, folder, probes, watcher.is_natural)

    async def _answer(self, message: dict[str, Any]) -> None:
        if self.watching is not None:
            await asyncio.wait([self.watching])
        watcher = self.watcher
        if watcher is None:
            raise ValueError("There is no run to ask about.")
        what = message.get("what")
        if what not in ("weights", "query"):
            raise ValueError(f"what is 'weights' or 'query', got {str(what)[:40]!r}.")
        answer = await asyncio.to_thread(_compute, watcher, self.key, what, message)
        async with self.sending:
            if isinstance(answer, bytes):
                await self.websocket.send_bytes(answer)
            else:
                await self.websocket.send_text(json.dumps(answer))

    async def _send_json(self, message: dict[str, Any]) -> None:
        async with self.sending:
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


def _checked_watch(message: dict[str, Any]) -> tuple[Path, str, str, bool]:
    space, layout = message.get("space", "embeddings"), message.get("layout", "umap")
    if space not in SPACES or layout not in LAYOUTS:
        raise ValueError(
            f"space is one of {', '.join(SPACES)} and layout one of {', '.join(LAYOUTS)}, got "
            f"{str(space)[:40]!r} and {str(layout)[:40]!r}."
        )
    folder = shelf.find(str(message.get("run", "")))
    return folder, space, layout, message.get("agreement") is True


def _compute(
    watcher: Watcher, key: tuple[str, str, bool], what: str, message: dict[str, Any]
) -> bytes | dict[str, Any]:
    from web import answers

    question = answers.understand(message, watcher.folder)
    xy = watcher.positions(key, question.step) if key[0] == "embeddings" else None
    known = {"id": message.get("id"), "what": what}
    if what == "query":
        return {"type": "answer"} | known | answers.query(question, xy)
    header, arrays = answers.weights(question, xy)
    return pack({"type": "weights"} | known | header, *(a.astype("<f4") for a in arrays))
