"""What a snapshot says of its last batch, against loops."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from cacr_core.losses import CACR, SSCL, InfoNCE, LossRecord, cacr_moco_v3, loss_of_guessing
from cacr_core.pairs import Pairs, pair_views, pair_with_queue, with_synthetic_negatives
from cacr_core.training import TrainConfig, Training
from cacr_core.training.numbers import of_record, own_class_share
from tests.test_pairs import random_embeddings, seeded

LABELS = torch.tensor([0, 1, 0, 2, 1, 0])
TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=20, n_probes=16, embedding_dim=8, precision="float32"
)


@pytest.mark.parametrize("negatives", ["all_views", "later_views"])
def test_the_share_of_the_own_class_is_a_sum_over_the_negatives_of_each_query(negatives):
    z = random_embeddings(n_views=3, n_items=6)
    loss = CACR(t_neg=3.0)
    weights = loss(pair_views(z, negatives)).neg_weights
    n_views = 3 if negatives == "all_views" else 1
    shares, even = [], []
    for q, row in enumerate(weights):
        item = q % 6
        others = [j for _ in range(n_views) for j in range(6) if j != item]
        own = [LABELS[j] == LABELS[item] for j in others]
        shares.append(sum(float(w) for w, is_own in zip(row, own, strict=True) if is_own))
        even.append(np.mean(own))
    found = own_class_share(weights, LABELS)
    assert found["own_class_share"] == pytest.approx(np.mean(shares))
    assert found["own_class_even"] == pytest.approx(np.mean(even))


def test_a_synthetic_negative_counts_for_its_parents_and_the_queue_for_its_images():
    z = random_embeddings(n_views=2, n_items=6)
    queue = random_embeddings(n_views=1, n_items=5, seed=9)[0]
    of_queue = torch.tensor([0, 0, 2, 1, -1])
    pairs = pair_with_queue(z, random_embeddings(n_views=2, n_items=6, seed=4), queue)
    pairs, made = with_synthetic_negatives(
        pairs, z, n_synthetic=3, pool_size=4, generator=seeded(), queue=queue
    )
    weights = SSCL()(pairs).neg_weights
    classes = [*LABELS.tolist() * 2, *of_queue.tolist()]
    shares = []
    for q, row in enumerate(weights):
        item = q % 6
        mine = LABELS[item]
        columns = [j for j in range(6) if j != item]
        total = sum(float(row[c]) for c, j in enumerate(columns) if LABELS[j] == mine)
        total += sum(float(row[5 + k]) for k in range(5) if of_queue[k] == mine)
        for m in range(3):
            a, b = made.parents[q, m].tolist()
            share = float(made.coefficients[q, m])
            mixed = share * (classes[a] == mine) + (1 - share) * (classes[b] == mine)
            total += float(row[10 + m]) * mixed
        shares.append(total)
    found = own_class_share(weights, LABELS, of_queue, made)
    assert found["own_class_share"] == pytest.approx(np.mean(shares), abs=1e-6)


@pytest.mark.parametrize("mixing", ["query", "interpolated", "perturbed", "synco"])
def test_what_the_query_counts_in_a_synthetic_is_no_weight_on_its_class(mixing):
    z = random_embeddings(n_views=2, n_items=6)
    pairs, made = with_synthetic_negatives(
        pair_views(z), z, n_synthetic=12, pool_size=4, mixing=mixing, generator=seeded()
    )
    weights = SSCL()(pairs).neg_weights
    shares, evens = [], []
    for q, row in enumerate(weights.tolist()):
        on = [(w, j) for w, j in zip(row, [j for j in range(12) if j % 6 != q % 6], strict=False)]
        evens.append(np.mean([bool(LABELS[j % 6] == LABELS[q % 6]) for _, j in on]))
        for w, (a, b), c in zip(
            row[10:], made.parents[q].tolist(), made.coefficients[q], strict=True
        ):
            c = min(1, max(0, float(c)))
            on += [(w * share, j) for share, j in ((c, a), (1 - c, b)) if j != q]
        own = sum(w for w, j in on if LABELS[j % 6] == LABELS[q % 6])
        shares.append(own / sum(w for w, _ in on))
    found = own_class_share(weights, LABELS, synthetic=made)
    assert found["own_class_share"] == pytest.approx(np.mean(shares), abs=1e-6)
    assert found["own_class_even"] == pytest.approx(np.mean(evens))


def test_one_negative_alone_is_weighed_as_evenly_as_can_be():
    record = CACR()(pair_views(random_embeddings(n_views=2, n_items=2), "later_views"))
    assert record.neg_weights.shape[1] == 1
    assert of_record(record, 0.0)["entropy"] == 1
    two = LossRecord(*record[:3], torch.tensor([[0.5, 0.5], [1.0, 0.0]]), record.clamped)
    assert of_record(two, 0.0)["entropy"] == pytest.approx(0.5)


def test_without_labels_nothing_is_said_of_classes():
    weights = torch.full((4, 1), 1.0)
    assert own_class_share(weights, torch.tensor([-1, -1])) == {}


def test_guessing_is_the_value_where_no_sample_is_nearer_than_another():
    assert loss_of_guessing(InfoNCE(0.1), 1, 254) == pytest.approx(math.log(255))
    assert loss_of_guessing(SSCL(0.3, 2.0, 0.1), 1, 134) == pytest.approx(math.log(135))
    assert loss_of_guessing(CACR(t_pos=3.0), 4, 315) == pytest.approx(0)
    assert loss_of_guessing(CACR(alpha=2.0, beta=0.5), 4, 315) == pytest.approx(3)
    rbf = CACR(cost="rbf", t_rbf=2.0)
    assert loss_of_guessing(rbf, 1, 10) == pytest.approx(2 - 4)
    shared = torch.nn.functional.one_hot(torch.arange(12), 12).double()  # all pairs at d = 2
    for loss in (InfoNCE(), SSCL(), CACR(), rbf):
        pairs = Pairs(torch.full((12, 1), 2.0), (2 - 2 * shared @ shared.T)[:, 1:].clamp_min(2))
        n_neg = pairs.neg.shape[1]
        assert loss(pairs).total.item() == pytest.approx(loss_of_guessing(loss, 1, n_neg))


@pytest.mark.parametrize("cost", ["rbf", "euclidean"])
def test_guessing_of_the_predictor_is_that_of_keys_all_alike(cost):
    config = dataclasses.replace(TINY, loss=CACR(t_pos=2.0, cost=cost), host="predictor")
    said = Training(config).snapshot().metrics["loss_guess"]
    alike = torch.ones(2, 16, 3, dtype=torch.float64) / math.sqrt(3)
    assert said == pytest.approx(cacr_moco_v3(alike, alike, 0.5, cost).total.item())
    if cost == "rbf":
        assert said == pytest.approx(2 * 0.5 * math.log(16))  # of one other crop, 2 T times


@pytest.mark.parametrize("host", ["batch", "queue"])
def test_a_snapshots_numbers_are_those_of_the_batch_of_its_last_update(host):
    config = dataclasses.replace(
        TINY, loss=SSCL(), n_synthetic=2, pool_size=4, host=host, queue_size=24, n_views=3
    )
    training = Training(config)
    labels = training.source.splits.train.labels
    for _ in range(3):
        queue = training.host.items.clone() if host == "queue" else None
        training.update()
    said = training.snapshot().metrics
    batch = labels[training.source.batch_index(2)]
    of_queue = None if queue is None else labels[queue]
    record = training._record
    expected = own_class_share(record.neg_weights, batch, of_queue, training._synthetic)
    assert {key: said[key] for key in expected} == expected
    assert said["pos_largest"] == pytest.approx(record.pos_weights.max(1).values.mean().item())
    assert said["pos_entropy"] == pytest.approx(1)  # SSCL does not tell positives apart
    assert said["rate"] == pytest.approx(training.optimizer.param_groups[0]["lr"] / config.lr)


def test_cacr_with_rbf_cost_takes_the_log_for_each_pair_of_views_as_released():
    z = random_embeddings(n_views=5, n_items=4)
    loss = CACR(cost="rbf", t_neg=0.9, t_rbf=2.0, beta=1.5)
    logs = []
    for x in range(5):
        for y in range(x + 1, 5):
            means = []
            for i in range(4):
                d = [float(((z[x, i] - z[y, j]) ** 2).sum()) for j in range(4) if j != i]
                mass = [math.exp(-0.9 * v) for v in d]
                kernel = [m / sum(mass) * math.exp(-2 * v) for m, v in zip(mass, d, strict=True)]
                means.append(sum(kernel))
            logs.append(math.log(np.mean(means)))
    assert loss(pair_views(z, "later_views")).repulsion.item() == pytest.approx(1.5 * np.mean(logs))
    together = loss(pair_views(z, "later_views"))
    assert together.repulsion.item() != pytest.approx(
        1.5 * math.log(np.mean(np.exp(logs))), abs=1e-4
    )  # one log of all is another number
