"""Rows in, plotly figure out, as a file that opens anywhere and offline."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cacr_core.papers.figures.sweeps import Point, Sweep, X
from cacr_core.papers.tasks import Row
from cacr_core.runs.repeats import Interval

if TYPE_CHECKING:
    import plotly.graph_objects as go

# of Okabe and Ito, told apart by those who see fewer colours
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666")
SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "cross",
    "x",
    "triangle-up",
    "star",
    "hourglass",
    "bowtie",
)
# of classes, as the app's clouds have them
CLASSES = (
    "#13968C", "#DAA620", "#CF5981", "#7C8A22", "#4560BC",
    "#926A51", "#6DC083", "#8F90C7", "#59656F", "#E08FA0",
)  # fmt: skip
PERCENT = "10-NN accuracy of the features, %"


def sweep_figure(sweep: Sweep, points: Sequence[Point]) -> go.Figure:
    """Curves with the 95 % interval of each point that has one; below stands what the bars are."""
    import plotly.graph_objects as go

    figure = go.Figure()
    scale = 100 if sweep.metric.startswith("knn") else 1
    by_curve: dict[str, list[Point]] = {}
    for point in points:
        label = str(point.x) if sweep.over_updates else point.line
        by_curve.setdefault(label, []).append(point)
    for place, (label, own) in enumerate(by_curve.items()):
        values = [point.interval for point in own]
        figure.add_scatter(
            x=[point.step if sweep.over_updates else _named(point.x) for point in own],
            y=[scale * value.mean for value in values],
            error_y={
                "array": [
                    scale * (value.high - value.mean) if value.high > value.low else None
                    for value in values
                ]
            },
            name={"none": "balanced"}.get(label, label),
            mode="markers" if isinstance(own[0].x, str) and not sweep.over_updates else None,
            marker={"color": _of(COLOURS, place), "symbol": _of(SYMBOLS, place), "size": 8},
        )
    x = "updates" if sweep.over_updates else sweep.axis
    (first, _), (last, _) = sweep.lines[0].at[0], sweep.lines[0].at[-1]
    if (times := sweep.times_the_views(first, last)) != 1:
        x += f" (as many updates each, so from left to right {times:g} times the views are seen)"
    y = (
        PERCENT
        if scale == 100
        else "entropy of a query's weights of negatives, 1 where all weigh alike"
    )
    return _laid_out(figure, sweep.title, f"{x}<br>{_bars([p.interval for p in points])}", y)


def _bars(values: Sequence[Interval]) -> str:
    """What the bars of a figure are, or why it has none."""
    drawn = [value.n for value in values if value.high > value.low]
    if not drawn:
        several = any(value.n > 1 for value in values)
        why = "no spread between seeds yet" if several else "one seed has no interval"
        return f"no bars: {why}"
    least, most = min(drawn), max(drawn)
    n = f"{most}" if least == most else f"{least} to {most}"
    told = f"bars: 95 % t-intervals over {n} seeds"
    return told if len(drawn) == len(values) else f"{told}; none where seeds do not differ"


def forces_figure(title: str, rows: Sequence[Row]) -> go.Figure:
    """Weight and force of each mark by its angle from the query, a row of panels for each loss."""
    from plotly.subplots import make_subplots

    losses = list(dict.fromkeys(row["loss"] for row in rows))
    said = ("weight", "force, above 0 counterclockwise")
    figure = make_subplots(
        len(losses),
        2,
        subplot_titles=[f"{loss}: {what}" for loss in losses for what in said],
        vertical_spacing=0.1,
        shared_yaxes="columns",
        shared_xaxes="all",
    )
    for (row, loss), (column, what) in (
        (a, b) for a in enumerate(losses, 1) for b in enumerate(("weight", "force"), 1)
    ):
        for place, side in enumerate(("positive", "negative")):
            own = [r for r in rows if (r["loss"], r["side"]) == (loss, side)]
            figure.add_bar(
                x=[r["angle"] for r in own], y=[r[what] for r in own],
                name=side, width=6, marker_color=COLOURS[place], showlegend=row == column == 1,
                row=row, col=column,
            )  # fmt: skip
    figure.update_xaxes(title="degrees from the query", row=len(losses))
    return _laid_out(figure, title, height=240 * len(losses))


def weights_figure(title: str, rows: Sequence[Row]) -> go.Figure:
    """Weight, in averages, by squared distance; a panel for each side."""
    from plotly.subplots import make_subplots

    figure = make_subplots(1, 2, subplot_titles=["positives", "negatives"])
    for column, side in enumerate(("positive", "negative"), 1):
        for place, update in enumerate(sorted({row["update"] for row in rows})):
            own = [r for r in rows if (r["update"], r["side"]) == (update, side)]
            figure.add_scatter(
                x=[r["distance"] for r in own], y=[r["times_even"] for r in own], mode="markers",
                name=f"update {update}", showlegend=column == 1,
                marker={"color": COLOURS[place], "symbol": SYMBOLS[place]}, row=1, col=column,
            )  # fmt: skip
    figure.update_xaxes(title="squared distance from the query")
    figure.update_yaxes(title="weight, 1 where all weigh alike", col=1)
    return _laid_out(figure, title)


def embeddings_figure(title: str, rows: Sequence[Row]) -> go.Figure:
    """A panel for each moment, all of one scale; a colour and a symbol for each class."""
    from plotly.subplots import make_subplots

    moments = sorted({row["update"] for row in rows})
    classes = sorted({row["class"] for row in rows})
    n_rows = -(-len(moments) // 3)
    titles = [f"update {update}" if update else "untrained" for update in moments]
    figure = make_subplots(n_rows, 3, subplot_titles=titles)
    for place, update in enumerate(moments):
        for number, name in enumerate(classes):
            own = [r for r in rows if (r["update"], r["class"]) == (update, name)]
            figure.add_scatter(
                x=[r["x"] for r in own], y=[r["y"] for r in own], mode="markers", name=name,
                legendgroup=name, showlegend=place == 0,
                marker={"color": _of(CLASSES, number), "symbol": _of(SYMBOLS, number), "size": 6},
                row=place // 3 + 1, col=place % 3 + 1,
            )  # fmt: skip
        axis = f"x{place + 1}" if place else "x"
        figure.update_yaxes(scaleanchor=axis, row=place // 3 + 1, col=place % 3 + 1)
    most = 1.05 * max(abs(row[way]) for row in rows for way in ("x", "y"))
    for update_axes in (figure.update_xaxes, figure.update_yaxes):
        update_axes(range=[-most, most], constrain="domain")
    return _laid_out(figure, title, height=340 * n_rows)


MOMENT_FIGURES = {
    "forces": forces_figure,
    "weights": weights_figure,
    "embeddings": embeddings_figure,
}


def write_page(figure: go.Figure, sentence: str, path: Path) -> None:
    """One HTML file with the figure and its sentence; its camera saves the figure as SVG."""
    config = {"toImageButtonOptions": {"format": "svg"}, "displaylogo": False, "responsive": True}
    drawn = figure.to_html(full_html=False, include_plotlyjs=True, config=config)
    title = html.escape(figure.layout.title.text or "")
    path.write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 sans-serif;max-width:64rem;margin:1rem auto;padding:0 1rem}"
        f"</style></head>\n<body>{drawn}\n<p>{html.escape(sentence)}</p></body></html>\n",
        encoding="utf-8",
    )


def _named(x: X) -> X:
    return x.replace("_", " ") if isinstance(x, str) else x


def _of(choices: Sequence[str], place: int) -> str:
    return choices[place % len(choices)]


def _laid_out(
    figure: go.Figure, title: str, x: str | None = None, y: str | None = None, height: int = 480
) -> go.Figure:
    axes: dict[str, Any] = {"xaxis_title": x, "yaxis_title": y} if x else {}
    figure.update_layout(title=title, template="plotly_white", height=height, **axes)
    return figure
