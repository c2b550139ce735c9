"""A recipe made smaller or moved to other images, and the list of what then is not as published."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from cacr_core.data import DATASETS
from cacr_core.losses import LABELS_ENTER, Loss, loss_name, needs_labels
from cacr_core.losses.words import own
from cacr_core.models import BACKBONES
from cacr_core.papers.reproduce.recipes import DIFFERENCES, RECIPES, Recipe
from cacr_core.papers.reproduce.stretches import Stretch, of_stretches

SAMPLER_NOTE = (
    "Batches were drawn class by class with --class-balanced-sampler, as the authors' code does: "
    "the labels of the training images were used in pretraining."
)


def changed_recipe(
    name: str,
    *,
    dataset: str | None = None,
    n_train: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    eval_epochs: int | None = None,
    backbone: str | None = None,
    seed: int | None = None,
    class_balanced_sampler: bool = False,
    loss: Loss | None = None,
    n_views: int | None = None,
    n_synthetic: int | None = None,
) -> Recipe:
    """The recipe `name`, with what is given in place of what was published.

    Milestones and warm-up keep their share of the epochs. CACR's learning rate follows the batch,
    0.12 for 256 images, as in its code.

    Args:
        loss: In place of the published one, under its schedule. One of another kind is given two
            views unless told otherwise, negatives from all of them, and no synthetic ones.
        n_views: Views of each image; a query has one positive less.
        n_synthetic: Synthetic negatives a query, for SSCL's recipes; 0 for none.

    Raises:
        ValueError: An unknown name or a number out of range.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no recipe {name!r}. Choose from {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    for option, value, least in (
        ("--n-train", n_train, 4),
        ("--epochs", epochs, 1),
        ("--batch-size", batch_size, 2),
        ("--eval-epochs", eval_epochs, 1),
        ("--seed", seed, 0),
        ("--n-views", n_views, 2),
        ("--n-synthetic", n_synthetic, 0),
    ):
        if value is not None and not least <= value < 2**31:
            raise ValueError(f"{option} must be {least} or more, got {value}.")
    if dataset is not None:
        recipe = _on(recipe, dataset)
    if epochs is not None:
        recipe = _lasting(recipe, epochs)
    if eval_epochs is not None:
        recipe = _evaluated_for(recipe, eval_epochs)
    if batch_size is not None:
        lr = 0.12 * batch_size / 256 if published_loss(recipe) == "cacr" else recipe.lr
        recipe = dataclasses.replace(recipe, batch_size=batch_size, lr=lr)
    if backbone is not None:
        if backbone not in BACKBONES:
            raise ValueError(f"--backbone must be one of {', '.join(BACKBONES)}, got {backbone!r}.")
        recipe = dataclasses.replace(recipe, backbone=backbone)
    if loss is not None:
        recipe = _with_loss(recipe, loss)
    if n_views is not None:
        recipe = dataclasses.replace(recipe, n_views=n_views)
    if n_synthetic is not None:
        recipe = _with_synthetic(recipe, n_synthetic)
    _check_together(recipe, class_balanced_sampler)
    return dataclasses.replace(
        recipe,
        n_train=n_train,
        class_balanced_sampler=class_balanced_sampler,
        seed=recipe.seed if seed is None else seed,
    )


def _on(recipe: Recipe, dataset: str) -> Recipe:
    if dataset not in DATASETS:
        raise ValueError(f"--dataset must be one of {', '.join(DATASETS)}, got {dataset!r}.")
    size = DATASETS[dataset].image_size
    view, probe = recipe.view, recipe.probe
    probe = dataclasses.replace(probe, view=dataclasses.replace(probe.view, size=size))
    return dataclasses.replace(
        recipe, dataset=dataset, view=dataclasses.replace(view, size=size), probe=probe
    )


def _with_synthetic(recipe: Recipe, n_synthetic: int) -> Recipe:
    if n_synthetic and not recipe.pool_size:
        raise ValueError(
            f"--n-synthetic mixes negatives of a hard pool, and {recipe.name} with this loss has "
            "none. Take a recipe of SSCL with --loss sscl."
        )
    pool_size = recipe.pool_size if n_synthetic else 0
    return dataclasses.replace(recipe, n_synthetic=n_synthetic, pool_size=pool_size)


def published_loss(recipe: Recipe) -> str:
    """The name of the loss that the recipe's authors train, whichever it has been given."""
    return loss_name(RECIPES[recipe.name].loss)


def labels_note(recipe: Recipe) -> str | None:
    """What is said where labels take part in pretraining."""
    said = [SAMPLER_NOTE] * recipe.class_balanced_sampler
    said += [f"{LABELS_ENTER} It was pretrained with them."] * needs_labels(recipe.loss)
    return " ".join(said) or None


def _with_loss(recipe: Recipe, loss: Loss) -> Recipe:
    learns = own(loss, "learns")
    if learns is not None and learns():
        raise ValueError(
            f"A reproduction trains the encoder alone, and {loss_name(loss)} asks for "
            f"{' and '.join(learns())} to be learned, too: leave its --learned out."
        )
    if loss_name(loss) == loss_name(recipe.loss):
        return dataclasses.replace(recipe, loss=loss)
    return dataclasses.replace(
        recipe, loss=loss, n_views=2, negatives="all_views", n_synthetic=0, pool_size=0
    )


def _lasting(recipe: Recipe, epochs: int) -> Recipe:
    return dataclasses.replace(
        recipe,
        epochs=epochs,
        milestones=_in_proportion(recipe.milestones, epochs / recipe.epochs),
        warm_up=round(recipe.warm_up * epochs / recipe.epochs),
    )


def _evaluated_for(recipe: Recipe, epochs: int) -> Recipe:
    probe = recipe.probe
    milestones = _in_proportion(probe.milestones, epochs / probe.epochs)
    probe = dataclasses.replace(probe, epochs=epochs, milestones=milestones)
    return dataclasses.replace(recipe, probe=probe)


def _check_together(recipe: Recipe, class_balanced_sampler: bool) -> None:
    if class_balanced_sampler and published_loss(recipe) != "sscl":
        raise ValueError(
            "--class-balanced-sampler belongs to the recipes of SSCL, whose authors use it; "
            f"{recipe.name} has none. Leave it out."
        )
    if recipe.pool_size > recipe.n_views * (recipe.batch_size - 1):
        raise ValueError(
            f"The {recipe.pool_size} nearest negatives of a query need a batch of "
            f"{-(-recipe.pool_size // recipe.n_views) + 1} images or more, got --batch-size "
            f"{recipe.batch_size}."
        )


def changes(recipe: Recipe) -> list[str]:
    """What of a recipe is not as published, each "field: is, published was"; [] if nothing."""
    return _changes(recipe.to_json(), RECIPES[recipe.name].to_json())


def _changes(ours: dict[str, Any], published: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key, value in published.items():
        if key in ("seed", "class_balanced_sampler"):  # the papers report no seed; noted apart
            continue
        if key == "loss" and ours[key]["name"] != value["name"]:
            found.append(f"loss: {_loss_said(ours[key])}, published {_loss_said(value)}")
        elif isinstance(value, dict):
            found += _changes(ours[key], value, f"{prefix}{key}.")
        elif ours[key] != value:
            found.append(f"{prefix}{key}: {_said(ours[key])}, published {_said(value)}")
    return found


def _loss_said(loss: dict[str, Any]) -> str:
    settings = ", ".join(f"{k} {_said(v)}" for k, v in loss.items() if k != "name")
    return f"{loss['name']} ({settings})"


def _said(value: object) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(_said(part) for part in value) + ")"
    return "all" if value is None else f"{value:g}" if isinstance(value, float) else f"{value}"


def differences(
    recipe: Recipe, stretches: Sequence[Stretch], evaluated: Sequence[Stretch] = ()
) -> list[str]:
    """What this program does differently from the authors', whatever the settings.

    Args:
        stretches, evaluated: Where and how it was pretrained and evaluated.
    """
    found = [*DIFFERENCES, *of_stretches(stretches, evaluated)]
    if published_loss(recipe) == "sscl":
        found.append(
            "The encoder evaluated is that of the last epoch; the authors keep that of the lowest "
            "pretraining loss."
        )
        found.append(
            "Views are cropped first, then coloured and blurred; the authors' code for SSCL crops "
            "last, so its blur is enlarged with the crop."
        )
        found.append(
            "The probe's layer starts from a uniform distribution; the authors' from a narrow "
            "Gaussian without bias, and its batches are drawn class by class, with replacement."
        )
        if not recipe.class_balanced_sampler:
            found.append(
                "Batches are drawn without looking at labels, every image once an epoch; the "
                "authors' code draws them class by class, with replacement."
            )
    if recipe.n_synthetic:
        found.append(
            "Two of the hardest negatives are mixed, as in the paper; the uploaded code has that "
            "line commented out."
        )
    if recipe.dataset == "stl10":
        told = "STL-10 is loaded at 64 pixels: crops are taken from 64 rather than from 96"
        if recipe.probe.test_crop < 1:
            told += (
                ", and the test view enlarges the 58 pixels in the centre instead of cutting 64 "
                "of 70"
            )
        found.append(f"{told}.")
    if recipe.imbalance != "none":
        found.append(
            "Which images of a class are kept is drawn by torch, not by the authors' "
            "scikit-learn shuffle; how many is the same."
        )
    return found


def _in_proportion(milestones: tuple[int, ...], share: float) -> tuple[int, ...]:
    return tuple(round(m * share) for m in milestones)
