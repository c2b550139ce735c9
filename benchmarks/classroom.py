"""A class of followers of a live run: how late frames and answers are, and what that costs the run.

`python -m benchmarks.classroom --followers 30 --minutes 15` is what the bars are for; the table of
`make bench` has a shorter one. Two of the class are real browsers, the teacher's and a follower's;
every other follower is a socket in a process beside the server: it sits in the class, watches the
run, and asks two questions a second.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import multiprocessing
import random
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from playwright.sync_api import sync_playwright
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.timing import Row, at_least, at_most, ended_whole
from cacr_core import runs
from cacr_core.presets import DEFAULT, PRESETS
from cacr_core.runs import folder as files
from cacr_core.runs.launch import end_workers
from cacr_core.runs.paths import snapshot_path
from cacr_core.runs.process import n_cores
from tests.browser import chromium
from tests.browser.conftest import Server, wait_for

WARM_UP = 20.0  # seconds for torch, umap and numba behind the first page
ASK_EVERY = 0.5  # seconds
SECRET = "of the benchmark"
SERVED = ("--server.address", "0.0.0.0", "--browser.serverAddress", "127.0.0.1")
HAS = {"CACR_SERVED": "1", "CACR_CLASS": "1", "CACR_OWNER_SECRET": SECRET}
LONG = dataclasses.replace(PRESETS[DEFAULT].config, n_steps=1_000_000)
FRAMES_LATE, ANSWERS_LATE, SPEED_KEPT, GROWTH = 0.5, 0.2, 0.8, 1.05
FRAMES_KEPT = 0.5  # by each follower, of the most that one was shown


class Heard(NamedTuple):
    """What the followers met: seconds each.

    Attributes:
        frames: From a snapshot's being there to its first frame at a follower, or to the end where
            none came.
        answers: From a question to its answer.
        refused: Questions that were answered by a refusal.
        counts: How many frames each follower was shown.
    """

    frames: list[float]
    answers: list[float]
    refused: int
    counts: list[int]


class Measured(NamedTuple):
    """A class as it went: what was met, updates a second, and megabytes of the server over time."""

    heard: Heard
    speed: float
    alone: float
    megabytes: list[float]


def rows() -> list[Row]:
    return list(table(measure(n_followers=30, seconds=60.0)))


def table(found: Measured) -> Iterator[Row]:
    heard, memory = found.heard, found.megabytes
    yield at_most("class: frame delay, 95th percentile, s", late(heard.frames), FRAMES_LATE)
    most = max(heard.counts, default=0)
    fewest = min(heard.counts) / most if most else 0.0
    yield at_least(f"  fewest frames of a follower, against {most} at most", fewest, FRAMES_KEPT)
    yield at_most("  answers, 95th percentile, s", late(heard.answers), ANSWERS_LATE)
    met = heard.refused == 0
    yield "  questions refused", f"{heard.refused} of {len(heard.answers)}", "0", met
    kept = found.speed / found.alone
    yield at_least("  training speed, against nobody watching", kept, SPEED_KEPT)
    early, end = memory[len(memory) // 3 : len(memory) // 2], memory[-len(memory) // 6 :]
    growth = statistics.median(end) / statistics.median(early)
    yield at_most(f"  server memory, of {early[0]:.0f} MB early on", growth, GROWTH, "x")


def late(seconds: list[float]) -> float:
    """Their 95th percentile; for ever, where there are none."""
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else float("inf")


def measure(n_followers: int, seconds: float) -> Measured:
    """A class of so many followers of a run, for so long; before and after it the run alone."""
    with tempfile.TemporaryDirectory() as place:
        server = Server(Path(place) / "shelf", options=SERVED, settings=HAS)
        try:
            time.sleep(WARM_UP)
            folder = runs.start(LONG, server.shelf / "lesson")
            wait_for(lambda: step_of(folder) > 20)
            before = speed_over(folder, min(seconds, 30.0))
            heard, speed, megabytes = with_class(server, folder, n_followers, seconds)
            time.sleep(2)
            after = speed_over(folder, min(seconds, 30.0))
        finally:
            server.close()
            end_workers()
    return Measured(heard, speed, (before + after) / 2, megabytes)


def with_class(
    server: Server, folder: Path, n_followers: int, seconds: float
) -> tuple[Heard, float, list[float]]:
    with two_browsers(server, folder) as token:
        return with_sockets(server, folder, token, n_followers - 1, seconds)


@contextmanager
def two_browsers(server: Server, folder: Path) -> Iterator[str]:
    """A teacher and a follower at the run; the token by which the follower speaks to the class."""
    told: list[str] = []

    def hear(text: str | bytes) -> None:
        if isinstance(text, str) and '"attend"' in text:
            told.append(json.loads(text)["token"])

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        for secret in (f"&owner={SECRET}", ""):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            if not secret:
                page.on("websocket", lambda socket: socket.on("framesent", hear))
            page.goto(f"{server.url}?run={folder.name}{secret}")
            page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
            page.wait_for_selector(".class-bar", timeout=60_000)
        while not told:
            page.wait_for_timeout(100)
        yield told[-1]
        browser.close()


def with_sockets(
    server: Server, folder: Path, token: str, n_followers: int, seconds: float
) -> tuple[Heard, float, list[float]]:
    here, there = multiprocessing.get_context("spawn").Pipe()
    arguments = (there, server.port, folder, token, n_followers, seconds)
    clients = multiprocessing.get_context("spawn").Process(target=follow, args=arguments)
    clients.start()
    assert here.recv() == "seated"
    process, megabytes = psutil.Process(server.process.pid), []
    first, began = step_of(folder), time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        megabytes.append(process.memory_info().rss / 2**20)
        time.sleep(min(1.0, seconds / 20))
    speed = (step_of(folder) - first) / took
    heard = here.recv()
    clients.join()
    return heard, speed, megabytes


def step_of(folder: Path) -> int:
    return int(files.read_json(folder / "heartbeat.json").get("step", 0))


def speed_over(folder: Path, seconds: float) -> float:
    first, began = step_of(folder), time.perf_counter()
    time.sleep(seconds)
    return (step_of(folder) - first) / (time.perf_counter() - began)


# --- the followers, in a process of their own


def follow(pipe: Connection, port: int, folder: Path, token: str, n: int, seconds: float) -> None:
    """Be the followers of a class for so long; what they met goes into the pipe."""
    pipe.send(asyncio.run(_follow(pipe, port, folder, token, n, seconds)))


async def _follow(
    pipe: Connection, port: int, folder: Path, token: str, n: int, seconds: float
) -> Heard:
    n_probes = int(files.read_json(folder / "config.json").get("n_probes", 64))
    followers = [Follower(port, folder, n_probes, seed) for seed in range(n)]
    await asyncio.gather(*(one.sit_down(token) for one in followers))
    pipe.send("seated")
    counts = await asyncio.gather(*(one.take_part(seconds) for one in followers))
    return Heard(
        [late for one in followers for late in one.frames],
        [late for one in followers for late in one.answers],
        sum(one.refused for one in followers),
        counts,
    )


class Follower:
    """One socket, that watches a run and asks about its newest moment."""

    def __init__(self, port: int, folder: Path, n_probes: int, seed: int) -> None:
        self.url, self.folder, self.n_probes = f"ws://127.0.0.1:{port}", folder, n_probes
        self.random = random.Random(seed)
        self.socket: ClientConnection
        self.newest = -1
        self.asked: dict[int, float] = {}
        self.frames: list[float] = []
        self.answers: list[float] = []
        self.refused = 0

    async def sit_down(self, token: str | None) -> None:
        """Watch the run, in the class where there is one."""
        self.socket = await connect(f"{self.url}/_cacr/socket", max_size=None)
        if token is not None:
            await self.say(type="attend", token=token, page="live", follows=True)
        await self.say(type="watch", run=self.folder.name)
        until = time.monotonic() + 60
        while self.newest < 0:
            assert time.monotonic() < until, "no frame came"
            self.hear(await self.socket.recv())
        self.frames.clear()  # what was there before is no news

    async def take_part(self, seconds: float) -> int:
        """Watch and ask for so long; how many frames were shown."""
        asking = asyncio.create_task(self.ask_until(time.monotonic() + seconds))
        await self.hear_for(seconds)
        asking.cancel()
        now = time.monotonic()
        self.answers += [now - at for at in self.asked.values() if now - at > ANSWERS_LATE]
        n_frames = len(self.frames)
        self.frames += self.missed()
        await self.socket.close()
        return n_frames

    async def hear_for(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            try:
                self.hear(await asyncio.wait_for(self.socket.recv(), left))
            except TimeoutError:
                break

    async def ask_until(self, ends: float) -> None:
        await asyncio.sleep(self.random.random() * ASK_EVERY)  # not all at the same moment
        number = 0
        while time.monotonic() < ends:
            number += 1
            self.asked[number] = time.monotonic()
            probe = self.random.randrange(self.n_probes)
            what = self.random.choice(["weights", "query"])
            question = {"what": what, "id": number, "step": self.newest, "probe": probe, "view": 0}
            await self.say(type="ask", **question)
            await asyncio.sleep(ASK_EVERY)

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    def hear(self, content: bytes | str) -> None:
        if isinstance(content, bytes):
            (length,) = struct.unpack_from("<I", content)
            content = content[4 : 4 + length].decode()
        message = json.loads(content)
        if message["type"] == "frame":
            self.see(int(message["step"]))
        elif message.get("id") in self.asked:
            self.answers.append(time.monotonic() - self.asked.pop(message["id"]))
            self.refused += message["type"] == "error"

    def see(self, step: int) -> None:
        """A frame has come: late by its snapshot's age, where it is the newest and the first."""
        if step > self.newest:
            self.frames += ages(self.folder, [step])
            self.newest = step

    def missed(self) -> list[float]:
        """Ages of the snapshots whose frames have not come and are late by now."""
        waiting = [step for step in files.snapshot_steps(self.folder) if step > self.newest]
        return [age for age in ages(self.folder, waiting) if age > FRAMES_LATE]


def ages(folder: Path, steps: list[int]) -> list[float]:
    """For how many seconds each of these snapshots has been there; one thinned out has no age."""
    found = []
    for step in steps:
        with suppress(FileNotFoundError):
            made = snapshot_path(folder, step).stat().st_mtime
            found.append(max(0.0, time.time() - made))
    return found


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--followers", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=15.0)
    options = parser.parse_args(words)
    print(f"{n_cores()} cores, {options.followers} followers, {options.minutes:g} minutes\n")
    found = measure(options.followers, 60 * options.minutes)
    missed = 0
    for what, measured, bar, met in table(found):
        missed += not met
        print(f"| {what:<58} | {measured:<16} | {bar:<16} | {'yes' if met else 'NO':<3} |")
    print(f"\n{len(found.heard.frames)} frames, {len(found.heard.answers)} answers heard;")
    print(f"{found.speed:.2f} updates a second in the class, {found.alone:.2f} alone")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(ended_whole(lambda: main(sys.argv[1:])))
