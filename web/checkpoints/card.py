"""The card: what a checkpoint is and how sure that is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from web.checkpoints import tables
from web.checkpoints.by_hand import by_hand, normalisation_name
from web.checkpoints.hangs import pixels_panel
from web.checkpoints.inside import filters_of
from web.checkpoints.session import Shown, plain

SURE = {
    "sure": ":green-badge[sure]",
    "likely": ":orange-badge[likely]",
    "unsure": ":red-badge[unsure]",
}


def card_panel(shown: Shown) -> None:
    """Family, encoder, architecture and all else that is known, with what may be overridden."""
    card = shown.card
    left, right = st.columns([3, 2], gap="large")
    with left:
        family = plain(card.family or "Not a layout this app knows")
        st.markdown(f"## {family}  {SURE[card.confidence]}", anchors=False)
        st.caption(plain(f"Because {card.why}." if card.why else ""))
        tables.facts({name: plain(fact) for name, fact in facts(shown).items()}, "The card")
        for doubt in card.doubts:
            if doubt != card.blocked:
                st.caption(plain(doubt))
    with right:
        filters_of(shown)
    if card.blocked:
        st.warning(plain(card.blocked), icon=":material/warning:")
    by_hand(shown)
    pixels_panel(shown)
    st.markdown("## In the file", anchors=False)
    _keys(shown)
    _tensors(shown)


def facts(shown: Shown) -> dict[str, str]:
    """What is known, in the words of the card's table."""
    card, opened = shown.card, shown.opened
    found = {"architecture": card.architecture or "not known"}
    if card.stem:
        found["architecture"] += f", {card.stem} stem"
    if card.feature_dim:
        found["features"] = f"{card.feature_dim:,} numbers an image"
    if card.head:
        found["head"] = ", ".join(layer.text for layer in card.head.layers)
    elif card.network:
        found["head"] = "none"
    if card.input_size and card.normalisation:
        known = normalisation_name(card.normalisation) or "by numbers of its own"
        how = "assumed" if card.normalisation.assumed else "set by hand"
        found["images"] = f"{card.input_size} pixels, normalised: {known} ({how})"
        if card.normalisation.source:
            found["normalised so by"] = card.normalisation.source
    if wanted := card.matched + len(card.missing):
        found["tensors that fit"] = f"{card.matched:,} of {wanted:,} that the encoder needs"
    found["epoch"] = "not stored" if card.epoch is None else f"{card.epoch:,}"
    found["file"] = (
        f"{opened.n_bytes / 1e6:,.1f} MB, {card.container}, {card.n_tensors:,} tensors, "
        f"{card.n_parameters:,} weights"
    )
    return found


def _keys(shown: Shown) -> None:
    card = shown.card
    for name, keys in (("missing", card.missing), ("unexpected", card.unexpected)):
        if keys:
            with st.expander(f"{len(keys):,} {name}"):
                st.code("\n".join(keys[:200]), language=None, wrap_lines=True)
    if card.unread:
        with st.expander(f"{len(card.unread):,} entries not read, and why"):
            st.caption("No code of a file is ever run; the rest of the file is read without them.")
            frame = pd.DataFrame(card.unread.items(), columns=["name", "why"])
            st.dataframe(frame, hide_index=True, alt="Entries that were not read")
    if card.settings:
        with st.expander(f"{len(card.settings):,} settings stored in the file"):
            rows = [(key, str(value)) for key, value in card.settings.items()]
            frame = pd.DataFrame(rows, columns=["name", "value"])
            st.dataframe(frame, hide_index=True, alt="Settings stored in the file")


def _tensors(shown: Shown) -> None:
    rows = [
        (name, " x ".join(map(str, one.shape)) or "one number", one.dtype, one.n_bytes)
        for name, one in shown.opened.tensors.items()
    ]
    with st.expander(f"All {len(rows):,} tensors", expanded=shown.card.family is None):
        frame = pd.DataFrame(rows, columns=["name", "shape", "type", "bytes"])
        st.dataframe(frame, hide_index=True, alt="All tensors in the file")
