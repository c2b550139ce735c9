"""Runs that the terminal trains."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from cacr_core import runs
from cacr_core.__main__ import config_from, main
from cacr_core.losses import CACR, SSCL
from cacr_core.runs import folder as files
from cacr_core.runs import shelf, worker
from cacr_core.training import TrainConfig
from tests.tiny_run import TINY


def terminal(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "cacr_core", "train", *arguments],
        cwd=shelf.ROOT,
        capture_output=True,
        text=True,
    )


def test_the_terminal_trains_the_same_run_and_twice_to_the_bit(tmp_path, finished):
    options = {"batch-size": 16, "snapshot-every": 3, "n-probes": 32, "embedding-dim": 8}
    options |= {"precision": "float32"}
    flags = [part for k, v in options.items() for part in (f"--{k}", str(v))]
    outs = [tmp_path / "out", tmp_path / "again"]
    for out in outs:
        done = terminal(
            "--loss", "cacr", "--dataset", "digits", "--n-steps", "6", "--seed", "0",
            "--out", str(out), *flags,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert TrainConfig.from_json((out / "config.json").read_text()) == TINY
    for a, again, b in zip(*map(runs.read_snapshots, (*outs, finished)), strict=True):
        assert a.step == b.step
        assert np.array_equal(a.embeddings, again.embeddings)
        # bitwise equal in processes alike; what else ran in this one was seen to move last bits
        np.testing.assert_allclose(a.embeddings, b.embeddings, atol=2e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--loss", "quadruplet"], "quadruplet"),
        (["--loss", "infonce", "--t-pos", "2"], "t_pos"),
        (["--dataset", "nowhere"], "nowhere"),
        (["--n-views", "1"], "n_views"),
        (["--loss", "sscl", "--temperature", "0"], "temperature"),
        (["--batch-size", "many"], "many"),
        (["--detach-weights", "perhaps"], "perhaps"),
    ],
)
def test_the_terminal_refuses_in_one_sentence_and_writes_nothing(
    tmp_path, capsys, arguments, message
):
    out = tmp_path / "out"
    assert main(["train", "--out", str(out), *arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error
    assert not out.exists()


def test_the_terminal_stops_and_saves_when_it_hangs_up_but_not_under_nohup(tmp_path, monkeypatch):
    acts = {signal.SIGINT: 1, signal.SIGTERM: 2, signal.SIGHUP: signal.SIG_IGN}
    before, heard = dict(acts), []
    monkeypatch.setattr(signal, "signal", lambda number, act: acts.update({number: act}))
    monkeypatch.setattr(signal, "getsignal", acts.get)

    def work(folder, **_):
        heard.append({number: act for number, act in acts.items() if callable(act)})
        files.end(folder, "stopped", "")

    monkeypatch.setattr(worker, "work", work)
    words = ["train", "--dataset", "digits", "--batch-size", "8", "--n-steps", "2", "--out"]
    main([*words, str(tmp_path / "nohup")])
    assert set(heard[0]) == {signal.SIGINT, signal.SIGTERM} and acts == before
    acts[signal.SIGHUP] = 3
    main([*words, str(tmp_path / "one")])
    heard[1][signal.SIGHUP]()
    assert files.control(tmp_path / "one")["wanted"] == "stop"
    assert acts == before | {signal.SIGHUP: 3}  # what ends the process ends it again


def test_a_folder_with_something_in_it_is_not_written_to(tmp_path, capsys):
    (tmp_path / "precious").write_text("x")
    assert main(["train", "--out", str(tmp_path)]) == 2
    assert "new or empty folder" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["precious"]


def test_a_run_that_the_app_would_not_list_is_refused_before_it_trains(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    assert main(["train", "--out", str(tmp_path / "my run")]) == 2
    assert "got 'my run'" in capsys.readouterr().err
    assert not (tmp_path / "my run").exists()


def test_a_run_that_ended_because_nothing_could_be_written_is_no_success(tmp_path, monkeypatch):
    def full(folder, **given):
        files.end(folder, "stopped", "Stopped at step 1: the run's folder cannot be written.")
        return "stopped"

    monkeypatch.setattr(worker, "work", full)
    words = ["train", "--dataset", "digits", "--batch-size", "8", "--n-steps", "2", "--out"]
    assert main([*words, str(tmp_path / "full")]) == 2

    def asked(folder, **given):
        files.request_stop(folder)
        return full(folder)

    monkeypatch.setattr(worker, "work", asked)
    assert main([*words, str(tmp_path / "asked")]) == 0


def test_options_start_from_the_dataclass_defaults_or_from_a_preset():
    assert config_from({}) == TrainConfig()
    config = config_from({"loss": "sscl", "beta": "2", "n_synthetic": "4"})
    assert config == TrainConfig(loss=SSCL(beta=2.0), n_synthetic=4)
    config = config_from({"preset": "circle", "t_neg": "0.5"})
    assert config.embedding_dim == 2
    assert config.loss == CACR(t_pos=1.0, t_neg=0.5, detach_weights=True)
