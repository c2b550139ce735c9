"""The guide in a tab, spoken to as a student would."""

from __future__ import annotations

from tests.browser.conftest import wait_for
from web.learn import lesson
from web.learn.page import link_to
from web.shell.places import selector_of

LESSONS = lesson.read_all().known
IS_LIGHT = """selector => {
  const dim = getComputedStyle(document.querySelector('.guide-dim')).clipPath;
  const path = new Path2D(/"([^"]+)"/.exec(dim)[1]);
  const { left, top, width, height } = document.querySelector(selector).getBoundingClientRect();
  const paper = document.createElement('canvas').getContext('2d');
  return !paper.isPointInPath(path, left + width / 2, top + height / 2, 'evenodd');
}"""

RINGS = """[...document.querySelectorAll('.guide-ring')]
  .map(ring => ring.getBoundingClientRect().toJSON())
  .filter(({ width }) => width)"""


class Guide:
    """The guide in a tab, spoken to as a student would."""

    def __init__(self, tab):
        self.tab, self.page = tab, tab.page
        self.node = self.page.locator(".guide")

    def open(self, address):
        self.page.goto(f"{self.tab.server.url}{address}")
        return self

    def begin(self, name, at=1):
        self.open(link_to(LESSONS[name], at))
        self.until_step(name, at)
        return self

    def until_step(self, name, at):
        text = f"{at} of {len(LESSONS[name].steps)}"
        wait_for(lambda: self.node.count() == 1 and text in self.node.inner_text())
        wait_for(lambda: "–" not in self.text("words"))
        assert "{" not in self.node.inner_text()  # every blank is filled

    def text(self, part):
        return self.node.locator(f".{part}").inner_text()

    def press(self, name):
        self.node.get_by_role("button", name=name, exact=True).click()

    def is_explained(self):
        return self.node.locator(".why").is_visible() and "–" not in self.text("why")

    def rings(self):
        return self.page.evaluate(RINGS)

    def rings_about(self, page, name):
        """Whether a ring is around a part of the page, as much of it as is in sight."""
        part = self.page.locator(f"{selector_of(page, name)} >> visible=true").first.bounding_box()
        size = self.page.viewport_size
        is_here = overlap(part, {"x": 0, "y": 0, **size})
        return not is_here or any(overlap(part, ring) for ring in self.rings())

    def is_light(self, selector):
        """Whether the middle of a part of the page lies in a hole of what dims the rest."""
        return self.page.evaluate(IS_LIGHT, selector)

    def covers(self):
        """Whether it lies over what it points at."""
        mine = self.node.bounding_box()
        return any(overlap(mine, ring) for ring in self.rings())


def overlap(a, b):
    across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return across > 1 and down > 1


def points_without_covering(guide, step):
    """It rings what a step speaks of, all of it or some of a page that scrolls, and lies beside."""
    if step.page != "checkpoints":
        wait_for(lambda: all(guide.rings_about(step.page, name) for name in step.places))
    wait_for(lambda: guide.rings() or not step.places)
    wait_for(lambda: not guide.covers())
