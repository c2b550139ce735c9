import itertools
import os
import re
import signal

import pytest

from cacr_core.presets import COMPARISONS
from cacr_core.presets.comparisons import recorded_comparison
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests.browser import axe
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

    def recorded(self, preset, **params):
        """Open a recorded comparison and wait until its strips are there."""
        self.open(preset=preset, **params)
        wait_for(lambda: self.strips.get_attribute("data-step"))
        return self

    @property
    def strips(self):
        return self.page.locator(".strips")

    def moments(self):
        """The steps that the parts of the page say they show."""
        said = "q => [...document.querySelectorAll(q)].map(node => node.textContent.trim())"
        parts = {
            "clouds": {n.get_attribute("data-step") for n in self.clouds()},
            "strips": {self.strips.get_attribute("data-step")},
            "header": set(self.page.evaluate(said, ".head .at b")),
            "scrubber": {t.removeprefix("step ") for t in self.page.evaluate(said, ".step")},
        }
        return set.union(*parts.values())

    def clouds(self):
        return self.page.get_by_test_id("cloud").all()

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

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
    wait_for(lambda: compare.step() == COMPARISONS["uniform-weights"].view["step"])
    wait_for(lambda: compare.button("Play snapshots").is_visible())
    compare.until_enabled("Start")
    for name in ("Pause", "Resume", "Step", "Stop"):
        assert compare.button(name).is_disabled(), name


def test_nothing_plays_where_motion_is_not_wanted(compare):
    compare.page.emulate_media(reduced_motion="reduce")
    compare.open()
    wait_for(lambda: compare.step() == COMPARISONS["uniform-weights"].view["step"])
    assert compare.frames() <= 2  # that moment and no other
    assert compare.button("Play snapshots").is_enabled()


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


# The share of its panel's shorter side that a cloud takes, and the panel's size, in pixels, above
# the line that says a cloud has collapsed.
SIZE = """node => {
  const at = Array.from({ length: 256 }, (_, i) => node.pointPosition(i));
  const span = (k) => Math.max(...at.map(p => p[k])) - Math.min(...at.map(p => p[k]));
  const side = Math.min(node.clientWidth, node.clientHeight - 22);
  return [Math.max(span(0), span(1)) / side, side];
}"""


def spread_of(preset, entry, step):
    """How far apart images lie against an even spread, from all pairs of them."""
    folder = RECORDED / recorded_comparison(preset) / entry
    last = max(s for s in files.snapshot_steps(folder) if s <= step)
    z = files.read_arrays(folder, last)[0][0].astype(float)
    pairs = ((z[:, None] - z[None]) ** 2).sum(2)
    return float((pairs.sum() / (len(z) * (len(z) - 1)) / 2) ** 0.5)


# all recordings, as the picture of each is what its lesson is about
def test_each_preset_opens_on_its_moment_with_clouds_as_large_as_their_images_lie_apart(compare):
    healthy, collapsed = [], []
    for name, preset in COMPARISONS.items():
        compare.recorded(name)
        wait_for(lambda step=preset.view["step"]: compare.step() == step)
        tab = compare.page.get_by_role("tab", selected=True).inner_text().lower()
        assert tab == preset.view.get("panel", "curves")
        if tab == "curves":
            series = compare.page.get_by_test_id("curves").get_attribute("data-series")
            assert series == preset.view.get("series", "knn_features")
        compare.button("latest").click()
        last = max(files.snapshot_steps(RECORDED / recorded_comparison(name) / "a"))
        wait_for(lambda step=last: compare.step() == step)
        for cloud in compare.clouds():
            spread = spread_of(name, cloud.get_attribute("data-entry"), last)
            fills = lambda node=cloud: node.evaluate(SIZE)  # noqa: E731
            wait_for(lambda f=fills, s=spread: abs(f()[0] - s * (1 - 24 / f()[1])) < 0.02)
            if spread > 0.9:
                healthy.append(fills()[0])
            if spread < 0.05:
                collapsed.append(fills()[0])
    assert len(healthy) > 10
    assert min(healthy) >= 0.7
    assert max(collapsed) <= 0.08


def test_the_legend_stands_below_the_clouds_and_stays_for_the_next_preset(compare):
    compare.recorded("collapse")
    chips = compare.page.locator(".legend .chip")
    wait_for(lambda: chips.count() == 8)
    compare.page.get_by_role("combobox", name="Preset").click()
    compare.page.get_by_role("option", name=COMPARISONS["sharpness"].title).click()
    wait_for(lambda: compare.data("run") == "compare-sharpness.a" and compare.step() >= 0)
    wait_for(lambda: chips.count() == 8)
    assert all(chip.is_visible() for chip in chips.all())
    foot = max(box["y"] + box["height"] for box in (c.bounding_box() for c in compare.clouds()))
    assert chips.first.bounding_box()["y"] >= foot
    assert chips.first.locator("svg path").get_attribute("fill") == "#13968C"


def test_one_moment_stands_everywhere_goes_into_the_link_and_comes_out_of_it(compare):
    folder = RECORDED / recorded_comparison("collapse") / "a"
    steps = files.snapshot_steps(folder)
    at, after = next((a, b) for a, b in itertools.pairwise(steps) if a >= 100 and b > a + 5)
    compare.recorded("collapse", step=at + 5, query=7, view=2)
    wait_for(lambda: compare.moments() == {str(at)})
    held = compare.page.locator(".held")
    assert f"Step {at + 5} was not kept: this is step {at}" in held.inner_text()
    assert f"step {at}" in compare.page.locator(".curves h4").inner_text()
    view = compare.page.locator(".query-column .view").nth(2)
    assert view.get_attribute("aria-pressed") == "true"
    compare.page.get_by_role("slider", name="Snapshot").focus()
    compare.page.keyboard.press("ArrowRight")
    wait_for(lambda: compare.moments() == {str(after)})
    wait_for(lambda: f"step={after}" in compare.url())
    assert held.is_hidden()
    scored = [r["step"] for r in files.read_metrics(folder) if "knn_features" in r]
    measured = max(step for step in scored if step <= after)
    early = "" if measured == after else f" at {measured}"
    figures = compare.page.locator(".figures").first.inner_text()
    assert re.search(rf"10-NN{early}\s", figures)


def test_another_layout_neither_rewinds_nor_mixes_two_moments(compare):
    step = files.snapshot_steps(RECORDED / recorded_comparison("sharpness") / "a")[-4]
    compare.recorded("sharpness", step=step)
    wait_for(lambda: compare.moments() == {str(step)})
    compare.page.evaluate("""() => {
      window.seen = new Set();
      const note = () => {
        const clouds = document.querySelectorAll('[data-testid=cloud]');
        for (const cloud of clouds) seen.add(cloud.dataset.step);
        seen.add(document.querySelector('.head .at b').textContent);
        window.noting = requestAnimationFrame(note);
      };
      note();
    }""")
    compare.page.get_by_role("radio", name="PCA").click()
    caption = compare.page.locator(".tools .caption")
    wait_for(lambda: caption.inner_text().startswith("PCA"))
    assert compare.page.evaluate("cancelAnimationFrame(noting), [...seen]") == [str(step)]
    assert compare.page.locator(".scrubber .step").inner_text() == f"step {step}"


STOPS = """() => {
  const root = document.querySelector('[data-compare-root]');
  const all = [...root.querySelectorAll('button, select, input, [tabindex]')].filter((node) =>
    node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true }));
  const tab = all.findIndex((node) => node.getAttribute('role') === 'tab');
  const strips = [...root.querySelectorAll('.strip')];
  return [tab, strips.map((strip) => all.filter((node) => strip.contains(node)).length)];
}"""


def test_a_strip_is_one_stop_of_the_tab_key_and_arrows_walk_it(compare):
    compare.recorded("uniform-weights")
    before_tabs, strips = compare.page.evaluate(STOPS)
    assert strips == [1, 1, 1, 1]
    assert before_tabs < 45
    samples = compare.page.get_by_test_id("strip").first.locator("button")
    samples.first.focus()
    for key, place in (("ArrowRight", 1), ("End", 15), ("ArrowLeft", 14), ("Home", 0)):
        compare.page.keyboard.press(key)
        focused = "node => node === document.activeElement"
        assert samples.nth(place).evaluate(focused), key
    compare.page.keyboard.press("ArrowRight")
    compare.page.keyboard.press("Tab")
    compare.page.keyboard.press("Shift+Tab")
    assert samples.nth(1).evaluate(focused)


@pytest.mark.parametrize(
    ("preset", "scheme", "size", "forced"),
    [
        ("imbalanced", "light", (1440, 900), "none"),
        ("broken", "dark", (1024, 768), "none"),
        ("collapse", "dark", (390, 844), "none"),
        ("collapse", "dark", (1440, 900), "active"),
    ],
)
def test_no_panel_breaks_a_rule_of_axe_or_overflows(compare, preset, scheme, size, forced):
    page = compare.page
    page.emulate_media(color_scheme=scheme, forced_colors=forced)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    compare.recorded(preset)
    for tab in ("Plane", "What moved", "Classes", "Seeds", "Curves"):
        compare.tab(tab)
        wait_for(lambda: page.locator(".moved.stale").count() == 0)
        assert axe.violations(page) == [], tab
        width = "n => n.scrollWidth - n.clientWidth"
        assert page.locator("[data-compare-root]").evaluate(width) <= 0, tab
        assert page.locator("html").evaluate(width) <= 0, tab
    compare.page.select_option("[aria-label='Colour the points by']", "pull")
    compare.page.locator(".strips").get_by_role("button", name="adjust").click()
    page.locator(".proof-badge").click()
    assert axe.violations(page) == []


def test_the_lens_stands_beside_the_strips_it_changes(compare):
    compare.recorded("collapse")
    compare.page.locator(".strips").get_by_role("button", name="adjust").click()
    compare.page.select_option("[aria-label='Lens: the loss to look through']", "sscl")
    fields = compare.page.locator(".lens-fields")
    wait_for(lambda: fields.is_visible())
    lens, strips = fields.bounding_box(), compare.strips.bounding_box()
    assert lens["x"] >= strips["x"] + strips["width"] or lens["y"] + lens["height"] <= strips["y"]
    compare.page.locator(".lens-fields input").first.focus()
    compare.page.keyboard.press("Escape")
    wait_for(lambda: fields.is_hidden())
