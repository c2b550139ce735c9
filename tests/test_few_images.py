"""Any folder from 12 images up can be trained on, and says what so few change."""

import json

import numpy as np
import pytest
from PIL import Image

from cacr_core import data
from cacr_core.__main__ import main
from cacr_core.layouts.process import laid_out_steps, lay_out_run
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, Training, make_loss
from cacr_core.training.few import fitted, said_of_few
from cacr_core.views import recipe_for


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


def folder_of(root, sizes):
    rng = np.random.default_rng(0)
    for name, n in sizes.items():
        (root / name).mkdir(parents=True)
        for i in range(n):
            pixels = rng.integers(0, 255, (20, 20, 3), np.uint8)
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return root


def small(root, **changes):
    usual = {"dataset": str(root), "n_steps": 2, "backbone": "small", "snapshot_every": 1}
    return TrainConfig(**usual | changes)


@pytest.mark.parametrize("n", [12, 13, 30, 100])
def test_half_of_a_small_folder_is_trained_on(n, tmp_path):
    splits = data.load(str(folder_of(tmp_path / "few", {"a": n // 2, "b": n - n // 2})))
    train, probe, held_out = map(len, splits)
    assert train + probe + held_out == n
    assert train >= n / 2 and probe >= n // 4 and held_out >= n // 4


def test_eleven_are_refused_with_how_many_are_needed(tmp_path):
    with pytest.raises(ValueError, match="12 images or more, got 11"):
        data.load(str(folder_of(tmp_path / "few", {"a": 5, "b": 6})))


@pytest.mark.parametrize("sizes", [{"a": 12}, {"a": 6, "b": 6}, {"a": 60, "b": 12, "c": 1}])
def test_a_run_of_few_images_is_trained_to_its_end(sizes, tmp_path):
    root, run = folder_of(tmp_path / "few", sizes), tmp_path / "run"
    config = small(root, n_synthetic=4, loss=make_loss("sscl"))
    write_config(config, run)
    assert work(run) == "finished", files.status_and_reason(run)
    written = TrainConfig.from_json((run / "config.json").read_text())
    n_train = len(data.load(str(root)).train)
    assert written.batch_size == n_train
    assert written.pool_size == min(config.pool_size, 2 * (n_train - 1))
    lay_out_run(run)
    assert laid_out_steps(run, "embeddings") == files.snapshot_steps(run)


def test_a_comparison_of_few_images_has_one_batch_for_all(tmp_path):
    root, run = folder_of(tmp_path / "few", {"a": 15, "b": 15}), tmp_path / "run"
    entries = tuple(Entry(name, small(root, loss=make_loss(name))) for name in ("cacr", "infonce"))
    write_config(Comparison(entries), run)
    assert work(run) == "finished", files.status_and_reason(run)
    told = json.loads((run / "config.json").read_text())["entries"]
    assert [entry["config"]["batch_size"] for entry in told] == [16, 16]


def test_what_has_enough_images_is_left_as_it_was(tmp_path):
    config = small(folder_of(tmp_path / "few", {"a": 100}), batch_size=50, n_probes=16)
    assert fitted(config) == config
    assert fitted(TrainConfig(dataset="digits", batch_size=1024)).batch_size == 1024
    assert said_of_few(50, 16, 50, 16) == []


def test_what_few_images_change_is_said():
    assert said_of_few(64, 512, 15, 7) == [
        "A batch has all 15 images that are trained on, not 64.",
        "7 images are watched, not 512.",
    ]


@pytest.mark.parametrize("size", [32, 48, 128])
def test_views_have_the_size_that_a_folder_is_read_at(size, tmp_path):
    root = folder_of(tmp_path / "few", {"a": 12})
    training = Training(small(root, image_size=size, batch_size=6))
    assert training.source.splits.train.images.shape[2:] == (size, size)
    assert training.source.probe_views.shape[3:] == (size, size)
    assert recipe_for(str(root), size).crop_scale == recipe_for(str(root)).crop_scale
    assert Training(TrainConfig(dataset="digits", image_size=size)).source.recipe.size == 16


def test_the_size_of_images_has_bounds():
    for size in (31, 129):
        with pytest.raises(ValueError, match="image_size must be from 32 to 128"):
            TrainConfig(image_size=size)


def test_an_image_that_is_added_is_seen_by_a_process_that_read_before(tmp_path):
    root = folder_of(tmp_path / "few", {"a": 12})
    config = small(root, batch_size=4)
    before = len(Training(config).source.splits.train)
    folder_of(tmp_path / "few" / "more", {"b": 4})
    assert len(Training(config).source.splits.train) == before + 2


def test_the_terminal_says_what_was_left_out_and_what_was_made_smaller(tmp_path, capsys):
    root = folder_of(tmp_path / "few", {"a": 10, "A": 10})
    (root / "a" / "half.png").write_bytes(b"no image")
    given = ["--dataset", str(root), "--n-steps", "1", "--out", str(tmp_path / "run")]
    assert main(["train", *given]) == 0
    said = capsys.readouterr().err
    assert "A batch has 10 images: no more are trained on." in said
    assert "Left out: 1 damaged or cut off." in said
    assert "'A' and 'a' differ in case or spaces only" in said
