"""How much hangs on the normalisation that was assumed: worked out on a click."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cacr_core.checkpoints.features.sensitivity import (
    N_SEEN,
    PROTOCOL,
    n_passes,
    spread_words,
    under_each,
)
from cacr_core.scores import words_of
from web.checkpoints import tables
from web.checkpoints.question import images_of, state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import ask_anew, seen_by_process
from web.shell.plain import plain


def pixels_panel(shown: Shown, dataset: str) -> None:
    """kNN on some images under each normalisation that the file may have been made for."""
    card = shown.card
    if card.network is None or card.blocked or card.network.channels != 3:
        return
    question = (shown.reference, dataset)
    if st.button(
        "Try every normalisation",
        help=f"Up to {N_SEEN} images of {plain(dataset)} and those they are compared with, at most "
        f"{n_passes(card):,} passes through the network.",
    ):
        st.session_state["checkpoints_hangs"] = question
        ask_anew("pixels")
    if st.session_state.get("checkpoints_hangs") != question:
        return
    try:
        found = seen_by_process(
            ("pixels", state_of(shown), images_of(dataset)),
            partial(under_each, shown.opened, card, dataset, device="auto"),
            lambda job, done, total: job.tell(done, total, "passes"),
        )
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if found is None:
        return
    rows = {one.name: [one.score.accuracy] for one in found}
    what = words_of(PROTOCOL, found[0].score.n_bank)
    tables.table(
        "normalised as",
        rows,
        [f"right by {what}, 95 %"],
        "kNN by normalisation",
        plain(spread_words(found)),
    )
