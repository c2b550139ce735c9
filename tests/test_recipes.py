import re

import pytest
import torch

from cacr_core.__main__ import main
from cacr_core.losses import CACR, SSCL
from cacr_core.papers.reproduce import RECIPES, changed_recipe, changes
from cacr_core.papers.reproduce.change import differences
from cacr_core.papers.reproduce.estimate import published_counts
from cacr_core.papers.reproduce.pretraining import first_encoder


def test_the_recipes_of_cacr_are_the_published_ones():
    expected = {
        "cacr-cifar10": (0.9, 32, 0.2, "none"),
        "cacr-cifar100": (2.0, 32, 0.2, "none"),
        "cacr-stl10": (2.0, 64, 0.08, "none"),
        "cacr-cifar10-linear": (0.9, 32, 0.2, "linear"),
        "cacr-cifar10-exponential": (0.9, 32, 0.2, "exponential"),
        "cacr-cifar100-linear": (2.0, 32, 0.2, "linear"),
        "cacr-cifar100-exponential": (2.0, 32, 0.2, "exponential"),
    }
    assert {name for name in RECIPES if name.startswith("cacr")} == set(expected)
    for name, (t_neg, size, least, imbalance) in expected.items():
        r = RECIPES[name]
        assert r.loss == CACR(t_pos=1, t_neg=t_neg, alpha=1, beta=1, detach_weights=False)
        assert (r.backbone, r.embedding_dim, r.n_views, r.batch_size) == (
            "smallalexnet",
            128,
            4 + 1,
            128,
        )
        assert (r.negatives, r.n_synthetic, r.drop_last) == ("later_views", 0, False)
        assert (r.lr, r.momentum, r.weight_decay, r.epochs) == (0.06, 0.9, 1e-4, 200)
        assert (r.imbalance, r.n_min, r.imbalance_seed) == (imbalance, 0, 2021)
        rates = [r.learning_rate(e) for e in (0, 154, 155, 169, 170, 184, 185, 199)]
        assert rates == pytest.approx([0.06, 0.06, 6e-3, 6e-3, 6e-4, 6e-4, 6e-5, 6e-5])
        v = r.view
        assert (v.size, v.crop_scale, v.crop_ratio, v.flip) == (
            size,
            (least, 1),
            (3 / 4, 4 / 3),
            0.5,
        )
        assert (v.brightness, v.contrast, v.saturation, v.hue) == (0.4, 0.4, 0.4, 0.4)
        assert (v.jitter_prob, v.grayscale, v.blur, v.noise, v.rotation) == (1, 0.2, 0, 0, 0)
        p = r.probe
        assert (p.optimizer, p.lr, p.betas, p.batch_size) == ("adam", 1e-3, (0.5, 0.999), 128)
        assert (p.epochs, p.view.crop_scale, p.view.flip) == (100, (least, 1), 0.5)
        assert (p.view.jitter_prob * p.view.hue, p.view.grayscale) == (0, 0)
        rates = [p.learning_rate(e) for e in (0, 59, 60, 79, 80, 99)]
        assert rates == pytest.approx([1e-3, 1e-3, 2e-4, 2e-4, 4e-5, 4e-5])
        assert p.test_crop == (64 / 70 if size == 64 else 1)


def test_the_recipes_of_sscl_are_the_published_ones():
    for name, class_prior in (("sscl-cifar10", 0.1), ("sscl-cifar100", 0.05)):
        r = RECIPES[name]
        assert r.loss == SSCL(temperature=0.5, beta=1, class_prior=class_prior)
        assert (r.backbone, r.embedding_dim, r.n_views, r.batch_size) == ("resnet18", 128, 2, 256)
        assert (r.n_synthetic, r.pool_size, r.mixing, r.negatives) == (8, 32, "pair", "all_views")
        assert (r.momentum, r.weight_decay, r.epochs, r.seed) == (0.9, 1e-4, 200, 333)
        assert not r.class_balanced_sampler
        v = r.view
        assert (v.size, v.crop_scale, v.jitter_prob, v.grayscale, v.blur) == (
            32,
            (0.08, 1),
            0.8,
            0.2,
            0,
        )
        assert (v.brightness, v.contrast, v.saturation, v.hue) == (0.4, 0.4, 0.4, 0.1)
        p = r.probe
        assert (p.optimizer, p.lr, p.batch_size, p.epochs) == ("sgd", 10, 256, 100)
        assert p.learning_rate(50) == pytest.approx(5)


def test_sscl_warms_up_and_returns_as_torchs_schedules_do():
    r = RECIPES["sscl-cifar10"]
    layer = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 180, eta_min=1e-4)
    assert r.learning_rate(0) == 1e-4
    assert r.learning_rate(10) == pytest.approx((1e-4 + 0.1) / 2)
    for epoch in range(20, 200):
        assert r.learning_rate(epoch) == pytest.approx(cosine.get_last_lr()[0], rel=1e-6)
        optimizer.step()
        cosine.step()


def test_the_networks_are_of_the_published_shapes():
    alexnet = first_encoder(RECIPES["cacr-stl10"])
    shapes = {name: tuple(p.shape) for name, p in alexnet.named_parameters()}
    assert shapes["backbone.blocks.5.1.weight"] == (4096, 192 * 7 * 7)
    assert shapes["projection_head.weight"] == (128, 4096)
    assert alexnet.projection_head.weight.std().item() == pytest.approx(0.02, rel=0.01)
    assert alexnet.projection_head.bias.eq(0).all()
    resnet = first_encoder(RECIPES["sscl-cifar10"])
    assert [type(m).__name__ for m in resnet.projection_head] == ["Linear", "ReLU", "Linear"]
    stem, pool = resnet.backbone.conv1, resnet.backbone.maxpool
    assert (stem.kernel_size, stem.stride) == ((3, 3), (1, 1))
    assert (pool.kernel_size, pool.stride, pool.padding) == (3, 1, 0)


@pytest.mark.parametrize(
    ("name", "n_pretrain"),
    [
        ("cacr-cifar10-linear", 27_500),
        ("cacr-cifar10-exponential", 7_904),
        ("cacr-cifar100-linear", 27_500),
        ("cacr-cifar100-exponential", 7_870),
        ("cacr-stl10", 105_000),
    ],
)
def test_as_many_images_are_pretrained_on_as_published(name, n_pretrain):
    assert published_counts(RECIPES[name])[0] == n_pretrain


@pytest.mark.parametrize(
    ("name", "dataset", "counts"),
    [
        ("cacr-cifar10", "fashion-mnist", (60_000, 60_000, 10_000)),
        ("cacr-cifar10", "stl10", (105_000, 5_000, 8_000)),
        ("cacr-stl10", "cifar100", (50_000, 50_000, 10_000)),
        ("sscl-cifar10", "svhn", (73_257, 73_257, 26_032)),
        ("cacr-cifar10-linear", "fashion-mnist", (33_000, 60_000, 10_000)),
        ("cacr-cifar10-linear", "svhn", None),  # its classes are not of one size
        ("cacr-cifar10", "pets", None),
    ],
)
def test_other_images_are_as_many_as_they_are_and_not_as_those_of_the_recipe(name, dataset, counts):
    assert published_counts(changed_recipe(name, dataset=dataset)) == counts


def test_a_plan_on_images_of_an_unknown_number_times_a_step_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "no-data"))
    command = ["reproduce", "cacr-cifar10", "--dry-run", "--out", str(tmp_path / "out")]
    command += "--backbone small --batch-size 8 --dataset".split()
    assert main([*command, "pets"]) == 0
    said = capsys.readouterr().out
    assert "Oxford pets: not on this machine, so how many images it has is not known" in said
    assert " s a step\n" in said and "200 epochs, 8 images" in said
    assert "estimate" not in said and "as published" not in said


@pytest.mark.parametrize("n_views", [2, 3, 4, 5])
def test_the_batch_that_a_refusal_asks_for_is_the_least_that_is_taken(n_views):
    with pytest.raises(ValueError, match="nearest negatives") as refused:
        changed_recipe("sscl-cifar10", n_views=n_views, batch_size=2)
    least = int(re.search(r"batch of (\d+) images or more", str(refused.value))[1])
    assert changed_recipe("sscl-cifar10", n_views=n_views, batch_size=least).batch_size == least
    with pytest.raises(ValueError, match=f"a batch of {least} images"):
        changed_recipe("sscl-cifar10", n_views=n_views, batch_size=least - 1)


@pytest.mark.parametrize("name", ["cacr-stl10", "cacr-cifar10", "sscl-cifar100"])
def test_the_centre_of_stl10s_test_images_is_told_of_where_it_is_what_is_tested(name):
    recipe = changed_recipe(name, dataset="stl10")
    (told,) = (text for text in differences(recipe, []) if text.startswith("STL-10"))
    assert "64 rather than from 96" in told and told.endswith(".")
    assert ("58 pixels in the centre" in told) == (recipe.probe.test_crop < 1)
    assert (recipe.probe.test_crop < 1) == (name == "cacr-stl10")


def test_only_what_is_changed_is_listed():
    assert all(changes(recipe) == [] for recipe in RECIPES.values())
    assert changes(changed_recipe("cacr-stl10", seed=5)) == []
    assert changes(changed_recipe("sscl-cifar10", n_train=100)) == ["n_train: 100, published all"]
    recipe = changed_recipe("cacr-cifar10", epochs=20)
    assert recipe.milestones == (16, 17, 18)
    assert len(changes(recipe)) == 2
    recipe = changed_recipe("cacr-cifar10", batch_size=256)
    assert recipe.lr == pytest.approx(0.12)
