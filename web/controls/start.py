"""What the live page's Start trains."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cacr_core.runs import shelf
from web.controls.buttons import Page, Plan, six_buttons
from web.controls.state import Shown, address_module, all_presets, chosen_settings
from web.fields import LOSS_TITLES


def run_buttons(shown: Shown) -> None:
    """The buttons of the run, and why its settings cannot be trained with."""
    six_buttons(
        shown, Page("live", _plan, "Train with the settings below; the page shows it live.")
    )


def _plan() -> Plan:
    settings = chosen_settings()
    config = address_module().config_of(settings)
    title = f"{LOSS_TITLES[settings['loss']]} on {Path(settings['dataset']).name}"
    preset = all_presets()[st.session_state["live_preset"]]
    if preset.config.loss == config.loss:
        title = f"{preset.title}, {Path(settings['dataset']).name}"
    return Plan(config, shelf.new_id(settings["loss"], settings["dataset"]), title)
