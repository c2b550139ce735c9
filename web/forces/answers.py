"""Answers about points on a circle or a sphere: what the Forces page asks at the speed of a hand.

All numbers are `cacr_core.forces`'; here they are checked on the way in and put into words.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from cacr_core import forces as core
from cacr_core.losses.finite import require_finite
from cacr_core.losses.tokens import name_of, number, short
from cacr_core.losses.words import number_words, numbers, own
from cacr_core.pairs import Pairs, kind_of
from web.forces import flows
from web.forces.detail import detail
from web.forces.notes import notes
from web.forces.poles import without_poles
from web.live.answers.formula import formula
from web.live.answers.sums import sums
from web.settings import board
from web.settings.fields import loss_text, loss_title
from web.settings.lenses import Lens

Arrays = dict[str, np.ndarray]
N_ANGLES, N_SETTINGS = 360, 50
N_LONS, N_LATS = 72, 37


def forces(message: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
    """The answer to a question of the Forces page: plain data, and arrays beside it.

    Raises:
        ValueError: A part of the question makes no sense; the sentence says which.
    """
    return ANSWERS[message["what"]](message)


def _forces(message: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
    points = _points(message)
    lenses = board.part("losses", message.get("losses"))
    seed = board.part("seed", message.get("seed", 0))
    detailed = str(message.get("detail", ""))
    readings = []
    for side, lens in enumerate(lenses):
        try:
            readings.append(_reading(points, lens, seed, detailed))
        except ValueError as error:
            raise board.RefusedLens(error, side) from None
    return {"of": readings, "scale": board.scale_text(*lenses)}, {}


def _reading(points: core.Points, lens: Lens, seed: int, detailed: str) -> dict[str, Any]:
    loss = board.loss_of(lens)
    reading = core.read(points, loss, **board.mixture_of(lens), seed=seed)
    negatives = _marks(reading.negatives)
    for i, row in enumerate(negatives):
        row["credited"] = None if reading.credited is None else float(reading.credited[i])
        row["in_pool"] = bool(reading.in_pool[i])
    synthetics = [] if reading.synthetics is None else _marks(reading.synthetics)
    for i, row in enumerate(synthetics):
        mixes = reading.mixes
        assert reading.synthetics is not None and mixes is not None
        shares = mixes.coefficients[i]
        row |= {
            "place": reading.synthetics.places[i].tolist(),
            "before": mixes.before[i].tolist(),
            "parents": mixes.parents[i].tolist(),
            "coefficient": float(shares) if shares.dim() == 0 else None,
            "kind": kind_of(lens["mixing"], i),
            "credits": None if mixes.credits is None else mixes.credits[i].tolist(),
        }
    marks = [f"p{i}" for i in range(len(points.positives))]
    marks += [f"n{i}" for i in range(len(negatives))] + [f"s{i}" for i in range(len(synthetics))]
    pulls = [m.pulls for m in (reading.negatives, reading.synthetics) if m is not None]
    pulled = Pairs(reading.positives.pulls[None], torch.cat(pulls)[None])
    require_finite(loss, reading.record, pulled)
    groups = (reading.positives, reading.negatives, reading.synthetics)
    still = dict(zip(marks, (s for g in groups if g is not None for s in g.still), strict=True))
    said = notes(loss, reading.pairs, reading.record, pulled, marks, still)
    settings = dataclasses.asdict(loss)
    answer = {
        "title": loss_title(lens["name"]),
        "text": loss_text(lens["name"], settings),
        "total": reading.total,
        "attraction": reading.attraction,
        "repulsion": reading.repulsion,
        "positives": _marks(reading.positives),
        "negatives": negatives,
        "synthetics": synthetics,
        "resultant": {
            "arrow": reading.resultant.tolist(),
            "attraction": reading.attraction_arrow.tolist(),
            "repulsion": reading.repulsion_arrow.tolist(),
            "strength": reading.strength,
            "turn": reading.turn,
        },
        "effective": reading.effective,
        "n_negatives": reading.n_negatives,
        "clamped": reading.clamped,
        "formula": formula(loss, reading.pairs, reading.record, marks),
        "notes": [*said, reading.pool] if reading.pool else said,
        "sums": sums(loss, reading.pairs, reading.record, pulled),
    }
    if (card := own(loss, "card")) is not None:
        answer["card"] = card()
    if detailed in marks:
        found = detail(loss, reading.pairs, reading.record, pulled, marks, {detailed})
        answer["detail"] = {"mark": detailed, "name": name_of(detailed), "lines": found[detailed]}
    return answer


def _marks(marks: core.Marks) -> list[dict[str, Any]]:
    columns = (
        marks.weights, marks.pulls, marks.distances, marks.similarities, marks.angles, marks.arrows,
    )  # fmt: skip
    names = ("weight", "pull", "distance", "similarity", "angle", "arrow")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        dict(zip(names, row, strict=True)) | {"still": still}
        for row, still in zip(rows, marks.still, strict=True)
    ]


def _landscape(message: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
    points, surface = _points(message), board.part("surface", message.get("surface"))
    lenses = board.part("losses", message.get("losses"))
    seed = board.part("seed", message.get("seed", 0))
    which, field = board.part("sweep", message.get("sweep"))
    field = board.swept_field(lenses[which], field)
    angles = [360 * k / N_ANGLES - 180 for k in range(N_ANGLES)]
    answer: dict[str, Any] = {}
    if surface == "circle":
        path = core.circle_path(angles)
        along = path
        answer |= {"angles": angles}
    else:
        lons, lats = np.linspace(-180, 175, N_LONS), np.linspace(-90, 90, N_LATS)
        path = core.sphere_path(lons.tolist(), lats.tolist())
        along = core.great_circle_path(points, angles)
        answer |= {
            "angles": angles,
            "grid": {"lons": lons.tolist(), "lats": lats.tolist()},
            "ahead": core.great_circle_path(points, [90.0]).places[0].tolist(),
        }
    seen = [
        core.landscape_of(points, path, board.loss_of(lens), **board.mixture_of(lens), seed=seed)
        for lens in lenses
    ]
    seen = [without_poles(one) for one in seen]
    lens = lenses[which]
    swept_loss = board.loss_of(lens)
    known = number_words(swept_loss, field)
    settings = np.linspace(known.least, known.most, N_SETTINGS)
    if known.divides:  # equal ratios are equal steps
        settings = np.geomspace(known.least, known.most, N_SETTINGS)
    swept = core.sweep(
        points, along, swept_loss, field, settings.tolist(),
        **board.mixture_of(lens), seed=seed,
    )  # fmt: skip
    swept = without_poles(swept)
    flat = surface == "circle"
    answer |= {
        "scale": board.scale_text(*lenses),
        "settings": settings.tolist(),
        "field": {"name": field, "label": known.label, "symbol": known.symbol},
        "current": numbers(swept_loss)[field],
        "minima": [core.minima(angles, one.loss) for one in seen] if flat else None,
        "rests": [core.rests(angles, one.force) for one in seen] if flat else None,
    }
    arrays = {
        "loss": torch.cat([one.loss for one in seen]).numpy(),
        "force": torch.cat([one.force for one in seen]).numpy(),
        "swept_loss": swept.loss.flatten().numpy(),
        "swept_force": swept.force.flatten().numpy(),
    }
    return answer, arrays


def _chord(message: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
    points = _points(message)
    a, b, _ = board.part("chord", message.get("chord") or [0, 0, 0.5])
    loss = board.loss_of(board.checked_lens(message.get("loss")))
    chord = core.chord_of(points, a, b, loss)
    answer = {
        "shares": chord.shares.tolist(),
        "before": chord.before.tolist(),
        "after": _finite(chord.after),
        "similarity_before": chord.similarity_before.tolist(),
        "similarity_after": _finite(chord.similarity_after),
        "weight": _finite(chord.weights),
        "pull": _finite(chord.pulls),
        "credits": _finite(chord.credits),
        "parents": {"a": chord.parents[0], "b": chord.parents[1]},
        "sentence": _chord_sentence(chord, a, b),
    }
    return answer, {}


def _finite(values: torch.Tensor) -> list[Any]:
    """As lists, None for what is no number: JSON has no NaN."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        return value if math.isfinite(value) else None

    return [plain(value) for value in values.tolist()]


def _chord_sentence(chord: core.Chord, a: int, b: int) -> str:
    if a == b:
        return "One negative mixed with itself is a copy of it: no harder, only counted twice."
    after = chord.similarity_after.nan_to_num(nan=-1.0)
    hardest, share = float(after.max()), float(chord.shares[int(after.argmax())])
    best = max(chord.parents)
    names = f"negative {a + 1} and negative {b + 1}"
    if bool(chord.similarity_after.isnan().any()):
        return f"Mixed half and half, {names} cancel: antipodal parents have no middle."
    if hardest > best + 1e-6:
        return (
            f"Mixed with λ = {short(share)}, {names} make a negative harder than both: cosine "
            f"{number(hardest)} against {number(best)}."
        )
    if best < -1e-9:
        return (
            f"Both parents are more than a right angle away: normalised, their mixes lie farther "
            f"than the straight line says, none harder than cosine {number(best)}."
        )
    return f"No mix of {names} is harder than the harder of them, cosine {number(best)}."


def _points(message: dict[str, Any]) -> core.Points:
    surface = board.part("surface", message.get("surface"))
    query = board.part("query", message.get("query"))
    groups = (board.part(key, message.get(key)) for key in ("positives", "negatives"))
    pos, neg = ([place[:2] for place in group] for group in groups)
    if surface == "circle":
        query, pos, neg = query[:1], [p[:1] for p in pos], [n[:1] for n in neg]
    return core.points_from_degrees(query, pos, neg, surface)


ANSWERS: dict[str, Callable[[dict[str, Any]], tuple[dict[str, Any], Arrays]]] = {
    "forces": _forces,
    "landscape": _landscape,
    "chord": _chord,
    "flow": flows.flow,
    "stability": flows.stability,
}
