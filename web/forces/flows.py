"""Answers about flows: points under each loss to its own equilibrium, and where polygons break."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch

from cacr_core import forces as core
from cacr_core.losses.tokens import number
from cacr_core.losses.words import number_words, numbers
from web.settings import board
from web.settings.fields import loss_text, loss_title
from web.settings.lenses import Lens
from web.settings.values import real, whole

MOST_GROWTHS = 60
Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


def flow(message: dict[str, Any]) -> Answer:
    """Both losses from one start: places frame by frame, and numbers of each frame."""
    settings = board.part("flow", message.get("flow"))
    config = core.FlowConfig(surface=board.part("surface", message.get("surface")), **settings)
    lenses = board.part("losses", message.get("losses"))
    found = [core.flow(config, board.loss_of(lens), **board.mixture_of(lens)) for lens in lenses]
    answer = {
        "n_frames": config.n_steps + 1,
        "n_points": config.n_points,
        "dims": config.dim,
        "items": found[0].items.tolist(),
        "bins": found[0].bins.tolist(),
        "least_uniformity": core.least_uniformity(config.n_items, config.dim),
        "scale": board.scale_text(*lenses),
        "of": [_told(config, lens, one) for lens, one in zip(lenses, found, strict=True)],
    }
    arrays = {
        "places": torch.stack([one.places for one in found]).flatten().numpy(),
        "nearest": torch.stack([one.nearest for one in found]).flatten().numpy(),
    }
    return answer, arrays


def _told(config: core.FlowConfig, lens: Lens, found: core.Flow) -> dict[str, Any]:
    loss = board.loss_of(lens)
    known = core.optimum(loss, config.n_items, config.n_views, config.dim, lens["n_synthetic"])
    polygon = None
    if config.dim == 2 and config.n_items > 2 and not lens["n_synthetic"]:
        polygon = {"value": core.polygon_value(loss, config.n_items, config.n_views)}
    return {
        "title": loss_title(lens["name"]),
        "text": loss_text(lens["name"], dataclasses.asdict(loss)),
        "loss": found.loss.tolist(),
        "alignment": found.alignment.tolist(),
        "uniformity": found.uniformity.tolist(),
        "optimum": known and {**known._asdict(), "text": _optimum_text(known, config)},
        "polygon": polygon,
        "ended": _ended(config, found),
    }


def _optimum_text(known: core.Optimum, config: core.FlowConfig) -> str:
    if known.kind == "optimum":
        return "the least there is"
    if config.n_items > config.dim + 1:
        place = "circle" if config.dim == 2 else "sphere"
        return f"a lower bound: {config.n_items} items do not fit as a simplex on the {place}"
    return "a lower bound that no arrangement is known to reach"


def _ended(config: core.FlowConfig, found: core.Flow) -> str:
    _, n_groups, moved = found.ended
    n_items = config.n_items
    ended = f"{n_items} items share {n_groups} place{'s' if n_groups > 1 else ''}"
    if n_groups == n_items:
        ended = f"No two of {n_items} items share a place"
    apart = 0.0 if config.tied else _widest_views(found, config)
    if apart > 1:
        ended += f", views of one lie up to {number(apart)}° apart"
    going = "still" if moved >= core.STILL else "hardly"
    much = f"{number(moved)}°" if moved >= 0.001 else "less than 0.001°"
    ended += f"; {going} moving, {much} in the last tenth of the steps"
    if found.smallest_step < 0.5 * config.rate:
        ended += "; steps were shortened where they overshot"
    return f"{ended}."


def _widest_views(found: core.Flow, config: core.FlowConfig) -> float:
    """Degrees between the two views of one item that are farthest apart at the end."""
    views = found.places[-1].view(config.n_views, config.n_items, config.dim).transpose(0, 1)
    least = (views @ views.mT).amin().clamp(-1, 1)
    return float(least.acos().rad2deg())


def stability(message: dict[str, Any]) -> Answer:
    """How fast a dent in the regular polygon grows, over a range of one setting of a loss."""
    lens = board.checked_lens(message.get("loss"))
    n_items = whole("n_items", message.get("n_items"), 3, board.MOST_ITEMS)
    asked = {"n_items": n_items, "n_views": message.get("n_views", 2)}
    n_views = board.checked_flow(asked)["n_views"]
    field = str(message.get("field"))
    loss = board.loss_of(lens)
    if field not in numbers(loss):
        raise ValueError(f"{lens['name']} has no number called {field[:40]!r}.")
    known = number_words(loss, field)
    least = real("least", message.get("least", known.least), -1e6, 1e6)
    most = real("most", message.get("most", known.most), -1e6, 1e6)
    n = whole("n", message.get("n", 40), 2, MOST_GROWTHS)
    if not least < most:
        raise ValueError(f"A range goes from less to more, got {least:g} to {most:g}.")
    values = np.linspace(least, most, n).tolist()

    def made(value: float) -> Any:
        return core.with_setting(loss, field, value)

    growths = [core.growth(made(value), n_items, n_views) for value in values]
    crossings = core.crossings(made, values, n_items, n_views)
    symbol = known.symbol or known.label
    answer = {
        "values": values,
        "growth": growths,
        "nothing": core.NOTHING,
        "crossings": crossings,
        "field": {"name": field, "label": known.label, "symbol": known.symbol},
        "sentence": _stability_sentence(values, growths, crossings, symbol, n_items)
        + (" Synthetic negatives are left out." if lens["n_synthetic"] else ""),
    }
    return answer, {}


def _stability_sentence(
    values: list[float], growths: list[float], crossings: list[float], symbol: str, n_items: int
) -> str:
    """Where a small dent heals, where it grows, and where it does neither."""
    polygon = f"The regular polygon of {n_items}"
    turning = [speed for speed in growths if abs(speed) > core.NOTHING]
    if not turning:
        return f"{polygon} neither breaks nor heals at any {symbol} shown: a dent stays."
    verbs = ["breaks", "holds"] if turning[0] > 0 else ["holds", "breaks"]
    parts = [f"{verbs[i % 2]} up to {symbol} {number(at)}" for i, at in enumerate(crossings)]
    last = verbs[len(crossings) % 2]
    told = f"{', then '.join(parts)}, then {last}" if parts else f"{last} at every {symbol} shown"
    stays = [at for at, speed in zip(values, growths, strict=True) if abs(speed) <= core.NOTHING]
    if stays:
        told = told.replace("at every", "at every other")
        more = f" and {len(stays) - 1} more of the values looked at" if len(stays) > 1 else ""
        told += f"; at {symbol} {number(stays[0])}{more} a dent stays as it is"
    return f"{polygon} {told}."
