"""What each preset of the live page tells one to watch is there to be seen in its recording."""

import dataclasses
import itertools

import numpy as np
import pytest

from cacr_core import runs
from cacr_core.layouts.process import laid_out_steps
from cacr_core.losses import SSCL
from cacr_core.papers.record import ANYWHERE, N_PROBES_FEW
from cacr_core.presets import DEFAULT, PRESETS, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from cacr_core.training import TrainConfig
from tests.moments import is_clamped, known, of_recording, pair_distances, pulls, softmax
from web.live import answers
from web.live.readings import diagnosis
from web.settings.fields import field_of

LIVE = sorted(PRESETS)


def moments(name):
    return of_recording(recording_of(name))


def opened(name):
    """The moment that the page opens on."""
    found = moments(name)
    step = PRESETS[name].view.get("step", found[-1].step)
    return next(m for m in found if m.step == step)


def one_query(name, **changes):
    m = opened(name)
    asked = {"step": m.step, "probe": 0, "view": 0, "group": "probes", "lens": None}
    asked["group"] = PRESETS[name].view.get("group", "probes")
    return answers.query(answers.understand(asked | changes, RECORDED / m.run), None)


# --- the recordings


@pytest.mark.parametrize("name", LIVE)
def test_a_recording_is_of_its_presets_config_and_finished(name):
    folder = RECORDED / recording_of(name)
    fewer = {} if name == DEFAULT else {"n_probes": N_PROBES_FEW}
    config = TrainConfig.from_json((folder / "config.json").read_text())
    assert config == dataclasses.replace(PRESETS[name].config, **ANYWHERE, **fewer)
    assert runs.status(folder) == "finished"
    assert files.read_json(folder / "probes.json")["n"] == config.n_probes
    run = files.read_json(folder / "run.json")
    assert (run["device"], run["precision"]) == tuple(ANYWHERE.values())
    assert run["title"] == f"{PRESETS[name].title}, recorded"


@pytest.mark.parametrize("name", LIVE)
def test_a_recording_keeps_its_presets_moment_and_is_laid_out_throughout(name):
    folder = RECORDED / recording_of(name)
    steps = files.snapshot_steps(folder)
    assert (steps[0], steps[-1]) == (0, PRESETS[name].config.n_steps)
    assert len(steps) >= 10
    assert PRESETS[name].view.get("step", steps[-1]) in steps
    if PRESETS[name].config.embedding_dim > 3:
        assert laid_out_steps(folder, "embeddings") == steps


# --- what they say


def cacr_4():
    m = opened("cacr-4")
    pos, _ = pair_distances(m.z)
    assert PRESETS["cacr-4"].config.n_views == 5
    assert pos.shape[1] == 4
    own = softmax(m.loss["t_pos"] * pos)
    assert (own.argmax(1) == pos.argmax(1)).all()
    assert 0.27 < own.max(1).mean() < 0.4
    assert field_of("cacr", "t_pos").most == 10
    sharp = softmax(10 * pos).max(1)
    assert sharp.mean() == pytest.approx(2 / 3, abs=0.05)
    assert sharp[0] < 0.5  # the query that the page opens on: only on average, then


def cacr_1():
    m = opened("cacr-1")
    pos, _ = pair_distances(m.z[:2])
    assert pos.shape[1] == PRESETS["cacr-1"].config.n_views - 1 == 1
    assert (softmax(m.loss["t_pos"] * pos) == 1).all()
    _, neg = pair_distances(m.z)
    times = softmax(-m.loss["t_neg"] * neg) * neg.shape[1]
    assert (times.argmax(1) == neg.argmin(1)).all()
    assert times.max(1)[0] > 10
    assert np.median(times.max(1)) > 10
    assert one_query("cacr-1")["negatives"][0]["times_uniform"] > 10


def sscl():
    told = [one_query("sscl", probe=probe) for probe in range(0, 60, 2)]
    assert {one["n_negatives"] for one in told} == {134}
    assert {len(one["synthetics"]["items"]) for one in told} == {8}
    nearer = [
        item["similarity"] > max(parent["similarity"] for parent in item["parents"])
        for one in told
        for item in one["synthetics"]["items"]
    ]
    assert np.mean(nearer) > 0.4
    shares = np.array([one["synthetics"]["share"] for one in told])
    assert shares.mean() / (8 / 134) == pytest.approx(3, abs=0.5)
    assert (shares > 8 / 134).mean() > 0.9
    assert shares[0] / (8 / 134) < 2.5  # the query that the page opens on: only on average, then


def pushes(m, tau):
    """What the pushes of InfoNCE sum to, of each query of a training-sized group."""
    pos, neg = m.of_batch
    loss = {"name": "infonce", "temperature": tau}
    return np.array([-pulls(loss, *one)[1].sum() for one in zip(pos, neg, strict=True)])


def infonce():
    found = moments("infonce")
    assert PRESETS["infonce"].config.loss.temperature == 0.5
    own = [pushes(m, 0.5).mean() for m in found]
    assert own[-1] < own[0]
    assert np.mean(np.diff(own) < 0) > 0.8
    assert own[-1] > 0.95 * 2  # hardly
    sharp = pushes(found[-1], 0.1)
    assert sharp.mean() == pytest.approx(0.75 * 10, abs=0.3)  # by a quarter
    pos, neg = found[-1].of_batch
    sure = np.exp((1 - pos[:, 0] / 2) / 0.1)
    sure /= sure + np.exp((1 - neg / 2) / 0.1).sum(1)
    assert np.corrcoef(sure, sharp)[0, 1] < -0.999
    lens = {"name": "cacr", "t_pos": 1.0, "t_neg": 2.0, "n_synthetic": 0}
    for step in (found[0].step, found[-1].step):
        sums = one_query("infonce", step=step, lens=lens)["sums"]
        assert "2α = 2 on positives and −2β = −2 on negatives" in sums
    assert "now 1.9" in one_query("infonce")["sums"]


def cacr_uniform():
    m = opened("cacr-uniform")
    assert all(np.ptp(one) < 1e-9 for one in m.weights)
    contrasted = opened("cacr-4")
    assert m.about["dim"] == contrasted.about["dim"]
    assert m.rank < 4 < 0.2 * contrasted.rank


def debiased():
    m = opened("debiased")
    assert m.loss["class_prior"] == 0.3
    pos, neg = m.of_batch
    clamped = is_clamped(m.loss, pos, neg)[:, 0]
    assert 0.88 < clamped.mean() < 0.95
    assert m.now["clamped"] > 0.88
    for row in range(len(pos)):
        with_prior = pulls(m.loss, pos[row], neg[row])[1]
        without = pulls(m.loss | {"class_prior": 0.0}, pos[row], neg[row])[1]
        assert (without < 0).all()
        if clamped[row]:
            assert not with_prior.any()
        else:
            assert (with_prior < without).all()  # all of them, false negatives too
    assert 0.88 < one_query("debiased")["clamp"]["share"] < 0.95


def hcl():
    m = opened("hcl")
    mixing, plain = PRESETS["sscl"].config, PRESETS["hcl"].config
    assert isinstance(plain.loss, SSCL)
    assert dataclasses.replace(mixing, n_synthetic=0) == plain
    assert plain.loss.class_prior > 0
    pos, neg = pair_distances(m.z)
    drawn_in = 0
    for row in range(0, len(pos), 8):
        pull = pulls(m.loss, pos[row], neg[row])[1]
        order = neg[row].argsort()
        assert (np.diff(softmax(-2 * neg[row : row + 1])[0][order]) <= 0).all()
        if (pull > 0).any():
            drawn_in += 1
            assert neg[row][pull > 0].min() > neg[row][pull < 0].max()
        fixed = pulls(m.loss | {"detach_weights": True}, pos[row], neg[row])[1]
        assert (fixed <= 0).all()  # through the weights alone
    assert drawn_in == len(range(0, len(pos), 8))
    assert one_query("hcl")["n_attracted"] > 100


def is_drawn_as_it_is(name, dim):
    assert PRESETS[name].config.embedding_dim == dim
    assert opened(name).z.shape[2] == dim
    assert np.linalg.norm(opened(name).z, axis=2) == pytest.approx(1, abs=2e-3)


def circle():
    is_drawn_as_it_is("circle", 2)
    found = moments("circle")
    assert found[-1].alignment < 0.2 * found[0].alignment
    even = [m.uniformity for m in found]
    lowest = int(np.argmax(even))
    assert 0 < lowest < len(found) // 3  # drawn together at first
    assert even[lowest] > even[0] + 0.2
    assert even[-1] < even[0] < even[lowest]  # spread again, and more evenly than before


def sphere():
    is_drawn_as_it_is("sphere", 3)
    found = moments("sphere")
    assert found[-1].alignment < 0.2 * found[0].alignment
    assert found[-1].uniformity < found[0].uniformity
    labels = np.array(files.read_json(RECORDED / "live-sphere" / "probes.json")["labels"])

    def shared(m):
        near = np.argsort(-(m.z[0] @ m.z[0].T) + 9 * np.eye(len(labels)), axis=1)[:, :10]
        return (labels[near] == labels[:, None]).mean()

    assert shared(found[-1]) == pytest.approx(0.5, abs=0.05)
    assert shared(found[0]) == pytest.approx(1 / 8, abs=0.03)  # nearer to 1 of 10 than to 2
    assert known(found[-1], "knn_embeddings")[-1][1] > 3 / 8


def collapse():
    found = moments("collapse")
    assert PRESETS["collapse"].config.loss.beta == 0
    spreads = [m.spread for m in found]
    assert spreads[0] > 0.7
    assert opened("collapse").spread <= 0.08
    assert all(later <= before + 1e-4 for before, later in itertools.pairwise(spreads))
    assert "one place for all is a perfect answer" in diagnosis(found[-1].rows, found[-1].about)


def too_fast():
    m = opened("too-fast")
    default = next(f.default for f in dataclasses.fields(TrainConfig) if f.name == "lr")
    assert PRESETS["too-fast"].config.lr == pytest.approx(1_000 * default)
    assert m.step == 20
    assert [n.spread < 0.01 for n in moments("too-fast") if n.step <= 20] == [
        False,
        True,
        True,
        True,
    ]
    assert "Likely cause: the learning rate" in diagnosis(m.rows, m.about)


# Each line in the words whose facts the function beside it works out: other words, other facts.
WATCHED = {
    cacr_4: ("in five views", "four positives", "farthest weigh most, if not by much",
             "a quarter each", "t⁺ to 10", "on average over queries it takes two thirds"),
    cacr_1: ("the only positive always has weight 1", "over ten times the average"),
    sscl: ("often nearer than both", "on average over queries, 8 of 134 negatives "
           "carry about three times their share"),
    infonce: ("one softmax over the positive and all negatives",
              "sum to: the less, the surer a query is", "At τ 0.5 hardly", "at 0.1, in the lens, a "
              "quarter is gone", "CACR's keep their sum"),
    cacr_uniform: ("every positive and every negative counts alike",
                   "without contrast among negatives few directions are used"),
    debiased: ("Three negatives in ten", "all are pushed harder, false ones too, or none where the "
               "clamp acts", "in the end nine queries in ten and more push nothing away"),
    hcl: ("Near negatives are sampled more, with debiasing; SSCL without the synthetics",
          "far negatives with a pull above 0: through the weights they are drawn in"),
    circle: ("two dimensions", "is the embedding itself", "views of an image come together",
             "the points too at first", "spread along the circle again"),
    sphere: ("three dimensions", "is the embedding itself",
             "in the end 5 of 10 nearest neighbours share them, by chance 1"),
    collapse: ("Repulsion is switched off", "one place is a perfect answer", "shrink to a dot",
               "its size is how far the images lie apart"),
    too_fast: ("a thousand times too high", "collapse within a few updates",
               "the page names the likely cause"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIVE)
def test_what_one_is_told_to_watch_is_there(name):
    shown = next(shown for shown in WATCHED if shown.__name__ == name.replace("-", "_"))
    first, second = PRESETS[name].watch
    assert second.startswith("Watch ")
    assert all(words in f"{first} {second}" for words in WATCHED[shown])
    shown()
