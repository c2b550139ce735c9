"""Which image a text of a table means: its path or the end of it, with its ending or without."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import PurePosixPath

from cacr_core.data.folders import bounds
from cacr_core.data.folders.classes import Part
from cacr_core.data.folders.listing import PICTURES

NOWHERE, SEVERAL = -1, -2
MOST_ALIKE = 16  # images that end alike, of which one is looked for by its part
MOST_ENDINGS = 3  # that are taken off a text, one after the other


class Ends:
    """The paths of images, each written from its end, in order: all that end alike lie together."""

    def __init__(
        self, images: Sequence[PurePosixPath], parts: Sequence[Part | None] | None = None
    ) -> None:
        self.parts = parts or [None] * len(images)
        stems = {inside.stem for inside in images}
        self.widths = {len(stem) for stem in stems if stem.startswith("0") and stem.isdecimal()}
        found = []
        for index, inside in enumerate(images):
            path, suffix = str(inside).casefold(), inside.suffix.casefold()
            found += [(_from_its_end(p), index) for p in (path, path.removesuffix(suffix))]
        found.sort()
        self.texts = [text for text, _ in found]
        self.images = [index for _, index in found]

    def find(self, text: str, part: Part | None = None) -> int:
        """The number of the image that a text means, NOWHERE or SEVERAL; folders and an ending
        that are not here are cut, and of several images the one in `part` is meant."""
        if not text or len(text) > bounds.MAX_LETTERS:
            return NOWHERE
        path = text.strip().replace("\\", "/").removeprefix("./").casefold()
        for _ in range(MOST_ENDINGS):
            if end := self._shared(_from_its_end(path)):
                return self._one(end, part)
            path, dot, ending = path.rpartition(".")
            if not dot or f".{ending}" not in PICTURES:
                break
        return NOWHERE

    def find_padded(self, text: str, part: Part | None = None) -> int:
        """The same of a whole number, with as many zeros before it as images' names have."""
        found = {self.find(text.strip().zfill(width), part) for width in self.widths} - {NOWHERE}
        return found.pop() if len(found) == 1 else SEVERAL if found else NOWHERE

    def _one(self, end: str, part: Part | None) -> int:
        """The image whose path ends so, or SEVERAL."""
        at = bisect_left(self.texts, end)
        texts = self.texts[at : at + MOST_ALIKE + 1]
        alike = [self.images[at + i] for i, text in enumerate(texts) if text.startswith(end)]
        if part and 1 < len(alike) <= MOST_ALIKE:
            alike = [image for image in alike if self.parts[image] == part]
        return alike[0] if len(alike) == 1 else SEVERAL

    def _shared(self, text: str) -> str:
        """The most folders, from the end, that a text has in common with a path; empty for none."""
        at = bisect_left(self.texts, text)
        near = self.texts[max(0, at - 1) : at + 1]
        end = ""
        for part in text.split("/"):
            longer = f"{end}{part}/"
            if not any(other.startswith(longer) for other in near):
                break
            end = longer
        return end


def _from_its_end(path: str) -> str:
    return "/".join(reversed(path.split("/"))) + "/"
