"""Networks that see more than 256 pixels are fed what the images have, as far as bytes allow."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
import torch
from PIL import Image

from cacr_core import data
from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of, prepare
from cacr_core.checkpoints.features.embedded import embedded
from cacr_core.checkpoints.features.health import health_on
from cacr_core.checkpoints.features.sensitivity import under_each
from cacr_core.checkpoints.frozen import folder_of, freeze_checkpoint, line_of
from cacr_core.checkpoints.frozen.probe_images import MAX_VIEW_BYTES, shown, side_of
from cacr_core.checkpoints.untrained import twin_on
from cacr_core.data.folders import bounds, largest_side, read_folder
from cacr_core.papers.encoders import FOLDER
from cacr_core.runs import folder as files
from tests.folder_layouts import as_zip, picture

SIDE, N = 320, 24
TOO_LITTLE = 3 * N * (SIDE**2 - 1)  # bytes, for all of them at that size
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    for name in ("CACR_DATA", "CACR_CACHE", "CACR_RUNS"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def pictures(tmp_path):
    """Photographs as large as the network sees, whose detail a smaller reading loses."""
    rng = np.random.default_rng(0)
    for i in range(N):
        path = tmp_path / "set" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)).save(path)
    return tmp_path / "set"


@pytest.fixture
def large():
    """A checkpoint, and its card for inputs of 320 pixels."""
    opened = open_file(FOLDER / "cacr-digits.safetensors")
    return opened, dataclasses.replace(card_of(opened), input_size=SIDE)


def test_embeddings_are_of_the_pixels_that_the_files_have(pictures, large):
    made = embedded(*large, str(pictures), n=6)
    assert f"images, resized to {SIDE} x {SIDE} pixels" in made.about["protocol"]
    encoder, _ = network_of(*large)
    norm = large[1].normalisation
    for name, row in zip(made.names, made.embeddings, strict=True):
        pixels = torch.from_numpy(np.asarray(Image.open(pictures / name)).copy()).permute(2, 0, 1)
        with torch.inference_mode():
            expected = encoder.eval()(prepare(pixels[None], SIDE, norm.mean, norm.std))[0]
        np.testing.assert_allclose(row, expected, atol=1e-4)


def test_where_bytes_do_not_allow_it_the_protocol_says_so(pictures, large, monkeypatch):
    before = embedded(*large, str(pictures), n=6)
    for n_bytes, side in ((TOO_LITTLE, SIDE - 1), (2**20, data.SIDE)):
        monkeypatch.setattr(bounds, "MAX_SET_BYTES", n_bytes)
        assert data.side_within(str(pictures), SIDE) == side
    monkeypatch.setattr(bounds, "MAX_SET_BYTES", TOO_LITTLE)
    made = embedded(*large, str(pictures), n=6)
    said = f"images, read at {SIDE - 1} pixels and enlarged to {SIDE} x {SIDE} pixels (bilinear"
    assert said in made.about["protocol"]
    assert np.abs(made.embeddings - before.embeddings).max() > 1e-3  # from no cache


def test_a_set_of_its_own_size_is_resized_as_ever(large):
    assert data.side_within("digits", SIDE) is None
    assert f"resized to {SIDE} x {SIDE}" in embedded(*large, "digits", n=4).about["protocol"]


@pytest.mark.parametrize("n", [1, 10, 1000])
def test_the_largest_side_is_the_last_that_a_set_may_have(n, tmp_path):
    path = as_zip({f"{i}.png": b"" for i in range(n)} | {"x.txt": b""}, tmp_path / "set")
    assert data.count_images(str(path)) == n and data.count_images("digits") is None
    side = largest_side(n)
    assert data.side_within(str(path), bounds.MAX_SIDE) == max(data.SIDE, side)
    assert side == bounds.MAX_SIDE or (
        3 * n * side**2 <= bounds.MAX_SET_BYTES < 3 * n * (side + 1) ** 2
    )
    assert data.side_within(str(path), 8) == 8 and data.side_within(str(path), 224) == 224


def test_sizes_beyond_the_largest_are_refused(tmp_path):
    path = as_zip({"a.png": picture()}, tmp_path / "set")
    assert read_folder(path, bounds.MAX_SIDE).train.images.shape[-1] == bounds.MAX_SIDE
    with pytest.raises(ValueError, match="between 8 and 1024 pixels, got 1025"):
        read_folder(path, bounds.MAX_SIDE + 1)


def test_for_a_few_images_no_set_is_read_as_large_as_the_network_sees(pictures, large, monkeypatch):
    read, true = [], data.folders.read_pixels

    def told(sources, size, name):
        read.append(size)
        return true(sources, size, name)

    monkeypatch.setattr(data.folders, "read_pixels", told)
    opened, card = large
    assert health_on(opened, card, str(pictures)).dim and twin_on(opened, card, str(pictures))
    under_each(opened, dataclasses.replace(card, input_size=SIDE), str(pictures))
    assert set(read) == {data.SIDE}


def test_images_are_held_once_while_they_are_read(pictures):
    tracemalloc.start()
    try:
        found = read_folder(pictures, 2 * SIDE)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1.5 * found.train.images.nbytes


# --- frozen runs


def test_a_frozen_runs_images_and_views_are_of_the_input_size(pictures, monkeypatch):
    seen = shown(str(pictures), 16, 0, SIDE, 8, 8)
    assert {seen.bank.images.shape[-1], seen.probe_views.shape[-1]} == {SIDE}
    monkeypatch.setattr(bounds, "MAX_SET_BYTES", TOO_LITTLE)
    assert shown(str(pictures), 16, 0, SIDE, 8, 8).probe_views.shape[-1] == SIDE - 1


def test_many_views_are_made_no_larger_than_their_bytes_allow(tmp_path):
    path = str(as_zip({f"{i}.png": b"" for i in range(1_200)}, tmp_path / "set"))
    sides = [side_of(path, n, 518) for n in (16, 256, 512, 5000)]
    assert sides == sorted(sides, reverse=True) and sides[0] == 518 and sides[-1] == data.SIDE
    assert 256 * 5 * 3 * sides[1] ** 2 * 4 <= MAX_VIEW_BYTES
    assert side_of(path, 5000, 224) == 224


@pytest.mark.parametrize("tested", [False, True])
def test_views_are_counted_by_the_images_that_are_there(pictures, tested, monkeypatch):
    if tested:  # half of all to score on, so that as many can be watched as ever
        for i, path in enumerate(sorted(pictures.glob("*/*.png"))):
            place = pictures / ("train", "test")[i % 2] / path.parent.name
            place.mkdir(parents=True, exist_ok=True)
            path.rename(place / path.name)
    assert side_of(str(pictures), 5000, SIDE) == SIDE
    n = N // 2
    assert len(data.load(str(pictures), n_probes=5000, n_held_out=8, size=8).probe) <= n
    monkeypatch.setattr("cacr_core.checkpoints.frozen.probe_images.MAX_VIEW_BYTES",
                        5 * 3 * 4 * n * SIDE**2 - 1)  # fmt: skip
    assert side_of(str(pictures), 5000, SIDE) == SIDE - 1


def test_images_read_smaller_are_another_question_and_said_in_the_runs_line(
    pictures, large, monkeypatch
):
    asked = {"dataset": str(pictures), "n_probes": 16, "layer": "features"}
    whole = folder_of(*large, **asked)
    monkeypatch.setattr(bounds, "MAX_SET_BYTES", TOO_LITTLE)
    assert folder_of(*large, **asked) != whole
    run = freeze_checkpoint(*large, **asked, n_bank=4, n_held_out=4)
    line = files.read_json(run / "run.json")["frozen"]["line"]
    assert line == f"{line_of(large[1])}, images read at {SIDE - 1} pixels and enlarged"
