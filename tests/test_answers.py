import dataclasses
import re
import shutil

import numpy as np
import pytest
import torch

from cacr_core.losses import CACR, LOSSES, SSCL, InfoNCE, needs_labels, pair_pulls
from cacr_core.pairs import MIXINGS, Pairs, pair_views
from cacr_core.runs import folder as files
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig
from tests.protocol import fits_to_browser
from web.live import answers
from web.settings.fields import draws_far_in

CONFIG = TrainConfig(
    loss=SSCL(), dataset="digits", batch_size=16, n_steps=4, snapshot_every=2, n_probes=40,
    embedding_dim=8, n_synthetic=3, pool_size=6, n_views=3,
)  # fmt: skip
PLAIN = {"name": "cacr", "t_pos": 1.5, "t_neg": 3.0, "n_synthetic": 0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "one"
    files.write_bytes(place / "config.json", CONFIG.to_json().encode())
    assert work(place) == "finished"
    return place


def asked(folder, **changes):
    message = {"step": 4, "probe": 7, "view": 0, "group": "probes", "lens": PLAIN} | changes
    return answers.understand(message, folder)


def whole_batch(folder, loss):
    z = torch.from_numpy(files.read_arrays(folder, 4)[0])
    pairs = pair_views(z)
    return z, pairs, loss(pairs)


def test_weights_are_those_of_the_training_loss_over_all_probes(folder):
    header, (weight, pull) = answers.weights(asked(folder), None)
    _, pairs, record = whole_batch(folder, CACR(1.5, 3.0))
    by_probe = record.neg_weights[7].view(5, 39).sum(0) * 39
    np.testing.assert_allclose(np.delete(weight, 7), by_probe, rtol=1e-4)
    one = Pairs(pairs.pos[7:8], pairs.neg[7:8])
    pulls = pair_pulls(CACR(1.5, 3.0), one)
    np.testing.assert_allclose(
        np.delete(pull, 7), 2 * pulls.neg[0].view(5, 39).sum(0), rtol=1e-3, atol=1e-6
    )
    assert np.isnan(weight[7])
    assert np.delete(weight, 7).mean() == pytest.approx(1, abs=1e-5)
    ordered = sorted(record.pos_weights[7].tolist(), reverse=True)
    assert [p["weight"] for p in header["positives"]] == pytest.approx(ordered, rel=1e-5)


def test_the_query_panel_orders_negatives_by_weight_with_their_distance_and_pull(folder):
    answer = answers.query(asked(folder, lens={"name": "infonce", "n_synthetic": 0}), None)
    _, pairs, record = whole_batch(folder, InfoNCE())
    top = record.neg_weights[7].topk(12)
    assert [row["weight"] for row in answer["negatives"]] == pytest.approx(
        top.values.tolist(), rel=1e-5
    )
    assert [row["distance"] for row in answer["negatives"]] == pytest.approx(
        pairs.neg[7][top.indices].tolist(), abs=1e-5
    )
    assert answer["n_negatives"] == 195
    assert sum(row["weight"] for row in answer["positives"]) == pytest.approx(1, abs=1e-5)
    labels = files.read_json(folder / "probes.json")["labels"]
    for row in answer["negatives"]:
        assert row["same_class"] == (labels[row["probe"]] == labels[7])
        assert row["probe"] != 7


def test_ranks_say_where_a_negative_stood_one_snapshot_earlier(folder):
    now = answers.query(asked(folder), None)
    before = answers.query(asked(folder, step=2), None)
    assert now["previous_step"] == 2
    stood = {(row["probe"], row["view"]): i for i, row in enumerate(before["negatives"], start=1)}
    for row in now["negatives"]:
        if (place := stood.get((row["probe"], row["view"]))) is not None:
            assert row["was"] == place
    assert answers.query(asked(folder, step=0), None)["negatives"][0]["was"] is None


LENSES = [
    {"name": "infonce", "n_synthetic": 0},  # positives of one weight
    {"name": "cacr", "t_neg": 0.0, "n_synthetic": 0},  # negatives of one weight
    {"name": "triplet", "n_synthetic": 0},  # weights in blocks
    {"name": "cacr", "n_synthetic": 0},
]


@pytest.mark.parametrize("lens", LENSES, ids=str)
def test_who_weigh_the_same_share_a_rank_now_and_before(folder, lens):
    question = asked(folder, lens=lens)
    answer = answers.query(question, None)
    was = answers.look(question._replace(step=answer["previous_step"]))
    now = answers.look(question)
    for rows, side in (("positives", "pos_weights"), ("negatives", "neg_weights")):
        before, after = getattr(was, side)[0], getattr(now, side)[0]
        for row in answer[rows]:
            (columns,) = (after == row["weight"]).nonzero(as_tuple=True)
            assert row["rank"] == 1 + int((after > after[columns[0]]).sum())
            assert row["was"] in [1 + int((before > before[i]).sum()) for i in columns]
            if len(after.unique()) == len(before.unique()) == 1:
                assert row["rank"] == row["was"] == 1, "nothing has moved"


def test_only_a_loss_that_says_so_draws_far_negatives_in_by_its_weights(folder):
    typed = {
        "name": "typed",
        "attraction": "mean(d_pos)",
        "repulsion": "mean((d_neg - 0.001) ** 2)",
    }
    for lens, says in (({"name": "cacr", "t_neg": 8.0}, True), (typed, False)):
        answer = answers.query(asked(folder, lens=lens | {"n_synthetic": 0}), None)
        assert answer["loss"]["draws_far_in"] is says
        assert answer["n_attracted"] > 0
    apart = Pairs(torch.tensor([[0.2, 0.4]]), torch.linspace(0.1, 3.9, 40)[None])
    for name, cls in LOSSES.items():
        if name != "typed" and not needs_labels(cls):
            drawn = pair_pulls(cls(), apart).neg[0] > 1e-9
            assert draws_far_in(name) is bool(drawn.any()), name
            assert drawn.sort().values.equal(drawn), "the far ones"


def test_synthetics_come_with_the_parents_they_were_mixed_from(folder):
    answer = answers.query(asked(folder, lens=None), None)
    z = torch.from_numpy(files.read_arrays(folder, 4)[0])
    made = answer["synthetics"]
    assert len(made["items"]) == 3
    for item in made["items"]:
        a, b = (z[p["view"], p["probe"]] for p in item["parents"])
        mix = item["coefficient"] * a + (1 - item["coefficient"]) * b
        mix = mix / mix.norm()
        assert item["similarity"] == pytest.approx(float(mix @ z[0, 7]), abs=1e-4)
        for parent, vector in zip(item["parents"], (a, b), strict=True):
            assert parent["similarity"] == pytest.approx(float(vector @ z[0, 7]), abs=1e-4)
        near = item["nearest"]
        others = torch.cat([z[:, :7], z[:, 8:]], dim=1).flatten(0, 1)
        assert near["similarity"] == pytest.approx(float((others @ mix).max()), abs=1e-4)
    assert 0 < made["share"] < 1
    assert sum(made["histogram"]["synthetic"]) == pytest.approx(1, abs=1e-3)
    assert answer["n_negatives"] == 195 + 3


@pytest.mark.parametrize("mixing", MIXINGS)
def test_every_mixing_tells_its_parents_and_what_was_done_with_them(folder, mixing):
    lens = {"name": "infonce", "n_synthetic": 6, "pool_size": 9, "mixing": mixing}
    answer = answers.query(asked(folder, lens=lens), np.zeros((40, 2), np.float32))
    fits_to_browser({"type": "answer", "id": 1, "what": "query"} | answer)
    made = answer["synthetics"]
    z = torch.from_numpy(files.read_arrays(folder, 4)[0])
    assert made["text"] == f"under the lens: 6 for each query, {MIXINGS[mixing].words}, pool of 9"
    kinds = []
    for item in made["items"]:
        kind = mixing if item["kind"] is None else item["kind"].replace(" ", "_")
        kinds.append(kind)
        vectors = [z[p["view"], p["probe"]] for p in item["parents"]]
        of_query = kind in ("query", "interpolated", "extrapolated", "perturbed")
        alone = kind in ("resample", "noise_injected", "adversarial")
        assert [p["is_query"] for p in item["parents"]] == [of_query, False][alone:]
        assert not any(p["same_class"] for p in item["parents"] if p["is_query"])
        told = [float(n) for n in re.findall(r"\d\.\d\d", item["of_one"])]
        if kind == "extrapolated":  # so many times as far from the query
            q, n = vectors
            far = q + told[0] * (n - q)
            far = far / far.norm()
            assert told[0] > 1
            assert item["similarity"] == pytest.approx(float(far @ q), abs=0.01)
        elif kind in ("noise_injected", "perturbed", "adversarial"):
            assert told == [0.01]
            assert item["similarity"] == pytest.approx(float(vectors[-1] @ z[0, 7]), abs=0.06)
            assert item["coefficient"] == pytest.approx(1 if alone else 0.01 / 1.01)
        elif not alone:
            assert told == pytest.approx([item["coefficient"], 1 - item["coefficient"]], abs=0.0051)
    assert len(set(kinds)) == (6 if mixing == "synco" else 1)


def test_the_training_sized_group_has_the_batch_and_always_the_query(folder):
    for probe in range(0, 40, 9):
        question = asked(folder, probe=probe, view=4, group="batch")
        scene = answers.look(question)
        assert len(scene.items) == 16
        assert len(scene.views) == 3
        assert probe in scene.items
        assert 4 in scene.views
        _, (weight, _) = answers.weights(question, None)
        assert np.isfinite(weight).sum() == 15
        of_images = scene.neg_weights[0, : scene.neg_index.shape[1]]
        alike = len(scene.views) / scene.neg_weights.shape[1]
        assert np.nansum(weight) == pytest.approx(float(of_images.sum()) / alike, rel=1e-4)
    assert "as in training" in answers.query(question, None)["group"]["text"]


def test_clamp_share_is_that_of_the_training_sized_group(folder):
    lens = {"name": "sscl", "class_prior": 0.45, "n_synthetic": 0}
    answer = answers.query(asked(folder, lens=lens), None)
    scene = answers.look(asked(folder, lens=lens, probe=0, group="batch"))
    clamped = SSCL(class_prior=0.45)(pair_views(scene.z)).clamped
    assert answer["clamp"]["share"] == pytest.approx(clamped.float().mean().item())
    assert answers.query(asked(folder), None)["clamp"] is None


def test_a_lens_equal_to_the_runs_own_loss_is_none(folder):
    own = {"name": "sscl", **dataclasses.asdict(CONFIG.loss)}
    assert not asked(folder, lens=own).is_lens
    assert not asked(folder, lens=None).is_lens
    assert asked(folder).is_lens


def test_marks_on_the_circle_are_exact_and_on_a_map_among_neighbours(folder):
    xy = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    header, _ = answers.weights(asked(folder), xy)
    assert header["query_xy"] == pytest.approx(xy[7].tolist(), abs=0.05)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probe": 40}, "0 to 39, got 40"),
        ({"probe": "7"}, "whole number"),
        ({"view": 5}, "0 to 4"),
        ({"step": None}, "step must be a whole number"),
        ({"group": "friends"}, "friends"),
        ({"lens": {"name": "quadruplet"}}, "quadruplet"),
        ({"lens": {"name": "cacr", "t_pos": -1}}, "t_pos"),
        ({"lens": {"name": "cacr", "colour": 1}}, "colour"),
        ({"lens": "cacr"}, "lens"),
        ({"lens": {"name": "cacr", "n_synthetic": 10_000}}, "10000"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_sentence(folder, changes, message):
    with pytest.raises(ValueError, match=message):
        asked(folder, **changes)


def test_a_damaged_snapshot_refuses_no_query_of_the_sound_one_after_it(folder, tmp_path):
    run = shutil.copytree(folder, tmp_path / "run")
    assert answers.query(asked(run), None)["previous_step"] == 2
    for step, before in ((2, 1), (1, 0), (0, None)):
        path = files.snapshot_path(run, step)
        path.write_bytes(path.read_bytes()[:300])
        answer = answers.query(asked(run), None)
        assert (answer["step"], answer["previous_step"]) == (4, before)
        rows = [*answer["negatives"], *answer["positives"]]
        assert all((row["was"] is None) == (before is None) for row in rows)
