"""Flows worth watching: two losses from one start, each with two lines on what to watch."""

from __future__ import annotations

from typing import NamedTuple

from cacr_core.forces.scene import Mixture
from cacr_core.forces.start import FlowConfig
from cacr_core.losses import CACR, SSCL, InfoNCE, Loss


class FlowPreset(NamedTuple):
    """Settings of a race; where it ends is for the flow to find.

    Attributes:
        title: What happens.
        watch: Two lines: why, and where to look.
        losses: A and B.
        mixtures: The synthetic negatives of A and of B.
    """

    title: str
    watch: tuple[str, str]
    config: FlowConfig
    losses: tuple[Loss, Loss]
    mixtures: tuple[Mixture, Mixture] = (Mixture(), Mixture())


# what the page opens with: A and B
OPENING: tuple[Loss, Loss] = (CACR(detach_weights=True), InfoNCE(temperature=0.25))

FLOWS: dict[str, FlowPreset] = {
    "octagon": FlowPreset(
        "The octagon breaks",
        (
            "Both start at the regular octagon with dents of about a degree. A sends gradient "
            "through the weights and draws its far negatives in; B holds the weights fixed.",
            "Watch the dents grow under A and heal under B, while A's loss falls below the "
            "octagon's.",
        ),
        FlowConfig(n_items=8, start="polygon", rate=0.2),
        (CACR(t_neg=1.2), CACR(t_neg=1.2, detach_weights=True)),
    ),
    "hard": FlowPreset(
        "Hard sampling clumps",
        (
            "A samples near negatives more, with gradient through the weights (HCL, which is SSCL "
            "without synthetics; no class prior here). B is NT-Xent at the same temperature.",
            "Watch A crowd one side of the circle, some items on others, and B come to twelve "
            "equal gaps.",
        ),
        FlowConfig(n_items=12, rate=0.5),
        (SSCL(temperature=0.5, beta=1.0, class_prior=0.0), InfoNCE(temperature=0.5)),
    ),
    "uniform": FlowPreset(
        "Uniform weights stop anywhere",
        (
            "With uniform weights only the mean of the points matters: A is content as soon as "
            "that is the centre. B looks at the near negatives.",
            "Watch A reach its optimum within a few steps and stop with gaps of all sizes, B even "
            "them out.",
        ),
        FlowConfig(n_items=8, rate=0.2),
        (CACR(t_neg=0.0), CACR(t_neg=2.0, detach_weights=True)),
    ),
    "sharp": FlowPreset(
        "The sharper temperature is even first",
        (
            "Twelve points start in a cluster. A attends to hardly more than the nearest "
            "neighbours; B to far ones as well, which feel little of uneven gaps.",
            "Watch both spread over the circle, and how long B's pairs of gaps stay unequal.",
        ),
        FlowConfig(n_items=12, start="cluster", rate=0.1),
        (InfoNCE(temperature=0.1), InfoNCE(temperature=0.5)),
    ),
    "simplex": FlowPreset(
        "Two losses, one tetrahedron",
        (
            "Four items fit on a sphere at equal distances, and nothing is better for either loss. "
            "The views move on their own and have to find each other.",
            "Watch both losses come down to their known optimum and the angles to 109 degrees.",
        ),
        FlowConfig(surface="sphere", n_items=4, tied=False, rate=0.1),
        (CACR(t_neg=2.0), InfoNCE(temperature=0.25)),
    ),
    "clamp": FlowPreset(
        "Debiasing leaves the gaps uneven",
        (
            "With a class prior, a query whose negatives are far enough is clamped and pushes no "
            "more. B is the same without the prior.",
            "Watch A crowd some points, so that others fall silent, and B even all gaps out.",
        ),
        FlowConfig(n_items=8, rate=0.5),
        (
            SSCL(temperature=0.5, beta=0.5, class_prior=0.1),
            SSCL(temperature=0.5, beta=0.5, class_prior=0.0),
        ),
    ),
    "torn": FlowPreset(
        "Sharp attraction leaves views apart",
        (
            "Five free views of four items. At a high t⁺ a query is drawn almost to its farthest "
            "view alone, and views on opposite sides can hold each other there. B weighs all "
            "alike.",
            "Watch A's alignment stop above 0 and B's reach it.",
        ),
        FlowConfig(n_items=4, n_views=5, tied=False, seed=3, rate=0.1),
        (
            CACR(t_pos=4.0, t_neg=2.0, detach_weights=True),
            CACR(t_pos=0.0, t_neg=2.0, detach_weights=True),
        ),
    ),
    "synthetic": FlowPreset(
        "Synthetic negatives herd the points",
        (
            "Mixes of a query's near negatives lie among them, again and again. A has eight for "
            "each query, drawn anew at every step; B has none.",
            "Watch A's 64 points gather in some ten places that keep trembling, B's stay spread.",
        ),
        FlowConfig(n_items=64, rate=0.1),
        (InfoNCE(temperature=0.25), InfoNCE(temperature=0.25)),
        (Mixture(n_synthetic=8, pool_size=32), Mixture()),
    ),
}
