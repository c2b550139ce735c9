"""Figures of how the weights of two networks differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from web.checkpoints.figures.frame import SECOND, percents, titled


def layer_change_figure(
    names: Sequence[str],
    relative: np.ndarray,
    n_held: Sequence[int],
    sides: Sequence[int],
    n_left_out: int = 0,
) -> go.Figure:
    """How far each layer's weights lie apart, and in how many directions.

    Args:
        relative: `(layer,)`, |B - A| / |A|; not finite where A has no size.
        n_held: Directions that hold nine tenths of the change of each.
        sides: Directions that each has.
        n_left_out: Layers of both that are not among these.
    """
    relative = np.asarray(relative, dtype=float)
    shown = np.where(np.isfinite(relative), relative, np.nan)
    held = [f"{n} of {side}" for n, side in zip(n_held, sides, strict=True)]
    bars = go.Bar(
        x=np.arange(1, len(names) + 1),
        y=shown,
        marker={"color": SECOND, "line": {"width": 0}},
        customdata=np.stack([np.asarray(names, object), np.asarray(held, object)], 1)
        if len(names) else [],
        meta=["layer", "directions"],
        hovertemplate="%{customdata[0]}: %{y:.3g} of its size in A, nine tenths of it in "
        "%{customdata[1]} directions<extra></extra>",
    )  # fmt: skip
    known = shown[np.isfinite(shown)]
    if not len(known):
        title = "No layer has a size to compare"
    elif not known.any():
        n, n_all = len(known), len(shown) + n_left_out
        part = f"{n} of {n_all} layers {'is' if n == 1 else 'are'}"
        title = f"{'Every layer is' if n == n_all else part} the same in A and B"
    else:
        most = names[int(np.nanargmax(shown))]
        title = (
            f"Layers lie {known.min():.2g} to {known.max():.2g} of their size apart, {most} most"
        )
    return titled([bars], title, xaxis_title="layer", yaxis_title="|B − A| / |A|", bargap=0.15)


def singular_figure(name: str, values: np.ndarray, n_held: int) -> go.Figure:
    """Singular values of one layer's change, as shares of its square.

    Args:
        values: `(direction,)`, largest first.
        n_held: Directions that hold nine tenths of the squared change.
    """
    squares = np.asarray(values, dtype=float) ** 2
    shares = squares / squares.sum() if squares.sum() > 0 else squares
    shown = shares > 1e-9
    line = go.Scatter(
        x=np.arange(1, len(shares) + 1)[shown],
        y=shares[shown],
        customdata=np.asarray(values)[shown],
        meta=["singular value"],
        mode="lines+markers",
        line={"color": SECOND},
        text=percents(shares[shown], 2),
        hovertemplate="direction %{x}: %{text} of the squared change, singular value "
        "%{customdata:.3g}<extra></extra>",
    )
    title = f"{name}: nine tenths of the change in {n_held} of {len(shares)} directions"
    if not squares.any():
        title = f"{name} is the same in A and B"
    out = titled([line], title, xaxis_title="direction", yaxis_title="share of the squared change")
    return out.update_yaxes(type="log", tickformat="~p")
