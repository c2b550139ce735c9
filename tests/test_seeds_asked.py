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


def test_as_many_seeds_as_there_are_is_nothing_to_ask_for(comparison):
    lines = [
        json.dumps({"seed": seed, "entry": name, "step": 4, "knn_features": 0.5})
        for seed in range(8)
        for name in NAMES
        if (seed, name) != (7, "b")  # not whole
    ]
    files.write_bytes(comparison / "seeds.jsonl", ("\n".join(lines) + "\n").encode())
    for n_seeds in (5, 7):
        with pytest.raises(ValueError, match=r"It has 7 seeds already; ask for more than 7\."):
            seeds.ask(comparison, n_seeds)
    seeds.ask(comparison, 8)
    assert seeds.standing(comparison)["wanted"] == 8


def test_images_without_classes_are_not_repeated(comparison):
    path = comparison / "a" / "probes.json"
    probes = files.read_json(path)
    assert len(probes["class_names"]) == 10
    files.write_json(path, probes | {"class_names": [], "labels": [-1] * probes["n"]})
    with pytest.raises(ValueError, match="these images are of no classes"):
        seeds.ask(comparison, 3)
    assert seeds.standing(comparison) == {}


def test_more_than_the_most_there_can_be_is_not_asked_for(comparison):
    lines = [
        json.dumps({"seed": seed, "entry": name, "step": 4}) + "\n"
        for seed in range(seeds.MOST_SEEDS)
        for name in NAMES
    ]
    files.write_bytes(comparison / "seeds.jsonl", "".join(lines).encode())
    with pytest.raises(ValueError, match=r"It has 20 seeds already, and more are not made\."):
        seeds.ask(comparison, seeds.MOST_SEEDS)


def test_a_comparison_whose_images_are_not_described_is_repeated_all_the_same(comparison):
    files.write_bytes(comparison / "a" / "probes.json", b"{")
    seeds.ask(comparison, 3)
    assert seeds.standing(comparison)["state"] == "waiting"
