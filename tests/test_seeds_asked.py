"""What repeats over seeds are refused for when they are asked for."""

import json
import shutil

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs import seeds
from tests.compared import finished

NAMES = "abcd"


@pytest.fixture
def comparison(tmp_path):
    return shutil.copytree(finished(), tmp_path / "compare-asked")


def test_images_without_classes_are_not_repeated(comparison):
    path = comparison / "a" / "probes.json"
    probes = files.read_json(path)
    assert len(probes["class_names"]) == 10
    files.write_json(path, probes | {"class_names": [], "labels": [-1] * probes["n"]})
    with pytest.raises(ValueError, match="these images are of no classes"):
        seeds.ask(comparison, 3)
    assert seeds.standing(comparison) == {}


def test_seeds_that_are_there_are_asked_for_again_and_done_at_once(comparison):
    """Those of another machine are trained here again, so that only the work itself can tell."""
    lines = [
        json.dumps({"seed": seed, "entry": name, "step": 4, "knn_features": 0.5}) + "\n"
        for seed in range(3)
        for name in NAMES
    ]
    files.write_bytes(comparison / "seeds.jsonl", "".join(lines).encode())
    made = []
    seeds.ask(comparison, 3)
    seeds.work_on_seeds(comparison, lambda *given: made.append(list(given[1])))
    assert made == [[0, 1, 2]] and seeds.standing(comparison)["state"] == "finished"


def test_a_comparison_whose_images_are_not_described_is_repeated_all_the_same(comparison):
    files.write_bytes(comparison / "a" / "probes.json", b"{")
    seeds.ask(comparison, 3)
    assert seeds.standing(comparison)["state"] == "waiting"
