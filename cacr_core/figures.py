"""Numbers in, plotly figures out; colours that read on light and on dark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

RAMP = [[0, "rgba(31,122,92,0.04)"], [1, "rgb(31,122,92)"]]  # one hue, from the page itself


def cka_figure(values: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """Heat map of how alike layers are.

    Args:
        values: `(row, column)`, at most 1; 1 is alike but for a rotation and a scale.
        rows, columns: Names of the layers, the first one's and the second's.
    """
    shown = np.clip(values, 0, 1)
    figure = go.Figure(
        go.Heatmap(
            z=shown,
            x=list(columns),
            y=list(rows),
            zmin=0,
            zmax=1,
            colorscale=RAMP,
            text=[[f"{v:.2f}" for v in row] for row in shown],
            texttemplate="%{text}",
            hovertemplate="A %{y}, B %{x}: %{z:.3f}<extra></extra>",
            colorbar={"title": "CKA", "thickness": 10},
        )
    )
    figure.update_yaxes(autorange="reversed", title="layers of A", type="category")
    figure.update_xaxes(title="layers of B", type="category")
    figure.update_layout(
        height=140 + 34 * len(rows),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure


def spectrum_figure(spectra: dict[str, np.ndarray]) -> go.Figure:
    """Shares of variance by direction, largest first, on a log scale; a line for each name."""
    figure = go.Figure()
    for (name, values), dash in zip(spectra.items(), ("solid", "dash", "dot"), strict=False):
        seen = values[values > 1e-8]
        figure.add_scatter(
            x=np.arange(1, len(seen) + 1),
            y=seen,
            name=name,
            mode="lines",
            line={"dash": dash, "color": "rgb(31,122,92)"},
            hovertemplate=f"{name}, direction %{{x}}: %{{y:.2%}}<extra></extra>",
        )
    figure.update_yaxes(type="log", title="share of variance", tickformat=".1%")
    figure.update_xaxes(title="direction, the widest first")
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure
