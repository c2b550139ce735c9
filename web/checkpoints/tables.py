"""Tables of the page: real ones, whose rows and columns have headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from cacr_core.metrics import Share
from cacr_core.scores.paired import Change, interval, points
from web.checkpoints.saved import save_table
from web.shell.options import spoken
from web.shell.plain import plain


def facts(rows: Mapping[str, str], what: str) -> None:
    """A fact a row: its name and its value."""
    table = pd.DataFrame({"": list(rows.values())}, index=list(rows))
    st.table(table, border="horizontal", hide_header=True, alt=what)


def rows(
    frame: pd.DataFrame,
    what: str,
    head: str = "",
    words: Sequence[str] = (),
    column_config: Mapping[str, Any] | None = None,
    **shown: Any,
) -> None:
    """Many rows to scroll and to sort; above them a line and a way to save them.

    They are drawn on a canvas, where the page's language finds no text: it is asked for here.

    Args:
        what: As `table` has it.
        words: Columns that hold words, not names.
        column_config, shown: How, as `st.dataframe` takes it.
    """
    said, given = spoken(), column_config or {}
    titled: dict[Any, Any] = {
        name: {**given.get(name, {}), "label": said(name)} for name in frame.columns
    }
    seen = frame.assign(**{name: frame[name].map(said) for name in words})
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        if head:
            st.caption(head, width="stretch")
        save_table(frame, what)
    st.dataframe(seen, hide_index=True, alt=what, column_config=titled, **shown)


Cell = str | Share | Change | None
Rows = Mapping[str, Sequence[Cell]] | Sequence[tuple[str, Sequence[Cell]]]


def table(
    corner: str,
    rows: Rows,
    columns: Sequence[str],
    what: str,
    foot: str = "",
    *,
    short: bool = False,
) -> None:
    """A header a row and a column, and what stands between; below it a line and a way to save it.

    Args:
        corner: What the rows' headers are.
        rows: By their headers, in pairs where two may be equal. Shares and changes are written
            with their intervals.
        what: What the table says, for who does not see it; its file is called so.
        foot: What else is to be known of it.
        short: Shares are written without their sign and with dashes.
    """
    pairs = _pairs(rows)
    index = pd.Index([plain(name) for name, _ in pairs], name=corner)
    texts = [[_text(cell, short) for cell in row] for _, row in pairs]
    frame = pd.DataFrame(texts, index=index, columns=[plain(name) for name in columns])
    shown: Any = frame
    if index.is_unique:  # as a style needs it; its cells stand left of their header otherwise
        first = list(frame.columns[:1])
        shown = frame.style.set_properties(subset=first, **{"padding-left": "1rem"})
    st.table(shown, border="horizontal", alt=what)
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", gap="small"):
        if foot:
            st.caption(foot, width="stretch")
        save_table(numbers_of(corner, rows, columns), what)


def _pairs(rows: Rows) -> Sequence[tuple[str, Sequence[Cell]]]:
    return list(rows.items()) if isinstance(rows, Mapping) else rows


def numbers_of(corner: str, rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    """A table as numbers: a share or a change as its value and the ends of its interval, 0..1."""
    out: list[dict[str, str | float | None]] = []
    for name, row in _pairs(rows):
        line: dict[str, str | float | None] = {corner or "name": name}
        for column, cell in zip(columns, row, strict=True):
            if isinstance(cell, Share | Change):
                ends = {"": cell.value, " low": cell.low, " high": cell.high}
                line |= {f"{column}{end}": value for end, value in ends.items()}
            else:
                line[column] = cell
        out.append(line)
    return pd.DataFrame(out)


def _text(cell: Cell, short: bool) -> str:
    if isinstance(cell, Change):
        return in_points(cell)
    if isinstance(cell, Share):
        return percents_in_short(cell) if short else percents(cell)
    return "–" if cell is None else plain(cell)


def percents(share: Share) -> str:
    """A share with its interval."""
    if not share.n:
        return "–"
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"


def percents_in_short(share: Share) -> str:
    """The same where the column says that it is of a hundred."""
    if not share.n:
        return "–"
    return f"{100 * share.value:.1f} ({100 * share.low:.1f}–{100 * share.high:.1f})"


def in_points(change: Change | None) -> str:
    """A difference of shares with its interval, in percentage points."""
    if change is None or not change.n:
        return "–"
    return f"{points(change.value)} ({interval(change)})"
