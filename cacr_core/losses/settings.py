"""A setting of a loss or a run: what a person calls it, and how far a slider goes."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from typing import Any, NamedTuple

METADATA = "setting"  # where a dataclass field keeps its `Setting`
STEPS = 100  # of a slider nobody gave a range


class Setting(NamedTuple):
    """What is said of a setting, once, for widget, lens, link, landscape and terminal.

    Attributes:
        label: What a person would say.
        symbol: The paper's sign for it, may be empty.
        help: One sentence: what happens when it grows.
        least, most, step: The range of a slider; other values may still be typed in a link.
        choices: Names to choose from, with what each means.
        leads: Among the few that are reached for first.
        needs: Another setting and the value it must have, None for any but 0, for this one to
            change anything.
        says: In the line of text of a loss, what each value is told as, a format of all settings;
            values not in it are not told. None: symbol and value.
        quiet: The value that goes without saying in that line.
        sweep: The range over which the regular polygon is tested, for the one setting that is
            swept first.
        divides: Equal ratios are equal steps, as for what divides.
        pulls_only: It changes the pulls and never the value.
        trains_only: It changes how a run trains, and nothing of a moment that is looked at.
        names: Of text that keeps the values of names of a person's own, as `a=1, b=2`: the words
            of each, its range and how it is swept.
    """

    label: str
    symbol: str
    help: str
    least: float = 0.0
    most: float = 1.0
    step: float = 0.1
    choices: dict[str, str] | None = None
    leads: bool = False
    needs: tuple[str, Any] | None = None
    says: Mapping[Any, str] | None = None
    quiet: Any = None
    sweep: tuple[float, float] | None = None
    divides: bool = False
    pulls_only: bool = False
    trains_only: bool = False
    names: Setting | None = None


def setting(default: Any, *, label: str, symbol: str = "", help: str = "", **more: Any) -> Any:
    """A field of a loss with its default and its words.

    Args:
        more: The other attributes of `Setting`.
    """
    said = Setting(label, symbol, help, **more)
    return dataclasses.field(default=default, metadata={METADATA: said})


def settings_of(cls: type) -> dict[str, Setting]:
    """Every setting of a loss by name, in its order; those without words get plain ones.

    Raises:
        ValueError: A setting has no default.
    """
    fields = dataclasses.fields(cls)
    for field in fields:
        if field.default is dataclasses.MISSING:
            raise ValueError(
                f"Every setting of a loss needs a default, got none for {cls.__name__}."
                f"{field.name}. Write `{field.name}: float = 1.0`, say."
            )
    found = {f.name: f.metadata.get(METADATA) or _plain(cls, f) for f in fields}
    if not any(f.metadata.get(METADATA) for f in fields):
        for name in list(found)[:2]:
            found[name] = found[name]._replace(leads=True)
    return found


def defaults_of(cls: type) -> dict[str, Any]:
    """The value of every setting of a loss unless told otherwise."""
    return {f.name: f.default for f in dataclasses.fields(cls)}


def numbers_of(cls: type) -> list[str]:
    """The settings that are numbers, so that they can be swept."""
    return [f.name for f in dataclasses.fields(cls) if isinstance(f.default, float)]


def is_idle(said: Setting, values: Mapping[str, Any]) -> bool:
    """Whether a setting changes nothing as the others stand."""
    if said.needs is None:
        return False
    name, value = said.needs
    return not values[name] if value is None else values[name] != value


def _plain(cls: type, field: dataclasses.Field[Any]) -> Setting:
    """A setting nobody gave words: its name, and a range in which the loss can be made."""
    label, default = field.name.replace("_", " "), field.default
    if isinstance(default, bool):
        return Setting(label, "", "")
    if isinstance(default, int | float):
        least, most = _range(cls, field.name, default)
        step = 1 if isinstance(default, int) else (most - least) / STEPS
        return Setting(label, "", "", least, most, step)
    return Setting(label, "", "", choices=_choices(cls, field.name, default))


def _range(cls: type, name: str, default: float) -> tuple[float, float]:
    """From 0 to four times the default, or as much of it as the loss takes."""
    kind, size = type(default), abs(default) or 1

    def first(values: list[float]) -> float:
        for value in (v for v in values if math.isfinite(v)):
            try:
                cls(**{name: kind(value)})
            except ValueError:
                continue
            return kind(value)
        return default

    far = [4 * size, 2 * size, 1.5 * size]
    least = first([0, size / 10, size / 2] if default >= 0 else [-v for v in far])
    return least, first(far if default >= 0 else [0.0])


def _choices(cls: type, name: str, default: Any) -> dict[str, str]:
    """The values of a `Literal`; of any other type the default alone."""
    try:
        hint = typing.get_type_hints(cls).get(name)
    except NameError:  # a name that is imported for type checkers alone
        hint = None
    values = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else (default,)
    return {str(value): str(value).replace("_", " ") for value in values}
