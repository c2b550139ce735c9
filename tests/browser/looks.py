"""What a person sees at once: where parts of the page lie."""

from tests.browser.conftest import wait_for

ACTS = ("Start", "Pause", "Resume", "Step", "Stop", "Reset")  # the names of the run's buttons
HELD = {"step": 380}  # a moment of the recorded run; nothing plays
THEMES = "node => node.dataset.theme"
CHANGES = """() => document.getAnimations().some((one) => one instanceof CSSTransition
  && one.playState === 'running' && /color/.test(one.transitionProperty))"""


def seen_as(page, width=None, height=None, **media):
    """The page as it stands, in a window of another size, another theme or forced colours."""
    if width:
        page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(**media)
    themed = page.locator("[data-theme]")
    wait_for(
        lambda: set(themed.evaluate_all(f"all => all.map({THEMES})")) <= {media["color_scheme"]}
    )
    wait_for(lambda: not page.evaluate(CHANGES))


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
