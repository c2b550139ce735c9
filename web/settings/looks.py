"""How a run is looked at: a line for each setting, its default and what a text of it may say.

As text in an address and back, checked; shared by the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cacr_core.runs.folder import ENTRIES
from web.settings import lenses
from web.settings.values import of_type, short, text_of

OWN_LOSS = "own"  # instead of a lens, where a preset has one
PLAY = "play"  # instead of a moment, where a preset holds one
STEPS = 10_000_001  # that a moment is below


class Look(NamedTuple):
    """A setting of a view.

    Attributes:
        default: What it is unless told otherwise.
        read: Its value from its name and a text.
    """

    default: Any
    read: Callable[[str, str], Any]


Looks = Mapping[str, Look]
WITHOUT = {"lens": OWN_LOSS, "step": PLAY}  # words for None, where a preset says otherwise


@dataclass(frozen=True)
class OneOf:
    """Reads a text among some; with `factor` also "factor:NAME"."""

    choices: tuple[str, ...]
    factor: bool = False

    def __call__(self, key: str, text: str) -> str:
        if self.factor and text.startswith("factor:"):
            return text[:60]
        if text not in self.choices:
            more = " or factor:NAME" if self.factor else ""
            raise ValueError(f"{key} is one of {', '.join(self.choices)}{more}, got {short(text)}.")
        return text


@dataclass(frozen=True)
class NumberBelow:
    """Reads a whole number from 0; `what` says what it is."""

    end: int
    what: str

    def __call__(self, key: str, text: str) -> int:
        number = of_type(key, text, 0)
        if not 0 <= number < self.end:
            raise ValueError(f"{key} is {self.what}, got {short(text)}.")
        return int(number)


def one_of(*choices: str, factor: bool = False) -> OneOf:
    return OneOf(choices, factor)


def switch(key: str, text: str) -> bool:
    """On or off."""
    return bool(of_type(key, text, False))


def lens(_: str, text: str) -> dict[str, Any] | None:
    """A loss to look through with the settings that are not its usual ones, None for its own."""
    if text == OWN_LOSS:
        return None
    return lenses.read(text)


def moment(key: str, text: str) -> int | None:
    """A number of updates, None to follow the run or to play a recorded one."""
    return None if text == PLAY else NumberBelow(STEPS, "a number of updates")(key, text)


LIVE: Looks = {
    "colour": Look("class", one_of("class", "weight", "pull", "agreement", factor=True)),
    "layout": Look("umap", one_of("umap", "pca")),
    "space": Look("embeddings", one_of("embeddings", "features")),
    "trails": Look(False, switch),
    "images": Look(False, switch),  # images for dots
    "magnify": Look(False, switch),  # fill the panel, whatever the spread
    "group": Look("probes", one_of("probes", "batch")),
    "lens": Look(None, lens),
    "query": Look(None, NumberBelow(5_000, "the number of an image")),  # None: the first
    "view": Look(0, NumberBelow(5, "one of the query's five views, 0 to 4")),
    # the moment held; None follows the run, or plays a recorded one
    "step": Look(None, moment),
    "panel": Look("cloud", one_of("cloud", "query", "numbers")),  # large while presenting
}

COMPARE: Looks = {
    **LIVE,
    "colour": Look("class", one_of("class", "weight", "pull", factor=True)),
    "series": Look("knn_features", lambda _, text: text),
    "against": Look("step", one_of("step", "images", "seconds")),
    "difference": Look(False, switch),  # curves less the baseline
    "baseline": Look(None, one_of(*ENTRIES)),  # None: the comparison's own
    "panel": Look("curves", one_of("curves", "moved", "plane", "classes", "seeds")),
    "large": Look("clouds", one_of("clouds", "query", "curves")),  # while presenting
}


def defaults_of(looks: Looks) -> dict[str, Any]:
    """A view that nothing was said of."""
    return {key: look.default for key, look in looks.items()}


def view_text(key: str, value: Any) -> str:
    """The text that a setting's `read` reads back."""
    if value is None:
        return WITHOUT[key]
    return lenses.text(value) if key == "lens" else text_of(value)


def view_params(
    view: Mapping[str, Any], usual: Mapping[str, Any], run: str | None
) -> dict[str, str]:
    """What a link says of a view: what is not as a preset's recording is looked at.

    Args:
        run: That the link names, None for the recording: only that would be held at a moment.
    """
    said = {}
    for key, value in view.items():
        is_told = value is not None or key == "lens" or (key == "step" and not run)
        if value != usual[key] and is_told:
            said[key] = view_text(key, value)
    return said


def checked(view: Any, looks: Looks) -> dict[str, Any]:
    """A view as the browser reports it, with defaults where it makes no sense."""
    known = defaults_of(looks)
    if isinstance(view, Mapping):
        for key, look in looks.items():
            try:
                value = view.get(key)
                if key == "lens":
                    known[key] = lenses.checked(value) if value else None
                elif value is not None:
                    known[key] = look.read(key, text_of(value))
            except (ValueError, TypeError):
                continue
    return known
