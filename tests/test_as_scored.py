"""What stands beside two checkpoints' panels says the numbers of the panels, and no more than few
images, or images in one place, allow."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.alike import Seen, likeness_of, neighbour_overlap
from cacr_core.checkpoints.alike.files import File, compare_as_scored
from cacr_core.checkpoints.frozen import freeze_checkpoint
from cacr_core.data import ImageSet
from cacr_core.papers.encoders import FOLDER
from cacr_core.runs import folder as files
from web.checkpoints import report

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))


def stripes(folder, n=240, side=80):
    """Images of four classes, each read otherwise at another size."""
    rng, x = np.random.default_rng(0), np.arange(side)
    for i in range(n):
        wave = 60 * np.sin(x[None] / (3 + i % 4) + 6 * rng.random())
        grey = (127 + wave + 60 * rng.standard_normal((side, side))).clip(0, 255)
        path = folder / f"c{i % 4}" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey.astype(np.uint8)).convert("RGB").save(path)
    return str(folder)


def test_each_side_is_scored_on_images_read_at_its_own_size_as_its_frozen_run_is(tmp_path):
    dataset, sides = stripes(tmp_path / "set"), []
    for name, size in (("sscl-digits", 16), ("sscl-shapes", 64)):
        opened = open_file(FOLDER / f"{name}.safetensors")
        sides.append(File(opened, dataclasses.replace(card_of(opened), input_size=size)))
    frozen = []
    for one in sides:
        run = freeze_checkpoint(*one, dataset=dataset, layer="features", n_probes=64)
        frozen.append(files.read_json(run / "run.json")["frozen"])
    found = compare_as_scored(*sides, dataset, "features", 64)
    for way, votes in found.likeness.votes.items():
        for score, own in zip(votes.scores, frozen, strict=True):
            assert score.said.tolist() == own["scores"]["features"][way]["said"]
    assert all(own["labels"] == found.images.labels.tolist() for own in frozen)  # the same images
    assert found.images.images.shape[-1] == 64


def test_a_headline_of_few_images_says_how_many_neighbours_are_shared_by_chance():
    x, y = (torch.randn(20, 8, generator=torch.Generator().manual_seed(i)) for i in range(2))
    assert report.by_neighbours(neighbour_overlap(x, x.clone())) == (
        "A and B share 100 % of the 6 nearest images, 31.6 % by chance"
    )
    told = report.by_neighbours(neighbour_overlap(x[:4], y[:4]))
    assert told.endswith("of the nearest images, 33.3 % by chance")


def test_encoders_that_put_all_images_in_one_place_are_told_beside_the_headline(monkeypatch):
    warned = []
    monkeypatch.setattr(report.st, "warning", lambda text, **_: warned.append(text))
    images = ImageSet(torch.zeros(12, 3, 8, 8, dtype=torch.uint8), torch.full((12,), -1), ())
    x, one = torch.randn(12, 4), torch.ones(12, 4)
    for a, b, which in ((x, one, "B"), (one, 2 * one, "AB"), (x, x, "")):
        warned.clear()
        sides = (Seen(side[:0], side) for side in (a, b))
        likeness = likeness_of(*sides, images.labels[:0], images.labels, ())
        report.headline_of(likeness, images, ("a", "b"), "features")
        assert [text.partition(" but")[0][-1] for text in warned] == list(which)


def a_table():
    import torch

    from cacr_core.checkpoints.alike import class_changes
    from web.checkpoints import report

    labels = torch.tensor([0, 1, 1, 2])
    right = torch.tensor([True, True, False, True])
    report._by_class(class_changes(right, right, labels, ["all", "all classes", "cat"]))


def test_a_class_called_as_all_of_them_has_a_row_of_its_own():
    at = AppTest.from_function(a_table, default_timeout=60).run()
    assert not at.exception
    (shown,) = [one.value for one in at.table]
    assert list(shown.index) == ["all", "all classes", "cat", "all classes"]
    assert shown.iloc[:, 0].tolist() == ["1", "2", "1", "4"]
