"""A frozen run with a queue answers as the server does: its entries repel, and are parents, too."""

import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image

from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig
from tests.alike import alike, settled
from tests.browser_code import run
from tests.test_freeze import ANSWER, FROZEN, parts_of, same_sums
from tests.test_freeze_comparison import ANSWER as STRIPS
from web.compare.strips import strips
from web.frozen import queued
from web.frozen.freeze import freeze
from web.frozen.recording import pictures, recording
from web.live import answers
from web.live.answers.question import config_of
from web.live.answers.queued import queue_of, train_image
from web.live.answers.sums import plain_sums
from web.live.watch import Watcher
from web.settings.lenses import MIXTURE

MOST = 15_000_000
PLAIN = TrainConfig(
    dataset="digits", batch_size=12, n_steps=6, snapshot_every=3, n_probes=21, embedding_dim=8,
    host="queue", queue_size=47, loss=CACR(),
)  # fmt: skip
MIXED = dataclasses.replace(PLAIN, loss=SSCL(), n_synthetic=5, pool_size=50)
BATCH = dataclasses.replace(PLAIN, loss=InfoNCE(), host="batch")


def done(config, folder):
    write_config(config, folder)
    assert work(folder) == "finished"
    return folder


@pytest.fixture(scope="module", params=[PLAIN, MIXED], ids=["plain", "mixed"])
def folder(request, tmp_path_factory):
    return done(request.param, tmp_path_factory.mktemp("shelf") / "queued")


@pytest.fixture(scope="module")
def file(folder):
    """The parts of the file, and where the watcher that made it draws each image, by step: another
    might meet the moments in another order, and turn the cloud otherwise."""
    watchers = []

    def watcher(*asked):
        watchers.append(Watcher(*asked))
        return watchers[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.frozen.recording.Watcher", watcher)
        parts = parts_of(freeze(folder, MOST))
    (made,) = watchers
    key = made.series("embeddings", "pca", True)
    return parts, {step: made.positions(key, step) for step in files.snapshot_steps(folder)}


def asked_of(folder):
    for step in files.snapshot_steps(folder):
        for probe, view in ((0, 0), (9, 1), (20, 4)):
            for group in ("probes", "batch"):
                yield {"step": step, "probe": probe, "view": view, "group": group}


def test_queries_are_answered_as_by_the_server(folder, file):
    (parts, places), seen = file, []
    asked = list(asked_of(folder))
    found = run(ANSWER, {"parts": parts, "asked": asked, "series": "embeddings-pca"}, FROZEN)
    for question, ours in zip(asked, found, strict=True):
        xy = places[question["step"]]
        understood = answers.understand(question, folder)
        theirs, own = answers.query(understood, xy), ours["answer"]
        header, arrays = answers.weights(understood, xy)
        for told, what in ((own, "query"), (ours["header"], "weights")):
            assert told.pop("what") == what and told.pop("type")
        wherever, plain = theirs.pop("sums"), plain_sums(answers.look(understood).pulls)
        same_sums(own.pop("sums"), plain if theirs["synthetics"] else wherever)
        seen += [row for row in own["negatives"] if row.get("queued")]
        seen += [p for s in (own["synthetics"] or {"items": []})["items"] for p in s["parents"]]
        settled(own["negatives"], theirs["negatives"])
        near(own, theirs, str(question))
        near(ours["header"], header, str(question))
        scene = answers.look(understood)
        shares = scene.neg_weights[0] * scene.neg_weights.shape[1]  # 1 where all weigh alike
        of_images = shares[: scene.neg_index.shape[1]]
        assert np.nanmean(arrays[0]) == pytest.approx(float(of_images.mean()), rel=1e-4)
        for numbers, array in zip(ours["numbers"], arrays, strict=True):
            np.testing.assert_allclose(np.array(numbers, float), array, rtol=1e-4, atol=2e-6)
    assert sum(bool(row.get("queued")) for row in seen) > 10


def near(ours, theirs, where):
    """As `alike`, with places to what their rounding leaves open."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), where
        for name in theirs:
            if name in ("xy", "query_xy") and theirs[name] is not None:
                assert ours[name] == pytest.approx(theirs[name], abs=3e-4), (where, name)
            else:
                near(ours[name], theirs[name], f"{where} {name}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for one, other in zip(ours, theirs, strict=True):
            near(one, other, where)
    else:
        alike(ours, theirs, where)


def test_a_lens_over_a_queue_weighs_as_the_servers_does(folder, file):
    config = config_of(folder)
    lens = {"name": "infonce", "temperature": 0.2}
    asked = [{"step": 6, "probe": 3, "view": 0, "group": "batch", "lens": lens}]
    given = {"parts": file[0], "asked": asked, "series": "embeddings-pca"}
    (ours,) = run(ANSWER, given, FROZEN)
    own = {key: getattr(config, key) for key in MIXTURE}  # through a lens synthetics are the run's
    understood = answers.understand(asked[0] | {"lens": lens | own}, folder)
    theirs = answers.query(understood, None)
    for name in ("effective", "entropy", "queued_share", "n_negatives", "queue"):
        alike(ours["answer"][name], theirs[name], name)
    alike(ours["answer"]["negatives"], theirs["negatives"], "negatives")


def test_the_sheet_holds_every_image_of_the_queue_with_its_label(folder):
    about, _ = recording(folder, MOST)
    by_name = {part.name: part.content for part in pictures({folder: about["steps"]})}
    told = json.loads(by_name["queued-images"])
    queues = [queue_of(folder, step) for step in about["steps"]]
    assert {int(i) for queue in queues for i in queue.items} == set(told["items"])
    sheet = Image.open(io.BytesIO(by_name["queued"])).convert("RGB")
    side = sheet.width // told["columns"]
    for place in (0, len(told["items"]) - 1):
        row, column = divmod(place, told["columns"])
        box = (column * side, row * side, (column + 1) * side, (row + 1) * side)
        own = Image.open(io.BytesIO(train_image(folder, told["items"][place]))).convert("RGB")
        difference = np.asarray(sheet.crop(box), int) - np.asarray(own.resize((side, side)), int)
        assert np.abs(difference).mean() < 12


def test_many_images_make_way_by_their_size_and_none_is_there_without_the_data(folder, monkeypatch):
    steps = files.snapshot_steps(folder)
    whole, sheet = queued.queued_images({folder: steps})
    monkeypatch.setattr(queued, "MOST", len(sheet) // 2)
    assert len(queued.queued_images({folder: steps})[1]) <= len(sheet) // 2

    def away(*_):
        raise ValueError("not on this machine")

    monkeypatch.setattr(queued, "train_images_as", away)
    told, sheet = queued.queued_images({folder: steps})
    assert sheet is None and told["columns"] == 0 and told["items"] == whole["items"]


def test_a_comparison_of_queues_is_answered_as_by_the_server(tmp_path):
    entries = (Entry("CACR", PLAIN), Entry("SSCL", MIXED), Entry("batch", BATCH))
    folder = done(Comparison(entries, 0), tmp_path / "compare-queues")
    asked = [{"what": "strips"} | one for one in asked_of(folder / "a")]
    found = run(STRIPS, {"parts": parts_of(freeze(folder, MOST)), "asked": asked}, FROZEN)["found"]
    for question, ours in zip(asked, found, strict=True):
        theirs = strips(dict(question), folder)
        assert ours.pop("what") == "strips" and ours.pop("type")
        for one, other in zip(ours["entries"], theirs["entries"], strict=True):
            for told in (one, other):
                told.pop("loss"), told.pop("curve")
        alike(ours, theirs, str(question))
    assert any(row.get("queued") for one in found for e in one["entries"] for row in e["negatives"])
