import dataclasses

import pytest
import torch

from cacr_core.losses import InfoNCE, SigLIP
from cacr_core.training import TrainConfig, Training
from cacr_core.training.optimizer import TIMES, orthogonal

CONFIG = TrainConfig(
    loss=InfoNCE(),
    dataset="digits",
    backbone="quick",
    optimizer="muon",
    embedding_dim=8,
    batch_size=16,
    n_probes=16,
    n_steps=8,
    device="cpu",
)


def random(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def by_rounds(matrix):
    """Newton and Schulz as written by Jordan, one product after another."""
    x = matrix.double()
    x = x / x.norm()
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (12, 12)])
def test_the_update_is_the_iteration_as_it_was_published(shape):
    matrix = random(*shape)
    torch.testing.assert_close(orthogonal(matrix).double(), by_rounds(matrix), atol=1e-4, rtol=0)


@pytest.mark.parametrize("shape", [(24, 3, 5, 5), (64, 7)])
def test_all_directions_of_an_update_are_about_as_long(shape):
    lengths = torch.linalg.svdvals(orthogonal(random(*shape)).flatten(1))
    assert lengths.max() < 1.25 and lengths.median() > 0.65


def test_matrices_move_by_muon_and_the_rest_and_what_is_learned_by_adamw():
    training = Training(dataclasses.replace(CONFIG, loss=SigLIP(learned=True)))
    training.update()
    state = training.optimizer.state
    for weight in training.encoder.parameters():
        assert set(state[weight]) == ({"step", "momentum"} if weight.dim() > 1 else ADAMW)
    (learned,) = training.loss.learned()
    assert set(state[learned]) == ADAMW


ADAMW = {"step", "exp_avg", "exp_avg_sq"}


def test_a_first_update_moves_a_wide_matrix_by_the_rate_whatever_its_gradient():
    training = Training(dataclasses.replace(CONFIG, weight_decay=0.0))
    before = training.encoder.backbone[3].weight.detach().clone()
    training.update()
    moved = (training.encoder.backbone[3].weight - before).flatten(1)
    rate = training.optimizer.param_groups[0]["lr"]
    lengths = torch.linalg.svdvals(moved.detach()) / (TIMES * rate)
    assert 0.65 < lengths.median() and lengths.max() < 1.25


def test_a_run_by_muon_goes_on_from_its_state_to_the_bit():
    whole, first = Training(CONFIG), Training(CONFIG)
    for _ in range(4):
        first.update()
    second = Training(CONFIG)
    second.load_state(first.state())
    for _ in range(4):
        second.update()
    for _ in range(8):
        whole.update()
    ours, theirs = whole.state(), second.state()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_an_unknown_optimizer_is_refused_by_its_name():
    with pytest.raises(ValueError, match=r"adamw, muon, got 'sgd'"):
        TrainConfig(optimizer="sgd")
