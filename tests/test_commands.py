import json

import numpy as np
import pytest
import torch

from cacr_core.__main__ import main
from cacr_core.checkpoints import card_of, open_file
from cacr_core.encoders import FOLDER
from cacr_core.features import image_sets, network_of
from cacr_core.likeness import linear_cka, neighbour_overlap

A, B = FOLDER / "cacr-digits.safetensors", FOLDER / "untrained-digits.safetensors"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))


def by_hand(path, images, with_head=False):
    opened = open_file(path)
    encoder, head = network_of(opened, card_of(opened))
    with torch.inference_mode():
        x = encoder(images.float() / 127.5 - 1)
        return head(x) if with_head else x


@pytest.mark.parametrize("layer", ["features", "head"])
def test_embed_writes_what_the_network_makes_of_the_test_images(layer, tmp_path, capsys):
    out = tmp_path / "out.npz"
    words = ["embed", str(A), "--dataset", "digits", "--out", str(out), "--n", "50"]
    assert main([*words, "--layer", layer]) == 0
    images = image_sets("digits", n_train=50, n_test=50).test
    with np.load(out, allow_pickle=False) as arrays:
        expected = by_hand(A, images.images, layer == "head").numpy()
        np.testing.assert_allclose(arrays["embeddings"], expected, atol=1e-4)
        assert arrays["labels"].tolist() == images.labels.tolist()
        assert tuple(arrays["class_names"]) == images.class_names
        about = json.loads(str(arrays["about"]))
    assert (about["layer"], about["split"], about["input_size"]) == (layer, "test", 16)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "out.npz"]
    captured = capsys.readouterr()
    assert captured.out == "" and "50 images" in captured.err


def test_diff_sets_tensors_side_by_side_and_says_how_alike_features_are(capsys):
    words = ["diff", str(A), str(B), "--json", "--dataset", "digits", "--n", "60"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    rows = {row["name"]: row for row in told["tensors"]}
    assert told["names"] == "network" and told["counts"]["changed"] == len(rows)
    states = [by_name(path) for path in (A, B)]
    for ours, theirs in (
        ("0.weight", "backbone.0.weight"),
        ("head.1.bias", "projection_head.2.bias"),
    ):
        a, b = (state[theirs].double() for state in states)
        assert rows[ours]["relative"] == pytest.approx(float((a - b).norm() / a.norm()), rel=1e-5)
    images = image_sets("digits", n_train=2000, n_test=60).test.images
    x, y = (by_hand(path, images) for path in (A, B))
    features = told["features"]
    assert features["cka"] == pytest.approx(linear_cka(x, y), abs=1e-3)
    assert features["neighbour_overlap"] == pytest.approx(neighbour_overlap(x, y).mean, abs=0.02)
    assert features["n"] == 60 and features["knn_accuracy"]["a"]["n"] == 60


def by_name(path):
    opened = open_file(path)
    return opened.load()


def test_diff_of_a_file_with_itself_finds_nothing(capsys):
    assert main(["diff", str(A), str(A), "--all", "--dataset", "digits", "--n", "40"]) == 0
    text = capsys.readouterr().out
    assert "0 added, 0 removed, 0 changed, 31 same (names of the file)" in text
    assert "linear CKA 1.000" in text and "100.0 % of 10 neighbours kept" in text
    assert "backbone.0.weight" in text


def test_the_same_network_under_other_names_is_the_same(tmp_path, capsys):
    state = {f"encoder.{name}": tensor for name, tensor in by_name(A).items()}
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "other.pth")
    assert main(["diff", str(A), str(tmp_path / "other.pth"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["names"] == "network" and told["counts"]["same"] == len(told["tensors"]) == 31
    assert main(["diff", str(A), str(tmp_path / "other.pth"), "--json", "--all"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {
        "added": 31, "removed": 31, "changed": 0, "same": 0,
    }  # fmt: skip


def test_files_without_a_known_network_are_compared_by_their_own_names(tmp_path, capsys):
    for name, value in (("a", 1.0), ("b", 2.0)):
        torch.save({"odd": torch.full((3,), value), name: torch.zeros(2)}, tmp_path / f"{name}.pt")
    paths = [str(tmp_path / "a.pt"), str(tmp_path / "b.pt")]
    assert main(["diff", *paths, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"added": 1, "removed": 1, "changed": 1, "same": 0}
    assert (told["names"], told["features"]) == ("file", None)
    assert main(["diff", *paths, "--dataset", "digits"]) == 2
    assert "network" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.pt"], "nothing.pt"),
        ([__file__], "test_commands.py"),
        ([str(A), "--dataset", "no-such"], "no-such"),
        ([str(A), "--n", "1"], "--n must be"),
        ([str(A), "--encoder", "momentum"], "momentum"),
        ([str(A), "--out", "no-such-folder/out.npz"], "no-such-folder"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(words, said, tmp_path, capsys):
    out = tmp_path / "out.npz"
    defaults = ["--dataset", "digits", "--out", str(out)]
    assert main(["embed", *words[:1], *defaults, *words[1:]]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and said in captured.err
    assert not out.exists()
