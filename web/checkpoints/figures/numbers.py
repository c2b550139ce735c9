"""What a figure draws, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go


def numbers_in(figure: go.Figure) -> pd.DataFrame:
    """A row a mark: which series it is of, where it stands, of a map its value, the ends of its
    interval, and what its hover says besides, under the names in the trace's `meta`."""
    found = []
    for trace in figure.data:
        if trace.hoverinfo == "skip":  # the band around a line, whose ends are no values
            continue
        found.append(_of_map(trace) if isinstance(trace, go.Heatmap) else _of_marks(trace))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _of_map(trace: go.Heatmap) -> pd.DataFrame:
    z = np.asarray(trace.z, dtype=float)
    rows = range(z.shape[0]) if trace.y is None else trace.y
    columns = range(z.shape[1]) if trace.x is None else trace.x
    grid = pd.DataFrame(z, index=list(rows), columns=list(columns))
    melted = grid.rename_axis("y").reset_index().melt("y", var_name="x")
    beside = {name: values.ravel(order="F") for name, values in _beside(trace, z.ndim)}
    return melted.assign(**beside)  # a column after the other, as it is melted


def _of_marks(trace: Any) -> pd.DataFrame:
    marks = pd.DataFrame({"series": trace.name, "x": trace.x, "y": trace.y})
    for axis in "xy":
        bars = getattr(trace, f"error_{axis}", None)
        if bars is not None and bars.array is not None:
            more = np.asarray(bars.array, dtype=float)
            less = more if bars.arrayminus is None else np.asarray(bars.arrayminus, dtype=float)
            middle = marks[axis].astype(float)
            marks = marks.assign(**{f"{axis} low": middle - less, f"{axis} high": middle + more})
    return marks.assign(**dict(_beside(trace, 1)))


def _beside(trace: Any, n_axes: int) -> list[tuple[str, np.ndarray]]:
    """What the hover says of each mark besides where it stands; nothing without names."""
    if trace.meta is None or trace.customdata is None or not len(trace.customdata):
        return []
    values = np.asarray(trace.customdata)
    if values.ndim == n_axes:
        values = values[..., None]
    return [(name, values[..., k]) for k, name in enumerate(trace.meta)]
