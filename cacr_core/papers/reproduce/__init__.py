"""Reproduction at the papers' scale: a published recipe, run in a folder of its own.

    recipe.json              what is run, constant by constant
    pretraining.safetensors  encoder, optimizer and losses after the last whole epoch
    encoder.safetensors      the encoder once pretraining is done
    evaluation.safetensors   linear layer, optimizer and test results, likewise
    results.json             the outcome

Begun again in the same folder it goes on from the last whole epoch, to the same result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from cacr_core.papers.reproduce.change import changed_recipe as changed_recipe
from cacr_core.papers.reproduce.change import changes as changes
from cacr_core.papers.reproduce.evaluation import Evaluation
from cacr_core.papers.reproduce.images import Parts, load_parts
from cacr_core.papers.reproduce.pretraining import Pretraining
from cacr_core.papers.reproduce.ranks import ALONE, Ranks
from cacr_core.papers.reproduce.recipes import RECIPES as RECIPES
from cacr_core.papers.reproduce.recipes import Recipe as Recipe
from cacr_core.papers.reproduce.result import result
from cacr_core.papers.reproduce.stretches import told
from cacr_core.runs import folder as files

Say = Callable[[str], None]


def prepare(recipe: Recipe, folder: Path) -> None:
    """See that `folder` is new, empty, or holds this very reproduction.

    Raises:
        ValueError: It holds something else.
    """
    if not os.path.exists(folder):
        return
    if not folder.is_dir():
        raise ValueError(f"--out needs a folder, got the file {folder}. Name another.")
    begun = files.read_json(folder / "recipe.json")
    if not begun and any(folder.iterdir()):
        raise ValueError(
            f"--out needs a new or empty folder or one to go on in, got {folder}. Name another."
        )
    ours = recipe.to_json()
    other = [key for key in ours if begun and begun.get(key) != ours[key]]
    if other:
        raise ValueError(
            f"{folder} holds a reproduction with another {', '.join(other)}. Give the same options "
            "to go on with it, or name another --out."
        )


def reproduce(
    recipe: Recipe,
    folder: Path,
    device: torch.device,
    *,
    precision: str = "auto",
    parts: Parts | None = None,
    download: bool = False,
    say: Say = print,
    ranks: Ranks = ALONE,
) -> dict[str, Any]:
    """Pretrain, evaluate, write results.json and return what is in it.

    Args:
        precision: What the layers compute in during pretraining, a key of `training.PRECISIONS`.
        parts: The images, if they are loaded already.
        say: Called with one line after every epoch, in the first process.
        ranks: The processes that do it together, all on one folder.

    Raises:
        ValueError: The images are missing, the folder holds something else, or float16 is asked.
        FloatingPointError: The loss stopped being finite.
    """
    folder = Path(folder)
    with ranks.first_alone():
        prepare(recipe, folder)
        if done := files.read_json(folder / "results.json"):
            return done
        parts = parts or load_parts(recipe, download)
        if ranks.is_first:
            for left in folder.glob(".*.safetensors.*"):  # half-written by a process killed
                left.unlink()
            files.write_json(folder / "recipe.json", recipe.to_json())
    pretraining = _pretrained(recipe, folder, parts, device, precision, say, ranks)
    encoder, losses, stretches = (
        pretraining.encoder,
        pretraining.losses,
        pretraining.stretches,
    )
    del pretraining  # frees the optimizer before the features need room
    evaluation = Evaluation(recipe, encoder, parts.labelled, parts.test, device, ranks)
    _evaluate(evaluation, folder / "evaluation.safetensors", recipe.probe.epochs, say)
    found = result(recipe, parts, losses, evaluation.correct, stretches, evaluation.stretches)
    last = evaluation.stretches[-1]
    found |= {key: last[key] for key in ("machine", "processes", "threads", "torch")}
    if ranks.is_first:
        files.write_json(folder / "results.json", found)
    return found


def _pretrained(
    recipe: Recipe,
    folder: Path,
    parts: Parts,
    device: torch.device,
    precision: str,
    say: Say,
    ranks: Ranks,
) -> Pretraining:
    """All epochs of pretraining, from the last whole one in the folder; the encoder is written."""
    pretraining = Pretraining(recipe, parts.pretrain, device, precision, ranks)
    path = folder / "pretraining.safetensors"
    pretraining.load(path)
    stretches = pretraining.stretches
    if ranks.is_first and stretches[-1]["epoch"] == pretraining.epoch > 0:
        was, now = told(stretches[-2:])
        say(f"goes on after epoch {pretraining.epoch} on {now}; so far it was trained on {was}")
    while pretraining.epoch < recipe.epochs:
        begun = time.perf_counter()
        loss = pretraining.run_epoch()
        if not ranks.is_first:
            continue
        pretraining.save(path)
        took = time.perf_counter() - begun
        say(f"pretraining {pretraining.epoch} of {recipe.epochs}: loss {loss:.4f} ({took:.1f} s)")
    if ranks.is_first and not (folder / "encoder.safetensors").exists():
        state = pretraining.encoder.state_dict()
        weights = {k: v.detach().cpu().contiguous() for k, v in state.items()}
        files.write_bytes(
            folder / "encoder.safetensors",
            save(weights, metadata={"backbone": recipe.backbone, "recipe": recipe.name}),
        )
    return pretraining


def _evaluate(evaluation: Evaluation, path: Path, epochs: int, say: Say) -> None:
    """All epochs of the linear layer, from the last whole one in the file."""
    evaluation.load(path)
    while evaluation.epoch < epochs:
        begun = time.perf_counter()
        accuracy = evaluation.run_epoch()
        if not evaluation.ranks.is_first:
            continue
        evaluation.save(path)
        took = time.perf_counter() - begun
        say(
            f"linear evaluation {evaluation.epoch} of {epochs}: test accuracy "
            f"{accuracy:.2%} ({took:.1f} s)"
        )
