"""Scenes worth looking at: points of one query, and flows from a start. None holds an end state."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from cacr_core.forces import FLOWS
from web.settings.board import (
    DEFAULT,
    Board,
    checked,
    full_lens,
    lens_of,
)


class Scene(NamedTuple):
    """A board to begin with.

    Attributes:
        title: What a person would call it.
        watch: Two lines on what to look at.
        board: Whole, ready for the browser.
    """

    title: str
    watch: tuple[str, str]
    board: Board


def _scene(title: str, watch: tuple[str, str], **parts: Any) -> Scene:
    return Scene(title, watch, checked(DEFAULT | parts))


def _ring(*degrees: float) -> list[list[float]]:
    return [[(d + 180) % 360 - 180, 0.0] for d in degrees]


SCENES: dict[str, Scene] = {
    "far-positive": _scene(
        "Far positive",
        (
            "CACR weighs the far positive 5 times as much as the near one and pulls it 5 times as "
            "hard. InfoNCE weighs both alike and pulls the far one 2.4 times as hard, for it is "
            "the less sure of it.",
            "Drag negative 1 to the query: InfoNCE's two pulls draw closer, CACR's stay. Drag the "
            "far positive nearer: its bar under A shrinks.",
        ),
        losses=[
            full_lens("cacr", t_pos=2.0, detach_weights=True),
            full_lens("infonce", temperature=0.25),
        ],
    ),
    "near-negative": _scene(
        "Near negative",
        (
            "A negative stands between the query and its positive: of all negatives it weighs "
            "most and is pushed hardest.",
            "Raise t⁻ of A and the weight moves to it alone; drag it away and the next one gets "
            "it.",
        ),
        positives=_ring(130),
        negatives=_ring(110, 30, 200, 250, 310),
        losses=[
            full_lens("cacr", t_neg=1.0, detach_weights=True),
            full_lens("infonce", temperature=0.5),
        ],
    ),
    "drawn-in": _scene(
        "Far negatives drawn in",
        (
            "With gradient through the weights (A) all negatives but the nearest are drawn in: "
            "their lines are warm. Detached (B), all are pushed.",
            "The weights, and the loss, are the same in both.",
        ),
        positives=_ring(110),
        negatives=_ring(60, 20, 180, 230, 255, 300),
        losses=[full_lens("cacr"), full_lens("cacr", detach_weights=True)],
    ),
    "false-negative": _scene(
        "False negative",
        (
            "A negative of the query's own class lies among its positives and is pushed hardest.",
            "Debiasing (B) neither finds nor spares it: raise τ⁺ and every push grows by one "
            "factor, until the clamp (from 0.23 for one positive, from 0.33 for both) silences "
            "all negatives, the true ones too.",
        ),
        positives=_ring(70, 130),
        negatives=_ring(110, 200, 240, 290, 340),
        losses=[
            full_lens("sscl", class_prior=0.0, beta=0.0),
            full_lens("sscl", class_prior=0.1, beta=0.0),
        ],
    ),
    "all-equal": _scene(
        "All negatives equally far",
        (
            "Equal distances, equal weights and pulls: neither loss can tell these negatives "
            "apart, at any t⁻ or τ.",
            "Left and right balance: all arrows cancel, and the query stays.",
        ),
        positives=_ring(75, 105),
        negatives=_ring(30, 150, 30, 150),
    ),
    "antipodal": _scene(
        "Antipodal and coincident",
        (
            "A negative opposite the query, or on it, has a weight and a pull but no arrow: both "
            "ways round lead equally far from it.",
            "Move either by 20 degrees (Shift and an arrow key, twice): under A it has an arrow "
            "now, away from the mark.",
        ),
        positives=_ring(140),
        negatives=_ring(90, 270, 30, 200),
        losses=[
            full_lens("cacr", t_neg=0.25, detach_weights=True),
            full_lens("infonce", temperature=2.0),
        ],
    ),
    "synthetic": _scene(
        "Synthetic negatives",
        (
            "B mixes the hardest negatives in pairs; a mix of two on either side of the query can "
            "be harder than both, as synthetic 1 is.",
            "A mix's push is credited to its parents: the second number in their rows.",
        ),
        positives=_ring(110),
        negatives=_ring(55, 135, 170, 20, 250, 310),
        losses=[
            full_lens("sscl", class_prior=0.0),
            full_lens("sscl", class_prior=0.0, n_synthetic=4, pool_size=3),
        ],
        chord=[0, 1, 0.5],
    ),
    "sphere": _scene(
        "On the sphere",
        (
            "Each arrow points along the great circle to or from its mark; the thickest is the "
            "sum of all.",
            "Drag the background to turn the sphere (or hold Alt and press the arrow keys), a "
            "mark to move it.",
        ),
        surface="sphere",
        query=[10.0, 20.0],
        positives=[[-25.0, 45.0], [40.0, 50.0]],
        negatives=[[45.0, 10.0], [-20.0, -10.0], [20.0, -35.0], [80.0, 20.0], [150.0, -20.0]],
    ),
    "landscape": _scene(
        "The loss all round the circle",
        (
            "Where would the query come to rest? Where the force is 0: at a full dot it comes to "
            "rest, at an open one it stands on edge.",
            "The map sweeps t⁻ of A: sharp enough, a second valley opens among the negatives. "
            "Choose force: as A's weights are detached, it comes to rest there only when sharper "
            "still.",
        ),
        mode="landscape",
        positives=_ring(60, 120),
        negatives=_ring(30, 200, 250, 330),
        losses=[full_lens("cacr", detach_weights=True), full_lens("infonce", temperature=0.25)],
    ),
}
for _name, _flow in FLOWS.items():
    _config = dataclasses.asdict(_flow.config)
    SCENES[f"flow-{_name}"] = _scene(
        _flow.title,
        _flow.watch,
        mode="flow",
        surface=_config.pop("surface"),
        flow=_config,
        losses=[
            lens_of(loss, **mixture._asdict())
            for loss, mixture in zip(_flow.losses, _flow.mixtures, strict=True)
        ],
    )
DEFAULT_SCENE = "far-positive"
