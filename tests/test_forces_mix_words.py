"""What the table says a synthetic is mixed of, run by node and held to where the synthetic is."""

import math
import re

import numpy as np
import pytest

from cacr_core.pairs import MIXINGS
from tests import browser_code
from tests.one_query import number, readings
from web.settings import board

QUERY, NEGATIVES = [50, 20], [[80, 10], [20, -30], [230, 40], [300, 0]]
POINTS = {"query": QUERY, "positives": [[60, 15]], "negatives": NEGATIVES, "seed": 4}


def vector(place, surface):
    lon, lat = map(math.radians, place)
    if surface == "circle":
        return np.array([math.cos(lon), math.sin(lon)])
    return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def said_of(mixing, surface):
    """Each synthetic, and what is said of either parent."""
    lens = board.full_lens("infonce", n_synthetic=12, pool_size=3, mixing=mixing)
    made = readings({"surface": surface, **POINTS}, lens)[0]["synthetics"]
    said = browser_code.run(
        """
        const { partText } = await load('mixlines.js');
        return data.map((one) => [0, 1].map((i) => partText(one, i)));
        """,
        made,
    )
    return list(zip(made, said, strict=True))


@pytest.mark.parametrize("surface", ["circle", "sphere"])
@pytest.mark.parametrize("mixing", MIXINGS)
def test_a_synthetic_stands_where_the_table_says_its_parents_put_it(mixing, surface):
    query = vector(QUERY, surface)
    places = {f"negative {i + 1}": vector(at, surface) for i, at in enumerate(NEGATIVES)}
    places["the query"] = query
    for one, texts in said_of(mixing, surface):
        before = np.array(one["before"])
        first = places[re.search(r"the query|negative \d", texts[0])[0]]
        if texts[0].startswith("a copy of"):
            assert before == pytest.approx(first, abs=1e-9)
        elif texts[0].endswith(" with noise"):
            moved = np.abs(before - first)
            assert 0 < moved.max() < 0.06 and np.ptp(moved) > 1e-4
        elif texts[0].endswith(" moved by signs"):
            assert before - first == pytest.approx(0.01 * np.sign(query), abs=1e-9)
        elif texts[0].startswith("a share by dimension of"):
            second = places[texts[1].removeprefix("a share by dimension of ")]
            low, high = np.minimum(first, second), np.maximum(first, second)
            assert (low - 1e-9 <= before).all() and (before <= high + 1e-9).all()
        else:
            parts = [text.split(" of ") for text in texts]
            mixed = sum(number(share) * places[whom] for share, whom in parts)
            rounding = sum(0.5 * 10.0 ** -len(share.split(".")[1]) for share, _ in parts)
            assert before == pytest.approx(mixed, abs=1.01 * rounding)


def test_only_one_parent_unchanged_is_called_a_copy():
    forms = {
        mixing: {
            re.sub(r"negative \d", "negative n", texts[0]) for _, texts in said_of(mixing, "sphere")
        }
        for mixing in ("resample", "noise_injected", "adversarial")
    }
    assert forms == {
        "resample": {"a copy of negative n"},
        "noise_injected": {"negative n with noise"},
        "adversarial": {"negative n moved by signs"},
    }
    in_turn = [texts[0] for _, texts in said_of("synco", "sphere")]
    assert not any("copy" in text for text in in_turn)
    assert [text.endswith("with noise") for text in in_turn] == 2 * [
        False,
        False,
        False,
        True,
        False,
        False,
    ]
    assert [text.endswith("by signs") for text in in_turn] == 2 * [
        False,
        False,
        False,
        False,
        False,
        True,
    ]
