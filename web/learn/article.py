"""The article of the Learn page, from its file: an idea a section, with a live figure."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from web.learn.guide import address_of, params_of

TEXT = Path(__file__).with_suffix(".toml")


class Figure(NamedTuple):
    """A page of the app in a frame.

    Attributes:
        state: What a link to it says.
        height: Of the frame, in pixels.
    """

    page: str
    state: str
    height: int
    caption: str

    @property
    def frame(self) -> str:
        """The address of the frame, as seen from any page."""
        return address_of(self.page, params_of(self.state) | {"embed": "1"})

    @property
    def link(self) -> str:
        """The same page whole."""
        whole = {k: v for k, v in params_of(self.state).items() if k != "hide"}
        return address_of(self.page, whole)


class Section(NamedTuple):
    """An idea.

    Attributes:
        text: Plain words; what stands between stars is stressed, between backquotes code.
        lesson: The lesson that goes into it; may be empty.
        source: The document that its numbers are from; may be empty.
    """

    title: str
    text: str
    lesson: str = ""
    source: str = ""
    figure: Figure | None = None


@lru_cache(maxsize=1)
def sections() -> tuple[Section, ...]:
    """The sections in their order."""
    found = []
    for row in tomllib.loads(TEXT.read_text(encoding="utf-8"))["section"]:
        figure = row.pop("figure", None)
        found.append(Section(**row, figure=figure and Figure(**figure)))
    return tuple(section._replace(text=section.text.strip()) for section in found)
