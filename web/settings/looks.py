"""How a run is looked at, as text in an address and back, checked; shared by the pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from cacr_core.losses import LOSSES
from cacr_core.pairs import MIXINGS
from cacr_core.training import make_loss

Choices = Mapping[str, Sequence[str]]

OWN_LOSS = "own"  # instead of a lens, where a preset has one

NUMBERS = {  # below what, and what it is
    "query": (5_000, "the number of an image"),
    "view": (5, "one of the query's five views, 0 to 4"),
    "step": (10_000_001, "a number of updates"),
}


def view_value(key: str, text: str, choices: Choices) -> Any:
    """A setting of a view from its text.

    Args:
        choices: What the settings that are chosen from a list may be, for this page.

    Raises:
        ValueError: It makes no sense; the sentence says why.
    """
    if key == "colour" and text.startswith("factor:"):
        return text[:60]
    if key in choices:
        if text not in choices[key]:
            more = " or factor:NAME" if key == "colour" else ""
            raise ValueError(f"{key} is one of {', '.join(choices[key])}{more}, got {short(text)}.")
        return text
    if key in ("trails", "images", "magnify", "difference"):
        return of_type(key, text, False)
    if key in NUMBERS:
        number, (end, what) = of_type(key, text, 0), NUMBERS[key]
        if not 0 <= number < end:
            raise ValueError(f"{key} is {what}, got {short(text)}.")
        return number
    if key == "lens":
        if text == OWN_LOSS:
            return None
        name, *parts = text.split("~")
        pairs = (part.partition(":") for part in parts)
        return _checked_lens({"name": name} | {k: v for k, _, v in pairs})
    raise ValueError(f"A view has no setting {short(key)}.")


def view_text(key: str, value: Any) -> str:
    """The text that `view_value` reads back."""
    if key == "lens" and value is None:
        return OWN_LOSS
    if key == "lens":
        settings = (f"{k}:{text_of(v)}" for k, v in value.items() if k != "name")
        return "~".join([value["name"], *settings])
    return text_of(value)


def checked(view: Any, defaults: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """A view as the browser reports it, with defaults where it makes no sense."""
    known = dict(defaults)
    if isinstance(view, Mapping):
        for key in defaults:
            try:
                value = view.get(key)
                if key == "lens":
                    known[key] = _checked_lens(dict(value)) if value else None
                elif value is not None:
                    known[key] = view_value(key, text_of(value), choices)
            except (ValueError, TypeError):
                continue
    return known


def of_type(key: str, text: str, default: Any) -> Any:
    """The text of a setting as a value of its default's type."""
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise ValueError(f"{key} is true or false, got {short(text)}.")
        return text == "true"
    try:
        return type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise ValueError(f"{key} is {kind}, got {short(text)}.") from None


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def short(text: str) -> str:
    """What was got, quoted, and cut where it goes on and on."""
    return repr(text[:40] + ("…" if len(text) > 40 else ""))


def _checked_lens(lens: dict[str, Any]) -> dict[str, Any]:
    name = lens.pop("name", None)
    if name not in LOSSES:
        raise ValueError(f"A lens is one of {', '.join(LOSSES)}, got {short(str(name))}.")
    defaults = {f.name: f.default for f in dataclasses.fields(LOSSES[name])}
    defaults |= {"n_synthetic": 0, "pool_size": 32, "mixing": "pair"}
    given = {}
    for key, value in lens.items():
        if key not in defaults:
            raise ValueError(f"{name} has no setting {short(key)}.")
        text = value if isinstance(value, str) else text_of(value)
        given[key] = of_type(key, text, defaults[key])
    extra = {key: given.pop(key) for key in ("n_synthetic", "pool_size", "mixing") if key in given}
    if extra.get("mixing", "pair") not in MIXINGS:
        raise ValueError(f"mixing is one of {', '.join(MIXINGS)}, got {extra['mixing']!r}.")
    make_loss(name, **given)
    return {"name": name} | given | extra
