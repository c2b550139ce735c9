import dataclasses
import itertools
import json

import pytest
import torch

from cacr_core.__main__ import main
from cacr_core.losses import CACR, InfoNCE
from cacr_core.runs import folder as files
from cacr_core.runs import limits
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.fitting import fit
from cacr_core.runs.launch import write_config
from cacr_core.training import TrainConfig, Training, seconds

CONFIG = TrainConfig(
    loss=InfoNCE(), dataset="digits", embedding_dim=8, batch_size=16, n_probes=16, seconds=20.0
)


@pytest.fixture(autouse=True)
def half_a_second_an_update(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(seconds.time, "perf_counter", lambda: next(clock) / 2)


def test_as_many_updates_are_laid_out_as_fit_and_recorded():
    (laid,) = seconds.laid_out([CONFIG])
    assert laid == dataclasses.replace(CONFIG, n_steps=40, seconds=0.0)
    assert seconds.laid_out([laid]) == [laid]


def test_a_repeat_with_the_number_found_is_the_same_run_to_the_bit():
    states = []
    for config in (
        seconds.laid_out([CONFIG])[0],
        dataclasses.replace(CONFIG, n_steps=40, seconds=0),
    ):
        training = Training(config)
        for _ in range(3):
            training.update()
        states.append(training.state())
    ours, theirs = states
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_entries_of_a_comparison_share_the_time_and_get_one_number(tmp_path):
    entries = (Entry("one", CONFIG), Entry("other", dataclasses.replace(CONFIG, loss=CACR())))
    write_config(Comparison(entries), tmp_path)
    fit(tmp_path)
    said = json.loads((tmp_path / "config.json").read_text())
    assert said["n_steps"] == 20
    assert [(e["config"]["n_steps"], e["config"]["seconds"]) for e in said["entries"]] == [
        (20, 0)
    ] * 2


@pytest.mark.parametrize("updates", [0, 1, 10])
def test_an_update_that_breaks_ends_the_measuring_and_not_the_run(tmp_path, monkeypatch, updates):
    real = Training.update

    def breaks(training):
        if training.step == updates:
            raise FloatingPointError("The loss is nan.")
        real(training)

    monkeypatch.setattr(Training, "update", breaks)
    write_config(CONFIG, tmp_path)
    fit(tmp_path)
    said = TrainConfig.from_json((tmp_path / "config.json").read_text())
    assert (said.n_steps, said.seconds) == (40, 0)


def test_a_run_that_has_begun_is_not_laid_out_again(tmp_path):
    write_config(CONFIG, tmp_path)
    (tmp_path / "state.safetensors").touch()
    fit(tmp_path)
    assert TrainConfig.from_json((tmp_path / "config.json").read_text()) == CONFIG


def test_the_terminal_trains_for_a_time_and_says_how_many_updates_that_were(tmp_path):
    given = {"dataset": "digits", "batch-size": 16, "n-probes": 16, "seconds": 2, "out": tmp_path}
    assert main(["train", *(f"--{name}={value}" for name, value in given.items())]) == 0
    config = TrainConfig.from_json((tmp_path / "config.json").read_text())
    assert (config.n_steps, config.seconds) == (4, 0)
    assert files.read_metrics(tmp_path)[-1]["step"] == 4


@pytest.mark.parametrize("asked", [-1.0, 2e6, float("nan")])
def test_a_time_out_of_bounds_is_refused(asked):
    with pytest.raises(ValueError, match=r"seconds must be from 0, for none, to 1,000,000, got"):
        dataclasses.replace(CONFIG, seconds=asked)


def test_a_training_needs_its_number():
    with pytest.raises(ValueError, match="got 20 seconds"):
        Training(CONFIG)


def test_where_updates_are_limited_a_time_is_refused(monkeypatch):
    fields = json.loads(CONFIG.to_json())
    limits.check_config(fields)
    monkeypatch.setenv("CACR_MOST_UPDATES", "5000")
    with pytest.raises(ValueError, match=r"CACR_MOST_UPDATES .* 20 seconds"):
        limits.check_config(fields)
