"""What a person may set by hand: fields of the card, and what weights do not show."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from cacr_core.checkpoints import pixels
from cacr_core.checkpoints.architecture import RESNETS, MaxPool
from cacr_core.checkpoints.by_hand import RANGES
from cacr_core.checkpoints.families import FAMILIES, NORMALISATIONS
from web.checkpoints.pick import overrides, set_override
from web.checkpoints.session import Shown, plain

AS_ASSUMED, TYPED = "as assumed", "numbers of my own"


def by_hand(shown: Shown) -> None:
    """Widgets for what a file does not show; what is chosen there stands on the card."""
    card = shown.card
    if card.network is None and len(card.encoders) < 2:
        return
    st.caption("Where you know better than the card.")
    if len(card.encoders) > 1:
        lines = {choice.prefix: choice for choice in card.encoders}
        chosen = st.radio(
            "Which encoder",
            list(lines),
            index=list(lines).index(card.encoder or card.encoders[0].prefix),
            format_func=lambda prefix: plain(lines[prefix].line),
            key=f"checkpoints_encoder_{shown.reference}",
        )
        _take("encoder", chosen, card.encoder)
    if card.network is None:
        return
    low, high = _range("input_size", card.input_size)
    size = st.number_input(
        "Images are resized to, pixels",
        low,
        high,
        int(card.input_size or 32),
        key=f"checkpoints_size_{shown.reference}",
    )
    _take("input_size", int(size), card.input_size)
    _normalisation(shown)
    if card.stem is not None:
        stems = ["imagenet", "cifar"]
        stem = st.selectbox(
            "First layers of the ResNet",
            stems,
            stems.index(card.stem),
            key=f"checkpoints_stem_{shown.reference}",
        )
        _take("stem", stem, card.stem)
    if _heads_are_asked(shown):
        _heads(shown)
    with st.expander("What weights do not show"):
        _unseen(shown)
    if overrides() and st.button("Take everything back"):
        st.session_state["checkpoints_override"].pop(shown.reference, None)
        for key in [k for k in st.session_state if str(k).endswith(f"_{shown.reference}")]:
            st.session_state.pop(key, None)
        st.rerun()


def _normalisation(shown: Shown) -> None:
    """A name out of the table, or a mean and a deviation as a person types them."""
    card, now = shown.card, overrides().get("normalisation")
    found = normalisation_name(card.normalisation)
    options = [*([] if found else [AS_ASSUMED]), *NORMALISATIONS, TYPED]
    is_own = bool(now) and now not in NORMALISATIONS
    chosen = st.selectbox(
        "Pixels are normalised as",
        options,
        index=options.index(TYPED if is_own else str(now or found or AS_ASSUMED)),
        key=f"checkpoints_norm_{shown.reference}",
        help="Files do not store it: the card says by what it was assumed.",
    )
    if chosen in NORMALISATIONS and chosen != (now or found):
        set_override("normalisation", chosen)
        st.rerun()
    if chosen != TYPED or card.normalisation is None:
        return
    norm = card.normalisation
    text = st.text_input(
        "Mean / deviation",
        str(now) if is_own else f"{_row(norm.mean)} / {_row(norm.std)}",
        key=f"checkpoints_numbers_{shown.reference}",
        help="Of pixels from 0 to 1, a number for each channel: 0.5, 0.5, 0.5 / 0.2, 0.2, 0.2",
    )
    try:
        own = pixels.by_hand(text, len(norm.mean))
    except ValueError as error:
        st.error(plain(str(error)))
        return
    if (own.mean, own.std) != (norm.mean, norm.std):
        set_override("normalisation", text)
        st.rerun()


def _row(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


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
            *_range("stem_padding", network.stem_padding),
            network.stem_padding,
            key=f"checkpoints_padding_{shown.reference}",
        )
        _take("stem_padding", int(padding), network.stem_padding)
    if network.kind == "vit" and not _heads_are_asked(shown):
        _heads(shown)
    if network.kind not in ("resnet", "vit"):
        st.caption("Nothing else: this network's weights show all of it.")


def _heads_are_asked(shown: Shown) -> bool:
    """Whether the number of heads is open, so that it is asked for at once."""
    return any("attention heads" in doubt for doubt in shown.card.doubts)


def _heads(shown: Shown) -> None:
    network = shown.card.network
    assert network is not None
    possible = {n for n in range(1, int(RANGES["n_heads"][1]) + 1) if network.feature_dim % n == 0}
    heads = sorted(possible | {network.n_heads})  # also where a file's own number is none of them
    n_heads = st.selectbox(
        "Attention heads",
        heads,
        heads.index(network.n_heads),
        key=f"checkpoints_heads_{shown.reference}",
        help="Weights do not show them, and features depend on them: the paper or the code says.",
    )
    _take("n_heads", n_heads, network.n_heads)


def _range(name: str, now: int | None) -> tuple[int, int]:
    """The least and the most of a setting, and as far as what a file has."""
    low, high = map(int, RANGES[name])
    return min(low, now or low), max(high, now or high)


def _take(name: str, value: Any, now: Any) -> None:
    if value != now:
        set_override(name, value)
        st.rerun()


def normalisation_name(normalisation: Any) -> str | None:
    """What the numbers of a normalisation are called, None where they have no name here."""
    for name, (mean, std) in NORMALISATIONS.items():
        if normalisation and (tuple(mean), tuple(std)) == (normalisation.mean, normalisation.std):
            return str(name)
    return None
