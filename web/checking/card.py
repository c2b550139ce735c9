"""The card: what a checkpoint is, how sure that is, and what can be set by hand."""

from __future__ import annotations

from typing import Any, get_args

import pandas as pd
import streamlit as st

from cacr_core.checkpoints.architecture import RESNETS, MaxPool
from cacr_core.checkpoints.families import FAMILIES, NORMALISATIONS
from web.checking.pick import overrides, set_override
from web.checking.state import Shown, plain
from web.checking.tables import filters_of

SURE = {
    "sure": ":green-badge[sure]",
    "likely": ":orange-badge[likely]",
    "unsure": ":red-badge[unsure]",
}


def card_panel(shown: Shown) -> None:
    """Family, encoder, architecture and all else that is known, with what may be overridden."""
    card = shown.card
    st.markdown(
        f"#### {plain(card.family or 'Not a layout this app knows')}  {SURE[card.confidence]}"
    )
    st.caption(plain(f"Because {card.why}." if card.why else ""))
    facts = {
        "architecture": (card.architecture or "not known")
        + (f", {card.stem} stem" if card.stem else ""),
        "features": f"{card.feature_dim or '–'} wide",
        "images of": f"{card.input_size} pixels" if card.input_size else "–",
        "head": f"{len(card.head.layers)} layers to {card.head.out_dim}" if card.head else "none",
        "epoch": "not stored" if card.epoch is None else f"{card.epoch:,}",
        "file": f"{shown.opened.n_bytes / 2**20:,.1f} MB, {card.container}",
    }
    for column, (name, value) in zip(st.columns(len(facts)), facts.items(), strict=True):
        column.markdown(f"**{plain(value)}**")
        column.caption(name)
    if card.blocked:
        st.warning(plain(card.blocked), icon=":material/warning:")
    left, right = st.columns([1, 1], gap="large")
    with left:
        _by_hand(shown)
    with right:
        _keys(shown)
        filters_of(shown, most=48)
    _tensors(shown)


def _by_hand(shown: Shown) -> None:
    card = shown.card
    st.markdown("**Set by hand where you know better**")
    if len(card.encoders) > 1:
        lines = {choice.prefix: choice for choice in card.encoders}
        chosen = st.radio(
            "Which encoder",
            list(lines),
            index=list(lines).index(card.encoder or card.encoders[0].prefix),
            format_func=lambda prefix: lines[prefix].line,
            key=f"checkpoints_encoder_{shown.reference}",
        )
        _take("encoder", chosen, card.encoder)
    if card.network is None:
        return
    left, right = st.columns(2)
    size = left.number_input(
        "Images are resized to, pixels",
        8,
        1024,
        int(card.input_size or 32),
        key=f"checkpoints_size_{shown.reference}",
    )
    _take("input_size", int(size), card.input_size)
    names = list(NORMALISATIONS)
    now = overrides().get("normalisation")
    found = _name_of(card.normalisation)
    options = names if found else ["as assumed", *names]
    chosen = right.selectbox(
        "Pixels are normalised as",
        options,
        index=options.index(str(now or found or "as assumed")),
        key=f"checkpoints_norm_{shown.reference}",
        help="Files do not store it: this is what the family's own code does.",
    )
    if chosen in NORMALISATIONS and chosen != (now or found):
        set_override("normalisation", chosen)
        st.rerun()
    if card.stem is not None:
        stems = ["imagenet", "cifar"]
        stem = left.selectbox(
            "First layers of the ResNet",
            stems,
            stems.index(card.stem),
            key=f"checkpoints_stem_{shown.reference}",
        )
        _take("stem", stem, card.stem)
    for doubt in card.doubts:
        st.caption(plain(doubt))
    with st.expander("What weights do not show"):
        _unseen(shown)
    if overrides() and st.button("Take everything back"):
        st.session_state["checkpoints_override"].pop(shown.reference, None)
        for key in [k for k in st.session_state if str(k).endswith(f"_{shown.reference}")]:
            st.session_state.pop(key, None)
        st.rerun()


def _unseen(shown: Shown) -> None:
    """Family, network and the settings of it that leave no trace in a file."""
    card, network = shown.card, shown.card.network
    assert network is not None
    names = sorted({one.name for one in FAMILIES} | {str(card.family)})
    family = st.selectbox(
        "Family", names, names.index(str(card.family)), key=f"checkpoints_family_{shown.reference}"
    )
    _take("family", family, card.family)
    known = sorted({*RESNETS, network.name} if network.kind == "resnet" else {network.name})
    name = st.selectbox(
        "Network", known, known.index(network.name), key=f"checkpoints_net_{shown.reference}"
    )
    _take("architecture", name, card.architecture)
    if network.kind == "resnet":
        pools = list(get_args(MaxPool))
        pool = st.selectbox(
            "Max-pool after the first convolution",
            pools,
            pools.index(network.max_pool),
            key=f"checkpoints_pool_{shown.reference}",
        )
        _take("max_pool", pool, network.max_pool)
        padding = st.number_input(
            "Padding of the first convolution",
            0,
            8,
            network.stem_padding,
            key=f"checkpoints_padding_{shown.reference}",
        )
        _take("stem_padding", int(padding), network.stem_padding)
    if network.kind == "vit":
        heads = [n for n in range(1, 25) if network.feature_dim % n == 0]
        n_heads = st.selectbox(
            "Attention heads",
            heads,
            heads.index(network.n_heads),
            key=f"checkpoints_heads_{shown.reference}",
        )
        _take("n_heads", n_heads, network.n_heads)
    if network.kind not in ("resnet", "vit"):
        st.caption("Nothing: this network's weights show all of it.")


def _take(name: str, value: Any, now: Any) -> None:
    if value != now:
        set_override(name, value)
        st.rerun()


def _name_of(normalisation: Any) -> str | None:
    for name, (mean, std) in NORMALISATIONS.items():
        if normalisation and (tuple(mean), tuple(std)) == (normalisation.mean, normalisation.std):
            return str(name)
    return None


def _keys(shown: Shown) -> None:
    card = shown.card
    wanted = card.matched + len(card.missing)
    st.markdown(
        f"**Tensors that fit: {card.matched:,} of {wanted:,}**"
        if wanted
        else "**No network to fit**"
    )
    for name, keys in (("missing", card.missing), ("unexpected", card.unexpected)):
        if keys:
            with st.expander(f"{len(keys):,} {name}"):
                st.code("\n".join(keys[:200]), language=None)
    if card.settings:
        with st.expander(f"{len(card.settings):,} settings stored in the file"):
            rows = [(key, str(value)) for key, value in card.settings.items()]
            st.dataframe(pd.DataFrame(rows, columns=["name", "value"]), hide_index=True)


def _tensors(shown: Shown) -> None:
    rows = [
        (name, " x ".join(map(str, one.shape)) or "one number", one.dtype, one.n_bytes)
        for name, one in shown.opened.tensors.items()
    ]
    with st.expander(f"All {len(rows):,} tensors", expanded=shown.card.family is None):
        st.dataframe(
            pd.DataFrame(rows, columns=["name", "shape", "type", "bytes"]), hide_index=True
        )
