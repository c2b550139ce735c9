import math

import pytest

from web import readings

ROW = {
    "step": 100, "loss": -0.5, "attraction": 0.3, "repulsion": -0.8, "gradient_norm": 0.2,
    "alignment": 0.5, "uniformity": -2.0, "entropy": 0.95, "effective_negatives": 200.0,
    "n_negatives": 254.0, "clamped": 0.0, "effective_rank": 20.0, "seconds": 10.0,
}  # fmt: skip
ABOUT = {
    "dim": 128, "n_classes": 8, "n_held_out": 1000, "images_per_step": 256, "device": "cpu",
}  # fmt: skip


def rows(**series):
    n = max(len(values) for values in series.values())
    made = []
    for i in range(n):
        now = {key: values[min(i, len(values) - 1)] for key, values in series.items()}
        made.append(ROW | {"step": i * 10, "seconds": float(i)} | now)
    return made


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 2, 1, 0], "falling"),
        ([0, 1, 2, 3], "rising"),
        ([1, 1, 1, 1], "steady"),
        ([5], "steady"),
    ],
)
def test_trend_compares_the_last_quarter_with_the_one_before(values, expected):
    assert readings.trend(values, 0.1) == expected


def knn(*values, n_classes=8):
    return readings.read_knn(rows(k=values), "k", "kNN", n_classes, 1000)


@pytest.mark.parametrize(
    ("reading", "word"),
    [
        (knn(0.13, 0.13), "guessing"),
        (knn(0.3), "untrained"),
        (knn(0.3, 0.4, 0.5, 0.6), "Rising"),
        (knn(0.6, 0.5, 0.4, 0.3), "Falling"),
        (knn(0.9, 0.9, 0.9, 0.9), "by itself"),
        (knn(0.5, 0.5, 0.5, 0.5), "Level"),
    ],
)
def test_accuracy_is_read_against_chance_and_trend(reading, word):
    assert word in reading.sentence
    assert "chance 12.5 %" in reading.chance


def test_the_same_accuracy_is_guessing_among_two_classes_and_not_among_ten():
    assert "No better than guessing" in knn(0.5, 0.5, n_classes=2).sentence
    assert "No better than guessing" not in knn(0.5, 0.5, n_classes=10).sentence


def test_accuracy_not_yet_measured_is_said_to_be_so():
    reading = readings.read_knn([ROW], "knn_features", "kNN", 8, 1000)
    assert math.isnan(reading.value)
    assert reading.sentence == "Not measured yet."


@pytest.mark.parametrize(
    ("read", "cases"),
    [
        (
            readings.read_loss,
            [
                ({"loss": [0.0]}, "untrained"),
                ({"loss": [0.4, 0.2, 0.0, -0.2]}, "Still falling"),
                ({"loss": [0.0, 0.2, 0.4, 0.6]}, "Rising"),
                ({"loss": [0.0, 0.0, 0.0, 0.0]}, "balance"),
                ({"loss": [0.0, 0.0], "gradient_norm": [1e-7]}, "vanished"),
            ],
        ),
        (
            readings.read_alignment,
            [
                ({"alignment": [0.1]}, "close together"),
                ({"alignment": [1.9]}, "strangers"),
                ({"alignment": [1.0, 0.9, 0.7, 0.5]}, "coming together"),
                ({"alignment": [0.0], "uniformity": [0.0]}, "says nothing"),
            ],
        ),
        (
            readings.read_uniformity,
            [
                ({"uniformity": [-0.01]}, "collapsed"),
                ({"uniformity": [-3.8]}, "evenly"),
                ({"uniformity": [-1.0, -1.5, -2.0, -2.5]}, "spreading"),
                ({"uniformity": [-2.5, -2.0, -1.5, -1.0]}, "again"),
            ],
        ),
        (
            readings.read_entropy,
            [
                ({"entropy": [0.999]}, "no contrast"),
                ({"entropy": [0.95]}, "somewhat"),
                ({"entropy": [0.8]}, "most of the pushing"),
                ({"entropy": [0.3]}, "handful"),
            ],
        ),
        (
            lambda r: readings.read_rank(r, 128),
            [
                ({"effective_rank": [1.1]}, "collapsing"),
                ({"effective_rank": [5.0]}, "Only a few"),
                ({"effective_rank": [100.0]}, "Most of 128"),
                ({"effective_rank": [20.0, 25.0, 30.0, 35.0]}, "coming into use"),
            ],
        ),
        (
            readings.read_clamped,
            [
                ({"clamped": [0.9]}, "too high"),
                ({"clamped": [0.2]}, "Some queries"),
                ({"clamped": [0.5, 0.01]}, "hardly ever"),
            ],
        ),
    ],
)
def test_each_number_says_what_it_means_now(read, cases):
    sentences = set()
    for series, word in cases:
        sentence = read(rows(**series)).sentence
        assert word in sentence
        sentences.add(sentence)
    assert len(sentences) == len(cases)


def test_a_loss_without_a_clamp_has_no_reading_of_it():
    assert readings.read_clamped([ROW]) is None
    assert "clamped" not in {r.key for r in readings.read_all([ROW], ABOUT)}


def test_speed_counts_training_time_alone():
    assert readings.read_speed(rows(loss=[0.0, 0.0]), 256, "cpu").value == pytest.approx(2560)


def test_the_parts_of_the_loss_are_shown_and_add_up():
    found = {r.key: r for r in readings.read_all([ROW], ABOUT)}
    parts = found["attraction"].value + found["repulsion"].value
    assert found["loss"].value == pytest.approx(parts)
    assert found["repulsion"].text == "−0.8"


@pytest.mark.parametrize(
    ("values", "word"), [([3, 2, 1, 0], "Falling"), ([0, 1, 2, 3], "Rising"), ([1, 1], "Steady")]
)
def test_each_part_of_the_loss_says_whether_it_gains(values, word):
    assert word in readings.read_part(rows(attraction=values), "attraction").sentence


def test_collapse_is_named_with_its_likely_cause():
    collapsed = rows(uniformity=[-2.0, -0.01, -0.001], effective_rank=[20.0, 3.0, 3.0])
    assert readings.diagnosis(rows(uniformity=[-2.0] * 3), "cacr", {}) == ""
    assert "switched off" in readings.diagnosis(collapsed, "cacr", {"beta": 0})
    assert "learning rate" in readings.diagnosis(collapsed, "cacr", {"beta": 1})
    line = rows(effective_rank=[20.0, 1.2, 1.1])
    assert "line" in readings.diagnosis(line, "cacr", {})
