"""Which file: one that ships, one in a folder, a run's encoder, or a small upload."""

from __future__ import annotations

import os
from functools import partial

import streamlit as st

from cacr_core.checkpoints import Refused, hub
from web.checkpoints import session
from web.checkpoints.overrides import forget_by_hand, overrides
from web.checkpoints.question import answered
from web.checkpoints.work import answer_to, ask_anew
from web.shell import roles
from web.shell.options import spoken
from web.shell.plain import plain
from web.shell.whole import whole


def pick() -> session.Shown | None:
    """The file that is looked at; None where it cannot be opened, which has then been said."""
    with st.sidebar:
        _choice()
        if roles.me().is_local:
            _folders()
        if not roles.refusal("upload"):
            _upload()
        if roles.me().is_owner:
            _hub()
    reference = st.session_state["checkpoints_a"]
    if message := st.session_state.pop("checkpoints_upload_error", None):
        st.error(plain(message), icon=":material/block:")
    return opened_by_hand(reference)


def opened_by_hand(reference: str) -> session.Shown | None:
    """A file with what was set by hand for it, which is dropped where it does not fit; None where
    it cannot be opened. Either has then been said."""
    try:
        as_it_is = session.open_reference(reference)
    except (ValueError, OSError) as error:
        refused(error)
        return None
    try:
        return session.open_reference(reference, **overrides(reference))
    except ValueError as error:  # of a link, or of another file of the same name
        forget_by_hand(reference)
        st.warning(plain(f"What was set by hand does not fit this file: {error}"))
        return as_it_is


def refused(error: Exception) -> None:
    """Why a file was not opened, and how to save it again where that helps."""
    st.error(plain(str(error)), icon=":material/block:")
    if isinstance(error, Refused) and error.recipe:
        st.caption("Save it again where it was made, and open what this writes:")
        st.code(error.recipe, language=None, wrap_lines=True)


def _choice() -> None:
    if chosen := st.session_state.pop("checkpoints_next", None):  # before its widget is made
        st.session_state["checkpoints_a"] = chosen
    found = session.references()
    if st.session_state["checkpoints_a"] not in found:
        found[st.session_state["checkpoints_a"]] = session.label_of(
            st.session_state["checkpoints_a"]
        )
    st.selectbox(
        "Checkpoint",
        list(found),
        format_func=spoken(found.__getitem__),
        key="checkpoints_a",
        persist_state="session",
    )


def _folders() -> None:
    with st.expander("Folders to look in"):
        st.text_area(
            "One folder a line",
            key="checkpoints_folders",
            persist_state="session",
            placeholder="/data/checkpoints",
            help="Large files are opened where they are; nothing in a file is ever run. A reload "
            "of the page forgets them; those of CACR_FOLDERS, set where the app is started, stay.",
        )
        for folder in session.folders():
            if not os.path.isdir(folder):
                st.error(plain(f"{folder} is not a folder. Name one that exists."))


def _hub() -> None:
    """A model of the Hub by name: what it would fetch is said on the button that fetches it."""
    with st.expander("A model of the Hugging Face Hub"):
        text = st.text_input("Its name", key="checkpoints_hub", placeholder="facebook/dinov2-small")
        if not text:
            return
        try:
            offer = answered(("hub", text.strip()), lambda: hub.look_up(text))
        except ValueError as error:
            st.error(plain(str(error)))
            return
        st.caption(plain(f"{offer.main} and {len(offer.files) - 1} files beside it."))
        st.button(f"Download {offer.megabytes:,.1f} MB", on_click=_ask_for, args=(offer.name,))
        if st.session_state.get("checkpoints_fetch") != offer.name:
            return
        try:
            made = answer_to(
                ("fetch", offer.name, offer.revision),
                lambda job: hub.fetch(offer, partial(job.tell, words="bytes")),
            )
        except ValueError as error:
            st.error(plain(str(error)))
            return
        if made is not None:
            st.session_state.pop("checkpoints_fetch")
            known = st.session_state.setdefault("checkpoints_from_hub", {})
            known[offer.name] = made.parent
            st.session_state["checkpoints_next"] = f"hub:{offer.name}"
            st.rerun()


@whole
def _ask_for(name: str) -> None:
    st.session_state["checkpoints_fetch"] = name
    ask_anew("fetch")


def _upload() -> None:
    st.file_uploader(
        f"Or drop a file of at most {session.MOST_UPLOAD} MB",
        max_upload_size=session.MOST_UPLOAD,
        help="It is kept for as long as this page is open and goes with a reload; a folder that is "
        "named stays where it is.",
        key="checkpoints_upload",
        on_change=_take_upload,
    )


@whole
def _take_upload() -> None:
    sent = st.session_state["checkpoints_upload"]
    if sent is not None:
        try:
            session.take_upload(sent.getvalue(), sent.name)
        except (ValueError, OSError) as error:
            st.session_state["checkpoints_upload_error"] = str(error)
