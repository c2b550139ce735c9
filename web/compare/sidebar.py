"""What all entries of a comparison have in common: preset, images, seed, length, and spoiling."""

from __future__ import annotations

import streamlit as st

from web.compare.session import shared_problem, take_preset
from web.live.sidebar import device_and_precision, whole_number
from web.settings.fields import IMBALANCES, RARE, RUN_FIELDS
from web.shell.images import dataset_choice
from web.shell.options import spoken
from web.shell.plain import plain
from web.shell.session import Shown
from web.shell.whole import whole


def choices(shown: Shown) -> None:
    """Preset, images, and the few numbers that decide how long it takes."""
    from cacr_core.presets import COMPARISONS

    st.selectbox(
        "Preset",
        list(COMPARISONS),
        format_func=spoken(lambda name: COMPARISONS[name].title),
        key="compare_preset",
        persist_state="session",
        on_change=take_preset,
    )
    if lines := [line for line in COMPARISONS[st.session_state["compare_preset"]].watch if line]:
        of = "." if shown.is_example else ", not of the one shown."
        st.caption("  \n".join([*lines, f"This is said of the recorded comparison{of}"]))
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
    with st.expander("Device and precision"):
        device_and_precision("compare")
    if not shown.is_example and shown.state == "failed" and shown.reason:
        st.error(plain(shown.reason), icon=":material/error:")


def less_curated() -> None:
    """Ways to spoil the training images; what is watched and scored stays balanced and clean."""
    with st.expander("Less curated data"):
        st.caption("Training images only: probes and held-out images stay balanced and clean.")
        _imbalance()
        _share("duplicates")
        _share("noise_images")
        _mixture()
    if problem := shared_problem():
        st.error(plain(problem), icon=":material/error:")


def _imbalance() -> None:
    way = st.selectbox(
        "Classes",
        list(IMBALANCES),
        format_func=spoken(IMBALANCES.__getitem__),
        key="compare_imbalance",
        persist_state="session",
        help=RUN_FIELDS["imbalance"].help,
    )
    if way == "ratio":
        known = RUN_FIELDS["imbalance_ratio"]
        st.slider(
            known.label,
            known.least,
            max(known.most, st.session_state["compare_imbalance_ratio"]),
            step=known.step,
            key="compare_imbalance_ratio",
            persist_state="session",
            help=known.help,
        )
    if way != "none":
        _whole_number("n_min")
        st.selectbox(
            RUN_FIELDS["rare"].label.capitalize(),
            list(RARE),
            format_func=spoken(RARE.__getitem__),
            key="compare_rare",
            persist_state="session",
            help=RUN_FIELDS["rare"].help,
        )


def _mixture() -> None:
    from cacr_core import data

    own, chosen = st.session_state["compare_dataset"], st.session_state["compare_mixture"]
    here = ["", *(name for name in data.DATASETS if data.is_here(name) and name != own)]
    st.selectbox(
        RUN_FIELDS["mixture"].label.capitalize(),
        here if chosen in here else [*here, chosen],
        format_func=spoken(
            lambda n: "nothing" if not n else getattr(data.DATASETS.get(n), "title", n)
        ),
        key="compare_mixture",
        persist_state="session",
        help=RUN_FIELDS["mixture"].help,
        on_change=_begin_mixture,
    )
    if st.session_state["compare_mixture"]:
        _share("mixture_share")


@whole
def _begin_mixture() -> None:
    """Naming another dataset mixes a fifth of it in; naming none mixes nothing."""
    named = bool(st.session_state["compare_mixture"])
    share = st.session_state.get("compare_mixture_share", 0.0)
    st.session_state["compare_mixture_share"] = (share or 0.2) if named else 0.0


def _share(key: str) -> None:
    known = RUN_FIELDS[key]
    st.slider(
        known.label,
        known.least,
        max(known.most, st.session_state[f"compare_{key}"]),
        step=known.step,
        key=f"compare_{key}",
        persist_state="session",
        help=known.help,
    )


def _whole_number(name: str) -> None:
    whole_number(name, f"compare_{name}")
