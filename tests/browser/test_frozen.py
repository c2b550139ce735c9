"""A frozen run opens from disk, asks no address for anything, and shows and answers as the app."""

import io
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cacr_core.commands.freeze import MOST
from cacr_core.runs.shelf import RECORDED
from tests.browser.conftest import wait_for
from tests.test_freeze import opened_part, parts_of
from web.frozen.freeze import freeze
from web.live import answers

RUN = RECORDED / "example"
LAST = 700


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("frozen") / "run.html"
    path.write_text(freeze(RUN, int(MOST * 1e6)), encoding="utf-8")
    return path


class Frozen:
    """The file in a tab without a net."""

    def __init__(self, context, file):
        self.asked, self.errors = [], []
        context.on("request", lambda request: self.asked.append(request.url))
        self.page, self.file = context.new_page(), file
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self.hear)

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def open(self, view=""):
        self.page.goto(f"{self.file.as_uri()}{view}")
        self.page.wait_for_selector('[data-testid="cloud"][data-step]:not([data-step=""])')
        return self

    @property
    def cloud(self):
        return self.page.get_by_test_id("cloud")

    def data(self, name):
        return self.cloud.get_attribute(f"data-{name}")

    def point(self, index):
        box = self.cloud.bounding_box()
        x, y = self.cloud.evaluate("(node, i) => node.pointPosition(i)", index)
        return box["x"] + x, box["y"] + y


@pytest.fixture
def frozen(chrome, file):
    context = chrome.new_context(
        viewport={"width": 1440, "height": 900}, offline=True, reduced_motion="reduce"
    )
    tab = Frozen(context, file)
    yield tab
    context.close()
    assert tab.errors == []
    ours = ("blob:", "data:", tab.file.as_uri())
    assert [url for url in tab.asked if not url.startswith(ours)] == []


def test_it_opens_on_the_last_moment_and_fits(frozen):
    frozen.open()
    assert frozen.data("step") == str(LAST)
    assert frozen.page.get_by_role("heading", name="CACR, four positives, recorded").is_visible()
    assert frozen.file.stat().st_size <= MOST * 1e6


def test_an_image_under_the_hand_colours_the_cloud_by_its_weights(frozen):
    frozen.open()
    frozen.page.mouse.move(*frozen.point(7))
    wait_for(lambda: frozen.data("coloured") == "7")
    theirs = answers.weights(answers.understand({"step": LAST, "probe": 7, "view": 0}, RUN), None)
    said = frozen.page.locator(".card em").text_content()
    assert f"{theirs[0]['effective']:,.0f} of {theirs[0]['n_negatives']:,}" in said


def test_the_scrubber_goes_to_every_kept_moment_and_the_panel_follows(frozen):
    frozen.open("#step=200&query=17&view=1")
    assert frozen.data("step") == "200"
    theirs = answers.query(answers.understand({"step": 200, "probe": 17, "view": 1}, RUN), None)
    first = frozen.page.locator(".pushed li").first
    weight = f"{theirs['negatives'][0]['weight']:.3g}"
    wait_for(lambda: weight in first.text_content())
    frozen.cloud.focus()
    frozen.page.keyboard.press("ArrowRight")
    wait_for(lambda: frozen.data("step") == "220")
    theirs = answers.query(answers.understand({"step": 220, "probe": 17, "view": 1}, RUN), None)
    weight = f"{theirs['negatives'][0]['weight']:.3g}"
    wait_for(lambda: weight in first.text_content())
    wait_for(
        lambda: "step=220" in frozen.page.url or "step=220" in frozen.page.evaluate("location.hash")
    )


def test_nothing_can_be_started_and_what_is_not_there_is_not_offered(frozen):
    frozen.open()
    for name in ("Start", "Pause", "Step", "Stop", "Reset"):
        assert not frozen.page.get_by_role("button", name=name, exact=True).is_visible()


def test_both_layouts_and_both_themes_are_there(frozen):
    frozen.open()
    before = frozen.point(7)
    frozen.page.get_by_role("radio", name="PCA").click()
    wait_for(lambda: not np.allclose(frozen.point(7), before, atol=2))
    theme = frozen.page.locator("[data-turn-theme]")
    root = frozen.page.locator("[data-live-root]")
    seen = {root.get_attribute("data-theme")}
    theme.click()
    wait_for(lambda: root.get_attribute("data-theme") not in seen)


def test_a_lesson_asks_and_answers_from_the_numbers_of_the_moment(frozen):
    frozen.open("#lesson=first-words")
    lesson = frozen.page.locator(".cacr-lesson")
    wait_for(lambda: "now image 0, a star" in lesson.text_content())
    lesson.get_by_role("button", name="Next").click()
    said = lesson.locator(".why")
    lesson.get_by_role("button", name="No, some negative").click()
    theirs = answers.query(answers.understand({"step": LAST, "probe": 0, "view": 0}, RUN), None)
    far, near = theirs["positives"][0]["distance"], theirs["negatives"][0]["distance"]
    assert far < near, "the lesson asks whether all positives lie nearer"
    wait_for(lambda: said.text_content().startswith("Not so."))
    assert f"{far:.3g}" in said.text_content() and f"{near:.3g}" in said.text_content()
    lesson.get_by_role("button", name="Yes, all of them").click()
    wait_for(lambda: said.text_content().startswith("Right."))
    lesson.get_by_role("button", name="Close").click()
    assert lesson.is_hidden()


def test_a_moment_is_shown_again_by_its_lesson_and_by_its_link(frozen):
    frozen.open("#lesson=first-words")
    lesson = frozen.page.locator(".cacr-lesson")
    again = lesson.get_by_role("button", name="Show its moment again")
    said = lambda: frozen.page.evaluate("location.hash")  # noqa: E731
    assert frozen.data("step") == str(LAST)
    for rest in (False, True):
        frozen.cloud.focus()
        frozen.page.keyboard.press("Home")
        wait_for(lambda: frozen.data("step") == "0")
        if rest:
            wait_for(lambda: "step=0" in said())
        again.click()
        wait_for(lambda: frozen.data("step") == str(LAST))
    assert "lesson=first-words&at=1" in said()
    lesson.get_by_role("button", name="Close").click()
    assert "lesson" not in said()
    for _ in range(2):
        frozen.page.evaluate("location.hash = '#step=200&view=7&group=x'")
        wait_for(lambda: frozen.data("step") == "200")
        frozen.cloud.focus()
        frozen.page.keyboard.press("ArrowRight")
        wait_for(lambda: said() == "#step=220")
    frozen.page.evaluate("location.hash = '#lesson=first-words&at=2'")
    wait_for(lambda: ", 2 of" in lesson.inner_text())
    frozen.page.evaluate("location.hash = '#step=200&lesson=first-words&at=1'")
    wait_for(lambda: ", 1 of" in lesson.inner_text())
    wait_for(lambda: frozen.data("step") == "200")
    assert "step=200" in said() and "at=1" in said()
    frozen.page.evaluate("location.hash = '#step=220'")
    wait_for(lesson.is_hidden)
    wait_for(lambda: frozen.data("step") == "220")


def test_a_thinned_file_opens_at_the_moment_before_the_one_that_its_link_asks_for(frozen, tmp_path):
    frozen.file = tmp_path / "thinned.html"
    page = freeze(RUN, 6_000_000)
    frozen.file.write_text(page, encoding="utf-8")
    kept = opened_part(parts_of(page), "about")["steps"]
    assert len(kept) < 23 and 263 not in kept
    before = max(step for step in kept if step < 263)
    frozen.open("#step=263&lesson=first-words&at=2")
    wait_for(lambda: frozen.data("step") == str(before))
    said = f"Step 263 is not kept: this is step {before}, the nearest before it"
    wait_for(lambda: said in frozen.page.locator(".notice").inner_text())
    assert ", 2 of" in frozen.page.locator(".cacr-lesson").inner_text()
    frozen.page.evaluate("location.hash = '#step=700&lesson=first-words&at=2'")
    wait_for(lambda: frozen.data("step") == "700")
    assert "not kept" not in frozen.page.locator(".notice").inner_text()


def saved(frozen, what, folder):
    """The name and the bytes of what the menu saves."""
    frozen.page.get_by_label("Take away").click()
    with frozen.page.expect_download(timeout=60_000) as download:
        frozen.page.get_by_role("button", name=what, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.name, path.read_bytes()


def test_cloud_film_and_numbers_can_be_taken_away(frozen, tmp_path):
    frozen.open()
    name, content = saved(frozen, "cloud, SVG", tmp_path)
    assert name == "cacr-four-positives-recorded-step-700.svg"
    picture = ElementTree.fromstring(content)
    words = " ".join(picture.itertext())
    assert "CACR, four positives, recorded: step 700" in words
    assert all(shape in words for shape in ("disc", "ring", "crescent", "UMAP, trustworthiness"))
    dots = [one for one in picture.iter("{http://www.w3.org/2000/svg}path") if one.get("fill")]
    assert len(dots) == 512 + 8  # the images, and a mark for each class
    name, content = saved(frozen, "cloud, PNG", tmp_path)
    assert content.startswith(b"\x89PNG") and len(content) > 50_000
    name, content = saved(frozen, "numbers, CSV", tmp_path)
    head, *rows = content.decode("utf-8-sig").splitlines()
    assert head.startswith("step,loss,attraction,repulsion,") and len(rows) == 23
    last = dict(zip(head.split(","), rows[-1].split(","), strict=True))
    row = [json.loads(line) for line in (RUN / "metrics.jsonl").read_text().splitlines()][-1]
    assert float(last["uniformity"]) == pytest.approx(row["uniformity"], abs=1e-5)
    name, content = saved(frozen, "film, video", tmp_path)
    assert re.fullmatch(r"cacr-four-positives-recorded\.(webm|mp4)", name)
    assert len(content) > 50_000
    name, content = saved(frozen, "film, GIF", tmp_path)
    assert name == "cacr-four-positives-recorded.gif" and len(content) < 8e6
    film = Image.open(io.BytesIO(content))
    assert (film.size, film.n_frames, film.info["loop"]) == ((640, 480), 22 * 3 + 1, 0)
    ends = []
    for place in (0, film.n_frames - 1):
        film.seek(place)
        ends.append(np.asarray(film.convert("RGB"), float))
    assert np.abs(ends[0] - ends[1]).mean() > 2, "the cloud has moved"


def test_even_a_script_put_into_it_can_fetch_nothing(frozen):
    frozen.open()
    done = frozen.page.evaluate(
        """async () => {
          try { await fetch('https://example.org/'); return 'fetched'; }
          catch (error) { return String(error); }
        }"""
    )
    assert "fetched" not in done
    frozen.errors[:] = [one for one in frozen.errors if "example.org" not in one]
    assert json.dumps(frozen.asked).count("example.org") == 0
