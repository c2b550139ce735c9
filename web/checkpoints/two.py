"""Two checkpoints: which, and what is asked of them."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import streamlit as st

from cacr_core.checkpoints.alike.files import N_ALIGNED, File, compare_as_scored
from cacr_core.checkpoints.features.cost import time_for
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD
from cacr_core.checkpoints.frozen import N_HELD_OUT, pair
from cacr_core.checkpoints.networks import has_head
from cacr_core.runs import shelf
from cacr_core.training.source import N_BANK
from web.checkpoints import session
from web.checkpoints.features import Asked, frozen_run, lives
from web.checkpoints.overrides import by_hand_words, overrides
from web.checkpoints.pick import opened_by_hand, refused
from web.checkpoints.question import images_of, state_of
from web.checkpoints.report import classes, headline_of, layers, neighbours
from web.checkpoints.rival import TWIN, offered, rival_of, twin_of_shown
from web.checkpoints.weights import weights_panel
from web.checkpoints.work import ask_anew, seen_by_process
from web.settings.looks import COMPARE, defaults_of
from web.shell.components import compare_view
from web.shell.options import spoken
from web.shell.plain import plain


class Question(NamedTuple):
    """What may be asked of two files.

    Attributes:
        words: On the switch.
        invitation: What it will say, before it was asked.
    """

    words: str
    invitation: str


QUESTIONS = {
    "classes": Question(
        "Which classes",
        "The same held-out images through both: which is right more often, and on which classes, "
        "as far as intervals allow.",
    ),
    "neighbours": Question(
        "Who is near whom",
        "The same held-out images through both: which pairs the one has near and the other far, "
        "and whose neighbours changed most.",
    ),
    "layers": Question(
        "Layer by layer",
        "The same held-out images through both: how alike their layers are, and how each spreads "
        "its features.",
    ),
    "weights": Question("Weight by weight", ""),
    "clouds": Question(
        "Linked clouds",
        "Both clouds of the same images, turned to lie alike, and one query under both.",
    ),
}


def two_panel(shown: session.Shown, asked: Asked | None) -> None:
    """Pick a second file and ask one of five questions of the two."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        other = _other(shown, asked)
        if other is None:
            return
        question = (shown.reference, other.reference, asked and (asked.dataset, asked.n))
        can = all(_file(one).can_be_built for one in (shown, other))
        if st.button("Compare their features", type="primary", disabled=not can):
            st.session_state["checkpoints_compared"] = question
            ask_anew("features", "health", "frozen")
        chosen = st.segmented_control(
            "What to ask of the two",
            list(QUESTIONS),
            format_func=lambda name: f":green[{QUESTIONS[name].words}]",
            key="checkpoints_ask",
            persist_state="session",
            label_visibility="collapsed",
            required=True,
        )
    if by_hand := overrides(other.reference):
        st.caption(plain(f"B as set by hand: {by_hand_words(by_hand)}."))
    if chosen == "weights":
        weights_panel(shown, other)
    elif asked is None or not can:
        st.info("Features need networks that this app can build; one of the two is not.")
    elif st.session_state.get("checkpoints_compared") != question:
        st.caption(QUESTIONS[str(chosen)].invitation)
        st.caption(_cost(shown, other, asked))
    else:
        _features(shown, other, asked, str(chosen))


def _other(shown: session.Shown, asked: Asked | None) -> session.Shown | None:
    """The second file, from a widget that offers a sensible one first; None where there is none."""
    found = offered(shown)
    chosen = st.session_state["checkpoints_b"]
    if not chosen or (chosen == TWIN and TWIN not in found):
        st.session_state["checkpoints_b"] = rival_of(shown, found)
    elif chosen not in found:  # as a link names it: opened, or it is said why not
        found[chosen] = session.label_of(chosen)
    st.selectbox(
        "Against",
        list(found),
        format_func=spoken(found.__getitem__),
        key="checkpoints_b",
        persist_state="session",
        placeholder="Choose a file",
        width=300,
    )
    if st.session_state["checkpoints_b"] is None:
        st.caption("No file of the same form and data is here; choose what to hold it against.")
        return None
    try:
        if st.session_state["checkpoints_b"] == TWIN and asked is not None:
            return twin_of_shown(shown, asked.dataset)
    except (ValueError, OSError) as error:
        refused(error)
        return None
    return opened_by_hand(st.session_state["checkpoints_b"])


def _cost(a: session.Shown, b: session.Shown, asked: Asked) -> str:
    """About how long both take."""
    n = N_BANK + N_HELD_OUT + 2 * N_ALIGNED
    return f"At most {2 * n:,} passes through both networks, {time_for([a.card, b.card], n)}."


def _file(shown: session.Shown) -> File:
    return File(shown.opened, shown.card)


def _features(a: session.Shown, b: session.Shown, asked: Asked, chosen: str) -> None:
    """One question, answered by what both make of the same images."""
    dataset, layer, n_probes = asked
    if layer == HEAD and not has_head(b.card):
        st.info("B has no head that can be built: features before the head are compared.")
        layer = FEATURES
    both = [a] if state_of(a) == state_of(b) else [a, b]
    if not all([lives(one, dataset) for one in both]):
        return
    if chosen == "clouds":
        _clouds(a, b, dataset, layer, n_probes)
        return
    try:
        compared = seen_by_process(
            ("features", state_of(a), state_of(b), images_of(dataset), layer, n_probes),
            partial(compare_as_scored, _file(a), _file(b), dataset, layer, n_probes, device="auto"),
            lambda job, letter, done, total: job.tell(done, total, f"images through {letter}"),
        )
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if compared is None:
        return
    likeness, bases, images = compared
    stems = (a.name, b.name)
    headline_of(likeness, images, stems, layer)
    if chosen == "classes":
        classes(likeness, bases)
    elif chosen == "neighbours":
        neighbours(likeness, images)
    else:
        layers(likeness, len(images))


def _clouds(a: session.Shown, b: session.Shown, dataset: str, layer: str, n_probes: int) -> None:
    """Both clouds, linked and turned to lie alike; one query under both."""
    runs = [frozen_run(one, dataset, layer, n_probes) for one in (a, b)]
    if None in runs:
        return
    stems = [one.name[:50] for one in (a, b)]
    labels = stems if stems[0] != stems[1] else [f"A: {stems[0]}", f"B: {stems[1]}"]
    try:
        folder = pair([shelf.find(str(run)) for run in runs], labels)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    compare_view(
        key="checkpoints_pair",
        run=shelf.id_of(folder),
        example=False,
        view=defaults_of(COMPARE) | {"panel": "moved"},
        invite="",
        state="finished",
        room="still",
    )
