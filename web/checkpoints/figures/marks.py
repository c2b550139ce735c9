"""The colour and the mark of each class, as the clouds of all pages have them."""

from __future__ import annotations

from typing import Any, Literal

from web.checkpoints.figures.frame import FIRST

Theme = Literal["light", "dark"]

# Those of `web/kit/colours.js`, which says why these; a test holds the two together.
CLASSES: dict[Theme, list[str]] = {
    "light": [
        "#13968C", "#DAA620", "#CF5981", "#7C8A22", "#4560BC",
        "#926A51", "#6DC083", "#8F90C7", "#59656F", "#E08FA0",
    ],
    "dark": [
        "#2AB6A8", "#EBC049", "#FF73A6", "#8AA007", "#4B80D6",
        "#C2926F", "#90E5A0", "#AFAFEA", "#98A5B0", "#F2A9B7",
    ],
}  # fmt: skip
# plotly's that look like the shapes of `web/kit/shapes.js`
SYMBOLS = [
    "circle", "square", "triangle-up", "diamond", "cross",
    "triangle-down", "hexagon2", "x", "line-ew", "line-ns",
]  # fmt: skip
SIZE = 8  # pixels


def marks_of(n: int, theme: Theme) -> list[dict[str, Any]]:
    """How plotly draws points of each of n classes, and after them those without one."""
    colours = CLASSES[theme]
    if n > len(colours):
        return [_mark(FIRST, "circle")] * (n + 1)
    pairs = zip(colours[:n], SYMBOLS, strict=False)
    return [_mark(colour, symbol) for colour, symbol in pairs] + [_mark(FIRST, "circle")]


def _mark(colour: str, symbol: str) -> dict[str, Any]:
    line = {"color": colour, "width": 3 if symbol.startswith("line") else 0}
    return {"color": colour, "symbol": symbol, "size": SIZE, "line": line}
