"""The runs there are, listed in a dialog: open, rename, save, delete and undo; for any page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.shell import roles
from web.shell.plain import plain
from web.shell.session import Shown, recorded_id, show
from web.shell.whole import whole


def shelf_and_present() -> None:
    """The live page's list of runs, and the switch for a projector."""
    left, right = st.columns(2, gap="small", vertical_alignment="center")
    with left:
        runs_button("live", "Runs", _show_runs)
    with right:
        present_switch("live")


def present_switch(prefix: str) -> None:
    """The switch that lets one panel cover the window."""
    st.toggle(
        "Present",
        key=f"{prefix}_present",
        persist_state="session",
        help="One large panel for a projector; Esc leaves.",
    )


def to_forces(shown: Shown) -> None:
    """A button that takes the query to the Forces page."""
    if st.button(
        "Forces of this query",
        width="stretch",
        icon=":material/open_with:",
        disabled=shown.id is None,
        help="Put the query's distances on a circle, to drag them and to compare two losses.",
    ):
        query = st.session_state.get("live_view", {}).get("query") or 0
        st.session_state["forces_asked"] = (shown.id, query)
        st.switch_page("pages/forces.py")


def runs_button(prefix: str, label: str, dialog: Callable[[], Any]) -> None:
    """A button that opens the list; it stays open over reruns until it is dismissed."""
    if st.button(label, width="stretch", icon=":material/folder_open:"):
        st.session_state[f"{prefix}_listing"] = True
    if st.session_state.get(f"{prefix}_listing"):
        dialog()


def dismissed(prefix: str) -> None:
    """The list was closed: nothing is asked any more."""
    for key in ("listing", "doubted"):
        st.session_state.pop(f"{prefix}_{key}", None)


@st.dialog("Runs", width="large", on_dismiss=lambda: dismissed("live"))
def _show_runs() -> None:
    list_of_runs("live", comparisons=False, example=recorded_id())


def list_of_runs(prefix: str, comparisons: bool, example: str) -> None:
    """Own runs, or own comparisons, with what can be done to each.

    Args:
        prefix: Of the page's keys in `st.session_state`; what is opened goes to `PREFIX_run`.
        comparisons: List these rather than single runs.
        example: Id of the recorded one.
    """
    if st.session_state.pop(f"{prefix}_moved", False):
        st.rerun()  # the page behind shows another run now
    listed = shelf.list_runs(with_deleted=True)
    listed = [run for run in listed if run.is_comparison == comparisons and _is_seen(run)]
    kept = [run for run in listed if run.hours_left is None]
    what = "comparison" if comparisons else "run"
    n_runs = f"{len(kept)} {what}{'' if len(kept) == 1 else 's'}"
    total = sum(run.n_bytes for run in kept)
    where = f" in {shelf.runs_folder()}" if roles.me().is_owner else ""
    st.caption(f"{n_runs}, {_size(total)} on disk{plain(where)}.")
    if message := st.session_state.pop(f"{prefix}_unlisted", None):
        st.error(plain(message), icon=":material/error:")
    if st.button("Show the recorded example"):
        _open(prefix, example)
    for run in listed:
        with st.container(border=True):
            if run.hours_left is not None:
                _deleted_line(prefix, run)
            elif st.session_state.get(f"{prefix}_doubted") == run.id:
                _question(prefix, run)
            else:
                _line(prefix, run)
    if not roles.refusal("upload"):
        _from_file(prefix, what)


def _is_seen(run: shelf.RunInfo) -> bool:
    """Whether a run is listed: of the deleted ones those that one may bring back."""
    return run.hours_left is None or not roles.not_yours(shelf.bin_folder() / run.id)


def _from_file(prefix: str, what: str) -> None:
    sent = st.file_uploader(f"Open a {what} file", type="zip", max_upload_size=200)
    if sent is None:
        return
    try:
        folder = shelf.from_zip(sent.getvalue())
        roles.claim(folder)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        _open(prefix, folder.name)


def _line(prefix: str, run: shelf.RunInfo) -> None:
    name, facts, actions = st.columns([3, 2, 3], vertical_alignment="center")
    why = roles.not_yours(shelf.runs_folder() / run.id)
    name.text_input(
        f"Title of {run.id}",
        run.title,
        key=f"{prefix}_title_{run.id}",
        max_chars=80,
        disabled=bool(why),
        label_visibility="collapsed",
        on_change=_rename,
        args=(prefix, run.id),
    )
    facts.caption(
        f"{run.state}, step {run.step:,} of {run.n_steps:,}  \n"
        f"{plain(run.created.replace('T', ' '))}, {_size(run.n_bytes)}"
    )
    if run.damage:
        facts.warning(plain(run.damage), icon=":material/broken_image:")
    one, two, three = actions.columns(3)
    if one.button("Open", key=f"{prefix}_open_{run.id}"):
        _open(prefix, run.id)
    two.button(
        "Delete",
        key=f"{prefix}_delete_{run.id}",
        disabled=bool(why) or run.state in files.ACTIVE,
        help=why or ("It is at work: stop it first." if run.state in files.ACTIVE else None),
        on_click=_doubt,
        args=(prefix, run.id),
    )
    large = run.n_bytes > shelf.MOST_BYTES
    why = shelf.too_large(shelf.find(run.id)) if large else ""
    three.download_button(
        "Save",
        data=partial(_zip_of, run.id, roles.me().is_owner),
        disabled=bool(why),
        help=why or None,
        file_name=f"{run.id}.zip",
        mime="application/zip",
        key=f"{prefix}_save_{run.id}",
        on_click="ignore",
    )


def _zip_of(run_id: str, with_places: bool) -> bytes:
    return shelf.to_zip(shelf.find(run_id), with_places)


def _question(prefix: str, run: shelf.RunInfo) -> None:
    """Whether a run is really to be deleted, and what goes with it."""
    words, actions = st.columns([5, 3], vertical_alignment="center")
    what = "All its entries and repeats" if run.is_comparison else "Its snapshots and weights"
    words.markdown(
        f"**Delete “{plain(run.title)}”?** {what} go, {_size(run.n_bytes)}. "
        "For a day it can be brought back here."
    )
    one, two = actions.columns(2)
    one.button(
        "Delete it",
        type="primary",
        key=f"{prefix}_really_{run.id}",
        on_click=_delete,
        args=(prefix, run.id),
    )
    two.button("Keep it", key=f"{prefix}_keep_{run.id}", on_click=_doubt, args=(prefix, None))


def _deleted_line(prefix: str, run: shelf.RunInfo) -> None:
    words, action = st.columns([6, 2], vertical_alignment="center")
    hours = max(1, round(run.hours_left or 0))
    words.caption(
        f"“{plain(run.title)}” is deleted, and goes for good in {hours} "
        f"hour{'' if hours == 1 else 's'}."
    )
    action.button("Undo", key=f"{prefix}_undo_{run.id}", on_click=_undelete, args=(prefix, run.id))


def _open(prefix: str, run_id: str) -> None:
    show(prefix, run_id)
    st.session_state[f"{prefix}_opened"] = run_id
    dismissed(prefix)
    st.rerun()


@whole
def _rename(prefix: str, run_id: str) -> None:
    try:
        roles.check_own(shelf.find(run_id))
        shelf.rename(shelf.find(run_id), st.session_state[f"{prefix}_title_{run_id}"])
    except (ValueError, OSError) as error:
        st.session_state[f"{prefix}_unlisted"] = str(error)


@whole
def _doubt(prefix: str, run_id: str | None) -> None:
    st.session_state[f"{prefix}_doubted"] = run_id


@whole
def _delete(prefix: str, run_id: str) -> None:
    _doubt(prefix, None)
    try:
        roles.check_own(shelf.find(run_id))
        shelf.delete(shelf.find(run_id))
    except (ValueError, OSError) as error:
        st.session_state[f"{prefix}_unlisted"] = str(error)
        return
    if st.session_state.get(f"{prefix}_run") == run_id:
        show(prefix, None)
        st.session_state[f"{prefix}_moved"] = True
        st.session_state[f"{prefix}_missed"] = run_id


@whole
def _undelete(prefix: str, run_id: str) -> None:
    try:
        if run_id in shelf.deleted():
            roles.check_own(shelf.bin_folder() / run_id)
        shelf.undelete(run_id)
    except (ValueError, OSError) as error:
        st.session_state[f"{prefix}_unlisted"] = str(error)
        return
    if st.session_state.get(f"{prefix}_missed") == run_id:
        show(prefix, run_id)
        st.session_state[f"{prefix}_moved"] = True


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.1f} MB" if n_bytes < 2**30 else f"{n_bytes / 2**30:,.1f} GB"
