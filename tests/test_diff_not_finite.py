"""Of two checkpoints of which one cannot be compared it is said which, and all else is told."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from cacr_core.__main__ import main
from cacr_core.papers.encoders import FOLDER

A = FOLDER / "cacr-digits.safetensors"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))


def changed(path, change):
    """A file as A with other weights."""
    with safe_open(A, "pt") as file:
        about = file.metadata()
    state = load_file(A)
    change(state)
    save_file(state, path, about)
    return path


def with_nan(state):
    state["backbone.0.weight"][0, 0, 0, 0] = torch.nan


def zeros(state):
    for name, tensor in state.items():
        if not name.endswith("running_var"):
            tensor.zero_()


def said_of(a, b, capsys, *more):
    code = main(["diff", str(a), str(b), "--dataset", "digits", "--n", "20", *more])
    return code, *capsys.readouterr()


def test_the_file_and_its_tensor_are_named_behind_the_table(tmp_path, capsys):
    broken = changed(tmp_path / "broken.safetensors", with_nan)
    code, out, error = said_of(A, broken, capsys)
    assert code == 2
    assert "0.weight" in out and "1 changed" in out and "CKA" not in out
    assert "B (broken.safetensors): Features must be finite, and 0.weight itself holds" in error
    assert len(error.strip().splitlines()) == 1
    code, out, error = said_of(broken, A, capsys, "--json")
    told = json.loads(out)
    assert code == 2 and "A (broken.safetensors)" in error
    assert told["features"] is None and told["counts"]["changed"] == 1


def test_features_that_are_all_alike_are_said_to_be_so(tmp_path, capsys):
    dead = changed(tmp_path / "dead.safetensors", zeros)
    code, out, _ = said_of(A, dead, capsys)
    assert code == 0
    assert "no linear CKA, as b sees all images alike" in out and "CKA nan" not in out
    code, out, _ = said_of(dead, A, capsys, "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "no linear CKA, as a sees all images alike" in page and "CKA nan" not in page
