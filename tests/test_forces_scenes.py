"""What each scene of the Forces page tells one to see, held to the arrays: a check for each."""

import numpy as np
import pytest

from cacr_core.forces import FLOWS
from tests.one_query import ONE_QUERY, column, moved, points_of, scene
from web.forces import answers
from web.forces.presets import SCENES


def far_positive():
    cacr, infonce = scene("far-positive")
    near, far = column(cacr, "positives", "weight")
    assert round(far / near) == 5
    near, far = column(cacr, "positives", "pull")
    assert round(far / near) == 5
    assert column(infonce, "positives", "weight") == [0.5, 0.5]
    near, far = column(infonce, "positives", "pull")
    assert round(far / near, 1) == 2.4
    ratio = {}
    for lon in (40, 60, 80, 89):
        for reading in scene("far-positive", **moved("far-positive", "negatives", 0, lon)):
            near, far = column(reading, "positives", "pull")
            ratio.setdefault(reading["title"], []).append(far / near)
    assert ratio["CACR"] == pytest.approx([ratio["CACR"][0]] * 4)
    assert ratio["InfoNCE"] == sorted(ratio["InfoNCE"], reverse=True)
    assert ratio["InfoNCE"][-1] < 1.5
    nearer = scene("far-positive", **moved("far-positive", "positives", 1, 130))[0]
    assert column(nearer, "positives", "weight")[1] < column(cacr, "positives", "weight")[1] - 0.1


def near_negative():
    for reading in scene("near-negative"):
        assert int(np.argmax(column(reading, "negatives", "weight"))) == 0
        assert int(np.argmin(column(reading, "negatives", "pull"))) == 0
    sharp = scene("near-negative", {"t_neg": 10.0})[0]
    assert column(sharp, "negatives", "weight")[0] > 0.99
    away = scene("near-negative", **moved("near-negative", "negatives", 0, 230))[0]
    assert int(np.argmax(column(away, "negatives", "weight"))) == 1


def drawn_in():
    through, detached = scene("drawn-in")
    nearest = int(np.argmin(column(through, "negatives", "distance")))
    pulls = column(through, "negatives", "pull")
    assert [i for i, pull in enumerate(pulls) if pull < 0] == [nearest]
    assert max(column(detached, "negatives", "pull")) < 0
    assert through["total"] == pytest.approx(detached["total"])
    weights = [column(one, "negatives", "weight") for one in (through, detached)]
    assert weights[0] == pytest.approx(weights[1])


def false_negative():
    plain = scene("false-negative")[0]
    assert int(np.argmin(column(plain, "negatives", "pull"))) == 0
    places = points_of("false-negative")
    (first, _), (second, _) = places["positives"]
    false = places["negatives"][0][0]
    assert first < false < second
    apart = np.diff(sorted([first, false, second, places["query"][0]]))
    assert min(apart) >= 20  # degrees, so that no mark covers another
    pushes = {}
    for percent in range(0, 51):
        prior = percent / 100
        debiased = scene("false-negative", of_b={"class_prior": prior})[1]
        pushes[percent] = np.array(column(debiased, "negatives", "pull"))
        clamped = sum(
            scene("false-negative", of_b={"class_prior": prior}, positives=[place])[1]["clamped"]
            for place in points_of("false-negative")["positives"]
        )
        assert clamped == (0 if percent < 23 else 1 if percent < 33 else 2)
    for percent in range(1, 23):
        factor = pushes[percent] / pushes[0]
        assert factor == pytest.approx([factor[0]] * 5)
        assert factor[0] > (pushes[percent - 1] / pushes[0])[0]
    assert all(abs(pushes[percent]).max() < 1e-9 for percent in range(33, 51))


def all_equal():
    for setting in ({}, {"t_neg": 9.0}, {"t_neg": 0.0}):
        for reading in scene("all-equal", setting, {"temperature": 0.1 + len(setting)}):
            assert column(reading, "negatives", "weight") == pytest.approx([0.25] * 4)
            pulls = column(reading, "negatives", "pull")
            assert pulls == pytest.approx([pulls[0]] * 4)
            assert reading["resultant"]["strength"] == pytest.approx(0, abs=1e-9)


def antipodal():
    for reading in scene("antipodal"):
        still = column(reading, "negatives", "still")
        assert still == ["coincident", "antipodal", None, None]
        for mark in reading["negatives"][:2]:
            assert mark["weight"] > 0.1 and mark["pull"] < -0.05
            assert np.hypot(*mark["arrow"]) < 1e-9
    for which, to, way in ((0, 110, "clockwise"), (1, -70, "counterclockwise")):
        aside = scene("antipodal", **moved("antipodal", "negatives", which, to))[0]
        left = -aside["negatives"][which]["arrow"][0]  # at 90 degrees it is counterclockwise
        assert left < -0.09 if way == "clockwise" else left > 0.09  # away from the mark


def synthetic():
    plain, mixed = scene("synthetic")
    hardest = min(column(mixed, "negatives", "distance"))
    assert mixed["synthetics"][0]["distance"] < hardest
    a, b = (points_of("synthetic")["negatives"][i][0] for i in mixed["synthetics"][0]["parents"])
    assert (a - 90) * (b - 90) < 0  # on either side of the query
    assert plain["synthetics"] == []
    credited = np.subtract(
        column(mixed, "negatives", "credited"), column(mixed, "negatives", "pull")
    )
    parents = {i for mark in mixed["synthetics"] for i in mark["parents"]}
    assert {i for i, more in enumerate(credited) if abs(more) > 1e-9} == parents


def sphere():
    for reading in scene("sphere"):
        marks = reading["positives"] + reading["negatives"]
        total = np.sum([mark["arrow"] for mark in marks], axis=0)
        assert total == pytest.approx(reading["resultant"]["arrow"])
        lon, lat = np.radians(points_of("sphere")["query"])
        query = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        for place, mark in zip(
            points_of("sphere")["positives"] + points_of("sphere")["negatives"], marks, strict=True
        ):
            lon, lat = np.radians(place)
            at = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
            assert np.linalg.det([query, at, mark["arrow"]]) == pytest.approx(0, abs=1e-9)


def landscape():
    found = SCENES["landscape"].board
    parts = {key: found[key] for key in ("surface", "query", "positives", "negatives", "sweep")}

    def among_negatives(t_neg):
        losses = [found["losses"][0] | {"t_neg": t_neg}, found["losses"][1]]
        answer = answers.forces({"what": "landscape", **parts, "losses": losses})[0]
        return [sum(200 < angle < 330 for angle in answer[kind][0]) for kind in ("minima", "rests")]

    assert among_negatives(0.2) == [0, 0]
    assert among_negatives(2.0) == [1, 0]
    assert among_negatives(5.0) == [1, 1]


FACTS = {
    "far-positive": far_positive, "near-negative": near_negative, "drawn-in": drawn_in,
    "false-negative": false_negative, "all-equal": all_equal, "antipodal": antipodal,
    "synthetic": synthetic, "sphere": sphere, "landscape": landscape,
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_QUERY)
def test_a_scene_shows_what_it_says(name):
    FACTS[name]()


def test_what_a_scene_says_is_one_or_two_sentences_a_line_and_flows_have_theirs():
    for name, one in SCENES.items():
        assert name in FACTS or name.removeprefix("flow-") in FLOWS
        for line in one.watch:
            assert line[0].isupper() and line.endswith(".") and "t+" not in line
