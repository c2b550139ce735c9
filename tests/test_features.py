"""Features equal those of a bare loop with torchvision's transforms, and the network is left be."""

import dataclasses
import hashlib
import os
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import resnet18
from torchvision.transforms import v2

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.architecture import Network
from cacr_core.checkpoints.features import (
    augmented,
    digest,
    embed,
    embed_layers,
    features_of,
    fingerprint,
    full_hash,
    hash_in_background,
    image_sets,
    layers_of,
    prepare,
    stored,
)
from cacr_core.checkpoints.networks import network
from cacr_core.models import make_encoder

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = {"mean": (0.5,) * 3, "std": (0.5,) * 3}


def some_images(n=10, size=32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=generator)


class Flat(nn.Module):
    """Hands the images through."""

    def forward(self, x):
        return x.flatten(1)


@pytest.mark.parametrize("size", [32, 24, 48])
def test_images_are_prepared_as_torchvision_prepares_them(size):
    theirs = v2.Compose(
        [
            v2.Resize((size, size), antialias=True),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, STD),
        ]
    )
    images = some_images()
    expected = torch.stack([theirs(image) for image in images])
    torch.testing.assert_close(prepare(images, size, MEAN, STD), expected, atol=1e-6, rtol=0)


def test_one_mean_makes_images_grey_and_nonsense_is_refused():
    images = some_images(2)
    grey = prepare(images, 32, (0.5,), (0.25,))
    expected = (images.float().mean(1, keepdim=True) / 255 - 0.5) / 0.25
    torch.testing.assert_close(grey, expected)
    for mean, std in (((0.5,) * 2, (1.0,) * 2), ((0.5,), (0.0,))):
        with pytest.raises(ValueError, match=r"mean and std need|std must be above 0"):
            prepare(images, 32, mean, std)


def test_features_are_those_of_a_bare_loop_and_layers_are_means_over_places():
    torch.manual_seed(0)
    net = resnet18(num_classes=7)
    net.train()
    before = {name: t.clone() for name, t in net.state_dict().items()}
    images, told = some_images(9), []
    found = embed_layers(
        net,
        images,
        input_size=32,
        mean=MEAN,
        std=STD,
        layers=("features", "maxpool", "layer2.1"),
        batch_size=4,
        progress=lambda done, all_: told.append((done, all_)),
    )
    assert told == [(4, 9), (8, 9), (9, 9)]
    assert all(part.training for part in net.modules())
    for name, t in net.state_dict().items():
        assert torch.equal(t, before[name]), name
    net.eval()
    with torch.no_grad():
        x = prepare(images, 32, MEAN, STD)
        stem = net.maxpool(net.relu(net.bn1(net.conv1(x))))
        inner = net.layer2(net.layer1(stem))
        expected = {
            "features": net(x), "maxpool": stem.mean((2, 3)), "layer2.1": inner.mean((2, 3))
        }  # fmt: skip
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values.numpy(), atol=1e-5)
        assert found[name].dtype == np.float32
    assert not net.layer2[1]._forward_hooks


def test_batches_side_by_side_give_what_one_after_the_other_gives(monkeypatch):
    """As on the page, whose server has set torch to one thread."""
    torch.manual_seed(0)
    net = resnet18().eval()
    images = torch.randint(0, 256, (50, 3, 32, 32), dtype=torch.uint8)
    fed = {"input_size": 32, "mean": (0.5,) * 3, "std": (0.25,) * 3}
    layers = ["layer1.0", "layer4.1", "features"]
    threads, names, told = torch.get_num_threads(), set(), []
    net.register_forward_hook(lambda *_: names.add(threading.current_thread().name))
    torch.set_num_threads(1)
    try:
        monkeypatch.setattr("cacr_core.checkpoints.features.batches.n_cores", lambda: 1)
        alone = embed_layers(net, images, **fed, layers=layers, batch_size=8)
        assert names == {threading.current_thread().name}
        monkeypatch.setattr("cacr_core.checkpoints.features.batches.n_cores", lambda: 4)
        together = embed_layers(
            net, images, **fed, layers=layers, batch_size=8, progress=lambda *p: told.append(p)
        )
    finally:
        torch.set_num_threads(threads)
    assert len(names) > 2
    assert told == [(8, 50), (16, 50), (24, 50), (32, 50), (40, 50), (48, 50), (50, 50)]
    for name in layers:
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-5, atol=1e-6)


def test_threads_are_as_they_were_whatever_ends_the_work(monkeypatch):
    images = torch.zeros(64, 3, 8, 8, dtype=torch.uint8)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 8), torch.nn.Flatten())
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with pytest.raises(KeyboardInterrupt):
            embed_layers(
                net, images, input_size=8, mean=(0.5,) * 3, std=(0.5,) * 3, batch_size=8,
                progress=_interrupt,
            )  # fmt: skip
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def _interrupt(*_):
    raise KeyboardInterrupt


def test_every_kind_of_network_has_its_layers():
    assert list(layers_of(resnet18()))[:3] == ["maxpool", "layer1.0", "layer1.1"]
    assert len(layers_of(resnet18())) == 9
    small = layers_of(make_encoder("small"))
    assert len(small) == 4 and all(name.startswith("backbone.") for name in small)
    assert len(layers_of(make_encoder("smallalexnet", image_size=16))) == 7


def test_the_layers_of_a_vit_are_means_over_its_tokens():
    form = Network(
        name="tiny", kind="vit", feature_dim=12, image_size=16, patch=8, depth=2, mlp_dim=24,
        n_heads=3,
    )  # fmt: skip
    net = network(form)
    assert list(layers_of(net)) == ["blocks.0", "blocks.1"]
    images = some_images(4, 32)
    found = embed_layers(net, images, input_size=16, layers=("blocks.1", "features"), **HALF)
    with torch.no_grad():
        tokens = net.tokens(prepare(images, 16, **HALF))
        for block in net.blocks:
            tokens = block(tokens)
    np.testing.assert_allclose(found["blocks.1"], tokens.mean(1).numpy(), atol=1e-5)
    np.testing.assert_allclose(
        found["features"], net.norm(tokens)[:, 0].detach().numpy(), atol=1e-5
    )


def test_an_encoder_gives_both_and_a_head_makes_the_other():
    images, encoder = some_images(5, 16), make_encoder("small", 3)
    both = embed_layers(encoder, images, input_size=16, layers=("features", "head"), **HALF)
    assert [values.shape for values in both.values()] == [(5, 128), (5, 3)]
    np.testing.assert_allclose(np.linalg.norm(both["head"], axis=1), 1, rtol=1e-5)
    alone = embed(
        encoder.backbone, images, input_size=16, layer="head", head=encoder.projection_head, **HALF
    )
    alone /= np.linalg.norm(alone, axis=1, keepdims=True)
    np.testing.assert_allclose(alone, both["head"], atol=1e-5)


def test_what_cannot_be_is_said_in_a_sentence():
    images = some_images(3, 16)
    with pytest.raises(ValueError, match="no layer 'layer9'"):
        embed(Flat(), images, input_size=16, layer="layer9", **HALF)
    with pytest.raises(ValueError, match="there is no head"):
        embed(Flat(), images, input_size=16, layer="head", **HALF)
    with pytest.raises(ValueError, match="uint8 images"):
        embed(Flat(), images.float(), input_size=16, **HALF)
    with pytest.raises(ValueError, match=r"features of shape \(n, dim\), got \(3, 3, 16, 16\)"):
        embed(nn.Identity(), images, input_size=16, **HALF)
    with pytest.raises(ValueError, match="finite"):
        embed(Flat(), images, input_size=16, mean=(0.5,) * 3, std=(1e-45,) * 3)


def test_what_progress_raises_ends_the_work():
    class Enough(Exception):
        pass

    def stop(done, _):
        if done >= 2:
            raise Enough

    net = Flat().train()
    with pytest.raises(Enough):
        embed(net, some_images(9, 16), input_size=16, batch_size=1, progress=stop, **HALF)
    assert net.training


def test_images_to_fit_and_to_score_share_none_and_are_drawn_with_a_seed():
    for dataset in ("digits", "shapes"):
        sets = image_sets(dataset, n_train=300, n_test=200)
        assert (len(sets.train), len(sets.test)) == (300, 200)
        train, test = ({i.numpy().tobytes() for i in part.images} for part in sets)
        assert not train & test
        again = image_sets(dataset, n_train=300, n_test=200)
        assert digest(again.train.images) == digest(sets.train.images)
        assert digest(sets.test.images) == digest(again.test.images)
    assert digest(sets.test.images) != digest(sets.train.images)
    assert digest(sets.test.images) != digest(sets.test.images.flip(0))


def test_augmented_views_are_of_the_input_size_and_repeat():
    images = some_images(6, 32)
    one, two = augmented(images, "shapes", 24)
    assert one.shape == two.shape == (6, 3, 24, 24)
    assert one.dtype == torch.uint8 and not torch.equal(one, two)
    assert torch.equal(augmented(images, "shapes", 24, 1)[0], one)


def test_a_fingerprint_changes_with_size_time_and_either_end(tmp_path):
    path = tmp_path / "weights"
    data = bytearray(os.urandom(5 << 20))
    path.write_bytes(data)
    os.utime(path, ns=(0, 10**18))
    first = fingerprint(path)
    assert fingerprint(path) == first
    for where in (0, len(data) - 1):
        changed = bytearray(data)
        changed[where] ^= 1
        path.write_bytes(changed)
        os.utime(path, ns=(0, 10**18))
        assert fingerprint(path) != first
    path.write_bytes(data)
    assert fingerprint(path) != first
    os.utime(path, ns=(0, 10**18))
    assert fingerprint(path) == first
    expected = hashlib.sha256(data).hexdigest()
    assert full_hash(path) == hash_in_background(path).result(30) == expected


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "encoder.safetensors"
    weights = make_encoder("small", 3, seed=1).state_dict()
    save_file({name: t.contiguous() for name, t in weights.items()}, path)
    return open_file(path)


def test_features_of_a_checkpoint_are_computed_once(checkpoint, tmp_path, monkeypatch):
    card = card_of(checkpoint, input_size=16)
    images, asked = some_images(20, 16), []
    settings = dict(dataset="made", split="test", folder=tmp_path / "cache")

    def of(card, *layers, images=images, **changed):
        asked.clear()
        return features_of(
            checkpoint, card, images, layers=layers, progress=lambda *_: asked.append(1),
            **(settings | changed),
        )  # fmt: skip

    first = of(card, "features", "head", "2")
    assert asked
    net = make_encoder("small", 3, seed=1)
    normalisation = card.normalisation
    expected = embed(
        net, images, input_size=16, mean=normalisation.mean, std=normalisation.std
    )  # fmt: skip
    np.testing.assert_allclose(first["features"], expected, atol=1e-6)
    again = of(card, "head", "features", "2")
    assert not asked
    assert list(again) == ["head", "features", "2"]
    for name, values in again.items():
        np.testing.assert_array_equal(values, first[name])
    for change in (
        {"input_size": 24},
        {"normalisation": dataclasses.replace(normalisation, std=(0.25,) * 3)},
    ):
        of(dataclasses.replace(card, **change), "features")
        assert asked
    of(card, "features", images=images.flip(0))
    assert asked
    of(card, "5")
    assert asked
    with monkeypatch.context() as patch:  # on another kind of device, pretended by the meta device
        patch.setattr(stored, "choose_device", {"mps": torch.device("meta")}.__getitem__)
        patch.setattr(stored, "embed_layers", lambda *_, device, layers, **__: {
            layer: np.full((20, 2), device.type == "meta", np.float32) for layer in layers
        })  # fmt: skip
        assert of(card, "5", device="mps")["5"].all()
    assert not of(card, "5")["5"].shape == (20, 2)  # those of the CPU, still there
    monkeypatch.setattr(stored, "network_of", lambda *_, **__: pytest.fail("built again"))
    of(card, "features", "5")
    os.utime(checkpoint.path)
    with pytest.raises(pytest.fail.Exception, match="built again"):
        of(card, "features")
