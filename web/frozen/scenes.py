"""What a frozen file holds of scenes of the forces page: the app's answers to each as it opens, and
the steps of every loss, by which the page answers once a mark or a setting has been moved."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cacr_core.forces import around, pairs_of
from cacr_core.losses import LOSSES, Loss, pair_pulls
from cacr_core.losses.settings import settings_of
from cacr_core.losses.words import sweep_of
from cacr_core.metrics import effective_number
from web.forces import answers
from web.forces.presets import Scene
from web.frozen.answer import with_values
from web.frozen.program import moved_settings, traced
from web.frozen.recording import Part, as_json
from web.live.describe import lenses
from web.settings import board
from web.settings.fields import loss_text, loss_title
from web.settings.lenses import MIXTURE, Lens

POINTS = ("surface", "query", "positives", "negatives", "losses", "seed")
DIMS = {"circle": 2, "sphere": 3}


class Read(NamedTuple):
    """What a loss makes of points, as `cacr_core.forces.Reading` has it; marks are positives, then
    negatives.

    Attributes:
        weight, pull, distance, similarity, angle: `(mark,)`.
        arrow: `(mark, dim)`.
        effective, clamped: `(1,)`.
    """

    total: Tensor
    attraction: Tensor
    repulsion: Tensor
    weight: Tensor
    pull: Tensor
    distance: Tensor
    similarity: Tensor
    angle: Tensor
    arrow: Tensor
    effective: Tensor
    clamped: Tensor


class _Points(NamedTuple):
    """As `cacr_core.forces.Points`, of which it is not asked whether they are unit vectors."""

    query: Tensor
    positives: Tensor
    negatives: Tensor


def reading(loss: Loss, settings: Sequence[str]) -> Callable[..., Read]:
    """The answer to unit vectors query `(dim,)`, positives, negatives and named settings."""

    def answer(query: Tensor, positives: Tensor, negatives: Tensor, *values: Tensor) -> Read:
        told = with_values(loss, dict(zip(settings, values, strict=True)))
        points: Any = _Points(query, positives, negatives)
        pairs, _ = pairs_of(points, query[None])
        record, pulls = told(pairs), pair_pulls(told, pairs)
        pull = 2 * torch.cat([pulls.pos[0], pulls.neg[0]])
        similarity, angle, arrow = around(query, torch.cat([positives, negatives]), pull)
        return Read(
            record.total, record.attraction, record.repulsion,
            torch.cat([record.pos_weights[0], record.neg_weights[0]]), pull,
            torch.cat([pairs.pos[0], pairs.neg[0]]), similarity, angle, arrow,
            effective_number(record.neg_weights), record.clamped.float(),
        )  # fmt: skip

    return answer


def scenes(known: dict[str, Scene]) -> tuple[dict[str, Any], list[Part]]:
    """What the page is told of scenes at once, and the parts it asks for."""
    parts, shapes, own = [], set(), []
    for name, scene in known.items():
        parts += _opening(name, scene.board)
        now = scene.board
        n_pos, n_neg = (len(now[group]) for group in ("positives", "negatives"))
        shapes.add((DIMS[now["surface"]], n_pos, n_neg))
        own += now["losses"]
    told = {
        name: {"title": scene.title, "watch": scene.watch, "board": scene.board}
        for name, scene in known.items()
    }
    offered, programs = _programs(sorted(shapes), own)
    parts.append(Part("programs", as_json(programs)))
    return {"scenes": told, "lenses": offered}, parts


def _programs(
    shapes: list[tuple[int, int, int]], own: list[Lens]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The losses offered with what can be moved of them and all they have, `lens`, and their steps
    by what stays: of one scene all losses, of many those that they are about.

    A key is the shape, the loss, and those of its settings that decide which steps there are.
    """
    found: dict[str, Any] = {}
    offered = []
    usual = {lens["name"]: lens for lens in lenses(board.full_lens(board.offered()[0]))}
    names = board.offered() if len(shapes) == 1 else list(dict.fromkeys(one["name"] for one in own))
    for name in names:
        lens = board.full_lens(name)
        try:
            for each in (lens, *(one for one in own if one["name"] == name)):
                for shape in shapes:
                    _record(found, each, *shape)
        except ValueError:  # its steps cannot be recorded: the app alone has it
            continue
        loss: Any = board.loss_of(lens)
        moved = moved_settings(loss)
        fields = [field for field in usual[name]["fields"] if field["name"] in moved]
        offered.append(usual[name] | {"fields": fields, "lens": lens})
    return offered, found


def _record(found: dict[str, Any], lens: Lens, dim: int, n_pos: int, n_neg: int) -> None:
    """Add the steps of a loss for so many points, unless they are there."""
    loss: Any = board.loss_of(lens)
    moved = moved_settings(loss)
    fixed = {k: v for k, v in lens.items() if k not in MIXTURE and k not in moved}
    key = json.dumps([dim, n_pos, n_neg, dict(sorted(fixed.items()))], separators=(",", ":"))
    if key in found:
        return
    points = torch.nn.functional.normalize(torch.randn(1 + n_pos + n_neg, dim), dim=1)
    given = {
        "query": points[0],
        "positives": points[1 : 1 + n_pos],
        "negatives": points[1 + n_pos :],
    }
    steps = traced(reading(loss, moved), given, loss, moved)
    of = {"fixed": fixed, "moved": list(moved), "shape": [dim, n_pos, n_neg]}
    found[key] = of | _words(loss, lens["name"], moved) | steps


class _Blank(float):
    """A number that stands in a text by the name of its setting."""

    def __new__(cls, name: str) -> _Blank:
        blank = super().__new__(cls, "nan")
        blank.name = name
        return blank

    name: str

    def __format__(self, _: str) -> str:
        return f"{{{self.name}}}"


def _words(loss: Any, name: str, moved: Sequence[str]) -> dict[str, Any]:
    """What the app calls a loss: its title, its text with a blank for each number that is moved,
    and of these the values at which the text leaves them out."""
    said = settings_of(type(loss))
    blanks = {setting: _Blank(setting) for setting in moved}
    return {
        "title": loss_title(name),
        "text": loss_text(name, dataclasses.asdict(loss) | blanks),
        "quiet": {one: said[one].quiet for one in moved if said[one].quiet is not None},
    }


def _opening(name: str, now: board.Board) -> list[Part]:
    """The app's answers to a scene as it opens, and the arrays that some come with."""
    told, arrays = [], []
    for question in _asked(now):
        answer, found = answers.forces(question)
        sizes = [[key, int(one.size)] for key, one in found.items()]
        told.append({"question": question, "answer": answer | ({"arrays": sizes} if sizes else {})})
        arrays += [one.astype("<f4").tobytes() for one in found.values()]
    return [Part(f"{name}/answers", as_json(told)), Part(f"{name}/arrays", b"".join(arrays))]


def _asked(now: board.Board) -> Iterator[dict[str, Any]]:
    """What the page asks of a scene as it opens, in every mode."""
    points = {key: now[key] for key in POINTS}
    marks = [f"p{i}" for i in range(len(now["positives"]))]
    marks += [f"n{i}" for i in range(len(now["negatives"]))]
    for mark in ("", *marks):
        yield {"what": "forces", **points, "detail": mark}
    which, field = now["sweep"]
    swept = [which, board.swept_field(now["losses"][which], field)]
    yield {"what": "landscape", **points, "sweep": swept}
    yield {"what": "flow"} | {key: now[key] for key in ("surface", "losses", "flow")}
    for lens in now["losses"]:
        if now["chord"] is not None:
            places = {key: now[key] for key in ("surface", "query", "positives", "negatives")}
            yield {"what": "chord", **places, "chord": [*now["chord"][:2], 0.5], "loss": lens}
        usual = sweep_of(LOSSES[lens["name"]])
        if now["mode"] == "flow" and now["surface"] == "circle" and usual is not None:
            value = lens[usual.field]
            ends = {"least": min(usual.least, value), "most": max(usual.most, value)}
            sizes = {key: now["flow"][key] for key in ("n_items", "n_views")}
            yield {
                "what": "stability",
                **sizes,
                "loss": lens,
                "field": usual.field,
                **ends,
                "n": 41,
            }
