"""What may be said of any loss: what it says of itself, or what is plain and true of all.

A loss may have, as class attributes, `title`, `meaning` (of the weights of a query's negatives) and
`later_views` (whether negatives may have rows of their own), `needs_labels` (`losses.labels`) and
`near_may_weigh_most` (of positives; most weigh the farthest most), `draws_far_in` (gradient through
the weights draws far negatives in), and as methods

- `formula(pairs, record, pos, neg)`: its lines filled with the numbers of one query, but the last;
- `ways(pairs, record, pulls)`: how each mark comes by its weight and its pull, as tokens;
- `surprises(pairs, record, pulls, marks)`, `weights_note(pulls, n_neg)`, `sums(pairs, record,
  pulls)`: sentences on one query, the first a list; empty where there is nothing to say;
- `optimum(n_items, n_views, fits)`: its least value over all places, where that is known;
- `by_value()`: the loss it equals in value; `can_clamp()`: whether a query may be silenced;
- `weighs_alike(side)`: why all of a side weigh the same, empty where they do not;
- `moved_by(part)`: what beside distances moves "attraction" or "repulsion", empty where nothing;
- `cause(trouble)`: which setting brings on a "collapse" or "few directions", empty where none does;
- `of_keys(q, k)` and `check_keys()`: its form for predictions and keys of a momentum encoder;
  `keys_moved_by(part)`: `moved_by` of that form; `weighing_keys()`: the loss whose weights it has;
- `require_finite(record, pulls)`: refuses samples where it has no value or no slope.

One with a setting that keeps names of a person's own (`Setting.names`) has `free`, the values of
these by name, `with_value(name, value)`, the same loss with another one, and `card()`, what is told
of it beside its settings; and it may have `presets()`, losses to begin from by title.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from cacr_core.losses.labels import needs_labels
from cacr_core.losses.settings import Setting, is_idle, numbers_of, settings_of

PLAIN_MEANING = (
    "The weights are those that the loss itself gives a query's negatives; the pulls, its "
    "derivatives, say how it moves them. It says no more of them than that."
)


class Sweep(NamedTuple):
    """The setting of a loss that is swept first, and the range the regular polygon is tested in."""

    field: str
    least: float
    most: float


def own(loss: object, name: str) -> Any:
    """The method or the text of that name that a loss has, else None."""
    return getattr(loss, name) if hasattr(type(loss), name) else None


def title_of(cls: type) -> str:
    """What a person calls the loss."""
    return str(getattr(cls, "title", cls.__name__))


def meaning_of(cls: type) -> str:
    """What its weights of a query's negatives are, in a few sentences."""
    return str(getattr(cls, "meaning", PLAIN_MEANING))


def sweep_of(cls: type) -> Sweep | None:
    """Its setting marked to be swept, else its first number; None where no setting is one."""
    settings = settings_of(cls)
    for name, said in settings.items():
        if said.sweep is not None:
            return Sweep(name, *said.sweep)
    for name in numbers_of(cls):
        return Sweep(name, settings[name].least, settings[name].most)
    return None


def numbers(loss: object) -> dict[str, float]:
    """What of a loss can be swept, and what it is now: its free names, else its numbers."""
    free: dict[str, float] | None = own(loss, "free")
    if free is not None:
        return free
    return {name: getattr(loss, name) for name in numbers_of(type(loss))}


def number_words(loss: object, name: str) -> Setting:
    """The words of one of `numbers`; a free name goes by itself."""
    if (kept := names_of(type(loss))) is not None:
        return kept[1]._replace(label=name)
    return settings_of(type(loss))[name]


def names_of(cls: type) -> tuple[str, Setting] | None:
    """The setting of a loss that keeps names of a person's own, and the words of each of these."""
    kept = ((name, said.names) for name, said in settings_of(cls).items() if said.names)
    return next(kept, None)


def presets_of(cls: type) -> dict[str, Any]:
    """Losses of this class to begin from, by title."""
    found: dict[str, Any] = getattr(cls, "presets", dict)()
    return found


def text_of(cls: type, values: Mapping[str, Any]) -> str:
    """A loss and its telling settings on one line; one that it does not have is told as it came."""
    settings, parts = settings_of(cls), [title_of(cls)]
    known = {field.name: field.default for field in dataclasses.fields(cls)} | dict(values)
    for name, value in values.items():
        said = settings.get(name)
        parts += [f"{name} {value}"] if said is None else _told(said, value, known)
    if needs_labels(cls):
        parts.append("told the labels")
    return ", ".join(parts)


def text_of_loss(loss: Any) -> str:
    """The same line of a loss that is made."""
    values = {field.name: getattr(loss, field.name) for field in dataclasses.fields(loss)}
    return text_of(type(loss), values)


def _told(said: Setting, value: Any, values: Mapping[str, Any]) -> list[str]:
    if said.says is not None:
        return [said.says[value].format(**values)] if value in said.says else []
    if isinstance(value, bool):
        return [said.label] if value else []
    if value == said.quiet:
        return []
    shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    return [f"{said.symbol or said.label} {shown}"]


def acting_settings(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the value or the pulls of a loss depend on, as the others stand."""
    settings = settings_of(cls)
    return {
        name: value
        for name, value in values.items()
        if not settings[name].trains_only and not is_idle(settings[name], values)
    }
