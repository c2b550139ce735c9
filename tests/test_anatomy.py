import numpy as np
import pytest
import torch

from cacr_core.checkpoints import anatomy, open_file


@pytest.fixture
def opened(tmp_path):
    generator = torch.Generator().manual_seed(0)
    conv = torch.randn(8, 3, 5, 5, generator=generator)
    conv[2] = 0
    conv[5] = 0.25
    linear = torch.randn(6, 10, generator=generator)
    linear[1, 3] = float("nan")
    linear[2, 4] = float("inf")
    state = {
        "conv1.weight": conv,
        "bn1.running_var": torch.tensor([1.0, 0.0, 1e9, 0.5]),
        "bn1.running_mean": torch.tensor([0.0, 5e4, 1.0, -1.0]),
        "bn1.num_batches_tracked": torch.tensor(7),
        "fc.weight": linear,
        "fc.bias": torch.zeros(6),
    }
    torch.save(state, tmp_path / "planted.pth")
    return open_file(tmp_path / "planted.pth"), state


def test_numbers_of_each_tensor_are_numpys(opened):
    file, state = opened
    found = {layer.name: layer for layer in anatomy.layers(file)}
    assert list(found) == list(state)
    conv = state["conv1.weight"].double().numpy()
    layer = found["conv1.weight"]
    assert (layer.shape, layer.count) == ((8, 3, 5, 5), conv.size)
    assert layer.norm == pytest.approx(np.linalg.norm(conv))
    assert layer.mean == pytest.approx(conv.mean())
    assert layer.deviation == pytest.approx(conv.std())
    linear = state["fc.weight"].double().numpy()
    fine = linear[np.isfinite(linear)]
    assert found["fc.weight"].norm == pytest.approx(np.linalg.norm(fine))
    assert found["fc.weight"].n_bad == 2


def test_planted_faults_are_found_and_nothing_else(opened):
    odd = {layer.name: layer.odd for layer in anatomy.layers(opened[0]) if layer.odd}
    assert odd == {
        "conv1.weight": "1 of 8 channels are dead; 1 of 8 channels are constant",
        "bn1.running_var": "2 of 4 variances are out of range",
        "bn1.running_mean": "1 of 4 means are far off",
        "fc.weight": "2 numbers are not finite",
    }


def test_first_filters_are_images_from_their_least_to_their_greatest(opened):
    file, state = opened
    name, images = anatomy.first_filters(file)
    assert name == "conv1.weight"
    assert images.shape == (8, 5, 5, 3)
    one = state["conv1.weight"][0].permute(1, 2, 0).numpy()
    expected = 255 * (one - one.min()) / (one.max() - one.min())
    assert np.abs(images[0] - expected).max() <= 0.5 + 1e-4
    assert anatomy.first_filters(file, prefix="fc") is None
    page = anatomy.sheet(images, enlarge=2, columns=3)
    assert page.shape == (3 * 14, 3 * 14, 3)
    assert (page[:10:2, :10:2] == images[0]).all()


def test_a_histogram_counts_every_finite_number(opened):
    file, state = opened
    counts, edges = anatomy.histogram(file, "fc.weight", n_bins=9)
    assert counts.sum() == state["fc.weight"].numel() - 2
    assert len(edges) == 10
