import pytest
import torch
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of
from cacr_core.checkpoints.untrained import N_SEEN, drawn, shipped
from cacr_core.models import make_encoder
from cacr_core.papers.encoders import FOLDER, as_safetensors


def card(name):
    return card_of(open_file(FOLDER / f"{name}.safetensors"))


@pytest.mark.parametrize("dataset", ["shapes", "digits"])
def test_the_untrained_network_that_ships_is_of_the_same_form_and_dataset(dataset):
    trained = card(f"cacr-{dataset}")
    opened, own = shipped(trained, "head")
    assert opened.path.stem == f"untrained-{dataset}"
    assert own.settings["metadata.loss"] == "untrained"
    assert (own.network, own.input_size) == (trained.network, trained.input_size)
    assert own.normalisation == trained.normalisation


def test_it_is_fed_as_the_checkpoint_is_and_has_a_head_only_of_the_same_form(tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(as_safetensors(make_encoder(embedding_dim=2, image_size=16), {"config": "{}"}))
    mine = card_of(open_file(path), input_size=40, normalisation="imagenet")
    _, own = shipped(mine)
    assert (own.input_size, own.normalisation) == (40, mine.normalisation)
    assert own.head is None
    assert shipped(mine, "head") is None


def test_for_another_form_none_ships_but_one_can_be_drawn_with_statistics_of_the_images(tmp_path):
    torch.save(resnet18().state_dict(), tmp_path / "r.pth")
    mine = card_of(open_file(tmp_path / "r.pth"), input_size=16)
    assert shipped(mine) is None
    images = torch.randint(0, 256, (N_SEEN + 5, 3, 16, 16), dtype=torch.uint8)
    before = torch.random.get_rng_state()
    network, head = drawn(mine, images)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert head is None and not network.training
    _, head = drawn(mine, images, with_head=True)
    assert head[0].weight.shape == (1000, 512)
    again, _ = drawn(mine, images)
    other, _ = drawn(mine, images, seed=1)
    states = [one.state_dict() for one in (network, again, other)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert not torch.equal(states[0]["conv1.weight"], states[2]["conv1.weight"])
    loaded, _ = network_of(open_file(tmp_path / "r.pth"), mine)
    assert {k: v.shape for k, v in loaded.state_dict().items()} == {
        k: v.shape for k, v in states[0].items()
    }
    mean, std = (
        torch.tensor(v)[:, None, None] for v in (mine.normalisation.mean, mine.normalisation.std)
    )
    x = network.conv1((images[:N_SEEN] / 255 - mean) / std).detach()
    norm = network.bn1  # of the first images alone
    torch.testing.assert_close(norm.running_mean, x.mean((0, 2, 3)), atol=1e-3, rtol=1e-2)
    variance = x.transpose(0, 1).flatten(1).var(1)
    torch.testing.assert_close(norm.running_var, variance, atol=1e-3, rtol=1e-2)
