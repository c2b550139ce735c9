"""What commands say of places and names that are empty, of the wrong kind, or not writable."""

import os
from pathlib import Path

import pytest

from cacr_core.__main__ import config_from, main
from cacr_core.papers.encoders import FOLDER
from cacr_core.papers.figures import command as figures
from cacr_core.runs.typed import refuse_no_folder
from web.frozen import site

A = str(FOLDER / "cacr-digits.safetensors")
TRAIN = ["train", "--dataset", "digits", "--n-steps", "3", "--out"]
FILLED = ["papers", "forces", "--out"]
EMPTY = [
    FILLED,
    ["reproduce", "cacr-cifar10", "--dry-run", "--out"],
    ["study", "--dry-run", "--out"],
    TRAIN,
    ["inspect"],
    ["diff", A],
    ["diff", A, A, "--html"],
    ["embed", A, "--dataset", "digits", "--out"],
    ["embed", "--dataset", "digits", "--out", "x.npz"],
    ["freeze", "--out", "x.html"],
    ["freeze", "example", "--out"],
    ["repeat", "--seeds", "3"],
    ["repeat", "compare-sscl-parts", "--seeds", "3", "--ray"],
    ["papers", "beta", "--dry-run", "--dataset"],
    ["reproduce", "cacr-cifar10", "--dry-run", "--dataset"],
    ["reproduce", "cacr-cifar10", "--dry-run", "--backbone"],
]


@pytest.mark.parametrize("words", EMPTY, ids=" ".join)
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_place_or_name_is_refused_and_nothing_is_written(
    words, empty, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([*words, empty])
    assert ended.value.code == 2
    assert "was needed, and no" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_empty_place_for_the_site_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(site, "write_site", lambda *_: pytest.fail("worked"))
    with pytest.raises(SystemExit):
        site.main(["--out", ""])
    assert "a file or folder was needed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["loss", "preset"])
def test_an_empty_loss_or_preset_is_refused_as_any_other_wrong_name(name):
    with pytest.raises(ValueError, match=f"{name} must be one of .*, got ''"):
        config_from({name: ""})


def test_an_empty_loss_is_not_the_recipes_own(capsys):
    words = ["reproduce", "cacr-cifar10", "--dry-run", "--loss", ""]
    assert main(words) == 2
    assert "got ''." in capsys.readouterr().err


FOLDERS = {
    "papers": FILLED,
    "train": TRAIN,
    "reproduce": ["reproduce", "cacr-cifar10", "--dataset", "digits", "--out"],
}


@pytest.mark.parametrize("command", FOLDERS)
def test_what_cannot_be_a_folder_is_refused_in_one_sentence(command, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "x", tmp_path / ("x" * 300)):
        assert main([*FOLDERS[command], str(place)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and said.startswith("--out ") and "Errno" not in said
        assert str(place) in said and said.endswith("Name another.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_figure_that_cannot_be_written_is_not_worked_out(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "_make_moment", lambda *_: pytest.fail("worked"))
    monkeypatch.setattr(figures, "_make_sweep", lambda *_: pytest.fail("worked"))
    (tmp_path / "file").write_text("")
    for name in ("weights", "beta"):
        assert main(["papers", name, "--out", str(tmp_path / "file")]) == 2


def test_the_site_is_refused_a_file_before_a_page_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site, "write_site", lambda *_: pytest.fail("worked"))
    (tmp_path / "file").write_text("")
    assert site.main(["--out", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.startswith("--out needs a folder, got the file ")


def test_the_rows_of_a_study_are_refused_a_folder_and_the_name_of_their_text(tmp_path, capsys):
    for name, said in (("", "is a folder."), ("rows.md", "Name a .jsonl.")):
        assert main(["study", "--dry-run", "--out", str(tmp_path / name)]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and told.endswith(f"{said}\n")


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="no folder that takes no file")
def test_a_folder_that_takes_no_file_is_told_by_its_name():
    with pytest.raises(ValueError, match=r"^--out cannot be written, /proc/x/y: .*Name another"):
        refuse_no_folder(Path("/proc/x/y"), "--out")


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path):
    refuse_no_folder(tmp_path / "a" / "b", "--out")
    assert not list(tmp_path.iterdir())
