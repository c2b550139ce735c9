"""What can be taken away: tables as CSV and Parquet, pictures as PNG; made when it is asked for."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from PIL import Image


def save_table(frame: pd.DataFrame, what: str) -> None:
    """A table as a file.

    Args:
        what: What it says; the file is called so.
    """
    csv, parquet = (partial(make, index=False) for make in (frame.to_csv, frame.to_parquet))
    _save(what, {"csv": csv, "parquet": parquet})


def save_numbers(figure: go.Figure, what: str) -> None:
    """What a figure draws, as a table; the figure itself is saved by its own button."""
    _save(what, {"csv": lambda: numbers_in(figure).to_csv(index=False)})


def numbers_in(figure: go.Figure) -> pd.DataFrame:
    """A row a mark: which series it is of, where it stands, and of a map its value."""
    found = []
    for trace in figure.data:
        if trace.hoverinfo == "skip":  # the band around a line, whose ends are no values
            continue
        if isinstance(trace, go.Heatmap):
            z = np.asarray(trace.z, dtype=float)
            rows = range(z.shape[0]) if trace.y is None else trace.y
            columns = range(z.shape[1]) if trace.x is None else trace.x
            grid = pd.DataFrame(z, index=list(rows), columns=list(columns))
            found.append(grid.rename_axis("y").reset_index().melt("y", var_name="x"))
        else:
            found.append(pd.DataFrame({"series": trace.name, "x": trace.x, "y": trace.y}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def save_picture(picture: np.ndarray, what: str) -> None:
    """A picture, uint8 `(height, width, 3 or 4)`, as a file."""
    _save(what, {"png": partial(as_png, picture)})


def as_png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _save(what: str, kinds: dict[str, Callable[[], str | bytes]]) -> None:
    name = re.sub("[^a-z0-9]+", "-", what.lower()).strip("-")[:80]
    with st.popover("Save", key=f"checkpoints_save_{name}", type="tertiary", help=what):
        for suffix, make in kinds.items():
            st.download_button(
                f"as {suffix.upper() if len(suffix) == 3 else suffix.title()}",
                make,
                f"{name}.{suffix}",
                key=f"checkpoints_{suffix}_{name}",
                on_click="ignore",
            )
