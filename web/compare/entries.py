"""The entries of a comparison: which loss, at which learning rate, and all else of its own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cacr_core.presets import CATALOGUE
from web.compare import choice
from web.compare.link import LEAST, MOST
from web.compare.session import (
    chosen_entries,
    chosen_entry,
    chosen_shared,
    put_entry,
    shared_problem,
)
from web.live.sidebar import loss_widget, say_labels_enter, whole_number
from web.settings.fields import RUN_FIELDS, field_of, loss_title, loss_titles
from web.settings.links import config_of
from web.shell.options import spoken
from web.shell.plain import plain
from web.shell.whole import whole

TITLES = {name: title for name, (title, _) in CATALOGUE.items()}
TITLES[choice.CUSTOM] = "Custom"


def entries() -> None:
    """Two to four entries, and which of them the others are compared with."""
    n = st.session_state["compare_n_entries"]
    for number in range(1, n + 1):
        _entry(number, n)
    st.button(
        "Add an entry",
        icon=":material/add:",
        width="stretch",
        disabled=n >= MOST,
        on_click=_add,
        help=f"At most {MOST} losses are compared at once.",
    )
    labels = choice.labels_of(chosen_entries())
    if st.session_state["compare_baseline"] >= n:
        st.session_state["compare_baseline"] = 0
    st.selectbox(
        "Baseline",
        range(n),
        format_func=spoken(lambda i: labels[i]),
        key="compare_baseline",
        persist_state="session",
        help="Differences are taken from this one.",
    )


def _entry(number: int, n: int) -> None:
    with st.container(border=True):
        left, right = st.columns([6, 1], gap="small", vertical_alignment="bottom")
        left.selectbox(
            f"Entry {number}",
            list(TITLES),
            format_func=spoken(TITLES.__getitem__),
            key=f"compare_{number}_name",
            persist_state="session",
            on_change=_take_name,
            args=(number,),
        )
        right.button(
            f"Remove entry {number}",
            icon=":material/close:",
            type="tertiary",
            key=f"compare_remove_{number}",
            disabled=n <= LEAST,
            on_click=_remove,
            args=(number,),
        )
        say_labels_enter(chosen_entry(number)["loss"])
        left, right = st.columns([5, 4], gap="small", vertical_alignment="bottom")
        left.number_input(
            "Learning rate",
            key=f"compare_{number}_lr",
            persist_state="session",
            min_value=min(RUN_FIELDS["lr"].least, st.session_state[f"compare_{number}_lr"]),
            format="%g",
            step=0.001,
            on_change=_unname,
            args=(number,),
            help="CACR's gradient keeps its scale and InfoNCE's fades, so the same rate is not the "
            "same step.",
        )
        with right.popover("Adjust", width="stretch"):
            _settings(number)
        if problem := _problem(number):
            st.error(plain(problem), icon=":material/error:")


def _problem(number: int) -> str | None:
    """Why this entry cannot be trained, in one sentence; what all share is said elsewhere."""
    try:
        config_of(chosen_shared() | chosen_entry(number))
    except ValueError as error:
        return None if str(error) == shared_problem() else str(error)
    return None


def _settings(number: int) -> None:
    """All that an entry may have of its own."""
    settings = chosen_entry(number)
    changed: dict[str, Any] = {"on_change": _unname, "args": (number,)}
    st.text_input(
        f"Name of entry {number}",
        key=f"compare_{number}_label",
        persist_state="session",
        max_chars=choice.MOST_LABEL,
        placeholder=choice.auto_label(settings),
    )
    name = settings["loss"]
    if settings["name"] == choice.CUSTOM:
        name = st.selectbox(
            f"Loss of entry {number}",
            list(loss_titles()),
            format_func=spoken(loss_title),
            key=f"compare_{number}_loss",
            persist_state="session",
            **changed,
        )
    for key, value in settings.items():
        if key.startswith(f"{name}."):
            known = field_of(name, key.partition(".")[2])
            loss_widget(f"compare_{number}_{key}", known, value, **changed)
    _whole_number(number, "n_views", **changed)
    _whole_number(number, "n_synthetic", **changed)
    if st.session_state[f"compare_{number}_n_synthetic"]:
        from cacr_core.pairs import MIXINGS

        _whole_number(number, "pool_size", **changed)
        words = {name: rule.words for name, rule in MIXINGS.items()}
        st.selectbox(
            "Mixing",
            list(words),
            format_func=spoken(words.__getitem__),
            key=f"compare_{number}_mixing",
            persist_state="session",
            **changed,
        )
    _host(number, **changed)


def _host(number: int, **changed: Any) -> None:
    """Where negatives come from; the predictor is for the terminal, but stays where it is."""
    known, key = RUN_FIELDS["host"], f"compare_{number}_host"
    words = known.choices or {}
    st.selectbox(
        f"{known.label.capitalize()}, entry {number}",
        [name for name in words if name != "predictor" or st.session_state[key] == name],
        format_func=spoken(words.__getitem__),
        key=key,
        persist_state="session",
        help=known.help,
        **changed,
    )
    if st.session_state[key] == "queue":
        _whole_number(number, "queue_size", **changed)
    if st.session_state[key] != "batch":
        momentum = RUN_FIELDS["momentum"]
        st.slider(
            f"{momentum.label}, {momentum.symbol}",
            momentum.least,
            momentum.most,
            step=momentum.step,
            format="%.3f",
            key=f"compare_{number}_momentum",
            persist_state="session",
            help=momentum.help,
            **changed,
        )


def _whole_number(number: int, name: str, **changed: Any) -> None:
    whole_number(name, f"compare_{number}_{name}", **changed)


@whole
def _take_name(number: int) -> None:
    put_entry(number, choice.entry_settings(st.session_state[f"compare_{number}_name"]))


@whole
def _unname(number: int) -> None:
    """A changed setting is no longer what the entry was called."""
    st.session_state[f"compare_{number}_label"] = ""


@whole
def _add() -> None:
    n = st.session_state["compare_n_entries"]
    there = {settings["name"] for settings in chosen_entries()}
    name = next(name for name in CATALOGUE if name not in there)
    put_entry(n + 1, choice.entry_settings(name))
    st.session_state["compare_n_entries"] = n + 1


@whole
def _remove(number: int) -> None:
    kept = chosen_entries()
    del kept[number - 1]
    for i, settings in enumerate(kept, start=1):
        put_entry(i, settings)
    baseline = st.session_state["compare_baseline"]
    st.session_state["compare_n_entries"] = len(kept)
    st.session_state["compare_baseline"] = max(0, baseline - (baseline >= number))
