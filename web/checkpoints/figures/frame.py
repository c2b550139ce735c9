"""What all figures share: colours, titles in lines, heat maps; text keeps the theme of the page."""

from __future__ import annotations

import base64
import io
import textwrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

# no warm and no blue, which mean pull and push; grey and green read on white and on black
FIRST, SECOND = "#8A8A8A", "#2A8C6B"
RAMP = [[0.0, "rgba(42,140,107,0)"], [1.0, "rgba(42,140,107,1)"]]
BELOW_AND_ABOVE = [
    [0.0, "rgba(138,138,138,1)"],
    [0.5, "rgba(138,138,138,0)"],
    [0.5, "rgba(42,140,107,0)"],
    [1.0, "rgba(42,140,107,1)"],
]
VEIL = [[0.0, "rgba(128,128,128,0.9)"], [1.0, "rgba(128,128,128,0)"]]
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12}}
MARGIN = {"l": 56, "r": 16, "b": 48}
TITLE_SIZE, TEXT_SIZE, BAR = 14, 12, 12  # pixels
TITLE_WIDTH = 38  # characters a line: half a narrow page has room for them
LINE, ABOVE_AND_BELOW, OF_LEGEND = 19, 22, 26  # pixels
SMALL_TITLE_SIZE, SMALL_LINE = 13, 17  # pixels
SMALL_WIDTH, SMALL_LINES = 28, 2  # characters a line, where so many lines hold the title


def data_url(image: np.ndarray) -> str:
    """A uint8 image as a PNG for a browser."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def percents(shares: np.ndarray, digits: int) -> np.ndarray:
    """Shares as texts for a hover, with the space that plotly's own percents lack."""
    told = [f"{100 * share:.{digits}f} %" for share in np.ravel(shares)]
    return np.array(told, dtype=object).reshape(np.shape(shares))


def heat_map(
    z: np.ndarray,
    scale: list[list[Any]],
    low: float,
    high: float | None,
    bar: str,
    hover: str,
    **more: Any,
) -> go.Heatmap:
    """Values as colours of a scale from `low` to `high`, or to the largest of them."""
    return go.Heatmap(
        z=z,
        colorscale=scale,
        zmin=low,
        zmax=float(np.nanmax(z)) if high is None else high,
        colorbar={
            "title": bar,
            "outlinewidth": 0,
            "thickness": BAR,
            "tickfont": {"size": TEXT_SIZE},
        },
        hovertemplate=hover,
        **more,
    )


def between_names(figure: go.Figure) -> go.Figure:
    """A heat map between names."""
    figure.update_xaxes(type="category", showgrid=False)
    return figure.update_yaxes(type="category", showgrid=False)


def square(figure: go.Figure) -> go.Figure:
    """A heat map of places: as high as wide, with no names beside it."""
    figure.update_layout(margin_l=MARGIN["r"])
    figure.update_xaxes(constrain="domain", showgrid=False, zeroline=False)
    return figure.update_yaxes(
        showgrid=False, zeroline=False, scaleanchor="x", autorange="reversed", constrain="domain"
    )


def titled(traces: list[Any], title: str, **layout: Any) -> go.Figure:
    """With a title in lines of a width that any page has, and the room that they need."""
    lines = [line for part in title.split("\n") for line in textwrap.wrap(part, TITLE_WIDTH)]
    top = ABOVE_AND_BELOW + LINE * len(lines) + (OF_LEGEND if "legend" in layout else 0)
    figure = go.Figure(
        traces,
        go.Layout(
            title={
                "text": "<br>".join(lines),
                "font": {"size": TITLE_SIZE},
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 10},
            },
            template="none",
            margin=MARGIN | {"t": top},
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            **layout,
        ),
    )
    figure.update_xaxes(tickfont={"size": TEXT_SIZE})
    return figure.update_yaxes(tickfont={"size": TEXT_SIZE})


def small(figure: go.Figure, height: int) -> go.Figure:
    """In a panel of little height: legends give way to the title, which leaves room beside it, and
    where the upright axis has a name those of both lie above it."""
    title = figure.layout.title
    lines = title.text.split("<br>")
    narrow = textwrap.wrap(" ".join(lines), SMALL_WIDTH, break_on_hyphens=False)
    if len(narrow) <= SMALL_LINES:
        lines = narrow
    title.update(text="<br>".join(lines), font_size=SMALL_TITLE_SIZE)
    name = figure.layout.yaxis.title.text
    top = 12 + SMALL_LINE * len(lines) + (ABOVE_AND_BELOW if name else 0)
    margin = {"l": 44, "r": 8, "b": 22 if name else 38, "t": top}
    figure.update_layout(height=height, margin=margin, showlegend=False)
    if name:
        both = f"{name} · by {figure.layout.xaxis.title.text}"
        figure.add_annotation(
            text=both, xref="paper", yref="paper", x=0, y=1, xshift=-margin["l"], xanchor="left",
            yanchor="bottom", showarrow=False, borderpad=0, font={"size": TEXT_SIZE},
        )  # fmt: skip
        figure.update_xaxes(title_text="")
    figure.update_xaxes(nticks=5, title_font_size=TEXT_SIZE)
    return figure.update_yaxes(title_text="", nticks=4, dtick=None)
