"""The numbers beside the sentences, over all kept moments of all recorded runs."""

import math
import re

import pytest

from tests.moments import all_moments, gain, guess, known, limit_of, said_of, standard_error
from tests.stated import COLLAPSED
from tests.words import agrees, value_of

N = r"(−?[\d.,]+(?:e[−+]?\d+)?)"


def of_arrays(m):
    return {
        "alignment": (m.alignment, 2e-3),
        "uniformity": (m.uniformity, 2e-3),
        # snapshots hold 16 bits, whose rounding is something in directions that are empty
        "effective_rank": (m.rank, 0.02 + 3e-3 * m.rank),
    }


def test_what_a_tile_shows_of_the_probes_is_what_their_arrays_give():
    for m in all_moments():
        for key, (value, slack) in of_arrays(m).items():
            reading = said_of(m)[key]
            assert reading.value == pytest.approx(value, abs=slack), (m.run, m.step)
            shown = value_of(reading.text.partition(" of ")[0])
            assert shown == pytest.approx(reading.value, rel=6e-3, abs=0.051)
            assert reading.at is None
        at, limit = said_of(m)["alignment"], limit_of(m.about["n_probes"], m.about["dim"])
        assert at.chance_value == pytest.approx(m.apart.mean(), abs=0.01)
        assert agrees(at.chance.removeprefix("others "), at.chance_value)
        assert agrees(said_of(m)["uniformity"].chance.removeprefix("limit "), limit)
        assert said_of(m)["effective_rank"].text.endswith(f" of {m.about['dim']}")


def guess_of(m):
    """The value of the loss where every sample is at a squared distance of 2."""
    if m.loss["name"] != "cacr":
        return math.log(1 + m.now["n_negatives"])
    assert (m.loss["cost"], m.loss["class_prior"]) == ("euclidean", 0)
    return 2 * m.loss["alpha"] - 2 * m.loss["beta"]


def test_what_a_tile_shows_of_the_batch_is_what_its_rows_give():
    for m in all_moments():
        shown, now = said_of(m), m.now
        for key in ("loss", "attraction", "repulsion"):
            assert agrees(shown[key].text, now[key])
        assert shown["loss"].chance_value == pytest.approx(guess_of(m), abs=1e-4)
        assert agrees(shown["loss"].chance.removeprefix("guessing "), guess_of(m))
        n_views, made_up = m.about["n_views"], m.config["n_synthetic"]
        n_negatives = n_views * (64 - 1) + made_up
        assert shown["entropy"].text.endswith(f" of {n_negatives}")
        # a mean of exponentials is no less than the exponential of the mean
        assert now["effective_negatives"] > 0.999 * n_negatives ** now["entropy"]
        own = shown["own_class_share"]
        assert agrees(own.text.removesuffix(" %"), 100 * now["own_class_share"])
        assert agrees(own.chance[len("alike ") : -2], 100 * now["own_class_even"])
        if "pos_largest" in shown:
            assert shown["pos_largest"].chance_value == pytest.approx(1 / (n_views - 1))
        if "clamped" in shown:
            assert m.loss["class_prior"] > 0
            assert agrees(shown["clamped"].text.removesuffix(" %"), 100 * now["clamped"])


@pytest.mark.parametrize("key", ["knn_features", "knn_embeddings"])
def test_an_accuracy_stands_with_its_moment_its_interval_chance_and_the_untrained(key):
    for m in all_moments():
        reading, found = said_of(m)[key], known(m, key)
        step, value = found[-1]
        assert reading.at == (None if step == m.step else step)
        assert agrees(reading.text.removesuffix(" %"), 100 * value)
        told = rf"± {N}, chance {N} %(?:, untrained {N} %)?"
        interval, chance, untrained = re.fullmatch(told, reading.chance).groups()
        assert agrees(interval, 100 * 1.96 * standard_error(m, value))
        assert agrees(chance, 100 * guess(m))
        assert (untrained is None) == (len(found) == 1)
        if untrained:
            assert agrees(untrained, 100 * found[0][1])
            assert reading.chance_value == found[0][1]


def test_speed_is_views_over_seconds_of_training():
    for m in all_moments():
        last = m.rows[-10:]
        reading = said_of(m)["speed"]
        if len(last) == 1:
            assert reading.text == "–"
            continue
        updates, seconds = (last[-1][key] - last[0][key] for key in ("step", "seconds"))
        rate = m.about["images_per_step"] * updates / seconds
        assert float(reading.text.replace(",", "")) == pytest.approx(rate, abs=0.51)


def test_praise_is_for_what_the_arrays_deserve():
    for m in all_moments():
        good = {key for key, reading in said_of(m).items() if reading.level == "good"}
        if m.spread < COLLAPSED or m.rank < 1 + min(3, 0.05 * m.about["dim"]) - 0.05:
            assert not good & {"alignment", "uniformity", "effective_rank"}
        if "alignment" in good:
            assert m.alignment < m.apart.mean() / 8
        if "uniformity" in good:
            assert m.uniformity < 0.85 * limit_of(m.about["n_probes"], m.about["dim"]) + 2e-3
        if "effective_rank" in good:
            assert m.rank > 0.6 * m.about["dim"] - 0.02
        for key in good & {"knn_features", "knn_embeddings"}:
            assert gain(m, key)[0] > gain(m, key)[1]
