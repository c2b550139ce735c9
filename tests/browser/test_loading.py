"""What a person sees while a page loads."""

import json

import pytest

from web.shell.ahead import chunks
from web.shell.front import TITLES

SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
THERE = {
    "live": '[data-testid="cloud"][data-step]:not([data-step=""])',
    "compare": ".strips:not(.waiting)",
    "forces": ".cacr-forces .board .star",
    "checkpoints": "h1",
    "learn": ".lesson",
}


def address(tab, page):
    return tab.server.url + ("" if page == "live" else page)


@pytest.mark.parametrize("page", TITLES)
def test_a_page_says_what_it_is_before_any_program_runs(tab_like, page):
    tab = tab_like(java_script_enabled=False)
    tab.page.goto(address(tab, page))
    assert tab.page.get_by_text(TITLES[page]).is_visible()


@pytest.mark.parametrize("page", THERE)  # the page of a class has a server of its own
def test_nothing_jumps_while_a_page_loads(tab_like, page):
    tab = tab_like()
    tab.page.add_init_script(SHIFTS)
    tab.page.goto(address(tab, page))
    tab.page.wait_for_selector(THERE[page], timeout=60_000)
    tab.page.wait_for_timeout(1_500)  # what comes after the first view
    assert tab.page.locator(".cacr-front").is_hidden()
    assert tab.page.evaluate("window.shifted") < 0.1


def test_what_holds_a_view_is_fetched_once_and_before_streamlit_asks_for_it(tab_like):
    tab = tab_like()
    tab.page.goto(address(tab, "live"))
    tab.page.wait_for_selector(THERE["live"], timeout=60_000)
    began = tab.page.evaluate(
        """() => Object.groupBy(performance.getEntriesByType('resource'), ({ name }) =>
             chunks.find((one) => name.includes(one)) ?? 'others')""".replace(
            "chunks", json.dumps([*chunks(), "/_stcore/health"])
        )
    )
    (health,) = began["/_stcore/health"]  # the first that Streamlit's program asks for
    for chunk in chunks():
        (one,) = began[chunk]
        assert one["startTime"] < health["startTime"], chunk
