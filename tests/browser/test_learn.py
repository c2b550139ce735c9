"""Lessons, words, hidden parts and frames in a browser; one lesson by the keyboard alone."""

import json

import pytest

from cacr_core import runs
from cacr_core.presets import recording_of
from cacr_core.runs.shelf import RECORDED
from tests.browser import axe
from tests.browser.conftest import wait_for
from tests.browser.guided import LESSONS, Guide, points_without_covering
from tests.browser.looks import inside, seen_as
from tests.test_lessons import known

FOCUSED = "document.activeElement"
TABS = 160  # more stops of the keyboard than any page has
ON_THE_PAGE = {  # lessons whose answer a button of the page has -> it, and what it then says
    "two-checkpoints": ("Compare their features", "B is right less often than A"),
    "one-update": ("Inside one update", "as the run recorded"),
}


@pytest.fixture
def guide(tab_like):
    return Guide(tab_like())


def tab_to(page, found):
    """Walk by the Tab key until `found`, JavaScript of the `node` in focus, holds."""
    for _ in range(TABS):
        if page.evaluate(f"() => {{ const node = {FOCUSED}; return Boolean({found}); }}"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"No Tab key leads to {found}")


def button(text):
    return f"node.closest('.guide') && node.textContent === {json.dumps(text)}"


def until_done(guide, key, most):
    """Press a key, as fast as a hand does, until what is to be done is."""
    for _ in range(most):
        guide.page.keyboard.press(key)
        guide.page.wait_for_timeout(40)
        if guide.is_explained():
            break
    wait_for(lambda: "done" in guide.text("todo"))


def test_a_lesson_is_done_by_the_keyboard_alone(guide):
    page, name = guide.page, "attraction"
    keys = page.keyboard
    guide.open("learn")
    page.wait_for_selector(".lesson")
    tab_to(page, f"node.dataset.lesson === '{name}'")
    keys.press("Enter")
    guide.until_step(name, 1)
    assert page.evaluate(f"{FOCUSED}.tagName") == "H2"
    tab_to(page, button("The farther one"))
    keys.press("Enter")
    wait_for(guide.is_explained)
    assert "As you said" in guide.text("verdict")
    tab_to(page, button("Next"))
    keys.press("Enter")
    guide.until_step(name, 2)
    tab_to(page, button("Yes, equal weights pull equally"))
    keys.press("Enter")
    wait_for(guide.is_explained)
    assert "Not as you said" in guide.text("verdict")
    tab_to(page, button("Next"))
    keys.press("Enter")
    guide.until_step(name, 3)
    assert not guide.is_explained()
    tab_to(page, "node.closest('.place-a') && node.getAttribute('aria-label')?.includes('t⁺')")
    until_done(guide, "ArrowRight", 200)
    keys.press("Escape")  # back to the guide
    wait_for(lambda: page.evaluate(f"{FOCUSED}.tagName") == "H2")
    tab_to(page, button("Next"))
    keys.press("Enter")
    guide.until_step(name, 4)
    tab_to(page, "node.closest('.stage-place.place-a') && node.dataset.mark === 'p1'")
    until_done(guide, "Shift+ArrowRight", 40)
    keys.press("Escape")
    tab_to(page, button("Done"))
    keys.press("Enter")
    wait_for(lambda: guide.node.count() == 0)
    wait_for(lambda: "lesson=" not in guide.tab.url())
    guide.open("learn")
    page.wait_for_selector(f'.lesson[data-state="ended"] [data-lesson="{name}"]')


def press_by_keys(guide, text):
    tab_to(guide.page, button(text))
    guide.page.keyboard.press("Enter")


def test_the_question_of_every_lesson_stands_on_the_learn_page_and_opens_it(guide):
    guide.open("learn")
    for name in LESSONS:
        guide.page.wait_for_selector(f'[data-answer="{name}"]')
    last = list(LESSONS)[-1]
    tab_to(guide.page, f"node.dataset.lesson === '{last}'")
    guide.page.keyboard.press("Enter")
    guide.until_step(last, 1)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_points_at_what_it_speaks_of_and_is_answered_by_three_keys_at_most(guide, name):
    one, page = LESSONS[name], guide.page
    (number,) = [at for at, step in enumerate(one.steps, start=1) if step.answers]
    step, clicks = one.steps[number - 1], number - 1
    guide.begin(name)
    points_without_covering(guide, one.steps[0])
    for at in range(2, number + 1):
        press_by_keys(guide, "Next")
        guide.until_step(name, at)
    found = known(name, number)
    if step.choices:
        press_by_keys(guide, step.choices[found["right"].index(True)].text)
        clicks += 1
    if step.solution:
        press_by_keys(guide, "Show me")
        clicks += 1
    if name in ON_THE_PAGE:
        button_there, answer = ON_THE_PAGE[name]
        called = (
            f"node.textContent.includes('{button_there}') || node.ariaLabel === '{button_there}'"
        )
        tab_to(page, f"node.tagName === 'BUTTON' && ({called})")  # not the page around it
        page.keyboard.press("Enter")
        clicks += 1
        page.get_by_text(answer).first.wait_for(timeout=90_000)
    if step.why:
        wait_for(guide.is_explained)
        wait_for(lambda: guide.text("why") == found["why"])
    if step.choices:
        assert "As you said" in guide.text("verdict")
    assert clicks <= 3


STATES = [
    (1440, 900, "light", "none"),
    (1024, 768, "dark", "none"),
    (390, 844, "light", "none"),
    (1440, 900, "dark", "active"),
]


def test_guide_and_learn_page_break_no_rule_of_axe_and_fit(guide):
    guide.begin("repulsion")
    guide.press("Negative 1, the nearest")
    wait_for(guide.is_explained)
    for width, height, scheme, forced in STATES:
        seen_as(guide.page, width, height, color_scheme=scheme, forced_colors=forced)
        assert axe.violations(guide.page) == []
        wait_for(lambda room=(width, height): inside(guide.node.bounding_box(), *room))
    guide.open("learn")
    guide.page.wait_for_selector(".lesson")
    width_over = "n => n.scrollWidth - n.clientWidth"
    for width, height, scheme, forced in STATES:
        seen_as(guide.page, width, height, color_scheme=scheme, forced_colors=forced)
        assert axe.violations(guide.page) == []
        assert guide.page.locator("[data-learn-root]").evaluate(width_over) <= 0


def test_the_ring_never_takes_the_pointer_and_folds_with_the_guide(guide):
    guide.begin("repulsion")
    wait_for(lambda: len(guide.rings()) == 1)
    page = guide.page
    mark = page.locator('.stage-place.place-a .mark[data-mark="n0"]').bounding_box()
    page.mouse.move(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    page.wait_for_selector('.mark-row.lit[data-mark="n0"]')
    guide.node.get_by_role("button", name="Fold the guide").click()
    wait_for(lambda: not page.locator(".guide-ring").is_visible())
    assert not guide.node.locator(".words").is_visible()


def test_another_page_says_where_the_step_is_and_leads_back(guide):
    guide.begin("repulsion")
    guide.page.get_by_role("link", name="Compare", exact=True).click()
    there = guide.node.get_by_role("button", name="This step is on the Forces page: go there")
    there.click()
    guide.until_step("repulsion", 1)
    wait_for(lambda: "/forces" in guide.tab.url())
    wait_for(lambda: there.count() == 0 or not there.is_visible())


def test_the_last_step_leads_to_the_next_lesson(guide):
    guide.begin("attraction", 4)
    guide.press(f"Next lesson: {LESSONS['repulsion'].title}")
    guide.until_step("repulsion", 1)
    guide.open("learn")
    guide.page.wait_for_selector('.lesson[data-state="ended"] [data-lesson="attraction"]')
    guide.page.wait_for_selector('.lesson [data-lesson="repulsion"]:text("Go on at step 1")')


def test_what_was_changed_just_before_next_does_not_come_after_the_step(guide):
    page = guide.begin("first-words").page
    page.get_by_role("button", name="Next query").click()
    guide.press("Next")
    guide.until_step("first-words", 2)
    page.wait_for_timeout(1_500)  # what was on its way has come
    assert page.get_by_label("Query image number").input_value() == "0"
    assert "now image" not in guide.text("words") and "image 0" in guide.text("words")


def test_back_of_the_browser_leads_to_the_step_before_in_its_state(guide):
    guide.begin("attraction", 3)
    guide.press("Next")
    guide.until_step("attraction", 4)
    wait_for(lambda: "at=4" in guide.tab.url() and "t_pos%3A0" in guide.tab.url())
    guide.page.evaluate("history.go(-2)")  # a page writes its address anew once it is open
    guide.until_step("attraction", 3)
    wait_for(lambda: "at=3" in guide.tab.url() and "t_pos%3A0" not in guide.tab.url())


def test_parts_are_hidden_by_name_and_a_frame_has_the_panel_alone(guide):
    page = guide.page
    guide.open("forces?preset=synthetic&hide=marks")
    page.wait_for_selector('[data-testid="forces"][data-answers="1"]')
    assert not page.locator(".side-place .marks").is_visible()
    assert page.get_by_test_id("stSidebar").is_visible()
    wait_for(lambda: "hide=marks" in guide.tab.url())
    guide.open("forces?preset=synthetic&embed=1")
    page.wait_for_selector('[data-testid="forces"][data-answers="1"]')
    assert not page.get_by_test_id("stSidebar").is_visible()
    link = page.get_by_role("link", name="Open in the playground")
    link.focus()
    assert "preset=synthetic" in link.get_attribute("href")
    assert "embed" not in link.get_attribute("href")


def test_a_word_is_explained_where_it_stands_by_hand_and_keyboard(guide):
    page = guide.page
    guide.open("?preset=infonce&step=1200")
    title = page.locator('.tile[data-key="alignment"] h3')
    title.wait_for()
    wait_for(lambda: title.get_attribute("data-term") == "alignment")
    title.hover()
    bubble = page.get_by_role("tooltip")
    now = runs.read_metrics(RECORDED / recording_of("infonce"))[-1]["alignment"]
    wait_for(lambda: f"Now {now:.3f}" in bubble.inner_text())
    page.keyboard.press("Escape")
    assert bubble.count() == 0
    tab_to(page, "node.matches('.query .pushed .word')")
    wait_for(lambda: "This query has 126" in bubble.inner_text())
    described = page.evaluate(f"{FOCUSED}.getAttribute('aria-describedby')")
    assert "drives away" in page.locator(f"#{described}").text_content()
