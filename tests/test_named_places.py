"""A place of CACR_FOLDERS is in a link by its name, never by where it lies."""

import os

import pytest

from cacr_core import data
from cacr_core.presets import COMPARISONS, PRESETS
from web.compare import choice, link
from web.settings import links
from web.settings.looks import COMPARE, LIVE, defaults_of


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Two called alike, and one that is called as a dataset is."""
    made = [tmp_path / "at_home" / "birds", tmp_path / "elsewhere" / "birds", tmp_path / "digits"]
    for place in made:
        place.mkdir(parents=True)
    monkeypatch.setenv("CACR_FOLDERS", os.pathsep.join(map(str, made)))
    return [str(place.resolve()) for place in made]


def test_names_are_told_apart_and_read_back(places):
    called = [data.name_in_link(place) for place in places]
    assert called == ["birds", "birds~2", "digits~1"]
    assert [data.named_by_link(name) for name in called] == places
    for known in ("digits", "shapes", "", "/somewhere/else"):
        assert data.name_in_link(known) == data.named_by_link(known) == known


def test_the_live_pages_link_names_no_path(places, tmp_path):
    for key in links.IMAGES:
        for place in places:
            flat = links.settings_of(PRESETS["infonce"].config) | {key: place}
            params = links.write("infonce", flat, defaults_of(LIVE))
            assert str(tmp_path) not in str(params)
            _, settings, _, ignored = links.read(params)
            assert (settings[key], ignored) == (place, [])


def test_a_comparisons_link_names_no_path(places, tmp_path):
    name = next(iter(COMPARISONS))
    shared, entries = choice.settings_of(COMPARISONS[name].comparison)
    params = link.write(name, shared | {"dataset": places[1]}, entries, 0, defaults_of(COMPARE))
    assert params["dataset"] == "birds~2"
    assert str(tmp_path) not in str(params)
    asked = link.read(params)
    assert (asked.shared["dataset"], asked.ignored) == (places[1], [])
