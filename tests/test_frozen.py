import dataclasses
import json
import time

import numpy as np
import pytest
import torch

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of
from cacr_core.checkpoints.frozen import (
    folder_of,
    freeze,
    freeze_checkpoint,
    line_of,
    pair,
)
from cacr_core.data import contents_of
from cacr_core.layouts.process import lay_out_run, read_layout
from cacr_core.losses import LOSSES, loss_name
from cacr_core.metrics import knn_accuracy
from cacr_core.models import make_encoder
from cacr_core.papers.encoders import (
    ENCODERS,
    FOLDER,
    as_safetensors,
    rounded_encoder,
)
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.sprites import write_probes
from cacr_core.training import TrainConfig, Training
from cacr_core.views import plain_view
from web.compare.describe import describe_comparison
from web.live import answers
from web.live.describe import describe, lenses
from web.live.watch import Watcher

HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
FEW = {"dataset": "digits", "n_probes": 40, "seed": 3}


@pytest.fixture(scope="module")
def training():
    return Training(TrainConfig(dataset="digits", n_probes=40, seed=3, batch_size=32, device="cpu"))


@pytest.fixture(scope="module")
def frozen(training, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "still"
    seen = []
    freeze(
        training.encoder,
        folder,
        **FEW,
        **HALF,
        input_size=16,
        title="Still",
        line="an encoder",
        progress=lambda *done: seen.append(done),
    )
    assert seen == sorted(seen) and seen[-1][0] == seen[-1][1]
    return folder


def test_a_frozen_encoder_is_the_run_it_comes_from_at_that_moment(training, frozen, tmp_path):
    training.precision = torch.float32
    (still,) = list(files.read_snapshots(frozen))
    own = training.snapshot()
    # views are seen as they are shown, in 256 steps of grey
    np.testing.assert_allclose(still.embeddings, own.embeddings, atol=0.02)
    np.testing.assert_allclose(still.features, own.features, atol=0.1)  # of deviation 1
    for name in ("alignment", "uniformity", "knn_features", "knn_embeddings", "class_accuracy_3"):
        assert still.metrics[name] == pytest.approx(own.metrics[name], abs=0.03), name
    missing = set(own.metrics) - set(still.metrics)
    assert not missing
    write_probes(tmp_path, training)
    for name in ("probes.json", "probes.webp", *(f"views-{v}.webp" for v in range(5))):
        assert (tmp_path / name).read_bytes() == (frozen / name).read_bytes(), name


def test_a_frozen_run_is_finished_says_what_it_is_and_travels_as_a_zip(frozen, monkeypatch):
    assert files.status_and_reason(frozen) == ("finished", "A frozen checkpoint: an encoder.")
    about = files.read_json(frozen / "run.json")
    assert about["title"] == "Still"
    assert about["frozen"]["line"] == "an encoder"
    config = TrainConfig.from_json((frozen / "config.json").read_text())
    assert (config.dataset, config.embedding_dim, loss_name(config.loss)) == ("digits", 64, "cacr")
    monkeypatch.setenv("CACR_RUNS", str(frozen.parent))
    opened = shelf.from_zip(shelf.to_zip(shelf.find("still")))
    assert files.read_metrics(opened) == files.read_metrics(frozen)


def test_the_live_view_shows_a_frozen_run_with_frames_lenses_and_answers(frozen, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(frozen.parent))
    told = describe(frozen, is_natural=False)
    assert (told["n"], told["title"], told["has_features"]) == (40, "Still", True)
    assert {lens["name"] for lens in lenses(told["own_lens"])} == set(LOSSES)
    asked_layouts = []
    watcher = Watcher(frozen, lambda *asked: asked_layouts.append(asked))
    watcher.begin()
    for key in (watcher.series("embeddings", "umap", True), watcher.series("features", "pca")):
        deadline = time.monotonic() + 20
        while not (frames := watcher.frames_since(key, 0)[1]) and time.monotonic() < deadline:
            time.sleep(0.01)
        (message,) = frames
        size = int.from_bytes(message[:4], "little")
        header = json.loads(message[4 : 4 + size])
        assert (header["step"], header["n"], header["latest"]) == (0, 40, True)
        numbers = {number["key"]: number for number in header["numbers"]}
        assert {"loss", "knn_features", "linear_features", "linear_embeddings"} <= set(numbers)
        assert "speed" not in numbers
        assert "untrained" not in " ".join(n["sentence"] for n in numbers.values())
    assert set(asked_layouts) == {(frozen, "embeddings")}  # again and again while it is looked at
    assert watcher.state["state"] == "finished"
    message = {"step": 0, "probe": 7, "view": 0, "group": "batch", "lens": {"name": "infonce"}}
    answer = answers.query(answers.understand(message, frozen), None)
    assert sum(row["weight"] for row in answer["positives"]) == pytest.approx(1, abs=1e-5)


def test_heads_of_two_and_three_dimensions_are_drawn_as_they_are(tmp_path):
    for dim in (2, 3):
        encoder = make_encoder(embedding_dim=dim, image_size=16)
        folder = freeze(encoder, tmp_path / str(dim), **FEW, **HALF, input_size=16, title="t")
        assert files.read_json(folder / "config.json")["embedding_dim"] == dim
        assert files.read_arrays(folder, 0)[0].shape == (5, 40, dim)


def test_another_input_size_sees_the_same_views(frozen, tmp_path):
    encoder = make_encoder(embedding_dim=8, image_size=32, seed=1)
    folder = freeze(
        encoder,
        tmp_path / "b",
        **FEW,
        **HALF,
        input_size=32,
        title="b",
        layer="features",
        n_bank=60,
        n_held_out=50,
    )
    assert files.read_json(folder / "run.json")["n_held_out"] == 50
    for name in ("probes.json", "probes.webp", "views-4.webp"):
        assert (folder / name).read_bytes() == (frozen / name).read_bytes()
    assert files.read_arrays(folder, 0)[0].shape == (5, 40, 128)


def test_what_is_given_up_or_fails_leaves_nothing(training, tmp_path):
    def give_up(done, total):
        raise InterruptedError

    shared = FEW | HALF | {"input_size": 16, "title": "t"}
    with pytest.raises(InterruptedError):
        freeze(training.encoder, tmp_path / "a", **shared, progress=give_up)
    with pytest.raises(ValueError, match="layer must be"):
        freeze(training.encoder, tmp_path / "a", **shared, layer="neck")
    with pytest.raises(ValueError, match="n_probes"):
        freeze(training.encoder, tmp_path / "a", **shared | {"n_probes": 3})
    broken = make_encoder(image_size=16)
    with torch.no_grad():
        broken.backbone[0].weight.fill_(torch.nan)
    with pytest.raises(ValueError, match="finite"):
        freeze(broken, tmp_path / "a", **shared)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_a_run_is_left_alone(training, frozen):
    before = (frozen / "run.json").read_bytes()
    with pytest.raises(ValueError, match="holds a run"):
        freeze(training.encoder, frozen, **FEW, **HALF, input_size=16, title="other")
    assert (frozen / "run.json").read_bytes() == before


def test_a_checkpoint_is_frozen_once_for_each_question(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    encoder = make_encoder(embedding_dim=8, image_size=16, seed=2)
    path = tmp_path / "mine.safetensors"
    path.write_bytes(as_safetensors(encoder, {"config": '{"dataset": "digits"}'}))
    opened = open_file(path)
    card = card_of(opened)
    folder = freeze_checkpoint(opened, card, **FEW)
    written = (folder / "run.json").stat().st_mtime_ns
    assert shelf.find(folder.name) == folder == freeze_checkpoint(opened, card, **FEW)
    assert (folder / "run.json").stat().st_mtime_ns == written
    assert files.read_json(folder / "run.json")["frozen"]["line"] == line_of(card)
    other = {"layer": "features", **FEW}
    assert folder_of(opened, card, **other) != folder
    larger = dataclasses.replace(card, input_size=24)
    assert folder_of(opened, larger, layer="head", **FEW) != folder


def test_a_folder_of_images_is_frozen_at_the_input_size(tmp_path):
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 255, (80, 40, 40, 3), dtype=np.uint8)
    for i, pixels in enumerate(noise):
        (tmp_path / "pictures" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "pictures" / "ab"[i % 2] / f"{i}.png")
    asked = {"dataset": str(tmp_path / "pictures"), "n_probes": 20, "seed": 0}
    encoder = make_encoder(embedding_dim=8, image_size=40)
    folder = freeze(encoder, tmp_path / "run", **asked, **HALF, input_size=40, title="t")
    probes = files.read_json(folder / "probes.json")
    assert (probes["tile"], probes["class_names"]) == (40, ["a", "b"])
    assert "linear_features" in files.read_metrics(folder)[0]
    before = contents_of(asked["dataset"])
    (tmp_path / "pictures" / "a" / "0.png").unlink()
    assert contents_of(asked["dataset"]) != before
    assert contents_of("digits") == ""


def test_the_shipped_encoders_are_small_and_say_what_they_are():
    paths = sorted(FOLDER.glob("*.safetensors"))
    assert [path.stem for path in paths] == sorted(ENCODERS)
    assert sum(path.stat().st_size for path in paths) <= 5_000_000
    for path in paths:
        card = card_of(open_file(path))
        loss, _, dataset = path.stem.partition("-")
        assert (card.confidence, card.architecture, card.blocked) == ("sure", "small", None)
        assert "this app" in card.family
        assert (card.missing, card.unexpected, card.doubts) == ((), (), ())
        assert card.input_size == {"shapes": 24, "digits": 16}[dataset]
        assert card.settings["metadata.loss"] == loss
        assert card.settings["metadata.dataset"] == dataset == card.settings["config.dataset"]
        assert float(card.settings["metadata.rounding"]) < 0.005
        scores = json.loads(card.settings["metadata.scores"])
        told = f"{100 * scores['knn_features']:.1f} % by features."
        assert card.settings["metadata.line"].endswith(told)


@pytest.mark.parametrize("dataset", ["shapes", "digits"])
def test_a_shipped_encoder_knows_more_of_held_out_images_than_an_untrained_one(dataset):
    from cacr_core.checkpoints.features import image_sets
    from cacr_core.views import recipe_for

    n = 400 if dataset == "shapes" else 800
    sets = image_sets(dataset, n_train=2 * n, n_test=n, seed=11)
    bank, x = (plain_view(part.images, recipe_for(dataset)) for part in sets)
    right = {}
    for path in FOLDER.glob(f"*-{dataset}.safetensors"):
        opened = open_file(path)
        encoder, _ = network_of(opened, card_of(opened), with_head=False)
        with torch.inference_mode():
            made = [encoder(part) for part in (bank, x)]
        right[path.stem.partition("-")[0]] = knn_accuracy(
            made[0], sets.train.labels, made[1], sets.test.labels
        )
    untrained = right.pop("untrained")
    assert len(right) == 3
    assert min(right.values()) > untrained + {"shapes": 0.3, "digits": 0.005}[dataset], right


def test_a_written_encoder_is_read_back_as_what_was_scored(training, tmp_path):
    x = training.source.probe_views[0]
    rounded, apart = rounded_encoder(training.encoder, x)
    (tmp_path / "e.safetensors").write_bytes(as_safetensors(training.encoder, {"config": "{}"}))
    opened = open_file(tmp_path / "e.safetensors")
    encoder, head = network_of(opened, card_of(opened))
    with torch.inference_mode():
        features, z = rounded(x)
        torch.testing.assert_close(encoder(x), features, atol=1e-5, rtol=0)
        torch.testing.assert_close(
            torch.nn.functional.normalize(head(encoder(x))), z, atol=1e-5, rtol=0
        )
        training.encoder.eval()
        assert 0 < (training.encoder(x)[1] - z).norm(dim=1).max() <= apart + 1e-6 < 0.01


def test_two_frozen_runs_become_a_comparison_whose_clouds_lie_alike(training, frozen, tmp_path):
    other = freeze(
        training.encoder, tmp_path / "other", **FEW, **HALF, input_size=16, title="Other"
    )
    embeddings = files.read_snapshot(other, 0).embeddings
    folder = pair([frozen, other], ["first", "second"], tmp_path / "both")
    assert files.status(folder) == "finished"
    assert [e.name for e in files.entry_folders(folder)] == ["a", "b"]
    lay_out_run(folder)
    first, second = (read_layout(folder / name, "embeddings", 0)[0] for name in "ab")
    np.testing.assert_allclose(files.read_snapshot(folder / "b", 0).embeddings, embeddings)
    np.testing.assert_allclose(first, second, atol=1e-3)  # equal encoders, equal maps
    about = describe_comparison(folder)
    assert [entry["label"] for entry in about["entries"]] == ["first", "second"]
    assert about["frozen"]
    assert about["entries"][0]["line"] == "an encoder"
    assert pair([frozen, other], ["first", "second"], folder) == folder


def test_other_images_are_not_paired(training, frozen, tmp_path):
    fewer = FEW | {"n_probes": 20}
    other = freeze(training.encoder, tmp_path / "o", **fewer, **HALF, input_size=16, title="Other")
    with pytest.raises(ValueError, match="same images"):
        pair([frozen, other], ["first", "second"], tmp_path / "both")
