"""What classes, strips, neighbours and notes of the compare page claim, worked out from the arrays
of the recorded comparisons by other code than says it."""

import dataclasses
import math
import re
import shutil
from functools import lru_cache

import numpy as np
import pytest
import torch

from cacr_core.losses import CACR, SSCL, InfoNCE, pair_pulls
from cacr_core.metrics import alignment, uniformity
from cacr_core.pairs import Pairs, pair_views
from cacr_core.presets import COMPARISONS
from cacr_core.runs import folder as files
from cacr_core.runs import paths
from cacr_core.training import TrainConfig
from tests.test_compare_words import V, is_value, listed, moments
from tests.words import agrees, measured, recording, said, value_of
from web.compare import moved, strips
from web.compare.series import SCALES, scale_of

NAMES = sorted(COMPARISONS)
WITH_CLASSES = [n for n in NAMES if recording(n).at("class_accuracy_0", 10**6)]


# --- classes


def classes_at(record, step):
    """Rows with accuracies class by class as the panel has them: of entries that have not ended."""
    found = []
    for name, rows in record.rows.items():
        known = [r for r in rows if r["step"] <= step and r.get("class_accuracy_0") is not None]
        if known and not (record.failed[name] and rows[-1]["step"] < step):
            found.append({"label": record.labels[name], "row": known[-1]})
    return found


@pytest.mark.parametrize("name", WITH_CLASSES)
def test_the_classes_title_and_note_are_of_the_rows_at_the_moment(name):
    record = recording(name)
    about = record.about
    asked = [(step, classes_at(record, step)) for step in moments(record)]
    titles = said(("classesTitle", [about, found]) for _, found in asked)
    notes = said(("classesNote", [about, found, step]) for step, found in asked)
    for title, note, (step, _) in zip(titles, notes, asked, strict=True):
        found = classes_at(measured(name), step)
        at = found[0]["row"]["step"]
        assert f"measured at step {at}{'' if at == step else f', not at step {step}'}." in note
        assert f"{about['held_out']['n']:,} held-out images, 125 of each class" in note or (
            about["dataset"] == "digits"
        )
        by_class = {
            c: [one["row"][f"class_accuracy_{k}"] for one in found]
            for k, c in enumerate(about["class_names"])
        }
        if "tail_accuracy" in found[0]["row"]:
            tails = {one["label"]: one["row"]["tail_accuracy"] for one in found}
            figure = re.search(V, title)[1]
            best = [label for label, tail in tails.items() if is_value(figure, tail)]
            assert is_value(figure, max(tails.values()))
            who = "all" if len(best) == len(tails) else listed(best)
            assert title.startswith(f"On the rare classes {who} ")
        elif told := re.fullmatch(
            rf".* most on (?:class )?(.+), by {V} points in this one run", title
        ):
            spread = {c: max(v) - min(v) for c, v in by_class.items()}
            assert spread[told[1]] == max(spread.values())
            assert agrees(told[2], 100 * spread[told[1]])
        else:
            assert title == f"The entries do not differ on any class at step {at}"
            assert all(max(v) == min(v) for v in by_class.values())


def test_classes_of_one_entry_alone_are_not_said_to_be_alike():
    record = recording("collapse")
    found = classes_at(record, record.kept[-1])
    texts = said(("classesTitle", [record.about, found[:n]]) for n in (1, len(found)))
    assert texts[0] == f"Accuracy class by class of {found[0]['label']} alone"
    assert texts[1].startswith("The entries differ most on ")


@pytest.mark.parametrize(
    ("changes", "first", "moving", "text"),
    [
        ({}, None, False, "Accuracy class by class was not recorded in this run"),
        ({}, None, True, "Accuracy class by class comes with the first measurement"),
        ({}, 50, True, "Accuracy class by class is first measured at step 50"),
        ({"class_names": ["one"]}, None, True, "These images are of no classes"),
        ({"held_out": {"n": 0}}, None, True, "There are no held-out images to tell classes by"),
        ({"class_names": ["c"] * 100}, None, True, "these images have 100"),
    ],
)
def test_classes_that_are_not_there_say_why(changes, first, moving, text):
    (told,) = said([("classesMissing", [recording("collapse").about | changes, first, 20, moving])])
    assert text in told


# --- strips


# what mixes synthetics is looked at through a lens that mixes none
MIXING = ("sscl-parts", "imbalanced", "balanced")
LENS = {"name": "infonce", "temperature": 0.2, "n_synthetic": 0}


@lru_cache(maxsize=32)
def weights_and_pulls(name, entry, step, probe):
    """Weights and pulls of a query's negatives under its entry's own loss, or under the lens, from
    whole pairs; `(M,)` each."""
    folder = recording(name).folder / entry
    config = TrainConfig.from_json((folder / "config.json").read_text())
    steps = [s for s in files.snapshot_steps(folder) if s <= step]
    pairs = pair_views(torch.from_numpy(files.read_arrays(folder, steps[-1])[0]))
    own = Pairs(pairs.pos[probe : probe + 1], pairs.neg[probe : probe + 1])
    loss = InfoNCE(0.2) if name in MIXING else config.loss
    return loss(own).neg_weights[0].numpy(), pair_pulls(loss, own).neg[0].numpy()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [0, 6, -1])
def test_strips_tell_what_is_attended_to_and_what_is_pushed_apart(name, place):
    record = recording(name)
    step, probe = record.kept[place], 17
    lens = LENS if name in MIXING else None
    asked = {"step": step, "probe": probe, "view": 0, "group": "probes", "lens": lens}
    answer = strips.strips(asked, record.folder)
    texts = said(("attendsText", [entry]) for entry in answer["entries"])
    for entry, text in zip(answer["entries"], texts, strict=True):
        weights, pulls = weights_and_pulls(name, entry["name"], step, probe)
        pushed, drawn = int((pulls < 0).sum()), int((pulls > 0).sum())
        assert (entry["n_pushed"], entry["n_drawn"]) == (pushed, drawn)
        effective = math.exp(-sum(w * math.log(w) for w in weights if w > 0))
        told = re.fullmatch(
            r"attends to (all )?(.+), pushes ([\d,]+|all|none)(?:, draws in (.+))?", text["brief"]
        )
        assert agrees(told[2], effective)
        assert told[3] == {0: "none", len(weights): "all"}.get(pushed, f"{pushed:,}")
        assert (told[4] and value_of(told[4])) == (drawn or None)
    check_reading(answer["reading"], record, step, probe)


def check_reading(reading, record, step, probe):
    """The line over the strips, against the weights and pulls themselves."""
    own = {n: weights_and_pulls(record.name, n, step, probe) for n in record.rows}
    times = {record.labels[n]: w.max() * len(w) for n, (w, _) in own.items()}
    flat = [record.labels[n] for n, (w, _) in own.items() if np.ptp(w) <= 1e-3 * w.mean()]
    idle = [record.labels[n] for n, (_, p) in own.items() if not (p < 0).any()]
    weighing, _, pushing = reading.removesuffix(".").partition("; no entry pushes any")
    if not pushing and idle:
        weighing, _, pushing = weighing.rpartition("; ")
        assert pushing == f"{listed(idle)} {'pushes' if len(idle) == 1 else 'push'} none of them"
    assert bool(pushing) == bool(idle)
    if weighing.startswith("Everything is in one place"):
        return
    if weighing.startswith("No entry tells"):
        assert len(flat) == len(own)
        return
    if flat:
        who, figure, sharpest = re.fullmatch(
            r"(.+) weighs? all negatives alike; the first weighs (.+) times the average in (.+)",
            weighing,
        ).groups()
        assert who == listed(flat)
        assert times[sharpest] == max(times.values())
        assert agrees(figure, times[sharpest])
        return
    tops = {record.labels[n]: set(np.argsort(-w, kind="stable")[:100]) for n, (w, _) in own.items()}
    shared = {(a, b): len(tops[a] & tops[b]) for a in tops for b in tops if a < b}
    if told := re.match(r"(.+) and (.+) share (\d+) of their 100 heaviest", weighing):
        of_two = shared[min(told[1], told[2]), max(told[1], told[2])]
        assert abs(of_two - int(told[3])) <= 1  # ties at the hundredth place
        assert of_two <= min(shared.values()) + 1
    else:
        assert weighing.startswith("All entries have the same 100 heaviest")
        assert min(shared.values()) >= 99
    if "about the same weight" in weighing:
        assert max(times.values()) < 1.21 * min(times.values())
    else:
        high, sharpest, low, softest = re.search(
            r"first weighs (\S+) times the average in (.+), (\S+) in (.+)", weighing
        ).groups()
        assert agrees(high, times[sharpest])
        assert agrees(low, times[softest])
        assert times[softest] == pytest.approx(min(times.values()), rel=1e-6)  # float32


def test_a_loss_that_weighs_and_does_not_push_is_told_so():
    record = recording("collapse")
    asked = {"step": record.kept[-1], "probe": 0, "view": 0, "group": "probes", "lens": None}
    answer = strips.strips(asked, record.folder)
    betas = {
        e.name: TrainConfig.from_json((e / "config.json").read_text()).loss.beta
        for e in files.entry_folders(record.folder)
    }
    (silent,) = (name for name, beta in betas.items() if beta == 0)
    by_name = {entry["name"]: entry for entry in answer["entries"]}
    none, whole = by_name[silent], by_name[record.about["baseline"]]
    assert answer["reading"].endswith(f"; {record.labels[silent]} pushes none of them.")
    assert (none["n_pushed"], none["n_drawn"]) == (0, 0)
    attends, idle, pushed = said(
        [
            ("attendsText", [none]),
            ("sampleText", [none["negatives"][0], 0, "a star", record.labels]),
            ("sampleText", [whole["negatives"][0], 0, "a star", record.labels]),
        ]
    )
    assert attends["brief"].endswith(", pushes none")
    assert "neither drawn in nor pushed" in idle
    assert pushed.startswith("1st: a star")
    assert "; pushed away, pull −" in pushed


# --- neighbours


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [2, -1])
def test_what_moved_is_told_of_neighbours_that_are_there(name, place):
    record = recording(name)
    step = record.kept[place]
    moment = {"a": {"entry": "a", "step": step}, "b": {"entry": "b", "step": step}}
    answer = moved.moved({"from": moment["a"], "to": moment["b"]}, record.folder)
    x = [files.read_arrays(record.folder / entry, step)[0][0] for entry in "ab"]
    apart = [np.unique(np.round(one, 3), axis=0).shape[0] for one in x]
    if min(apart) <= 10:
        assert "All images are in one place but for rounding" in answer["reading"]
        assert answer["items"] == []
        return
    near = [np.argsort(-(one @ one.T) + 9 * np.eye(len(one)), axis=1)[:, :10] for one in x]
    kept = np.mean([len(set(p) & set(q)) for p, q in zip(*near, strict=True)])
    told = re.match(
        rf"Between (.+) and (.+) at step ([\d,]+) an image keeps {V} of its 10 nearest neighbours "
        rf"on average \(chance {V}\)",
        answer["reading"],
    )
    assert (told[1], told[2]) == (record.labels["a"], record.labels["b"])
    assert value_of(told[3]) == step
    assert abs(value_of(told[4]) - kept) < 0.06  # neighbours equally far, in float16
    assert agrees(told[5], 100 / 255)
    (note,) = said([("keptNote", [answer, 6])])
    share, chance = re.search(rf"space {V} are kept on average, {V} by chance", note).groups()
    assert is_value(share, answer["mean_overlap"])
    assert is_value(chance, 10 / 255)


def test_one_place_has_no_neighbours_to_keep(tmp_path):
    record = recording("broken")
    folder = shutil.copytree(record.folder, tmp_path / record.folder.name)
    step = record.rows["b"][-1]["step"]
    path = paths.snapshot_path(folder / "b", step)
    place = files.read_arrays(folder / "b", step)[0][:1, :1]
    np.savez(path, embeddings=place.repeat(5, 0).repeat(256, 1).astype(np.float16))
    ends = {"from": {"entry": "a", "step": 8}, "to": {"entry": "b", "step": step + 100}}
    answer = moved.moved(ends, folder)
    assert answer["reading"] == (
        f"All images are in one place but for rounding in {record.labels['b']} at step {step}: "
        "nobody is near or far."
    )
    assert answer["items"] == []


# --- notes


def test_what_the_notes_say_of_a_series_is_so():
    z = torch.nn.functional.normalize(
        torch.randn(2, 4000, 24, generator=torch.Generator().manual_seed(0)), dim=2
    )
    one_place = z[:, :1].expand(2, 50, 24)[:1].repeat(2, 1, 1)
    assert alignment(z) == pytest.approx(2, abs=0.02)
    assert alignment(one_place) == pytest.approx(0, abs=1e-6)
    assert uniformity(one_place[0]) == pytest.approx(0, abs=1e-5)
    pairs = pair_views(z[:, :8])
    clamped = SSCL(class_prior=0.9)
    silent = clamped(pairs).clamped
    assert silent.any()
    assert not pair_pulls(clamped, pairs).neg[silent].any()


def test_pulls_on_a_query_sum_to_what_the_help_of_the_learning_rate_says():
    record = recording("sharpness")
    for step in (record.kept[0], record.kept[-1]):
        z = torch.from_numpy(files.read_arrays(record.folder / "a", step)[0])
        pairs = pair_views(z)
        for alpha in (1.0, 3.0):
            assert 2 * pair_pulls(CACR(alpha=alpha), pairs).pos.sum() == pytest.approx(2 * alpha)
        for tau in (0.5, 0.1):
            total = 2 * float(pair_pulls(InfoNCE(temperature=tau), pairs).pos.sum())
            assert 0.5 / tau < total <= 1 / tau + 1e-5


def config(**changes):
    return dataclasses.asdict(TrainConfig(**changes)) | {
        "loss": {"name": "cacr", **dataclasses.asdict(changes.get("loss", CACR()))}
    }


def test_values_are_comparable_only_between_equal_losses_over_as_many_samples():
    plain = config()
    assert scale_of([plain, plain | {"lr": 1.0, "weight_decay": 0.1}]) == ""
    unlike = {
        "settings": config(loss=CACR(t_neg=5.0)),
        "positives": config(n_views=5),
        "negatives": config(n_synthetic=8),
        "formula": plain | {"loss": {"name": "infonce", "temperature": 0.5}},
    }
    assert unlike.keys() == SCALES.keys()
    for what, other in unlike.items():
        assert scale_of([plain, other]).startswith(f"These losses differ in {what}, so each")
    both = scale_of([plain, config(n_views=5, loss=CACR(t_neg=5.0))])
    assert "differ in settings and positives" in both
    assert scale_of([plain, plain | {"pool_size": 3}]) == ""  # nothing is mixed
