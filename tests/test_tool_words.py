"""What tools and benchmarks say of wrong words, and that --help does no work."""

import argparse
import dataclasses
import os
import signal

import pytest

from benchmarks import abuse, faults, speed
from benchmarks.timing import ended_whole
from cacr_core.__main__ import _add_train_options, main
from cacr_core.commands import features
from cacr_core.training import TrainConfig, words
from tools import environment, lock, pictures


def test_train_says_what_every_setting_is_and_which_names_there_are():
    said = words.said_of_settings()
    assert said.keys() == {field.name for field in dataclasses.fields(TrainConfig)} - {"loss"}
    parser = argparse.ArgumentParser()
    _add_train_options(parser)
    helps = {action.dest: action.help for action in parser._actions}
    for name, line in said.items():
        assert helps[name].startswith(line.replace("%", "%%"))
    for name in ("backbone", "optimizer", "host", "precision", "imbalance", "rare", "negatives"):
        with pytest.raises(ValueError) as refused:
            TrainConfig(**{name: "nope"})
        names = str(refused.value).split("must be one of ")[1].split(", got")[0]
        assert names in said[name]


@pytest.mark.parametrize(
    ("main", "what"), [(abuse.main, "There is no misuse"), (faults.main, "There is no fault")]
)
def test_an_unknown_name_is_refused_before_anything_is_started(main, what, monkeypatch, capsys):
    monkeypatch.setattr(abuse, "rows", lambda *_: pytest.fail("worked"))
    with pytest.raises(SystemExit) as ended:
        main(["nope"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"{what} 'nope'. Choose from " in said and "[]" not in said


@pytest.mark.parametrize(
    "words", [["--dataset", "nope"], ["--dataset", "digits", "--seconds", "nan"]]
)
def test_a_speed_that_cannot_be_measured_is_one_sentence(words, tmp_path, capsys):
    assert speed.main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and words[-1] in said
    assert not (tmp_path / "out").exists()


def test_help_of_the_pictures_makes_none(monkeypatch, capsys):
    monkeypatch.setattr(pictures, "Server", lambda *_: pytest.fail("worked"))
    with pytest.raises(SystemExit) as ended:
        pictures.main(["--help"])
    assert ended.value.code == 0 and "pictures" in capsys.readouterr().out


@pytest.mark.parametrize("main", [environment.main, lock.main])
def test_a_tool_without_a_file_or_with_none_that_is_there_says_so(main, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2 and "FILE" in capsys.readouterr().err
    assert main([str(tmp_path / "none")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "none" in said


def test_help_of_features_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(features, "main", lambda: pytest.fail("worked"))
    with pytest.raises(SystemExit) as ended:
        main(["features", "--help"])
    assert ended.value.code == 0 and "usage:" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="a process there is ended without a word")
def test_a_benchmark_told_to_end_lets_go_of_what_it_started_and_is_told_once(capsys):
    let_go = []

    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)  # as `timeout` does, to its group
            let_go.append(True)
        return 0

    assert ended_whole(work) == 130 and let_go
    assert capsys.readouterr().err == "Stopped.\n"
