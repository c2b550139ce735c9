"""The whole card: facts, why and doubts, and what is in the file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cacr_core.checkpoints.facts import moment_of
from web.checkpoints import tables
from web.checkpoints.by_hand import normalisation_name
from web.checkpoints.session import Shown
from web.shell.plain import plain


def whole_card(shown: Shown) -> None:
    """All that is known of a file as facts, why, and every doubt."""
    card = shown.card
    st.caption(plain(f"Because {card.why}." if card.why else ""))
    tables.facts({name: plain(fact) for name, fact in facts(shown).items()}, "The card")
    for doubt in card.doubts:
        if doubt != card.blocked:
            st.caption(plain(doubt))


def in_the_file(shown: Shown) -> None:
    """Names that are missing or too many, what was not read, settings, and every tensor."""
    _keys(shown)
    _tensors(shown)


def unknown(shown: Shown) -> None:
    """The first screen of a file whose network cannot be built: what was found in it."""
    if shown.card.blocked:
        st.warning(plain(shown.card.blocked), icon=":material/warning:")
    st.info(
        "Health, features and accuracy need a network that this app can build. What the file holds "
        "is listed here by name and shape; nothing in it was run."
    )
    whole_card(shown)
    in_the_file(shown)


def needs_a_network() -> None:
    """Instead of a panel that has to see images."""
    st.info("This needs a network that this app can build; What it is says what was found.")


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
    what, _, number = moment_of(card.epoch, card.settings).partition(" ")
    found[what or "epoch"] = number or "not stored"
    found["file"] = (
        f"{opened.n_bytes / 1e6:,.1f} MB, {card.container}, {card.n_tensors:,} "
        f"{'tensor' if card.n_tensors == 1 else 'tensors'}, {card.n_parameters:,} weights"
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
            tables.rows(frame, "Entries that were not read", words=["why"])
    if card.settings:
        with st.expander(f"{len(card.settings):,} settings stored in the file"):
            rows = [(key, str(value)) for key, value in card.settings.items()]
            frame = pd.DataFrame(rows, columns=["name", "value"])
            tables.rows(frame, "Settings stored in the file")


def _tensors(shown: Shown) -> None:
    rows = [
        (name, " x ".join(map(str, one.shape)) or "one number", one.dtype, one.n_bytes)
        for name, one in shown.opened.tensors.items()
    ]
    if not rows:
        return
    title = "The only tensor" if len(rows) == 1 else f"All {len(rows):,} tensors"
    with st.expander(title, expanded=shown.card.family is None):
        frame = pd.DataFrame(rows, columns=["name", "shape", "type", "bytes"])
        tables.rows(frame, "All tensors in the file", words=["shape"])
