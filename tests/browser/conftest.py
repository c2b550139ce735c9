import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import sync_playwright

from cacr_core.runs import folder as files
from tests.browser import chromium
from tests.browser.visitors import Visitors
from tests.protocol import listen

ROOT = Path(__file__).parents[2]
SMALL = {
    "preset": "cacr-1", "dataset": "digits", "batch_size": 32, "n_probes": 128,
    "n_steps": 100000, "snapshot_every": 5,
}  # fmt: skip


def wait_for(condition, timeout=60):
    until = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.05)
    return value


RUN = [sys.executable, "-m", "streamlit", "run", "app.py"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


ASKED = {"CACR_STAND_BY": "0"}  # of a server that few ask: no process stands by


class Server:
    """The app as a user starts it, with a shelf of its own."""

    def __init__(self, shelf, home=ROOT, options=(), settings=None):
        self.shelf, self.home = shelf, home
        self.options, self.settings = list(options), settings or {}
        shelf.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*RUN, "--server.port", str(self.port), *self.options],
            cwd=self.home,
            env=os.environ | {"CACR_RUNS": str(self.shelf)} | self.settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.answers)

    @property
    def below(self):
        """The path that Streamlit serves its own routes below."""
        at = [word for word in self.options if word.startswith("--server.baseUrlPath=")]
        return f"{at[0].partition('=')[2]}/" if at else ""

    def answers(self):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"{self.url}{self.below}_stcore/health", timeout=1)

    def stop(self):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()

    def close(self):
        """End runs and server, and wait for those it started: then nobody writes any more."""
        self.end_runs()
        started = psutil.Process(self.process.pid).children(recursive=True)
        self.stop()
        for late in psutil.wait_procs(started, timeout=20)[1]:
            late.kill()

    def folders(self):
        return [f for f in self.shelf.iterdir() if (f / "config.json").exists()]

    def end_runs(self):
        busy = [f for f in self.folders() if files.status(f) in files.ACTIVE]
        for folder in busy:
            files.request_stop(folder)
        for folder in busy:
            wait_for(lambda folder=folder: files.status(folder) not in files.ACTIVE)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("runs"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def chrome():
    path = chromium.find()
    assert path, "The browser tests need a Chromium: python -m tests.browser.chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visitors(chrome):
    return Visitors(chrome)


class Live:
    """The live page in a tab, spoken to as a person would."""

    def __init__(self, page, server):
        self.page, self.server = page, server
        self.errors = []
        page.on("console", lambda m: self.hear(m))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        listen(page, self.errors)

    def hear(self, message):
        """Errors of the console, but for Streamlit looking for itself below a page's path first,
        and for a picture of a script run that another has overtaken, which it has dropped."""
        said = f"{message.location.get('url', '')} {message.text}"
        if message.type == "error" and "/_stcore/" not in said and "/media/" not in said:
            self.errors.append(message.text)

    def open(self, **params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        self.page.goto(f"{self.server.url}?{query}")
        self.page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
        return self

    @property
    def cloud(self):
        return self.page.get_by_test_id("cloud")

    def data(self, name):
        return self.cloud.get_attribute(f"data-{name}")

    def frames(self):
        return int(self.data("frames") or 0)

    def step(self):
        return int(self.data("step") or -1)

    def url(self):
        """What the address bar says now; `page.url` stands still while a test sleeps."""
        return self.page.evaluate("window.location.href")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def until_state(self, state):
        wait_for(lambda: self.data("state") == state)

    def until_enabled(self, *names):
        for name in names:
            wait_for(lambda name=name: self.button(name).is_enabled())

    def start(self, **params):
        """Open the page with small settings and press Start; returns the run's folder."""
        self.open(**SMALL | params)
        self.until_enabled("Start")
        before = set(self.server.folders())
        self.button("Start").click()
        folder = wait_for(lambda: set(self.server.folders()) - before).pop()
        wait_for(lambda: self.data("run") == folder.name)
        wait_for(lambda: self.step() >= 1)
        return folder

    def point(self, index):
        """Where a probe is on the screen."""
        box = self.cloud.bounding_box()
        x, y = self.cloud.evaluate("(node, i) => node.pointPosition(i)", index)
        return box["x"] + x, box["y"] + y

    def click(self):
        """Click where the pointer rests, and say what was lit: a layout may move others there."""

        def once():
            over = self.data("over")
            self.page.mouse.down()
            self.page.mouse.up()
            return over if over == self.data("over") else None

        return wait_for(once)

    def window(self):
        return self.cloud.locator(".plot").get_attribute("data-window")


@pytest.fixture
def open_tab(visitors, server):
    """Tabs of one visitor; none of them may say an error on the browser's console."""
    tabs = []

    def tab():
        page = tabs[0].page.context.new_page() if tabs else visitors.page()
        tabs.append(Live(page, server))
        return tabs[-1]

    yield tab
    if tabs:
        visitors.leave(tabs[0].page.context)
    server.end_runs()
    assert [error for tab in tabs for error in tab.errors] == []


@pytest.fixture
def live(open_tab):
    return open_tab()


@pytest.fixture
def tab_like(visitors, server):
    """Tabs of other sizes, themes and wishes."""
    with visitors.visit(Live, server) as tab:
        yield tab
        server.end_runs()
