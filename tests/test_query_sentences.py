"""What the query panel says of the recorded runs, against weights and pulls by the formulas."""

import itertools
import math
import re

import numpy as np
import pytest

from cacr_core.pairs import MIXINGS
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests.asked import all_asked
from tests.moments import is_clamped, pair_distances, pulls
from tests.words import agrees, value_of
from web.live import answers

N = r"(−?[\d.,]+(?:e[−+]?\d+)?)"


# --- the reading


def one_place(a):
    assert a.neg.max() < 0.02


def weighs_alike(a):
    assert np.ptp(a.times) < 1e-6


def own_class(a, false, of, real):
    labels = np.array(files.read_json(a.folder / "probes.json")["labels"])
    heaviest = [(row["probe"], row["weight"]) for row in a.answer["negatives"]]
    assert int(of) == len(heaviest) == 12
    assert int(false) == sum(labels[probe] == labels[a.probe] for probe, _ in heaviest) >= 6
    assert bool(real) == (len(a.neg) > a.n_real)


def about_alike(a, most):
    assert value_of(most) == pytest.approx(a.times.max(), rel=6e-3)
    assert a.times.max() < 1.51
    assert np.quantile(a.times, 0.95) < 2 * np.quantile(a.times, 0.05)


def weighs_and_is_pushed(a, times, push, drawn):
    nearest = a.neg[: a.n_real].argmin()
    assert value_of(times) == pytest.approx(a.times[nearest], rel=6e-3)
    mean = -a.neg_pulls.mean()
    if push is None:
        assert drawn or mean == pytest.approx(0, abs=1e-12)
    else:
        assert value_of(push) == pytest.approx(-a.neg_pulls[nearest] / mean, rel=8e-3)
        assert value_of(push) > 0
    assert bool(drawn) == (a.neg_pulls[nearest] > 0)


def nearer(a, who, *said):
    names = files.read_json(a.folder / "probes.json")
    top = a.answer["negatives"][0]
    assert who == names["class_names"][names["labels"][top["probe"]]]
    assert a.neg[: a.n_real].min() < a.pos.max()
    weighs_and_is_pushed(a, *said)


def own_views_nearer(a, real, *said):
    assert a.neg[: a.n_real].min() > a.pos.max() - 1e-6
    assert bool(real) == (len(a.neg) > a.n_real)
    weighs_and_is_pushed(a, *said)


WEIGHS = (
    rf"weighs {N} times the average"
    rf"(?: and is pushed {N} times as hard)?(, and yet is drawn in)?\."
)
READINGS = {
    r"Everything is in one place: there is nothing near or far to weigh\.": one_place,
    r"This loss weighs all negatives alike, near or far\.": weighs_alike,
    rf"{N} of the {N} (real )?negatives weighed most are of the query's own class: the loss cannot "
    r"know\.": own_class,
    rf"All negatives weigh about alike: the heaviest weighs {N} times the average\.":
        about_alike,
    rf"A negative \((.+)\) lies nearer than the query's own farthest view: it {WEIGHS}": nearer,
    rf"The query's own views are nearer than all (real )?negatives\. The nearest {WEIGHS}":
        own_views_nearer,
}  # fmt: skip


# --- the reading of a loss that weighs most what is neither near nor far

PUSHED = r"it weighs .+ times the average.*\."
OTHERS = {
    rf"A negative \((.+)\) lies nearer than the query's own farthest view: {PUSHED}":
        lambda heavy, neg, own: heavy < own,
    "The heaviest negative is not among those nearer than the query's own farthest view: "
    rf"{PUSHED}": lambda heavy, neg, own: neg.min() < own <= heavy,
    r"The query's own views are nearer than all negatives\. The nearest weighs .+":
        lambda heavy, neg, own: own <= neg.min() and heavy == pytest.approx(neg.min(), abs=2e-6),
    r"The query's own views are nearer than all negatives\. The heaviest weighs .+":
        lambda heavy, neg, own: own <= neg.min() < heavy,
}  # fmt: skip


def test_where_the_heaviest_is_not_the_nearest_the_sentence_says_what_is_near():
    folder = RECORDED / "example"
    step = files.snapshot_steps(folder)[-1]
    z = files.read_arrays(folder, step)[0].astype(np.float64)
    seen = set()
    for sigma, probe in itertools.product((0.1, 0.2, 0.3), range(20)):
        lens = {"name": "adnce", "sigma": sigma, "mu": 0.7, "temperature": 0.5}
        asked = {"step": step, "probe": probe, "view": 0, "lens": lens}
        text = answers.query(answers.understand(asked, folder), None)["reading"]
        cosines = np.delete(z, probe, axis=1).reshape(-1, z.shape[2]) @ z[0, probe]
        weighed = cosines / 0.5 - ((cosines - 0.7) / sigma) ** 2 / 2
        neg = 2 - 2 * cosines
        own_views = 2 - 2 * z[1:, probe] @ z[0, probe]
        for form, holds in OTHERS.items():
            if re.fullmatch(form, text):
                seen.add(form)
                assert holds(neg[weighed.argmax()], neg, own_views.max()), (sigma, probe, text)
    assert seen == set(OTHERS)


# --- the sums


def constant(a, toward, away):
    assert value_of(toward) == pytest.approx(a.pos_pulls.sum(), rel=6e-3)
    assert value_of(away) == pytest.approx(a.neg_pulls.sum(), rel=6e-3, abs=1e-6)
    for t in (0.5, 9.0):  # whatever t⁺ and t⁻ are
        other = pulls(a.loss | {"t_pos": t, "t_neg": t}, a.pos, a.neg)
        assert other[0].sum() == pytest.approx(a.pos_pulls.sum())
        assert other[1].sum() == pytest.approx(a.neg_pulls.sum(), abs=1e-9)


def cancels(a, now):
    assert value_of(now) == pytest.approx(a.pos_pulls.sum(), rel=6e-3)
    assert a.pos_pulls.sum() == pytest.approx(-a.neg_pulls.sum(), rel=1e-5)


def matched(a, now, most):
    cancels(a, now)
    assert agrees(most, 1 / a.loss["temperature"])
    assert a.pos_pulls.sum() <= 1 / a.loss["temperature"]
    for pos, neg in ((0.9 * a.pos, a.neg), (a.pos, a.neg + 0.05)):
        assert pulls(a.loss, pos, neg)[0].sum() < a.pos_pulls.sum()


def unclamped(a, now):
    cancels(a, now)
    assert not is_clamped(a.loss, a.pos[None], a.neg[None]).any()


def clamped(a, now):
    assert value_of(now) == pytest.approx(a.pos_pulls.sum(), rel=6e-3)
    assert not a.neg_pulls.any()


def partly_clamped(a, now):
    assert value_of(now) == pytest.approx(a.pos_pulls.sum(), rel=6e-3)
    each = is_clamped(a.loss, a.pos[None], a.neg[None])[0]
    assert 0 < each.sum() < len(each)
    free = [pulls(a.loss, p, a.neg)[0].sum() / len(a.pos) for p in a.pos[~each][:, None]]
    assert -a.neg_pulls.sum() == pytest.approx(sum(free), rel=1e-5)


MATCHED = (
    "Weights sum to 1 in each group, pulls to nothing fixed: those on negatives cancel those on "
    rf"positives, now {N}"
)
SUMS = {
    "Weights sum to 1 in each group: so whatever t⁺ and t⁻ are, and wherever samples lie, the "
    rf"pulls sum to 2α = {N} on positives and −2β = {N} on negatives\.": constant,
    rf"{MATCHED} of at most 1/τ = {N}; nearer positives and farther negatives make it less\.":
        matched,
    rf"{MATCHED}, until debiasing clamps the negatives\.": unclamped,
    rf"Clamped: pulls on negatives are 0, those on positives sum to {N}\. Nothing pushes against "
    r"them\.": clamped,
    rf"Clamped for some: pulls on positives sum to {N}, and those on negatives cancel only the "
    r"part of the positives that are not\.": partly_clamped,
}  # fmt: skip


@pytest.mark.parametrize(("key", "forms"), [("reading", READINGS), ("sums", SUMS)])
def test_each_sentence_of_the_panel_states_what_weights_and_pulls_are(key, forms):
    seen, wrong = set(), []
    for a in all_asked():
        text = a.answer[key]
        found = [(form, told) for form in forms if (told := re.fullmatch(form, text))]
        if len(found) != 1:
            wrong.append((a.question[:5], text, "is of no known form"))
            continue
        (form, told), *_ = found
        seen.add(form)
        try:
            forms[form](a, *told.groups())
        except AssertionError as error:
            wrong.append((a.question[:5], text, str(error)[:150]))
    assert not wrong, "\n".join(map(str, wrong[:30]))
    assert seen == set(forms)


# --- the rows and the lines below them


def test_the_rows_are_the_heaviest_with_the_weights_pulls_and_distances_of_the_formulas():
    for a in all_asked():
        heaviest = np.sort(a.neg_weights[: a.n_real])[::-1][:12]
        rows = a.answer["negatives"]
        assert [row["weight"] for row in rows] == pytest.approx(heaviest.tolist(), rel=2e-3)
        assert [row["times_uniform"] for row in rows] == pytest.approx(
            (heaviest * len(a.neg)).tolist(), rel=2e-3
        )
        scale = np.abs(a.neg_pulls).max() + 1e-9
        for row in rows:
            like = np.abs(a.neg[: a.n_real] - row["distance"]).argmin()
            assert a.neg[like] == pytest.approx(row["distance"], abs=2e-5)
            assert row["pull"] == pytest.approx(a.neg_pulls[like], abs=5e-3 * scale)
        mine = sorted(zip(a.pos_weights, a.pos, a.pos_pulls, strict=True), reverse=True)
        told = [(row["weight"], row["distance"], row["pull"]) for row in a.answer["positives"]]
        np.testing.assert_allclose(sorted(told, reverse=True), mine, rtol=5e-3, atol=2e-3)


def test_the_counts_are_those_of_weights_and_pulls():
    for a in all_asked():
        told = a.answer
        assert told["n_negatives"] == len(a.neg)
        sure = np.abs(a.neg_pulls) > 1e-4 * np.abs(a.neg_pulls).max()
        drawn = int((a.neg_pulls[sure] > 0).sum())
        assert drawn <= told["n_attracted"] <= drawn + (~sure).sum()
        if drawn:  # "far enough to be drawn in": the others are nearer
            assert a.neg[a.neg_pulls > 0].min() > a.neg[a.neg_pulls < 0].max() - 1e-6
            assert not a.loss.get("detach_weights")
        entropy = -(a.neg_weights * np.log(a.neg_weights.clip(1e-300))).sum()
        assert told["effective"] == pytest.approx(math.exp(entropy), rel=2e-3)
        assert told["entropy"] == pytest.approx(entropy / math.log(len(a.neg)), abs=1e-3)


def test_the_group_is_told_as_it_is():
    words = {2: "two", 5: "five"}
    for a in all_asked():
        text = re.fullmatch(
            rf"(?:all {N} probes|a fixed random group of {N} probes), (\w+) views each(, as in "
            rf"training)?: {N} negatives(?:, plus {N} synthetic)?",
            a.answer["group"]["text"],
        )
        every, some, views, trains, n, made = text.groups()
        assert value_of(every or some) == a.n_items
        assert views == words[a.n_views]
        assert value_of(n) == a.n_real
        assert (value_of(made) if made else 0) == len(a.neg) - a.n_real
        assert (a.group == "batch") == bool(some) == bool(trains)
        if trains:
            assert (a.n_items, a.n_views) == (a.config["batch_size"], a.config["n_views"])


def test_the_clamp_is_told_of_a_training_sized_group():
    for a in all_asked():
        clamp = a.answer["clamp"]
        assert (clamp is None) == (a.loss.get("class_prior", 0) == 0 or a.loss["name"] == "cacr")
        if clamp is None:
            continue
        share, n = re.fullmatch(
            rf"{N} % of the {N} queries of a training-sized group", clamp["text"]
        ).groups()
        assert agrees(share, 100 * clamp["share"])
        scene = answers.look(a.question._replace(group="batch", probe=0, view=0))
        pos, neg = pair_distances(scene.z.numpy())
        assert int(n) == len(pos)
        mine = is_clamped(a.loss, pos, neg).any(1).mean()
        made_up = not a.is_lens and a.config["n_synthetic"]
        assert clamp["share"] == pytest.approx(mine, abs=0.1 if made_up else 2.1 / len(pos))


def test_synthetics_are_told_with_their_number_and_their_share_of_the_weight():
    for a in all_asked():
        told = a.answer["synthetics"]
        assert (told is None) == (len(a.neg) == a.n_real)
        if told is None:
            continue
        n, mixing, pool = (a.config[key] for key in ("n_synthetic", "mixing", "pool_size"))
        assert told["text"] == (
            f"as this run trains: {n} for each query, {MIXINGS[mixing].words}, pool of {pool}"
        )
        assert told["share"] == pytest.approx(a.neg_weights[a.n_real :].sum(), rel=2e-3)
        hardest = np.sort(a.neg[: a.n_real])[pool - 1]
        for item in told["items"]:
            for parent in item["parents"]:
                assert 2 - 2 * parent["similarity"] <= hardest + 1e-5


def test_the_loss_is_told_by_its_settings_and_what_its_weights_are():
    signs = {"t_pos": "t⁺", "t_neg": "t⁻", "temperature": "τ", "class_prior": "τ⁺"}
    for a in all_asked():
        told = a.answer["loss"]
        assert told["is_lens"] == a.is_lens
        for key, sign in signs.items():
            if a.loss["name"] == "cacr" and key == "class_prior":
                continue
            assert (f", {sign} {a.loss[key]:g}" in told["text"]) if key in a.loss else True
        exponent = {"cacr": "e^(−t⁻ d)", "infonce": "similarity / τ", "sscl": "e^((1 + β) s / τ)"}
        assert exponent[a.loss["name"]] in told["meaning"]
