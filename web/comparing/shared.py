"""What all entries of a comparison have in common: preset, images, seed, length, and spoiling."""

from __future__ import annotations

import streamlit as st

from web.comparing.state import chosen_shared, presets, take_preset
from web.controls.images import dataset_choice
from web.controls.state import Shown
from web.fields import RUN_FIELDS

CURATION = ("imbalance", "imbalance_ratio", "n_min", "duplicates", "noise_images", "mixture")


def choices(shown: Shown) -> None:
    """Preset, images, and the few numbers that decide how long it takes."""
    known = presets()
    st.selectbox(
        "Preset",
        list(known),
        format_func=lambda name: known[name].title,
        key="compare_preset",
        on_change=take_preset,
    )
    if lines := [line for line in known[st.session_state["compare_preset"]].watch if line]:
        st.caption("  \n".join(lines))
    dataset_choice("compare")
    left, right = st.columns(2, gap="small")
    with left:
        _whole_number("n_steps")
    with right:
        _whole_number("batch_size")
    with left:
        _whole_number("seed")
    with right:
        _whole_number("n_probes")
    if not shown.is_example and shown.state == "failed" and shown.reason:
        st.error(shown.reason, icon=":material/error:")


def less_curated() -> None:
    """Ways to spoil the training images; what is watched and scored stays balanced and clean."""
    settings = chosen_shared()
    offered = [key for key in CURATION if key in settings]
    if not offered:
        return
    with st.expander("Less curated data"):
        st.caption("Training images only: probes and held-out images stay balanced and clean.")
        if "imbalance" in settings:
            _imbalance()
        for key in ("duplicates", "noise_images"):
            if key in settings:
                _share(key)
        if "mixture" in settings:
            _mixture()


def _imbalance() -> None:
    from web import fields

    ways = getattr(fields, "IMBALANCES", None) or {
        "none": "balanced",
        "linear": "linear",
        "exponential": "exponential",
        "ratio": "long tail of a chosen ratio",
    }
    way = st.selectbox("Classes", list(ways), format_func=ways.get, key="compare_imbalance")
    if way == "ratio":
        st.slider(
            "largest class to smallest",
            1.0,
            max(100.0, st.session_state["compare_imbalance_ratio"]),
            step=1.0,
            key="compare_imbalance_ratio",
            help="How many times as many images the largest class has as the smallest.",
        )
    if way != "none":
        _whole_number("n_min")


def _mixture() -> None:
    from cacr_core import data

    here = ["", *(name for name in data.DATASETS if data.is_here(name))]
    chosen = st.session_state["compare_mixture"]
    st.selectbox(
        "Mixed with",
        here if chosen in here else [*here, chosen],
        format_func=lambda n: "nothing" if not n else getattr(data.DATASETS.get(n), "title", n),
        key="compare_mixture",
        help="Images of another dataset among the training images, without labels.",
        on_change=_begin_mixture,
    )
    if st.session_state["compare_mixture"]:
        _share("mixture_share")


def _begin_mixture() -> None:
    """Naming another dataset mixes a fifth of it in; naming none mixes nothing."""
    named = bool(st.session_state["compare_mixture"])
    share = st.session_state.get("compare_mixture_share", 0.0)
    st.session_state["compare_mixture_share"] = (share or 0.2) if named else 0.0


def _share(key: str) -> None:
    known = RUN_FIELDS.get(key)
    st.slider(
        known.label if known else f"{key.replace('_', ' ')}, share",
        0.0,
        max(0.9, st.session_state[f"compare_{key}"]),
        step=0.05,
        key=f"compare_{key}",
        help=known.help if known else None,
    )


def _whole_number(key: str) -> None:
    known = RUN_FIELDS.get(key)
    st.number_input(
        f"{known.label} {known.symbol}".strip() if known else key.replace("_", " "),
        min_value=int(known.least) if known else 0,
        step=int(known.step) if known else 1,
        key=f"compare_{key}",
        help=known.help if known else None,
    )
