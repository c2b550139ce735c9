"""Figures of a checkpoint in plotly; colours of text and grid are left to the page's theme."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

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
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
MARGIN = {"l": 56, "r": 16, "t": 72, "b": 48}


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
    left_out = f"<br>{n_left_out:,} NaN or infinite left out" if n_left_out else ""
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": SECOND, "line": {"width": 0}},
        customdata=np.stack([edges[:-1], edges[1:]], 1),
        hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:,}<extra></extra>",
    )
    title = f"{int(counts.sum()):,} numbers of {name}{left_out}"
    return _figure([bars], title, xaxis_title="value", yaxis_title="how many", bargap=0)


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
        title, hover = "Each place's likeness to all places", "%{z:.2f}<extra></extra>"
    else:
        z = similarity[place]
        title = f"Likeness of every place to row {place[0]}, column {place[1]}"
        hover = "row %{y}, column %{x}: %{z:.2f}<extra></extra>"
    heat = _heat(z, BELOW_AND_ABOVE, -1, 1, "cosine", hover)
    out = _square(_figure([heat], title))
    if place is None:
        out.update_xaxes(visible=False).update_yaxes(visible=False)
    return out


def attention_figure(image: np.ndarray, weights: np.ndarray, *, title: str = "") -> go.Figure:
    """What the class token looks at: the image under a veil that opens there.

    Args:
        image: uint8 `(height, width, 3)`.
        weights: `(h, w)` of one head, or a mean of heads; 1 / (h * w) were an even look.
    """
    height, width = image.shape[:2]
    h, w = weights.shape
    heat = _heat(
        weights * weights.size,
        VEIL,
        0,
        None,
        "× even",
        "%{z:.2f}× an even look<extra></extra>",
        x=(np.arange(w) + 0.5) * width / w,
        y=(np.arange(h) + 0.5) * height / h,
    )
    title = title or f"Where the class token looks: {weights.sum():.0%} of it at the image"
    out = _square(_figure([heat], title))
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


def cka_figure(
    matrix: np.ndarray,
    names_a: Sequence[str],
    names_b: Sequence[str],
    *,
    a: str = "first",
    b: str = "second",
) -> go.Figure:
    """How alike two checkpoints' layers are.

    Args:
        matrix: Linear CKA in [0, 1] `(layer of a, layer of b)`.
        names_a, names_b: Of the layers.
        a, b: What the checkpoints are called.
    """
    heat = _heat(
        matrix,
        RAMP,
        0,
        1,
        "CKA",
        f"{a} %{{y}}, {b} %{{x}}: %{{z:.3f}}<extra></extra>",
        x=list(names_b),
        y=list(names_a),
    )
    title = f"How alike the layers of {a} and {b} are"
    return _table(_figure([heat], title, xaxis_title=b, yaxis_title=a))


def spectrum_figure(spectra: dict[str, np.ndarray]) -> go.Figure:
    """How the features' variance is shared between directions, largest first, on a log scale.

    Args:
        spectra: Variances `(direction,)` by checkpoint (eigenvalues of the covariance, or squared
            singular values); shown as shares of their sum, those below one in a million left out.
    """
    lines, needed = [], []
    for i, (name, values) in enumerate(spectra.items()):
        values = np.sort(np.asarray(values, dtype=float))[::-1]
        shares = values / values.sum() if values.sum() > 0 else values
        needed.append(f"{name} {int((shares.cumsum() < 0.9 - 1e-9).sum()) + 1}")
        shares = shares[shares > 1e-6]
        lines.append(
            go.Scatter(
                x=np.arange(1, len(shares) + 1),
                y=shares,
                name=name,
                mode="lines",
                line={"color": (FIRST, SECOND)[i % 2], "dash": ("solid", "dash")[i % 2]},
                hovertemplate=f"{name}, direction %{{x}}: %{{y:.3%}}<extra></extra>",
            )
        )
    out = _figure(
        lines,
        f"Directions for 90% of the variance: {', '.join(needed)}",
        xaxis_title="direction",
        yaxis_title="share of the variance",
        legend=LEGEND,
    )
    return out.update_yaxes(type="log", dtick=1, tickformat="~p")


def confusion_figure(confusion: np.ndarray, classes: Sequence[str]) -> go.Figure:
    """Which classes are taken for which.

    Args:
        confusion: Counts `(true class, told class)`; shown as shares of each row.
    """
    counts = np.asarray(confusion, dtype=float)
    totals = counts.sum(1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right = np.trace(counts) / max(counts.sum(), 1)
    wrong = counts - np.diag(np.diag(counts))
    i, j = np.unravel_index(wrong.argmax(), wrong.shape)
    worst = f"<br>most often wrong: {classes[i]} told as {classes[j]}" if wrong[i, j] else ""
    heat = _heat(
        shares,
        RAMP,
        0,
        1,
        "share",
        "%{y} told as %{x}: %{z:.1%} (%{customdata:,})<extra></extra>",
        x=list(classes),
        y=list(classes),
        customdata=counts,
    )
    title = f"{right:.1%} told right{worst}"
    out = _table(_figure([heat], title, xaxis_title="told as", yaxis_title="is"))
    return out.update_yaxes(autorange="reversed")


def class_accuracy_figure(
    classes: Sequence[str],
    first: np.ndarray,
    second: np.ndarray,
    *,
    a: str = "first",
    b: str = "second",
) -> go.Figure:
    """Accuracy of each class under two checkpoints, ordered by how much it changes.

    Args:
        first, second: In [0, 1] `(class,)`.
        a, b: What the checkpoints are called.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    order = np.argsort(second - first, kind="stable")
    names = [classes[i] for i in order]
    lines = go.Scatter(
        x=np.stack([first[order], second[order], np.full(len(order), np.nan)], 1).reshape(-1),
        y=[name for name in names for _ in range(3)],
        mode="lines",
        line={"color": "rgba(128,128,128,0.6)", "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )
    marks = [
        go.Scatter(
            x=values[order],
            y=names,
            name=name,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            hovertemplate=f"%{{y}}, {name}: %{{x:.1%}}<extra></extra>",
        )
        for name, values, colour, symbol in (
            (a, first, FIRST, "circle"),
            (b, second, SECOND, "diamond"),
        )
    ]
    better, worse = int((second > first).sum()), int((second < first).sum())
    classes_word = "class" if better == 1 else "classes"
    out = _figure(
        [lines, *marks],
        f"{b} tells {better} {classes_word} better than {a}, {worse} worse",
        xaxis_title="accuracy",
        legend=LEGEND,
    )
    out.update_xaxes(tickformat=".0%", range=[-0.02, 1.02])
    return out.update_yaxes(type="category")


def data_url(image: np.ndarray) -> str:
    """A uint8 image as a PNG for a browser."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _heat(z, scale, low, high, bar, hover, **more) -> go.Heatmap:
    return go.Heatmap(
        z=z,
        colorscale=scale,
        zmin=low,
        zmax=float(np.nanmax(z)) if high is None else high,
        colorbar={"title": bar, "outlinewidth": 0},
        hovertemplate=hover,
        **more,
    )


def _table(figure: go.Figure) -> go.Figure:
    """A heat map between names."""
    figure.update_xaxes(type="category", showgrid=False)
    return figure.update_yaxes(type="category", showgrid=False)


def _square(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(constrain="domain", showgrid=False, zeroline=False)
    return figure.update_yaxes(
        showgrid=False, zeroline=False, scaleanchor="x", autorange="reversed", constrain="domain"
    )


def _figure(traces: list, title: str, **layout) -> go.Figure:
    return go.Figure(
        traces,
        go.Layout(
            title={"text": title},
            template="none",
            margin=MARGIN,
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            **layout,
        ),
    )
