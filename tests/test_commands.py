import json

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from cacr_core.__main__ import main
from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.alike import linear_cka, neighbour_overlap
from cacr_core.checkpoints.features import image_sets, network_of
from cacr_core.metrics import knn_correct
from cacr_core.papers.encoders import FOLDER

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
    assert captured.out == ""
    assert captured.err == f"{out}: 50 images, {expected.shape[1]} numbers each\n"


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
    assert features["n"] == 60


def by_votes(one, other, train, test, k, temperature):
    """Accuracies of two networks and a class's gains and losses, by metrics alone."""
    labels = test.labels
    right = [
        knn_correct(net[0], train.labels, net[1], labels, k, temperature) for net in (one, other)
    ]
    counts = {}
    for i, name in enumerate(test.class_names):
        a, b = (side[labels == i] for side in right)
        counts[name] = (len(a), int((b & ~a).sum()), int((a & ~b).sum()))
    return [float(side.double().mean()) for side in right], counts


@pytest.mark.parametrize("b", ["cacr-digits", "untrained-digits"])
def test_diff_says_of_classes_what_intervals_of_the_same_images_allow(b, capsys):
    paths = [FOLDER / "sscl-digits.safetensors", FOLDER / f"{b}.safetensors"]
    words = ["diff", *map(str, paths), "--dataset", "digits", "--n", "400"]
    assert main([*words, "--json"]) == 0
    features = json.loads(capsys.readouterr().out)["features"]
    assert main(words) == 0
    text = capsys.readouterr().out
    sets = image_sets("digits", n_train=2000, n_test=400)
    names = ["sscl-digits", b, "untrained-digits"]
    seen = [
        [by_hand(FOLDER / f"{name}.safetensors", part.images) for part in sets] for name in names
    ]
    votes = {"10-NN, votes 1 + cos": (10, None), "200-NN, votes exp(s/0.07)": (200, 0.07)}
    assert [one["words"] for one in features["accuracy"]] == list(votes)
    for one, (k, temperature) in zip(features["accuracy"], votes.values(), strict=True):
        shares, counts = by_votes(*seen[:2], *sets, k, temperature)
        assert [one["a"]["value"], one["b"]["value"]] == pytest.approx(shares)
        critical = chi2.ppf(1 - 0.05 / len(counts), 1)  # McNemar's over as many looks
        better, worse = [], []
        for name, (_, gained, lost) in counts.items():
            if gained + lost and (gained - lost) ** 2 / (gained + lost) > critical:
                (better if gained > lost else worse).append(name)
        assert [c["change"]["n"] for c in one["classes"]] == [n for n, _, _ in counts.values()]
        assert [c["name"] for c in one["classes"] if c["change"]["low"] > 0] == better
        assert [c["name"] for c in one["classes"] if c["change"]["high"] < 0] == worse
        if not better and not worse:
            assert one["classes_say"] == (
                f"No class tells a and b apart: all {len(counts)} intervals of b − a hold 0"
            )
        else:
            assert ("better" in one["classes_say"], "worse" in one["classes_say"]) == (
                bool(better), bool(worse),
            )  # fmt: skip
        gained, lost = (sum(c[i] for c in counts.values()) for i in (1, 2))
        told_apart = gained + lost and (gained - lost) ** 2 / (gained + lost) > chi2.ppf(0.95, 1)
        assert ("cannot tell a and b apart" in one["says"]) == (not told_apart)
        own, _ = by_votes(seen[2], seen[0], *sets, k, temperature)
        gain = one["untrained"]["a"]
        assert gain["value"] == pytest.approx(own[0])
        assert gain["gain"]["value"] == pytest.approx(own[1] - own[0])
        for said in (one["says"], one["classes_say"], f"{100 * shares[1]:.1f} % right"):
            assert said in text
    if b == "untrained-digits":
        assert "b is no better than the untrained network, as far as 400 images tell: 0.0" in text
    assert text.count("not the losses that trained them") == 1


def by_name(path):
    opened = open_file(path)
    return opened.load()


def test_diff_of_a_file_with_itself_finds_nothing(capsys):
    assert main(["diff", str(A), str(A), "--all", "--dataset", "digits", "--n", "40"]) == 0
    text = capsys.readouterr().out
    assert "0 added, 0 removed, 0 changed, 31 same (names of the file)" in text
    assert "linear CKA 1.000" in text and "100.0 % of 10 neighbours kept" in text
    assert "40 images cannot tell a and b apart: b − a is 0.0 percentage points" in text
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
        ([str(A), "--device", "abacus"], "no device 'abacus'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(words, said, tmp_path, capsys):
    out = tmp_path / "out.npz"
    defaults = ["--dataset", "digits", "--out", str(out)]
    assert main(["embed", *words[:1], *defaults, *words[1:]]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and said in captured.err
    assert not out.exists()
