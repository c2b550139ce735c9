"""How the live page behaves: its bar, its moments, its lens."""

import pytest

from cacr_core.presets import PRESETS
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests.browser import conftest
from tests.browser.conftest import wait_for
from tests.browser.looks import ACTS, HELD, apart, inside


def places(live):
    return {name: live.button(name).bounding_box() for name in ACTS}


def primary(live):
    return live.page.locator(".act.main:not(:disabled)").get_attribute("aria-label")


def moments(live):
    """The steps that the parts of the page show."""
    return [
        live.step(),
        *(
            int("".join(c for c in live.page.locator(where).inner_text() if c.isdigit()))
            for where in (".at b", "output.step")
        ),
    ]


# --- the bar


def test_the_buttons_stay_where_they_are_and_the_next_one_to_press_stands_out(live):
    live.open(**conftest.SMALL | {"run": "example"})
    live.until_enabled("Start")
    before = places(live)
    assert before["Pause"]["x"] == before["Resume"]["x"]
    assert primary(live) == "Start"
    live.button("Start").focus()
    live.page.keyboard.press("Enter")
    live.until_enabled("Pause")
    wait_for(lambda: primary(live) == "Pause")
    assert live.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Pause"
    assert live.button("Start").is_disabled()
    assert places(live) == before
    live.page.keyboard.press("Enter")
    live.until_enabled("Resume")
    wait_for(lambda: primary(live) == "Resume")
    assert live.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Resume"
    assert places(live) == before


def test_each_press_of_step_is_one_update(live):
    folder = live.start()
    live.button("Pause").click()
    live.until_state("paused")
    before = files.heart(folder)["step"]
    for _ in range(3):
        live.button("Step").click()
    wait_for(lambda: files.heart(folder)["step"] == before + 3)
    wait_for(lambda: live.step() == before + 3)


def test_the_speed_of_the_bar_is_the_runs(live):
    folder = live.start()
    live.page.get_by_label("Speed", exact=True).select_option(label="1 a second")
    wait_for(lambda: files.control(folder)["speed"] == 1)
    wait_for(lambda: "speed=1" in live.url())


def test_start_says_why_it_cannot(live):
    live.open(preset="sscl", run="example")
    live.until_enabled("Start")
    live.page.get_by_text("More settings").click()
    live.page.get_by_role("spinbutton", name="hard pool s").fill("5000")
    live.page.keyboard.press("Enter")
    wait_for(lambda: live.button("Start").is_disabled())
    assert "hard pool cannot be larger" in live.button("Start").get_attribute("title")
    assert "hard pool cannot be larger" in live.page.locator(".why").inner_text()


def test_what_one_reaches_for_stands_above_the_fold(live):
    live.open(**HELD)
    live.until_enabled("Start")
    page = live.page
    for part in (
        page.get_by_label("Preset"),
        page.get_by_label("Images", exact=True),
        page.get_by_text("Settings", exact=True),
        page.get_by_role("slider", name="how sharp, negatives, t⁻"),
        page.get_by_role("spinbutton", name="images in a batch N"),
    ):
        assert inside(part.first.bounding_box(), 290, 900)


# --- moments


def test_a_link_opens_on_its_moment_and_a_held_one_goes_into_the_address(live):
    live.open(step=263, view=3)
    wait_for(lambda: live.frames() >= 1)
    wait_for(lambda: moments(live) == [260, 260, 260])
    assert "Step 263 is not kept: this is step 260" in live.page.locator(".notice").inner_text()
    assert live.page.get_by_label("view 4 of the query, the query").count() == 1
    slider = live.page.get_by_role("slider", name="Snapshot")
    last = len(files.snapshot_steps(RECORDED / "example")) - 1
    wait_for(lambda: slider.get_attribute("max") == str(last))
    slider.focus()
    live.page.keyboard.press("ArrowRight")
    wait_for(lambda: live.step() > 260)
    wait_for(lambda: f"step={live.step()}" in live.url() and "view=3" in live.url())
    live.page.get_by_role("button", name="Play snapshots").click()
    wait_for(lambda: "step=" not in live.url())


def star_at(live):
    star, box = live.page.locator(".star").bounding_box(), live.cloud.bounding_box()
    return star and [
        star["x"] + star["width"] / 2 - box["x"],
        star["y"] + star["height"] / 2 - box["y"],
    ]


def point_at(live):
    return live.cloud.evaluate("(node) => node.pointPosition(0)")


def test_another_layout_keeps_the_moment_on_the_whole_page(live):
    live.open(**HELD)
    live.until_enabled("Start")
    caption = live.page.locator(".caption")
    for name in ("PCA", "UMAP"):
        live.page.get_by_role("radio", name=name).click()
        seen = []
        while not caption.inner_text().startswith(f"{name}, trust"):
            seen.append(moments(live))
        seen.append(moments(live))
        assert {step for steps in seen for step in steps} == {380}
        # the marks over the cloud belong to the layout that is drawn
        wait_for(lambda: live.page.locator(".query.stale").count() == 0)
        wait_for(lambda: star_at(live) == pytest.approx(point_at(live), abs=2))


def test_a_number_that_was_measured_earlier_says_so(live):
    live.open(**HELD)
    told = live.page.evaluate(
        """async () => {
            const link = document.querySelector('link[data-cacr="kit"]').href;
            const { Numbers } = await import(new URL('../live/view/numbers.js', link).href);
            const { Frames } = await import(new URL('../kit/frames.js', link).href);
            const [numbers, frames] = [new Numbers(), new Frames()];
            const number = (key, at) => ({ key, at, title: key, text: '1', value: 1 });
            const rows = [number('now', null), number('before', 0), number('same', 20)];
            const frame = { step: 20, numbers: rows };
            frames.add(frame);
            numbers.set(frame, frames, 0);
            return [...numbers.node.querySelectorAll('.moment')]
                .map((node) => (node.hidden ? '' : node.textContent));
        }"""
    )
    assert told == ["", "measured at step 0", ""]


def test_nothing_moves_by_itself_where_motion_is_reduced(tab_like):
    live = tab_like(reduced_motion="reduce")
    live.open()
    wait_for(lambda: live.frames() >= 1)
    live.until_enabled("Start")
    last = live.page.get_by_role("slider", name="Snapshot").get_attribute("max")
    assert live.page.get_by_role("slider", name="Snapshot").input_value() == last
    assert live.step() == 700
    moving = live.page.evaluate(
        """() => [...document.querySelectorAll('[data-live-root] *')]
        .filter((node) => getComputedStyle(node).transitionDuration !== '0s').length"""
    )
    assert moving == 0


def test_the_card_of_an_image_leaves_the_cloud_that_it_colours_in_sight(live):
    live.open(**HELD)
    wait_for(lambda: live.frames() >= 1)
    for probe in (40, 300):
        live.page.mouse.move(*live.point(probe))
        wait_for(lambda: live.data("over") and live.data("coloured") == live.data("over"))
        card = live.page.locator(".card").bounding_box()
        box = live.cloud.bounding_box()
        places = live.cloud.evaluate(
            "(node) => Array.from({ length: 512 }, (_, i) => node.pointPosition(i))"
        )
        spots = [(box["x"] + x, box["y"] + y) for x, y in places]
        hidden = sum(
            card["x"] < x < card["x"] + card["width"] and card["y"] < y < card["y"] + card["height"]
            for x, y in spots
        )
        assert hidden < 0.05 * len(spots)
        live.page.mouse.move(5, 5)
        wait_for(lambda: not live.data("over"))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_what_has_gone_wrong_is_said_of_the_moment_shown_and_moves_nothing(tab_like, width, height):
    live = tab_like(width, height)
    live.open(run="live-too-fast", step=20)
    trouble = live.page.locator(".head [role=alert]")
    wait_for(lambda: live.step() == 20)
    wait_for(lambda: "the learning rate may be too high" in trouble.inner_text())
    at, head = live.cloud.bounding_box(), live.page.locator(".head").bounding_box()
    told = trouble.bounding_box()
    assert told["y"] >= head["y"] and told["height"] <= head["height"]  # all of it is read
    live.page.get_by_role("slider", name="Snapshot").focus()
    live.page.keyboard.press("Home")
    wait_for(lambda: live.step() == 0)
    wait_for(trouble.is_hidden)
    assert live.cloud.bounding_box() == at


# --- the lens


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_lens_is_adjusted_beside_the_list_it_changes(tab_like, width, height):
    live = tab_like(width, height)
    live.open(**HELD)
    live.until_enabled("Start")
    rows = live.page.locator(".part.pushed .row")
    wait_for(lambda: rows.first.inner_text().strip())
    live.page.get_by_role("button", name="adjust").click()
    slider = live.page.locator(".lens").get_by_role("slider", name="how sharp, negatives (t⁻)")
    if width == 1024:  # the panel lies below the cloud
        slider.scroll_into_view_if_needed()
        live.page.mouse.move(700, 500)
        live.page.mouse.wheel(0, 400)
    seen = live.page.locator(".query").bounding_box()
    bottom = min(height, seen["y"] + seen["height"])
    boxes = [slider.bounding_box(), *(rows.nth(i).bounding_box() for i in range(3))]
    assert all(inside(box, width, bottom) for box in boxes)
    assert all(apart(boxes[0], row) for row in boxes[1:])
    before = rows.first.inner_text()
    slider.focus()
    live.page.keyboard.press("Home")
    wait_for(lambda: rows.first.inner_text() != before)


# --- the cloud


@pytest.mark.parametrize(
    ("preset", "least", "most"), [("cacr-1", 0.7, 1), ("sscl", 0.7, 1), ("collapse", 0, 0.08)]
)
def test_a_cloud_is_as_large_as_its_images_lie_apart(live, preset, least, most):
    live.open(preset=preset)
    wait_for(lambda: live.step() == PRESETS[preset].view["step"])
    spans = live.cloud.evaluate(
        """(node) => {
          const box = node.querySelector('.plot').getBoundingClientRect();
          const points = Array.from({ length: 256 }, (_, i) => node.pointPosition(i));
          const span = (values) => Math.max(...values) - Math.min(...values);
          const [x, y] = [0, 1].map((k) => span(points.map((point) => point[k])));
          return [x, y, box.width, box.height];
        }"""
    )
    assert least <= max(spans[:2]) / min(spans[2:]) <= most
