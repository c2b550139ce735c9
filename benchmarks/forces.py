"""The forces page: how soon a drag is answered on the screen, flows, landscapes."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import sync_playwright

from benchmarks.live import WARM_UP, tab
from benchmarks.timing import Row, at_least, at_most, medians
from tests.browser import chromium
from tests.browser.conftest import Server, wait_for

N_MOVES = 120
SCENE = {
    "p": "60,75,110,150",
    "n": ",".join(str(angle) for angle in range(-170, 50, 18))[:-1],
    "a": "cacr",
    "b": "sscl~class_prior:0.05",
}
FLOW = "n_items:32~n_views:2~tied:false"  # 64 points, 300 steps

# From the event of the hand to the first moment after the frame that shows its answer.
WATCH = """
() => {
  const root = document.querySelector('[data-testid=forces]');
  window.lags = [];
  let from = null;
  const heard = (event) => { if (event.buttons) from ??= event.timeStamp; };
  window.addEventListener('pointermove', heard, true);
  new MutationObserver(() => {
    if (from === null) return;
    const began = from;
    from = null;
    requestAnimationFrame(() => setTimeout(() => window.lags.push(performance.now() - began)));
  }).observe(root, { attributes: true, attributeFilter: ['data-answers'] });
}
"""


def rows() -> list[Row]:
    found = [*answered()]
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        server = Server(Path(place) / "shelf")
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        try:
            time.sleep(WARM_UP)
            found += [*dragged(browser, server), *played(browser, server)]
        finally:
            browser.close()
            server.close()
    return found


def answered() -> Iterator[Row]:
    """What the server takes, on one thread as in the app."""
    from web.forces import answers
    from web.settings import board

    torch.set_num_threads(1)
    losses = [board.full_lens("cacr"), board.full_lens("sscl")]
    parts = ("surface", "query", "positives", "negatives", "seed")
    question = {key: board.DEFAULT[key] for key in parts} | {"losses": losses}
    turned = iter(range(1000))

    def ask(what: str, **more: Any) -> None:
        query = [90 + next(turned) / 100, 0]
        json.dumps(answers.forces(question | {"what": what, "query": query} | more)[0])

    taken = medians({"landscape": lambda: ask("landscape", sweep=[0, "t_neg"])}, 9)
    yield at_most("landscape of 360 angles x 50 settings, ms", 1000 * taken["landscape"], 300)
    flow = board.DEFAULT["flow"] | {"n_items": 32, "tied": False}
    taken = medians({"flow": lambda: ask("flow", flow=flow)}, 3)
    what = "flow of 64 points, 300 steps, one loss on the server, s"
    yield at_most(what, taken["flow"] / 2, 1)


def dragged(browser: Any, server: Server) -> Iterator[Row]:
    with tab(browser, server) as live:
        query = "&".join(f"{key}={value}" for key, value in SCENE.items())
        live.page.goto(f"{server.url}forces?{query}")
        root = live.page.get_by_test_id("forces")
        wait_for(lambda: int(root.get_attribute("data-answers") or 0) > 0)
        time.sleep(2)
        mark = live.page.locator('.mark[data-mark="n5"]').first.bounding_box()
        x, y = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
        live.page.evaluate(WATCH)
        live.page.mouse.move(x, y)
        live.page.mouse.down()
        for i in range(N_MOVES):
            live.page.mouse.move(x + 30 * ((i % 40) / 40), y - 15 * ((i % 40) / 40))
            time.sleep(0.05)
        live.page.mouse.up()
        time.sleep(0.5)
        lags = sorted(live.page.evaluate("window.lags"))
        wait_for(lambda: live.page.locator(".mark").count() >= 17)
        what = f"drag to weights and arrows on the screen, 16 samples, 2 losses, {len(lags)} moves"
        yield at_most(f"{what}, median ms", statistics.median(lags), 30)
        yield at_most("  95th percentile, ms", lags[int(0.95 * len(lags))], 80)


def played(browser: Any, server: Server) -> Iterator[Row]:
    with tab(browser, server) as live:
        live.page.goto(f"{server.url}forces?mode=flow&flow={FLOW}")
        flow = live.page.get_by_test_id("flow")
        wait_for(lambda: int(flow.get_attribute("data-n-frames") or 0) == 301)
        time.sleep(3)
        waits: list[float] = []
        rates: list[float] = []
        for seed in range(1, 4):
            began = time.perf_counter()
            live.page.locator('[data-setting="seed"]').fill(str(seed))
            live.button("Release").click()
            wait_for(lambda: live.page.locator(".flow-stale").count() > 0)
            wait_for(lambda: live.page.locator(".flow-stale").count() == 0)
            wait_for(lambda: 0 < int(flow.get_attribute("data-frame") or 0) < 60)
            waits.append(time.perf_counter() - began)
            time.sleep(2.5)
            rates.append(float(flow.get_attribute("data-plays") or 0))
            wait_for(lambda: flow.get_attribute("data-playing") == "false")
        what = "new seed and Release to playing, 64 points, 300 steps, two losses, s"
        yield at_most(what, statistics.median(waits), 2)
        yield at_least("  frames a second of two stages while it plays", min(rates), 30, "")
