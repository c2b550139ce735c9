"""The compare page in a browser: three clouds live, hovering in one; and strips on the server."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import sync_playwright

from benchmarks.live import WARM_UP, tab
from benchmarks.timing import Row, at_least, at_most, medians
from cacr_core import runs
from cacr_core.presets import entry
from cacr_core.runs import folder as files
from cacr_core.runs import launch
from cacr_core.runs.comparison import Comparison
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.sprites import sprite_sheet
from cacr_core.snapshot import Snapshot
from tests.browser import chromium
from tests.browser.conftest import Live, Server, wait_for

N_POINTS = 1_000
PER_SECOND = 10
THREE = Comparison((entry("cacr-4"), entry("sscl"), entry("infonce"))).with_shared(
    n_probes=N_POINTS, n_steps=100_000
)


def rows() -> list[Row]:
    found = [strips()]
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        server = Server(Path(place) / "shelf")
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        try:
            time.sleep(WARM_UP)
            found += [*drawn(browser, server), *hovered(browser, server)]
        finally:
            browser.close()
            server.close()
            launch.end_workers()
    return found


def strips() -> Row:
    """A lens that moves: every question has a sharpness that was never asked for."""
    from web.compare import strips

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "compare"
        write_images(folder)
        rng = np.random.default_rng(0)
        for run in files.entry_folders(folder):
            z = rng.normal(size=(5, N_POINTS, 64)).astype(np.float32)
            z /= np.linalg.norm(z, axis=-1, keepdims=True)
            files.write_snapshot(run, Snapshot(0, {"loss": 0.0}, z))
        sharpness = iter(np.linspace(0.1, 9, 200))

        def ask() -> None:
            lens = {"name": "cacr", "t_neg": float(next(sharpness))}
            asked = {"step": 0, "probe": 3, "view": 0, "group": "probes", "lens": lens}
            json.dumps(strips.strips(asked, folder))

        taken = medians({"strips": ask}, 40)["strips"]
    return at_most("strips after a lens moved, 1,000 probes x 3 entries, ms", 1000 * taken, 50)


def write_images(folder: Path, embedding_dim: int = 64) -> None:
    """A comparison with grey images, as a worker would have begun it."""
    launch.write_config(THREE.with_shared(embedding_dim=embedding_dim), folder)
    columns = int(np.ceil(np.sqrt(N_POINTS)))
    files.write_json(
        folder / "a" / "probes.json",
        {"n": N_POINTS, "tile": 32, "columns": columns, "labels": [i % 8 for i in range(N_POINTS)],
         "class_names": [f"class {i}" for i in range(8)], "factors": {}},
    )  # fmt: skip
    files.write_json(folder / "a" / "run.json", {"n_held_out": 1000, "images_per_step": 128})
    sheet = sprite_sheet(np.full((N_POINTS, 32, 32, 3), 128, np.uint8), columns, 32)
    for name in ("probes", *(f"views-{v}" for v in range(5))):
        files.write_bytes(folder / "a" / f"{name}.webp", sheet)


def drawn(browser: Any, server: Server) -> Iterator[Row]:
    with tab(browser, server) as live, offered(server.shelf / "offered") as (folder, n_offered):
        open_compare(live, folder)
        clouds = [live.page.locator(f'[data-entry="{n}"][data-testid=cloud]') for n in "abc"]

        def frames() -> list[int]:
            return [int(cloud.get_attribute("data-frames") or 0) for cloud in clouds]

        wait_for(lambda: min(frames()) > 20)
        nodes = [cloud.locator("canvas.points").element_handle() for cloud in clouds]
        box = clouds[0].bounding_box()
        live.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        live.page.mouse.wheel(0, -300)
        live.page.mouse.move(5, 5)
        time.sleep(1)
        zoomed = windows(clouds)
        began, before, made = time.perf_counter(), frames(), n_offered()
        time.sleep(10)
        took = time.perf_counter() - began
        rates = [(after - b) / took for after, b in zip(frames(), before, strict=True)]
        rate = (n_offered() - made) / took
        what = (
            f"3 clouds of 1,000 points, {min(rates):.1f} of {rate:.1f} frames a second drawn, share"
        )
        yield at_least(what, min(rates) / rate, 0.95, "")
        kept = all(node.evaluate("node => node.isConnected") for node in nodes)
        yield "  the drawings' nodes after 10 s", "kept" if kept else "remounted", "kept", kept
        now = windows(clouds)
        same = now == zoomed and len(set(now)) == 1
        yield "  their zoom after 10 s", "shared and kept" if same else "lost", "kept", same


def windows(clouds: list[Any]) -> list[str]:
    return [cloud.locator(".plot").get_attribute("data-window") for cloud in clouds]


def open_compare(live: Live, folder: Path) -> None:
    live.page.goto(f"{live.server.url}compare?run={folder.name}")
    live.page.wait_for_selector('[data-testid="cloud"][data-entry="c"]', timeout=60_000)


@contextmanager
def offered(folder: Path) -> Iterator[tuple[Path, Callable[[], int]]]:
    """Snapshots of 1,000 turning points in each of three entries, ten times a second."""
    write_images(folder, embedding_dim=2)
    values = next(iter(runs.read_metrics(RECORDED / "example")))
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, N_POINTS)
    done, count = threading.Event(), [0]

    def write() -> None:
        while not done.wait(1 / PER_SECOND):
            files.beat(folder, "running", step=count[0])
            for k, run in enumerate(files.entry_folders(folder)):
                turned = angles * (1 + 0.002 * count[0] * (k + 1))
                points = np.stack([np.cos(turned), np.sin(turned)], -1).astype(np.float32)
                moment = values | {"step": count[0]}
                files.write_snapshot(run, Snapshot(count[0], moment, np.stack([points] * 5)))
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
  const clouds = [...document.querySelectorAll('[data-testid=cloud]')];
  const box = clouds[0].getBoundingClientRect();
  const [x, y] = clouds[0].pointPosition(Math.floor(Math.random() * 1000));
  const began = performance.now();
  clouds[0].querySelector('.plot').dispatchEvent(new PointerEvent('pointermove', {
    bubbles: true, clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse' }));
  const shown = () => clouds[0].dataset.over
    && clouds.every((cloud) => cloud.dataset.coloured === clouds[0].dataset.over);
  while (!shown() && performance.now() - began < 2000) await new Promise((r) => setTimeout(r, 1));
  await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
  return performance.now() - began;
}"""


def hovered(browser: Any, server: Server) -> Iterator[Row]:
    """Under the hand while the three really train."""
    folder = runs.start(THREE, server.shelf / "hovered")
    with tab(browser, server) as live:
        open_compare(live, folder)
        wait_for(lambda: live.page.locator('[data-entry="c"]').first.get_attribute("data-step"))
        waits = []
        for _ in range(40):
            time.sleep(0.1)
            waits.append(float(live.page.evaluate(HOVER)))
        waits.sort()
        what = "hover in one to all three recoloured, 1,000 points, training, median ms"
        yield at_most(what, waits[20], 100)
        yield "  95th percentile, ms", f"{waits[37]:.3g}", "-", True
        server.end_runs()
