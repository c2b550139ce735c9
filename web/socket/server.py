"""The socket between the browser and the runs: frames out, questions in and answered."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from web.shell.assets import BASE, asset_routes
from web.socket.viewer import Viewer
from web.socket.watchers import layout_process

SPRITES = ("probes.webp", *(f"views-{v}.webp" for v in range(5)))


def routes() -> list[BaseRoute]:
    """What the server serves beside Streamlit's pages."""
    return [
        WebSocketRoute(f"{BASE}/socket", socket),
        Route(f"{BASE}/runs/{{run}}/{{name}}", sprite),
        Route(f"{BASE}/runs/{{run}}/train/{{item}}.webp", queued_image),
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
        layout_process()
    shelf.empty_bin()
    import torch

    torch.set_num_threads(1)
    import web.compare.link
    import web.compare.moved
    import web.compare.strips
    import web.forces.answers
    import web.live.answers  # noqa: F401


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


async def queued_image(request: Request) -> Response:
    """A training image that an entry of a queue is a view of; 404 where the data is not here."""
    run, item = (request.path_params[key] for key in ("run", "item"))
    if not (item.isascii() and item.isdigit() and len(item) < 10):
        return PlainTextResponse("A training image is named by its whole number.", 404)

    def made() -> bytes:
        from web.live.answers.queued import train_image  # loads torch

        return train_image(shelf.find(run), int(item))

    try:
        return Response(await asyncio.to_thread(made), media_type="image/webp")
    except (ValueError, OSError) as error:
        return PlainTextResponse(str(error), 404)


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
