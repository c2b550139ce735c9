import dataclasses
import itertools
import json
import math

import numpy as np
import pytest
import torch

from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.presets import PRESETS
from cacr_core.training import TrainConfig, Training, choose_device, draws, make_loss, train

TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=6, snapshot_every=3, n_probes=32, embedding_dim=8
)


def tiny(**changes):
    return dataclasses.replace(TINY, **changes)


def test_snapshots_come_before_any_update_on_schedule_and_after_the_last():
    snapshots = list(train(TINY))
    assert [s.step for s in snapshots] == [0, 1, 2, 3, 6]
    for s in snapshots:
        assert s.embeddings.shape == (5, 32, 8)
        assert s.embeddings.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(s.embeddings, axis=-1), 1, atol=1e-5)
        assert all(math.isfinite(v) for v in s.metrics.values())
        assert s.metrics["loss"] == pytest.approx(
            s.metrics["attraction"] + s.metrics["repulsion"], abs=1e-5
        )
    assert "knn_features" in snapshots[0].metrics
    assert "knn_features" in snapshots[-1].metrics


@pytest.mark.parametrize(
    "config",
    [
        tiny(),
        tiny(loss=SSCL(), n_synthetic=2, pool_size=4, n_views=3),
        tiny(negatives="later_views", backbone="small", embedding_dim=2),
    ],
    ids=["cacr", "sscl", "later"],
)
def test_equal_configs_give_equal_snapshots(config):
    torch.manual_seed(1)
    first = list(train(config))
    torch.manual_seed(2)
    for a, b in zip(first, train(config), strict=True):
        assert a.metrics == b.metrics
        assert np.array_equal(a.embeddings, b.embeddings)


def test_looking_more_often_changes_nothing():
    config = tiny(snapshot_every=6)
    watched, unwatched = Training(config), Training(config)
    for _ in range(4):
        watched.snapshot()
        watched.update()
        unwatched.update()
    assert np.array_equal(watched.snapshot().embeddings, unwatched.snapshot().embeddings)


@pytest.mark.parametrize(
    "other",
    [
        tiny(loss=InfoNCE()),
        tiny(n_views=4),
        tiny(loss=SSCL(), n_synthetic=3, pool_size=5),
    ],
    ids=["another loss", "more views", "synthetics"],
)
def test_paired_runs_share_first_weights_batches_and_first_two_views(other):
    a, b = Training(TINY), Training(other)
    for name, value in a.encoder.state_dict().items():
        assert torch.equal(value, b.encoder.state_dict()[name]), name
    assert np.array_equal(a.snapshot().embeddings, b.snapshot().embeddings)
    for _ in range(3):
        assert torch.equal(a.source.batch_index(a.step), b.source.batch_index(b.step))
        for view in range(2):
            assert torch.equal(a.source.view(a.step, view), b.source.view(b.step, view))
        a.update()
        b.update()
    assert not np.array_equal(a.snapshot().embeddings, b.snapshot().embeddings)


def test_another_seed_is_another_run():
    one, other = next(train(TINY)), next(train(tiny(seed=1)))
    assert not np.array_equal(one.embeddings, other.embeddings)


def test_every_image_is_seen_once_an_epoch():
    training = Training(tiny(n_steps=1000))
    n = len(training.source.images) // TINY.batch_size
    seen = []
    for step in range(n):
        seen += training.source.batch_index(step).tolist()
    assert len(set(seen)) == len(seen) == n * TINY.batch_size


def test_probe_training_and_held_out_images_are_disjoint():
    train_part, probe, held_out = Training(TINY).source.splits
    keys = [
        {image.numpy().tobytes() for image in part.images} for part in (train_part, probe, held_out)
    ]
    for a, b in itertools.combinations(keys, 2):
        assert not a & b


def test_a_saved_state_goes_on_as_if_never_stopped():
    straight, first, second = Training(TINY), Training(TINY), Training(TINY)
    for _ in range(4):
        straight.update()
    for _ in range(2):
        first.update()
    second.load_state(first.state())
    assert second.step == 2
    assert second.snapshot().metrics == first.snapshot().metrics
    third = Training(TINY)
    third.load_state(second.state())  # saved before it went on
    assert third.snapshot().metrics == first.snapshot().metrics
    for _ in range(2):
        second.update()
    a, b = straight.snapshot(), second.snapshot()
    assert np.array_equal(a.embeddings, b.embeddings)


def test_an_update_that_fails_before_the_weights_move_leaves_nothing_behind(monkeypatch):
    training = Training(TINY)
    training.update()
    before = {k: v.clone() for k, v in training.state().items()}
    monkeypatch.setattr(training, "_told", lambda total, gradients: (math.nan, math.nan, None))
    with pytest.raises(FloatingPointError):
        training.update()
    assert all(torch.equal(value, before[name]) for name, value in training.state().items())


def test_a_state_of_another_network_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        Training(TINY).load_state(Training(tiny(embedding_dim=4)).state())


def test_training_lowers_the_loss():
    config = tiny(n_steps=40, snapshot_every=40, batch_size=64)
    snapshots = list(train(config))
    assert snapshots[-1].metrics["loss"] < snapshots[1].metrics["loss"] - 0.05


def test_a_loss_that_is_not_finite_is_refused_and_leaves_the_weights():
    training = Training(tiny(lr=1e3))
    training.update()
    with torch.no_grad():
        next(training.encoder.backbone.parameters()).fill_(float("inf"))
    before = {k: v.clone() for k, v in training.encoder.named_parameters()}
    with pytest.raises(FloatingPointError, match=r"step 1.*Lower lr \(now 1000\)"):
        training.update()
    for name, value in training.encoder.named_parameters():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize("broken", [math.nan, 1e30])
def test_embeddings_that_are_no_numbers_end_the_run_and_are_not_scored(broken):
    training = Training(tiny(lr=1e3))
    training.update()
    with torch.no_grad():
        training.encoder.projection_head[-1].bias.fill_(broken)
    sentence = (
        r"The embeddings of the probes are no numbers any more at step 1\. Lower lr \(now 1000"
    )
    with pytest.raises(FloatingPointError, match=sentence):
        training.snapshot()
    with pytest.raises(FloatingPointError, match="The embeddings of held-out images are no num"):
        training.scores()
    with pytest.raises(FloatingPointError, match="The loss is nan"):
        training.update()


def test_draws_depend_on_seed_purpose_and_step():
    first = torch.rand(3, generator=draws(0, "view-0", 5))
    assert torch.equal(first, torch.rand(3, generator=draws(0, "view-0", 5)))
    for other in (draws(1, "view-0", 5), draws(0, "view-1", 5), draws(0, "view-0", 6)):
        assert not torch.equal(first, torch.rand(3, generator=other))


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json(name):
    config = PRESETS[name].config
    assert TrainConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_views": 1}, "n_views.*1"),
        ({"batch_size": 1}, "batch_size.*1"),
        ({"n_steps": 2.5}, r"whole number.*2\.5"),
        ({"lr": 0.0}, r"lr.*0\.0"),
        ({"lr": math.nan}, "lr.*nan"),
        ({"backbone": "resnet9000"}, "resnet9000"),
        ({"mixing": "shaken"}, "shaken"),
        ({"device": "abacus"}, "abacus"),
        ({"n_synthetic": 4, "pool_size": 31}, r"30 negatives.*31"),
        ({"loss": SSCL(), "negatives": "later_views"}, "all_views"),
        ({"loss": "cacr"}, "loss must be one of"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_value(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


def test_a_batch_larger_than_the_data_is_refused_with_both_figures():
    with pytest.raises(ValueError, match=r"training images of digits.*4096"):
        Training(tiny(batch_size=4096))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"optimiser": "adam"}), "optimiser"),
        (json.dumps({"loss": {"name": "quadruplet"}}), "quadruplet"),
        (json.dumps({"loss": {"name": "cacr", "tau": 1}}), "tau"),
        (json.dumps({"loss": {"name": "cacr", "t_pos": "sharp"}}), "sharp"),
        (json.dumps([1, 2]), "JSON object"),
    ],
)
def test_configs_from_elsewhere_are_checked(text, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig.from_json(text)


def test_a_whole_number_serves_where_a_float_is_due():
    assert make_loss("cacr", t_pos=2) == CACR(t_pos=2)


@pytest.mark.parametrize("device", ["cuda", "mps", "cpu"])
def test_every_device_that_exists_trains(device):
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if here.get(device, True):
        config = tiny(device=device, n_steps=2, loss=SSCL(), n_synthetic=2, pool_size=4)
        last = list(train(config))[-1]
        assert last.step == 2
        assert Training(config).device.type == device
    else:
        with pytest.raises(ValueError, match="no device"):
            choose_device(device)
