"""What a person sees at once: where parts of the page lie."""

from tests.browser.conftest import wait_for

ACTS = ("Start", "Pause", "Resume", "Step", "Stop", "Reset")  # the names of the run's buttons
HELD = {"step": 380}  # a moment of the recorded run; nothing plays
# the theme of each view, and of Streamlit's page around them, which turns a moment after the media
THEMES = """() => [
  ...[...document.querySelectorAll('[data-theme]')].map((node) => node.dataset.theme),
  ...[...document.querySelectorAll('[data-testid="stApp"]')]
    .map((node) => getComputedStyle(node).colorScheme),
]"""
CHANGES = """() => document.getAnimations().some((one) => one instanceof CSSTransition
  && one.playState === 'running' && /color/.test(one.transitionProperty))"""


def seen_as(page, width=None, height=None, *, color_scheme, forced_colors="none", **media):
    """The page as it stands, in a window of another size, another theme or forced colours; these
    come once the theme has turned, which would be hidden below them."""
    if width:
        page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=color_scheme, forced_colors="none", **media)
    wait_for(lambda: set(page.evaluate(THEMES)) <= {color_scheme})
    if forced_colors != "none":
        page.emulate_media(forced_colors=forced_colors)
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
