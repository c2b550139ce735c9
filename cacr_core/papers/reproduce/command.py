"""`python -m cacr_core reproduce NAME`: its options, its plan and its table."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cacr_core.losses import LOSSES
from cacr_core.losses import options as loss_options
from cacr_core.runs.typed import place, refuse_no_folder, something

if TYPE_CHECKING:
    import torch

    from cacr_core.papers.reproduce.estimate import Estimate
    from cacr_core.papers.reproduce.images import Parts
    from cacr_core.papers.reproduce.recipes import Recipe

TEXT = (
    "Run a published recipe, linear evaluation included. Interrupted, the same command goes on. "
    "Options that change the recipe are listed in the result."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="a recipe, such as cacr-cifar10; any other word lists them")
    parser.add_argument(
        "--out", type=place, help="its folder; reproduce-NAME among the runs if not"
    )
    parser.add_argument("--dry-run", action="store_true", help="print plan and estimate only")
    parser.add_argument("--download", action="store_true", help="fetch the images if not here")
    parser.add_argument("--device", default="auto", help="auto, cpu, mps, cuda, cuda:1, xpu")
    parser.add_argument(
        "--precision", default="auto", help="of the layers: auto, float32 or bfloat16"
    )
    parser.add_argument("--seed", type=int, help="of weights, order and views")
    scale = parser.add_argument_group("not as published")
    scale.add_argument("--dataset", type=something, help="other images")
    for option, what in (
        ("--n-train", "train on this many images"),
        ("--epochs", "epochs of pretraining; milestones keep their share"),
        ("--batch-size", "images in a batch; CACR's learning rate follows"),
        ("--eval-epochs", "epochs of linear evaluation"),
    ):
        scale.add_argument(option, type=int, help=what)
    scale.add_argument("--backbone", type=something, help="another backbone")
    scale.add_argument(
        "--n-views", type=int, help="views of each image; two for a loss of another kind"
    )
    scale.add_argument("--n-synthetic", type=int, help="synthetic negatives; 0 leaves them out")
    scale.add_argument(
        "--loss", help=f"another loss under the recipe's schedule: {', '.join(LOSSES)}"
    )
    loss_options.add(scale, loss_options.said_of_settings())
    scale.add_argument(
        "--class-balanced-sampler",
        action="store_true",
        help="draw batches class by class, using labels, as SSCL's authors do",
    )


def run(options: argparse.Namespace) -> int:
    """Print the plan and the estimate, then do it; 130 when interrupted.

    Raises:
        ValueError: In one sentence, what does not fit; nothing is written then.
        FloatingPointError: In one sentence, that the loss stopped being finite.
    """
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from the last whole epoch.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    from cacr_core.papers.reproduce import changed_recipe, prepare, reproduce
    from cacr_core.papers.reproduce.images import load_parts
    from cacr_core.papers.reproduce.ranks import joined, own_device
    from cacr_core.papers.reproduce.result import table
    from cacr_core.runs import folder as files
    from cacr_core.runs.shelf import runs_folder
    from cacr_core.training import PRECISIONS, choose_device

    recipe = changed_recipe(
        options.name,
        dataset=options.dataset,
        n_train=options.n_train,
        epochs=options.epochs,
        batch_size=options.batch_size,
        eval_epochs=options.eval_epochs,
        backbone=options.backbone,
        seed=options.seed,
        class_balanced_sampler=options.class_balanced_sampler,
        loss=_asked_loss(options),
        n_views=options.n_views,
        n_synthetic=options.n_synthetic,
    )
    device = choose_device(options.device)
    if options.precision not in PRECISIONS:
        raise ValueError(
            f"precision must be one of {', '.join(PRECISIONS)}, got {options.precision!r}."
        )
    folder = (options.out or runs_folder() / f"reproduce-{recipe.name}").resolve()
    if options.dry_run:
        return _dry_run(recipe, device, options.precision, folder)
    device = own_device(device)
    with joined(device) as ranks:
        with ranks.first_alone():
            prepare(recipe, folder)
            if ranks.is_first and not os.path.exists(folder / "results.json"):
                refuse_no_folder(folder, "--out")
            found = files.read_json(folder / "results.json")
            parts = None if found else load_parts(recipe, options.download)
            if parts and ranks.is_first:
                plan = _plan(recipe, device, options.precision, folder, parts, ranks.world)
                print("\n".join(plan), flush=True)
        found = found or reproduce(
            recipe,
            folder,
            device,
            precision=options.precision,
            parts=parts,
            say=lambda line: print(line, flush=True),
            ranks=ranks,
        )
    if ranks.is_first:
        print(table(found))
    return 0


def _asked_loss(options: argparse.Namespace) -> Any:
    """The loss in place of the recipe's, None where nothing of it was asked for."""
    from cacr_core.papers.reproduce import RECIPES

    given = {"loss": options.loss}
    given |= {name: getattr(options, name) for name in loss_options.said_of_settings()}
    if options.name not in RECIPES or not any(value is not None for value in given.values()):
        return None
    return loss_options.loss_of(given, RECIPES[options.name].loss)


def _dry_run(recipe: Recipe, device: torch.device, precision: str, folder: Path) -> int:
    from cacr_core import data
    from cacr_core.papers.reproduce import prepare
    from cacr_core.papers.reproduce.images import load_parts
    from cacr_core.papers.reproduce.ranks import started_with

    ranks = started_with()
    if ranks.is_first:
        prepare(recipe, folder)
        parts = load_parts(recipe) if data.is_here(recipe.dataset) else None
        print("\n".join(_plan(recipe, device, precision, folder, parts, ranks.world)))
    return 0


def _plan(
    recipe: Recipe,
    device: torch.device,
    precision: str,
    folder: Path,
    parts: Parts | None,
    n_processes: int,
) -> list[str]:
    from cacr_core import data
    from cacr_core.papers.reproduce import changes
    from cacr_core.papers.reproduce.change import labels_note
    from cacr_core.papers.reproduce.estimate import estimate

    guess = estimate(recipe, device, precision, folder, parts)
    whole, title = guess.whole, data.DATASETS[recipe.dataset].title
    if whole is None:
        counts = (
            "not on this machine, so how many images it has is not known; --download fetches it"
        )
    else:
        pretrain, labelled, test = whole.counts
        counts = f"{pretrain:,} images to pretrain on, {labelled:,} labelled, {test:,} to test"
        counts += "" if parts else " (as published; not on this machine, --download fetches it)"
    steps = f" of {whole.steps:,} steps" if whole else ""
    lines = [
        f"{recipe.name} in {folder}",
        f"  {title}: {counts}",
        f"  pretraining: {recipe.backbone}, {recipe.epochs} epochs{steps}, "
        f"{recipe.batch_size} images in {recipe.n_views} views each",
        f"  linear evaluation: {recipe.probe.epochs} epochs, {recipe.probe.optimizer}",
        f"  on {device}: {guess.step:.2g} s a step{_times(guess, n_processes)}",
    ]
    if changed := changes(recipe):
        lines += ["  not the published recipe:", *(f"    {change}" for change in changed)]
    note = labels_note(recipe)
    return lines + ([f"  {note}"] if note else [])


def _times(guess: Estimate, n_processes: int) -> str:
    """What hangs on how many images there are, as the end of a line and one below it."""
    from cacr_core.papers.reproduce.estimate import duration

    if guess.whole is None:
        return ""
    epoch, probe_epoch, left, *_ = guess.whole
    told = f", {duration(epoch)} an epoch, {duration(probe_epoch)} an epoch of evaluation\n"
    told += f"  estimate: {duration(left)}"
    if n_processes > 1:
        at_best = duration(left / n_processes)
        told += f" by one process, {at_best} at best by the {n_processes} that share each batch"
    if any(guess.done):
        told += f" left ({guess.done[0]} and {guess.done[1]} epochs done)"
    return told
