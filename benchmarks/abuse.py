"""Sockets that are misused while one viewer watches a live run: what it costs that viewer.

    python -m benchmarks.abuse [--seconds 40] [NAMES]

The viewer is alone and beside a misuse by turns, so that both see the same moods of the machine;
the ratio is of the 95th percentiles of its frames' delays. Names: nobody, malformed, questions,
watches, idle, unread. What "nobody" gives other than 1 is noise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.classroom import LONG, WARM_UP, Follower, late, step_of
from benchmarks.timing import Row, at_most, ended_whole
from cacr_core import runs
from cacr_core.runs.launch import end_workers
from tests.browser.conftest import Server, wait_for
from web.shell.assets import BASE

SLOWER = 1.5
A_SECOND = 200  # messages of a flood
N_IDLE = 100
SLICE = 5.0  # seconds
FRAMES = 6.0  # a second
Counts = dict[str, int]
NONSENSE = (
    "nonsense", "[1]", "[" * 3_000, "x" * 5_000, '{"type": "shout"}', "{}", '{"type": "ask"}',
    '{"type": "watch", "run": "../../etc"}', '{"type": "watch", "run": 7, "step": "last"}',
    '{"type": "control", "act": "burn"}', '{"type": "ask", "what": "weights", "id": [], "x": 1}',
)  # fmt: skip


def rows(seconds: float = 20.0, names: list[str] | None = None) -> list[Row]:
    """The viewer's frames under each misuse against its frames alone."""
    found: list[Row] = []
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as place:
        server = Server(Path(place) / "shelf")
        try:
            time.sleep(WARM_UP)
            folder = runs.start(LONG, server.shelf / "watched")
            wait_for(lambda: step_of(folder) > 20)
            runs.request(folder, speed=FRAMES)  # a snapshot each update
            here, there = spawn.Pipe()
            viewer = spawn.Process(target=watch, args=(there, server.port, folder), daemon=True)
            viewer.start()
            assert here.recv() == "watching"

            def watched(begin: Callable[[], None] = lambda: None) -> list[float]:
                here.send(SLICE)
                begin()
                frames: list[float] = here.recv()
                return frames

            watched()
            for name in names or MISUSES:
                pipe, end = spawn.Pipe()
                misuser = spawn.Process(
                    target=misuse, args=(end, name, server.port, folder), daemon=True
                )
                misuser.start()
                pipe.recv()  # it is ready
                alone, beside, told = [], [], Counter[str]()
                for _ in range(max(1, round(seconds / SLICE))):
                    alone += watched()
                    beside += watched(lambda pipe=pipe: pipe.send(True))  # type: ignore[misc]
                    told.update(pipe.recv())
                    time.sleep(1)
                pipe.send(False)
                misuser.join()
                told["frames alone"], told["beside it"] = len(alone), len(beside)
                words = ", ".join(f"{n:,} {what}" for what, n in told.items())
                what = (
                    f"{name}: frames of another viewer, against alone {late(alone):.2f} s ({words})"
                )
                found.append(at_most(what, late(beside) / late(alone), SLOWER, "x"))
            here.send(None)
            viewer.join()
            found.append(asyncio.run(foreign(server.port)))
        finally:
            server.close()
            end_workers()
    return found


# --- the viewer, in a process of its own


def watch(pipe: Connection, port: int, folder: Path) -> None:
    asyncio.run(_watch(pipe, port, folder))


async def _watch(pipe: Connection, port: int, folder: Path) -> None:
    viewer = Follower(port, folder, LONG.n_probes, 0)
    await viewer.sit_down(None)
    pipe.send("watching")
    while True:
        until = asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        while not until.done():  # frames that come between two measurements
            await viewer.hear_for(0.1)
        if (seconds := await until) is None:
            return
        viewer.frames.clear()
        await viewer.hear_for(seconds)
        pipe.send([*viewer.frames, *viewer.missed()])


# --- those who misuse it, in another


def misuse(pipe: Connection, name: str, port: int, folder: Path) -> None:
    pipe.send("ready")
    while pipe.recv():
        url = f"ws://127.0.0.1:{port}{BASE}/socket"
        pipe.send(asyncio.run(MISUSES[name](url, folder, SLICE)))


async def nobody(url: str, folder: Path, seconds: float) -> Counts:
    await asyncio.sleep(seconds)
    return {}


async def malformed(url: str, folder: Path, seconds: float) -> Counts:
    n = int(A_SECOND * seconds)
    lines = (NONSENSE[number % len(NONSENSE)] for number in range(n))
    heard = await _say_all(url, [], lines, A_SECOND, seconds)
    refused = sum(one["type"] == "error" for one in heard)
    return {"said": n, "refused by a sentence": refused, "left unread": n - refused}


async def questions(url: str, folder: Path, seconds: float) -> Counts:
    rng = random.Random(1)
    said = (
        {
            "type": "ask", "what": "query", "id": number, "step": step_of(folder),
            "probe": rng.randrange(LONG.n_probes), "view": rng.randrange(5),
        }
        for number in range(int(A_SECOND * seconds))
    )  # fmt: skip
    first = [{"type": "watch", "run": folder.name}]
    heard = await _say_all(url, first, map(json.dumps, said), A_SECOND, seconds)
    kinds = [one["type"] for one in heard if isinstance(one.get("id"), int)]
    return {"answered": kinds.count("answer"), "refused by a sentence": kinds.count("error")}


async def watches(url: str, folder: Path, seconds: float) -> Counts:
    rng = random.Random(1)
    said = (
        {
            "type": "watch", "run": folder.name, "space": rng.choice(["embeddings", "features"]),
            "layout": rng.choice(["umap", "pca"]), "agreement": rng.random() < 0.5,
            "step": rng.randrange(1000),
        }
        for _ in range(int(A_SECOND * seconds))
    )  # fmt: skip
    heard = await _say_all(url, [], map(json.dumps, said), A_SECOND, seconds)
    return {"begun": sum(one["type"] == "run" for one in heard)}


async def idle(url: str, folder: Path, seconds: float) -> Counts:
    sockets = [await connect(url) for _ in range(N_IDLE)]
    await asyncio.sleep(seconds)
    for socket in sockets:
        await socket.close()
    return {"sockets": len(sockets)}


async def unread(url: str, folder: Path, seconds: float) -> Counts:
    """Ten that watch, ask for much and read nothing of it."""
    sockets = [await connect(url, max_queue=1, ping_interval=None) for _ in range(10)]
    ask = {"type": "ask", "what": "query", "step": 0, "view": 0}
    for socket in sockets:
        await socket.send(json.dumps({"type": "watch", "run": folder.name}))
    ends, number = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        for socket in sockets:
            number += 1
            said = json.dumps(ask | {"id": number, "probe": number % LONG.n_probes})
            try:
                await asyncio.wait_for(socket.send(said), 0.05)
            except (TimeoutError, ConnectionClosed):
                continue
        await asyncio.sleep(0.1)
    for socket in sockets:
        socket.transport.abort()
    return {"sockets": len(sockets), "questions": number}


MISUSES: dict[str, Callable[[str, Path, float], Coroutine[Any, Any, Counts]]] = {
    "nobody": nobody,
    "malformed": malformed,
    "questions": questions,
    "watches": watches,
    "idle": idle,
    "unread": unread,
}


async def _say_all(
    url: str, first: list[dict[str, Any]], lines: Any, a_second: float, seconds: float
) -> list[dict[str, Any]]:
    """Say lines at a rate whatever comes back; all that came as text within the time."""
    heard: list[dict[str, Any]] = []
    async with connect(url, max_size=None) as socket:
        for message in first:
            await socket.send(json.dumps(message))
        hearing = asyncio.create_task(_hear(socket, heard))
        began, ends = time.monotonic(), time.monotonic() + seconds
        for number, line in enumerate(lines):
            await asyncio.sleep(max(0.0, began + number / a_second - time.monotonic()))
            left = ends - time.monotonic()
            try:
                await asyncio.wait_for(socket.send(line), max(0.01, left))
            except TimeoutError:
                break
        await asyncio.sleep(max(0.0, ends + 1 - time.monotonic()))
        hearing.cancel()
        socket.transport.abort()
    return heard


async def _hear(socket: ClientConnection, heard: list[dict[str, Any]]) -> None:
    async for content in socket:
        if isinstance(content, str):
            heard.append(json.loads(content))


async def foreign(port: int) -> Row:
    """Sockets of pages of other sites: each is told why and closed."""
    url, n_refused = f"ws://127.0.0.1:{port}{BASE}/socket", 0
    origins = ("https://evil.example", "http://127.0.0.1.evil.example", "null", "file://")
    for origin in origins:
        async with connect(url, origin=origin) as socket:  # type: ignore[arg-type]
            told = json.loads(await socket.recv())
            try:
                await asyncio.wait_for(socket.recv(), 5)
            except ConnectionClosed:
                n_refused += told["type"] == "refused"
    n = len(origins)
    return "sockets of foreign origins, refused", f"{n_refused} of {n}", f"{n}", n_refused == n


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.abuse", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seconds", type=float, default=40.0)
    options = parser.parse_args(words)
    if unknown := [name for name in options.names if name not in MISUSES]:
        parser.error(f"There is no misuse {unknown[0]!r}. Choose from {', '.join(MISUSES)}.")
    if not 0 < options.seconds < math.inf:
        parser.error(f"--seconds must be a number above 0, got {options.seconds:g}.")
    missed = 0
    for what, measured, bar, met in rows(options.seconds, options.names):
        missed += not met
        print(f"| {what:<98} | {measured:<10} | {bar:<14} | {'yes' if met else 'NO':<3} |")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(ended_whole(lambda: main(sys.argv[1:])))
