import dataclasses

import numpy as np
import pytest

from cacr_core import runs
from cacr_core.layouts import laid_out_steps
from cacr_core.presets import DEFAULT, PRESETS
from cacr_core.record import ANYWHERE, EXAMPLE, record
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from cacr_core.training import TrainConfig, Training

FOLDER = RECORDED / EXAMPLE


def test_the_recorded_run_is_of_the_default_preset():
    config = TrainConfig.from_json((FOLDER / "config.json").read_text())
    assert config == dataclasses.replace(PRESETS[DEFAULT].config, **ANYWHERE)
    assert runs.status(FOLDER) == "finished"
    assert files.read_json(FOLDER / "probes.json")["n"] == 512


def test_the_recorded_run_is_small_and_laid_out_throughout():
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size < 12 * 2**20
    steps = files.snapshot_steps(FOLDER)
    assert laid_out_steps(FOLDER, "embeddings") == steps
    assert len(steps) >= 20


def test_retraining_gives_the_recorded_runs_first_two_snapshots():
    first, second = (s for s, _ in zip(runs.read_snapshots(FOLDER), range(2), strict=False))
    training = Training(TrainConfig.from_json((FOLDER / "config.json").read_text()))
    for recorded in (first, second):
        while training.step < recorded.step:
            training.update()
        made = training.snapshot()
        # other processors add in another order: what an update magnifies is allowed for
        atol = 2e-3 if recorded.step == 0 else 0.05
        close = np.isclose(made.embeddings, recorded.embeddings, atol=atol)
        assert close.mean() > 0.99
        assert made.metrics["loss"] == pytest.approx(recorded.metrics["loss"], abs=0.02)


def test_only_what_ships_is_recorded():
    with pytest.raises(ValueError, match="sscl"):
        record(["sscl"])
