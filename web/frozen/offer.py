"""The button of the live page that saves the run shown as one file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from cacr_core.commands.freeze import MOST
from web.shell import roles

HELP = (
    "One HTML file: it opens from disk, offline, and shows and answers what this page does. Making "
    "it takes some seconds."
)


def offer(folder: Path | None) -> None:
    """The button, for the owner of the app; it says why where there is nothing to freeze.

    Args:
        folder: Of the run on the page, None where there is none.
    """
    if folder is None or not roles.me().is_owner:
        return
    why = _why_not(folder)
    st.download_button(
        "Freeze as one page",
        data=partial(_frozen, folder),
        file_name=f"{folder.name}.html",
        mime="text/html",
        key="live_freeze",
        help=why or HELP,
        disabled=bool(why),
        on_click="ignore",
        icon=":material/ac_unit:",
        width="stretch",
    )


def _why_not(folder: Path) -> str:
    from web.frozen.recording import refuse  # loads torch, which the first view does not wait for

    try:
        refuse(folder)
    except (ValueError, OSError) as error:
        return str(error)
    return ""


def _frozen(folder: Path) -> bytes:
    from web.frozen.freeze import freeze

    return freeze(folder, int(MOST * 1e6)).encode()
