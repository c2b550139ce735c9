"""An update made again of a run that was gone on with elsewhere, or whose images have others beside
them by now."""

import dataclasses
import shutil

import numpy as np
import pytest
from PIL import Image

from cacr_core.runs import folder as files
from cacr_core.runs.worker import work
from tests.test_inside_update import TINY, row_after
from web.live import inside

BFLOAT16 = dataclasses.replace(TINY, precision="bfloat16")


def trained(folder, config):
    files.write_bytes(folder / "config.json", config.to_json().encode())
    assert work(folder) == "finished"
    return folder


@pytest.fixture
def moved(tmp_path):
    """A run in bfloat16 up to step 12, as one that was gone on with in float32 has it."""
    folder = trained(tmp_path / "moved", BFLOAT16)
    stretches = [
        {"step": 0, "device": "cuda", "precision": "bfloat16"},
        {"step": 12, "device": "cpu", "precision": "float32"},
    ]
    now = files.read_json(folder / "run.json") | {"precision": "float32", "stretches": stretches}
    files.write_json(folder / "run.json", now)
    return folder


def test_an_update_is_made_in_the_precision_of_its_own_stretch(moved):
    for step, is_own in ((0, True), (9, True), (19, False)):
        differs = inside.of_update({"step": step}, moved)[0]["recorded"]["differs"]
        assert (differs < 1e-6) == is_own, f"step {step} differs by {differs}"


def test_the_device_that_an_update_is_said_to_be_of_is_that_of_its_own_stretch(moved):
    recorded = row_after(moved, 9)
    lines = (moved / "metrics.jsonl").read_text()
    norm = str(recorded["gradient_norm"])
    assert norm in lines
    (moved / "metrics.jsonl").write_text(lines.replace(norm, str(1.01 * recorded["gradient_norm"])))
    said = inside.of_update({"step": 9}, moved)[0]["agreement"]
    assert "The run, on cuda in bfloat16, recorded" in said
    said = inside.of_update({"step": 19}, moved)[0]["agreement"]
    assert "The run, on cpu in float32, recorded" in said


def test_an_update_is_made_anew_once_the_run_has_come_to_it_again(tmp_path):
    one, other = (
        trained(tmp_path / str(seed), dataclasses.replace(TINY, seed=seed)) for seed in (0, 1)
    )
    before = inside.of_update({"step": 9}, one)[0]["loss"]["total"]
    shutil.copytree(other / "states", one / "states", dirs_exist_ok=True)
    after = inside.of_update({"step": 9}, one)[0]["loss"]["total"]
    assert after != before


def test_images_that_came_since_keep_no_run_from_being_opened(tmp_path):
    rng = np.random.default_rng(0)

    def add(numbers):
        for number in numbers:
            path = tmp_path / "images" / "ab"[number % 2] / f"{number:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(path)

    config = dataclasses.replace(
        TINY, dataset=str(tmp_path / "images"), n_steps=2, batch_size=8, n_probes=16
    )
    add(range(100))
    early = trained(tmp_path / "early", config)
    assert "as the run recorded" in inside.of_update({"step": 0}, early)[0]["agreement"]
    add(range(100, 140))
    late = trained(tmp_path / "late", config)
    assert "as the run recorded" in inside.of_update({"step": 0}, late)[0]["agreement"]
