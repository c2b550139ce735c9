"""What a figure draws, as a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go


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
