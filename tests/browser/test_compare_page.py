import os
import signal

import pytest

from cacr_core.runs import folder as files
from tests.browser.conftest import Live, wait_for

SMALL = {
    "preset": "one-or-four", "dataset": "digits", "batch_size": 32, "n_probes": 128,
    "n_steps": 100000, "snapshot_every": 5,
}  # fmt: skip
ENTRIES = "abc"


class Compare(Live):
    """The compare page in a tab."""

    def open(self, **params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        self.page.goto(f"{self.server.url}compare?{query}")
        self.page.wait_for_selector('[data-testid="cloud"][data-entry="b"]', timeout=60_000)
        return self

    def of(self, entry):
        return self.page.locator(f'[data-testid="cloud"][data-entry="{entry}"]')

    @property
    def cloud(self):
        return self.of("a")

    def all(self, name):
        return [self.of(entry).get_attribute(f"data-{name}") or "" for entry in ENTRIES]

    def steps(self):
        return [int(step or -1) for step in self.all("step")]

    def start(self, **params):
        """Open the page with small settings and press Start; returns the comparison's folder."""
        self.open(**SMALL | params)
        self.until_enabled("Start")
        before = set(self.server.folders())
        self.button("Start").click()
        folder = wait_for(lambda: set(self.server.folders()) - before).pop()
        wait_for(lambda: self.all("run") == [f"{folder.name}.{entry}" for entry in ENTRIES])
        wait_for(lambda: min(self.steps()) >= 1)
        return folder

    def pause(self):
        self.until_enabled("Pause")
        self.button("Pause").click()
        self.until_state("paused")
        wait_for(lambda: len(set(self.steps())) == 1)

    def windows(self):
        return [self.of(e).locator(".plot").get_attribute("data-window") for e in ENTRIES]


@pytest.fixture
def compare(open_tab):
    tab = open_tab()
    tab.__class__ = Compare
    return tab


def test_the_page_opens_on_a_recorded_comparison_that_plays(compare):
    compare.open()
    step = wait_for(lambda: compare.step() >= 0 and compare.step())
    wait_for(lambda: compare.step() not in (-1, step))
    assert compare.data("run").startswith("compare-")
    compare.until_enabled("Start")
    for name in ("Pause", "Resume", "Step", "Stop"):
        assert compare.button(name).is_disabled(), name


def test_three_entries_run_live_from_one_start_and_the_proof_says_so(compare):
    folder = compare.start()
    proof = compare.page.get_by_test_id("proof")
    wait_for(lambda: proof.get_attribute("data-equal") == "true")
    compare.pause()
    told = files.read_json(folder / "proof.json")
    digests = told["entries"]["a"]
    assert told["entries"]["b"] == told["entries"]["c"] == digests
    wait_for(lambda: digests["weights"][:6] in proof.inner_text())
    compare.until_enabled("Step")
    before = files.heart(folder)["step"]
    compare.button("Step").click()
    wait_for(lambda: compare.steps() == [before + 1] * 3)
    compare.until_enabled("Stop")
    compare.button("Stop").click()
    compare.until_state("stopped")


def test_hovering_in_one_cloud_colours_all_and_a_click_chooses_the_query_for_all(compare):
    compare.start()
    compare.pause()
    compare.page.mouse.move(*compare.point(40))
    wait_for(lambda: compare.data("over"))
    wait_for(lambda: compare.all("coloured") == [compare.data("over")] * 3)
    over = compare.click()
    wait_for(lambda: f"query={over}" in compare.url())
    compare.page.mouse.move(5, 5)
    wait_for(lambda: compare.all("over") == [""] * 3)
    strips = compare.page.get_by_test_id("strip")
    assert strips.count() == 3


def test_zoom_is_shared_and_kept_while_frames_come(compare):
    compare.start()
    box = compare.cloud.bounding_box()
    compare.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = compare.windows()
    compare.page.mouse.wheel(0, -400)
    wait_for(lambda: compare.windows() != before and len(set(compare.windows())) == 1)
    compare.page.mouse.move(5, 5)
    zoomed = compare.windows()
    nodes = [compare.of(e).locator("canvas.points").element_handle() for e in ENTRIES]
    frames = compare.frames()
    wait_for(lambda: compare.frames() > frames + 4)
    assert compare.windows() == zoomed
    assert all(node.evaluate("node => node.isConnected") for node in nodes)


def test_one_scrubber_moves_all_clouds(compare):
    compare.start()
    compare.pause()
    compare.page.get_by_role("slider", name="Snapshot").focus()
    compare.page.keyboard.press("Home")
    wait_for(lambda: compare.steps() == [0, 0, 0])
    compare.page.keyboard.press("ArrowRight")
    wait_for(lambda: compare.steps() == [1, 1, 1])


def test_a_reload_in_the_middle_takes_up_the_comparison_again(compare):
    folder = compare.start(seed=3)
    wait_for(lambda: f"run={folder.name}" in compare.url())
    compare.page.reload()
    wait_for(lambda: compare.all("run") == [f"{folder.name}.{entry}" for entry in ENTRIES])
    wait_for(lambda: min(compare.steps()) > 5)
    compare.until_enabled("Stop")
    assert "seed=3" in compare.url()


def test_a_link_brings_a_preset_with_its_entries(compare):
    compare.open(preset="sharpness")
    view = compare.page.locator("[data-compare-root]")
    wait_for(lambda: "temperature 0.1" in view.inner_text(), 20)
    compare.until_enabled("Start")


def test_a_killed_worker_is_noticed_and_gone_on_from(compare):
    folder = compare.start()
    wait_for(lambda: min(compare.steps()) >= 30)
    os.kill(files.read_json(folder / "heartbeat.json")["pid"], signal.SIGKILL)
    compare.until_state("lost")
    step = min(compare.steps())
    compare.until_enabled("Resume")
    compare.button("Resume").click()
    wait_for(lambda: min(compare.steps()) > step + 10)
