"""What the page shows and how: from the address, the session and the browser, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.shell import carried, roles
from web.shell.images import take_images_of
from web.shell.whole import whole

EXAMPLE = "example"
PRESS_START = " Press Start to train your own."
INVITE = f"Every point is an image the encoder has never been trained on.{PRESS_START}"
KEPT = ("seed", "device", "precision")  # settings that choosing a preset leaves as they are
OWN_LOOK = ("trails", "images", "magnify", "panel")  # what choosing a preset leaves as it is
OF_ONE_RUN = ("step", "baseline")  # what of a view says nothing of another run
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


def recorded_id() -> str:
    """Id of the recording of the chosen preset, else of the first; known before torch is there."""
    preset = st.session_state.get("live_preset", st.query_params.get("preset"))
    try:
        return shelf.id_of(shelf.find(f"live-{preset}"))
    except ValueError:
        return EXAMPLE


def shown_run() -> Shown:
    """The run that the address names, else the recorded one of the preset."""
    return shown_on("live", recorded_id(), INVITE, _a_single_run)


def shown_on(prefix: str, example: str, invite: str, checked: Callable[[Path], Path]) -> Shown:
    """What a page shows: what its session or the address names, else a recorded example.

    Args:
        prefix: Of the page's keys in `st.session_state`.
        checked: From the folder named to the one shown; raises ValueError for what belongs on
            another page.
    """
    run_id = st.session_state.get(f"{prefix}_run", st.query_params.get("run"))
    said = invite = invite.removesuffix(PRESS_START) if roles.refusal("start") else invite
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


def show(prefix: str, run_id: str | None) -> None:
    """Show another run from now on, None for the recorded one, at its newest moment and against
    its own baseline: a moment and a pinned entry are of the run that was shown."""
    if run_id is None:
        st.session_state.pop(f"{prefix}_run", None)
        st.query_params.pop("run", None)
    else:
        st.session_state[f"{prefix}_run"] = run_id
    view = st.session_state.get(f"{prefix}_view", {})
    if of_that_run := [key for key in OF_ONE_RUN if view.get(key) is not None]:
        st.session_state[f"{prefix}_view"] = view | dict.fromkeys(of_that_run)


def first_view(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """How a run is looked at before the address can be checked: by default, but at its moment."""
    step = st.query_params.get("step", "")
    known = step.isdecimal() and len(step) < 8
    return {**defaults, "step": int(step)} if known else dict(defaults)


def presents(prefix: str) -> bool:
    """Whether one panel covers the window."""
    return bool(st.session_state.get(f"{prefix}_present", False))


def read_speed_and_presence(prefix: str) -> None:
    """Take from the address how fast a run goes, and whether one panel covers the window."""
    speed = st.query_params.get("speed", "full")
    st.session_state[f"{prefix}_speed"] = speed if speed in SPEEDS else "full"
    st.session_state[f"{prefix}_present"] = st.query_params.get("present") in ("1", "true")


def speed_and_presence(prefix: str) -> dict[str, str | None]:
    """The same for the address, None where it need not be said."""
    speed = st.session_state[f"{prefix}_speed"]
    return {
        "speed": speed if speed != "full" else None,
        "present": "1" if presents(prefix) else None,
    }


@whole
def take_view() -> None:
    """The browser changed how it looks at the run."""
    reported = getattr(st.session_state.get("live"), "view", None)
    if reported is not None and "live_view" in st.session_state:  # its address has been read
        from web.settings import links

        st.session_state["live_view"] = links.checked_view(reported)


@whole
def leave_presentation() -> None:
    st.session_state["live_present"] = False


def read_address() -> None:
    """Take preset, settings and view from the address, once a session; before any widget.

    An address that names a run and no preset shows that run's own settings, and so does a run
    opened from the list.
    """
    if "live_view" in st.session_state:
        if opened := st.session_state.pop("live_opened", None):
            _take_settings_of(opened)
        return
    from web.settings import links

    preset, settings, view, ignored = links.read(carried.own_params())
    if "preset" not in st.query_params and "live_run" in st.session_state:
        st.session_state["live_opened"] = st.session_state["live_run"]
    if "live_run" in st.session_state and "step" not in st.query_params:
        view["step"] = None  # the preset speaks of a moment of its recording
    st.session_state["live_view"] = view
    st.session_state["live_preset"] = preset
    st.session_state["live_ignored"] = ignored
    for key, value in settings.items():
        st.session_state[f"live_{key}"] = value
    read_speed_and_presence("live")
    read_address()  # the settings of a run that has been opened


def _take_settings_of(run_id: str) -> None:
    """Let the widgets say what a run was trained with, as what differs from the nearest preset."""
    from cacr_core.presets import PRESETS
    from cacr_core.training import TrainConfig
    from web.settings import links

    try:
        folder = shelf.find(run_id)
        config = TrainConfig.from_json((folder / "config.json").read_text("utf-8"))
    except (ValueError, OSError):
        return
    settings = take_images_of(folder, links.settings_of(config))

    def likeness(name: str) -> int:
        own = links.settings_of(PRESETS[name].config)
        return sum(own[key] == value for key, value in settings.items())

    st.session_state["live_preset"] = max(PRESETS, key=likeness)
    for key, value in settings.items():
        st.session_state[f"live_{key}"] = value


def chosen_settings() -> dict[str, Any]:
    from cacr_core.presets import PRESETS
    from web.settings import links

    names = links.settings_of(PRESETS[st.session_state["live_preset"]].config)
    return {key: st.session_state.get(f"live_{key}", value) for key, value in names.items()}


@whole
def take_preset() -> None:
    """Let the widgets say what the preset does, and show its recording unless one's own trains."""
    from cacr_core.presets import PRESETS
    from web.settings import links

    preset = st.session_state["live_preset"]
    keep = ("dataset", "image_size", "n_probes", *KEPT)
    for key, value in links.settings_of(PRESETS[preset].config).items():
        if key not in keep:
            st.session_state[f"live_{key}"] = value
    if not is_at_work("live"):
        show("live", None)
        own = {key: st.session_state["live_view"][key] for key in OWN_LOOK}
        st.session_state["live_view"] = links.preset_view(preset) | own


def is_at_work(prefix: str) -> bool:
    """Whether the page shows a run of one's own that trains or waits."""
    try:
        folder = shelf.find(st.session_state.get(f"{prefix}_run", ""))
    except ValueError:
        return False
    return files.status(folder) in files.ACTIVE and not roles.not_yours(folder)


def write_address(shown: Shown) -> None:
    """Let the address say what the page shows; after all widgets, so that they have spoken."""
    from web.settings import links

    params = links.write(
        st.session_state["live_preset"],
        chosen_settings(),
        st.session_state["live_view"],
        run=shown.id if shown.id != recorded_id() else None,
        **speed_and_presence("live"),
    )
    carried.write(params)
