"""Figures hold the numbers they are given and no colours of one theme."""

import numpy as np
import pytest

from cacr_core import figures

RNG = np.random.default_rng(0)


def all_figures():
    similarity = RNG.uniform(-1, 1, (3, 3, 3, 3))
    return {
        "histogram": figures.histogram_figure([1, 2], [0.0, 0.5, 1.0], name="conv1.weight"),
        "positions": figures.position_similarity_figure(similarity),
        "place": figures.position_similarity_figure(similarity, place=(1, 2)),
        "attention": figures.attention_figure(np.zeros((8, 8, 3), np.uint8), np.full((2, 2), 0.2)),
        "cka": figures.cka_figure(np.eye(2), ["conv1", "layer1"], ["conv1", "layer1"]),
        "spectrum": figures.spectrum_figure({"a": np.ones(4), "b": np.array([1.0, 0, 0, 0])}),
        "confusion": figures.confusion_figure(np.array([[3, 1], [0, 4]]), ["0", "1"]),
        "accuracy": figures.class_accuracy_figure(["x", "y"], [0.5, 0.9], [0.7, 0.1]),
    }


@pytest.mark.parametrize("name", all_figures())
def test_figure_leaves_text_and_ground_to_the_theme(name):
    figure = all_figures()[name].to_dict()
    layout = figure["layout"]
    assert layout["title"]["text"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert "font" not in layout
    assert "color" not in str(layout["title"])


def test_histogram_holds_its_counts_and_tells_what_is_left_out():
    figure = figures.histogram_figure([1, 2], [0.0, 0.5, 1.0], name="w", n_left_out=4)
    assert figure.data[0].y.tolist() == [1, 2]
    assert figure.data[0].x.tolist() == [0.25, 0.75]
    assert figure.layout.title.text == "3 numbers of w<br>4 NaN or infinite left out"


def test_mosaic_holds_the_map_of_each_place():
    similarity = RNG.uniform(-1, 1, (3, 3, 3, 3))
    z = np.array(figures.position_similarity_figure(similarity).data[0].z, dtype=float)
    assert z.shape == (11, 11)
    assert np.array_equal(z[4:7, 8:11], similarity[1, 2])
    assert np.isnan(z[3]).all()
    one = figures.position_similarity_figure(similarity, place=(1, 2))
    assert np.array_equal(one.data[0].z, similarity[1, 2])


def test_attention_lies_over_the_whole_image_the_right_way_up():
    weights = np.array([[0.5, 0.1], [0.2, 0.0]])
    figure = figures.attention_figure(np.zeros((8, 12, 3), np.uint8), weights)
    assert np.allclose(figure.data[0].z, weights * 4)
    assert figure.data[0].x.tolist() == [3, 9]
    assert figure.data[0].y.tolist() == [2, 6]
    assert tuple(figure.layout.yaxis.range) == (8, 0)
    assert "80%" in figure.layout.title.text
    assert figure.layout.images[0].source.startswith("data:image/png;base64,")


def test_cka_names_layers_of_both():
    figure = figures.cka_figure(np.array([[1.0, 0.2]]), ["p"], ["p", "q"], a="CACR", b="SSCL")
    heat = figure.data[0]
    assert (list(heat.y), list(heat.x)) == (["p"], ["p", "q"])
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert "CACR" in figure.layout.title.text


def test_spectrum_shows_shares_and_how_many_directions_hold_most():
    figure = all_figures()["spectrum"]
    assert figure.data[0].y.tolist() == [0.25] * 4
    assert figure.data[1].y.tolist() == [1.0]
    assert figure.layout.title.text == "Directions for 90% of the variance: a 4, b 1"


def test_confusion_shows_shares_of_each_class_and_the_worst():
    figure = all_figures()["confusion"]
    assert np.allclose(figure.data[0].z, [[0.75, 0.25], [0, 1]])
    assert figure.layout.title.text == "87.5% told right<br>most often wrong: 0 told as 1"


def test_class_accuracy_is_ordered_by_change():
    figure = all_figures()["accuracy"]
    lines, first, second = figure.data
    assert list(first.y) == ["y", "x"]
    assert (list(first.x), list(second.x)) == ([0.9, 0.5], [0.1, 0.7])
    assert list(lines.x)[:2] == [0.9, 0.1]
    assert figure.layout.title.text == "second tells 1 class better than first, 1 worse"
