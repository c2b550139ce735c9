"""What is said of how often neighbours tell the class of held-out images."""

import math

import pytest

from tests.test_readings import ABOUT, ROW, about, rows
from web.live import readings


def knn(*values, n_classes=8, loss=ABOUT["loss"], **more):
    return readings.read_knn(
        rows(k=values, **more), "k", "kNN", about(n_classes=n_classes, loss=loss)
    )


@pytest.mark.parametrize(
    ("reading", "word"),
    [
        (knn(0.13, 0.13), "guessing"),
        (knn(0.3), "untrained: the level to beat"),
        (knn(0.3, 0.4, 0.5, 0.6), "30.0 points above the untrained encoder and rising"),
        (
            knn(0.2, 0.7, 0.7, 0.7, 0.65, 0.6, 0.5, 0.4),
            "20.0 points above the untrained encoder but falling",
        ),
        (knn(0.2, 0.5, 0.5, 0.5), "30.0 points above the untrained encoder and level"),
        (knn(0.6, 0.5, 0.4, 0.3), "30.0 points below the untrained encoder"),
        (knn(0.945, 0.95, 0.95, 0.95), "As before training"),
    ],
)
def test_accuracy_is_read_against_chance_and_the_untrained_encoder(reading, word):
    assert word in reading.sentence
    assert "chance 12.5 %" in reading.chance


def test_the_same_accuracy_is_guessing_among_two_classes_and_not_among_ten():
    assert "No better than guessing" in knn(0.5, 0.5, n_classes=2).sentence
    assert "No better than guessing" not in knn(0.5, 0.5, n_classes=10).sentence


@pytest.mark.parametrize(
    ("n_right", "n", "is_worse"),
    [(20, 1000, True), (70, 1000, True), (80, 1000, False), (0, 10, False), (0, 60, False),
     (0, 90, True)],
)  # fmt: skip
def test_accuracy_is_worse_than_guessing_where_chance_would_hardly_be_right_so_seldom(
    n_right, n, is_worse
):
    by_chance = sum(math.comb(n, k) * 0.1**k * 0.9 ** (n - k) for k in range(n_right + 1))
    assert (by_chance < 1e-3) == is_worse
    known = about(n_classes=10, n_held_out=n)
    reading = readings.read_knn(rows(k=(0.3, n_right / n)), "k", "kNN", known)
    assert reading.sentence.startswith("Worse" if is_worse else "No better")
    assert reading.level == ("warn" if is_worse else "plain")


def test_neighbours_that_say_nothing_of_uneven_classes_are_not_said_to_mislead():
    known = about(n_classes=2, n_held_out=1000, held_out_per_class=[600, 400])
    blind, worse = (readings.read_knn(rows(k=(v, v)), "k", "kNN", known) for v in (0.54, 0.45))
    assert blind.sentence.startswith("No better") and blind.level == "plain"
    assert worse.sentence.startswith("Worse") and worse.level == "warn"


def test_one_answer_for_all_images_is_guessing_where_a_class_is_common():
    known = about(n_classes=2, n_held_out=250, held_out_per_class=[225, 25])
    made = rows(k=(0.9, 0.9))
    reading = readings.read_knn(made, "k", "kNN", known)
    assert "No better than guessing" in reading.sentence
    assert "chance 90.0 %" in reading.chance
    even = readings.read_knn(made, "k", "kNN", known | {"held_out_per_class": [125, 125]})
    assert "No better than guessing" not in even.sentence
    assert "chance 50.0 %" in even.chance


def test_accuracy_not_yet_measured_is_said_to_be_so():
    reading = readings.read_knn([ROW], "knn_features", "kNN", ABOUT)
    assert math.isnan(reading.value)
    assert reading.sentence == "Not measured yet."


def test_an_accuracy_above_the_untrained_one_says_whether_labels_trained_it():
    for name, said in (("supcon", "by a loss that is told labels"), ("cacr", "no label was seen")):
        sentence = knn(0.2, 0.5, 0.74, 0.75, loss={"name": name}).sentence
        assert "above the untrained encoder" in sentence and sentence.endswith(f"{said}.")
