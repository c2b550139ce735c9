"""Thirty pages opened within ten seconds on a live run: how long each takes to its first view.

    python -m benchmarks.opening [--pages 30] [--within 10]

Each is opened as a browser does, less its drawing: the page and the modules it names, Streamlit's
own socket until the script has run, then the view's socket until the first frame is there.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.classroom import LONG, WARM_UP, Follower, late, step_of
from benchmarks.timing import Row, at_most, ended_whole
from cacr_core import runs
from cacr_core.runs.launch import end_workers
from tests.browser.conftest import Server, wait_for

RERUN_SCRIPT, QUERY_STRING, SCRIPT_FINISHED = 11, 1, 6  # fields of Streamlit's messages
FIRST_VIEW = 6.0  # seconds
NAMED = re.compile(r'(?:href|src)="([^"]+\.(?:js|css)[^"]*)"')


def rows(n_pages: int = 30, within: float = 10.0) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        server = Server(Path(place) / "shelf")
        try:
            time.sleep(WARM_UP)
            folder = runs.start(LONG, server.shelf / "opened")
            wait_for(lambda: step_of(folder) > 20)
            alone = asyncio.run(opened(server, folder, 3, 0.1))
            found = asyncio.run(opened(server, folder, n_pages, within))
        finally:
            server.close()
            end_workers()
    parts = [sorted(part)[len(part) // 2] for part in zip(*found, strict=True)]
    words = f"page {parts[0]:.2f}, script {parts[1]:.2f}, frame {parts[2]:.2f}"
    one = sum(min(alone, key=sum))
    what = f"{n_pages} pages opened within {within:g} s: first view, 95th percentile, s"
    seconds = late([sum(times) for times in found])
    return [at_most(f"{what} (one: {one:.2f}; medians: {words})", seconds, FIRST_VIEW)]


async def opened(
    server: Server, folder: Path, n: int, within: float
) -> list[tuple[float, float, float]]:
    """Seconds for page, script and first frame of each."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(6 * n))  # as six a browser
    rng = random.Random(0)
    starts = sorted(rng.uniform(0, within) for _ in range(n))
    return await asyncio.gather(*(_open(server, folder, after) for after in starts))


def _fields(message: bytes) -> set[int]:
    """The numbers of the fields of a protobuf message."""
    found, at = set[int](), 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        found.add(tag >> 3)
        length = {0: number, 1: lambda: 8, 2: number, 5: lambda: 4}[tag & 7]()
        at += 0 if tag & 7 == 0 else length
    return found


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=120) as answer:
        content: bytes = answer.read()
    return content.decode("utf-8", "replace")


async def _open(server: Server, folder: Path, after: float) -> tuple[float, float, float]:
    await asyncio.sleep(after)
    began = time.monotonic()
    page = await asyncio.to_thread(_fetch, f"{server.url}?run={folder.name}")
    names = dict.fromkeys(NAMED.findall(page))
    await asyncio.gather(*(asyncio.to_thread(_fetch, urljoin(server.url, name)) for name in names))
    got = time.monotonic()
    stream = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    async with connect(stream, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        query = f"run={folder.name}".encode()
        state = bytes([QUERY_STRING << 3 | 2, len(query)]) + query
        await socket.send(bytes([RERUN_SCRIPT << 3 | 2, len(state)]) + state)
        told: str | bytes = b""
        while not isinstance(told, bytes) or SCRIPT_FINISHED not in _fields(told):
            told = await socket.recv()
        ran = time.monotonic()
        viewer = Follower(server.port, folder, LONG.n_probes, 0)
        await viewer.sit_down(None)
        seen = time.monotonic()
        await viewer.socket.close()
    return got - began, ran - got, seen - ran


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening", description=__doc__)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--within", type=float, default=10.0)
    options = parser.parse_args(words)
    ((what, measured, bar, met),) = rows(options.pages, options.within)
    print(f"{what}: {measured}, bar {bar}, {'met' if met else 'MISSED'}")
    return int(not met)


if __name__ == "__main__":
    sys.exit(ended_whole(lambda: main(sys.argv[1:])))
