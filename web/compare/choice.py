"""A comparison as flat settings: what all entries share, and what each one has of its own.

The settings of an entry are those of a config (`address.settings_of`) that may differ between
paired runs, with `name`, the line of the catalogue it is nearest to or "custom", and `label`,
empty where the label follows from the settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cacr_core.presets import CATALOGUE, PLAIN, entry
from cacr_core.runs.comparison import MAY_DIFFER, Comparison, Entry
from web.settings import links
from web.settings.fields import RUN_FIELDS, field_of, loss_title

CUSTOM = "custom"
MOST_LABEL = 60

Settings = dict[str, Any]

SHARED = [name for name in links.RUN_FIELDS if name not in MAY_DIFFER]
OWN = [name for name in links.RUN_FIELDS if name in MAY_DIFFER]


@lru_cache(maxsize=64)
def _defaults(name: str) -> tuple[tuple[str, Any], ...]:
    config = entry(name if name in CATALOGUE else PLAIN).config
    flat = links.settings_of(config)
    return tuple((k, v) for k, v in flat.items() if k not in SHARED)


def entry_settings(name: str) -> Settings:
    """The settings of an entry as the catalogue has it; "custom" starts as plain CACR."""
    return {"name": name, "label": "", **dict(_defaults(name))}


def settings_of(comparison: Comparison) -> tuple[Settings, list[Settings]]:
    """What the entries share, and the settings of each."""
    flat = links.settings_of(comparison.shared)
    return {key: flat[key] for key in SHARED}, [entry_of(e) for e in comparison.entries]


def entry_of(one: Entry) -> Settings:
    """The settings of an entry, told as what differs from the nearest line of the catalogue that
    has its loss; where none has, it is custom."""
    flat = links.settings_of(one.config)
    own = {k: v for k, v in flat.items() if k not in SHARED}

    def likeness(name: str) -> int:
        known = entry_settings(name)
        return sum(known[k] == v for k, v in own.items())

    # of equally near lines the later one, as parts stand before what they are parts of
    alike = [name for name in reversed(CATALOGUE) if entry_settings(name)["loss"] == own["loss"]]
    settings = {"name": max(alike, key=likeness, default=CUSTOM), "label": "", **own}
    if one.label != auto_label(settings):
        settings["label"] = one.label
    return settings


def comparison_of(
    shared: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], baseline: int
) -> Comparison:
    """The comparison that settings make.

    Raises:
        ValueError: They make none; the sentence says why.
    """
    labels = labels_of(entries)
    made = []
    for label, settings in zip(labels, entries, strict=True):
        try:
            made.append(Entry(label, links.config_of(dict(shared) | dict(settings))))
        except ValueError as error:
            raise ValueError(f"{label}: {error}") from None
    return Comparison(tuple(made), min(baseline, len(made) - 1))


def labels_of(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """A label for each entry, different ones: the given, or what follows from the settings."""
    labels: list[str] = []
    for settings in entries:
        label = base = " ".join(settings["label"].split()) or auto_label(settings)
        number = 2
        while label in labels:
            label, number = f"{base[: MOST_LABEL - 4]} ({number})", number + 1
        labels.append(label)
    return labels


def auto_label(settings: Mapping[str, Any]) -> str:
    """The catalogue's title and what differs from it, as far as there is room."""
    changed = differences(settings)
    if settings["name"] == CUSTOM:
        title = loss_title(settings["loss"])
    else:
        title = CATALOGUE[settings["name"]][0]
    said = ", ".join([title, *(_said(settings["loss"], k, v) for k, v in changed.items())])
    if len(said) > MOST_LABEL:
        n = len(changed)
        said = f"{title}, {n} setting{'' if n == 1 else 's'} changed"
    return said[:MOST_LABEL]


def differences(settings: Mapping[str, Any]) -> Settings:
    """What differs from the catalogue's entry of that name and is used, by key."""
    known = entry_settings(settings["name"])
    used = (*OWN, *(k for k in known if k.startswith(f"{settings['loss']}.")))
    unused: tuple[str, ...] = () if settings.get("n_synthetic") else ("pool_size", "mixing")
    unused += () if settings["host"] == "queue" else ("queue_size",)
    unused += () if settings["host"] != "batch" else ("momentum",)
    return {key: settings[key] for key in used if key not in unused and settings[key] != known[key]}


def _said(loss: str, key: str, value: Any) -> str:
    setting = key.partition(".")[2]
    if key == "n_views":
        return f"{value} views"
    if key == "n_synthetic":
        return f"{value} synthetic{'' if value == 1 else 's'}"
    if key == "queue_size":
        return f"{value} queued"
    if key == "host":
        return str(value)
    if setting:
        word = field_of(loss, setting).symbol or field_of(loss, setting).label
    else:
        word = RUN_FIELDS[key].label if key in RUN_FIELDS else key.replace("_", " ")
    if isinstance(value, bool):
        return word if value else f"not {word}"
    return f"{word} {value:g}" if isinstance(value, int | float) else f"{word} {value}"
