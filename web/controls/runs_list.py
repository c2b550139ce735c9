"""The runs there are, listed in a dialog: open, rename, save, delete; for any page."""

from __future__ import annotations

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.controls.state import EXAMPLE, Shown


def shelf_and_present() -> None:
    """The live page's list of runs, and the switch for a projector."""
    left, right = st.columns(2, gap="small", vertical_alignment="center")
    if left.button("Runs", width="stretch", icon=":material/folder_open:"):
        _show_runs()
    right.toggle("Present", key="live_present", help="One large panel for a projector; Esc leaves.")


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


@st.dialog("Runs", width="large")
def _show_runs() -> None:
    list_of_runs("live", comparisons=False, example=EXAMPLE)


def list_of_runs(prefix: str, comparisons: bool, example: str) -> None:
    """Own runs, or own comparisons, with what can be done to each.

    Args:
        prefix: Of the page's keys in `st.session_state`; what is opened goes to `PREFIX_run`.
        comparisons: List these rather than single runs.
        example: Id of the recorded one.
    """
    found = [run for run in shelf.list_runs() if run.is_comparison == comparisons]
    total = sum(run.n_bytes for run in found)
    what = "comparison" if comparisons else "run"
    n_runs = f"{len(found)} {what}{'' if len(found) == 1 else 's'}"
    st.caption(f"{n_runs}, {_size(total)} on disk in {shelf.runs_folder()}.")
    if st.button("Show the recorded example"):
        _open(prefix, example)
    if gone := shelf.deleted():
        st.button(f"Undo deleting {gone[0]}", on_click=shelf.undelete, args=(gone[0],))
    for run in found:
        with st.container(border=True):
            _line(prefix, run)
    sent = st.file_uploader(f"Open a {what} file", type="zip", max_upload_size=200)
    if sent is not None:
        try:
            folder = shelf.from_zip(sent.getvalue())
        except ValueError as error:
            st.error(f"{error}", icon=":material/error:")
        else:
            _open(prefix, folder.name)


def _line(prefix: str, run: shelf.RunInfo) -> None:
    name, facts, actions = st.columns([3, 2, 3], vertical_alignment="center")
    name.text_input(
        f"Title of {run.id}",
        run.title,
        key=f"{prefix}_title_{run.id}",
        max_chars=80,
        label_visibility="collapsed",
        on_change=_rename,
        args=(prefix, run.id),
    )
    facts.caption(
        f"{run.state}, step {run.step:,} of {run.n_steps:,}  \n"
        f"{run.created.replace('T', ' ')}, {_size(run.n_bytes)}"
    )
    one, two, three = actions.columns(3)
    if one.button("Open", key=f"{prefix}_open_{run.id}"):
        _open(prefix, run.id)
    two.button(
        "Delete",
        key=f"{prefix}_delete_{run.id}",
        disabled=run.state in files.ACTIVE,
        on_click=_delete,
        args=(prefix, run.id),
    )
    three.download_button(
        "Save",
        data=lambda run_id=run.id: shelf.to_zip(shelf.find(run_id)),
        file_name=f"{run.id}.zip",
        mime="application/zip",
        key=f"{prefix}_save_{run.id}",
        on_click="ignore",
    )


def _open(prefix: str, run_id: str) -> None:
    st.session_state[f"{prefix}_run"] = run_id
    st.session_state[f"{prefix}_opened"] = run_id
    st.rerun()


def _rename(prefix: str, run_id: str) -> None:
    try:
        shelf.rename(shelf.find(run_id), st.session_state[f"{prefix}_title_{run_id}"])
    except ValueError as error:
        st.session_state[f"{prefix}_error"] = str(error)


def _delete(prefix: str, run_id: str) -> None:
    try:
        shelf.delete(shelf.find(run_id))
        if st.session_state.get(f"{prefix}_run") == run_id:
            st.session_state.pop(f"{prefix}_run")
            st.query_params.pop("run", None)
    except (ValueError, OSError) as error:
        st.session_state[f"{prefix}_error"] = str(error)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.1f} MB" if n_bytes < 2**30 else f"{n_bytes / 2**30:,.1f} GB"
