"""What the figures of `papers` draw: told apart, of one scale, and what its bars are is said."""

import itertools

import pytest

from cacr_core.papers.figures import SWEEPS
from cacr_core.papers.figures.drawing import embeddings_figure, sweep_figure
from cacr_core.papers.figures.sentences import sentence_on
from cacr_core.papers.figures.sweeps import Point


def embedded(classes=10):
    """A wide cloud and a later one half as large."""
    return [
        {"update": update, "class": f"class {c}", "x": size * (c + 1) / classes, "y": -size / 3}
        for update, size in ((0, 1.0), (9, 0.5))
        for c in range(classes)
    ]


def test_no_two_classes_have_a_colour_in_common():
    figure = embeddings_figure("title", embedded())
    marks = {t.name: (t.marker.color, t.marker.symbol) for t in figure.data}
    assert len(marks) == 10
    for one, other in itertools.combinations(marks.values(), 2):
        assert one[0] != other[0]
    assert len(set(marks.values())) == 10


def test_the_panels_of_one_run_have_one_scale_across_and_up():
    layout = embeddings_figure("title", embedded()).layout
    for number in ("", "2"):
        across, up = layout[f"xaxis{number}"], layout[f"yaxis{number}"]
        assert across.range == up.range == layout.xaxis.range
        assert across.range[1] == -across.range[0] >= 1
        assert up.scaleanchor == f"x{number}"


def points_with(*values):
    return [Point("sscl", x, 300, v) for x, v in zip((0.0, 1.0, 2.0), values, strict=False)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([{0: 0.5, 1: 0.6}, {0: 0.7, 1: 0.8}], "bars: 95 % t-intervals over 2 seeds"),
        ([{0: 0.5, 1: 0.6}, {0: 0.7, 1: 0.8, 2: 0.7}], "bars: 95 % t-intervals over 2 to 3 seeds"),
        ([{0: 0.5}, {0: 0.7}], "no bars: one seed has no interval"),
        ([{0: 0.5, 1: 0.5}, {0: 0.7, 1: 0.7}], "no bars: no spread between seeds yet"),
        (
            [{0: 0.5, 1: 0.5}, {0: 0.7, 1: 0.8}],
            "bars: 95 % t-intervals over 2 seeds; none where seeds do not differ",
        ),
    ],
)
def test_a_figure_says_what_its_bars_are_or_why_there_is_none(values, words):
    figure = sweep_figure(SWEEPS["beta"], points_with(*values))
    assert figure.layout.xaxis.title.text.endswith(words)
    (trace,) = figure.data
    for length, seeds in zip(trace.error_y.array, values, strict=True):
        assert (length is None) == (len(set(seeds.values())) == 1)


def test_the_brackets_of_a_sentence_are_named():
    told = sentence_on(SWEEPS["beta"], points_with({0: 0.5, 1: 0.6}, {0: 0.7, 1: 0.85}))
    assert "in brackets 95 % t-intervals" in told
    assert "brackets" not in sentence_on(SWEEPS["beta"], points_with({0: 0.5}, {0: 0.7}))


def test_a_difference_that_rounds_to_nothing_has_no_sign():
    sweep = SWEEPS["entropy"]
    points = [Point("", x, 12, {0: v}) for x, v in (("none", 0.9801), ("exponential", 0.98))]
    told = sentence_on(sweep, points)
    assert "exponential less balanced is 0.000" in told
