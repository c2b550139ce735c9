"""Everything on the Compare page in the address: what a link says, checked, and what to write.

A link names a preset and what differs from it: settings of all entries by their names, entries as
`e1=cacr-4~lr:0.02~cacr.t_neg:5`, their number, and the baseline by its letter. A preset opens on
the moment and the series that its text speaks of; what the link says of the view wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cacr_core.data import is_offered, name_in_link, named_by_link
from cacr_core.losses import LOSSES
from cacr_core.presets import CATALOGUE, COMPARISONS, DEFAULT_COMPARISON
from cacr_core.runs.folder import ENTRIES
from web.compare import choice
from web.compare.choice import CUSTOM, Settings
from web.compare.series import MOST_CLASSES, SERIES
from web.settings.links import IMAGES, VERSION, check_alone, that_hold
from web.settings.looks import (
    COMPARE,
    Look,
    Looks,
    checked,
    defaults_of,
    one_of,
    view_params,
)
from web.settings.values import of_type, short, text_of

LEAST, MOST = 2, len(ENTRIES)
LOOKS: Looks = {
    **COMPARE,
    "series": Look(
        COMPARE["series"].default,
        one_of(*(s.key for s in SERIES), *(f"class_accuracy_{c}" for c in range(MOST_CLASSES))),
    ),
}
OTHER = ("v", "run", "preset", "entries", "base", "present", "speed")


class Link(NamedTuple):
    """What an address says of the Compare page.

    Attributes:
        shared: Settings that all entries have.
        entries: Settings of each.
        baseline: Position of the entry that differences are taken from.
        ignored: A sentence for each part that makes no sense.
    """

    preset: str
    shared: Settings
    entries: list[Settings]
    baseline: int
    view: dict[str, Any]
    ignored: list[str]


def read(params: Mapping[str, str]) -> Link:
    """What a link says; what makes no sense is left out and said."""
    ignored: list[str] = []
    preset = params.get("preset", DEFAULT_COMPARISON)
    if preset not in COMPARISONS:
        title = COMPARISONS[DEFAULT_COMPARISON].title
        ignored.append(f"There is no preset {short(preset)}; {title} it is.")
        preset = DEFAULT_COMPARISON
    comparison = COMPARISONS[preset].comparison
    base_shared, base_entries = choice.settings_of(comparison)
    shared, view = dict(base_shared), preset_view(preset)
    if "run" in params and "preset" not in params:
        view = defaults_of(LOOKS)
    named: dict[int, Settings] = {}
    for key, text in params.items():
        try:
            if key in shared:
                text = named_by_link(text) if key in IMAGES else text
                value = of_type(key, text, base_shared[key])
                check_alone(key, value)
                shared[key] = value
            elif re.fullmatch(r"e[1-4]", key):
                named[int(key[1])] = _entry(text)
            elif key in view:
                view[key] = LOOKS[key].read(key, text)
            elif key not in OTHER:
                ignored.append(f"This page knows no setting {short(key)}.")
        except ValueError as error:
            ignored.append(f"{error}")
    n = len(base_entries)
    try:
        n = _n_entries(params.get("entries"), max([n, *named]))
        entries = _filled(base_entries, named, n)
    except ValueError as error:
        ignored.append(f"{error}")
        entries = list(base_entries)
    baseline = comparison.baseline
    if (letter := params.get("base")) is not None:
        if letter in ENTRIES[: len(entries)]:
            baseline = ENTRIES.index(letter)
        else:
            known = ", ".join(ENTRIES[: len(entries)])
            ignored.append(f"base is the letter of an entry, {known}, got {short(letter)}.")

    def check(tried: Mapping[str, Any]) -> None:
        choice.comparison_of(tried, entries, baseline)

    asked = shared
    shared, refused = that_hold(asked, base_shared, check)
    try:
        check(shared)
    except ValueError:  # it lies with the entries
        entries, baseline = base_entries, comparison.baseline
        shared, _ = that_hold(asked, base_shared, check)
    ignored += refused
    return Link(preset, shared, entries, min(baseline, len(entries) - 1), view, ignored)


def write(
    preset: str,
    shared: Mapping[str, Any],
    entries: Sequence[Settings],
    baseline: int,
    view: Mapping[str, Any],
    **other: str | None,
) -> dict[str, str]:
    """What the address should say; `read` understands it.

    Args:
        other: run, present, speed; None leaves one out.
    """
    params = {"v": VERSION, "preset": preset}
    comparison = COMPARISONS[preset].comparison
    base_shared, base_entries = choice.settings_of(comparison)
    told = {k: v for k, v in shared.items() if k not in IMAGES or not v or is_offered(v)}
    params |= {
        k: text_of(name_in_link(v) if k in IMAGES else v)
        for k, v in told.items()
        if v != base_shared[k]
    }
    for number, settings in enumerate(entries, start=1):
        known = base_entries[number - 1] if number <= len(base_entries) else None
        if known is None or _text(settings) != _text(known):
            params[f"e{number}"] = _text(settings)
    if len(entries) < len(base_entries):
        params["entries"] = str(len(entries))
    if baseline != comparison.baseline:
        params["base"] = ENTRIES[baseline]
    params |= view_params(view, preset_view(preset), other.get("run"))
    return params | {key: value for key, value in other.items() if value is not None}


def preset_view(preset: str) -> dict[str, Any]:
    """How the recorded comparison of a preset is looked at unless a link says otherwise."""
    return defaults_of(LOOKS) | dict(COMPARISONS[preset].view)


def checked_view(view: Any) -> dict[str, Any]:
    """A view as the browser reports it, with defaults where it makes no sense."""
    return checked(view, LOOKS)


def _entry(text: str) -> Settings:
    """An entry from `NAME~KEY:VALUE~...`; a custom one names its loss."""
    name, *parts = text.split("~")
    if name not in CATALOGUE and name != CUSTOM:
        raise ValueError(
            f"An entry is one of {', '.join([*CATALOGUE, CUSTOM])}, got {short(name)}."
        )
    settings = choice.entry_settings(name)
    known = dict(settings)
    for part in parts:
        key, colon, value = part.partition(":")
        if key not in known or key == "name" or not colon:
            raise ValueError(f"An entry has no setting {short(key)}.")
        settings[key] = of_type(key, value, known[key])
        if key == "loss":
            if name != CUSTOM or value not in LOSSES:
                raise ValueError(
                    f"The loss of a custom entry is one of {', '.join(LOSSES)}, got {short(part)}."
                )
        elif key == "label":
            settings[key] = " ".join(value.split())[: choice.MOST_LABEL]
        else:
            check_alone(key, settings[key])
    return settings


def _text(settings: Settings) -> str:
    """The text that `_entry` reads back."""
    parts = [settings["name"]]
    if settings["name"] == CUSTOM:
        parts.append(f"loss:{settings['loss']}")
    parts += [f"{k}:{text_of(v)}" for k, v in choice.differences(settings).items()]
    if settings["label"]:
        parts.append(f"label:{settings['label'].replace('~', '-')}")
    return "~".join(parts)


def _n_entries(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    n = of_type("entries", text, 0)
    if not LEAST <= n <= MOST:
        raise ValueError(f"A comparison has {LEAST} to {MOST} entries, got {short(text)}.")
    return n


def _filled(base: list[Settings], named: dict[int, Settings], n: int) -> list[Settings]:
    """The preset's entries with those that the link names in their places."""
    entries = []
    for number in range(1, n + 1):
        if number not in named and number > len(base):
            raise ValueError(f"Entry {number} is not described, and the preset has none there.")
        entries.append(named.get(number) or dict(base[number - 1]))
    return entries
