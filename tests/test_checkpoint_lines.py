"""The lines that load an encoder feed it the pixels that the app feeds it."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, export, open_file, snippets
from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.features import network_of, prepare
from tests.test_networks import randomised

pytestmark = pytest.mark.filterwarnings("ignore")


def taken(folder, channels, norm):
    """A ResNet of so many channels, exported with a normalisation."""
    net = resnet18(num_classes=3)
    net.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    save_file(randomised(net).state_dict(), folder / "a.safetensors")
    opened = open_file(folder / "a.safetensors")
    card = card_of(opened, normalisation=norm, input_size=64)
    (folder / "taken.safetensors").write_bytes(export.export(opened, card))
    return opened, card


@torch.no_grad()
@pytest.mark.parametrize(
    "norm",
    [
        Normalisation((0.4,), (0.2,)),
        Normalisation((50.0,), (50.0,), space="lab"),
        Normalisation((6.025, -6.6895), (92.208, 101.1675), space="lab"),
        Normalisation((0.457, -0.082, -0.052), (0.5, 1.331, 1.333), space="ydbdr"),
        Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
)
def test_the_lines_feed_what_the_app_feeds(norm, tmp_path, monkeypatch):
    opened, card = taken(tmp_path, len(norm.mean), norm)
    lines = snippets.lines(card, export.published(card), "taken.safetensors")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(lines, names)
    images = torch.randint(0, 256, (3, 3, 70, 80), dtype=torch.uint8)
    fed = prepare(images, 64, norm.mean, norm.std, norm.space)
    torch.testing.assert_close(names["transform"](images), fed, atol=2e-3, rtol=1e-4)
    encoder, _ = network_of(opened, card)
    torch.testing.assert_close(names["model"](fed), encoder(fed), atol=1e-4, rtol=1e-4)
