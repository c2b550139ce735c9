"""What the Compare page shows and is set to: from the address, the session and the browser.

All is kept in `st.session_state` under `compare_...`, plain values only: settings that all entries
share by their names, those of entry i under `compare_i_...`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.settings.looks import COMPARE, defaults_of
from web.shell import carried
from web.shell.images import take_images_of
from web.shell.session import (
    KEPT,
    PRESS_START,
    Shown,
    first_view,
    is_at_work,
    read_speed_and_presence,
    show,
    shown_on,
    speed_and_presence,
)
from web.shell.whole import whole

PREFIX = "compare"
FIRST_PRESET = "uniform-weights"  # known before torch is there, and how it is looked at
FIRST_VIEW = defaults_of(COMPARE) | {"series": "effective_rank", "step": 400}
OWN_LOOK = ("trails", "images", "magnify")  # what choosing a preset leaves as it is
INVITE = f"Same start, same batches.{PRESS_START}"


def recorded_id() -> str:
    """Id of the recording of the chosen preset, else of the first."""
    preset = st.session_state.get("compare_preset", st.query_params.get("preset", FIRST_PRESET))
    try:
        return shelf.id_of(shelf.find(f"compare-{preset}"))
    except ValueError:
        return f"compare-{FIRST_PRESET}"


def shown_comparison() -> Shown:
    """The comparison that the address names, else the recorded one of the preset."""
    return shown_on(PREFIX, recorded_id(), INVITE, _a_comparison)


def _a_comparison(folder: Path) -> Path:
    whole = files.home(folder)
    if not files.entry_folders(whole):
        raise ValueError(f"{folder.name} is a single run: open it on the Live page.")
    return whole


def plays() -> bool:
    """Whether the page was opened by no link: its recorded comparison plays to its moment."""
    return bool(st.session_state.setdefault("compare_plays", not carried.own_params()))


def seen_at_first() -> dict[str, Any]:
    """How a comparison is looked at before the address can be checked."""
    is_bare = not carried.own_params() and "compare_run" not in st.session_state
    return FIRST_VIEW if is_bare else first_view(defaults_of(COMPARE))


@whole
def take_view() -> None:
    """The browser changed how it looks at the comparison."""
    reported = getattr(st.session_state.get("compare"), "view", None)
    if reported is not None and "compare_view" in st.session_state:  # its address has been read
        from web.compare import link

        st.session_state["compare_view"] = link.checked_view(reported)


@whole
def leave_presentation() -> None:
    st.session_state["compare_present"] = False


def read_address() -> None:
    """Take everything from the address, once a session; before any widget."""
    if "compare_view" in st.session_state:
        if opened := st.session_state.pop("compare_opened", None):
            _take_settings_of(opened)
        return
    from web.compare import link

    found = link.read(carried.own_params())
    if "preset" not in st.query_params and "compare_run" in st.session_state:
        st.session_state["compare_opened"] = st.session_state["compare_run"]
    view = found.view
    if "compare_run" in st.session_state and "step" not in st.query_params:
        view = view | {"step": None}  # the preset speaks of a moment of its recording
    st.session_state["compare_view"] = view
    st.session_state["compare_preset"] = found.preset
    st.session_state["compare_ignored"] = found.ignored
    put(found.shared, found.entries, found.baseline)
    read_speed_and_presence(PREFIX)
    read_address()  # the settings of a comparison that has been opened


def put(shared: dict[str, Any], entries: list[dict[str, Any]], baseline: int) -> None:
    """Let the widgets say this."""
    for key, value in shared.items():
        st.session_state[f"compare_{key}"] = value
    st.session_state["compare_n_entries"] = len(entries)
    st.session_state["compare_baseline"] = baseline
    for number, settings in enumerate(entries, start=1):
        put_entry(number, settings)


def put_entry(number: int, settings: dict[str, Any]) -> None:
    for key, value in settings.items():
        st.session_state[f"compare_{number}_{key}"] = value


def chosen_shared() -> dict[str, Any]:
    """What the widgets say of all entries."""
    from web.compare import choice

    base, _ = choice.settings_of(_preset().comparison)
    return {key: st.session_state.get(f"compare_{key}", value) for key, value in base.items()}


def chosen_entries() -> list[dict[str, Any]]:
    """What the widgets say of each entry."""
    return [chosen_entry(i) for i in range(1, st.session_state["compare_n_entries"] + 1)]


def chosen_entry(number: int) -> dict[str, Any]:
    from web.compare import choice

    known = choice.entry_settings(st.session_state[f"compare_{number}_name"])
    return {key: st.session_state.get(f"compare_{number}_{key}", v) for key, v in known.items()}


def chosen_comparison() -> Any:
    """The comparison that the widgets make.

    Raises:
        ValueError: They make none; the sentence says why.
    """
    from web.compare import choice

    return choice.comparison_of(
        chosen_shared(), chosen_entries(), st.session_state["compare_baseline"]
    )


def shared_problem() -> str | None:
    """Why no entry could be trained with what all share, in one sentence."""
    from cacr_core.presets import PLAIN
    from web.compare import choice
    from web.settings.links import config_of

    try:
        config_of(choice.entry_settings(PLAIN) | chosen_shared())
    except ValueError as error:
        return str(error)
    return None


@whole
def take_preset() -> None:
    """Let the widgets say what the preset does, and show its recording unless one's own trains."""
    from web.compare import choice

    shared, entries = choice.settings_of(_preset().comparison)
    put(
        {key: value for key, value in shared.items() if key not in KEPT},
        entries,
        _preset().comparison.baseline,
    )
    if not is_at_work(PREFIX):
        show(PREFIX, None)
        _look_as_the_preset_does()


def _look_as_the_preset_does() -> None:
    """Show what the preset's text speaks of, at its moment."""
    from web.compare import link

    own = {key: st.session_state["compare_view"][key] for key in OWN_LOOK}
    preset = st.session_state["compare_preset"]
    st.session_state["compare_view"] = link.preset_view(preset) | own


def _preset() -> Any:
    from cacr_core.presets import COMPARISONS

    return COMPARISONS[st.session_state["compare_preset"]]


def _take_settings_of(run_id: str) -> None:
    """Let the widgets say what a comparison was trained with."""
    from cacr_core.presets import COMPARISONS
    from cacr_core.runs.comparison import Comparison
    from web.compare import choice

    try:
        folder = shelf.find(run_id)
        comparison = Comparison.from_json((folder / "config.json").read_text("utf-8"))
    except (ValueError, OSError, KeyError):
        return
    shared, entries = choice.settings_of(comparison)
    shared = take_images_of(folder, shared)

    def likeness(name: str) -> int:
        own, theirs = choice.settings_of(COMPARISONS[name].comparison)
        return sum(own[k] == v for k, v in shared.items()) + 10 * sum(e in entries for e in theirs)

    st.session_state["compare_preset"] = max(COMPARISONS, key=likeness)
    put(shared, entries, comparison.baseline)


def write_address(shown: Shown) -> None:
    """Let the address say what the page shows; after all widgets, so that they have spoken."""
    from web.compare import link

    shared, entries = chosen_shared(), chosen_entries()
    params = link.write(
        st.session_state["compare_preset"],
        shared,
        entries,
        st.session_state["compare_baseline"],
        st.session_state["compare_view"],
        run=shown.id if shown.id != recorded_id() else None,
        **speed_and_presence(PREFIX),
    )
    carried.write(params)
