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
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from tests.sentences import holds, press, table, texts
from tests.test_checkpoints_page import page

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(scope="module", autouse=True)
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACR_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("CACR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def opened(name):
    """Tensors of a shipped encoder and the settings in it."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()


def counted(tensors):
    """What is learnt, the encoder's tensors, and the two linear layers of the head."""
    learnt = {k: t for k, t in tensors.items() if not re.search("running|num_batches", k)}
    encoder = [k for k in tensors if k.startswith("backbone") and "num_batches" not in k]
    heads = [tensors[f"projection_head.{i}.weight"].shape for i in (0, 2)]
    return learnt, encoder, heads


def head_of(name, pixels):
    """The lines above every panel of a shipped encoder."""
    tensors, _ = opened(name)
    learnt, encoder, heads = counted(tensors)
    path = FOLDER / f"{name}.safetensors"
    size = path.stat().st_size / 1e6
    with safe_open(path, "np") as file:
        step = int(file.metadata()["step"])
    return [
        f"# {name}",
        f"**CACR playground (this app)**, sure · small · {heads[0][1]} features · "
        f"head {', '.join(f'linear {b} to {a}' for a, b in heads)} · {pixels} pixels, minus one to "
        f"one · {len(encoder)} of {len(encoder)} tensors fit · step {step:,} · {size:.1f} MB, "
        f"{sum(t.numel() for t in learnt.values()):,} weights",
        "Assumed, since no file stores it: how pixels are normalised, by what CACR playground "
        "(this app) does to images.",
        "Nothing else: this network's weights show all of it.",
    ]


def filters_of(tensors):
    return (
        f"All {len(tensors['backbone.0.weight'])}, each scaled by its largest weight; "
        "mid grey is 0."
    )


def layer_sizes(tensors):
    """Between which root mean squares the weights of two axes or more lie."""
    sizes = [float(t.double().square().mean().sqrt()) for t in tensors.values() if t.ndim > 1]
    return f"Weights by layer: root mean square {min(sizes):.2g} to {max(sizes):.2g}"


def test_the_first_screen_says_what_the_file_and_its_features_are():
    tensors, _ = opened("sscl-digits")
    at = page(a="shipped:sscl-digits", n_probes="96", layer="head")
    weights = f"Weights: nothing that shows is broken in {len(tensors)} tensors."
    always = [*head_of("sscl-digits", 16), weights, layer_sizes(tensors)]
    n = 5 * 96 + 2 * (2000 + 1000)
    (cost,) = [one for one in texts(at) if f"at most {n:,} passes through the network, " in one]
    holds(
        texts(at),
        [
            *always,
            filters_of(tensors),
            cost,
            "The images through this encoder, as a cloud: near means alike. Beside it the nearest "
            "of any one; below, whether the features live and which classes they tell.",
            "Dead features, how far apart images lie and how many directions are in use: once its "
            "features are there.",
            "Right answers of neighbours and of a linear probe on held-out images, with 95 % "
            "intervals, beside the same network untrained and beside the images themselves.",
        ],
    )
    press(at, "Show its features")
    (folder,) = list(shelf.runs_folder().glob("frozen-*"))
    z = torch.from_numpy(files.read_snapshot(folder, 0).embeddings[0]).double()
    frozen = files.read_json(folder / "run.json")["frozen"]
    values = np.linalg.svd(z.numpy(), compute_uv=False)
    rank = np.exp(-(p := values / values.sum()) @ np.log(p))
    variance = np.linalg.svd((z - z.mean(0)).numpy(), compute_uv=False) ** 2
    needed = int((variance.cumsum() / variance.sum() < 0.9).sum()) + 1
    apart = np.sqrt(1 - (float(z.mean(0).square().sum()) * 96 - 1) / 95)
    even = float(torch.pdist(z).pow(2).mul(-2).exp().mean().log())
    cosines = (z @ z.T).fill_diagonal_(-2)[0]
    labels = files.read_json(folder / "probes.json")["labels"]
    same = sum(labels[i] == labels[0] for i in cosines.topk(9).indices.tolist())
    chance = 9 * (labels.count(labels[0]) - 1) / 95
    first = frozen["scores"]["embeddings"]["knn10"]
    holds(
        texts(at),
        [
            *always,
            f"**Image 0**, {labels[0]}: the 9 nearest, by cosine; {same} of its class, "
            f"{chance:.1f} by chance. Choose another in the cloud.",
            "Features before the head: 0 of 128 dead, over 96 images. The embeddings lie "
            f"{100 * apart:.0f} % as far apart as an even spread and use {rank:.1f} of 64 "
            f"directions; uniformity {even:.2f}.".replace("-", "−"),
            f"90 % of the variance: sscl-digits {needed} directions",
            f"Of {first['n']:,} labelled held-out images, by {frozen['n_fitted']:,} others. "
            f"Guessing the commonest class gets {100 * first['guess']:.1f} %. With 95 % "
            "intervals. 10-NN, votes 1 + cos; 200-NN, votes exp(s/0.07); linear probe.",
        ],
    )
    rows = table(at, "Accuracy beside the untrained network and pixels")
    for row, way in zip(rows.values(), ("knn10", "knn200", "linear"), strict=True):
        own = frozen["scores"]["embeddings"][way]
        three = (own, own["untrained"]["accuracy"], frozen["pixels"][way])
        assert [cell.split()[0] for cell in row] == [f"{100 * one['value']:.1f}" for one in three]


def test_the_card_says_what_is_in_the_file():
    path = FOLDER / "cacr-shapes.safetensors"
    tensors, metadata = opened("cacr-shapes")
    config = json.loads(metadata["config"])
    at = page(a="shipped:cacr-shapes", panel="inside")
    assert "Because the settings of a run of this app stand in the file." in texts(at)
    learnt, encoder, heads = counted(tensors)
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
        "step": [f"{int(metadata['step']):,}"],
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
    at = page(a="shipped:untrained-digits", panel="classes", n_probes="96")
    n = 5 * 96 + 2 * (2000 + 1000)  # views of probes; bank and held-out, twice
    cost = (
        "96 images in 5 views, and those that score them: at most "
        f"{n:,} passes through the network, "
    )
    assert any(one.startswith(cost) for one in texts(at))
    press(at, "Show its features")
    rows = table(at, "Accuracy by each way to tell classes")
    said = texts(at)
    ways = [f"{way}, {side} the head" for side in ("before", "after") for way in
            ("10-NN, votes 1 + cos", "200-NN, votes exp(s/0.07)", "linear probe")]  # fmt: skip
    assert list(rows) == ways
    for way, (right, base, gain, _) in rows.items():  # it is itself the untrained network
        assert right == base and gain.startswith("0.0 (−")
        assert f"By {way}: no better than the untrained network, as far as" in "\n".join(said)
    n = int(re.search(r"Of ([\d,]+) labelled", "\n".join(said))[1].replace(",", ""))
    right = re.fullmatch(r"([\d.]+) % \(.*\)", rows[ways[0]][0])[1]
    (mistakes,) = [one for one in said if "get their own class" in one]
    assert mistakes.startswith(f"{right} % of {n:,} images get their own class Most often wrong: ")
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
    seen = [
        "Because the settings of a run of this app stand in the file.",
        "Looked for in 31 tensors of the encoder and its head: NaN and infinite numbers, channels "
        "whose weights are all next to 0 or all one number, batch norms with statistics that no "
        "working network has.",
        "All 24, each scaled by its largest weight; mid grey is 0.",
        "1,800 numbers of 0.weight",
    ]
    with safe_open(FOLDER / "cacr-digits.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    assert tensors["backbone.0.weight"].numel() == 1800 and len(tensors) == 31
    head = head_of("cacr-digits", 16)
    holds(texts(at), [*head, "Nothing that shows in the weights.", *seen])
    tensors["backbone.0.weight"][:3] = 0
    tensors["backbone.3.weight"][0, 0, 0, :2] = torch.nan
    (tmp_path / "mine").mkdir()
    save_file(tensors, tmp_path / "mine" / "broken.safetensors", metadata)
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path / "mine")).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:broken.safetensors").run()
    assert not at.exception
    n = tensors["backbone.3.weight"].numel()
    size = (tmp_path / "mine" / "broken.safetensors").stat().st_size
    holds(
        texts(at),
        [
            "# broken",
            head[1].replace("0.6 MB", f"{size / 1e6:.1f} MB"),
            *head[2:],
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
            *head_of("cacr-digits", 16),
            "Its tensors are named as in this app's network small.",
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
