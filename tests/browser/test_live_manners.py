"""How the live page behaves: its bar, its moments, in a room, on a phone, for everyone."""

import pytest

from cacr_core.runs import folder as files
from tests.browser import conftest
from tests.browser.axe import violations
from tests.browser.conftest import Live, Server, wait_for

ACTS = ("Start", "Pause", "Resume", "Step", "Stop", "Reset")
HELD = {"step": 380}


@pytest.fixture
def tab_like(chrome, server):
    """Tabs of other sizes, themes and wishes; none of them may say an error on the console."""
    opened = []

    def tab(width=1440, height=900, **wishes):
        context = chrome.new_context(viewport={"width": width, "height": height}, **wishes)
        opened.append(Live(context.new_page(), server))
        return opened[-1]

    yield tab
    for one in opened:
        one.page.context.close()
    server.end_runs()
    assert [error for one in opened for error in one.errors] == []


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


def inside(box, width, height):
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= width
        and box["y"] + box["height"] <= height
    )


def apart(a, b):
    return (
        a["x"] + a["width"] <= b["x"] + 1
        or b["x"] + b["width"] <= a["x"] + 1
        or a["y"] + a["height"] <= b["y"] + 1
        or b["y"] + b["height"] <= a["y"] + 1
    )


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
    assert moments(live) == [260, 260, 260]
    assert "Step 263 is not kept: this is step 260" in live.page.locator(".notice").inner_text()
    assert live.page.get_by_label("view 4 of the query, the query").count() == 1
    slider = live.page.get_by_role("slider", name="Snapshot")
    wait_for(lambda: slider.get_attribute("max") == "31")
    slider.focus()
    live.page.keyboard.press("ArrowRight")
    wait_for(lambda: live.step() > 260)
    wait_for(lambda: f"step={live.step()}" in live.url() and "view=3" in live.url())
    live.page.get_by_role("button", name="Play snapshots").click()
    wait_for(lambda: "step=" not in live.url())


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
        star = live.page.locator(".star").bounding_box()
        box = live.cloud.bounding_box()
        x, y = live.cloud.evaluate("(node) => node.pointPosition(0)")
        assert star["x"] + star["width"] / 2 - box["x"] == pytest.approx(x, abs=2)
        assert star["y"] + star["height"] / 2 - box["y"] == pytest.approx(y, abs=2)


def test_a_number_that_was_measured_earlier_says_so(live):
    live.open(**HELD)
    told = live.page.evaluate(
        """async () => {
            const link = document.querySelector('link[data-cacr="live"]').href;
            const { Numbers } = await import(new URL('numbers.js', link).href);
            const numbers = new Numbers();
            const number = (key, at) => ({ key, at, title: key, text: '1', value: 1 });
            const rows = [number('now', null), number('before', 0), number('same', 20)];
            const frame = { step: 20, numbers: rows };
            numbers.set(frame, { series: () => [1, 1] }, 0);
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
        spots = [live.point(i) for i in range(512)]
        hidden = sum(
            card["x"] < x < card["x"] + card["width"] and card["y"] < y < card["y"] + card["height"]
            for x, y in spots
        )
        assert hidden < 0.05 * len(spots)
        live.page.mouse.move(5, 5)
        wait_for(lambda: not live.data("over"))


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


# --- in a room


def sizes(live, *where):
    return [
        min(
            live.page.locator(one).evaluate_all(
                "(all) => all.map((node) => parseFloat(getComputedStyle(node).fontSize))"
            )
        )
        for one in where
    ]


@pytest.mark.parametrize(
    ("panel", "pointed_at"),
    [
        ("cloud", (".legend .chip span",)),
        ("query", (".row .name", ".row b", ".pull", ".distance", ".reading")),
        ("numbers", (".tile b", ".tile h3", ".tile p", ".tile small")),
    ],
)
def test_present_is_large_enough_for_a_room_and_has_the_bar(tab_like, panel, pointed_at):
    live = tab_like(1920, 1080)
    live.page.goto(f"{live.server.url}?present=1&panel={panel}&step=380")
    live.page.locator(".presenting").wait_for()
    live.until_enabled("Start")
    wait_for(lambda: live.page.locator(pointed_at[0]).first.inner_text())
    assert all(27.9 <= size for size in sizes(live, *pointed_at))
    room = live.page.locator("[data-live-root]").bounding_box()
    assert (room["x"], room["y"], room["width"], room["height"]) == (0, 0, 1920, 1080)
    for part in (*ACTS, "Play snapshots"):
        assert inside(live.button(part).bounding_box(), 1920, 1080)
    assert inside(live.page.get_by_role("slider", name="Snapshot").bounding_box(), 1920, 1080)
    assert live.page.locator("[data-testid=stSidebar]").evaluate("(node) => node.inert")
    assert violations(live.page) == []
    live.page.keyboard.press("Escape")
    wait_for(lambda: "present" not in live.url())
    assert not live.page.locator("[data-testid=stSidebar]").evaluate("(node) => node.inert")
    assert live.button("Start").bounding_box()["height"] < 40


def test_points_grow_with_the_room(tab_like):
    live = tab_like(1920, 1080)
    live.page.goto(f"{live.server.url}?present=1&step=380")
    live.page.locator(".presenting").wait_for()
    wait_for(lambda: live.frames() >= 1)
    wait_for(lambda: live.page.locator(".star circle").count())
    star = live.page.locator(".star circle").bounding_box()
    assert star["width"] == pytest.approx(26 * 28 / 12, rel=0.1)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720)])
def test_no_figure_of_a_presentation_lies_over_its_caption(tab_like, width, height):
    live = tab_like(width, height)
    live.page.goto(f"{live.server.url}?present=1&panel=numbers&step=380")
    live.page.locator(".presenting").wait_for()
    wait_for(lambda: live.page.locator(".tile b").first.inner_text())
    for tile in live.page.locator(".tile").all():
        boxes = [part.bounding_box() for part in tile.locator("> :visible").all()]
        boxes = [box for box in boxes if box and box["height"] > 0]
        assert all(apart(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
        assert inside(tile.bounding_box(), width, height)


def test_a_run_is_started_and_held_from_a_presentation(live):
    live.page.goto(
        f"{live.server.url}?present=1&" + "&".join(f"{k}={v}" for k, v in conftest.SMALL.items())
    )
    live.page.locator(".presenting").wait_for()
    live.until_enabled("Start")
    live.button("Start").click()
    wait_for(lambda: live.data("run") != "example" and live.step() >= 1)
    live.button("Pause").click()
    live.until_state("paused")
    assert live.page.locator(".presenting").count() == 1


@pytest.mark.parametrize(
    ("large", "part"), [("clouds", ".tile-cloud"), ("query", ".strip"), ("curves", ".chart")]
)
def test_a_comparison_is_presented_with_the_bar_of_the_run(tab_like, large, part):
    tab = tab_like(1920, 1080)
    tab.page.goto(f"{tab.server.url}compare?present=1&large={large}")
    tab.page.locator(".presenting").wait_for()
    tab.until_enabled("Start")
    tab.page.locator(part).first.wait_for()
    room = tab.page.locator("[data-compare-root]").bounding_box()
    assert (room["x"], room["y"], room["width"], room["height"]) == (0, 0, 1920, 1080)
    for name in ACTS:
        assert inside(tab.button(name).bounding_box(), 1920, 1080)
    others = {".tile-cloud", ".strip", ".chart"} - {part}
    assert not any(tab.page.locator(other).first.is_visible() for other in others)
    tab.page.keyboard.press("Escape")
    wait_for(lambda: "present" not in tab.url())
    assert tab.page.locator(".strip").first.is_visible()


# --- on a phone


def test_a_phone_shows_the_run_at_first_sight(tab_like):
    live = tab_like(390, 844)
    live.open()
    wait_for(lambda: live.frames() >= 3)
    sidebar = live.page.get_by_test_id("stSidebar").bounding_box()
    assert sidebar is None or sidebar["x"] + sidebar["width"] <= 0
    opener = live.page.get_by_test_id("stExpandSidebarButton").bounding_box()
    for part in (".head h2", ".seen", ".facts", ".stage"):
        assert apart(opener, live.page.locator(part).first.bounding_box())
    assert live.page.evaluate(
        "[...document.querySelectorAll('[data-live-root], [data-testid=stMain]')]"
        ".every((node) => node.scrollWidth <= 390)"
    )
    assert violations(live.page) == []


# --- for everyone


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(tab_like, theme):
    live = tab_like(color_scheme=theme)
    live.open()
    wait_for(lambda: live.frames() >= 3)
    live.until_enabled("Start")
    found = {"plays": violations(live.page)}
    for colour in ("weight", "pull", "factor:hue", "agreement"):
        live.open(colour=colour, **HELD)
        wait_for(lambda: live.page.locator(".ramp").count())
        live.until_enabled("Start")
        found[colour] = violations(live.page)
    live.page.get_by_role("button", name="adjust").click()
    live.page.get_by_text("More settings").click()
    live.page.get_by_text("What a view is").click()
    wait_for(lambda: live.page.get_by_alt_text("view 3 of it").count() == 3)
    found["lens, settings and views"] = violations(live.page)
    live.start(preset="sscl")
    live.until_enabled("Pause")
    found["running"] = violations(live.page)
    live.button("Pause").click()
    live.until_enabled("Resume")
    found["paused"] = violations(live.page)
    assert {state: rules for state, rules in found.items() if rules} == {}


def test_the_view_is_two_keys_away_and_the_cloud_a_few_more(live):
    live.open(**HELD)
    live.until_enabled("Start")
    live.page.keyboard.press("Tab")
    live.page.keyboard.press("Enter")  # skips to the main content
    stops = 0
    while live.page.evaluate("document.activeElement.dataset.testid") != "cloud":
        live.page.keyboard.press("Tab")
        stops += 1
        ring = live.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none"
    assert stops <= 7
    told = live.cloud.get_attribute("aria-label")
    assert "512 images of 8 classes at step 380, laid out by UMAP, coloured by class" in told
    assert "The query is image 0, star" in told


def test_links_of_the_sidebar_show_where_the_keyboard_is(live):
    live.open(**HELD)
    live.page.get_by_role("link", name="Skip to main content").focus()
    for name in ("Live", "Compare", "Forces", "Checkpoints"):
        live.page.keyboard.press("Tab")
        outline = live.page.evaluate(
            """() => [document.activeElement.innerText.trim(),
            getComputedStyle(document.activeElement).outlineStyle,
            getComputedStyle(document.activeElement).outlineWidth]"""
        )
        assert outline == [name, "solid", "2px"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forced_colours_keep_bars_and_marks(tab_like, theme):
    live = tab_like(color_scheme=theme, forced_colors="active")
    live.open(**HELD)
    wait_for(lambda: live.page.locator(".part.pushed .row b").first.inner_text())
    root = live.page.locator("[data-live-root]")
    assert root.get_attribute("data-theme") == theme

    def painted(where, name="backgroundColor"):
        return live.page.locator(where).first.evaluate(f"(n) => getComputedStyle(n).{name}")

    pushed = {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}[theme]
    pulled = {"light": "rgb(213, 94, 0)", "dark": "rgb(240, 137, 74)"}[theme]
    assert painted(".part.pushed .bar i") == pushed
    assert painted(".part.pulled .bar i") == pulled
    ink = {"light": "rgb(17, 17, 17)", "dark": "rgb(255, 255, 255)"}[theme]
    assert painted(".star polygon", "fill") == ink
    chosen, other = painted("[aria-checked=true]"), painted("[aria-checked=false]")
    assert chosen != other


@pytest.fixture
def bare_server(tmp_path, monkeypatch):
    """The app as it is before anything was recorded."""
    bare = tmp_path / "app"
    bare.mkdir()
    for name in ("app.py", "frame.py", "pages", "web", "cacr_core", ".streamlit"):
        (bare / name).symlink_to(conftest.ROOT / name)
    monkeypatch.setattr(conftest, "ROOT", bare)
    server = Server(tmp_path / "runs")
    yield server
    server.stop()


def test_without_any_run_the_page_invites_to_start_one(bare_server, chrome):
    context = chrome.new_context(viewport={"width": 1440, "height": 900})
    live = Live(context.new_page(), bare_server)
    live.page.goto(bare_server.url)
    live.until_enabled("Start")
    assert "Press Start" in live.page.locator(".empty").inner_text()
    assert all(live.button(name).is_disabled() for name in ACTS[1:])
    assert violations(live.page) == []
    context.close()
    assert live.errors == []
