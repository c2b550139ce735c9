"""A query of a run, put on the circle or the sphere: its real distances, as angles.

The reference `RUN~STEP~IMAGE` goes into the address, so that a link shows the images again.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.live.answers import look, understand
from web.live.answers.question import probes_of
from web.live.answers.scene import Scene, class_name, probe_and_view
from web.live.describe import sprites
from web.settings.board import MOST_POSITIVES, Board

N_NEGATIVES = 16
HOME = [90.0, 0.0]  # where the query is put
GOLDEN = 137.508  # degrees round the query between one mark and the next, on the sphere


class Taken(NamedTuple):
    """What a query of a run brings to the page.

    Attributes:
        reference: What the address says.
        parts: The parts of a board that it replaces.
        shown: For the browser: a sentence, and where the images are.
    """

    reference: str
    parts: Board
    shown: dict[str, Any]


def take(run_id: str, probe: int, step: int | None = None, surface: str = "circle") -> Taken:
    """The query's distances to its positives and to some negatives, from near to far.

    The negatives stand at ranks that grow by equal ratios, so that the near ones, which carry the
    weight, are many, and the farthest is among them.

    Args:
        run_id: As `shelf.find` knows it.
        step: The snapshot; the newest when None.

    Raises:
        ValueError: There is no such run, image or snapshot.
    """
    folder = shelf.find(run_id)
    steps = files.snapshot_steps(folder)
    if not steps:
        raise ValueError("This run has no snapshot yet. Take the query a moment later.")
    step = steps[-1] if step is None else step
    question = understand({"step": step, "probe": probe, "view": 0}, folder)
    scene = look(question._replace(mixture=(0, 1, "pair")))
    probes = probes_of(folder)
    places, images, text = _marks(scene, probes, surface)
    title = files.read_json(files.home(folder) / "run.json").get("title", run_id)
    where = f"Image {probe} of “{title}” at step {question.step:,}"
    return Taken(
        f"{run_id}~{question.step}~{probe}",
        {"mode": "query", "surface": surface, "query": list(HOME), **places, "chord": None},
        {
            "text": f"{where}: {text}",
            "brief": f"{where}: distances to the query are the run's, sides are not.",
            "moved": f"{where}, moved since: distances to the query are no longer the run's.",
            "places": {"query": list(HOME), **places},
            "sprites": sprites(folder),
            "probes": {key: probes[key] for key in ("n", "columns", "tile")},
            "query": _image(probes, probe, 0),
            "images": images,
        },
    )


def _marks(
    scene: Scene, probes: dict[str, Any], surface: str
) -> tuple[dict[str, list[Any]], list[dict[str, Any]], str]:
    """Places of the samples chosen, each with the number of its image; the images; how many."""
    n_neg = scene.neg_index.shape[1]
    pos, neg = scene.pairs.pos[0], scene.pairs.neg[0, :n_neg]
    chosen = neg.argsort()[ranks(n_neg)]
    images: list[dict[str, Any]] = []
    places: dict[str, list[Any]] = {"positives": [], "negatives": []}
    marks = [("positives", k, pos[k], scene.pos_index[0, k]) for k in range(len(pos))]
    marks = marks[:MOST_POSITIVES]
    marks += [("negatives", i, neg[c], scene.neg_index[0, c]) for i, c in enumerate(chosen)]
    for group, number, sq_dist, index in marks:
        angle = math.degrees(math.acos(float((1 - sq_dist / 2).clamp(-1, 1))))
        at = _beside(angle, number, surface, of_positive=group == "positives")
        places[group].append([*at, len(images)])
        images.append(_image(probes, *probe_and_view(scene, int(index))))
    n_pos = len(places["positives"])
    views = f"its {n_pos}" if n_pos == len(pos) else f"{n_pos} of its {len(pos)}"
    text = (
        f"{views} other views and {len(chosen)} of its {n_neg:,} negatives, from the "
        "nearest to the farthest. Distances to the query are the run's. Sides are not, so arrows "
        "add up otherwise; weights and pulls are over the marks shown alone."
    )
    return places, images, text


def _image(probes: dict[str, Any], probe: int, view: int) -> dict[str, Any]:
    label = probes["labels"][probe]
    return {"probe": probe, "view": view, "class": class_name(probes["class_names"], label)}


def ranks(n: int) -> list[int]:
    """At most 16 places among n, counted from 0: the first, then by equal ratios to the last."""
    steps = np.geomspace(1, n, N_NEGATIVES)
    return sorted({round(float(step)) - 1 for step in steps})


def again(reference: str, surface: str) -> Taken:
    """The query that a link names.

    Raises:
        ValueError: It names none.
    """
    run_id, *numbers = reference.split("~")
    if len(numbers) != 2 or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in numbers):
        raise ValueError(f"from is RUN~STEP~IMAGE, got {reference[:60]!r}.")
    step, probe = map(int, numbers)
    return take(run_id, probe, step, surface)


def _beside(angle: float, number: int, surface: str, of_positive: bool) -> list[float]:
    """A place at an angle from the query, in degrees: sides in turn, or all around."""
    lon = HOME[0]
    if surface == "circle":
        side = 1 if (number + of_positive) % 2 else -1
        return [round((lon + side * angle + 180) % 360 - 180, 3), 0.0]
    # the query is on the equator: north, and east along it
    away, round_it = math.radians(angle), math.radians(GOLDEN * number + 90 * of_positive)
    up = math.sin(away) * math.sin(round_it)
    east = math.sin(away) * math.cos(round_it)
    found = math.degrees(math.atan2(east, math.cos(away)))
    return [round((lon + found + 180) % 360 - 180, 3), round(math.degrees(math.asin(up)), 3)]
