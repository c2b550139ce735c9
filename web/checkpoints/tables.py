"""Tables of the page: real ones, whose rows and columns have headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from cacr_core.metrics import Share
from cacr_core.scores.paired import Change, interval, points


def facts(rows: Mapping[str, str], what: str) -> None:
    """A fact a row: its name and its value."""
    table = pd.DataFrame({"": list(rows.values())}, index=list(rows))
    st.table(table, border="horizontal", hide_header=True, alt=what)


def table(
    corner: str, rows: Mapping[str, Sequence[str]], columns: Sequence[str], what: str
) -> None:
    """A header a row and a column, and what stands between.

    Args:
        corner: What the rows' headers are.
        what: What the table says, for who does not see it.
    """
    index = pd.Index(list(rows), name=corner)
    frame = pd.DataFrame(list(rows.values()), index=index, columns=list(columns))
    # its cells stand left of their header otherwise
    first = frame.style.set_properties(subset=list(columns[:1]), **{"padding-left": "1rem"})
    st.table(first, border="horizontal", alt=what)


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
