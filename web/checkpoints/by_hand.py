"""What a person may set by hand: fields of the card, and what weights do not show.

The widgets show the card. What they hold is kept where a person changes one of them, and nowhere
else: one setting may change others of the card, which are then shown, not taken for said.
"""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from cacr_core.checkpoints import pixels
from cacr_core.checkpoints.architecture import RESNETS, MaxPool
from cacr_core.checkpoints.by_hand import RANGES
from cacr_core.checkpoints.families import FAMILIES, NORMALISATIONS
from web.checkpoints.overrides import forget_by_hand, overrides, set_override
from web.checkpoints.session import Shown
from web.shell.plain import plain
from web.shell.whole import whole

AS_ASSUMED, TYPED = "as assumed", "numbers of my own"


def by_hand(shown: Shown) -> None:
    """Widgets for what a file does not show; what is chosen there stands on the card."""
    card = shown.card
    if card.network is None and len(card.encoders) < 2:
        return
    st.caption("Where you know better than the card.")
    if len(card.encoders) > 1:
        lines = {choice.prefix: choice for choice in card.encoders}
        st.radio(
            "Which encoder",
            list(lines),
            format_func=lambda prefix: plain(lines[prefix].line),
            **_shows(shown, "encoder", card.encoder or card.encoders[0].prefix),
        )
    if card.network is None:
        return
    st.number_input(
        "Images are resized to, pixels",
        *_range("input_size", card.input_size),
        **_shows(shown, "input_size", int(card.input_size or 32)),
    )
    _normalisation(shown)
    if card.stem is not None:
        stems = ["imagenet", "cifar"]
        st.selectbox("First layers of the ResNet", stems, **_shows(shown, "stem", card.stem))
    if _heads_are_asked(shown):
        _heads(shown)
    with st.expander("What weights do not show"):
        _unseen(shown)
    if overrides(shown.reference):
        st.button("Take everything back", on_click=_take_back, args=(shown.reference,))


def _shows(shown: Shown, name: str, now: Any) -> dict[str, Any]:
    """What a widget of a setting is made with: it shows what the card has, and keeps a change.

    Args:
        now: What the card has.
    """
    key = f"checkpoints_{name}_{shown.reference}"
    if st.session_state.get(key) != now:
        st.session_state[key] = now
    return {"key": key, "on_change": _take, "args": (shown.reference, name, key)}


@whole
def _take(reference: str, name: str, key: str) -> None:
    set_override(reference, name, st.session_state[key])


@whole
def _take_back(reference: str) -> None:
    forget_by_hand(reference)


def _normalisation(shown: Shown) -> None:
    """A name out of the table, or a mean and a deviation as a person types them."""
    card, reference = shown.card, shown.reference
    now = overrides(reference).get("normalisation")
    found = normalisation_name(card.normalisation)
    is_own = bool(now) and now not in NORMALISATIONS
    is_typed = is_own or st.session_state.get(f"checkpoints_own_{reference}", False)
    known = [*NORMALISATIONS, TYPED]
    if card.network and card.network.channels == 2:
        known = list(pixels.SPACES)
    options = [*([] if found else [AS_ASSUMED]), *known]
    shows = _shows(shown, "norm", TYPED if is_typed else str(now or found or AS_ASSUMED))
    st.selectbox(
        "Pixels are normalised as",
        options,
        help="Files do not store it: the card says by what it was assumed.",
        **shows | {"on_change": _take_normalisation, "args": (reference, shows["key"])},
    )
    if not is_typed or card.normalisation is None:
        return
    norm = card.normalisation
    key = f"checkpoints_numbers_{reference}"
    text = str(now) if is_own else f"{_row(norm.mean)} / {_row(norm.std)}"
    own, refusal = _numbers(str(st.session_state.get(key, text)), len(norm.mean))
    if key not in st.session_state or (own and own != (norm.mean, norm.std)):
        st.session_state[key] = text
    st.text_input(
        "Mean / deviation",
        key=key,
        on_change=_take_numbers,
        args=(reference, key, len(norm.mean)),
        help="Of pixels from 0 to 1, a number for each channel: 0.5, 0.5, 0.5 / 0.2, 0.2, 0.2",
    )
    if refusal:
        st.error(plain(refusal))


@whole
def _take_normalisation(reference: str, key: str) -> None:
    """One by its name; numbers of a person's own are taken once they are typed."""
    chosen = st.session_state[key]
    st.session_state[f"checkpoints_own_{reference}"] = chosen == TYPED
    st.session_state.pop(f"checkpoints_numbers_{reference}", None)
    if chosen != TYPED:
        set_override(reference, "normalisation", None if chosen == AS_ASSUMED else chosen)


@whole
def _take_numbers(reference: str, key: str, channels: int) -> None:
    text = st.session_state[key]
    if _numbers(text, channels)[0]:
        set_override(reference, "normalisation", text)


Numbers = tuple[tuple[float, ...], tuple[float, ...]]


def _numbers(text: str, channels: int) -> tuple[Numbers | None, str]:
    """Mean and deviation that were typed, or why they are none."""
    try:
        own = pixels.by_hand(text, channels)
    except ValueError as error:
        return None, str(error)
    return (own.mean, own.std), ""


def _row(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _unseen(shown: Shown) -> None:
    """Family, network and the settings of it that leave no trace in a file."""
    card, network = shown.card, shown.card.network
    assert network is not None
    names = sorted({one.name for one in FAMILIES} | {str(card.family)})
    st.selectbox("Family", names, **_shows(shown, "family", str(card.family)))
    known = sorted({*RESNETS, network.name} if network.kind == "resnet" else {network.name})
    st.selectbox("Network", known, **_shows(shown, "architecture", network.name))
    if network.kind == "resnet":
        st.selectbox(
            "Max-pool after the first convolution",
            list(get_args(MaxPool)),
            **_shows(shown, "max_pool", network.max_pool),
        )
        st.number_input(
            "Padding of the first convolution",
            *_range("stem_padding", network.stem_padding),
            **_shows(shown, "stem_padding", network.stem_padding),
        )
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
    st.selectbox(
        "Attention heads",
        sorted(possible | {network.n_heads}),  # also where a file's own number is none of them
        help="Weights do not show them, and features depend on them: the paper or the code says.",
        **_shows(shown, "n_heads", network.n_heads),
    )


def _range(name: str, now: int | None) -> tuple[int, int]:
    """The least and the most of a setting, and as far as what a file has."""
    low, high = map(int, RANGES[name])
    return min(low, now or low), max(high, now or high)


def normalisation_name(normalisation: Any) -> str | None:
    """What the numbers of a normalisation are called, None where they have no name here."""
    for name, (mean, std) in NORMALISATIONS.items():
        if normalisation and (tuple(mean), tuple(std)) == (normalisation.mean, normalisation.std):
            return str(name)
    return None
