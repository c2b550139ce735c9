"""The look inside a file, against plain numpy on tensors with planted faults."""

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from cacr_core.checkpoints import card_of, inside, networks, open_file, pictures
from cacr_core.checkpoints.card import Card
from cacr_core.models import make_encoder
from tests.layouts import tensors, vit


def saved(tmp_path, state):
    torch.save(state, tmp_path / "file.pth")
    opened = open_file(tmp_path / "file.pth")
    return opened, card_of(opened)


def resnet_state(seed=0):
    torch.manual_seed(seed)
    state = torchvision.models.resnet18(num_classes=10).state_dict()
    for name, value in state.items():
        if name.endswith("running_mean"):
            value.normal_()
    return state


def rows_of(tmp_path, state):
    opened, card = saved(tmp_path, state)
    assert card.architecture == "resnet18"
    return {row.name: row for row in inside.layers(opened, card)}


def test_statistics_of_each_tensor_are_those_of_numpy(tmp_path, monkeypatch):
    monkeypatch.setattr(inside, "PIECE", 1000)
    monkeypatch.setattr(inside, "AT_ONCE", 1 << 20)
    state = resnet_state()
    rows = rows_of(tmp_path, {"state_dict": {f"module.encoder_q.{k}": v for k, v in state.items()}})
    assert set(rows) >= {name for name in state if not name.startswith("fc.")}
    for name in ("conv1.weight", "layer4.1.conv2.weight", "bn1.running_mean"):
        x, row = state[name].double().numpy(), rows[name]
        assert row.path == f"state_dict.module.encoder_q.{name}"
        assert (row.shape, row.count) == (x.shape, x.size)
        assert [row.norm, row.mean_absolute, row.std] == pytest.approx(
            [np.sqrt((x**2).sum()), np.abs(x).mean(), x.std()]
        )


def test_a_healthy_network_has_no_findings(tmp_path):
    assert inside.findings(list(rows_of(tmp_path, resnet_state()).values())) == []


def test_dead_and_constant_channels_are_counted(tmp_path):
    state = resnet_state()
    state["layer1.0.bn2.weight"][:12] = 1e-7
    state["conv1.weight"][5] = 0
    state["conv1.weight"][6] *= 1e-9
    state["conv1.weight"][7] = 0.3
    rows = rows_of(tmp_path, state)
    norm, first = rows["layer1.0.bn2.weight"], rows["conv1.weight"]
    assert (norm.n_dead, norm.n_channels, norm.dead_fraction) == (12, 64, 12 / 64)
    assert (first.n_dead, first.n_constant, first.dead_fraction) == (2, 1, 3 / 64)
    assert norm.finding == "12 of 64 channels of layer1.0.bn2 are dead (weights next to 0)."
    assert len(inside.findings(list(rows.values()))) == 2


def test_statistics_out_of_range_are_told(tmp_path):
    state = resnet_state()
    state["bn1.running_var"][:3] = torch.tensor([-1.0, 0.0, 1e9])
    state["bn1.running_mean"][10] = 1000.0
    state["layer2.0.bn1.running_mean"].zero_()
    rows = rows_of(tmp_path, state)
    told = rows["bn1.running_var"].finding
    for part in (
        "below 0",
        "no variance",
        "above 1,000,000",
        "1 of 64 channels has a mean more than 30",
    ):
        assert part in told
    assert "no image was ever seen" in rows["layer2.0.bn1.running_var"].finding


def test_batch_norms_of_an_untrained_network_are_told_once(tmp_path):
    state = torchvision.models.resnet18(num_classes=10).state_dict()
    (told,) = inside.findings(list(rows_of(tmp_path, state).values()))
    assert told.startswith("20 batch norms, from bn1 on: the statistics are those of a new layer")


def test_numbers_that_are_not_finite_are_counted_and_left_out(tmp_path):
    state = resnet_state()
    weight = state["layer3.0.conv1.weight"]
    weight.view(-1)[:3] = torch.tensor([float("nan"), float("inf"), -float("inf")])
    row = rows_of(tmp_path, state)["layer3.0.conv1.weight"]
    rest = weight.view(-1)[3:].double().numpy()
    assert row.n_not_finite == 3
    assert row.std == pytest.approx(rest.std())
    assert row.finding.startswith("3 of 294,912 numbers of layer3.0.conv1.weight are NaN")


def test_a_file_of_no_known_network_still_has_its_rows(tmp_path):
    state = {"a.weight": torch.ones(4, 3), "b": torch.arange(3), "none": torch.zeros(0, 2)}
    opened, card = saved(tmp_path, state)
    rows = {row.name: row for row in inside.layers(opened, card)}
    assert set(rows) == set(state)
    assert rows["a.weight"].n_constant == 4
    assert rows["none"].norm == 0


def test_few_tensors_are_in_memory_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(inside, "AT_ONCE", 1 << 20)
    opened, card = saved(tmp_path, resnet_state())
    asked = []

    class Watched:
        tensors, groups = opened.tensors, opened.groups

        def load(self, names):
            asked.append(list(names))
            return opened.load(asked[-1])

    rows = inside.layers(Watched(), card)
    assert sum(map(len, asked)) == len(rows) > 100
    for names in asked:
        n_bytes = sum(opened.tensors[name].n_bytes for name in names)
        assert n_bytes <= 1 << 20 or len(names) == 1


def test_histogram_counts_every_finite_number(monkeypatch):
    monkeypatch.setattr(inside, "PIECE", 77)
    x = torch.randn(1000)
    x[0] = float("nan")
    counts, edges, n_left_out = inside.histogram(x, bins=20)
    plain, plain_edges = np.histogram(x[1:].double().numpy(), 20)
    assert counts.tolist() == plain.tolist()
    assert edges == pytest.approx(plain_edges)
    assert n_left_out == 1


def test_numbers_too_large_to_square_count_as_infinite(tmp_path):
    big = torch.tensor([[1.0, -3.0], [1e300, -1.7e308]], dtype=torch.float64)
    opened, card = saved(tmp_path, {"a.weight": big})
    (row,) = inside.layers(opened, card)
    assert (row.n_not_finite, row.std, row.norm) == (2, 2.0, pytest.approx(10**0.5))
    assert inside.histogram(big).n_left_out == 2


@pytest.mark.parametrize("x", [torch.full((5,), 2.0), torch.zeros(0), torch.full((3,), torch.nan)])
def test_histogram_of_one_number_or_none_has_a_width(x):
    counts, edges, n_left_out = inside.histogram(x)
    assert counts.sum() == len(x) - n_left_out
    assert (np.diff(edges) > 0).all()


def test_filters_are_scaled_about_grey_each_by_its_own(tmp_path):
    state = resnet_state()
    state["conv1.weight"][0] = 0
    images = pictures.first_filters(*saved(tmp_path, state))
    assert images.shape == (64, 7, 7, 3)
    assert images.dtype == np.uint8
    assert (images[0] == 128).all()
    ends = np.abs(images[1:].astype(int) - 127.5).max((1, 2, 3))
    assert (ends >= 127).all()
    w = state["conv1.weight"][3].numpy().transpose(1, 2, 0)
    expected = 127.5 + 127.5 * w / np.abs(w).max()
    assert np.abs(images[3] - expected).max() <= 0.5 + 1e-4


def test_filters_of_one_channel_are_grey():
    images = pictures.filter_images(torch.randn(4, 1, 3, 3))
    assert (images == images[..., :1]).all()


def test_filters_stand_in_rows_with_gaps_that_are_clear():
    images = np.random.default_rng(0).integers(0, 255, (5, 3, 3, 3), dtype=np.uint8)
    grid = pictures.filter_grid(images, columns=2, scale=2)
    assert grid.shape == (3 * 8 - 2, 2 * 8 - 2, 4)
    assert np.array_equal(grid[8:14:2, 8:14:2, :3], images[3])
    assert (grid[6:8, :, 3] == 0).all()
    assert (grid[16:, 8:, 3] == 0).all()


def test_filters_of_a_file_without_images_say_so(tmp_path):
    opened = saved(tmp_path, {"a.weight": torch.ones(4, 3)})
    with pytest.raises(ValueError, match="first convolution"):
        pictures.first_filters(*opened)


def vit_of(tmp_path, **more):
    state = tensors(vit(dim=192, depth=2, patch=16, size=64))
    generator = torch.Generator().manual_seed(0)
    state = {
        k: 0.3 * torch.randn(v.shape, generator=generator) + k.endswith(("norm1.weight",))
        for k, v in state.items()
    }
    opened, card = saved(tmp_path, state | more)
    assert card.network is not None, card
    return opened, card, state


def test_similarity_of_positions_is_the_cosine_of_each_two(tmp_path):
    opened, card, state = vit_of(tmp_path)
    similarity = pictures.position_similarity(opened, card)
    assert similarity.shape == (4, 4, 4, 4)
    places = state["pos_embed"][0, 1:]
    for a, b in (((0, 0), (0, 0)), ((1, 2), (3, 0)), ((2, 1), (1, 2))):
        one, two = places[4 * a[0] + a[1]], places[4 * b[0] + b[1]]
        cosine = torch.cosine_similarity(one, two, 0).item()
        assert similarity[a][b] == pytest.approx(cosine, abs=1e-5)


def test_positions_are_told_from_the_tokens_before_them():
    for n_tokens in (0, 1, 2):
        embedding = torch.randn(1, n_tokens + 9, 8)
        similarity = pictures.similarity_of_positions(embedding).reshape(9, 9)
        places = embedding[0, n_tokens:]
        cosines = torch.cosine_similarity(places[:, None], places[None], dim=2)
        assert np.abs(similarity - cosines.numpy()).max() < 1e-6


@pytest.mark.parametrize("shape", [(1, 13, 8), (1, 0, 8), (13, 8), (1, 10, 0), (), (1, 5000, 1)])
def test_positions_of_no_square_are_refused(shape):
    with pytest.raises(ValueError, match="square"):
        pictures.similarity_of_positions(torch.zeros(shape))


def test_attention_is_the_softmax_of_the_class_tokens_scores(tmp_path):
    opened, card, state = vit_of(tmp_path)
    from cacr_core.checkpoints import state_dict_of

    net = networks.build(card)
    net.load_state_dict(state_dict_of(opened, card))
    image = torch.randn(3, 64, 64)
    weights = pictures.attention(net, card, image)
    heads = card.network.n_heads
    assert weights.shape == (heads, 4, 4)
    assert (weights >= 0).all()
    assert (weights.sum((1, 2)) <= 1 + 1e-6).all()
    with torch.no_grad():
        x = net.blocks[0](net.tokens(image[None]))[0].numpy().astype(float)
    last = {k.removeprefix("blocks.1."): v.numpy().astype(float) for k, v in state.items()}
    x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + card.network.norm_eps)
    x = x * last["norm1.weight"] + last["norm1.bias"]
    qkv = x @ last["attn.qkv.weight"].T + last["attn.qkv.bias"]
    size = 192 // heads
    for head in range(heads):
        query = qkv[0, head * size : (head + 1) * size]
        keys = qkv[:, 192 + head * size : 192 + (head + 1) * size]
        scores = np.exp(keys @ query / np.sqrt(size) - (keys @ query / np.sqrt(size)).max())
        expected = (scores / scores.sum())[1:].reshape(4, 4)
        assert np.abs(weights[head] - expected).max() < 1e-4


def test_attention_of_a_network_without_any_says_so():
    with pytest.raises(ValueError, match="needs a ViT"):
        pictures.attention(nn.Identity(), Card(architecture="resnet18"), torch.zeros(3, 8, 8))


def test_an_encoder_of_this_app_is_looked_into(tmp_path):
    torch.manual_seed(0)
    state = make_encoder("small", 32).state_dict()
    opened, card = saved(tmp_path, state)
    rows = inside.layers(opened, card)
    assert {row.path for row in rows} <= set(opened.tensors)
    assert pictures.first_filters(opened, card).shape[0] == 24
