"""What is seen of the forces page, by everybody: colours, rows, rooms, rings and roles."""

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import wait_for
from tests.browser.forces_tab import Forces
from web.forces.presets import SCENES

REPULSION, ATTRACTION, SYNTHETIC = "rgb(0, 114, 178)", "rgb(213, 94, 0)", "rgb(123, 63, 160)"
ONE_QUERY = [name for name, scene in SCENES.items() if scene.board["mode"] == "query"]


@pytest.fixture
def tab(visitors, server):
    """Opens the page in a window, of whatever kind."""
    with visitors.visit(Forces, server) as opened:
        yield opened


def style(locator, name):
    return locator.evaluate("(node, name) => getComputedStyle(node)[name]", name)


def test_every_row_of_the_table_has_the_class_and_the_colours_of_its_kind(tab):
    page = tab().open(preset="synthetic")
    kinds = {"p": "positive", "n": "negative", "s": "synthetic"}
    colours = {"p": ATTRACTION, "n": REPULSION, "s": SYNTHETIC}
    rows = page.page.locator(".mark-row")
    marks = rows.evaluate_all("(nodes) => nodes.map((node) => node.dataset.mark)")
    assert marks == ["p0", *(f"n{i}" for i in range(6)), *(f"s{i}" for i in range(4))]
    groups = page.page.locator(".marks-group").evaluate_all(
        "(nodes) => nodes.map((node) => node.className)"
    )
    assert groups == [f"marks-group {kind}" for kind in kinds.values()]
    for mark in marks:
        row = page.page.locator(f'.mark-row[data-mark="{mark}"]')
        bar = row.locator(".weight.b .bar i")
        assert style(bar, "backgroundColor") == colours[mark[0]]
        trough, own = (box.bounding_box() for box in (row.locator(".weight.b .bar"), bar))
        ends = ("x", lambda box: box["x"]) if mark[0] == "p" else (
            "right", lambda box: box["x"] + box["width"]
        )  # fmt: skip
        assert ends[1](own) == pytest.approx(ends[1](trough), abs=0.6)
        shape = row.locator(".shape")
        of_shape = "backgroundColor" if mark[0] == "p" else "borderTopColor"
        assert style(shape, of_shape) == colours[mark[0]]
    for mark, pull in (("n0", "out"), ("n4", "in")):  # A draws its fifth negative in
        cell = page.page.locator(f'.mark-row[data-mark="{mark}"] .pull.a')
        assert cell.get_attribute("data-sign") == pull


def test_all_rows_of_every_formula_are_in_the_window(tab):
    page = tab().open(preset=ONE_QUERY[0])
    for name in ONE_QUERY:
        if name != ONE_QUERY[0]:
            page.page.get_by_role("combobox", name="Scene").fill(SCENES[name].title)
            page.answered(lambda: page.page.keyboard.press("Enter"))
            wait_for(lambda name=name: page.params()["preset"] == name)
        boxes = page.page.locator(".formula .page").evaluate_all(
            """(pages) => pages.map((page) => ({
              foot: page.getBoundingClientRect().bottom,
              hidden: page.scrollHeight - page.clientHeight,
              rows: [...page.querySelectorAll('.formula-line')].map(
                (row) => row.getBoundingClientRect().bottom),
            }))"""
        )
        assert len(boxes) == 2
        for box in boxes:
            assert box["hidden"] == 0 and len(box["rows"]) >= 4, name
            assert max(box["rows"]) <= box["foot"] + 0.5 <= 900, name
        assert page.params()["preset"] == name


def test_on_a_narrow_page_every_formula_is_as_high_as_it_needs(tab):
    page = tab(1024, 768)
    for name in ("false-negative", "synthetic"):
        page.open(preset=name)
        hidden = page.page.locator(".formula .page").evaluate_all(
            "(pages) => pages.map((page) => page.scrollHeight - page.clientHeight)"
        )
        assert hidden == [0, 0], name


def show_landscape(page, surface):
    page.radio("Landscape").click()
    page.radio(surface).click()
    wait_for(lambda: page.page.locator(".side-place .hm image").count() > 0)


def show_flow(page, surface):
    page.radio("Flow").click()
    page.radio(surface).click()
    wait_for(lambda: page.flow("n-frames") == "301")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(tab, theme):
    page = tab(color_scheme=theme).open(preset="synthetic")
    page.mark("n1").focus()
    wait_for(lambda: page.page.locator(".notes .detail .formula-line").count() >= 2)
    page.page.locator(".losscard .toggle").first.click()
    found = {"query, detail and settings open": violations(page.page)}
    page.page.keyboard.press("Escape")
    page.answered(page.radio("sphere").click)
    found["query on the sphere"] = violations(page.page)
    for surface in ("sphere", "circle"):
        show_landscape(page, surface)
        found[f"landscape on the {surface}"] = violations(page.page)
    for surface in ("circle", "sphere"):
        show_flow(page, surface)
        found[f"flow on the {surface}"] = violations(page.page)
    assert found == {state: [] for state in found}


def test_axe_finds_nothing_while_presenting(tab):
    page = tab(color_scheme="dark").open(preset="false-negative", present="true")
    found = {}
    for panel in ("points", "table"):
        page.radio(panel).click()
        found[panel] = violations(page.page)
    show_flow(page, "circle")
    page.radio("charts").click()
    found["charts"] = violations(page.page)
    assert found == {state: [] for state in found}


def test_a_link_presents_and_escape_leaves(tab):
    page = tab(1920, 1080).open(preset="far-positive", present="1")
    root = page.root
    wait_for(lambda: "presenting" in root.get_attribute("class"))
    assert root.bounding_box() == {"x": 0, "y": 0, "width": 1920, "height": 1080}
    wait_for(lambda: page.params().get("present") == "true")
    number = page.page.locator(".board .number").first
    size = number.evaluate(
        "(node) => parseFloat(getComputedStyle(node).fontSize) * node.getScreenCTM().a"
    )
    assert 26 <= size <= 30
    assert page.page.locator("[data-testid=stSidebar]").evaluate(
        "(node) => !!node.closest('[inert]')"
    )
    # marks are dragged where they are seen: half-way round stays half-way round
    mark, query = page.mark("n1").bounding_box(), page.mark("q").bounding_box()
    middle = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in (mark, query)]
    page.page.mouse.move(*middle[0])
    page.page.mouse.down()
    page.page.mouse.move(middle[0][0], middle[0][1] + 30, steps=3)
    page.page.mouse.up()
    moved = page.mark("n1").bounding_box()
    assert moved["y"] == pytest.approx(mark["y"] + 30, abs=6)
    for panel, shown in (("formula", ".formula"), ("table", ".marks"), ("points", ".scene")):
        page.radio(panel).click()
        box = page.page.locator(f"{shown} >> visible=true").first.bounding_box()
        assert box["width"] > 400 and box["y"] + box["height"] <= 1081
    page.radio("Flow").click()
    wait_for(lambda: page.flow("playing") == "true")
    page.page.get_by_role("button", name="Pause").click()
    wait_for(lambda: page.flow("playing") == "false")
    page.page.keyboard.press("Escape")
    wait_for(lambda: "presenting" not in root.get_attribute("class"))
    wait_for(lambda: "present" not in page.params())
    sidebar = page.page.locator("[data-testid=stSidebar]")
    wait_for(lambda: not sidebar.evaluate("(n) => !!n.closest('[inert]')"))
    assert page.root.evaluate("(node) => node.style.getPropertyValue('--k')") == ""


def test_a_phone_scrolls_in_one_direction_only(tab):
    page = tab(390, 844).open(preset="synthetic")
    for mode in ("One query", "Landscape", "Flow"):
        page.radio(mode).click()
        wide = page.page.evaluate(
            "[...document.querySelectorAll('[data-forces-root], [data-forces-root] *')]"
            ".filter((n) => !n.closest('svg, .heard, [hidden]'))"
            ".map((n) => n.getBoundingClientRect().right)"
        )
        assert max(wide) <= 391, mode


def test_forced_colours_keep_what_is_told_by_shape(tab):
    page = tab(forced_colors="active", color_scheme="light").open(preset="synthetic")
    wait_for(lambda: page.root.get_attribute("data-theme") == "light")
    row = page.page.locator('.mark-row[data-mark="n0"]')
    assert style(row.locator(".weight.a .bar i"), "backgroundColor") == REPULSION
    assert style(row.locator(".shape"), "borderTopColor") == REPULSION
    star = page.page.locator(".board .star").first
    assert style(star, "fill") == style(page.root, "color") == "rgb(0, 0, 0)"
    bar = page.page.locator('.board .bar[data-of="n0"]').first
    assert style(bar, "stroke") == REPULSION
    assert style(page.radio("One query"), "outlineStyle") == "solid"
    assert violations(page.page) == []


def test_who_asked_for_less_motion_sees_none_before_they_press_play(tab):
    page = tab(reduced_motion="reduce").open(preset="flow-synthetic")
    wait_for(lambda: page.flow("n-frames") == "301")
    assert (page.flow("frame"), page.flow("playing"), page.flow("plays")) == ("0", "false", "0")
    assert style(page.page.locator(".flow-stage").first, "transitionProperty") in ("none", "all")
    assert style(page.page.locator(".flow-stage").first, "transitionDuration") == "0s"


def test_pulls_are_told_by_heads_and_the_sphere_is_turned_by_keys(tab):
    page = tab().open(preset="drawn-in")
    told = page.page.locator(".board").evaluate_all(
        """(boards) => boards.flatMap((board) => [...board.querySelectorAll('.heads[d]')].map(
          (node) => [node.getAttribute('d').slice(0, 3),
            Number(board.querySelector(`.mark[data-mark="${node.dataset.of}"]`).dataset.pull)]))"""
    )
    assert len(told) >= 10
    for path, pull in told:
        assert path == ("M-7" if pull > 0 else "M-2")
    page.answered(page.radio("sphere").click)
    mark = page.mark("n0")
    mark.focus()
    before, place = mark.bounding_box(), page.params().get("n")
    page.page.keyboard.press("Alt+ArrowRight")
    wait_for(lambda: mark.bounding_box()["x"] > before["x"] + 5)
    assert page.params().get("n") == place


def test_a_card_names_the_settings_that_are_not_as_its_loss_comes(tab):
    page = tab().open(preset="flow-synthetic")
    texts = page.page.locator(".losscard .text")
    assert [texts.nth(i).inner_text() for i in (0, 1)] == ["8 synthetic · s 32", ""]
