"""The button that saves what a page shows as one file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from cacr_core.commands.freeze import MOST
from web.forces.presets import Scene
from web.shell import roles
from web.shell.options import of_page

HELP = (
    "One HTML file: it opens from disk, offline, and shows and answers what this page does. Making "
    "it takes some seconds."
)


def offer(folder: Path | None, prefix: str = "live") -> None:
    """The button, for the owner of the app; it says why where there is nothing to freeze.

    Args:
        folder: Of the run or the comparison on the page, None where there is none.
        prefix: Of the page's keys in the session.
    """
    if folder is None or not roles.me().is_owner:
        return
    why = _why_not(folder)
    _button(partial(_frozen, folder, of_page()), folder.name, prefix, why)


def offer_scene(known: dict[str, Scene]) -> None:
    """The button of the forces page.

    Args:
        known: The board as it stands, as a scene by its name.
    """
    if roles.me().is_owner:
        make = partial(_frozen_scene, known, of_page())
        _button(make, f"forces-{next(iter(known))}", "forces", "")


def _button(make: Callable[[], bytes], name: str, prefix: str, why: str) -> None:
    st.download_button(
        "Freeze as one page",
        data=make,
        file_name=f"{name}.html",
        mime="text/html",
        key=f"{prefix}_freeze",
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


def _frozen(folder: Path, code: str) -> bytes:
    from web.frozen.freeze import freeze

    return freeze(folder, int(MOST * 1e6), code).encode()


def _frozen_scene(known: dict[str, Scene], code: str) -> bytes:
    from web.frozen.freeze import freeze_scenes

    return freeze_scenes(known, code).encode()
