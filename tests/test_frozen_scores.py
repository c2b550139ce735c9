"""What a frozen checkpoint's run says of classes, against the features themselves."""

import pytest
import torch

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of
from cacr_core.checkpoints.frozen import draw_untrained, freeze, freeze_checkpoint
from cacr_core.checkpoints.frozen.probe_images import shown
from cacr_core.checkpoints.frozen.scored import Untrained
from cacr_core.metrics import knn_classes, share
from cacr_core.papers.encoders import FOLDER
from cacr_core.runs import folder as files
from cacr_core.scores.paired import change_of
from cacr_core.scores.probe import fit_probe
from web.live.frozen_readings import ACCURACIES, read_accuracy, read_frozen

DIGITS = {"dataset": "digits", "n_probes": 40, "seed": 3, "n_bank": 400, "n_held_out": 300}
FED = {"input_size": 16, "mean": (0.5,) * 3, "std": (0.5,) * 3}


def shipped(name):
    opened = open_file(FOLDER / f"{name}.safetensors")
    return opened, card_of(opened)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "still"
    return freeze_checkpoint(*shipped("cacr-digits"), folder, **DIGITS)


def answers(name, space, labels):
    """What each way to tell classes says by one shipped encoder, and the true classes."""
    encoder, head = network_of(*shipped(name))
    seen = shown("digits", 40, 3, 16, 400, 300)
    with torch.inference_mode():
        bank, held = (
            encoder(part.images / 127.5 - 1) for part in (seen.bank, seen.splits.held_out)
        )
        if space == "embeddings":
            bank, held = (torch.nn.functional.normalize(head(x)) for x in (bank, held))
    assert seen.splits.held_out.labels.tolist() == labels
    own = seen.bank.labels
    return {
        "knn10": knn_classes(bank, own, held, 10),
        "knn200": knn_classes(bank, own, held, 200, 0.07),
        "linear": fit_probe(bank, own, 10)(held),
    }


@pytest.mark.parametrize("space", ["features", "embeddings"])
def test_scores_and_gains_are_those_of_both_networks_on_the_same_images(frozen, space):
    about = files.read_json(frozen / "run.json")["frozen"]
    labels = torch.tensor(about["labels"])
    ours, theirs = (
        answers(name, space, about["labels"]) for name in ("cacr-digits", "untrained-digits")
    )
    for way, said in ours.items():
        one = about["scores"][space][way]
        right, base = said == labels, theirs[way] == labels
        assert one["value"] == pytest.approx(float(right.float().mean()), abs=0.004)
        close = share(round(one["value"] * one["n"]), one["n"])
        assert (one["low"], one["high"]) == pytest.approx((close.low, close.high))
        assert one["guess"] == pytest.approx(float(labels.bincount().max()) / len(labels))
        gained, lost = int((right & ~base).sum()), int((base & ~right).sum())
        gain = change_of(gained, lost, len(labels))
        told = one["untrained"]["gain"]
        assert (told["value"], told["low"]) == pytest.approx((gain.value, gain.low), abs=0.008)
        assert one["untrained"]["name"] == "untrained-digits"
    metrics = files.read_metrics(frozen)[0]
    assert metrics[f"knn_{space}"] == about["scores"][space]["knn10"]["value"]
    assert metrics[f"linear_{space}"] == about["scores"][space]["linear"]["value"]


def test_pixels_alone_are_scored_on_the_same_images(frozen):
    about = files.read_json(frozen / "run.json")["frozen"]
    seen = shown("digits", 40, 3, 16, 400, 300)
    bank, held = (
        part.images.float().flatten(1) / 255 for part in (seen.bank, seen.splits.held_out)
    )
    mean, own = bank.mean(0), seen.bank.labels
    assert about["pixels"].keys() == about["scores"]["features"].keys()
    said = knn_classes(bank - mean, own, held - mean, 10)
    assert about["pixels"]["knn10"]["said"] == said.tolist()
    right = float((said == torch.tensor(about["labels"])).float().mean())
    assert about["pixels"]["knn10"]["value"] == pytest.approx(right)


def readings(folder, layer=None):
    run = files.read_json(folder / "run.json")
    frozen = run["frozen"] | ({"layer": layer} if layer else {})
    about = {"dim": 64, "n_classes": 10, "n_held_out": 1000, "images_per_step": 1, "device": "",
             "frozen": frozen}  # fmt: skip
    return {one.key: one for one in read_frozen(files.read_metrics(folder), about)}


def test_every_accuracy_of_a_frozen_run_is_told_against_the_untrained_network(frozen):
    scores = files.read_json(frozen / "run.json")["frozen"]["scores"]
    found = readings(frozen)
    assert set(ACCURACIES) < set(found) and "speed" not in found
    for key, (_, space, way) in ACCURACIES.items():
        one, reading = scores[space][way], found[key]
        gain = one["untrained"]["gain"]
        value, low, high = (
            f"{100 * gain[name]:+.1f}".replace("-", "−") for name in ("value", "low", "high")
        )
        said = f"{low} to {high} points above untrained."
        if gain["low"] <= 0:
            said = f"No better than untrained: {value} ({low} to {high}) points."
        assert reading.sentence == f"{said} {one['words']}"
        assert reading.text == f"{100 * one['value']:.1f} %"
        assert reading.chance == f"guessing {100 * one['guess']:.1f} %"
    words = " ".join(one.sentence for one in found.values())
    assert "10-NN, votes 1 + cos" in words and "linear probe" in words
    assert set(readings(frozen, "features")) == set(found) - {"knn_embeddings", "linear_embeddings"}


def test_a_checkpoint_no_better_than_the_untrained_network_says_so_with_its_interval(tmp_path):
    folder = freeze_checkpoint(*shipped("untrained-digits"), tmp_path / "u", **DIGITS)
    for key in ACCURACIES:
        reading = readings(folder)[key]
        n = files.read_json(folder / "run.json")["frozen"]["scores"]["features"]["knn10"]["n"]
        bound = f"{100 * 1.96**2 / (n + 1.96**2):.1f}"
        assert reading.sentence.startswith(
            f"No better than untrained: 0.0 (−{bound} to +{bound}) points."
        )
        assert reading.level == "warn"


def accuracy(n_right, n, guess, gained=None, lost=0):
    found = share(n_right, n)._asdict() | {"guess": guess, "words": "w", "untrained": None}
    if gained is not None:
        gain = change_of(gained, lost, n)._asdict()
        found["untrained"] = {"name": "u", "accuracy": {}, "gain": gain}
    return read_accuracy("k", "t", found)


def test_an_accuracy_is_above_guessing_or_the_untrained_network_only_by_its_interval():
    assert accuracy(60, 200, 0.25).sentence == "24.1 to 36.7 %: not told from guessing. w"
    assert accuracy(30, 200, 0.25).sentence == "10.7 to 20.6 %: worse than guessing. w"
    assert accuracy(90, 200, 0.25).sentence == "38.3 to 51.9 %: above guessing. w"
    assert "not told from guessing" in accuracy(60, 200, 0.25, 40, 0).sentence
    assert accuracy(90, 200, 0.25, 30, 5).sentence.endswith("points above untrained. w")
    assert "points: below untrained." in accuracy(90, 200, 0.25, 5, 30).sentence
    assert accuracy(90, 200, 0.25, 21, 20).sentence.startswith("No better than untrained: +0.5 (")
    levels = [accuracy(90, 200, 0.25, *pair).level for pair in ((30, 5), (5, 30), (21, 20))]
    assert levels == ["good", "warn", "warn"]


def test_an_untrained_network_can_be_drawn_and_set_beside(tmp_path):
    opened, card = shipped("cacr-digits")
    encoder, head = network_of(opened, card)
    folder = freeze(encoder, tmp_path / "r", **DIGITS, **FED, head=head, title="t")
    before = files.read_json(folder / "run.json")
    assert all(one["untrained"] is None for one in before["frozen"]["scores"]["features"].values())
    draw_untrained(folder, card)
    after = files.read_json(folder / "run.json")
    for space, ways in after["frozen"]["scores"].items():
        for way, one in ways.items():
            base = one.pop("untrained")
            assert base["name"] == "untrained small"
            assert base["gain"]["n"] == base["accuracy"]["n"] == 300
            assert base["gain"]["value"] == pytest.approx(one["value"] - base["accuracy"]["value"])
            before["frozen"]["scores"][space][way].pop("untrained")
    assert after == before  # and nothing else has changed


def test_a_title_given_while_an_untrained_network_is_drawn_stays(tmp_path):
    opened, card = shipped("cacr-digits")
    encoder, head = network_of(opened, card)
    few = DIGITS | {"n_bank": 60, "n_held_out": 30}
    folder = freeze(encoder, tmp_path / "r", **few, **FED, head=head, title="t")

    def renamed(done, total):
        files.write_json(
            folder / "run.json", files.read_json(folder / "run.json") | {"title": "mine"}
        )

    draw_untrained(folder, card, progress=renamed)
    run = files.read_json(folder / "run.json")
    assert run["title"] == "mine"
    assert run["frozen"]["scores"]["features"]["knn10"]["untrained"]["name"] == "untrained small"


def test_an_untrained_network_without_a_head_is_set_beside_features_alone(tmp_path):
    encoder, head = network_of(*shipped("cacr-digits"))
    base = Untrained("base", network_of(*shipped("untrained-digits"))[0])
    asked = DIGITS | FED | {"n_bank": 60, "n_held_out": 30}
    folder = freeze(encoder, tmp_path / "r", **asked, head=head, title="t", untrained=base)
    scores = files.read_json(folder / "run.json")["frozen"]["scores"]
    assert all(one["untrained"]["name"] == "base" for one in scores["features"].values())
    assert all(one["untrained"] is None for one in scores["embeddings"].values())
