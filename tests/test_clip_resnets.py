"""CLIP's ResNets, as OpenAI and open_clip name them, give what timm's own network gives."""

import math

import pytest
import torch

from cacr_core.checkpoints import card_of, export, open_file, snippets
from cacr_core.checkpoints.architecture import expected
from cacr_core.checkpoints.clip_resnets import NAMES, network_of
from cacr_core.checkpoints.features import network_of as built
from cacr_core.checkpoints.forms import Network

byobnet = pytest.importorskip("timm.models.byobnet")


def net_of(width, layers, out=16, side=7):
    return Network(
        name=NAMES[width, layers], kind="clip_resnet", feature_dim=out, image_size=32 * side,
        layers=layers, bottleneck=True, width=width, stem_width=width // 2,
        n_heads=width // 2, pool="attention",
    )  # fmt: skip


def weights(net):
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, shape in expected(net).items():
        if name.endswith("running_var") or (len(shape) == 1 and name.endswith("weight")):
            state[name] = 0.5 + torch.rand(shape, generator=generator)
        else:
            fan_in = math.prod(shape[1:]) if len(shape) > 1 else 100
            state[name] = torch.randn(shape, generator=generator) / fan_in**0.5
    return state


@torch.no_grad()
@pytest.mark.parametrize(("name", "width"), [("resnet50_clip", 64), ("resnet50x4_clip", 80)])
def test_features_are_those_of_timms_network(tmp_path, name, width):
    layers = next(form for first, form in NAMES if first == width)
    side = 9 if width == 80 else 7
    net = net_of(width, layers, side=side)
    own = {f"visual.{key}": value for key, value in weights(net).items()}
    own |= {f"visual.{k.replace('running_var', 'num_batches_tracked')}": torch.tensor(9)
            for k in weights(net) if k.endswith("running_var")}  # fmt: skip
    own["token_embedding.weight"], own["logit_scale"] = torch.rand(4, 4), torch.tensor(4.6)
    torch.save(own, tmp_path / f"{net.name}.pt")
    opened = open_file(tmp_path / f"{net.name}.pt")
    card = card_of(opened)
    assert (card.family, card.confidence, card.encoder) == ("CLIP", "sure", "visual")
    assert card.network == net and (card.missing, card.blocked) == ((), None)
    assert (card.architecture, card.input_size, card.feature_dim) == (net.name, 32 * side, 16)
    assert card.normalisation.mean[0] == pytest.approx(0.4815, abs=1e-4)
    theirs = getattr(byobnet, name)(num_classes=16).eval()
    theirs.load_state_dict(byobnet._convert_openai_clip(own, theirs))
    x = torch.randn(2, 3, 32 * side, 32 * side)
    wanted = theirs(x)
    assert wanted.std() > 1e-2
    torch.testing.assert_close(built(opened, card)[0](x), wanted, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_it_is_taken_away_and_opened_again_and_its_lines_run(tmp_path):
    net = net_of(64, (3, 4, 6, 3), side=2)
    torch.save(weights(net), tmp_path / "net.pt")
    opened = open_file(tmp_path / "net.pt")
    card = card_of(opened)
    file = tmp_path / "out.safetensors"
    file.write_bytes(export.export(opened, card))
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    scope = {}
    exec(snippets.lines(card, export.published(card), str(file)), scope)
    x = scope["transform"](images)
    torch.testing.assert_close(scope["model"](x), built(opened, card)[0](x))


def test_images_of_another_size_are_refused_in_a_sentence():
    net = net_of(64, (3, 4, 6, 3), side=2)
    from cacr_core.checkpoints.networks import network

    with pytest.raises(ValueError, match="positions for images of 64 pixels"):
        network(net)(torch.zeros(1, 3, 96, 96))


def test_a_pooling_that_does_not_fit_its_layers_is_no_such_network():
    shapes = expected(net_of(64, (3, 4, 6, 3)))
    assert network_of(shapes) is not None
    assert network_of(shapes | {"attnpool.c_proj.weight": (16, 1024)}) is None
    assert network_of(shapes | {"conv1.weight": (32, 3, 7, 7)}) is None
