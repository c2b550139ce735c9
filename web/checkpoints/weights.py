"""Two checkpoints weight by weight: how far each layer moved, in how many directions, and every
tensor of both side by side."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from cacr_core.checkpoints.alike import LayerChanges, Row
from cacr_core.checkpoints.alike.files import File, tensor_rows, weight_changes
from cacr_core.checkpoints.alike.singular import LARGEST_SIDE
from cacr_core.checkpoints.architecture import COUNTER
from web.checkpoints import figures, tables
from web.checkpoints.charts import chart
from web.checkpoints.question import state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import answer_to
from web.shell.options import spoken
from web.shell.plain import plain

HIGH, TABLE = 276, 160  # pixels of a figure, and of the table of tensors
MOST_NAMED = 4  # layers without a bar


def weights_panel(a: Shown, b: Shown) -> None:
    """Both files are read whole: not before somebody looks, and once."""
    one, other = File(a.opened, a.card), File(b.opened, b.card)
    changes = answer_to(
        ("singular", state_of(a), state_of(b)),
        lambda job: weight_changes(one, other, lambda done, total: job.tell(done, total, "layers")),
    )
    if changes is None:
        return
    left_out = left_out_says(changes)
    if changes.layers:
        _by_layer(changes)
    elif not left_out:
        st.info("No layer has one name and shape in both, so none is held against the other.")
    for sentence in left_out:
        st.caption(plain(sentence))
    rows = answer_to(("tensors", state_of(a), state_of(b)), lambda job: tensor_rows(one, other))
    if rows is not None:
        _tensors(rows)


def left_out_says(changes: LayerChanges) -> list[str]:
    """Which layers have no bar, and why: a sentence each."""
    zero = [one.name for one in changes.layers if not math.isfinite(one.relative)]
    told = (
        (zero, "Without a bar, as they have no size in A"),
        (changes.not_finite, "Left out, as they have NaN or infinite numbers"),
        (changes.too_large, f"Left out, as both their sides are above {LARGEST_SIDE:,}"),
    )
    return [f"{what}: {_listed(names)}." for names, what in told if names]


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _by_layer(found: LayerChanges) -> None:
    left, right = st.columns(2, gap="large")
    changes = found.layers
    names = [one.name for one in changes]
    with left:
        chart(figures.layer_change_figure(
            names,
            np.array([one.relative for one in changes]),
            [one.n_held for one in changes],
            [len(one.values) for one in changes],
            len(found.not_finite) + len(found.too_large),
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
    """How many there are of each kind but counters of steps, which is farthest from the other's,
    and of how many that cannot be said."""
    n_all, rows = len(rows), [row for row in rows if not row.name.endswith(COUNTER)]
    kinds = {k: sum(row.kind == k for row in rows) for k in ("added", "removed", "changed", "same")}
    counters = f"; counters left out: {n_all - len(rows):,}" if n_all > len(rows) else ""
    told = [", ".join(f"{n:,} {kind}" for kind, n in kinds.items()) + f"{counters}."]
    known = {row.name: row.relative for row in rows if row.relative}
    apart = {name: value for name, value in known.items() if math.isfinite(value)}
    if apart:
        most = max(apart.values())
        farthest = [name for name, value in apart.items() if value == most]
        one = len(farthest) == 1
        which = farthest[0] if one else f"{len(farthest)} tensors"
        by = f"by {most:.2g} times {'its' if one else 'their'} length in A"
        told.append(f"Farthest apart: {which}, {by}.")
    if n := len(known) - len(apart):
        told.append(f"Without a distance, for NaN, infinite numbers or only zeros in A: {n:,}.")
    return " ".join(told)


def _size(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else " x ".join(map(str, shape)) or "one number"
