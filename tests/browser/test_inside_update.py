"""One update taken apart, on the live page."""

import re

from tests.browser import axe
from tests.browser.conftest import wait_for

STAGES = ("Batch", "Views", "Encoder", "Distances", "Weights and loss", "Gradient and step")


def enter(live):
    live.until_enabled("Inside one update")
    live.button("Inside one update").click()
    return until_there(live)


def until_there(live):
    panel = live.page.get_by_role("region", name="Inside one update")
    wait_for(lambda: "gradient norm" in panel.locator(".agreement").inner_text())
    return panel


def go(panel, number):
    panel.get_by_role("radio", name=f"{number} {STAGES[number - 1]}").click()


def test_the_recorded_update_is_walked_by_keys_alone(live):
    live.open()
    live.until_enabled("Inside one update")
    live.button("Inside one update").focus()
    live.page.keyboard.press("Enter")
    panel = until_there(live)
    words = []
    for number in range(1, 7):
        assert panel.get_attribute("data-stage") == str(number)
        words.append(panel.locator(".stage-words").first.inner_text())
        live.page.keyboard.press("ArrowRight")
    assert len(set(words)) == 6
    live.page.keyboard.press("ArrowLeft")
    assert panel.get_attribute("data-stage") == "5"
    live.page.keyboard.press("Escape")
    wait_for(lambda: not panel.is_visible())
    assert live.button("Inside one update").evaluate("node => node === document.activeElement")
    assert live.errors == []


def test_every_stage_is_of_the_query_that_was_chosen_and_breaks_no_rule(live):
    live.open()
    panel = enter(live)
    panel.get_by_role("button", name=re.compile("^image 8:")).click()
    wait_for(lambda: "image 8 of 64" in panel.locator(".which").inner_text())
    go(panel, 2)
    panel.get_by_role("button", name=re.compile("^image 8 .*view 3$")).click()
    wait_for(lambda: "view 3 of 5" in panel.locator(".which").inner_text())
    found = {}
    for number in range(1, 7):
        go(panel, number)
        found[number] = axe.violations(live.page)
    assert not any(found.values()), found
    go(panel, 3)
    wait_for(lambda: panel.locator(".layers canvas").count() >= 7)
    go(panel, 4)
    assert panel.locator(".inside-matrix tr[data-kind=positive]").count() == 4
    panel.locator(".matrix").focus()
    live.page.keyboard.press("ArrowDown")
    wait_for(lambda: "image 9 of 64" in panel.locator(".which").inner_text())
    go(panel, 5)
    assert "=" in panel.locator(".formula-lines .line").last.inner_text()
    assert live.errors == []


def test_a_run_at_work_is_held_and_its_next_update_is_the_one_it_then_makes(live):
    live.start()
    live.until_state("running")
    panel = enter(live)
    live.until_state("paused")
    assert "has not made this update yet" in panel.locator(".agreement").inner_text()
    step = int(panel.get_by_label("Update to open").input_value())
    before = panel.locator(".agreement").inner_text()
    panel.get_by_role("button", name="make this update").click()
    wait_for(lambda: "as the run recorded" in panel.locator(".agreement").inner_text())
    numbers = re.findall(r"−?\d+\.?\d*", before)
    assert numbers[:2] == re.findall(r"−?\d+\.?\d*", panel.locator(".agreement").inner_text())[:2]
    assert int(panel.get_by_label("Update to open").input_value()) == step
    assert live.errors == []
