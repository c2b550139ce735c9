"""Figures of a training along its epochs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cacr_core.losses.tokens import number
from web.checkpoints.figures.frame import FIRST, TEXT_SIZE, titled
from web.checkpoints.figures.marks import Theme, marks_of

CHOSEN = "#8886"


def course_figure(
    epochs: Sequence[int],
    values: Sequence[float],
    what: str,
    chosen: int,
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    *,
    unit: str = "epoch",
    sign: str = "",
) -> go.Figure:
    """One number against epochs, or steps, the chosen one marked; with its interval where it has
    one.

    Args:
        unit: Of time.
        sign: What stands behind each value, such as that of a hundred.
    """
    traces = []
    if low is not None and high is not None:
        around = [*high, *reversed(low)]
        along = [*epochs, *reversed(epochs)]
        traces.append(
            go.Scatter(
                x=along, y=around, fill="toself", mode="lines", line_width=0, opacity=0.3,
                fillcolor=FIRST, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    traces.append(
        go.Scatter(
            x=list(epochs), y=list(values), mode="lines+markers", line_color=FIRST,
            hovertemplate=f"{unit} %{{x}}: %{{y:.3g}}{sign}<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    finite = [v for v in values if np.isfinite(v)]
    ends = f"{number(finite[0])} to {number(finite[-1])}{sign}" if finite else "not known"
    figure = titled(traces, f"{what}: {ends}", xaxis_title=unit)
    figure.add_vline(x=chosen, line_color=CHOSEN, line_width=6)
    return figure


def cloud_figure(
    points: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    title: str,
    most: float,
    theme: Theme = "light",
) -> go.Figure:
    """Images in the plane, a colour and a mark a class; one colour for all where classes are more
    than there are of these.

    Args:
        most: Where both axes end, the same for all epochs.
        theme: Of the page.
    """
    marks = marks_of(len(class_names), theme)
    traces = [
        go.Scatter(
            x=points[labels == k, 0], y=points[labels == k, 1], mode="markers", name=name,
            marker=marks[k], hovertemplate=f"{name}<extra></extra>",
        )
        for k, name in enumerate(class_names)
        if (labels == k).any()
    ]  # fmt: skip
    if (labels < 0).any() or not traces:
        rest = labels < 0
        traces.append(
            go.Scatter(
                x=points[rest, 0],
                y=points[rest, 1],
                mode="markers",
                name="–",
                marker=marks_of(0, theme)[0],
            )
        )
    figure = titled(traces, title, legend={"font": {"size": TEXT_SIZE}})
    plain = {"range": [-most, most], "visible": False}
    figure.update_layout(margin={"l": 8, "r": 8, "b": 8})
    figure.update_xaxes(plain)
    return figure.update_yaxes(plain, scaleanchor="x")
