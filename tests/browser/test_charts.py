"""Charts as a person uses them: zoomed, saved, pointed at, and where their library cannot come."""

import re

import pytest

from tests.browser.conftest import Live, wait_for
from tests.browser.forces_tab import Forces

DRAWN = ".chart[data-drawn]"


class Compare(Live):
    """The compare page in a tab."""

    def open(self, **params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        self.page.goto(f"{self.server.url}compare?{query}")
        return chart_of(self, ".curves .chart")


@pytest.fixture
def compare(tab_like):
    tab = tab_like(reduced_motion="reduce")
    tab.__class__ = Compare
    return tab


@pytest.fixture
def forces(tab_like):
    tab = tab_like(reduced_motion="reduce")
    tab.__class__ = Forces
    return tab


def chart_of(tab, selector):
    chart = tab.page.locator(selector).first
    wait_for(lambda: chart.get_attribute("data-drawn"))
    return chart


def across(chart, share):
    """A place within the axes of a chart, from left to right."""
    box = chart.bounding_box()
    plot = chart.locator(".nsewdrag").first.bounding_box()
    return plot["x"] + share * plot["width"], box["y"] + box["height"] / 2


def ticks(chart):
    return chart.locator(".xtick").all_text_contents()


def saved(tab, tools, kind, tmp_path):
    tools.locator("summary").click()
    with tab.page.expect_download() as download:
        tools.get_by_role("button", name=kind).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_curve_is_zoomed_by_drawing_and_shown_whole_again(compare):
    chart = compare.open(preset="sharpness")
    whole = ticks(chart)
    compare.page.mouse.move(*across(chart, 0.3))
    compare.page.mouse.down()
    compare.page.mouse.move(*across(chart, 0.5), steps=4)
    compare.page.mouse.move(*across(chart, 0.6), steps=4)
    compare.page.mouse.up()
    wait_for(lambda: ticks(chart) != whole)
    first, last = (float(re.sub(r"\D", "", text)) for text in (ticks(chart)[0], ticks(chart)[-1]))
    assert 100 <= first < last <= 260
    compare.page.get_by_role("button", name="show all").click()
    wait_for(lambda: ticks(chart) == whole)
    assert "step=" not in compare.url()


def test_a_click_on_a_curve_moves_the_moment_of_all(compare):
    chart = compare.open(preset="sharpness")
    compare.page.mouse.click(*across(chart, 0.5))
    step = wait_for(lambda: re.search(r"step=(\d+)", compare.url()))[1]
    assert 160 <= int(step) <= 200  # of 400 updates, the moment at or before the place
    assert f"step {step}" in compare.page.locator(".curves h4").inner_text()


def test_a_chart_is_saved_with_its_title_as_dots_and_as_lines(compare, tmp_path):
    chart = compare.open(preset="sharpness", step=200)
    title = compare.page.locator(".curves h4").inner_text()
    dots, lines = (saved(compare, chart, kind, tmp_path) for kind in ("PNG", "SVG"))
    assert dots.stem == lines.stem and dots.stem.startswith("effective-negatives-lowest-with")
    assert dots.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    text = "".join(re.findall(r">([^<]+)<", lines.read_text()))
    assert title.replace(" ", "")[:40] in text.replace(" ", "")
    assert text.count("InfoNCE, temperature 0.1") >= 1


def test_each_chart_of_the_forces_page_has_its_own_button(forces, tmp_path):
    for preset, n in (("landscape", 3), ("flow-octagon", 6), ("synthetic", 1)):
        forces.open(preset=preset)
        wait_for(lambda n=n: forces.page.locator(f"{DRAWN}:visible").count() == n)
        assert forces.page.locator(".chart-save:not(.switches *):visible").count() == n
    head = forces.page.locator(".chord-panel .chart-head")
    path = saved(forces, head, "SVG", tmp_path)
    assert path.name.startswith("mixing-negative-") and "λ" not in path.name


def test_a_hand_on_the_loss_of_a_flow_moves_its_points(forces):
    forces.open(preset="flow-octagon")
    chart = chart_of(forces, ".flow-loss")
    last = int(forces.flow("n-frames")) - 1

    def is_at(share):
        return abs(int(forces.flow("frame")) - share * last) <= 0.02 * last

    forces.page.mouse.move(*across(chart, 0.25))
    forces.page.mouse.down()
    forces.page.mouse.move(*across(chart, 0.5), steps=4)
    wait_for(lambda: is_at(0.5))
    forces.page.mouse.move(*across(chart, 0.75), steps=6)
    wait_for(lambda: is_at(0.75))
    forces.page.mouse.up()
    forces.page.mouse.move(*across(chart, 0.1), steps=3)
    assert is_at(0.75)


def test_without_its_library_a_chart_says_so_and_the_page_goes_on(forces):
    forces.page.route("**/plotly.min.js", lambda route: route.abort())
    forces.open(preset="landscape")
    waits = forces.page.locator(".heat .chart-wait")
    wait_for(lambda: "reload the page" in waits.inner_text())
    forces.mark("q").focus()
    forces.answered(lambda: forces.page.keyboard.press("ArrowRight"))
    assert all("ERR_FAILED" in error for error in forces.errors) and forces.errors
    forces.errors.clear()
