import copy
import math
import threading

import pytest
import torch
from torch import nn

from cacr_core.models import BACKBONES, make_encoder, memory_format, set_batch_norm, unit_rows

every_backbone = pytest.mark.parametrize("backbone", BACKBONES)


def views(n=4, size=32, seed=0):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize("dim", [2, 3, 64, 128])
def test_embeddings_are_unit_rows_of_the_width_asked_for(dim):
    encoder = make_encoder("small", dim)
    features, embeddings = encoder(views())
    assert features.shape == (4, encoder.feature_dim)
    assert embeddings.shape == (4, dim) and embeddings.dtype == torch.float32
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(4))


@every_backbone
def test_every_backbone_learns_from_its_views(backbone):
    encoder = make_encoder(backbone, 8, image_size=16)
    features, embeddings = encoder(views(size=16))
    assert features.shape == (4, encoder.feature_dim)
    embeddings.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in encoder.parameters())


def test_equal_seeds_give_equal_weights_whatever_happened_before():
    once = make_encoder("small", 8, seed=3).state_dict()
    torch.rand(17)
    again, other = (make_encoder("small", 8, seed=seed).state_dict() for seed in (3, 4))
    assert all(torch.equal(once[key], again[key]) for key in once)
    assert not torch.equal(once["projection_head.0.weight"], other["projection_head.0.weight"])


def test_making_an_encoder_leaves_torchs_random_state_alone():
    before = torch.get_rng_state()
    make_encoder("small", 8, seed=3)
    assert torch.equal(before, torch.get_rng_state())
    with pytest.raises(ValueError):
        make_encoder("smallalexnet", image_size=8)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("size", [16, 24, 32, 33])
def test_the_small_backbone_takes_any_size(size):
    assert make_encoder("small", 4)(views(size=size))[1].shape == (4, 4)


@pytest.mark.parametrize(("size", "flat"), [(32, 1728), (64, 9408)])
def test_smallalexnet_has_the_layout_of_the_released_checkpoints(size, flat):
    with torch.device("meta"):
        weights = BACKBONES["smallalexnet"].build(size).state_dict()
    assert weights["blocks.0.0.weight"].shape == (96, 3, 3, 3)
    assert weights["blocks.5.1.weight"].shape == (4096, flat)
    assert weights["blocks.6.0.weight"].shape == (4096, 4096)
    assert "blocks.4.1.running_mean" in weights


def test_resnet18_has_the_stem_for_small_images():
    net = make_encoder("resnet18", 16).backbone
    assert net.conv1.weight.shape == (64, 3, 3, 3) and net.conv1.stride == (1, 1)
    assert net.maxpool.stride == 1


@torch.no_grad()
def test_eval_mode_is_sensible_before_and_after_the_first_step():
    encoder = make_encoder("small", 8)
    set_batch_norm(encoder, views(64))
    in_training = encoder(views(64))[0]
    torch.testing.assert_close(encoder.eval()(views(64))[0], in_training, atol=0.05, rtol=0.1)


def test_running_statistics_are_the_mean_of_the_first_batches():
    encoder = make_encoder("small", 8)
    batches = [views(8, seed=seed) for seed in range(3)]
    means = [encoder.backbone[0](batch).mean((0, 2, 3)) for batch in batches]
    for batch in batches:
        encoder(batch)
    torch.testing.assert_close(encoder.backbone[1].running_mean, sum(means) / 3)


def test_setting_batch_norm_changes_no_weight_and_the_first_step_replaces_it():
    encoder = make_encoder("small", 8)
    weights = {name: p.clone() for name, p in encoder.named_parameters()}
    fresh = copy.deepcopy(encoder)
    set_batch_norm(encoder, views(8, seed=5))
    assert all(torch.equal(p, weights[name]) for name, p in encoder.named_parameters())
    for one in (encoder, fresh):
        one(views(8))
    for a, b in zip(encoder.buffers(), fresh.buffers(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_resumed_encoder_continues_its_running_statistics():
    encoder = make_encoder("small", 8)
    for seed in range(3):
        encoder(views(8, seed=seed))
    resumed = make_encoder("small", 8)
    resumed.load_state_dict(encoder.state_dict())
    for one in (encoder, resumed):
        one(views(8, seed=9))
    torch.testing.assert_close(resumed.state_dict(), encoder.state_dict())


def test_a_row_of_zeros_becomes_a_unit_row_without_nan():
    x = torch.zeros(2, 3)
    x[1, 2] = 5
    x.requires_grad_()
    rows = unit_rows(x)
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1]]
    rows.sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, 1e30])
def test_a_row_without_a_finite_length_is_no_unit_row(broken):
    rows = unit_rows(torch.tensor([[broken, 1.0, 0.0], [0.0, 3.0, 4.0]]))
    assert rows[0].isnan().all()
    torch.testing.assert_close(rows[1], torch.tensor([0.0, 0.6, 0.8]))
    trace = torch.export.export(UnitRows(), (torch.rand(2, 3),)).module()
    assert trace(torch.tensor([[broken, 1.0, 0.0], [0.0, 0.0, 0.0]]))[0].isnan().all()


class UnitRows(torch.nn.Module):
    def forward(self, x):
        return unit_rows(x)


def test_first_weights_are_of_their_seed_whatever_other_threads_draw():
    alone = {seed: make_encoder(seed=seed).state_dict() for seed in range(6)}
    done, wrong = threading.Event(), []

    def disturb():
        while not done.is_set():
            torch.rand(3)
            torch.nn.Linear(4, 4)

    def build(seed):
        for _ in range(8):
            made = make_encoder(seed=seed).state_dict()
            wrong.extend(key for key in made if not torch.equal(made[key], alone[seed][key]))

    threads = [threading.Thread(target=build, args=(seed,)) for seed in alone]
    threads += [threading.Thread(target=disturb) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads[:-2]:
        thread.join()
    done.set()
    assert wrong == []


def test_images_lie_plainly_in_memory_on_macs_alone():
    assert memory_format(torch.device("mps")) == torch.contiguous_format
    for name in ("cpu", "cuda", "xpu"):
        assert memory_format(torch.device(name)) == torch.channels_last


def test_half_precision_embeddings_are_normalised_in_float32():
    rows = unit_rows(torch.full((2, 64), 3.0, dtype=torch.bfloat16))
    assert rows.dtype == torch.float32
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(2))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("resnet50",), "resnet50"), (("small", 1), "got 1"), (("smallalexnet", 8, 12), "got 12")],
)
def test_impossible_encoders_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        make_encoder(*arguments)


def test_an_encoder_is_made_of_a_backbone_and_a_projection_head():
    encoder = make_encoder("small", 2)
    assert isinstance(encoder.backbone, nn.Module)
    assert encoder.embedding_dim == encoder.projection_head[-1].out_features == 2
