"""What the presets say to watch is true of the recorded runs that ship with them."""

import numpy as np
import pytest

from cacr_core import runs
from cacr_core.layouts.process import laid_out_steps, read_layout
from cacr_core.papers.record import ANYWHERE
from cacr_core.presets import COMPARISONS
from cacr_core.presets.comparisons import recorded_comparison
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison
from cacr_core.runs.shelf import RECORDED
from cacr_core.training.schedule import rate


def rows(name):
    """The metrics of each entry of a recorded comparison, by letter."""
    found = files.entry_folders(RECORDED / recorded_comparison(name))
    return {folder.name: runs.read_metrics(folder) for folder in found}


def last(name, key):
    return {letter: own[-1][key] for letter, own in rows(name).items()}


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_recording_is_of_its_preset_and_whole(name):
    folder = RECORDED / recorded_comparison(name)
    recorded = Comparison.from_json((folder / "config.json").read_text())
    assert recorded == COMPARISONS[name].comparison.with_shared(**ANYWHERE)
    assert runs.status(folder) == "finished"
    for entry in files.entry_folders(folder):
        assert laid_out_steps(entry, "embeddings") == files.snapshot_steps(entry)
    proof = files.read_json(folder / "proof.json")
    going = [e.name for e in files.entry_folders(folder) if files.status(e) == "finished"]
    assert list(proof["entries"]) == going
    assert all(digests == proof["entries"][going[0]] for digests in proof["entries"].values())


@pytest.mark.parametrize("name", COMPARISONS)
def test_all_entries_of_a_recording_start_from_one_place(name):
    first, *others = files.entry_folders(RECORDED / recorded_comparison(name))
    z, xy = files.read_arrays(first, 0)[0], read_layout(first, "embeddings", 0)[0]
    for other in others:
        assert np.array_equal(files.read_arrays(other, 0)[0], z)
        assert np.array_equal(read_layout(other, "embeddings", 0)[0], xy)


def test_all_recordings_together_are_small():
    size = sum(path.stat().st_size for path in RECORDED.rglob("*") if path.is_file())
    assert size < 60 * 2**20


def test_each_preset_says_two_things():
    for preset in COMPARISONS.values():
        assert len(preset.watch) == 2
        assert all(line.endswith(".") for line in preset.watch)


def test_uniform_repulsion_uses_few_directions_and_tells_few_shapes():
    rank, accuracy, loss = (
        last("uniform-weights", key) for key in ("effective_rank", "knn_features", "loss")
    )
    assert max(rank["c"], rank["d"]) < 2 < 15 < min(rank["a"], rank["b"])
    assert max(accuracy["c"], accuracy["d"]) < 0.25 < 0.75 < min(accuracy["a"], accuracy["b"])
    own = rows("uniform-weights")
    scored = [
        row["knn_features"] for letter in "cd" for row in own[letter] if "knn_features" in row
    ]
    assert max(scored) > 0.25  # it ends below a quarter, and was above
    assert " ends below a quarter" in COMPARISONS["uniform-weights"].watch[1]
    assert max(loss["c"], loss["d"]) < min(loss["a"], loss["b"])
    assert accuracy["b"] > accuracy["a"] - 0.02


def test_hard_sampling_lowers_the_effective_negatives_and_the_other_parts_do_not():
    effective = last("sscl-parts", "effective_negatives")
    assert [effective["a"], effective["c"]] == pytest.approx([60, 60], abs=5)
    assert min(effective["b"], effective["d"]) > 80


def test_four_positives_lead_by_updates_and_hardly_by_images():
    own = rows("one-or-four")
    lead = own["b"][-1]["knn_features"] - own["a"][-1]["knn_features"]
    assert lead == pytest.approx(0.14, abs=0.005)
    scored = [r for r in own["b"] if "knn_features" in r]
    steps, values = zip(*((r["step"], r["knn_features"]) for r in scored), strict=True)
    at_equal_images = np.interp(own["a"][-1]["step"] * 2 / 5, steps, values)
    assert at_equal_images - own["a"][-1]["knn_features"] < lead / 2


def test_rare_shapes_are_the_harder_ones_on_average_and_what_their_rarity_costs():
    about = files.read_json(RECORDED / recorded_comparison("imbalanced") / "a" / "run.json")
    sizes = about["train_per_class"]
    assert (sizes[0], sizes[-1]) == (max(sizes), min(sizes)) == (1250, 25)
    told = {}
    for name in ("imbalanced", "balanced"):
        for letter, own in rows(name).items():
            by_class = [own[-1][f"class_accuracy_{c}"] for c in range(8)]
            told[name, letter] = np.mean(by_class[:3]), np.mean(by_class[-3:])
            assert by_class[-1] > by_class[3] or name == "imbalanced"  # the rarest beats a commoner
    assert all(common > rare for common, rare in told.values())
    infonce, cacr, sscl = (
        told["balanced", letter][1] - told["imbalanced", letter][1] for letter in "abc"
    )
    assert [cacr, sscl] == pytest.approx([0.15, 0.07], abs=0.005)
    assert infonce < 0.005
    assert "are told less often on average. " in COMPARISONS["imbalanced"].watch[1]
    assert "on average these are the harder shapes" in COMPARISONS["imbalanced"].watch[1]
    said = COMPARISONS["balanced"].watch[1]
    assert "told less often on average than the three commonest" in said
    assert "Single shapes keep no such order" in said


def test_sharper_means_fewer_effective_negatives_and_pairs_start_alike():
    first = {letter: own[0]["effective_negatives"] for letter, own in rows("sharpness").items()}
    assert first["a"] == pytest.approx(first["c"], rel=1e-3)
    assert first["b"] == pytest.approx(first["d"], rel=1e-3)
    effective = last("sharpness", "effective_negatives")
    assert effective["b"] < effective["a"]
    assert effective["d"] < effective["c"]
    accuracy = last("sharpness", "knn_features")
    assert accuracy["b"] - accuracy["a"] == pytest.approx(0.05, abs=0.005)
    assert accuracy["c"] - accuracy["d"] == pytest.approx(0.11, abs=0.005)


def test_without_repulsion_all_images_are_in_one_place():
    uniformity, rank, loss = (
        last("collapse", key) for key in ("uniformity", "effective_rank", "loss")
    )
    assert uniformity["b"] > -0.001
    assert uniformity["a"] < -2
    assert 1 < rank["c"] < 1.5 < 10 < rank["a"]
    assert loss["c"] == min(loss.values())


def test_a_high_prior_clamps_most_queries_and_digits_stay_easy():
    clamped, accuracy = last("false-negatives", "clamped"), last("false-negatives", "knn_features")
    assert clamped["c"] == pytest.approx(7 / 8, abs=0.02)
    assert clamped["a"] == clamped["b"] == 0
    assert max(accuracy.values()) - min(accuracy.values()) < 0.015
    assert min(accuracy.values()) > 0.95


def test_too_high_a_rate_collapses_and_a_far_too_high_one_ends_alone():
    own = rows("broken")
    at_20 = {letter: {r["step"]: r for r in own[letter]}[20] for letter in "ab"}
    assert at_20["a"]["uniformity"] < -0.5
    assert at_20["b"]["uniformity"] > -0.05
    assert own["b"][-1]["uniformity"] < -1
    by_step = {r["step"]: r["uniformity"] for r in own["b"]}
    apart = [(by_step[step] - by_step[20]) / (by_step[200] - by_step[20]) for step in (30, 60)]
    config = COMPARISONS["broken"].comparison.entries[1].config
    assert apart[0] < 0.1 and apart[1] > 0.6  # slowly, but for the most part by then
    assert rate(config, 60) > 0.85  # at a rate still high
    said = "come apart slowly afterwards, while the rate is still high"
    assert said in COMPARISONS["broken"].watch[1]
    state, reason = files.status_and_reason(RECORDED / recorded_comparison("broken") / "c")
    assert state == "failed"
    assert "Stopped alone at step 1: The embeddings of the probes are no numbers any more" in reason
    assert files.status(RECORDED / recorded_comparison("broken") / "b") == "finished"
