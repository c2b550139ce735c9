"""The live page in a room, on a phone, from the keyboard, and to eyes of all kinds."""

import pytest

from tests.browser import conftest
from tests.browser.axe import violations
from tests.browser.conftest import Live, Server, wait_for
from tests.browser.looks import ACTS, HELD, apart, inside, seen_as

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
    live.page.get_by_role("link", name="Checkpoints").wait_for()
    live.page.get_by_role("link", name="Skip to main content").focus()
    for name in ("Live", "Compare", "Forces", "Checkpoints"):
        live.page.keyboard.press("Tab")
        outline = live.page.evaluate(
            """() => [document.activeElement.innerText.trim(),
            getComputedStyle(document.activeElement).outlineStyle,
            getComputedStyle(document.activeElement).outlineWidth]"""
        )
        assert outline == [name, "solid", "2px"]


def test_forced_colours_keep_bars_and_marks(live):
    live.open(**HELD)
    wait_for(lambda: live.page.locator(".part.pushed .row b").first.inner_text())
    for theme in ("light", "dark"):
        seen_as(live.page, color_scheme=theme, forced_colors="active")
        keeps_bars_and_marks(live, theme)


def keeps_bars_and_marks(live, theme):
    def painted(where, name="backgroundColor"):
        return live.page.locator(where).first.evaluate(f"(n) => getComputedStyle(n).{name}")

    pushed = {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}[theme]
    pulled = {"light": "rgb(213, 94, 0)", "dark": "rgb(240, 137, 74)"}[theme]
    assert painted(".part.pushed .bar i") == pushed
    assert painted(".part.pulled .bar i") == pulled
    ink = {"light": "rgb(17, 17, 17)", "dark": "rgb(255, 255, 255)"}[theme]
    wait_for(lambda: painted(".star polygon", "fill") == ink)
    chosen, other = painted("[aria-checked=true]"), painted("[aria-checked=false]")
    assert chosen != other


@pytest.fixture
def bare_server(tmp_path):
    """The app as it is before anything was recorded."""
    bare = tmp_path / "app"
    bare.mkdir()
    for name in ("app.py", "frame.py", "pages", "web", "cacr_core", ".streamlit"):
        (bare / name).symlink_to(conftest.ROOT / name)
    server = Server(tmp_path / "runs", bare, settings=conftest.ASKED)
    yield server
    server.stop()


def test_without_any_run_the_page_invites_to_start_one(bare_server, visitors):
    with visitors.visit(Live, bare_server) as tab:
        live = tab()
        live.page.goto(bare_server.url)
        live.until_enabled("Start")
        assert "Press Start" in live.page.locator(".empty").inner_text()
        assert all(live.button(name).is_disabled() for name in ACTS[1:])
        assert violations(live.page) == []
