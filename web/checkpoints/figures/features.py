"""Figures of one checkpoint's features, or of two checkpoints' side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from web.checkpoints.figures.frame import (
    FIRST,
    LEGEND,
    RAMP,
    SECOND,
    between_names,
    heat_map,
    percents,
    titled,
)

ROW, AROUND = 21, 130  # pixels, of a figure with a row a class


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
        matrix: Linear CKA `(layer of a, layer of b)`, debiased: about 0 to 1, NaN where a layer
            is the same for all images.
        names_a, names_b: Of the inner layers, and last of what is compared, whose name both have
            whatever their networks.
        a, b: What the checkpoints are called.
    """
    heat = heat_map(
        matrix,
        RAMP,
        0,
        1,
        "CKA",
        f"{a} %{{y}}, {b} %{{x}}: %{{z:.3f}}<extra></extra>",
        x=list(names_b),
        y=list(names_a),
    )
    title = _alike(np.asarray(matrix, dtype=float), names_a, names_b, a, b)
    return between_names(titled([heat], title, xaxis_title=b, yaxis_title=a))


def _alike(
    matrix: np.ndarray, names_a: Sequence[str], names_b: Sequence[str], a: str, b: str
) -> str:
    """Whether inner layers are most like those of the same name, where most have one, else which
    two layers are."""
    known = np.where(np.isnan(matrix), -np.inf, matrix)
    if not np.isfinite(known).any():
        return f"No layer of {a} or {b} differs between images"
    inner_a, inner_b, n = names_a[:-1], names_b[:-1], len(names_a) - 1
    shared = [i for i, name in enumerate(inner_a) if name in inner_b]
    alive = [i for i in shared if np.isfinite(known[i, :-1]).any()]
    if 2 * len(shared) <= max(n, len(inner_b)) or not alive:
        i, j = map(int, np.unravel_index(known.argmax(), known.shape))
        return f"Most alike: {names_a[i]} of {a} and {names_b[j]} of {b}, {matrix[i, j]:.2f}"
    n_same = sum(inner_b[int(known[i, :-1].argmax())] == inner_a[i] for i in alive)
    which = "Every layer" if n_same == n else f"{n_same} of {n} layers"
    alike = "is most like its" if n_same in (1, n) else "are most like their"
    return f"{which} of {a} {alike} own in {b}"


def spectrum_figure(spectra: dict[str, np.ndarray]) -> go.Figure:
    """How the features' variance is shared between directions, largest first, on a log scale.

    Args:
        spectra: Variances `(direction,)` by checkpoint (eigenvalues of the covariance, or squared
            singular values); shown as shares of their sum, those below one in a million left out.
    """
    lines, needed, still = [], [], []
    for i, (name, values) in enumerate(spectra.items()):
        values = np.sort(np.asarray(values, dtype=float))[::-1]
        shares = values / values.sum() if values.sum() > 0 else values
        if shares.any():
            needed.append(f"{name} {int((shares.cumsum() < 0.9 - 1e-9).sum()) + 1}")
        else:
            still.append(name)
        shares = shares[shares > 1e-6]
        lines.append(
            go.Scatter(
                x=np.arange(1, len(shares) + 1),
                y=shares,
                name=name,
                mode="lines",
                line={"color": (FIRST, SECOND)[i % 2], "dash": ("solid", "dash")[i % 2]},
                text=percents(shares, 3),
                hovertemplate=f"{name}, direction %{{x}}: %{{text}}<extra></extra>",
            )
        )
    title = [f"90 % of the variance: {', '.join(needed)} directions"] if needed else []
    title += [f"No direction of {', '.join(still)} varies"] if still else []
    out = titled(
        lines,
        "\n".join(title),
        xaxis_title="direction",
        yaxis_title="share of the variance",
        legend=LEGEND,
    )
    return out.update_yaxes(type="log", dtick=1, tickformat="~p")


def confusion_figure(confusion: np.ndarray, classes: Sequence[str]) -> go.Figure:
    """Which classes are taken for which.

    Args:
        confusion: Counts `(true class, class said)`; shown as shares of each row.
    """
    counts = np.asarray(confusion, dtype=float)
    totals = counts.sum(1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right = np.trace(counts) / max(counts.sum(), 1)
    wrong = counts - np.diag(np.diag(counts))
    i, j = np.unravel_index(wrong.argmax(), wrong.shape)
    times = "once" if wrong[i, j] == 1 else f"{wrong[i, j]:.0f} times"
    often = f"{classes[i]} taken for {classes[j]}, {times}"
    if (wrong == wrong[i, j]).sum() > 1:
        often += ", and others as often"
    worst = f"\nMost often wrong: {often}" if wrong[i, j] else ""
    heat = heat_map(
        shares,
        RAMP,
        0,
        1,
        "share",
        "%{y} taken for %{x}: %{text} (%{customdata:,})<extra></extra>",
        x=list(classes),
        y=list(classes),
        text=percents(shares, 1),
        customdata=counts,
        meta=["how many"],
    )
    title = f"{100 * right:.1f} % of {counts.sum():,.0f} images get their own class{worst}"
    out = between_names(titled([heat], title, xaxis_title="taken for", yaxis_title="is"))
    return out.update_yaxes(autorange="reversed")


def class_change_figure(
    classes: Sequence[str],
    changes: np.ndarray,
    intervals: np.ndarray,
    *,
    title: str,
    a: str = "first",
    b: str = "second",
) -> go.Figure:
    """How much more often the second has each class right, with intervals, in order.

    Args:
        changes: `(class,)` in [-1, 1]; NaN for a class without images, which is left out.
        intervals: `(class, 2)`, low and high.
        title: What the intervals allow to say.
        a, b: What the checkpoints are called.
    """
    values, bounds = 100 * np.asarray(changes, float), 100 * np.asarray(intervals, float)
    order = [i for i in np.argsort(values, kind="stable") if not np.isnan(values[i])]
    sign = (bounds[:, 0] > 0).astype(int) - (bounds[:, 1] < 0)
    marks = []
    for kind, name, symbol, colour in (
        (1, f"{b} better", "diamond", SECOND),
        (0, "not told apart", "circle-open", FIRST),
        (-1, f"{a} better", "square", FIRST),
    ):
        own = [i for i in order if sign[i] == kind]
        marks.append(
            go.Scatter(
                x=values[own],
                y=[classes[i] for i in own],
                name=name,
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 10},
                error_x={
                    "array": bounds[own, 1] - values[own],
                    "arrayminus": values[own] - bounds[own, 0],
                    "color": colour,
                    "thickness": 1.5,
                    "width": 0,
                },
                customdata=bounds[own],
                hovertemplate="%{y}: %{x:+.1f} points (%{customdata[0]:+.1f} to "
                "%{customdata[1]:+.1f})<extra></extra>",
            )
        )
    out = titled(
        [mark for mark in marks if len(mark.x)],
        title,
        xaxis_title=f"{b} − {a}, percentage points",
        legend=LEGEND,
        height=AROUND + ROW * max(4, len(order)),
        showlegend=True,
    )
    out.update_xaxes(zeroline=True, zerolinewidth=1, zerolinecolor=FIRST)
    names = [classes[i] for i in order]
    return out.update_yaxes(type="category", categoryorder="array", categoryarray=names)
