"""What weights and pulls of one query add up to, and what a loss keeps of it whatever happens."""

from __future__ import annotations

from typing import Any

from cacr_core.losses import Loss, loss_name
from web.answers.scene import Scene
from web.readings import number


def sums_of(loss: Loss, scene: Scene) -> dict[str, Any]:
    """Sums of the pulls of positives and of negatives, and a sentence on them.

    Weights sum to 1 in each group by definition, so they say who, and pulls how much.
    """
    pos, neg = (float(pulls.sum()) for pulls in scene.pulls)
    silenced = not bool((scene.pulls.neg != 0).any())
    return {"pos": pos, "neg": neg, "text": _law(loss, pos, neg, silenced)}


def _law(loss: Loss, pos: float, neg: float, silenced: bool) -> str:
    name = loss_name(loss)
    if name == "cacr" and loss.cost == "euclidean" and not loss.class_prior:
        return (
            f"Weights sum to 1 in each group, so pulls always sum to 2α = {number(2 * loss.alpha)} "
            f"and pushes to 2β = {number(2 * loss.beta)}: t⁺ and t⁻ only move them between images."
        )
    told = f"Pulls sum to {number(pos)} and pushes to {number(-neg)}"
    if silenced and name == "sscl":
        return f"The clamp silences this query: pulls sum to {number(pos)}, no negative is pushed."
    if name in ("sscl", "infonce"):
        most = number(1 / loss.temperature)
        return (
            f"{told}: always as much, at most 1/τ = {most}, and less the better the query tells "
            "its positives."
            if name == "infonce" or not loss.class_prior
            else f"{told}: always as much; debiasing makes both larger."
        )
    return f"{told}."
