"""Frozen comparisons and scenes: they fetch nothing, answer as the app, give themselves away."""

import csv
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from cacr_core.commands.freeze import MOST
from cacr_core.runs.shelf import RECORDED
from tests.browser.conftest import wait_for
from tests.browser.test_frozen import Frozen, saved
from web.compare import moved as movements
from web.compare.strips import strips
from web.forces import answers
from web.forces.presets import SCENES
from web.frozen.freeze import freeze, freeze_scenes
from web.frozen.scenes import POINTS
from web.live import answers as live

COMPARED = RECORDED / "compare-collapse"
MIXES = RECORDED / "live-sscl"
SCENE = "near-negative"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def files_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rooms")
    pages = {
        "compare": freeze(COMPARED, int(MOST * 1e6)),
        "mixes": freeze(MIXES, int(MOST * 1e6), home="index.html"),
        "forces": freeze_scenes({name: SCENES[name] for name in (SCENE, "flow-octagon")}),
    }
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        assert len(page.encode()) <= MOST * 1e6
    return folder


@pytest.fixture
def opened(chrome, files_of):
    """A frozen page in a tab without a net; it may ask no address for anything and say no error."""
    context = chrome.new_context(
        viewport={"width": 1440, "height": 900}, offline=True, reduced_motion="reduce"
    )
    tabs = []

    def tab(name, view=""):
        tabs.append(Frozen(context, files_of / f"{name}.html"))
        tabs[-1].page.goto(f"{tabs[-1].file.as_uri()}{view}")
        return tabs[-1]

    yield tab
    context.close()
    for one in tabs:
        assert one.errors == []
        ours = ("blob:", "data:", one.file.as_uri())
        assert [url for url in one.asked if not url.startswith(ours)] == []


def synthetics_of(query):
    asked = {"step": 1200, "probe": query, "view": 0, "group": "batch"}
    return live.query(live.understand(asked, MIXES), None)["synthetics"]


CUT = "(all) => all.filter((n) => n.scrollWidth > n.clientWidth).map((n) => n.textContent)"


def pair_of(synthetic):
    return [parent["probe"] for parent in synthetic["parents"]]


def parents_of(rows):
    said = [row.get_attribute("aria-label").split(":")[0] for row in rows.all()]
    return [[int(number) for number in re.findall(r"image (\d+)", text)] for text in said]


def test_the_synthetics_of_any_query_stand_in_the_panel_with_their_parents(opened):
    tab = opened("mixes", "#step=1200&query=17&view=0")
    rows = tab.page.locator(".synthetic-row")
    for query in (17, 18):
        theirs = synthetics_of(query)
        wait_for(
            lambda theirs=theirs: parents_of(rows) == [pair_of(one) for one in theirs["items"]]
        )
        said = [row.locator("> b").inner_text() for row in rows.all()]
        shares = [100 * one["share"] for one in theirs["items"]]
        assert [float(text.removesuffix(" %")) for text in said] == pytest.approx(shares, rel=0.006)
        assert rows.locator("small").evaluate_all(CUT) == []
        tab.page.get_by_role("button", name="Next query").click()
    note = tab.page.locator(".synthetic-part .note").first
    assert note.text_content().startswith(f"{theirs['text']}. Drawn among their neighbours")
    tab.page.get_by_label("Lens: the loss to look through").select_option("infonce")
    wait_for(lambda: note.text_content().startswith("under the lens: 8 for each query"))
    assert tab.page.locator(".cacr-frozen a").get_attribute("href") == "index.html"


def clouds(tab):
    tab.page.wait_for_selector(".tile-cloud [data-step]:not([data-step=''])")
    return tab.page.get_by_test_id("cloud")


def reading_of(probe, step):
    asked = {"what": "strips", "step": step, "probe": probe, "view": 0, "group": "probes"}
    return strips(asked, COMPARED)["reading"]


def test_a_comparison_opens_on_its_moment_and_one_query_is_read_under_each_loss(opened):
    tab = opened("compare")
    wait_for(lambda: clouds(tab).count() == 3)
    wait_for(lambda: {c.get_attribute("data-step") for c in clouds(tab).all()} == {"400"})
    said = tab.page.locator(".strips .reading")
    wait_for(lambda: said.inner_text() == reading_of(0, 400))
    tab.page.get_by_role("button", name="Next query").click()
    wait_for(lambda: said.inner_text() == reading_of(1, 400))
    assert tab.page.get_by_text("equal in all 3").is_visible()
    tab.page.get_by_role("tab", name="What moved").click()
    moved = tab.page.locator(".moved .reading")
    ends = {"from": {"entry": "a", "step": 400}, "to": {"entry": "b", "step": 400}}
    theirs = movements.moved({"space": "embeddings", **ends}, COMPARED)["reading"]
    wait_for(lambda: moved.inner_text() == theirs)
    tab.page.get_by_role("tab", name="Curves").click()
    wait_for(lambda: tab.page.locator(".curves .main-svg, .js-plotly-plot").count() >= 1)


def test_an_image_under_the_hand_is_weighed_in_every_cloud_of_a_comparison(opened):
    tab = opened("compare")
    wait_for(lambda: clouds(tab).count() == 3)
    cloud = clouds(tab).first
    wait_for(lambda: cloud.get_attribute("data-step") == "400")
    box = cloud.bounding_box()
    x, y = cloud.evaluate("(node, i) => node.pointPosition(i)", 7)
    tab.page.mouse.move(box["x"] + x, box["y"] + y)
    wait_for(lambda: cloud.get_attribute("data-over"))
    over = cloud.get_attribute("data-over")
    wait_for(lambda: {c.get_attribute("data-over") for c in clouds(tab).all()} == {over})


def test_a_comparison_gives_its_clouds_and_numbers_away(opened, tmp_path):
    tab = opened("compare")
    wait_for(lambda: clouds(tab).count() == 3)
    wait_for(lambda: clouds(tab).first.get_attribute("data-step") == "400")
    name, content = saved(tab, "clouds, SVG", tmp_path)
    assert name == "collapse-what-it-looks-like-recorded-step-400.svg"
    picture = ElementTree.fromstring(content)
    words = " ".join(picture.itertext())
    assert all(label in words for label in ("CACR", "no repulsion", "uniform repulsion", "disc"))
    assert len(picture.findall(f"{SVG}svg")) == 3
    name, content = saved(tab, "clouds, PNG", tmp_path)
    assert content.startswith(b"\x89PNG") and len(content) > 30_000
    name, content = saved(tab, "numbers, CSV", tmp_path)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {row["entry"] for row in rows} == {"CACR", "no repulsion", "uniform repulsion"}
    last = [row for row in rows if row["entry"] == "CACR"][-1]
    assert last["step"] == "400" and float(last["loss"]) == pytest.approx(-0.664, abs=5e-4)


def until_answered(tab, n=1):
    root = tab.page.locator("[data-forces-root]")
    wait_for(lambda: int(root.get_attribute("data-answers") or 0) >= n)
    return root


def test_a_scene_is_moved_by_the_keyboard_and_read_as_by_the_app(opened, tmp_path):
    tab = opened("forces", f"#scene={SCENE}")
    until_answered(tab)
    board = SCENES[SCENE].board
    assert tab.page.locator(".cacr-watch").inner_text().startswith("A negative stands between")
    mark = tab.page.locator('.stage-place.place-a [data-mark="n0"]').first
    mark.focus()
    for _ in range(4):
        tab.page.keyboard.press("Shift+ArrowRight")
    until_answered(tab, 2)
    tab.page.wait_for_timeout(600)
    _, content = saved(tab, "numbers, CSV", tmp_path)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    moved = next(row for row in rows if row["mark"] == "negative 1")
    lon = board["query"][0] + float(moved["angle"])  # it was to the left of the query and still is
    candidates = [lon, board["query"][0] - float(moved["angle"])]
    question = {"what": "forces", **{key: board[key] for key in POINTS}}
    found = []
    for place in candidates:
        there = question | {"negatives": [[place, 0.0], *board["negatives"][1:]]}
        found.append(answers.forces(there)[0])
    ours = np.array([[float(row["weight"]), float(row["pull"])] for row in rows])
    theirs = [
        np.array([[m["weight"], m["pull"]] for one in answer["of"] for m in marks(one)])
        for answer in found
    ]
    assert min(np.abs(ours - one).max() for one in theirs) < 1e-4
    assert float(moved["angle"]) != pytest.approx(20, abs=0.5)


def marks(reading):
    return [*reading["positives"], *reading["negatives"], *reading["synthetics"]]


def test_what_a_file_of_scenes_has_not_it_says_in_a_sentence_and_scenes_are_put_back(opened):
    tab = opened("forces", f"#scene={SCENE}")
    until_answered(tab)
    head = tab.page.locator("header.head")
    tab.page.get_by_role("button", name="Add a negative").click()
    wait_for(
        lambda: "This file holds scenes of so many marks" in tab.page.inner_text("header.head")
    )
    tab.page.get_by_role("button", name="as it opens").click()
    wait_for(lambda: "This file holds" not in head.inner_text())
    tab.page.get_by_label("Scene", exact=True).select_option("flow-octagon")
    wait_for(lambda: tab.page.locator("[data-forces-root]").get_attribute("data-mode") == "flow")
    wait_for(lambda: tab.page.locator('[data-n-frames]:not([data-n-frames="0"])').count() >= 1)


def test_a_scene_gives_its_picture_away(opened, tmp_path):
    tab = opened("forces", f"#scene={SCENE}")
    until_answered(tab)
    tab.page.wait_for_timeout(500)
    name, content = saved(tab, "both scenes, SVG", tmp_path)
    picture = ElementTree.fromstring(content)
    assert name.endswith(".svg") and len(picture.findall(f"{SVG}svg")) == 2
    words = " ".join(picture.itertext())
    assert "A: CACR" in words and "B: InfoNCE" in words
    edged = [one for one in picture.iter() if "stroke" in one.get("paint-order", "")]
    assert edged, "the weights beside bars have the paper's edge behind them, not over them"
    _, content = saved(tab, "both scenes, PNG", tmp_path)
    assert content.startswith(b"\x89PNG") and len(content) > 20_000
