"""What the guide rings, dims and covers, and whether it can be read, in a browser."""

import pytest

from tests.browser.conftest import wait_for
from tests.browser.guided import LESSONS, Guide, points_without_covering


@pytest.fixture
def guide(tab_like):
    return Guide(tab_like())


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [("attraction", (1440, 900), "light"), ("same-batch", (1024, 768), "dark")],
)
def test_no_step_lies_over_what_it_points_at_and_why_is_read_without_scrolling(
    tab_like, name, size, scheme
):
    guide = Guide(tab_like(*size, color_scheme=scheme)).begin(name)
    for at, step in enumerate(LESSONS[name].steps, start=1):
        points_without_covering(guide, step)
        if step.choices:
            guide.press(step.choices[0].text)
        if step.solution:
            guide.press("Show me")
        if step.why:
            wait_for(guide.is_explained)
        points_without_covering(guide, step)
        sidebar = guide.page.get_by_test_id("stSidebar").bounding_box()
        wait_for(lambda room=sidebar["width"]: right_of(guide.node) <= room)
        over = "node => node.scrollHeight - node.clientHeight"
        assert guide.node.locator(".body").evaluate(over) <= 1
        if at < len(LESSONS[name].steps):
            guide.press("Next")
            guide.until_step(name, at + 1)


def right_of(node):
    box = node.bounding_box()
    return box["x"] + box["width"]


def test_next_can_be_read_with_the_pointer_on_it(guide):
    guide.begin("attraction")
    main = guide.node.locator("footer .main")
    main.hover()
    colours = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
    assert main.evaluate(colours) == ["rgb(16, 85, 62)", "rgb(255, 255, 255)"]


def test_what_is_opened_from_a_ringed_part_is_light(guide):
    page = guide.begin("temperature").page
    page.locator(".place-b").get_by_role("button", name="more").click()
    wait_for(lambda: guide.is_light(".card-place.place-b .sheet label"))
    assert guide.is_light(".card-place.place-b select")
    assert not guide.is_light(".card-place.place-a select")


def test_a_row_is_pointed_at_with_the_head_of_its_table_in_sight(guide):
    page = guide.begin("false-negatives", 3).page
    wait_for(lambda: guide.rings_about("forces", "row.n1"))
    page.wait_for_timeout(2_000)  # what scrolls has come to rest
    head = page.locator(".marks .table-head").bounding_box()
    assert head["y"] >= page.locator(".side-place").bounding_box()["y"] - 1


def test_a_step_whose_part_is_not_open_points_at_what_opens_it(guide):
    guide.begin("one-update")
    guide.press("Next")
    guide.until_step("one-update", 2)
    wait_for(lambda: guide.rings_about("live", "inside"))
    guide.page.locator(".transport .inside-act").click()
    guide.page.locator(".inside").wait_for()
    wait_for(lambda: not guide.rings())


def test_the_proof_of_equal_starts_is_read_whole_where_a_lesson_points_at_it(guide):
    guide.begin("same-batch")
    brief = guide.page.locator(".proof-badge span")
    wait_for(lambda: "equal in all 4" in brief.inner_text())
    over = "n => [n.scrollWidth - n.clientWidth, n.scrollHeight - n.clientHeight]"
    assert brief.evaluate(over) == [0, 0]


def test_on_a_small_screen_the_guide_stands_over_the_sidebar_and_covers_nothing(tab_like):
    guide = Guide(tab_like(1024, 768)).begin("synthetic", 3)
    wait_for(guide.rings)
    wait_for(lambda: not guide.covers())
