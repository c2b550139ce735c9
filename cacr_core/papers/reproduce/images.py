"""The images of a reproduction: what is pretrained on, what the probe learns from, what scores."""

from __future__ import annotations

from typing import NamedTuple

import torch

from cacr_core import data
from cacr_core.data.image_set import ImageSet, some_of
from cacr_core.data.published import PUBLISHED, data_root
from cacr_core.papers.reproduce.recipes import Recipe


class Parts(NamedTuple):
    """`pretrain` may be imbalanced or unlabelled; `labelled` is all there is with a label."""

    pretrain: ImageSet
    labelled: ImageSet
    test: ImageSet


def load_parts(recipe: Recipe, download: bool = False) -> Parts:
    """The whole published training and test parts, but for `n_train`.

    Raises:
        ValueError: The images are not here, or too few for a batch.
    """
    name = recipe.dataset
    if not (download or data.is_here(name)):
        raise ValueError(
            f"{data.DATASETS[name].title} is not in {data_root()}. Add --download, press Download "
            "beside it in the app, or set CACR_DATA to where torchvision's files are."
        )
    if name in PUBLISHED:
        train, test = PUBLISHED[name].read(name, None, download, recipe.n_train, recipe.seed)
        train = some_of(train, recipe.n_train, recipe.seed)
    else:
        train, _, test = data.load(name, n_train=recipe.n_train, n_probes=16, seed=recipe.seed)
    labelled = train.take(torch.nonzero(train.labels >= 0).flatten())
    pretrain = train
    if recipe.imbalance != "none":
        generator = torch.Generator().manual_seed(recipe.imbalance_seed)
        pretrain = data.imbalanced(train, recipe.imbalance, generator, n_min=recipe.n_min)
    if len(pretrain) < recipe.batch_size:
        raise ValueError(
            f"A batch of {recipe.batch_size} needs as many images, and {len(pretrain)} of "
            f"{len(train)} remain for pretraining. Lower --batch-size or raise --n-train."
        )
    if recipe.class_balanced_sampler and len(labelled) < len(train):
        raise ValueError(
            f"--class-balanced-sampler needs a label for every image, got {len(labelled)} labels "
            f"for {len(train)} images. Leave it out."
        )
    if len(labelled) < 2:
        raise ValueError(
            f"Linear evaluation needs labelled images, got {len(labelled)} among the {len(train)} "
            "drawn. Raise --n-train."
        )
    return Parts(pretrain, labelled, test)
