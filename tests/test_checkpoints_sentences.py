"""Every sentence, headline and table on one checkpoint, held to the file and its features.

A text that a test does not know fails: a new sentence needs its fact here.
"""

import base64
import json
import re

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from cacr_core.__main__ import main
from cacr_core.checkpoints import card_of, open_file
from cacr_core.papers.encoders import FOLDER
from tests.sentences import holds, press, table, texts
from tests.test_checkpoints_page import page

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(scope="module", autouse=True)
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACR_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("CACR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def test_the_card_says_what_is_in_the_file():
    path = FOLDER / "cacr-shapes.safetensors"
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        config = json.loads(file.metadata()["config"])
    at = page(a="shipped:cacr-shapes")
    holds(
        texts(at),
        [
            "# cacr-shapes",
            "## CACR playground (this app)  :green-badge[sure]",
            "Because the settings of a run of this app stand in the file.",
            f"All {len(tensors['backbone.0.weight'])}, each scaled by its largest weight; "
            "mid grey is 0.",
            "Nothing else: this network's weights show all of it.",
        ],
    )
    learnt = {k: t for k, t in tensors.items() if not re.search("running|num_batches", k)}
    encoder = [k for k in tensors if k.startswith("backbone") and "num_batches" not in k]
    heads = [tensors[f"projection_head.{i}.weight"].shape for i in (0, 2)]
    last = [t for k, t in learnt.items() if k.startswith("backbone") and t.ndim == 4]
    width = max(len(t) for t in last)
    assert config["dataset"] == "shapes"
    assert table(at, "The card") == {
        "architecture": ["small"],
        "features": [f"{width} numbers an image"],
        "head": [", ".join(f"linear {b} to {a}" for a, b in heads)],
        "images": ["24 pixels, normalised: minus one to one (assumed)"],
        "normalised so by": ["what CACR playground (this app) does to images"],
        "tensors that fit": [f"{len(encoder)} of {len(encoder)} that the encoder needs"],
        "epoch": ["not stored"],
        "file": [
            f"{path.stat().st_size / 1e6:.1f} MB, safetensors, {len(tensors)} tensors, "
            f"{sum(t.numel() for t in learnt.values()):,} weights"
        ],
    }
    labels = [one.label for one in at.expander]
    assert f"All {len(tensors)} tensors" in labels
    n_settings = len(card_of(open_file(path)).settings)
    assert f"{n_settings} settings stored in the file" in labels


def test_the_features_panel_says_what_neighbours_and_a_probe_tell():
    at = page(a="shipped:untrained-digits", panel="features", n_probes="96")
    invitation, counted = texts(at)[-2:]
    assert invitation.startswith("The images through this encoder")
    n = 5 * 96 + 2 * (2000 + 1000)  # views of probes; bank and held-out, twice
    assert counted.startswith(
        "96 images in 5 views, and those that score them: at most "
        f"{n:,} passes through the network, "
    )
    press(at, "Show its features")
    rows = table(at, "Accuracy by each way to tell classes")
    said = texts(at)
    ways = [f"{way}, {side} the head" for side in ("before", "after") for way in
            ("10-NN, votes 1 + cos", "200-NN, votes exp(s/0.07)", "linear probe")]  # fmt: skip
    assert list(rows) == ways
    for way, (right, base, gain) in rows.items():  # it is itself the untrained network
        assert right == base and gain.startswith("0.0 (−")
        assert f"By {way}: no better than the untrained network, as far as" in "\n".join(said)
    n = int(re.search(r"Of ([\d,]+) labelled", "\n".join(said))[1].replace(",", ""))
    right = re.fullmatch(r"([\d.]+) % \(.*\)", rows[ways[0]][0])[1]
    (mistakes,) = [one for one in said if "get their own class" in one]
    assert mistakes.startswith(f"{right}% of {n:,} images get their own class Most often wrong: ")
    worst = re.search(r"wrong: (\S+) taken for (\S+), (\d+) times", mistakes)
    spec = next(json.loads(one.proto.spec) for one in at.get("plotly_chart")
                if "get their own" in one.proto.alt)  # fmt: skip
    counts = np.array(_decoded(spec["data"][0]["customdata"])).reshape(10, 10)
    wrong = counts - np.diag(np.diag(counts))
    assert counts.sum() == n and 100 * np.trace(counts) / n == pytest.approx(float(right), abs=0.06)
    assert wrong[int(worst[1]), int(worst[2])] == wrong.max() == int(worst[3])


def _decoded(array):
    """An array of a figure as plotly sends it."""
    if isinstance(array, dict):
        return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
    return array


def test_what_is_broken_is_counted_and_what_is_not_is_not_said(tmp_path):
    at = page(a="shipped:cacr-digits", panel="inside")
    seen = (
        "Looked for in 31 tensors of the encoder and its head: NaN and infinite numbers, channels "
        "whose weights are all next to 0 or all one number, batch norms with statistics that no "
        "working network has.",
        "All 24, each scaled by its largest weight; mid grey is 0.",
        "1,800 numbers of 0.weight",
    )
    with safe_open(FOLDER / "cacr-digits.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    assert tensors["backbone.0.weight"].numel() == 1800 and len(tensors) == 31
    holds(texts(at), ["# cacr-digits", "Nothing that shows in the weights.", *seen])
    tensors["backbone.0.weight"][:3] = 0
    tensors["backbone.3.weight"][0, 0, 0, :2] = torch.nan
    (tmp_path / "mine").mkdir()
    save_file(tensors, tmp_path / "mine" / "broken.safetensors", metadata)
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path / "mine")).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:broken.safetensors").run()
    assert not at.exception
    n = tensors["backbone.3.weight"].numel()
    holds(
        texts(at),
        [
            "# broken",
            "3 of 24 channels of 0 are dead.",
            f"2 of {n:,} numbers of 3.weight are NaN or infinite.",
            *seen,
        ],
    )


def test_what_is_taken_away_is_what_is_said():
    at = page(a="shipped:cacr-digits", panel="away")
    holds(
        texts(at),
        [
            "# cacr-digits",
            "Its tensors are named as in this app's small.",
            "Held-out images as they are, in 32 bits and not scaled, with the names of their "
            "files, labels, classes and how they were made: what the terminal writes by embed, "
            "under the same keys.",
        ],
    )


def test_inspect_counts_what_is_in_the_file(capsys):
    path = FOLDER / "sscl-shapes.safetensors"
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    learnt = sum(t.numel() for k, t in tensors.items() if not re.search("running|num_batches", k))
    encoder = [k for k in tensors if k.startswith("backbone") and "num_batches" not in k]
    assert main(["inspect", str(path)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for said in (
        f"container safetensors, {len(tensors)} tensors, {learnt:,} weights",
        f"architecture small, {len(tensors['backbone.10.weight'])} features",
        "input size 24 pixels",
        f"tensors matched {len(encoder)} of the {len(encoder)} that the encoder needs",
    ):
        assert said in told
