"""A user without a home directory, as a number that no account has in a container."""

import os
import pwd

import numpy as np
import pytest

from cacr_core.checkpoints.features import cache
from cacr_core.data import medical
from cacr_core.data.folders import kept
from cacr_core.data.places import data_root
from tests.test_feature_cache import KEY, X


@pytest.fixture(autouse=True)
def no_home(monkeypatch, tmp_path):
    def nobody(number):
        raise KeyError(number)

    for name in ("HOME", "CACR_DATA", "CACR_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.chdir(tmp_path)


def test_features_are_computed_and_not_kept(tmp_path):
    cache.write(KEY, X)
    assert cache.read(KEY) is None
    assert not list(tmp_path.iterdir())


def test_a_set_that_is_fetched_asks_for_a_folder():
    with pytest.raises(ValueError, match=r"no home directory.*CACR_DATA"):
        data_root()


def test_a_folder_that_is_named_does_without_a_home(monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "sets"))
    assert data_root() == tmp_path / "sets"
    assert medical._file("pathmnist", None).is_relative_to(tmp_path / "sets")


def test_images_are_read_and_not_kept(tmp_path):
    pixels = kept.Pixels(np.zeros((1, 3, 4, 4), np.uint8), np.ones(1, bool), kept.Counter(), [])
    kept.keep("key", pixels)
    assert kept.recall("key") is None
    assert not os.listdir(tmp_path)
