"""On paper: white, without what only a screen has, whole texts, each room on few pages."""

import re

import pytest

from tests.browser.conftest import wait_for
from tests.browser.looks import seen_as

ROOMS = {
    "live": ("?preset=cacr-4&step=700", '[data-testid="cloud"][data-step="700"]', 3),
    "compare": (
        "compare?preset=collapse&step=400",
        ".cacr-compare[data-entries='3'] [data-step='400']",
        2,
    ),
    "forces": ("forces?preset=near-negative", '[data-testid="forces"][data-answers]', 2),
    "learn": ("learn", ".lesson", 12),
}
GONE = ('[data-testid="stSidebar"]', '[data-testid="stHeader"]', ".transport", ".chart-save")
CUT = """
(root) => [...root.querySelectorAll('p, h2, h3, li, span')].filter((node) => {
  const { overflow, visibility } = getComputedStyle(node);
  const hides = overflow !== 'visible' && visibility === 'visible' && node.clientWidth > 1;
  return hides && node.scrollWidth > node.clientWidth + 1 && node.textContent.trim();
}).map((node) => `${node.className}: ${node.textContent.slice(0, 40)}`)
"""
GROUND = "getComputedStyle(document.querySelector('.stApp') ?? document.body).backgroundColor"


@pytest.mark.parametrize("room", ROOMS)
def test_a_page_prints_white_and_whole_without_what_only_a_screen_has(live, room):
    address, there, _ = ROOMS[room]
    live.page.goto(f"{live.server.url}{address}")
    live.page.wait_for_selector(there)
    wait_for(lambda: live.page.locator(".cacr-live").first.inner_text())
    for scheme in ("light", "dark"):
        seen_as(live.page, color_scheme=scheme, media="screen")
        prints_white_and_whole(live.page, room, scheme)


def prints_white_and_whole(page, room, scheme):
    most = ROOMS[room][2]
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    n_pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 1 <= n_pages <= most and len(content) > 20_000
    page.emulate_media(media="print", color_scheme=scheme)
    for selector in GONE:
        assert not any(node.is_visible() for node in page.locator(selector).all()), selector
    assert page.evaluate(GROUND) == "rgb(255, 255, 255)"
    root = page.locator(".cacr-live").first
    ink = root.evaluate("(node) => getComputedStyle(node).color")
    assert all(int(part) < 40 for part in re.findall(r"\d+", ink)[:3]), ink
    assert root.evaluate(CUT) == []
    if room == "live":  # the list goes on instead of scrolling
        panel = page.locator(".query")
        assert panel.evaluate("(node) => node.scrollHeight <= node.clientHeight + 1")
        assert page.locator(".pushed li").last.is_visible()


def test_photographs_are_no_negatives_on_paper_though_the_page_is_dark(tab_like):
    tab = tab_like(1440, 900, color_scheme="dark")
    page = tab.page
    page.goto(f"{tab.server.url}?preset=cacr-4&step=700")
    drawn = page.locator('[data-testid="cloud"] .plot canvas').first
    drawn.wait_for()
    filters = []
    for name in ("dots", "images"):
        page.emulate_media(media="screen")
        page.get_by_role("radio", name=name, exact=True).click()
        page.emulate_media(media="print")
        filters.append(drawn.evaluate("(node) => getComputedStyle(node).filter"))
    assert filters[0].startswith("invert(1)") and filters[1] == "none"
