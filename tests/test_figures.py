"""Figures hold the numbers they are given and no colours of one theme."""

import re

import numpy as np
import pytest

from web.checkpoints import figures

RNG = np.random.default_rng(0)


def changes_figure(**more):
    values = np.array([0.2, -0.8, np.nan, 0.05, 0.4])
    intervals = np.array([(-0.1, 0.5), (-0.9, -0.5), (-1, 1), (-0.2, 0.3), (0.1, 0.6)])
    return figures.class_change_figure(list("xyzuv"), values, intervals, title="t", **more)


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
        "changes": changes_figure(),
        "sizes": figures.sizes_figure(["conv1", "layer1"], np.array([0.1, 0.0])),
        "weights": figures.layer_change_figure(["a", "b"], np.array([0.5, np.inf]), [1, 2], [4, 4]),
        "singular": figures.singular_figure("a", np.array([2.0, 1.0, 0.0]), 1),
    }


@pytest.mark.parametrize("name", all_figures())
def test_percents_have_a_space_before_their_sign(name):
    for trace in all_figures()[name].data:
        assert "%}" not in (trace.hovertemplate or "")
    assert not re.search(r"\d%", all_figures()[name].layout.title.text)


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
    long = figures.histogram_figure([1], [0.0, 1.0], name="a.very.long.name." * 4).layout
    lines = long.title.text.split("<br>")
    assert len(lines) > 1 and max(map(len, lines)) <= 40
    assert long.margin.t > figure.layout.margin.t


def test_mosaic_holds_the_map_of_each_place():
    similarity = RNG.uniform(-1, 1, (3, 3, 3, 3))
    z = np.array(figures.position_similarity_figure(similarity).data[0].z, dtype=float)
    assert z.shape == (11, 11)
    assert np.array_equal(z[4:7, 8:11], similarity[1, 2])
    assert np.isnan(z[3]).all()
    beside = 0
    for place in range(9):
        others = [(similarity[divmod(place, 3)][divmod(i, 3)], i) for i in range(9) if i != place]
        (i, j), (k, m) = divmod(place, 3), divmod(max(others)[1], 3)
        beside += abs(i - k) <= 1 and abs(j - m) <= 1
    title = figures.position_similarity_figure(similarity).layout.title.text
    assert title.replace("<br>", " ") == f"{beside} of 9 places are most like one beside them"
    one = figures.position_similarity_figure(similarity, place=(1, 2))
    assert np.array_equal(one.data[0].z, similarity[1, 2])


def test_attention_lies_over_the_whole_image_the_right_way_up():
    weights = np.array([[0.5, 0.1], [0.2, 0.0]])
    figure = figures.attention_figure(np.zeros((8, 12, 3), np.uint8), weights)
    assert np.allclose(figure.data[0].z, weights * 4)
    assert figure.data[0].x.tolist() == [3, 9]
    assert figure.data[0].y.tolist() == [2, 6]
    assert tuple(figure.layout.yaxis.range) == (8, 0)
    assert "80 %" in figure.layout.title.text
    assert figure.layout.images[0].source.startswith("data:image/png;base64,")


def test_cka_names_layers_of_both():
    figure = figures.cka_figure(np.array([[1.0, 0.2]]), ["p"], ["p", "q"], a="CACR", b="SSCL")
    heat = figure.data[0]
    assert (list(heat.y), list(heat.x)) == (["p"], ["p", "q"])
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert "CACR" in figure.layout.title.text


def cka_says(matrix, names_a="pqr", names_b="pqr"):
    """The title, of layers named by letters and of features."""
    names = [[*names, "features"] for names in (names_a, names_b)]
    figure = figures.cka_figure(np.array(matrix), *names, a="A", b="B")
    return figure.layout.title.text.replace("<br>", " ")


def test_cka_says_which_layers_are_most_like_their_own():
    own = np.pad(np.eye(3), (0, 1), constant_values=1.2)  # what is compared is no layer
    assert cka_says(own) == "Every layer of A is most like its own in B"
    own[0, 1] = 1.5
    assert cka_says(own) == "2 of 3 layers of A are most like their own in B"
    own[1, 2] = 1.5
    assert cka_says(own) == "1 of 3 layers of A is most like its own in B"
    nothing = cka_says(np.full((1, 1), np.nan), "", "")
    assert nothing == "No layer of A or B differs between images"


def test_cka_of_other_architectures_says_which_layers_are_most_alike():
    """Both have what is compared under one name, which is no layer that they share."""
    own = np.diag([0.1, 0.2, 0.9])
    assert cka_says(own, "pq", "st") == "Most alike: features of A and features of B, 0.90"
    own[1, 0] = 1
    assert cka_says(own, "pq", "st") == "Most alike: q of A and s of B, 1.00"
    assert cka_says(own, "pq", "ps") == "Most alike: q of A and p of B, 1.00"  # half shared
    assert cka_says([[0.5]], "", "") == "Most alike: features of A and features of B, 0.50"


def test_a_layer_that_is_the_same_for_all_images_is_like_no_other():
    own = np.eye(4)
    own[0] = np.nan
    assert cka_says(own) == "2 of 3 layers of A are most like their own in B"
    one = np.array([[np.nan, np.nan], [0.2, 0.75]])
    assert cka_says(one, "p", "p") == "Most alike: features of A and features of B, 0.75"


def test_spectrum_shows_shares_and_how_many_directions_hold_most():
    figure = all_figures()["spectrum"]
    assert figure.data[0].y.tolist() == [0.25] * 4
    assert figure.data[1].y.tolist() == [1.0]
    assert figure.data[0].text.tolist() == ["25.000 %"] * 4
    title = figure.layout.title.text.replace("<br>", " ")
    assert title == "90 % of the variance: a 4, b 1 directions"


def test_a_spectrum_of_nothing_needs_no_direction():
    def said(**spectra):
        return figures.spectrum_figure(spectra).layout.title.text.replace("<br>", " ")

    still = np.zeros(64)
    assert said(A=still) == "No direction of A varies"
    assert said(A=still, B=still) == "No direction of A, B varies"
    both = "90 % of the variance: B 4 directions No direction of A varies"
    assert said(A=still, B=np.ones(4)) == both


def test_confusion_shows_shares_of_each_class_and_the_worst():
    figure = all_figures()["confusion"]
    assert np.allclose(figure.data[0].z, [[0.75, 0.25], [0, 1]])
    assert figure.data[0].text.tolist() == [["75.0 %", "25.0 %"], ["0.0 %", "100.0 %"]]
    lines = "87.5 % of 8 images get their own class", "Most often wrong: 0 taken for 1, once"
    assert figure.layout.title.text.replace("<br>", " ") == " ".join(lines)
    tied = figures.confusion_figure(np.array([[3, 2], [2, 4]]), ["0", "1"]).layout.title.text
    assert tied.replace("<br>", " ").endswith("0 taken for 1, 2 times, and others as often")
    clean = figures.confusion_figure(np.eye(2), ["0", "1"]).layout.title.text
    assert clean.replace("<br>", " ") == "100.0 % of 2 images get their own class"


def test_class_changes_are_in_order_and_marked_by_what_their_intervals_allow():
    figure = changes_figure(a="A", b="B")
    marks = {mark.name: mark for mark in figure.data}
    assert {name: list(mark.y) for name, mark in marks.items()} == {
        "B better": ["v"], "not told apart": ["u", "x"], "A better": ["y"],
    }  # fmt: skip
    assert list(figure.layout.yaxis.categoryarray) == ["y", "u", "x", "v"]  # z has no images
    unknown = marks["not told apart"]
    assert list(unknown.x) == [5, 20]
    assert np.allclose(unknown.x - unknown.error_x.arrayminus, [-20, -10])
    assert np.allclose(unknown.x + unknown.error_x.array, [30, 50])
    assert len({mark.marker.symbol for mark in figure.data}) == 3
    assert figure.layout.title.text == "t"


def test_how_layers_differ_is_said_by_the_sizes_that_are_known():
    told = figures.layer_change_figure(["a", "b", "c"], np.array([0.5, np.inf, 0.25]), [1, 1, 1],
                                       [4, 4, 4])  # fmt: skip
    assert told.layout.title.text == "Layers lie 0.25 to 0.5 of their size<br>apart, a most"
    near = figures.layer_change_figure(["a", "b"], np.array([1e-3, 2e-4]), [1, 1], [4, 4])
    assert near.layout.title.text.startswith("Layers lie 0.0002 to 0.001 of their")
    same = figures.layer_change_figure(["a"], np.zeros(1), [0], [4])
    assert same.layout.title.text == "Every layer is the same in A and B"
    for relative, n_left_out, n in (([0, 0, np.inf], 0, 2), ([0, 0], 1, 2), ([0, np.inf], 1, 1)):
        names, ones = ["a", "b", "c"][: len(relative)], [1] * len(relative)
        part = figures.layer_change_figure(names, np.array(relative), ones, ones, n_left_out)
        are = "is" if n == 1 else "are"
        assert part.layout.title.text == f"{n} of 3 layers {are} the same in A and B"
    none = figures.singular_figure("a", np.zeros(3), 0)
    assert none.layout.title.text == "a is the same in A and B"


def test_a_small_figure_keeps_its_title_and_has_the_height_of_its_panel():
    figure = figures.small(figures.spectrum_figure({"a": np.ones(4)}), 120)
    assert figure.layout.height == 120 and "90 %" in figure.layout.title.text
    assert not figure.layout.showlegend
    (note,) = figure.layout.annotations
    assert note.text == "share of the variance · by direction"
    assert not figure.layout.xaxis.title.text


def test_a_small_figure_of_a_course_names_its_time_and_nothing_above():
    figure = figures.small(figures.course_figure([1, 2], [0.1, 0.2], "Rank", 2, unit="step"), 120)
    assert figure.layout.xaxis.title.text == "step"
    assert not figure.layout.annotations
