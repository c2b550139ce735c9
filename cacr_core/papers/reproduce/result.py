"""What came of a reproduction: results.json, and the same as a table to read."""

from __future__ import annotations

from typing import Any

import torch

from cacr_core.papers.reproduce.change import (
    changes,
    differences,
    labels_note,
    published_loss,
)
from cacr_core.papers.reproduce.images import Parts
from cacr_core.papers.reproduce.recipes import Recipe
from cacr_core.papers.reproduce.stretches import Stretch, of_stretches

BEST_NOTES = {
    "cacr": (
        "The authors report the best epoch, which selects on the test set; the last epoch does not."
    ),
    "sscl": (
        "The best epoch selects on the test set; the last does not, and is what the authors' "
        "program tests, too."
    ),
}


def result(
    recipe: Recipe,
    parts: Parts,
    losses: list[float],
    correct: list[list[int]],
    stretches: list[Stretch],
    evaluated: list[Stretch],
) -> dict[str, Any]:
    """The outcome, with what it is of.

    Args:
        losses: Mean loss of each epoch of pretraining.
        stretches, evaluated: Where and how it was pretrained and evaluated.
        correct: Test images of each class that were right after each epoch of evaluation.
    """
    n_classes = len(parts.test.class_names)
    per_class = torch.bincount(parts.test.labels, minlength=n_classes).tolist()
    kept = torch.bincount(
        parts.pretrain.labels[parts.pretrain.labels >= 0], minlength=n_classes
    ).tolist()
    accuracies = [sum(row) / len(parts.test) for row in correct]
    best = max(range(len(accuracies)), key=accuracies.__getitem__)  # the first of equals
    changed = changes(recipe)
    found: dict[str, Any] = {
        "recipe": recipe.name,
        "as_published": not changed,
        "changed": changed,
        "differences": differences(recipe, stretches, evaluated),
        "labels_in_pretraining": labels_note(recipe),
        "seed": recipe.seed,
        "accuracy": accuracies[-1],
        "best_accuracy": accuracies[best],
        "best_epoch": best + 1,
        "best_note": BEST_NOTES[published_loss(recipe)],
        "chance": max(per_class) / len(parts.test),
        "n_pretrain": len(parts.pretrain),
        "n_labelled": len(parts.labelled),
        "n_test": len(parts.test),
        "classes": [
            {
                "name": name,
                "accuracy": right / n if n else None,
                "n_test": n,
                "n_pretrain": trained,
            }
            for name, right, n, trained in zip(
                parts.test.class_names, correct[-1], per_class, kept, strict=True
            )
        ],
        "accuracies": accuracies,
        "losses": losses,
        "stretches": stretches,
        "evaluated": evaluated,
    }
    if n_classes == 100 and recipe.imbalance != "none":
        found["groups_of_ten"] = [
            sum(correct[-1][g : g + 10]) / max(1, sum(per_class[g : g + 10]))
            for g in range(0, 100, 10)
        ]
    return found


def table(found: dict[str, Any]) -> str:
    """The outcome as lines to print; classes where there are few, groups of ten otherwise."""
    rows = [
        ("test accuracy, last epoch", f"{found['accuracy']:.2%}"),
        (f"best epoch ({found['best_epoch']})", f"{found['best_accuracy']:.2%}"),
        ("chance", f"{found['chance']:.2%}"),
        ("test images", f"{found['n_test']:,}"),
        ("labelled images", f"{found['n_labelled']:,}"),
        ("pretraining images", f"{found['n_pretrain']:,}"),
    ]
    lines = [found["recipe"], *(f"  {what:<28}{value:>10}" for what, value in rows)]
    lines.append(f"  {found['best_note']}")
    if "groups_of_ten" in found:
        lines.append("  classes, fewest pretraining images first: accuracy of each ten")
        shares = ", ".join(f"{share:.1%}" for share in found["groups_of_ten"])
        lines.append(f"    {shares}")
    elif len(found["classes"]) <= 20:
        lines.append(f"  {'class':<22}{'accuracy':>9}{'tested':>9}{'pretrained':>12}")
        lines += [
            f"  {one['name'][:20]:<22}"
            f"{'-' if one['accuracy'] is None else format(one['accuracy'], '.1%'):>9}"
            f"{one['n_test']:>9,}{one['n_pretrain']:>12,}"
            for one in found["classes"]
        ]
    if found["as_published"]:
        lines.append("The published recipe; results.json lists how this program differs from it.")
    else:
        lines.append("This is not the published recipe. Changed:")
        lines += [f"  {change}" for change in found["changed"]]
    lines += of_stretches(found.get("stretches", []), found.get("evaluated", []))
    if found["labels_in_pretraining"]:
        lines.append(found["labels_in_pretraining"])
    return "\n".join(lines)
