import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch

from cacr_core.layouts.process import laid_out_steps, lay_out_run, read_layout
from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.lanes import Lanes
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, train

TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=6, snapshot_every=3, n_probes=32, embedding_dim=8
)
CONFIGS = {
    "CACR": dataclasses.replace(TINY, loss=CACR(), n_views=4),
    "SSCL": dataclasses.replace(TINY, loss=SSCL(), n_synthetic=3, pool_size=5, lr=0.003),
    "InfoNCE": dataclasses.replace(TINY, loss=InfoNCE()),
}


def comparison_of(**changes):
    entries = (
        Entry(label, dataclasses.replace(config, **changes)) for label, config in CONFIGS.items()
    )
    return Comparison(tuple(entries), baseline=2)


def prepared(folder, comparison):
    launch.write_config(comparison, folder)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = prepared(tmp_path_factory.mktemp("shelf") / "compare-it", comparison_of())
    assert work(folder) == "finished"
    return folder


def test_a_comparison_survives_json():
    comparison = comparison_of()
    assert Comparison.from_json(comparison.to_json()) == comparison


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dataset": "shapes"}, "dataset"),
        ({"backbone": "resnet18"}, "backbone"),
        ({"batch_size": 8}, "batch_size"),
        ({"seed": 1}, "seed"),
        ({"n_steps": 7}, "n_steps"),
        ({"embedding_dim": 4}, "embedding_dim"),
    ],
)
def test_entries_that_cannot_be_paired_are_refused_with_the_reason(change, said):
    entries = (Entry("one", TINY), Entry("other", dataclasses.replace(TINY, **change)))
    with pytest.raises(
        ValueError, match=f"one and other cannot be paired: {said} must be the same"
    ):
        Comparison(entries)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((Entry("a", TINY),), "2 to 4 entries, got 1"),
        (tuple(Entry(str(i), TINY) for i in range(5)), "2 to 4 entries, got 5"),
        ((Entry("a", TINY), Entry("a", TINY)), "label of its own"),
        ((Entry("", TINY), Entry("a", TINY)), "1 to 60 characters"),
    ],
)
def test_odd_entries_are_refused(entries, said):
    with pytest.raises(ValueError, match=said):
        Comparison(entries)


def test_lockstep_gives_each_entry_the_snapshots_it_has_alone(finished):
    for name, config in zip("abc", CONFIGS.values(), strict=True):
        alone = list(train(config))
        assert files.snapshot_steps(finished / name) == [s.step for s in alone]
        for ours, theirs in zip(files.read_snapshots(finished / name), alone, strict=True):
            np.testing.assert_allclose(ours.embeddings, theirs.embeddings, atol=2e-3)
            assert ours.metrics["loss"] == pytest.approx(theirs.metrics["loss"], abs=1e-5)


def test_the_proof_is_equal_across_entries_and_differs_for_another_seed(finished, tmp_path):
    proof = files.read_json(finished / "proof.json")
    assert proof["step"] == 6
    a, b, c = (proof["entries"][name] for name in "abc")
    assert a == b == c
    assert all(len(digest) == 32 for digest in a.values())
    other = prepared(tmp_path / "other", comparison_of(seed=1))
    assert work(other) == "finished"
    theirs = files.read_json(other / "proof.json")["entries"]["a"]
    assert all(theirs[part] != a[part] for part in ("weights", "order", "views"))


def test_the_proof_would_show_an_entry_that_saw_another_batch(tmp_path):
    lanes = Lanes(prepared(tmp_path / "unfair", comparison_of()))
    cheat = lanes.going[1].training
    honest = cheat.source.batch_index
    cheat.source = type("Cheat", (), dict(vars(cheat.source)))()
    cheat.source.view = lanes.going[0].training.source.view
    cheat.source.batch_index = lambda step: honest(step).flip(0)
    lanes.update()
    lanes.look()
    entries = files.read_json(tmp_path / "unfair" / "proof.json")["entries"]
    assert entries["a"]["weights"] == entries["b"]["weights"]
    assert entries["a"]["order"] == entries["c"]["order"] != entries["b"]["order"]


def test_images_are_kept_once_for_all_entries(finished):
    assert (finished / "a" / "probes.webp").exists()
    assert not (finished / "b" / "probes.webp").exists()
    assert files.images_folder(finished / "c") == finished / "a"


def test_an_entry_is_found_by_its_id_and_has_the_state_of_the_comparison(finished, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(finished.parent))
    entry = shelf.find("compare-it.b")
    assert entry == finished / "b"
    assert shelf.id_of(entry) == "compare-it.b"
    assert files.status(entry) == "finished"
    assert [run.id for run in shelf.list_runs()] == ["compare-it"]
    assert shelf.list_runs()[0].is_comparison
    for wrong in ("compare-it.e", "compare-it.b.a", "compare-it..", ".b"):
        with pytest.raises(ValueError, match="no run called"):
            shelf.find(wrong)
    with pytest.raises(ValueError, match="part of a comparison"):
        shelf.delete(entry)


def test_a_comparison_can_be_sent_as_one_file(finished, tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    opened = shelf.from_zip(shelf.to_zip(finished))
    assert files.status(opened / "a") == "finished"
    for name in "abc":
        assert files.snapshot_steps(opened / name) == files.snapshot_steps(finished / name)
    assert files.read_json(opened / "proof.json") == files.read_json(finished / "proof.json")


def test_asking_an_entry_asks_the_comparison(tmp_path):
    folder = prepared(tmp_path / "asked", comparison_of())
    files.request(folder / "b", wanted="pause")
    assert files.control(folder)["wanted"] == "pause"
    assert not (folder / "b" / "control.json").exists()


def test_a_diverging_entry_stops_alone(tmp_path):
    entries = (
        Entry("sound", TINY),
        Entry("broken", dataclasses.replace(TINY, loss=InfoNCE())),
        Entry("also sound", dataclasses.replace(TINY, n_views=3)),
    )
    folder = prepared(tmp_path / "broken", Comparison(entries))
    lanes = Lanes(folder)
    lanes.open("test")
    with torch.no_grad():
        next(lanes.going[1].training.encoder.parameters()).fill_(torch.nan)
    for _ in range(3):
        lanes.update()
    assert [lane.folder.name for lane in lanes.going] == ["a", "c"]
    assert lanes.step == 3
    state, reason = files.status_and_reason(folder / "b")
    assert state == "failed"
    assert "Stopped alone at step 0" in reason
    assert files.status(folder / "a") != "failed"
    assert work(folder) == "finished"  # gone on with, without the one that failed
    assert files.snapshot_steps(folder / "a")[-1] == 6
    assert files.snapshot_steps(folder / "b")[-1] == 0


def test_a_comparison_killed_between_two_saves_goes_on_as_if_never_stopped(finished, tmp_path):
    folder = prepared(tmp_path / "killed", comparison_of())
    lanes = Lanes(folder)
    lanes.open("test")
    for _ in range(2):
        lanes.update()
    lanes.save()
    lanes.update()
    lanes.going[0].save()  # and then the power went
    lanes = Lanes(folder)
    assert [lane.step for lane in lanes.going] == [3, 2, 2]
    assert not lanes.is_due()  # step 3 is, but not for all
    lanes.look()
    assert files.read_json(folder / "proof.json")["step"] == 0
    lanes.update()
    assert [lane.step for lane in lanes.going] == [3, 3, 3]
    assert lanes.is_due()
    assert work(folder) == "finished"
    for name in "abc":
        ours, theirs = (list(files.read_snapshots(f / name)) for f in (folder, finished))
        assert np.array_equal(ours[-1].embeddings, theirs[-1].embeddings)
    assert files.read_json(folder / "proof.json") == files.read_json(finished / "proof.json")


def test_all_entries_are_laid_out_from_one_first_layout(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "laid")
    lay_out_run(folder)
    first = [read_layout(folder / name, "embeddings", 0)[0] for name in "abc"]
    assert np.array_equal(first[0], first[1])
    assert np.array_equal(first[0], first[2])
    for name in "abc":
        assert laid_out_steps(folder / name, "embeddings") == files.snapshot_steps(folder / name)


def test_the_config_of_a_comparison_names_what_it_is(finished):
    config = json.loads((finished / "config.json").read_text())
    assert config["kind"] == "comparison"
    assert [entry["label"] for entry in config["entries"]] == list(CONFIGS)
