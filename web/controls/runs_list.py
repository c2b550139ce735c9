"""The runs there are: the dialog that lists them, and the switch for a projector."""

from __future__ import annotations

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.controls.state import EXAMPLE


def shelf_and_present() -> None:
    """The list of runs, and the switch for a projector."""
    left, right = st.columns(2, gap="small", vertical_alignment="center")
    if left.button("Runs", width="stretch", icon=":material/folder_open:"):
        _show_shelf()
    right.toggle("Present", key="live_present", help="One large panel for a projector; Esc leaves.")


@st.dialog("Runs", width="large")
def _show_shelf() -> None:
    found = shelf.list_runs()
    total = sum(run.n_bytes for run in found)
    n_runs = f"{len(found)} run{'' if len(found) == 1 else 's'}"
    st.caption(f"{n_runs}, {_size(total)} on disk in {shelf.runs_folder()}.")
    if st.button("Show the recorded example"):
        _open(EXAMPLE)
    if gone := shelf.deleted():
        st.button(f"Undo deleting {gone[0]}", on_click=shelf.undelete, args=(gone[0],))
    for run in found:
        with st.container(border=True):
            name, facts, actions = st.columns([3, 2, 3], vertical_alignment="center")
            name.text_input(
                f"Title of {run.id}",
                run.title,
                key=f"live_title_{run.id}",
                max_chars=80,
                label_visibility="collapsed",
                on_change=_rename,
                args=(run.id,),
            )
            facts.caption(
                f"{run.state}, step {run.step:,} of {run.n_steps:,}  \n"
                f"{run.created.replace('T', ' ')}, {_size(run.n_bytes)}"
            )
            one, two, three = actions.columns(3)
            if one.button("Open", key=f"live_open_{run.id}"):
                _open(run.id)
            two.button(
                "Delete",
                key=f"live_delete_{run.id}",
                disabled=run.state in files.ACTIVE,
                on_click=_delete,
                args=(run.id,),
            )
            three.download_button(
                "Save",
                data=lambda run_id=run.id: shelf.to_zip(shelf.find(run_id)),
                file_name=f"{run.id}.zip",
                mime="application/zip",
                key=f"live_save_{run.id}",
                on_click="ignore",
            )
    sent = st.file_uploader("Open a run file", type="zip", max_upload_size=200)
    if sent is not None:
        try:
            folder = shelf.from_zip(sent.getvalue())
        except ValueError as error:
            st.error(f"{error}", icon=":material/error:")
        else:
            _open(folder.name)


def _open(run_id: str) -> None:
    st.session_state["live_run"] = run_id
    st.session_state["live_opened"] = run_id
    st.rerun()


def _rename(run_id: str) -> None:
    try:
        shelf.rename(shelf.find(run_id), st.session_state[f"live_title_{run_id}"])
    except ValueError as error:
        st.session_state["live_error"] = str(error)


def _delete(run_id: str) -> None:
    try:
        shelf.delete(shelf.find(run_id))
        if st.session_state.get("live_run") == run_id:
            st.session_state["live_run"] = EXAMPLE
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = str(error)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.1f} MB" if n_bytes < 2**30 else f"{n_bytes / 2**30:,.1f} GB"
