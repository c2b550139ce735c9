"""What the Compare page's Start trains, and the repeats of it over seeds."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cacr_core import runs
from cacr_core.runs import seeds, shelf
from web.comparing.state import chosen_comparison, chosen_shared, presets, recorded_id
from web.controls.buttons import Page, Plan, six_buttons
from web.controls.runs_list import list_of_runs
from web.controls.state import Shown

REPEATABLE = ("finished", "stopped")


def run_buttons(shown: Shown) -> None:
    """The buttons of the comparison, and why its settings cannot be trained with."""
    help_text = "Train all entries from one start, in lockstep; the page shows it live."
    six_buttons(shown, Page("compare", _plan, help_text))


def _plan() -> Plan:
    comparison, dataset = chosen_comparison(), chosen_shared()["dataset"]
    preset = presets()[st.session_state["compare_preset"]]
    labels = [entry.label for entry in comparison.entries]
    title = " | ".join(labels)
    if [entry.label for entry in preset.comparison.entries] == labels:
        title = preset.title
    title = f"{title[:60]}, {Path(dataset).name}"[:80]
    return Plan(comparison, shelf.new_id("compare", dataset), title)


def shelf_and_seeds(shown: Shown) -> None:
    """The list of comparisons, and repeats of the one shown."""
    if st.button("Comparisons", width="stretch", icon=":material/folder_open:"):
        _show_comparisons()
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
    own = shown.id is not None and not shown.is_example
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
        st.button("Stop repeats", width="stretch", on_click=seeds.stop, args=(shown.folder,))
    elif standing.get("reason"):
        st.caption(standing["reason"])


def _repeat(shown: Shown) -> None:
    try:
        runs.repeat(shown.folder, st.session_state["compare_n_seeds"])
    except (ValueError, OSError) as error:
        st.session_state["compare_error"] = f"The comparison could not be repeated: {error}"


@st.dialog("Comparisons", width="large")
def _show_comparisons() -> None:
    list_of_runs("compare", comparisons=True, example=recorded_id())
