"""A single update made again: what it tells is what the run recorded of it."""

import dataclasses

import numpy as np
import pytest
import torch

from cacr_core.losses import SSCL, InfoNCE, SupCon
from cacr_core.pairs import pair_views
from cacr_core.papers.record import EXAMPLE, STATES
from cacr_core.runs import folder as files
from cacr_core.runs import states
from cacr_core.runs.lanes import Lanes
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.worker import work
from cacr_core.runs.zips import open_zip, to_zip
from cacr_core.training import TrainConfig, Training
from cacr_core.training.inside import look_inside

TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=20, snapshot_every=2, n_probes=32, embedding_dim=8,
    precision="float32", device="cpu",
)  # fmt: skip
SYNTHETIC = dataclasses.replace(TINY, loss=SSCL(), n_synthetic=3, pool_size=4, n_views=3)
QUEUED = dataclasses.replace(TINY, host="queue", queue_size=24, n_synthetic=2, pool_size=4)
LABELLED = dataclasses.replace(TINY, loss=SupCon())
CONFIGS = {"cacr": TINY, "synthetic": SYNTHETIC, "queue": QUEUED, "labels": LABELLED}


@pytest.fixture(scope="module", params=CONFIGS)
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / request.param
    files.write_bytes(folder / "config.json", CONFIGS[request.param].to_json().encode())
    assert work(folder) == "finished"
    return folder, CONFIGS[request.param]


def opened(folder, config, step):
    training = Training(config)
    if step:
        training.load_state(states.read_state(folder, step))
    return look_inside(training), training


def row_after(folder, step):
    return next(row for row in files.read_metrics(folder) if row["step"] == step + 1)


def test_loss_and_gradient_made_again_are_those_that_the_run_recorded(run):
    folder, config = run
    assert states.openable(folder) == [0, 9, 19, 20]
    assert states.kept_steps(folder) == [0, 9, 19]
    for step in (0, 9, 19):
        made, recorded = opened(folder, config, step)[0], row_after(folder, step)
        assert made.step == step
        assert made.loss == pytest.approx(recorded["loss"], rel=1e-6)
        assert made.gradient_norm == pytest.approx(recorded["gradient_norm"], rel=1e-6)
        assert made.rate == pytest.approx(config.lr * recorded["rate"])


def test_the_states_that_ship_give_the_loss_and_gradient_of_the_recording():
    folder = RECORDED / EXAMPLE
    config = TrainConfig.from_json((folder / "config.json").read_text())
    assert states.openable(folder) == [0, *STATES]
    for step in states.openable(folder):
        made, recorded = opened(folder, config, step)[0], row_after(folder, step)
        # another number of threads or another processor adds up in another order
        assert made.loss == pytest.approx(recorded["loss"], abs=2e-6 * recorded["attraction"])
        assert made.gradient_norm == pytest.approx(recorded["gradient_norm"], rel=1e-4)
    assert sum(path.stat().st_size for path in folder.glob("states/*")) < 5e6


def test_the_weights_after_it_are_those_of_the_run(run):
    folder, config = run
    _, training = opened(folder, config, 19)
    last = states.read_state(folder, 20)
    for name, value in training.encoder.state_dict().items():
        assert torch.equal(value, last[f"encoder.{name}"]), name


def test_looking_inside_changes_nothing_of_the_update(run):
    _, config = run
    watched, plain = Training(config), Training(config)
    for _ in range(3):
        look_inside(watched)
        plain.update()
    for name, value in plain.state().items():
        assert torch.equal(value, watched.state()[name]), name


def test_the_gradient_of_an_embedding_is_that_of_its_pairs(run):
    """By the chain rule with d = 2 - 2 z z': each pair adds -2 dL/dd times the other end."""
    folder, config = run
    made, _ = opened(folder, config, 9)
    if config.n_synthetic or config.host != "batch":
        pytest.skip("keys and synthetics carry no gradient of their own")
    z = made.before.flatten(0, 1).double()
    n_queries, force = len(z), torch.zeros_like(z)
    for query in range(n_queries):
        pos, neg = made.columns(query)
        for others, pulls in ((pos, made.pulls.pos[query]), (neg, made.pulls.neg[query])):
            share = pulls.double()[:, None] / n_queries
            force[query] -= (share * z[others]).sum(0)
            force.index_add_(0, others, -share * z[query])
    assert torch.allclose(force, made.gradient.flatten(0, 1).double(), atol=1e-7)


def test_pairs_stand_for_the_samples_that_are_named(run):
    folder, config = run
    made, _ = opened(folder, config, 9)
    z = made.before.flatten(0, 1)
    far = (2 - 2 * z @ z.T).clamp_min(0)
    for query in (0, 5, len(z) - 1):
        pos, neg = made.columns(query)
        n_made = made.n_queued + made.n_synthetic
        assert len(neg) + n_made == made.pairs.neg.shape[1]
        np.testing.assert_allclose(made.pairs.neg[query, : len(neg)], far[query, neg], atol=1e-5)
        assert set((pos % config.batch_size).tolist()) == {query % config.batch_size}
        assert query % config.batch_size not in (neg % config.batch_size).tolist()


def test_the_layers_lead_from_the_views_to_the_embeddings(run):
    folder, config = run
    made, _ = opened(folder, config, 9)
    shapes = [layer.shape for layer in made.layers]
    assert [shape[0] for shape in shapes] == [24, 64, 128, 128, 128, 256, 8]
    assert shapes[4] == (128,)
    n = config.n_views * config.batch_size
    assert all(len(layer.activations) == n for layer in made.layers)
    assert (made.layers[0].activations >= 0).all(), "after its ReLU"
    last = made.layers[-1].activations.float()
    unit = last / last.norm(dim=1, keepdim=True)
    np.testing.assert_allclose(unit, made.before.flatten(0, 1), atol=2e-3)


def test_the_step_lowers_the_loss_of_its_own_batch():
    training = Training(dataclasses.replace(TINY, loss=InfoNCE(), lr=0.003))
    for _ in range(4):
        training.update()
    made = look_inside(training)
    after = training.config.loss(pair_views(made.after)).total.item()
    assert after < made.loss


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"host": "predictor"}, "no pairs"), ({"negatives": "later_views"}, "pair of views")],
    ids=["predictor", "later"],
)
def test_an_update_without_queries_is_refused(changes, words):
    training = Training(dataclasses.replace(TINY, **changes))
    with pytest.raises(ValueError, match=words):
        look_inside(training)
    assert training.step == 0


def test_an_update_that_is_asked_for_alone_has_its_state_kept(tmp_path):
    files.write_bytes(tmp_path / "config.json", TINY.to_json().encode())
    lanes = Lanes(tmp_path)
    lanes.open("test")
    for keep in (True, False, True, False):
        lanes.update(keep)
    assert states.kept_steps(tmp_path) == [0, 2]


def test_a_run_that_was_sent_opens_its_updates_elsewhere(run, tmp_path):
    folder, config = run
    sent = tmp_path / "sent"
    open_zip(to_zip(folder), sent)
    assert states.openable(sent) == states.openable(folder)
    assert opened(sent, config, 9)[0].loss == opened(folder, config, 9)[0].loss


def test_a_state_of_another_network_is_refused(run):
    folder, config = run
    other = Training(dataclasses.replace(config, embedding_dim=16))
    with pytest.raises(ValueError, match="does not fit"):
        other.load_state(states.read_state(folder, 9))


def test_of_many_states_the_most_telling_are_kept(tmp_path):
    training = Training(dataclasses.replace(TINY, n_states=6))
    for _ in range(14):
        states.keep(tmp_path, training)
        training.update()
    steps = states.kept_steps(tmp_path)
    assert len(steps) == 6
    assert (steps[0], steps[-1]) == (0, 13)
    assert np.diff(steps).max() <= 4


@pytest.mark.parametrize(
    ("asked", "share", "kept"), [(0, 1, 0), (1, 1, 1), (8, 2, 4), (2, 1, 2), (4, 5, 0)]
)
def test_as_many_states_are_kept_as_were_asked_for_and_their_bytes_allow(
    tmp_path, monkeypatch, asked, share, kept
):
    """Each is `share` times as large as one may be."""
    training = Training(dataclasses.replace(TINY, n_states=asked))
    training.update()
    n_bytes = sum(t.nbytes for t in training.state().values())
    monkeypatch.setattr(states, "A_STATE", -(-n_bytes // share))
    for _ in range(10):
        states.keep(tmp_path, training)
        training.update()
    assert len(states.kept_steps(tmp_path)) == kept


def test_a_state_that_is_not_there_or_damaged_is_said(run, tmp_path):
    folder, _ = run
    with pytest.raises(ValueError, match=r"no state of step 7.*0, 9, 19, 20"):
        states.read_state(folder, 7)
    (tmp_path / "states").mkdir()
    states.state_path(tmp_path, 3).write_bytes(b"no tensors")
    with pytest.raises(ValueError, match="damaged"):
        states.read_state(tmp_path, 3)
