"""What the Compare page's Start trains, and the repeats of it over seeds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import streamlit as st

from cacr_core import runs
from cacr_core.runs import seeds, shelf
from web.compare.session import (
    PREFIX,
    chosen_comparison,
    chosen_shared,
    read_address,
    recorded_id,
    seen_at_first,
    shown_comparison,
)
from web.shell import buttons, roles
from web.shell.buttons import Page, Plan
from web.shell.plain import plain
from web.shell.runs_list import (
    dismissed,
    list_of_runs,
    present_switch,
    runs_button,
)
from web.shell.session import Shown, presents
from web.shell.whole import whole

REPEATABLE = ("finished", "stopped")
# what of the images no preset's title speaks of; the dataset's name stands behind it
UNTITLED = {"dataset", "n_probes", "image_size", "seed", "batch_size", "device"}


def _plan() -> Plan:
    from cacr_core.presets import COMPARISONS

    comparison, dataset = chosen_comparison(), chosen_shared()["dataset"]
    preset = COMPARISONS[st.session_state["compare_preset"]]
    is_told = _titled(comparison) == _titled(preset.comparison)
    title = preset.title if is_told else " | ".join(e.label for e in comparison.entries)
    title = f"{title[:60]}, {Path(dataset).name}"[:80]
    return Plan(comparison, shelf.new_id("compare", dataset), title)


def _titled(comparison: Any) -> tuple[list[str], dict[str, Any]]:
    """What a preset's title speaks of: the entries, and how their images are spoiled."""
    from cacr_core.training.source import FIELDS

    images = {key: getattr(comparison.shared, key) for key in FIELDS if key not in UNTITLED}
    return [entry.label for entry in comparison.entries], images


PAGE = Page(
    PREFIX,
    read_address,
    shown_comparison,
    _plan,
    "Train all entries from one start, in lockstep; the page shows it live.",
)


def told() -> dict[str, Any]:
    """What the view is told beside its comparison: how to look at it, and what its bar must know.

    Until torch is there to check the address, how it is looked at at first: that must not wait.
    """
    if "web.compare.link" in sys.modules:  # loaded behind the first page, with torch
        read_address()
    return {
        "view": st.session_state.get("compare_view") or seen_at_first(),
        "present": presents(PREFIX),
        "transport": buttons.bar(PAGE),
    }


def refusal() -> str:
    """Why what the bar asked for was not done; said once."""
    return buttons.refusal(PREFIX)


def complaints() -> None:
    """What is wrong with the link and with the settings."""
    buttons.complaints(PAGE)


@whole
def obey() -> None:
    """Do what the bar below the view asks for."""
    buttons.obey(PAGE)


def shelf_and_seeds(shown: Shown) -> None:
    """The list of comparisons, the switch for a projector, and repeats of the one shown."""
    runs_button(PREFIX, "Comparisons", _show_comparisons)
    present_switch(PREFIX)
    left, right = st.columns([2, 3], gap="small", vertical_alignment="bottom")
    left.number_input(
        "Seeds",
        min_value=2,
        max_value=seeds.MOST_SEEDS,
        value=5,
        step=1,
        key="compare_n_seeds",
        persist_state="session",
    )
    own = shown.id is not None and not shown.is_example and not roles.not_yours(shown.folder)
    standing = seeds.standing(shown.folder) if own else {}
    busy = standing.get("state") in seeds.BUSY
    right.button(
        "Repeat over seeds",
        width="stretch",
        disabled=not own or busy or shown.state not in REPEATABLE,
        on_click=_repeat,
        args=(shown,),
        help="Train every entry again with other seeds, in the background, to see what is noise.",
    )
    if busy:
        st.button("Stop repeats", width="stretch", on_click=_stop_repeats, args=(shown,))
    elif standing.get("reason"):
        st.caption(plain(standing["reason"]))


@whole
def _repeat(shown: Shown) -> None:
    try:
        roles.check("start")
        roles.check_own(shown.folder)
        roles.check_repeats()
        roles.check_again(shown.folder)
        runs.repeat(shown.folder, st.session_state["compare_n_seeds"])
    except (ValueError, OSError) as error:
        st.session_state["compare_error"] = f"The comparison could not be repeated: {error}"


@whole
def _stop_repeats(shown: Shown) -> None:
    if sentence := roles.not_yours(shown.folder):
        st.session_state["compare_error"] = sentence
        return
    try:
        seeds.stop(shown.folder)
    except OSError as error:  # a folder that was closed or taken away meanwhile
        st.session_state["compare_error"] = f"The repeats could not be stopped: {error}"


@st.dialog("Comparisons", width="large", on_dismiss=lambda: dismissed(PREFIX))
def _show_comparisons() -> None:
    list_of_runs("compare", comparisons=True, example=recorded_id())
