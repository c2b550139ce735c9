"""Two checkpoints weight by weight: how far each layer moved, in how many directions, and every
tensor of both side by side."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from cacr_core.checkpoints.alike import LayerChange, Row
from cacr_core.checkpoints.alike.files import File, tensor_rows, weight_changes
from web.checkpoints import figures, tables
from web.checkpoints.charts import chart
from web.checkpoints.question import state_of
from web.checkpoints.session import Shown, plain
from web.checkpoints.work import answer_to
from web.shell.options import spoken

HIGH, TABLE = 276, 160  # pixels of a figure, and of the table of tensors


def weights_panel(a: Shown, b: Shown) -> None:
    """Both files are read whole: not before somebody looks, and once."""
    one, other = File(a.opened, a.card), File(b.opened, b.card)
    changes = answer_to(
        ("singular", state_of(a), state_of(b)),
        lambda job: weight_changes(one, other, lambda done, total: job.tell(done, total, "layers")),
    )
    if changes is None:
        return
    if changes:
        _by_layer(changes)
    else:
        st.info("No layer has one name and shape in both, so none is held against the other.")
    rows = answer_to(("tensors", state_of(a), state_of(b)), lambda job: tensor_rows(one, other))
    if rows is not None:
        _tensors(rows)


def _by_layer(changes: list[LayerChange]) -> None:
    left, right = st.columns(2, gap="large")
    names = [one.name for one in changes]
    with left:
        chart(figures.layer_change_figure(
            names,
            np.array([one.relative for one in changes]),
            [one.n_held for one in changes],
            [len(one.values) for one in changes],
        ), HIGH)  # fmt: skip
        chosen = st.selectbox("Singular values of the difference of", names, format_func=spoken())
    with right:
        one = changes[names.index(chosen)]
        chart(figures.singular_figure(one.name, one.values, one.n_held), HIGH)
        st.caption(
            "A convolution is a matrix of its outputs by all else. A change in few directions "
            "leaves most of a layer as it was."
        )


def _tensors(rows: list[Row]) -> None:
    st.markdown("## Tensors side by side", anchors=False)
    apart = "|a − b| / |a|"
    frame = pd.DataFrame(
        [(r.name, r.kind, _size(r.shape_a), _size(r.shape_b), r.relative) for r in rows],
        columns=["name", "kind", "A", "B", apart],
    )
    number = st.column_config.NumberColumn(format="%.3g")
    says, words = plain(tensors_say(rows)), ["kind", "A", "B"]
    config = {apart: number}
    tables.rows(frame, "Tensors of A and B", says, words, config, height=TABLE)


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


def _size(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else " x ".join(map(str, shape)) or "one number"
