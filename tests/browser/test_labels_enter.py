"""A loss that is told labels says so in red, in the sidebar and beside the query."""

from tests.browser.conftest import wait_for

RED = "rgb(176, 0, 32)"  # --warning


def oath(live):
    return live.page.locator("section.query .oath")


def colour(node):
    return node.evaluate("(node) => getComputedStyle(node).color")


def test_labels_never_enter_until_a_lens_is_told_them(live):
    live.start()
    live.until_enabled("Pause")
    live.button("Pause").click()
    live.until_state("paused")
    wait_for(lambda: oath(live).inner_text())  # hidden until the first answer
    assert oath(live).inner_text() == (
        "Labels never enter training; they are shown here to check on it."
    )
    assert colour(oath(live)) != RED
    live.page.get_by_label("Lens: the loss to look through").select_option(label="SINCERE")
    wait_for(lambda: "Labels enter this lens" in oath(live).inner_text())
    assert colour(oath(live)) == RED


def test_a_run_that_is_told_labels_says_so_in_sidebar_and_panel(live):
    live.start(loss="supcon")
    wait_for(lambda: "Labels entered the training of this run" in oath(live).inner_text())
    assert colour(oath(live)) == RED
    sidebar = live.page.get_by_test_id("stSidebar")
    assert sidebar.get_by_text("Labels enter this loss").is_visible()
