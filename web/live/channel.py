"""The live page's part of the socket: runs are watched, and asked about a query."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.process import stands_by
from web.live import layouts
from web.live.kept import moment
from web.live.watch import Watcher
from web.shell.assets import BASE
from web.socket.follow import Message
from web.socket.messages import pack
from web.socket.registry import Channel, Question

INSIDE = ("inside", "inside_query")  # questions about an update taken apart


def follows(folder: Path) -> bool:
    """Whether it is one run: the entries of a comparison are, the comparison is not."""
    return not files.entry_folders(folder)


def watcher(folder: Path) -> Watcher:
    """The run's watcher, whose layouts are made by the process that stands by."""
    return Watcher(folder, lambda run, space: layouts.lay_out(run, space))


def answer(question: Question) -> Message:
    """Weights of all probes, all that the query panel shows, or an update taken apart.

    Raises:
        ValueError: A part of the question makes no sense; the sentence says which.
    """
    from web.live import answers

    run, series = question.watcher, question.series
    assert isinstance(run, Watcher) and series is not None
    if question.message["what"] in INSIDE:
        return _inside(question, run.folder)
    asked = answers.understand(question.message, run.folder)
    xy, version = None, 0
    if series[0] == "embeddings":
        xy, version = run.positions(series, asked.step), run.version_of(series, asked.step)
    is_query = question.message["what"] == "query"
    same = {key: value for key, value in question.message.items() if key != "id"}
    key = (series, version, moment(run.folder, asked.step), json.dumps(same, sort_keys=True))
    work_out = answers.query if is_query else answers.weights
    found = run.answers.get(key, lambda: work_out(asked, xy))
    if is_query:
        return {"type": "answer"} | question.known | found
    header, arrays = found
    return pack({"type": "weights"} | question.known | header, *(a.astype("<f4") for a in arrays))


def _inside(question: Question, folder: Path) -> Message:
    from web.live import inside

    header = {"type": "answer"} | question.known
    if question.message["what"] == "inside_query":
        return header | inside.of_query(question.message, folder)
    found, arrays = inside.of_update(question.message, folder)
    listed = [[name, int(array.size)] for name, array in arrays.items()]
    whole = (array.astype("<f4") for array in arrays.values())
    return pack(header | found | {"arrays": listed}, *whole)


def load() -> None:
    import web.live.answers  # noqa: F401


def stand_by() -> None:
    if stands_by():
        layouts.layout_process()


async def inside_sheet(request: Request) -> Response:
    """The images of an update's batch, or one view of each; 404 where it cannot be made again."""
    run, step, name = (request.path_params[key] for key in ("run", "step", "name"))
    if not (step.isascii() and step.isdigit() and len(step) < 10):
        return PlainTextResponse("An update is named by the whole number of its step.", 404)

    def made() -> bytes:
        from web.live import inside  # loads torch

        return inside.sheet(shelf.find(run), int(step), name)

    try:
        return Response(await asyncio.to_thread(made), media_type="image/webp")
    except (ValueError, OSError) as error:
        return PlainTextResponse(str(error), 404)


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


CHANNEL = Channel(
    questions=("weights", "query", *INSIDE),
    answer=answer,
    load=load,
    follows=follows,
    watcher=watcher,
    stand_by=stand_by,
    routes=[
        Route(f"{BASE}/runs/{{run}}/train/{{item}}.webp", queued_image),
        Route(f"{BASE}/runs/{{run}}/inside/{{step}}/{{name}}.webp", inside_sheet),
    ],
)
