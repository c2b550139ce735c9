import itertools
import shutil

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cacr_core.runs import folder as files
from tests.compared import finished
from web.compare import moved


def asked(**changes):
    message = {
        "from": {"entry": "a", "step": 4}, "to": {"entry": "d", "step": 4}, "space": "embeddings",
    }  # fmt: skip
    return moved.moved(message | changes, finished())


def neighbours(entry, step, space="embeddings"):
    embeddings, features = files.read_arrays(finished() / entry, step)
    x = embeddings[0] if space == "embeddings" else features
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    found = []
    for i in range(len(x)):
        near = sorted((j for j in range(len(x)) if j != i), key=lambda j: -float(x[i] @ x[j]))
        found.append(set(near[:10]))
    return found


@pytest.mark.parametrize("space", ["embeddings", "features"])
def test_overlap_is_the_share_of_nearest_neighbours_kept(space):
    answer = asked(space=space)
    was, now = neighbours("a", 4, space), neighbours("d", 4, space)
    shares = [len(a & b) / 10 for a, b in zip(was, now, strict=True)]
    assert answer["mean_overlap"] == pytest.approx(np.mean(shares), abs=0.01)
    assert answer["expected"] == pytest.approx(10 / 39)
    lowest = sorted(shares)[:12]
    assert [item["overlap"] for item in answer["items"]] == pytest.approx(lowest, abs=0.11)


def test_gained_and_lost_neighbours_are_those_of_one_moment_alone():
    was, now = neighbours("a", 4), neighbours("d", 4)
    for item in asked()["items"]:
        probe = item["probe"]
        assert {row["probe"] for row in item["gained"]} == now[probe] - was[probe]
        assert {row["probe"] for row in item["lost"]} == was[probe] - now[probe]
        assert len(item["gained"]) == len(item["lost"]) == round(10 * (1 - item["overlap"]))


def test_same_class_is_told_of_each_neighbour():
    labels = files.read_json(finished() / "a" / "probes.json")["labels"]
    for item in asked()["items"]:
        for row in itertools.chain(item["gained"], item["lost"]):
            assert row["same_class"] == (labels[row["probe"]] == labels[item["probe"]])


class Largest(TorchDispatchMode):
    """Counts the numbers of the largest tensor made."""

    n = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        self.n = max(self.n, made.numel() if isinstance(made, torch.Tensor) else 0)
        return made


def test_nearness_is_the_mean_cosine_and_makes_nothing_larger_than_the_points():
    x = torch.nn.functional.normalize(torch.randn(50, 64), dim=1)
    near = torch.randint(0, 50, (50, 10))
    with Largest() as largest:
        nearness = moved.nearness_to(near, x)
    expected = (x @ x.T).gather(1, near).mean(1)
    torch.testing.assert_close(nearness, expected)
    assert largest.n <= x.numel()


def test_entries_start_from_equal_neighbours():
    answer = asked(**{"from": {"entry": "a", "step": 0}, "to": {"entry": "d", "step": 0}})
    assert answer["mean_overlap"] == 1
    assert "keeps 10.0 of its 10" in answer["reading"]


def test_two_moments_of_one_entry_are_compared():
    answer = asked(**{"from": {"entry": "b", "step": 0}, "to": {"entry": "b", "step": 4}})
    was, now = neighbours("b", 0), neighbours("b", 4)
    shares = [len(a & b) / 10 for a, b in zip(was, now, strict=True)]
    assert answer["mean_overlap"] == pytest.approx(np.mean(shares), abs=0.01)
    assert answer["reading"].startswith("Between steps 0 and 4 of SSCL an image keeps")


def test_a_moment_compared_with_itself_is_said_to_be_one():
    answer = asked(to={"entry": "a", "step": 4})
    assert answer["mean_overlap"] == 1
    assert "one and the same moment" in answer["reading"]


def test_the_reading_counts_classes_of_gained_and_lost_neighbours():
    labels = np.asarray(files.read_json(finished() / "a" / "probes.json")["labels"])
    was, now = neighbours("a", 4), neighbours("d", 4)
    gained = [labels[i] == labels[j] for i in range(40) for j in now[i] - was[i]]
    lost = [labels[i] == labels[j] for i in range(40) for j in was[i] - now[i]]
    said = asked()["reading"]
    assert f"; {100 * np.mean(gained):.1f} % of the gained are of its own class" in said
    assert f", {100 * np.mean(lost):.1f} % of the lost." in said


def test_checkpoints_are_told_apart_without_a_moment(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-still")
    assert " at step 4 an image keeps" in asked()["reading"]
    for entry in files.entry_folders(folder):
        about = files.read_json(entry / "run.json")
        files.write_json(entry / "run.json", about | {"frozen": {"line": "an encoder"}})
    message = {"from": {"entry": "a", "step": 4}, "to": {"entry": "d", "step": 4}}
    reading = moved.moved(message, folder)["reading"]
    assert reading.startswith("Between CACR and InfoNCE an image keeps")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"space": "outer"}, "outer"),
        ({"from": None}, "from names an entry"),
        ({"to": {"entry": "z", "step": 4}}, "entries a, b, c, d"),
        ({"to": {"entry": "a", "step": "4"}}, "whole number"),
    ],
)
def test_questions_without_sense_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        asked(**changes)
