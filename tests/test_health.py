"""Dead features are told with the layer where they begin; the cost is counted before it is paid."""

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from cacr_core.checkpoints import architecture, card_of, open_file
from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.features import cost
from cacr_core.checkpoints.features.health import health_in, health_of
from cacr_core.papers.encoders import FOLDER

IMAGES = torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8)


def health(tmp_path, change):
    net = resnet18(num_classes=3)
    with torch.no_grad():
        change(net)
    torch.save(net.state_dict(), tmp_path / "x.pth")
    opened = open_file(tmp_path / "x.pth")
    return health_of(opened, card_of(opened, input_size=32), IMAGES)


def test_an_encoder_that_works_has_nothing_to_say():
    opened = open_file(FOLDER / "cacr-digits.safetensors")
    assert health_of(opened, card_of(opened), IMAGES).findings == ()


def test_where_nan_begins_is_said(tmp_path):
    def change(net):
        net.layer3[1].conv1.weight[0, 0, 0, 0] = torch.nan

    found = health(tmp_path, change)
    assert found.begins == "layer3.1"
    assert found.findings == (
        "Features are NaN or infinite for 8 of 8 images: it begins at layer3.1.",
    )


def test_where_features_become_one_for_all_images_is_said(tmp_path):
    def change(net):
        for part in (net.layer2[0].bn2, net.layer2[0].downsample[1]):
            part.weight.zero_()
            part.bias.fill_(0.3)

    found = health(tmp_path, change)
    assert found.begins == "layer2.0" and "one and the same for all 8 images" in found.findings[0]


def test_features_of_zeros_are_called_zero(tmp_path):
    def change(net):
        for part in net.layer4[1].modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.weight.zero_()
                part.bias.zero_()
        for part in (net.layer4[0].bn2, net.layer4[0].downsample[1]):
            part.weight.zero_()
            part.bias.zero_()

    found = health(tmp_path, change)
    assert found.begins == "layer4.0" and "Features are 0 for all 8 images" in found.findings[0]


@pytest.mark.parametrize(
    ("n", "which"), [(8, "all 8 images seen are the same"), (1, "one image is seen")]
)
def test_identical_images_are_not_blamed_on_the_network(n, which):
    opened = open_file(FOLDER / "cacr-digits.safetensors")
    found = health_of(opened, card_of(opened), IMAGES[:1].expand(n, -1, -1, -1))
    assert found.findings == (f"Whether features live cannot be told: {which}.",)
    assert (found.n_dead, found.n_seen, found.begins) == (0, 1, "")


@pytest.mark.parametrize(("n_dead", "is_said"), [(3, False), (5, False), (6, True)])
def test_more_than_half_of_the_features_dead_is_said(n_dead, is_said):
    x = np.random.default_rng(0).normal(size=(20, 10)).astype(np.float32)
    x[:, :n_dead] = 0
    found = health_in({"a": x, "features": x})
    assert found.n_dead == n_dead
    assert bool(found.findings) == is_said
    if is_said:
        assert found.findings[0] == (
            "6 of 10 features are one number for all 20 images, 6 of them 0."
        )


@pytest.mark.parametrize(
    ("name", "size", "multiplications"),
    [("resnet18", 224, 1.82e9), ("resnet50", 224, 4.11e9), ("vit_base_patch16_224", 224, 17.6e9),
     ("vit_small_patch16_224", 224, 4.6e9), ("resnet34", 224, 3.67e9)],
)  # fmt: skip
def test_operations_are_those_that_are_published(name, size, multiplications):
    card = Card(network=architecture.network_named(name), input_size=size)
    assert cost.flops_of(card) == pytest.approx(2 * multiplications, rel=0.03)


@pytest.mark.parametrize(
    ("name", "stem", "size"), [("resnet18", "cifar", 32), ("resnet50", "imagenet", 96),
                               ("small_alexnet", None, 32), ("small", None, 24)],
)  # fmt: skip
def test_operations_are_those_that_torch_counts(name, stem, size):
    from torch.utils.flop_counter import FlopCounterMode

    from cacr_core.checkpoints.networks import build

    card = Card(network=architecture.network_named(name, stem), input_size=size)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        build(card)(torch.zeros(1, 3, size, size))
    assert cost.flops_of(card) == pytest.approx(counter.get_total_flops(), rel=1e-6)


def test_operations_of_a_convnext_are_those_that_torch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    from cacr_core.checkpoints.forms import Network
    from cacr_core.checkpoints.networks import build

    net = Network(name="x", kind="convnext", feature_dim=32, layers=(1, 1, 2, 1),
                  widths=(8, 8, 16, 32))  # fmt: skip
    card = Card(network=net, input_size=64)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        build(card)(torch.zeros(1, 3, 64, 64))
    assert cost.flops_of(card) == pytest.approx(counter.get_total_flops(), rel=1e-6)


def test_time_grows_with_the_images_and_is_said_roughly():
    card = Card(network=architecture.network_named("resnet18"), input_size=64)
    assert cost.seconds_for(card, 200) == pytest.approx(2 * cost.seconds_for(card, 100))
    assert [cost.in_words(s) for s in (1, 44, 480, 9000)] == [
        "a few seconds", "about 40 seconds", "about 8 minutes", "about 2.5 hours",
    ]  # fmt: skip


def test_how_long_a_gpu_takes_is_not_guessed_from_the_processor(monkeypatch):
    card = Card(network=architecture.network_named("resnet18"), input_size=64)
    assert cost.time_for([card], 1) == "a few seconds on this machine"
    monkeypatch.setattr(cost.devices, "count", lambda kind: (int(kind == "cuda"), ""))
    assert cost.time_for([card], 1) == "on this GPU where torch can use it"
