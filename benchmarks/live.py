"""The live page in a real browser: how soon it moves, and what being watched costs a run."""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

from benchmarks.timing import Row, at_least, at_most
from cacr_core import runs
from cacr_core.presets import DEFAULT, PRESETS
from cacr_core.runs import folder as files
from cacr_core.runs.launch import end_workers
from cacr_core.runs.process import n_cores
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.sprites import sprite_sheet
from cacr_core.snapshot import Snapshot
from tests.browser import chromium
from tests.browser.conftest import Live, Server, wait_for

WARM_UP = 20.0  # seconds for torch, umap and numba behind the first page
WATCH = 20.0  # seconds a speed is measured over
LONG = dataclasses.replace(PRESETS[DEFAULT].config, n_steps=100_000)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        server = Server(Path(place) / "shelf")
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        try:
            time.sleep(WARM_UP)
            found = [*first_moments(browser, server)]
            found += [*watched(browser, server, Path(place))]
            found += [*drawing(browser, server)]
        finally:
            browser.close()
            server.close()
            end_workers()
    return found


@contextmanager
def tab(browser: Any, server: Server) -> Iterator[Live]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        yield Live(context.new_page(), server)
    finally:
        context.close()


def first_moments(browser: Any, server: Server) -> Iterator[Row]:
    opened, started = [], []
    for _ in range(3):
        with tab(browser, server) as live:
            began = time.perf_counter()
            live.page.goto(server.url)
            live.page.wait_for_selector('[data-testid="cloud"]')
            wait_for(lambda live=live: live.frames() >= 2)
            opened.append(time.perf_counter() - began)
            live.until_enabled("Start")
            time.sleep(WARM_UP / 2)
            began = time.perf_counter()
            live.button("Start").click()
            wait_for(lambda live=live: live.data("run") != "example" and live.step() >= 0)
            started.append(time.perf_counter() - began)
            server.end_runs()
    yield at_most("page opened to first moving view, s", statistics.median(opened), 1.5)
    yield at_most("Start to first live frame, worker warm, s", statistics.median(started), 1)


def watched(browser: Any, server: Server, place: Path) -> Iterator[Row]:
    alone, seen = [], []
    shares: dict[str, list[float]] = {"layouts": [], "server": [], "browser": []}
    for turn in range(2):
        folder = runs.start(LONG, place / f"alone-{turn}" / "run")
        alone.append(updates_a_second(folder))
        runs.request_stop(folder)
        with tab(browser, server) as live:
            live.open()
            live.until_enabled("Start")
            before = set(server.folders())
            live.button("Start").click()
            folder = wait_for(lambda before=before: set(server.folders()) - before).pop()
            seen.append(updates_a_second(folder, shares, server))
            server.end_runs()
    bar = 0.70 if n_cores() <= 2 else 0.85
    what = "training speed watched and laid out, against nobody watching"
    yield at_least(what, statistics.mean(seen) / statistics.mean(alone), bar)
    for name, values in shares.items():
        yield f"  share of a core meanwhile: {name}", f"{statistics.mean(values):.2f}", "-", True


def updates_a_second(
    folder: Path, shares: dict[str, list[float]] | None = None, server: Server | None = None
) -> float:
    def step() -> int:
        return int(files.read_json(folder / "heartbeat.json").get("step", 0))

    wait_for(lambda: step() > 20)
    used = processor_seconds(server) if server else {}
    first, began = step(), time.perf_counter()
    time.sleep(WATCH)
    speed = (step() - first) / (time.perf_counter() - began)
    if shares is not None and server is not None:
        for name, seconds in processor_seconds(server).items():
            shares[name].append((seconds - used[name]) / (time.perf_counter() - began))
    return speed


def processor_seconds(server: Server) -> dict[str, float]:
    """Processor time so far of the parts that a watched run needs beside its worker."""
    found = {"layouts": 0.0, "server": 0.0, "browser": 0.0}
    for process in psutil.process_iter(["cmdline", "cpu_times"]):
        words = process.info["cmdline"] or []
        times = process.info["cpu_times"]
        name = None
        if words[-1:] == ["layouts"]:
            name = "layouts"
        elif "streamlit" in words and str(server.port) in words:
            name = "server"
        elif any("--headless" in w or "--type=" in w for w in words) and "chrom" in words[0]:
            name = "browser"
        if name and times:
            found[name] += times.user + times.system
    return found


def drawing(browser: Any, server: Server) -> Iterator[Row]:
    """2,000 points: frames offered 20 times a second, then a real run under the hand."""
    with tab(browser, server) as live, offered_frames(server) as (folder, n_offered):
        live.open(run=folder.name)
        wait_for(lambda: live.frames() > 20)
        node = live.cloud.locator("canvas").first.element_handle()
        before = live.window()
        box = live.cloud.bounding_box()
        live.page.mouse.move(box["x"] + 300, box["y"] + 200)
        live.page.mouse.wheel(0, -300)
        zoomed = wait_for(lambda: live.window() != before and live.window())
        live.page.mouse.move(5, 5)
        frames, offered, began = live.frames(), n_offered(), time.perf_counter()
        time.sleep(10)
        took = time.perf_counter() - began
        drawn, made = (live.frames() - frames) / took, (n_offered() - offered) / took
        what = f"cloud of 2,000 points, frames drawn a second of {made:.0f} offered"
        yield at_least(what, drawn, 15, "")
        kept = node.evaluate("node => node.isConnected")
        yield "  the drawing's node after 10 s", "kept" if kept else "remounted", "kept", kept
        same = live.window() == zoomed
        yield "  its zoom after 10 s", "kept" if same else "lost", "kept", same
    with tab(browser, server) as live:
        live.start(preset="circle", dataset="shapes", n_probes=2000, snapshot_every=20)
        waits = sorted(hover_milliseconds(live) for _ in range(40))
        yield at_most(
            "hover to weights on the screen in a run, 2,000 points, median ms", waits[20], 45
        )
        yield at_most("  95th percentile, ms", waits[37], 90)
        server.end_runs()


@contextmanager
def offered_frames(server: Server) -> Iterator[tuple[Path, Callable[[], int]]]:
    """A folder into which snapshots of 2,000 turning points are written 20 times a second."""
    folder = server.shelf / "offered"
    config = dataclasses.replace(LONG, embedding_dim=2, n_probes=2000)
    labels = [i % 8 for i in range(2000)]
    classes = [f"class {i}" for i in range(8)]
    files.write_json(
        folder / "probes.json",
        {"n": 2000, "tile": 32, "columns": 45, "labels": labels, "class_names": classes,
         "factors": {}},
    )  # fmt: skip
    sheet = sprite_sheet(np.zeros((2000, 32, 32, 3), np.uint8), 45, 32)
    for name in ("probes", *(f"views-{v}" for v in range(5))):
        files.write_bytes(folder / f"{name}.webp", sheet)
    files.write_bytes(folder / "config.json", config.to_json().encode())
    values = next(iter(runs.read_metrics(RECORDED / "example")))
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 2000)
    done, count = threading.Event(), [0]

    def write() -> None:
        while not done.wait(0.05):
            turned = angles * (1 + 0.002 * count[0])
            points = np.stack([np.cos(turned), np.sin(turned)], -1).astype(np.float32)
            files.beat(folder, "running", step=count[0])
            moment = Snapshot(count[0], values | {"step": count[0]}, np.stack([points] * 5))
            files.write_snapshot(folder, moment)
            count[0] += 1

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield folder, lambda: count[0]
    finally:
        done.set()
        writer.join()
        files.end(folder, "finished", "")


HOVER = """async () => {
  const cloud = document.querySelector('[data-testid=cloud]');
  const box = cloud.getBoundingClientRect();
  const [x, y] = cloud.pointPosition(Math.floor(Math.random() * 2000));
  const began = performance.now();
  cloud.querySelector('.plot').dispatchEvent(new PointerEvent('pointermove', {
    bubbles: true, clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse' }));
  const shown = () => cloud.dataset.over && cloud.dataset.coloured === cloud.dataset.over;
  while (!shown() && performance.now() - began < 2000) await new Promise((r) => setTimeout(r, 1));
  await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
  return performance.now() - began;
}"""


def hover_milliseconds(live: Live) -> float:
    time.sleep(0.1)
    return float(live.page.evaluate(HOVER))
