import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cacr_core import metrics
from tests.test_pairs import random_embeddings, seeded


def test_alignment_is_the_mean_squared_distance_of_views():
    z = random_embeddings(n_views=2)
    assert metrics.alignment(z) == pytest.approx(((z[0] - z[1]) ** 2).sum(-1).mean().item())


def test_uniformity_of_one_place_is_zero_and_of_antipodes_minus_eight():
    x = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert metrics.uniformity(x) == pytest.approx(0)
    assert metrics.uniformity(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])) == pytest.approx(-8)


def test_effective_rank_counts_equal_directions():
    basis = torch.cat([torch.eye(6), -torch.eye(6)])
    assert metrics.effective_rank(basis) == pytest.approx(6)
    assert metrics.effective_rank(torch.ones(5, 3)) == pytest.approx(1)
    line = torch.linspace(-1, 1, 9)[:, None] * torch.tensor([[1.0, 2.0, 3.0]])
    assert metrics.effective_rank(line) == pytest.approx(1, abs=1e-4)


@given(st.integers(1, 50), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_effective_number_lies_between_one_and_all(n, seed):
    weights = torch.rand(3, n, generator=seeded(seed)).softmax(1)
    effective = metrics.effective_number(weights)
    assert (effective >= 1 - 1e-5).all()
    assert (effective <= n * (1 + 1e-5)).all()


def test_effective_number_of_uniform_and_of_one_hot_weights():
    weights = torch.tensor([[0.25] * 4, [1.0, 0, 0, 0]])
    torch.testing.assert_close(metrics.effective_number(weights), torch.tensor([4.0, 1.0]))
    assert metrics.weight_entropy(weights)[0].item() == pytest.approx(math.log(4))


def test_knn_tells_separated_classes_and_guesses_on_noise():
    labels = torch.arange(40) % 4
    x = torch.eye(4)[labels] + 0.01 * torch.randn(40, 4, generator=seeded())
    assert metrics.knn_accuracy(x[:20], labels[:20], x[20:], labels[20:], 3) == 1
    noise = torch.randn(4000, 16, generator=seeded())
    many = torch.arange(4000) % 4
    accuracy = metrics.knn_accuracy(noise[:2000], many[:2000], noise[2000:], many[2000:])
    assert accuracy == pytest.approx(0.25, abs=0.05)


def test_class_accuracies_are_the_shares_of_each_class():
    correct = torch.tensor([True, False, True, True, False, True])
    labels = torch.tensor([0, 0, 2, 2, 2, -1])
    shares = metrics.class_accuracies(correct, labels, 4).tolist()
    assert shares[0] == 0.5
    assert shares[2] == pytest.approx(2 / 3)
    assert math.isnan(shares[1])
    assert math.isnan(shares[3])


def test_knn_classes_are_what_correct_and_confusion_are_told_by():
    bank, own = torch.eye(3), torch.arange(3)
    x = torch.tensor([[1.0, 0.1, 0], [0, 1.0, 0.2], [0.1, 1.0, 0], [0, 0, 1.0]])
    labels = torch.tensor([0, 1, 2, -1])
    said = metrics.knn_classes(bank, own, x, 1)
    assert said.tolist() == [0, 1, 1, 2]
    assert metrics.knn_correct(bank, own, x, labels, 1).tolist() == [True, True, False, False]
    assert metrics.confusion(said, labels, 3).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


def voted(bank, bank_labels, point, k, temperature):
    """The class of one point by loops over the sorted bank, in double precision."""
    cosines = [float(point @ other / point.norm() / other.norm()) for other in bank.double()]
    near = sorted(zip(cosines, bank_labels.tolist(), strict=True), reverse=True)[:k]
    votes = {}
    for s, label in near:
        vote = 1 + s if temperature is None else math.exp(s / temperature)
        votes[label] = votes.get(label, 0) + vote
    return max(votes, key=votes.get)


@pytest.mark.parametrize("k", [1, 10, 200])
@pytest.mark.parametrize("temperature", [None, 0.07, 1.0])
def test_knn_is_the_vote_of_the_nearest_weighed_by_similarity(k, temperature):
    labels = torch.arange(260) % 5
    centres = torch.randn(5, 6, generator=seeded(1))
    x = centres[labels] + 2 * torch.randn(260, 6, generator=seeded(2))
    bank, held = x[:230], x[230:]
    said = metrics.knn_classes(bank, labels[:230], held, k, temperature)
    loops = [voted(bank, labels[:230], p, k, temperature) for p in held.double()]
    assert said.tolist() == loops
    right = metrics.knn_correct(bank, labels[:230], held, labels[230:], k, temperature)
    assert right.tolist() == [a == b for a, b in zip(loops, labels[230:].tolist(), strict=True)]
    accuracy = metrics.knn_accuracy(bank, labels[:230], held, labels[230:], k, temperature)
    assert accuracy == pytest.approx(right.float().mean().item())


def test_the_two_ways_to_weigh_votes_disagree_where_one_near_stands_against_many_far():
    angle = torch.tensor([0.0, 1.2, 1.25, 1.3])
    bank, labels = torch.stack([angle.cos(), angle.sin()], 1), torch.tensor([0, 1, 1, 1])
    point = torch.tensor([[1.0, 0.0]])
    assert metrics.knn_classes(bank, labels, point, 4).item() == 1
    assert metrics.knn_classes(bank, labels, point, 4, 0.07).item() == 0
    assert metrics.knn_classes(bank, labels, point, 4, 1e-4).item() == 0  # and nothing overflows


def test_a_small_bank_votes_with_all_it_has():
    labels = torch.arange(30) % 3
    x = torch.randn(60, 4, generator=seeded(3))
    said = [metrics.knn_classes(x[:30], labels, x[30:], k, 0.07).tolist() for k in (30, 200)]
    assert said[0] == said[1]


def test_wilsons_interval_is_where_the_score_test_does_not_reject():
    for n_right, n in ((0, 20), (3, 20), (20, 20), (517, 1000)):
        found = metrics.share(n_right, n)
        assert found.value == n_right / n
        for bound in (found.low, found.high):
            if 0 < bound < 1:
                z = (n_right / n - bound) / math.sqrt(bound * (1 - bound) / n)
                assert abs(z) == pytest.approx(1.96)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high
    assert math.isnan(metrics.share(0, 0).value)


def test_singular_values_are_those_of_the_centred_points_either_way_round():
    for shape in ((30, 7), (7, 30)):
        x = torch.randn(shape, generator=seeded(), dtype=torch.float64) + 2
        expected = torch.linalg.svdvals(x - x.mean(0))
        values = metrics.singular_values(x)
        torch.testing.assert_close(values, expected, atol=1e-6, rtol=1e-6)
