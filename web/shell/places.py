"""Named parts of the pages: what a lesson points at and what `hide=` in an address takes away.

A name stands for a CSS selector within its page. A part that comes once for each mark, number or
entry is named with a dot: `a.n1` is negative 1 under loss A, `number.alignment` a tile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A part of a page.

    Attributes:
        selector: Where it is.
        words: What it is, for the list on the Learn page.
    """

    selector: str
    words: str


EVERYWHERE = {
    "sidebar": Place('[data-testid="stSidebar"]', "the whole sidebar"),
    "pages": Place('[data-testid="stPageLink"]', "the links between the pages"),
}
_SIDES = {
    f"{name}-{side}": Place(f".{kind}-place.place-{side}", f"{words} of loss {side.upper()}")
    for name, kind, words in (
        ("loss", "card", "name and settings"),
        ("scene", "stage", "the scene"),
        ("formula", "foot", "the filled formula"),
    )
    for side in "ab"
}
PLACES: dict[str, dict[str, Place]] = {
    "live": {
        "head": Place(".head", "title, step and speed"),
        "cloud": Place(".stage .arena", "the cloud"),
        "tools": Place(".stage .tools", "how the cloud is looked at"),
        "colour": Place(".stage .tools .field", "what the points are coloured by"),
        "layout": Place('.segmented[data-name="Layout"]', "UMAP or PCA"),
        "space": Place('.segmented[data-name="Space"]', "embeddings or features"),
        "caption": Place(".stage .caption", "how the cloud was laid out"),
        "transport": Place(".transport", "Start, Pause, Step and the time"),
        "inside": Place(".transport .inside-act", "the button that opens one update"),
        "query": Place(".query .hero", "the query"),
        "views": Place(".query .views", "its five views"),
        "reading": Place(".query .reading", "the most telling fact of the query"),
        "lens": Place(".query .lens", "the loss that it is seen through"),
        "group": Place(".query .group", "what the weights are over"),
        "positives": Place(".query .pulled", "its positives"),
        "negatives": Place(".query .pushed", "its negatives"),
        "effective": Place(".query .effective-part", "how many negatives count"),
        "synthetics": Place(".query .synthetic-part", "its synthetic negatives"),
        "clamp": Place(".query .clamp", "for how many queries the clamp acts"),
        "numbers": Place(".numbers", "the numbers of the moment"),
    },
    "compare": {
        "head": Place(".head", "title, step and proof of equal starts"),
        "proof": Place(".proof", "proof of equal starts"),
        "clouds": Place(".stage .arena", "the clouds"),
        "tools": Place(".stage .tools", "how the clouds are looked at"),
        "transport": Place(".transport", "Start, Pause, Step and the time"),
        "strips": Place(".strips", "one image under each loss"),
        "tabs": Place(".panels .tabs", "the five tabs"),
        "panel": Place(".panels", "curves and tables"),
    },
    "forces": {
        "head": Place(".head .about", "title and what sets the losses apart"),
        "mode": Place('.segmented[data-name="What is shown"]', "query, landscape or flow"),
        "surface": Place('.segmented[data-name="Where the points are"]', "circle or sphere"),
        "add": Place(".head .toggle.more", "the buttons that add marks"),
        **_SIDES,
        "marks": Place(".side-place .marks", "the table of marks"),
        "notes": Place(".side-place .notes", "what is worth noticing"),
        "mix": Place(".side-place .chord-panel", "mixing two negatives"),
        "landscape": Place(".side-place .landscape", "the sweep of the landscape"),
        "flow": Place(".side-place .flow-side", "settings and courses of the flow"),
    },
    "checkpoints": {
        "panels": Place(".st-key-checkpoints_panel", "what to look at"),
        "file": Place(".st-key-checkpoints_a", "which file"),
        "head": Place(".st-key-checkpoints_head", "what the file is, and what is in doubt"),
        "images": Place(".st-key-checkpoints_images", "the images that are asked about"),
        "cloud": Place(".st-key-checkpoints_upper", "the cloud and what is near in it"),
        "health": Place(".st-key-checkpoints_lower", "health and accuracy"),
        "other": Place(".st-key-checkpoints_b", "the other file"),
        "main": Place('[data-testid="stMainBlockContainer"]', "what is found in it"),
    },
}
_ROOT = {
    "live": "[data-live-root]",
    "compare": "[data-compare-root]",
    "forces": "[data-forces-root]",
    "checkpoints": "",
}
_DOTTED: dict[str, list[tuple[str, Callable[[re.Match[str]], str], str]]] = {
    "forces": [
        (
            r"([ab])\.([pns])([1-9]\d?)",
            lambda m: (
                f".stage-place.place-{m[1]} "
                f'.mark[data-mark="{m[2]}{int(m[3]) - 1}"] :is(.dot, .ring)'
            ),
            "a.n1: negative 1 under loss A; p a positive, s a synthetic",
        ),
        (
            r"row\.([pns])([1-9]\d?)",
            lambda m: f'.mark-row[data-mark="{m[1]}{int(m[2]) - 1}"]',
            "row.n1: its row in the table",
        ),
    ],
    "live": [
        (
            r"number\.([a-z_]+)",
            lambda m: f'.numbers .tile[data-key="{m[1]}"]',
            "number.alignment: one of the numbers",
        )
    ],
    "compare": [
        (
            r"cloud\.([a-d])",
            lambda m: f'.tile-cloud:has([data-entry="{m[1]}"])',
            "cloud.a: the cloud of the first loss",
        )
    ],
}


def selector_of(page: str, name: str) -> str:
    """Where a named part of a page is.

    Raises:
        ValueError: The page has no such part.
    """
    root = _ROOT[page]
    if name in EVERYWHERE:
        return EVERYWHERE[name].selector
    if name in PLACES[page]:
        return f"{root} {PLACES[page][name].selector}".strip()
    for pattern, selector, _ in _DOTTED.get(page, []):
        if found := re.fullmatch(pattern, name):
            return f"{root} {selector(found)}"
    known = ", ".join([*EVERYWHERE, *PLACES[page], *dotted_words(page)])
    raise ValueError(f"The {page} page has no part {name!r}; it has {known}.")


def dotted_words(page: str) -> list[str]:
    """What the parts are called that come once for each mark, number or entry."""
    return [words for _, _, words in _DOTTED.get(page, [])]


def hidden(names: Iterable[str]) -> str:
    """The rules that take parts away wherever they are; names that no page has are passed over."""
    found = []
    for name in names:
        for page in PLACES:
            try:
                found.append(selector_of(page, name))
            except ValueError:
                continue
    rules = (f"{selector} {{ display: none !important }}" for selector in dict.fromkeys(found))
    return "\n".join(rules)
