"""By what pixels are normalised: numbers read from each code base's own source."""

import argparse
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from cacr_core.__main__ import main
from cacr_core.checkpoints import card_of, open_file, pixels
from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.features import embed, network_of, prepare
from cacr_core.checkpoints.features.sensitivity import Under, spread_words, under_each
from cacr_core.metrics import Share, knn_correct
from cacr_core.papers.encoders import FOLDER
from tests.layouts import alexnet, layers, lightning, resnet, tensors, under, write
from tests.layouts_of_families import LAYOUTS

HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
SSCL = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
CIFAR10 = ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
CIFAR100 = ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761))
STL10 = (
    (0.44087801806139126, 0.42790631331699347, 0.3867879370752931),
    (0.26826768628079806, 0.2610450402318512, 0.26866836876860795),
)
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
ZERO_ONE = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def sscl(dataset=None):
    head = layers("fc.projection_head.W1", 512, 512) | layers("fc.projection_head.W2", 512, 128)
    names = tensors(under("encoder_q", resnet("resnet18", cifar=True) | head))
    return {"model": names, "args": argparse.Namespace(dataset=dataset)} if dataset else names


def solo(dataset):
    names = under("backbone", resnet("resnet18", cifar=True)) | layers("classifier", 512, 100)
    return lightning(names | layers("projector", 512, 2048, "bn", "relu", 128), dataset=dataset)


def supcontrast(dataset, mean=None, std=None):
    net = {n.replace("downsample", "shortcut"): s for n, s in resnet("resnet18", True).items()}
    names = under("encoder", net) | layers("head", 512, 512, "relu", 128)
    opt = argparse.Namespace(dataset=dataset, temp=0.1, mean=mean, std=std)
    return {"opt": opt, "model": tensors(names)}


def mmpretrain(dataset):
    names = under("backbone", resnet("resnet18", cifar=True))
    return {"meta": {"dataset_name": dataset}, "state_dict": tensors(names)}


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        (sscl(), SSCL), (sscl("stl10"), SSCL), (sscl("cifar100"), SSCL),
        (solo("cifar10"), SSCL),
        (solo("cifar100"), ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762))),
        (solo("stl10"), ((0.4914, 0.4823, 0.4466), (0.247, 0.243, 0.261))),
        (solo("imagenet100"), IMAGENET),
        (supcontrast("cifar10"), CIFAR10), (supcontrast("cifar100"), CIFAR100),
        (supcontrast("path", "(0.1, 0.2, 0.3)", "(0.4, 0.5, 0.6)"), ((0.1, 0.2, 0.3),
                                                                    (0.4, 0.5, 0.6))),
        (tensors(alexnet(32)), CIFAR10), (tensors(alexnet(64)), STL10),
        (LAYOUTS["simclr, sthalles"].make(), ZERO_ONE),
        (LAYOUTS["dkobak's simclr"].make(), ZERO_ONE),
        (LAYOUTS["google's simclr, converted"].make(), ZERO_ONE),
        (LAYOUTS["moco v1"].make(), IMAGENET),
        (mmpretrain("CIFAR-100"), CIFAR100), (mmpretrain("nothing known"), IMAGENET),
    ],
)  # fmt: skip
def test_what_each_code_base_does_to_a_dataset(tmp_path, saved, expected):
    torch.save(saved, tmp_path / "file")
    norm = card_of(open_file(tmp_path / "file")).normalisation
    np.testing.assert_allclose((norm.mean, norm.std), expected, atol=5e-5)
    assert norm.assumed and norm.source and norm.space == "rgb"


@pytest.mark.parametrize(
    ("where", "expected"),
    [("cifar100/results/ours", CIFAR100), ("runs/CIFAR-10", CIFAR10), ("plain", CIFAR10)],
)
def test_the_path_names_the_dataset_where_the_file_does_not(tmp_path, where, expected):
    (tmp_path / where).mkdir(parents=True)
    torch.save(tensors(alexnet(32)), tmp_path / where / "encoder.pth")
    norm = card_of(open_file(tmp_path / where / "encoder.pth")).normalisation
    assert (norm.mean, norm.std) == expected
    assert ("its path" in norm.source) == (where != "plain")


@pytest.mark.parametrize(
    ("name", "config", "expected", "size"),
    [
        ("preprocessor_config.json", {"image_mean": [0.5] * 3, "image_std": [0.5] * 3,
                                      "crop_size": {"height": 96, "width": 96}}, HALVES, 96),
        ("preprocessor_config.json", {"do_normalize": False, "size": 64}, ZERO_ONE, 64),
        ("config.json", {"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
                                            "input_size": [3, 160, 160]}}, HALVES, 160),
        ("args.json", {"data": {"dataset": "cifar100"}}, CIFAR100, 32),
    ],
)  # fmt: skip
def test_a_configuration_beside_a_file_decides(tmp_path, name, config, expected, size):
    torch.save(tensors(resnet("resnet18")), tmp_path / "weights.pth")
    (tmp_path / name).write_text(json.dumps(config))
    card = card_of(open_file(tmp_path / "weights.pth"))
    assert (card.normalisation.mean, card.normalisation.std) == expected
    assert card.input_size == size
    assert "beside" in card.normalisation.source


@pytest.mark.parametrize("text", ["{", '{"mean": [0.1, 0.2]}', '{"mean": "os.system"}', "[1]"])
def test_a_configuration_that_says_nothing_of_use_changes_nothing(tmp_path, text):
    torch.save(tensors(resnet("resnet18")), tmp_path / "weights.pth")
    (tmp_path / "config.json").write_text(text)
    norm = card_of(open_file(tmp_path / "weights.pth")).normalisation
    assert (norm.mean, norm.std) == IMAGENET


def test_cmc_sees_the_colours_that_it_was_trained_on(tmp_path):
    write(tmp_path / "file", LAYOUTS["pycontrast, cmc"])
    opened = open_file(tmp_path / "file")
    images = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    r, g, b = (images.double() / 255).unbind(1)
    spaces = [
        0.299 * r + 0.587 * g + 0.114 * b,
        -0.450 * r - 0.883 * g + 1.333 * b,
        -1.333 * r + 1.116 * g + 0.217 * b,
    ]
    wanted = [
        (x - mean) / std
        for x, mean, std in zip(spaces, (0.457, -0.082, -0.052), (0.5, 1.331, 1.333), strict=True)
    ]
    for encoder, channels in (("encoder1", [0]), ("encoder2", [1, 2])):
        norm = card_of(opened, encoder=encoder).normalisation
        made = prepare(images, 8, norm.mean, norm.std, norm.space)
        expected = torch.stack([wanted[c] for c in channels], 1).float()
        torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)


def lab(red, green, blue):
    """CIELAB of one pixel of sRGB in [0, 1] in daylight (D65), step by step."""
    linear = [((v + 0.055) / 1.055) ** 2.4 if v > 0.04045 else v / 12.92
              for v in (red, green, blue)]  # fmt: skip
    to_xyz = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169),
              (0.019334, 0.119193, 0.950227))  # fmt: skip
    xyz = [sum(k * v for k, v in zip(row, linear, strict=True)) for row in to_xyz]
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (v / white for v, white in zip(xyz, (0.95047, 1.0, 1.08883), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_the_files_of_cmcs_own_code_see_lightness_and_colours_of_cielab(tmp_path):
    assert lab(1, 0, 0) == pytest.approx((53.24, 80.09, 67.20), abs=0.02)  # as tables have red
    half = LAYOUTS["pycontrast, cmc"].make()["model"]
    names = {}
    for ours, theirs in (("encoder1", "l_to_ab"), ("encoder2", "ab_to_l")):
        names |= {
            name.replace(f"module.{ours}.", f"module.encoder.module.{theirs}."): tensor
            for name, tensor in half.items() if f".{ours}." in name
        }  # fmt: skip
    torch.save({"opt": None, "model": names, "epoch": 240}, tmp_path / "file.pth")
    opened = open_file(tmp_path / "file.pth")
    images = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    images[0, :, 0] = torch.tensor([0, 2, 255]).repeat(3, 3)[:, :8]  # near black, and white
    wanted = torch.tensor([
        [lab(*(images[i, :, y, x] / 255).tolist()) for y in range(8) for x in range(8)]
        for i in range(2)
    ]).unflatten(1, (8, 8)).permute(0, 3, 1, 2)  # fmt: skip
    mean, std = (50.0, 6.025, -6.6895), (50.0, 92.208, 101.1675)
    for encoder, channels in (("l_to_ab", [0]), ("ab_to_l", [1, 2])):
        card = card_of(opened, encoder=f"model.module.encoder.module.{encoder}")
        assert (card.family, card.architecture, card.blocked) == ("CMC", "resnet50", None)
        assert card.network.channels == len(channels)
        norm = card.normalisation
        made = prepare(images, 8, norm.mean, norm.std, norm.space)
        expected = torch.stack([(wanted[:, c] - mean[c]) / std[c] for c in channels], 1)
        torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)


def test_many_channels_are_told_in_a_sentence(tmp_path):
    net = resnet18()
    net.conv1 = torch.nn.Conv2d(13, 64, 7, 2, 3, bias=False)
    torch.save(net.state_dict(), tmp_path / "file.pth")
    assert "13 channels" in card_of(open_file(tmp_path / "file.pth")).blocked
    words = ["embed", str(tmp_path / "file.pth"), "--dataset", "digits", "--out"]
    assert main([*words, str(tmp_path / "x.npz")]) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.5 / 0.25", ((0.5,) * 3, (0.25,) * 3)), 
     ("0.1, 0.2 0.3/1 2 3", ((0.1, 0.2, 0.3), (1, 2, 3))),
     ("imagenet", IMAGENET)],
)  # fmt: skip
def test_numbers_can_be_typed(text, expected):
    norm = pixels.by_hand(text)
    assert (norm.mean, norm.std) == expected and not norm.assumed


@pytest.mark.parametrize("text", ["", "0.5", "a / b", "0 / 0", "1 2 / 3 4", "nan / 1", "1/2/3"])
def test_nonsense_is_told_with_what_is_needed(text):
    with pytest.raises(ValueError, match="normalisation must be one of"):
        pixels.by_hand(text)


def test_the_terminal_takes_a_mean_and_a_deviation(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CACR_CACHE", str(tmp_path))
    file, out = FOLDER / "cacr-digits.safetensors", tmp_path / "out.npz"
    words = ["embed", str(file), "--dataset", "digits", "--out", str(out), "--n", "20"]
    assert main([*words, "--mean", "0.1,0.2,0.3", "--std", "0.4"]) == 0
    opened = open_file(file)
    from cacr_core.checkpoints.features import image_sets

    images = image_sets("digits", n_train=20, n_test=20).test.images
    expected = embed(
        network_of(opened, card_of(opened))[0], images, input_size=16, mean=(0.1, 0.2, 0.3),
        std=(0.4, 0.4, 0.4),
    )  # fmt: skip
    with np.load(out) as arrays:
        np.testing.assert_allclose(arrays["embeddings"], expected, atol=1e-5)
    assert main([*words, "--mean", "0.5"]) == 2
    assert "--mean and --std go together" in capsys.readouterr().err


def test_what_hangs_on_it_is_neighbours_votes_under_each(tmp_path):
    opened = open_file(FOLDER / "cacr-digits.safetensors")
    card = card_of(opened)
    told = []
    found = under_each(opened, card, "digits", lambda *n: told.append(n), tmp_path)
    assert found[0].name == "as assumed" and told[-1][0] <= told[-1][1]
    assert len({one.name for one in found}) == len(found) > 5
    from cacr_core.checkpoints.features import image_sets

    sets = image_sets("digits", n_train=512, n_test=256)
    net = network_of(opened, card)[0]
    for one in (found[0], next(one for one in found if one.name == "none")):
        norm = one.normalisation
        x, y = (
            torch.from_numpy(embed(net, s.images, input_size=16, mean=norm.mean, std=norm.std))
            for s in sets
        )
        right = knn_correct(x, sets.train.labels, y, sets.test.labels, 10, None)
        assert one.score.accuracy.value == pytest.approx(float(right.double().mean()))
    assert f"{100 * found[0].score.accuracy.value:.0f} %" in spread_words(found)


def come_to(values, assumed=True):
    """What normalisations come to, as a sentence."""
    norms = [Normalisation(*IMAGENET, assumed=assumed), *(Normalisation(*HALVES),) * 9]
    found = [
        Under(name, norm, SimpleNamespace(accuracy=Share(value, 0, 1, 256)))
        for name, norm, value in zip(("as assumed", "stl10", "clip"), norms, values, strict=False)
    ]
    return spread_words(found)


def test_a_normalisation_is_best_only_where_no_other_is_as_good():
    of = "Under the normalisation assumed 50 % of 256 images are right; under the others"
    assert come_to((0.5, 0.4, 0.6)) == f"{of} 40 to 60 %, most under clip."
    assert come_to((0.5, 0.6, 0.6)) == f"{of} 60 to 60 %, most under stl10, clip."
    assert come_to((0.5, 0.4, 0.5)) == f"{of} 40 to 50 %, no other does better."
    by_hand = come_to((0.5, 0.4, 0.5), assumed=False)
    assert by_hand.startswith("Under the normalisation set by hand 50 % of 256 images")


def test_a_network_of_two_channels_is_fed_by_colours_that_have_two_or_not_at_all(tmp_path):
    net = resnet18()
    net.conv1 = torch.nn.Conv2d(2, 64, 7, 2, 3, bias=False)
    torch.save(net.state_dict(), tmp_path / "file.pth")
    opened = open_file(tmp_path / "file.pth")
    assert "It takes images of 2 channels" in card_of(opened).blocked
    card = card_of(opened, normalisation="lab")
    assert card.blocked is None
    images = torch.randint(0, 256, (2, 3, 40, 40), dtype=torch.uint8)
    norm = card.normalisation
    fed = {"input_size": 40, "mean": norm.mean, "std": norm.std, "space": norm.space}
    assert embed(network_of(opened, card)[0], images, **fed).shape == (2, 512)
    for text in ("imagenet", "0.5 / 0.2"):
        with pytest.raises(ValueError, match="one of ydbdr, lab where images have 2 channels"):
            card_of(opened, normalisation=text)


def test_a_vit_is_fed_the_size_that_its_preprocessor_cuts_to(tmp_path):
    from tests.layouts import vit

    names = vit(192, 2, patch=14, size=518) | {f"blocks.{i}.ls{j}.gamma": (192,)
                                               for i in range(2) for j in (1, 2)}  # fmt: skip
    torch.save(tensors(names), tmp_path / "x.pth")
    card = card_of(open_file(tmp_path / "x.pth"))
    assert card.input_size == card.network.image_size == 518
    config = {"crop_size": {"height": 224, "width": 224}, "size": {"shortest_edge": 256}}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(config))
    (tmp_path / "config.json").write_text(json.dumps({"image_size": 518}))
    card = card_of(open_file(tmp_path / "x.pth"))
    assert (card.input_size, card.network.image_size) == (224, 518)
    assert any("positions are interpolated" in doubt for doubt in card.doubts)
