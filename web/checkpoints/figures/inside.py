"""Figures of what is inside one checkpoint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from web.checkpoints.figures.frame import (
    BELOW_AND_ABOVE,
    SECOND,
    VEIL,
    data_url,
    heat_map,
    square,
    titled,
)


def histogram_figure(
    counts: np.ndarray, edges: np.ndarray, *, name: str, n_left_out: int = 0
) -> go.Figure:
    """How a tensor's numbers lie.

    Args:
        counts: `(bin,)`.
        edges: `(bin + 1,)`.
        n_left_out: Numbers that are NaN or infinite.
    """
    counts, edges = np.asarray(counts), np.asarray(edges)
    left_out = f"\n{n_left_out:,} NaN or infinite left out" if n_left_out else ""
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": SECOND, "line": {"width": 0}},
        customdata=np.stack([edges[:-1], edges[1:]], 1),
        meta=["from", "to"],
        hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:,}<extra></extra>",
    )
    title = f"{int(counts.sum()):,} numbers of {name}{left_out}"
    return titled([bars], title, xaxis_title="value", yaxis_title="how many", bargap=0)


def position_similarity_figure(
    similarity: np.ndarray, *, place: tuple[int, int] | None = None
) -> go.Figure:
    """How alike the position embeddings are to that of one place, or to all: then a mosaic with
    one small map for each place.

    Args:
        similarity: Cosines `(h, w, h, w)`.
        place: Row and column; None for all.
    """
    h, w = similarity.shape[:2]
    if place is None:
        z = np.full((h * (h + 1) - 1, w * (w + 1) - 1), np.nan)
        for i in range(h):
            for j in range(w):
                z[i * (h + 1) : i * (h + 1) + h, j * (w + 1) : j * (w + 1) + w] = similarity[i, j]
        n = sum(_is_beside(similarity, i, j) for i in range(h) for j in range(w))
        title = f"{n} of {h * w} places are most like one beside them"
        hover = "%{z:.2f}<extra></extra>"
    else:
        z = similarity[place]
        title = f"Likeness of every place to row {place[0]}, column {place[1]}"
        hover = "row %{y}, column %{x}: %{z:.2f}<extra></extra>"
    heat = heat_map(z, BELOW_AND_ABOVE, -1, 1, "cosine", hover)
    out = square(titled([heat], title))
    if place is None:
        out.update_xaxes(visible=False).update_yaxes(visible=False)
    return out


def _is_beside(similarity: np.ndarray, i: int, j: int) -> bool:
    """Whether the place most like this one, itself left out, is one of the eight around it."""
    others = similarity[i, j].copy()
    others[i, j] = -np.inf
    row, column = np.unravel_index(others.argmax(), others.shape)
    return max(abs(row - i), abs(column - j)) == 1


def attention_figure(image: np.ndarray, weights: np.ndarray, *, title: str = "") -> go.Figure:
    """What the class token looks at: the image under a veil that opens there.

    Args:
        image: uint8 `(height, width, 3)`.
        weights: `(h, w)` of one head, or a mean of heads; 1 / (h * w) were an even look.
    """
    height, width = image.shape[:2]
    h, w = weights.shape
    heat = heat_map(
        weights * weights.size,
        VEIL,
        0,
        None,
        "× even",
        "%{z:.2f}× an even look<extra></extra>",
        x=(np.arange(w) + 0.5) * width / w,
        y=(np.arange(h) + 0.5) * height / h,
    )
    title = title or f"Where the class token looks: {100 * weights.sum():.0f} % of it at the image"
    out = square(titled([heat], title))
    out.add_layout_image(
        source=data_url(image),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    out.update_xaxes(visible=False, range=[0, width])
    out.update_yaxes(visible=False, range=[height, 0], autorange=False)
    return out


def sizes_figure(names: Sequence[str], sizes: np.ndarray) -> go.Figure:
    """How large the weights of each layer are, in the network's order.

    Args:
        sizes: `(layer,)`, root mean squares.
    """
    sizes = np.asarray(sizes, dtype=float)
    bars = go.Bar(
        x=np.arange(1, len(sizes) + 1),
        y=sizes,
        marker={"color": SECOND, "line": {"width": 0}},
        customdata=list(names),
        meta=["layer"],
        hovertemplate="%{customdata}: %{y:.3g}<extra></extra>",
    )
    known = sizes[np.isfinite(sizes) & (sizes > 0)]
    ends = f"{known.min():.2g} to {known.max():.2g}" if len(known) else "none above 0"
    title = f"Weights by layer: root mean square {ends}"
    return titled([bars], title, xaxis_title="layer", yaxis_title="root mean square", bargap=0.15)
