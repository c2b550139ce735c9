"""The published recipes as data: every constant, where it comes from, and what differs here.

CACR: Zheng et al., TMLR 2023, https://arxiv.org/abs/2105.03746; the constants are those of
JegZheng/CACR-SSL, small_scale_experiments (`main_ours.py`, `linear_eval.py`, `encoder.py` of each
dataset). Where README and argparse differ (t_neg of CIFAR-10: 0.9 and 1.0; of STL-10: 2.0 and 1.0;
beta of STL-10: 1.0 and 2.0) the README's commands are taken.

SSCL: Dong et al. 2023, https://arxiv.org/abs/2304.02971; the constants are those of
dhkdhk/SSCL@c4c5e0b: `config.conf`, which overrides the program's defaults, and for the class prior
its comment, 0.1 for CIFAR-10 and 0.05 for CIFAR-100. The method mixes two of the hardest negatives
as the paper says; the uploaded file has that line commented out and takes one of them unmixed.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from cacr_core.losses import CACR, SSCL, loss_name
from cacr_core.pairs import Mixing, Negatives
from cacr_core.views import ViewRecipe

Imbalance = Literal["none", "linear", "exponential"]

DIFFERENCES = (
    "Crops and colours are drawn for a whole batch on its device (one affine map; brightness, "
    "saturation, hue and contrast in this order, hue turned in YIQ); the papers use torchvision's, "
    "image by image, the order of the colours at random. A crop longer than the image is cut where "
    "torchvision draws it again: about 4 % more of the image is seen.",
    "Pixels are scaled to -1 to 1; the papers subtract each channel's mean and divide by its "
    "deviation, which batch normalisation after the first convolution undoes but at the border.",
    "Running statistics of batch normalisation are a plain mean over the first ten batches before "
    "they follow torch's momentum of 0.1.",
)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Linear evaluation: a linear layer on frozen features in eval mode.

    Args:
        view: How labelled images are varied; test images are seen plain.
        test_crop: Share of a test image's side that is kept in its centre.
        milestones: Epochs from which the rate is multiplied by `factor` each; none for a cosine
            to 0.
    """

    optimizer: Literal["adam", "sgd"]
    lr: float
    batch_size: int
    view: ViewRecipe
    epochs: int = 100
    betas: tuple[float, float] = (0.9, 0.999)
    momentum: float = 0.0
    milestones: tuple[int, ...] = ()
    factor: float = 1.0
    test_crop: float = 1.0

    def learning_rate(self, epoch: int) -> float:
        if self.milestones:
            return self.lr * self.factor ** sum(epoch >= m for m in self.milestones)
        return self.lr * 0.5 * (1 + math.cos(math.pi * epoch / self.epochs))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One reproduction: pretraining by SGD, then `probe`.

    Args:
        n_images: Published number of images: pretraining (before imbalance), labelled, test.
        imbalance: What is kept of each class for pretraining; evaluation is on all.
        drop_last: Leave out an epoch's last batch where it is not full.
        lr: Peak rate of SGD, for `batch_size` images.
        warm_up: Epochs over which the rate rises linearly from `least_lr`; then a cosine back.
        milestones: Epochs from which the rate is multiplied by 0.1 each; none for the cosine.
        class_balanced_sampler: Draw with replacement, every class as often. Uses labels.
        n_train: How many images are drawn for training; None for all.
    """

    name: str
    loss: Any
    dataset: str
    n_images: tuple[int, int, int]
    imbalance: Imbalance = "none"
    n_min: int = 0
    imbalance_seed: int = 2021
    backbone: str
    embedding_dim: int = 128
    n_views: int
    negatives: Negatives = "all_views"
    n_synthetic: int = 0
    pool_size: int = 0
    mixing: Mixing = "pair"
    batch_size: int
    drop_last: bool = False
    view: ViewRecipe
    epochs: int = 200
    lr: float
    momentum: float = 0.9
    weight_decay: float = 1e-4
    milestones: tuple[int, ...] = ()
    warm_up: int = 0
    least_lr: float = 0.0
    class_balanced_sampler: bool = False
    n_train: int | None = None
    seed: int = 0
    probe: Probe

    def learning_rate(self, epoch: int) -> float:
        if self.milestones:
            return self.lr * 0.1 ** sum(epoch >= m for m in self.milestones)
        if epoch < self.warm_up:
            return self.least_lr + (self.lr - self.least_lr) * epoch / self.warm_up
        share = (epoch - self.warm_up) / max(1, self.epochs - self.warm_up)
        return self.least_lr + (self.lr - self.least_lr) * 0.5 * (1 + math.cos(math.pi * share))

    def to_json(self) -> dict[str, Any]:
        fields = dataclasses.asdict(self)
        fields["loss"] = {"name": loss_name(self.loss), **fields["loss"]}
        return json.loads(json.dumps(fields))


def _photos(size: int, least: float, **colours: Any) -> ViewRecipe:
    ratio = (3 / 4, 4 / 3)  # torchvision's default for random resized crops
    return ViewRecipe(size=size, crop_scale=(least, 1), crop_ratio=ratio, flip=0.5, **colours)


def _cacr(
    dataset: str,
    t_neg: float,
    size: int,
    least_crop: float,
    n_images: tuple[int, int, int],
    imbalance: Imbalance = "none",
    test_crop: float = 1.0,
) -> Recipe:
    """K = 4 positives, batch 128, SmallAlexNet to 128 dimensions; lr 0.12 batch / 256, momentum
    0.9, weight decay 1e-4, 200 epochs, x 0.1 at 155, 170 and 185. Jitter of 0.4 always, hue too,
    grayscale 0.2, no blur. Probe on fc7 (4,096): Adam 1e-3, betas (0.5, 0.999), batch 128, 100
    epochs, x 0.2 at 60 and 80, the pretraining's crop and flip; STL-10's test images are resized
    to 70 and cropped to 64. Imbalance with seed 2021, no least number of images."""
    jitter = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.4}
    return Recipe(
        name=f"cacr-{dataset}" + ("" if imbalance == "none" else f"-{imbalance}"),
        loss=CACR(t_pos=1.0, t_neg=t_neg, alpha=1.0, beta=1.0),
        dataset=dataset,
        n_images=n_images,
        imbalance=imbalance,
        backbone="smallalexnet",
        n_views=5,
        negatives="later_views",
        batch_size=128,
        view=_photos(size, least_crop, **jitter, jitter_prob=1.0, grayscale=0.2),
        lr=0.12 * 128 / 256,
        milestones=(155, 170, 185),
        probe=Probe(
            optimizer="adam",
            lr=1e-3,
            betas=(0.5, 0.999),
            batch_size=128,
            view=_photos(size, least_crop),
            milestones=(60, 80),
            factor=0.2,
            test_crop=test_crop,
        ),
    )


def _sscl(dataset: str, class_prior: float) -> Recipe:
    """ResNet-18 with a stem for small images, head 512-512-128; batch 256, 200 epochs, SGD 0.1,
    momentum 0.9, weight decay 1e-4, 20 epochs of warm-up from 1e-4 and a cosine back to it, epoch
    by epoch; temperature 0.5, beta 1, 8 synthetics from the 32 nearest. Jitter (0.4, 0.4, 0.4,
    0.1) with chance 0.8, grayscale 0.2, crops of 0.08 to 1, no blur. Probe: SGD 10, momentum 0.9,
    no decay, cosine, batch 256, 100 epochs, with jitter and grayscale, blur with chance 0.5 and
    crops of 0.25 to 1. Seed 333."""
    colours = {
        "brightness": 0.4,
        "contrast": 0.4,
        "saturation": 0.4,
        "hue": 0.1,
        "jitter_prob": 0.8,
        "grayscale": 0.2,
    }
    varied = dataclasses.replace(_photos(32, 0.25, **colours), blur=0.5, blur_sigma=(0.1, 2.0))
    return Recipe(
        name=f"sscl-{dataset}",
        loss=SSCL(temperature=0.5, beta=1.0, class_prior=class_prior),
        dataset=dataset,
        n_images=(50_000, 50_000, 10_000),
        backbone="resnet18",
        n_views=2,
        n_synthetic=8,
        pool_size=32,
        batch_size=256,
        drop_last=True,
        view=_photos(32, 0.08, **colours),
        lr=0.1,
        warm_up=20,
        least_lr=1e-4,
        seed=333,
        probe=Probe(optimizer="sgd", lr=10.0, momentum=0.9, batch_size=256, view=varied),
    )


_CIFAR = (50_000, 50_000, 10_000)
RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _cacr("cifar10", 0.9, 32, 0.2, _CIFAR),
        _cacr("cifar100", 2.0, 32, 0.2, _CIFAR),
        _cacr("stl10", 2.0, 64, 0.08, (105_000, 5_000, 8_000), test_crop=64 / 70),
        _sscl("cifar10", 0.1),
        _sscl("cifar100", 0.05),
        _cacr("cifar10", 0.9, 32, 0.2, _CIFAR, "linear"),
        _cacr("cifar10", 0.9, 32, 0.2, _CIFAR, "exponential"),
        _cacr("cifar100", 2.0, 32, 0.2, _CIFAR, "linear"),
        _cacr("cifar100", 2.0, 32, 0.2, _CIFAR, "exponential"),
    )
}
