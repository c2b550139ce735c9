"""What the page shows and how: from the address, the session and the browser, and back."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.fields import VIEW_DEFAULTS

EXAMPLE = "example"
INVITE = (
    "Every point is an image the encoder has never been trained on. Press Start to train your own."
)
KEPT = ("seed", "device", "precision")  # settings that choosing a preset leaves as they are
SPEEDS = {"full": "Full speed", "5": "5 a second", "1": "1 a second"}


class Shown(NamedTuple):
    """The run on the page."""

    id: str | None
    is_example: bool
    state: str | None
    reason: str
    step: int
    invite: str

    @property
    def folder(self) -> Path:
        assert self.id is not None
        return shelf.find(self.id)


def shown_run() -> Shown:
    """The run that the address names, else the recorded example."""
    return shown_on("live", EXAMPLE, INVITE, _a_single_run)


def shown_on(prefix: str, example: str, invite: str, checked: Callable[[Path], Path]) -> Shown:
    """What a page shows: what its session or the address names, else a recorded example.

    Args:
        prefix: Of the page's keys in `st.session_state`.
        checked: From the folder named to the one shown; raises ValueError for what belongs on
            another page.
    """
    run_id = st.session_state.get(f"{prefix}_run", st.query_params.get("run"))
    said = invite
    if run_id and run_id != example:
        try:
            folder = checked(shelf.find(run_id))
            run_id = st.session_state[f"{prefix}_run"] = shelf.id_of(folder)
            state, reason = files.status_and_reason(folder)
            steps = files.snapshot_steps((files.entry_folders(folder) or [folder])[0])
            recorded = shelf.is_recorded(folder)
            return Shown(run_id, recorded, state, reason, steps[-1] if steps else 0, invite)
        except ValueError as error:
            st.session_state.pop(f"{prefix}_run", None)
            said = f"{error} This is a recorded one."
    try:
        shelf.find(example)
    except ValueError:
        return Shown(None, False, None, "", 0, invite)
    return Shown(example, True, "finished", "", 0, said)


def _a_single_run(folder: Path) -> Path:
    if files.entry_folders(folder):
        raise ValueError(f"{folder.name} is a comparison: open it on the Compare page.")
    return folder


def view() -> dict[str, Any]:
    """How the run is looked at: from the address at first, then as the browser last said.

    Until torch is there to check the address, the defaults: the first view must not wait for it.
    """
    if "live_view" not in st.session_state and "torch" in sys.modules:
        read_address()
    return st.session_state.get("live_view", VIEW_DEFAULTS)


def take_view() -> None:
    """The browser changed how it looks at the run."""
    reported = getattr(st.session_state.get("live"), "view", None)
    if reported is not None:
        st.session_state["live_view"] = address_module().checked_view(reported)


def leave_presentation() -> None:
    st.session_state["live_present"] = False


def address_module() -> Any:
    """The module that knows all settings; it loads torch, so it is not loaded before the page."""
    return importlib.import_module("web.address")


def read_address() -> None:
    """Take preset, settings and view from the address, once a session; before any widget.

    An address that names a run and no preset shows that run's own settings, and so does a run
    opened from the list.
    """
    if "live_view" in st.session_state:
        keep("live")
        if opened := st.session_state.pop("live_opened", None):
            _take_settings_of(opened)
        return
    address = address_module()
    preset, settings, view, ignored = address.read(st.query_params.to_dict())
    if "preset" not in st.query_params and "live_run" in st.session_state:
        st.session_state["live_opened"] = st.session_state["live_run"]
    st.session_state["live_view"] = view
    st.session_state["live_preset"] = preset
    st.session_state["live_ignored"] = ignored
    for key, value in settings.items():
        st.session_state[f"live_{key}"] = value
    speed = st.query_params.get("speed", "full")
    st.session_state["live_speed"] = speed if speed in SPEEDS else "full"
    st.session_state["live_present"] = st.query_params.get("present") == "true"
    if view != VIEW_DEFAULTS or st.session_state["live_present"]:
        st.rerun()
    read_address()  # the settings of a run that has been opened


def _take_settings_of(run_id: str) -> None:
    """Let the widgets say what a run was trained with, as what differs from the nearest preset."""
    training = importlib.import_module("cacr_core.training")
    try:
        config = training.TrainConfig.from_json((shelf.find(run_id) / "config.json").read_text())
    except (ValueError, OSError):
        return
    settings = address_module().settings_of(config)

    def likeness(name: str) -> int:
        own = address_module().settings_of(all_presets()[name].config)
        return sum(own[key] == value for key, value in settings.items())

    st.session_state["live_preset"] = max(all_presets(), key=likeness)
    for key, value in settings.items():
        st.session_state[f"live_{key}"] = value


def chosen_settings() -> dict[str, Any]:
    names = address_module().settings_of(all_presets()[st.session_state["live_preset"]].config)
    return {key: st.session_state.get(f"live_{key}", value) for key, value in names.items()}


def all_presets() -> Any:
    return importlib.import_module("cacr_core.presets").PRESETS


def keep(prefix: str, **values: Any) -> None:
    """Keep what widgets say over a visit to another page, which takes their state away.

    Args:
        values: What to keep from now on; without any, what was kept is put back where it is gone.
    """
    if values:
        st.session_state[f"{prefix}_kept"] = values
    for key, value in st.session_state.get(f"{prefix}_kept", {}).items():
        if f"{prefix}_{key}" not in st.session_state:
            st.session_state[f"{prefix}_{key}"] = value


def write_address(shown: Shown) -> None:
    """Let the address say what the page shows; after all widgets, so that they have spoken."""
    own = {key: st.session_state[f"live_{key}"] for key in ("preset", "speed", "present")}
    keep("live", **own, **chosen_settings())
    params = address_module().write(
        st.session_state["live_preset"],
        chosen_settings(),
        st.session_state["live_view"],
        run=shown.id if shown.id != EXAMPLE else None,
        present="true" if st.session_state.get("live_present") else None,
        speed=s if (s := st.session_state["live_speed"]) and s != "full" else None,
    )
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)
