"""A loss and its settings as options of the command line, made of what its file says of it."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from typing import Any

from cacr_core.losses import LOSSES, Loss, defaults_of, loss_name, make_loss, settings_of
from cacr_core.losses.words import title_of


def said_of_settings() -> dict[str, list[str]]:
    """For each setting that a loss has, of which losses it is and what it does."""
    said: dict[str, list[str]] = {}
    for cls in LOSSES.values():
        for name, one in settings_of(cls).items():
            said.setdefault(name, []).append(f"of {title_of(cls)}: {one.label}")
    return said


def add(parser: argparse._ActionsContainer, said: Mapping[str, list[str]]) -> None:
    """An option for each name, with its words as help."""
    for name, words in said.items():
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, dest=name, help="; ".join(words).replace("%", "%%"))


def loss_of(given: Mapping[str, Any], otherwise: Loss) -> Any:
    """The loss that options ask for; what is not given is as in `otherwise`, or by default.

    Args:
        given: Texts by name; "loss" names another, None and what no loss has do not count.

    Raises:
        ValueError: There is no such loss, it has no such setting, or a value does not fit.
    """
    name = given.get("loss")
    name = loss_name(otherwise) if name is None else name
    if name not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {name!r}.")
    defaults = defaults_of(LOSSES[name])
    fields = dataclasses.asdict(otherwise) if name == loss_name(otherwise) else {}
    for key in said_of_settings():
        if (text := given.get(key)) is None:
            continue
        if key not in defaults:
            raise ValueError(f"{name} has no setting {key}; it has {', '.join(defaults)}.")
        fields[key] = value_of(key, text, defaults[key])
    return make_loss(name, **fields)


def value_of(key: str, text: str, default: Any) -> Any:
    """A typed value of the default's kind. Raises ValueError with a sentence."""
    if isinstance(default, bool):
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in known:
            raise ValueError(f"{key} must be true or false, got {text!r}.")
        return known[text.lower()]
    try:
        return type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise ValueError(f"{key} must be {kind}, got {text!r}.") from None
