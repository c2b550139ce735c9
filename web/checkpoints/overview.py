"""What one came for, on one screen: is it healthy, what does it see, and what does that tell."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cacr_core.runs import shelf
from web.checkpoints.beside import beside_the_cloud
from web.checkpoints.card import unknown
from web.checkpoints.features import Asked, embedded_run
from web.checkpoints.health import healthy
from web.checkpoints.scored import told_in_short
from web.checkpoints.session import Shown
from web.settings.looks import LIVE, defaults_of
from web.shell.components import live_view

UPPER, LOWER = 430, 268  # pixels: together with the head they fill a window of 900
INVITATION = (
    "The images through this encoder, as a cloud: near means alike. Beside it the nearest of any "
    "one; below, whether the features live and which classes they tell."
)


def overview(shown: Shown, asked: Asked | None) -> None:
    """All panels have their sizes before their data."""
    if asked is None:
        unknown(shown)
        return
    with st.container(key="checkpoints_upper"):
        left, right = st.columns([5, 3], gap="small")
    with st.container(key="checkpoints_lower"):
        below_left, below_right = st.columns(2, gap="small")
    with left, st.container(height=UPPER, border=True, key="checkpoints_cloud"):
        run_id, query = _cloud(shown, asked)
    with right, st.container(height=UPPER, border=True):
        beside_the_cloud(shown, asked, run_id, query)
    with below_left, st.container(height=LOWER, border=True, gap="xsmall"):
        healthy(shown, asked, run_id)
    with below_right, st.container(height=LOWER, border=True, gap="xsmall"):
        told_in_short(shown, run_id)


def _cloud(shown: Shown, asked: Asked) -> tuple[Path | None, int]:
    """The cloud, once it was asked for: the folder of its run, and the image that is chosen."""
    run_id = embedded_run(shown, asked, INVITATION)
    if run_id is None:
        return None, 0
    found = live_view(
        key="checkpoint_cloud",
        run=run_id,
        example=False,
        view=defaults_of(LIVE),
        present=False,
        invite="",
        state="finished",
        room="alone",
    )
    view = found.view or {}
    query = view.get("query")
    return shelf.find(run_id), query if isinstance(query, int) else 0
