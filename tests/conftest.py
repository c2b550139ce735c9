"""What many tests are given: a shelf of their own, and a run that is done."""

import pytest

from cacr_core.runs.worker import work
from tests.tiny_run import prepared


@pytest.fixture
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / "a-run"
    prepared(folder)
    assert work(folder) == "finished"
    return folder
