"""The socket between the browser and the runs: frames out, questions in and answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from web.shell import private, roles
from web.shell.assets import BASE, asset_routes
from web.socket.crowd import Crowd
from web.socket.registry import Channel, Classroom, Registry
from web.socket.viewer import Viewer

TURN = 0.0005  # seconds a thread goes on for when others wait: an answer holds up no frame
CLOSED_WITHIN = 1.0  # seconds
GONE = (WebSocketDisconnect, KeyError, RuntimeError, TimeoutError)  # or bytes came for text
SPRITES = ("probes.webp", *(f"views-{v}.webp" for v in range(5)))


class Server:
    """The socket, and what is served beside it, of the pages whose channels it is given."""

    def __init__(self, *channels: Channel, classroom: Classroom | None = None) -> None:
        self.registry = Registry(*channels, classroom=classroom)
        self.crowd = Crowd()

    def routes(self) -> list[BaseRoute]:
        """What is served beside Streamlit's pages."""
        return [
            WebSocketRoute(f"{BASE}/socket", self.socket),
            Route(f"{BASE}/runs/{{run}}/{{name}}", sprite),
            *(route for channel in self.registry.channels for route in channel.routes),
            *asset_routes(),
        ]

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """At the server's start: processes that stand by, and torch, behind the page."""
        sys.setswitchinterval(TURN)
        for line in roles.links():
            print(line, flush=True)
        threading.Thread(target=self._warm_up, daemon=True).start()
        yield

    def _warm_up(self) -> None:
        with contextlib.suppress(OSError):
            launch.keep_warm()
            for channel in self.registry.channels:
                channel.stand_by()
        shelf.tidy()
        private.sweep()
        import torch

        torch.set_num_threads(1)
        for channel in self.registry.channels:
            channel.load()

    async def socket(self, websocket: WebSocket) -> None:
        """One viewer: what it asks is checked, answered, and harms nobody else.

        Who may not speak to the app has been turned away before (`web/shell/gate.py`).
        """
        await websocket.accept()
        viewer = Viewer(websocket, self.registry)
        if sentence := self.crowd.enter(viewer):
            told = {"type": "refused", "message": sentence, "again": True}
            await websocket.send_text(json.dumps(told))
            await websocket.close(1013, sentence)
            return
        try:
            with contextlib.suppress(OSError):  # what is there is shown without a worker, too
                await asyncio.to_thread(launch.warm_again)
            await _serve(viewer)
        finally:
            self.crowd.leave(viewer)


async def _serve(viewer: Viewer) -> None:
    """Hear and tell a viewer until it is gone, or reads nothing of what it is told."""
    listening = asyncio.create_task(viewer.listen())
    beside = [asyncio.create_task(work) for work in (viewer.send_news(), viewer.unread.wait())]
    try:
        await asyncio.wait([listening, beside[1]], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (listening, *beside):
            task.cancel()
        found, *_ = await asyncio.gather(listening, *beside, return_exceptions=True)
        viewer.leave()
    if viewer.unread.is_set():
        await _until_gone(viewer.websocket)
    elif isinstance(found, Exception) and not isinstance(found, GONE):
        raise found


async def _until_gone(websocket: WebSocket) -> None:
    """Wait for the end of a connection that is served no more: what lies unread keeps it open, and
    till then it counts."""
    with contextlib.suppress(*GONE):
        async with asyncio.timeout(CLOSED_WITHIN):
            await websocket.close(1008)
    with contextlib.suppress(*GONE):
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass


async def sprite(request: Request) -> Response:
    """A sprite sheet of a run; the entries of a comparison share theirs."""
    name = request.path_params["name"]
    try:
        folder = files.images_folder(shelf.find(request.path_params["run"]))
    except ValueError as error:
        return PlainTextResponse(str(error), 404)
    if name not in SPRITES or not (folder / name).is_file():
        return PlainTextResponse("A run has probes.webp and views-0.webp to views-4.webp.", 404)
    return FileResponse(folder / name, headers={"Cache-Control": "no-cache"})
