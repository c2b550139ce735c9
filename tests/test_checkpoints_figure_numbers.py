"""The numbers that are saved beside a figure say what each is of."""

import numpy as np
import plotly.graph_objects as go

from web.checkpoints import figures
from web.checkpoints.figures.numbers import numbers_in


def test_bars_of_layers_are_named():
    frame = numbers_in(figures.sizes_figure(["conv", "fc"], np.array([0.1, 0.2])))
    assert frame[["layer", "y"]].values.tolist() == [["conv", 0.1], ["fc", 0.2]]


def test_changed_layers_are_named_with_their_directions():
    frame = numbers_in(
        figures.layer_change_figure(["conv", "fc"], np.array([0.5, 0.25]), [3, 7], [10, 20])
    )
    assert frame["layer"].tolist() == ["conv", "fc"]
    assert frame["directions"].astype(str).str.startswith(("3", "7")).all()


def test_a_histogram_says_where_its_bars_end():
    frame = numbers_in(
        figures.histogram_figure(np.array([3, 4]), np.array([0.0, 1.0, 3.0]), name="w")
    )
    assert frame[["from", "to", "y"]].values.tolist() == [[0, 1, 3], [1, 3, 4]]


def test_a_confusion_has_shares_and_counts_of_the_same_places():
    counts = np.array([[8, 2], [1, 4]])
    frame = numbers_in(figures.confusion_figure(counts, ["cat", "dog"]))
    found = {(row.y, row.x): row["how many"] for _, row in frame.iterrows()}
    of = {
        (a, b): counts[i, j]
        for i, a in enumerate(("cat", "dog"))
        for j, b in enumerate(("cat", "dog"))
    }
    assert found == of
    shares = {(row.y, row.x): row["value"] for _, row in frame.iterrows()}
    assert shares["cat", "dog"] == 0.2 and shares["dog", "cat"] == 0.2


def test_intervals_are_columns():
    bars = {"array": [0.2, 0.3], "arrayminus": [0.1, 0.1]}
    frame = numbers_in(go.Figure(go.Scatter(x=[1.0, 2.0], y=["a", "b"], error_x=bars)))
    np.testing.assert_allclose(frame[["x low", "x high"]], [[0.9, 1.2], [1.9, 2.3]])
    assert "y low" not in frame
