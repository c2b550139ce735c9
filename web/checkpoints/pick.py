"""Which file: one that ships, one in a folder, a run's encoder, or a small upload."""

from __future__ import annotations

import streamlit as st

from cacr_core.checkpoints import Refused
from web.checkpoints import session
from web.shell import roles
from web.shell.whole import whole


def pick() -> session.Shown | None:
    """The file that is looked at; None where it cannot be opened, which has then been said."""
    with st.sidebar:
        _choice()
        if roles.me().is_local:
            _folders()
        if not roles.refusal("upload"):
            _upload()
    reference = st.session_state["checkpoints_a"]
    if message := st.session_state.pop("checkpoints_upload_error", None):
        st.error(session.plain(message), icon=":material/block:")
    try:
        plain = session.open_reference(reference)
    except (ValueError, OSError) as error:
        refused(error)
        return None
    try:
        return session.open_reference(reference, **overrides())
    except ValueError as error:  # of a link, or of another file of the same name
        st.session_state["checkpoints_override"].pop(reference, None)
        st.warning(session.plain(f"What was set by hand does not fit this file: {error}"))
        return plain


def overrides() -> dict[str, object]:
    """What the person set by hand for this file."""
    known = st.session_state["checkpoints_override"]
    return dict(known.get(st.session_state["checkpoints_a"], {}))


def set_override(name: str, value: object) -> None:
    """Keep what the person knows better of this file; None takes it back."""
    known = st.session_state["checkpoints_override"]
    own = known.setdefault(st.session_state["checkpoints_a"], {})
    if value is None:
        own.pop(name, None)
    else:
        own[name] = value


def refused(error: Exception) -> None:
    """Why a file was not opened, and how to save it again where that helps."""
    st.error(session.plain(str(error)), icon=":material/block:")
    if isinstance(error, Refused) and error.recipe:
        st.caption("Save it again where it was made, and open what this writes:")
        st.code(error.recipe, language=None, wrap_lines=True)


def _choice() -> None:
    found = session.references()
    if st.session_state["checkpoints_a"] not in found:
        found[st.session_state["checkpoints_a"]] = "not here any more"
    st.selectbox("Checkpoint", list(found), format_func=found.__getitem__, key="checkpoints_a")


def _folders() -> None:
    with st.expander("Folders to look in"):
        st.text_area(
            "One folder a line",
            key="checkpoints_folders",
            placeholder="/data/checkpoints",
            help="Large files are opened where they are; nothing in a file is ever run. A reload "
            "of the page forgets them; those of CACR_FOLDERS, set where the app is started, stay.",
        )
        for folder in session.folders():
            if not folder.is_dir():
                st.error(session.plain(f"{folder} is not a folder. Name one that exists."))


def _upload() -> None:
    st.file_uploader(
        f"Or drop a file of at most {session.MOST_UPLOAD} MB",
        max_upload_size=session.MOST_UPLOAD,
        key="checkpoints_upload",
        on_change=_take_upload,
    )


@whole
def _take_upload() -> None:
    sent = st.session_state["checkpoints_upload"]
    if sent is not None:
        try:
            session.take_upload(sent.getvalue(), sent.name)
        except ValueError as error:
            st.session_state["checkpoints_upload_error"] = str(error)
