"""Two checkpoints: which, on what images, and their tensors side by side."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from cacr_core.checkpoints.alike import Row
from cacr_core.checkpoints.alike.files import Compared, File, compare_on_images, tensor_rows
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD
from cacr_core.checkpoints.frozen import pair
from cacr_core.checkpoints.frozen.probe_images import scored_images
from cacr_core.runs import shelf
from web.checkpoints import session
from web.checkpoints.features import Asked, frozen_run, lives
from web.checkpoints.pick import refused
from web.checkpoints.question import answered, state_of
from web.checkpoints.report import report
from web.checkpoints.work import Job, answer_to
from web.settings.looks import COMPARE, defaults_of
from web.shell.components import compare_view


def two_panel(shown: session.Shown, asked: Asked) -> None:
    """Pick a second file; compare tensors at once, features when asked."""
    found = session.references()
    now = st.session_state["checkpoints_b"]
    if now not in found:
        others = [reference for reference in found if reference != shown.reference]
        st.session_state["checkpoints_b"] = (others or list(found))[0]
    st.selectbox("Against", list(found), format_func=found.__getitem__, key="checkpoints_b")
    try:
        other = session.open_reference(st.session_state["checkpoints_b"])
    except (ValueError, OSError) as error:
        refused(error)
        return
    _features(shown, other, asked)
    box = st.expander("Tensors side by side", key="checkpoints_tensors", on_change="rerun")
    if box.open:  # both files are read whole: not before somebody looks
        with box:
            _tensors(shown, other)


def _tensors(a: session.Shown, b: session.Shown) -> None:
    rows = answered(("tensors", state_of(a), state_of(b)), lambda: tensor_rows(_file(a), _file(b)))
    st.markdown(session.plain(tensors_say(rows)))
    apart = "|a − b| / |a|"
    frame = pd.DataFrame(
        [(r.name, r.kind, _size(r.shape_a), _size(r.shape_b), r.relative) for r in rows],
        columns=["name", "kind", "A", "B", apart],
    )
    number = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(frame, hide_index=True, column_config={apart: number}, alt="Tensors of A and B")


def tensors_say(rows: list[Row]) -> str:
    """How many there are of each kind, and which is farthest from the other's."""
    kinds = {k: sum(row.kind == k for row in rows) for k in ("added", "removed", "changed", "same")}
    told = ", ".join(f"{n:,} {kind}" for kind, n in kinds.items()) + "."
    apart = {row.name: row.relative for row in rows if row.relative and row.relative < math.inf}
    if not apart:
        return told
    most = f"{max(apart.values()):.2f}"
    farthest = [name for name, value in apart.items() if f"{value:.2f}" == most]
    if len(farthest) > 1:
        return f"{told} Farthest apart: {len(farthest)} tensors, by {most} times their length in A."
    return f"{told} Farthest apart: {farthest[0]}, by {most} times its length in A."


def _file(shown: session.Shown) -> File:
    return File(shown.opened, shown.card)


def _size(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else " x ".join(map(str, shape)) or "one number"


def _features(a: session.Shown, b: session.Shown, asked: Asked) -> None:
    if any(one.card.network is None for one in (a, b)):
        st.info("Features need networks that this app knows; one of the two is not.")
        return
    dataset, layer, n_probes = asked
    if layer == HEAD and b.card.head is None:
        st.info("B has no head: features before the head are compared.")
        layer = FEATURES
    question = (a.reference, b.reference, dataset, n_probes)
    if st.button("Compare their features", type="primary"):
        st.session_state["checkpoints_compared"] = question
    if st.session_state.get("checkpoints_compared") != question:
        st.caption(
            "The same held-out images through both: which classes each tells, who is near whom, "
            "and how alike their layers are."
        )
        return
    if not all([lives(a, dataset), lives(b, dataset)]):
        return
    try:
        compared = answer_to(
            ("features", state_of(a), state_of(b), dataset, layer, n_probes),
            lambda job: _compared(a, b, dataset, layer, n_probes, job),
        )
    except (ValueError, OSError) as error:
        st.error(session.plain(str(error)), icon=":material/error:")
        return
    if compared is None:
        return
    likeness, bases, images = compared
    stems = (a.opened.path.stem, b.opened.path.stem)
    report(likeness, images, stems, bases, layer)
    _clouds(a, b, dataset, layer, n_probes)


def _clouds(a: session.Shown, b: session.Shown, dataset: str, layer: str, n_probes: int) -> None:
    """Both clouds, linked and turned to lie alike; one query under both."""
    if not st.toggle("Both clouds, linked", help="Point at an image and it lights up in both."):
        return
    runs = [frozen_run(one, dataset, layer, n_probes) for one in (a, b)]
    if None in runs:
        return
    stems = [one.opened.path.stem[:50] for one in (a, b)]
    labels = stems if stems[0] != stems[1] else [f"A: {stems[0]}", f"B: {stems[1]}"]
    try:
        folder = pair([shelf.find(str(run)) for run in runs], labels)
    except (ValueError, OSError) as error:
        st.error(session.plain(str(error)), icon=":material/error:")
        return
    compare_view(
        key="checkpoints_pair",
        run=shelf.id_of(folder),
        example=False,
        view=defaults_of(COMPARE) | {"panel": "moved"},
        invite="",
        state="finished",
    )


def _compared(
    a: session.Shown, b: session.Shown, dataset: str, layer: str, n_probes: int, job: Job
) -> Compared:
    def progress(letter: str, done: int, total: int) -> None:
        job.tell(done, total, f"images through {letter}")

    sets = scored_images(dataset, n_probes, max(int(x.card.input_size or 32) for x in (a, b)))
    return compare_on_images(
        _file(a), _file(b), dataset, layer, n_probes, inner=True, sets=sets, progress=progress
    )
