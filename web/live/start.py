"""What the live page's Start trains, and what its view is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from cacr_core.runs import shelf
from web.settings.fields import loss_title
from web.settings.looks import LIVE, defaults_of
from web.shell import buttons
from web.shell.buttons import Page, Plan
from web.shell.session import (
    chosen_settings,
    first_view,
    presents,
    read_address,
    shown_run,
)
from web.shell.whole import whole

if TYPE_CHECKING:
    from cacr_core.presets import Preset
    from cacr_core.training import TrainConfig

TOLD = ("loss", "n_views", "embedding_dim", "lr", "n_synthetic", "mixing", "negatives", "host")


def _plan() -> Plan:
    from cacr_core.presets import PRESETS
    from web.settings import links

    settings = chosen_settings()
    config = links.config_of(settings)
    title = title_of(PRESETS[st.session_state["live_preset"]], config, settings["loss"])
    return Plan(config, shelf.new_id(settings["loss"], config.dataset), title)


def title_of(preset: Preset, config: TrainConfig, loss: str) -> str:
    """What a run is called: by its preset where it is in all that presets' titles speak of."""
    data = Path(config.dataset).name
    if all(getattr(config, name) == getattr(preset.config, name) for name in TOLD):
        return f"{preset.title}, {data}"
    return f"{loss_title(loss)} on {data}"


PAGE = Page(
    "live",
    read_address,
    shown_run,
    _plan,
    "Train with the settings beside; the page shows it live.",
)


def told() -> dict[str, Any]:
    """What the view is told beside its run: how to look at it, and what its bar must know.

    Until torch is there to check the address, only its moment is taken: the first view waits for
    no module.
    """
    if "web.settings.links" in sys.modules:  # loaded behind the first page, with torch
        read_address()
    return {
        "view": st.session_state.get("live_view") or first_view(defaults_of(LIVE)),
        "present": presents("live"),
        "transport": buttons.bar(PAGE),
    }


def refusal() -> str:
    """Why what the bar asked for was not done; said once."""
    return buttons.refusal("live")


def complaints() -> None:
    """What is wrong with the link and with the settings."""
    buttons.complaints(PAGE)


@whole
def obey() -> None:
    """Do what the bar below the view asks for."""
    buttons.obey(PAGE)
