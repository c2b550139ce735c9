"""The socket between the browser and the runs: frames out, questions in and answered."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from web.shell import roles
from web.shell.assets import BASE, asset_routes
from web.socket.registry import Channel, Classroom, Registry
from web.socket.viewer import Viewer

SPRITES = ("probes.webp", *(f"views-{v}.webp" for v in range(5)))


class Server:
    """The socket, and what is served beside it, of the pages whose channels it is given."""

    def __init__(self, *channels: Channel, classroom: Classroom | None = None) -> None:
        self.registry = Registry(*channels, classroom=classroom)

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
        for line in roles.links():
            print(line, flush=True)
        threading.Thread(target=self._warm_up, daemon=True).start()
        yield

    def _warm_up(self) -> None:
        with contextlib.suppress(OSError):
            launch.keep_warm()
            for channel in self.registry.channels:
                channel.stand_by()
        shelf.empty_bin()
        import torch

        torch.set_num_threads(1)
        for channel in self.registry.channels:
            channel.load()

    async def socket(self, websocket: WebSocket) -> None:
        """One viewer: what it asks is checked, answered, and harms nobody else.

        Who may not speak to the app has been turned away before (`web/shell/gate.py`).
        """
        await websocket.accept()
        await asyncio.to_thread(launch.warm_again)
        viewer = Viewer(websocket, self.registry)
        sender = asyncio.create_task(viewer.send_news())
        try:
            while True:
                await viewer.hear(await websocket.receive_text())
        except (WebSocketDisconnect, KeyError, RuntimeError):
            pass  # gone, or sent bytes where text was due
        finally:
            sender.cancel()
            viewer.leave()


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
