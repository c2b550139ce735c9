import dataclasses
import statistics

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from cacr_core.__main__ import config_from
from cacr_core.losses import CACR, SSCL, InfoNCE, cacr_moco_v3
from cacr_core.pairs import MIXINGS, pair_views, pair_with_queue, with_synthetic_negatives
from cacr_core.runs import folder as files
from cacr_core.training import HOSTS, Source, TrainConfig, Training
from tests import reference
from tests.test_pairs import OF_PARENTS
from web.settings.fields import RUN_FIELDS

TINY = TrainConfig(
    dataset="digits",
    batch_size=16,
    n_steps=6,
    snapshot_every=3,
    n_probes=32,
    embedding_dim=8,
    host="queue",
    queue_size=40,
    momentum=0.9,
)


@pytest.fixture(scope="module")
def source():
    return Source(TINY)


def tiny(**changes):
    return dataclasses.replace(TINY, **changes)


def rows(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, dtype=torch.float64, generator=generator), dim=-1)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def embeddings(n_views=3, n_items=6, n_queued=9, dim=5):
    return rows(n_views, n_items, dim), rows(n_views, n_items, dim, seed=1), rows(n_queued, dim)


def same(a, b):
    """Snapshots equal to the bit."""
    pairs = ((getattr(a, name), getattr(b, name)) for name in ("embeddings", "features", "queue"))
    assert a.metrics == b.metrics
    return all(x is y is None or np.array_equal(x, y) for x, y in pairs)


@pytest.mark.parametrize("in_batch", [True, False])
def test_every_view_has_its_own_distances_batch_first_then_queue(in_batch):
    q, k, queue = embeddings()
    pairs = pair_with_queue(q, k, queue, in_batch)
    pos, neg = zip(*reference.queue_distances(q, k, queue, in_batch), strict=True)
    torch.testing.assert_close(pairs.pos, q.new_tensor(pos))
    torch.testing.assert_close(pairs.neg, q.new_tensor(neg))


@pytest.mark.parametrize("in_batch", [True, False])
@pytest.mark.parametrize("loss", [CACR(t_pos=1.5, beta=0.7), SSCL(), InfoNCE(0.2)])
def test_losses_of_a_queue_equal_those_written_with_loops(loss, in_batch):
    q, k, queue = embeddings(n_views=3 if isinstance(loss, CACR) else 2)
    by_hand = []
    for pos, neg in reference.queue_distances(q, k, queue, in_batch):
        if isinstance(loss, CACR):
            settings = (loss.t_pos, loss.t_neg, loss.alpha, loss.beta)
            by_hand.append(reference.cacr_of_one_query(pos, neg, *settings))
        else:
            settings = (loss.beta, loss.class_prior) if isinstance(loss, SSCL) else (0, 0)
            by_hand.append(reference.sscl_of_one_query(pos[0], neg, loss.temperature, *settings))
    total = loss(pair_with_queue(q, k, queue, in_batch)).total.item()
    assert total == pytest.approx(statistics.fmean(by_hand), rel=1e-12)


def test_infonce_on_two_views_and_the_queue_alone_is_moco():
    q, k, queue = embeddings(n_views=2)
    one_way = reference.moco_by_cross_entropy(q[0], k[1], queue, 0.2)
    other_way = reference.moco_by_cross_entropy(q[1], k[0], queue, 0.2)
    total = InfoNCE(0.2)(pair_with_queue(q, k, queue, in_batch=False)).total
    torch.testing.assert_close(total, (one_way + other_way) / 2)


@pytest.mark.parametrize("n_synthetic", [0, 4])
def test_no_gradient_reaches_keys_or_queue(n_synthetic):
    q, k, queue = (part.requires_grad_() for part in embeddings())
    pairs = pair_with_queue(q, k, queue)
    if n_synthetic:
        pairs, _ = with_synthetic_negatives(
            pairs, q, n_synthetic=n_synthetic, pool_size=12, generator=seeded(), queue=queue
        )
    CACR()(pairs).total.backward()
    assert q.grad.abs().sum() > 0
    assert k.grad is None
    assert queue.grad is None


def test_gradient_reaches_both_ends_of_a_pair_within_the_batch():
    q, k, queue = embeddings()
    pairs = pair_with_queue(q.requires_grad_(), k, queue)
    (grad,) = torch.autograd.grad(pairs.neg[0, 2], q)  # view 0, item 0 and its third other: item 3
    torch.testing.assert_close(grad[0, 0], -2 * q[0, 3])
    torch.testing.assert_close(grad[0, 3], -2 * q[0, 0])
    assert grad.count_nonzero() == 2 * q.shape[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": rows(3, 5, 5)}, r"\(3, 6, 5\).*\(3, 5, 5\)"),
        ({"queue": rows(9, 4)}, r"\(n, 5\).*\(9, 4\)"),
        ({"queue": rows(1, 5)[:0]}, r"at least one entry.*\(0, 5\)"),
    ],
)
def test_keys_and_queues_that_do_not_fit_are_refused_with_the_shapes(change, message):
    q, k, queue = embeddings()
    with pytest.raises(ValueError, match=message):
        pair_with_queue(**({"q": q, "k": k, "queue": queue} | change))


@pytest.mark.parametrize("in_batch", [True, False])
@pytest.mark.parametrize("mixing", OF_PARENTS)
def test_synthetics_of_a_queue_are_unit_mixes_of_a_querys_own_negatives(mixing, in_batch):
    q, k, queue = embeddings()
    pairs = pair_with_queue(q, k, queue, in_batch)
    wide, made = with_synthetic_negatives(
        pairs, q, n_synthetic=20, pool_size=8, mixing=mixing, generator=seeded(), queue=queue
    )
    samples = torch.cat([q.flatten(0, 1), queue])
    weight = made.coefficients if made.coefficients.dim() == 3 else made.coefficients[..., None]
    mix = weight * samples[made.parents[..., 0]] + (1 - weight) * samples[made.parents[..., 1]]
    torch.testing.assert_close(made.embeddings, mix / mix.norm(dim=-1, keepdim=True))
    by_hand = ((q.flatten(0, 1)[:, None] - made.embeddings) ** 2).sum(-1)
    n_neg = pairs.neg.shape[1]
    torch.testing.assert_close(wide.neg[:, n_neg:], by_hand)
    for query in range(18):
        view, item = divmod(query, 6)
        allowed = set(range(18, 27))
        if in_batch:
            allowed |= {view * 6 + j for j in range(6) if j != item}
        second = set(made.parents[query, :, 1].tolist())
        assert second <= allowed
        assert mixing == "hard_easy" or MIXINGS[mixing].n_parents == 1 or max(second) >= 18


def test_a_queue_leaves_the_draws_as_they_are():
    q, k, queue = embeddings()
    _, without = with_synthetic_negatives(
        pair_views(q), q, n_synthetic=3, pool_size=5, generator=seeded()
    )
    more, _, _ = with_synthetic_negatives(
        pair_with_queue(q, k, queue), q, n_synthetic=7, pool_size=5, generator=seeded(), queue=queue
    )[1]
    fewer, coefficients, _ = with_synthetic_negatives(
        pair_with_queue(q, k, queue), q, n_synthetic=3, pool_size=5, generator=seeded(), queue=queue
    )[1]
    assert torch.equal(coefficients, without.coefficients)
    assert torch.equal(fewer, more[:, :3])


def test_synthetics_of_another_queue_are_refused():
    q, k, queue = embeddings()
    with pytest.raises(ValueError, match=r"\(18, 8\) or \(18, 13\), got \(18, 14\)"):
        with_synthetic_negatives(
            pair_with_queue(q, k, queue), q, n_synthetic=1, pool_size=2, queue=queue[:8]
        )


@pytest.mark.parametrize("n_keys", [2, 4], ids=["light", "full"])
@pytest.mark.parametrize("cost", ["rbf", "euclidean"])
def test_cacr_with_predictions_and_keys_equals_loops_in_value_and_gradient(cost, n_keys):
    q, k = rows(4, 5, 3).requires_grad_(), rows(n_keys, 5, 3, seed=1).requires_grad_()
    record = cacr_moco_v3(q, k, 0.3, cost)
    by_hand = reference.cacr_moco_v3_by_loops(q, k.detach(), 0.3, cost)
    torch.testing.assert_close(record.total, by_hand)
    grads = [torch.autograd.grad(total, q)[0] for total in (record.total, by_hand)]
    torch.testing.assert_close(*grads)
    assert not torch.autograd.grad(cacr_moco_v3(q, k).total, k, allow_unused=True)[0]
    for weights, n in ((record.pos_weights, 3), (record.neg_weights, 4)):
        assert weights.shape == (n_keys * 5, n)
        torch.testing.assert_close(weights.sum(1), torch.ones(n_keys * 5, dtype=q.dtype))


def test_with_two_crops_the_rbf_form_is_half_of_moco_v3():
    q, k = rows(2, 7, 4), rows(2, 7, 4, seed=1)
    total = cacr_moco_v3(q, k, 0.25, "rbf").total.item()
    assert total == pytest.approx(reference.moco_v3(q, k, 0.25) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": rows(4, 6, 5)}, r"1 to 3 views.*\(4, 6, 5\)"),
        ({"q": rows(1, 6, 5)}, r"2 views or more.*\(1, 6, 5\)"),
        ({"temperature": 0.0}, r"above 0, got 0\.0"),
        ({"cost": "cosine"}, "cosine"),
    ],
)
def test_predictions_and_keys_that_do_not_fit_are_refused(settings, message):
    q, k, _ = embeddings()
    with pytest.raises(ValueError, match=message):
        cacr_moco_v3(**({"q": q, "k": k} | settings))


HOSTED = pytest.mark.parametrize(
    "config",
    [
        TINY,
        tiny(loss=SSCL(), n_synthetic=2, pool_size=30, n_views=3),
        tiny(host="predictor", loss=CACR(cost="rbf", t_pos=5.0), n_views=3),
    ],
    ids=["cacr", "sscl", "predictor"],
)


@HOSTED
def test_a_hosted_run_is_the_same_again_and_goes_on_as_if_never_stopped(config, source):
    straight, first, second = (Training(config, source) for _ in range(3))
    for _ in range(4):
        straight.update()
    for _ in range(2):
        first.update()
    saved = {k: v.clone() for k, v in first.state().items()}
    for _ in range(2):
        first.update()
    assert same(first.snapshot(), straight.snapshot())
    second.load_state(saved)
    for _ in range(2):
        second.update()
    assert same(second.snapshot(), straight.snapshot())
    for name, value in straight.state().items():
        assert torch.equal(value, second.state()[name]) or "running" in name, name


@HOSTED
def test_a_hosted_run_starts_as_that_of_the_batch(config, source):
    plain = dataclasses.replace(config, host="batch", pool_size=20)
    a, b = Training(config, source), Training(plain, source)
    assert np.array_equal(a.snapshot().embeddings, b.snapshot().embeddings)
    for _ in range(2):
        a.update()
        b.update()
    proofs = [(t.proof.weights, t.proof.order, t.proof.views) for t in (a, b)]
    assert proofs[0] == proofs[1]
    assert not np.array_equal(a.snapshot().embeddings, b.snapshot().embeddings)


@pytest.mark.parametrize("queue_size", [40, 24, 10])
def test_the_oldest_entries_make_way_whatever_the_sizes(queue_size, source):
    training = Training(tiny(queue_size=queue_size), source)
    entries = [
        (0, int(item)) for item in training.host.items
    ]  # (updates made, image), oldest first
    for step in range(3):
        training.update()
        entries += [(step + 1, int(item)) for item in source.batch_index(step)]
    kept = entries[-queue_size:][::-1]
    seen = training.snapshot()
    assert seen.queue_ages.tolist() == [3 - born for born, _ in kept]
    if queue_size != 40:  # what is left of the first entries is in another order
        assert seen.queue_items.tolist() == [item for _, item in kept]
    assert seen.metrics["queue_age"] == pytest.approx(statistics.fmean(3 - b for b, _ in kept))
    assert seen.metrics["queue_oldest"] == max(3 - born for born, _ in kept)


def test_the_last_views_keys_are_enqueued(source):
    training = Training(TINY, source)
    keys = training._keys()
    training.update()
    assert np.array_equal(training.snapshot().queue[:16], keys[-1].flip(0).numpy())


def test_the_queue_is_full_from_the_start_and_a_shorter_one_is_its_front(source):
    longer = Training(TINY, source).host
    shorter = Training(tiny(queue_size=24, loss=InfoNCE(), n_views=4), source).host
    assert torch.equal(longer.queue[:24], shorter.queue)
    assert torch.equal(longer.items[:24], shorter.items)
    torch.testing.assert_close(longer.queue.norm(dim=1), torch.ones(40))


def test_the_momentum_encoder_is_a_running_mean_of_the_encoders(source):
    training = Training(TINY, source)
    mean = {k: v.clone() for k, v in training.encoder.named_parameters()}
    for _ in range(3):
        training.update()
        mean = {k: 0.9 * mean[k] + 0.1 * v for k, v in training.encoder.named_parameters()}
    for name, value in training.host.momentum.encoder.named_parameters():
        torch.testing.assert_close(value, mean[name].detach())


def test_a_loss_that_is_not_finite_leaves_the_queue(source):
    training = Training(TINY, source)
    with torch.no_grad():
        next(training.encoder.backbone.parameters()).fill_(float("inf"))
    before = {k: v.clone() for k, v in training.host.state().items() if "running" not in k}
    with pytest.raises(FloatingPointError):
        training.update()
    for name, value in before.items():
        assert torch.equal(value, training.host.state()[name]) or "num_batches" in name, name


@pytest.mark.parametrize("other", [{"queue_size": 41}, {"host": "predictor"}, {"host": "batch"}])
def test_a_state_of_another_host_is_refused(other, source):
    with pytest.raises(ValueError, match="another host"):
        Training(TINY, source).load_state(Training(tiny(**other), source).state())


def test_a_snapshot_on_disk_keeps_its_queue(tmp_path, source):
    training = Training(TINY, source)
    training.update()
    seen = training.snapshot()
    files.write_snapshot(tmp_path, seen)
    queue, ages, items = files.read_queue(tmp_path, 1)
    np.testing.assert_allclose(queue, seen.queue, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(queue, axis=1), 1, atol=1e-6)
    assert ages.tolist() == seen.queue_ages.tolist()
    assert items.tolist() == seen.queue_items.tolist()
    assert np.array_equal(files.read_snapshot(tmp_path, 1).queue, queue)
    assert len(files.read_arrays(tmp_path, 1)) == 2


def test_a_run_without_a_queue_has_none_on_disk(tmp_path, source):
    files.write_arrays(tmp_path, Training(tiny(host="batch"), source).snapshot())
    assert files.read_queue(tmp_path, 0) is None
    with pytest.raises(FileNotFoundError):
        files.read_queue(tmp_path, 1)


def test_a_snapshot_keeps_the_newest_of_a_long_queue(source):
    host = Training(TINY, source).host
    host.queue, host.at = torch.zeros(1500, 8), 100
    host.items, host.born = torch.arange(1500), torch.zeros(1500, dtype=torch.long)
    entries, ages, items = host.newest(7)
    assert entries.shape == (1024, 8)
    assert items[:101].tolist() == [*range(99, -1, -1), 1499]
    assert set(ages.tolist()) == {7}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"host": "cloud"}, "cloud"),
        ({"queue_size": 0}, "queue_size.*0"),
        ({"momentum": 1.1}, r"momentum.*1\.1"),
        ({"momentum": float("nan")}, "momentum.*nan"),
        ({"negatives": "later_views"}, "queue.*later_views"),
        ({"n_synthetic": 2, "pool_size": 56}, r"55 negatives.*15 other images.*queue of 40.*56"),
        ({"host": "predictor", "loss": InfoNCE()}, "infonce"),
        ({"host": "predictor", "n_synthetic": 2, "pool_size": 4}, "n_synthetic 2"),
        ({"host": "predictor", "loss": CACR(t_pos=0.0)}, "t_pos above 0.*got 0"),
    ],
)
def test_hosts_that_make_no_sense_are_refused_with_the_value(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


def test_the_hard_pool_may_reach_into_the_queue():
    assert tiny(n_synthetic=2, pool_size=55).n_negatives == 55


def test_the_terminal_and_the_words_know_every_host():
    assert set(RUN_FIELDS["host"].choices) == set(HOSTS)
    config = config_from({"host": "predictor", "cost": "rbf", "t_pos": "5", "momentum": "0.996"})
    assert (config.host, config.momentum, config.loss) == ("predictor", 0.996, CACR(5, cost="rbf"))
    assert TrainConfig.from_json(config.to_json()) == config
