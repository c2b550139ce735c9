"""Inside a file: what is broken, what the first layer looks like, and every tensor."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cacr_core.checkpoints import inside, pictures
from cacr_core.checkpoints.faults import Row
from web.checkpoints import figures, tables
from web.checkpoints.card import in_the_file, whole_card
from web.checkpoints.charts import chart
from web.checkpoints.filters import filters_of
from web.checkpoints.health import weights_of
from web.checkpoints.question import answered, state_of
from web.checkpoints.session import Shown
from web.shell.options import spoken
from web.shell.plain import plain

MOST_FINDINGS = 6


UPPER, LOWER = 362, 336  # pixels: together with the head they fill a window of 900
TABLE, HISTOGRAM = 210, 232


def inside_panel(shown: Shown) -> None:
    """The whole card and the file's entries, what is broken, the first layer and positions, and
    every tensor: four panels on one screen."""
    with st.container(key="checkpoints_upper"):
        left, right = st.columns([5, 3], gap="small")
    with st.container(key="checkpoints_lower"):
        below_left, below_right = st.columns([5, 3], gap="small")
    with left, st.container(height=UPPER, border=True, gap="xsmall"):
        st.markdown("## The card", anchors=False)
        whole_card(shown)
        in_the_file(shown)
    with below_left, st.container(height=LOWER, border=True, gap="xsmall"):
        st.markdown("## Tensor by tensor", anchors=False)
        rows = weights_of(shown)
        if rows is not None:
            _tensors(rows)
    with right, st.container(height=UPPER, border=True, gap="xsmall"):
        if rows is not None:
            st.markdown("## What is broken", anchors=False)
            _findings(rows)
        filters_of(shown)
        if shown.card.network and shown.card.network.kind == "vit":
            _positions(shown)
    with below_right, st.container(height=LOWER, border=True, gap="xsmall"):
        if rows is not None:
            _numbers(shown, rows)


def _numbers(shown: Shown, rows: list[Row]) -> None:
    """How the numbers of one tensor lie."""
    named = {row.name: row for row in rows if row.count > 1}
    first = next((i for i, row in enumerate(named.values()) if len(row.shape) > 1), 0)
    chosen = st.selectbox("How the numbers lie of", list(named), first, format_func=spoken())
    if not chosen:
        return
    path = named[chosen].path
    lie = answered(
        ("histogram", state_of(shown), path),
        lambda: inside.histogram(shown.opened.load([path])[path]),
    )
    chart(
        figures.histogram_figure(lie.counts, lie.edges, name=chosen, n_left_out=lie.n_left_out),
        HISTOGRAM,
    )


def _findings(rows: list[Row]) -> None:
    found = inside.findings(rows)
    for sentence in found[:MOST_FINDINGS]:
        st.warning(plain(sentence), icon=":material/warning:")
    if len(found) > MOST_FINDINGS:
        st.caption(f"And {len(found) - MOST_FINDINGS:,} more like these, in the table.")
    if not found:
        st.markdown("Nothing that shows in the weights.")
    st.caption(
        f"Looked for in {len(rows):,} tensors of the encoder and its head: NaN and infinite "
        "numbers, channels whose weights are all next to 0 or all one number, batch norms with "
        "statistics that no working network has."
    )


def _tensors(rows: list[Row]) -> None:
    names = ["name", "shape", "type", "norm", "mean of |w|", "deviation", "dead", "finding"]
    frame = pd.DataFrame(
        [
            (
                r.name, " x ".join(map(str, r.shape)) or "one number", r.dtype, r.norm,
                r.mean_absolute, r.std, r.dead_fraction, r.finding,
            )
            for r in rows
        ],
        columns=names,
    )  # fmt: skip
    numbers = st.column_config.NumberColumn(format="%.3g")
    tables.rows(
        frame,
        "Every tensor of the encoder and its head",
        words=["shape"],
        height=TABLE,
        column_order=[name for name in names if name != "finding" or any(frame["finding"])],
        column_config={
            "dead": st.column_config.NumberColumn(
                format="percent", help="Dead or constant channels"
            ),
            **dict.fromkeys(("norm", "mean of |w|", "deviation"), numbers),
        },
    )


def _positions(shown: Shown) -> None:
    """How alike a ViT's position embeddings are."""
    try:
        similarity = answered(
            ("positions", state_of(shown)),
            lambda: pictures.position_similarity(shown.opened, shown.card),
        )
    except ValueError as error:
        st.info(plain(str(error)))
    else:
        chart(figures.position_similarity_figure(similarity))
