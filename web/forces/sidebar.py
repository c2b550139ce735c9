"""Beside the Forces page: scenes, a query from a run, and training with these settings."""

from __future__ import annotations

import dataclasses

import streamlit as st

from cacr_core import runs
from cacr_core.losses import loss_name
from cacr_core.presets import DEFAULT, PRESETS, Preset
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.forces.presets import SCENES
from web.forces.session import take_preset, take_query
from web.settings import board
from web.settings.fields import loss_title
from web.settings.lenses import Lens
from web.shell import roles
from web.shell.options import spoken
from web.shell.plain import plain
from web.shell.session import EXAMPLE, show


def scenes() -> None:
    """The preset scenes, and what of the address was left out."""
    st.selectbox(
        "Scene",
        list(SCENES),
        format_func=spoken(lambda name: SCENES[name].title),
        key="forces_preset",
        persist_state="session",
        on_change=take_preset,
    )
    if watch := _watch():
        st.caption("  \n".join([*watch, "This is said of the scene as it opens."]))
    st.toggle(
        "Present",
        key="forces_present",
        persist_state="session",
        help="Over the whole window, for a room; Esc leaves.",
    )
    for sentence in st.session_state["forces_ignored"]:
        st.warning(plain(sentence), icon=":material/link_off:")
    if message := st.session_state.pop("forces_error", None):
        st.error(plain(message), icon=":material/error:")


def _watch() -> tuple[str, ...]:
    """What to look at in the scene; nothing where another picture is shown than it speaks of."""
    scene = SCENES[st.session_state["forces_preset"]]
    meant, shown = scene.board["mode"], st.session_state["forces_board"]["mode"]
    has_marks = meant == "query" and shown == "landscape"  # the marks are there as well
    return scene.watch if shown == meant or has_marks else ()


def from_a_run() -> None:
    """Put a real query's distances on the page."""
    titles = _runs()
    with st.expander("A query from a run", expanded=st.session_state["forces_taken"] is not None):
        run = st.selectbox(
            "Run",
            list(titles),
            format_func=spoken(lambda name: titles.get(name, name)),
            key="forces_run",
            persist_state="session",
        )
        n = int(files.read_probes(shelf.find(run)).get("n", 1))
        left, right = st.columns(2, gap="small", vertical_alignment="bottom")
        with left:
            probe = st.number_input(
                "Image", 0, n - 1, 0, 1, key="forces_probe", persist_state="session"
            )
        right.button(
            "Put it here",
            width="stretch",
            on_click=take_query,
            args=(run, int(probe)),
            help="Its distances to its own views and to some negatives, as angles.",
        )
        if taken := st.session_state["forces_taken"]:
            st.caption(plain(taken.shown["text"]))


def train() -> None:
    """Start a run with the settings of one of the losses."""
    st.caption("Train an encoder with these settings")
    lenses = st.session_state["forces_board"]["losses"]
    refused = st.session_state["forces_refused"]
    for side, (lens, column) in enumerate(zip(lenses, st.columns(2, gap="small"), strict=True)):
        letter, preset = "AB"[side], _preset_of(lens)
        started = column.button(
            f"Train {letter}",
            width="stretch",
            key=f"forces_train_{letter}",
            disabled=side in refused,
            help=refused.get(side)
            or f"Start a run of {loss_title(lens['name'])} as set here, for the rest as in "
            f"“{preset.title}”, on the Live page.",
        )
        if started:
            _start(lens)


def _preset_of(lens: Lens) -> Preset:
    """The first preset of the live page that trains with that loss, else the first of all."""
    with_it = (p for p in PRESETS.values() if loss_name(p.config.loss) == lens["name"])
    return next(with_it, PRESETS[DEFAULT])


def _runs() -> dict[str, str]:
    """Runs that have a snapshot, by id: the recorded one, then one's own, newest first."""
    found = {EXAMPLE: "the recorded example"}
    for run in shelf.list_runs():
        if not run.is_comparison and files.snapshot_steps(shelf.find(run.id)):
            found[run.id] = run.title
    return found


def _start(lens: Lens) -> None:
    base = _preset_of(lens).config
    title = f"{loss_title(lens['name'])} from the Forces page"
    try:
        config = dataclasses.replace(base, loss=board.loss_of(lens), **board.mixture_of(lens))
        run_id = shelf.new_id(lens["name"], config.dataset)
        roles.check("start")
        roles.check_run(config)
        roles.claim(runs.start(config, shelf.runs_folder() / run_id, title))
    except (ValueError, OSError) as error:
        st.error(plain(f"The run could not be started: {error}"), icon=":material/error:")
        return
    show("live", run_id)
    st.session_state["live_opened"] = run_id
    st.switch_page("pages/live.py")
