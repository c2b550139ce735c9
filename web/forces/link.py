"""A board as an address and back: a link names a preset and what differs from it.

Points are `LON` or `LON:LAT`, with `~IMAGE` where one is shown; losses `cacr~t_neg:5`, their
other settings those of the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.forces.presets import DEFAULT_SCENE, SCENES
from web.settings import board as boards
from web.settings import lenses
from web.settings.board import Board
from web.settings.links import VERSION
from web.settings.values import of_type, short, text_of

KEYS = {
    "mode": "mode", "surface": "surface", "q": "query", "p": "positives", "n": "negatives",
    "snap": "snap", "seed": "seed", "chord": "chord", "sweep": "sweep", "shown": "shown",
    "flow": "flow",
}  # fmt: skip
SIDES = ("a", "b")
OTHER = ("v", "preset", "from", "present")


def read(params: Mapping[str, str]) -> tuple[str, Board, list[str]]:
    """Preset and board of a link, and a sentence for each part that was ignored."""
    ignored: list[str] = []
    preset = params.get("preset", DEFAULT_SCENE)
    if preset not in SCENES:
        title = SCENES[DEFAULT_SCENE].title
        ignored.append(f"There is no preset {short(preset)}; {title} it is.")
        preset = DEFAULT_SCENE
    found = dict(SCENES[preset].board)
    for key, text in params.items():
        try:
            if key in KEYS:
                part = KEYS[key]
                found[part] = boards.part(part, _value(part, text))
            elif key in SIDES:
                which = SIDES.index(key)
                lens = boards.checked_lens(lenses.read(text, boards.offered()))
                found["losses"] = [
                    lens if i == which else one for i, one in enumerate(found["losses"])
                ]
            elif key not in OTHER:
                ignored.append(f"This page knows no setting {short(key)}.")
        except ValueError as error:
            ignored.append(f"{error}")
    flat = boards.flattened(found)
    if flat != found:
        ignored.append("On the circle points have no latitude: theirs is left out.")
    whole = boards.with_parents(flat)
    if whole != flat:
        (a, b, _), last = flat["chord"], len(flat["negatives"]) - 1
        ignored.append(f"A mix names negatives 0 to {last}, got {a} and {b}: it is left out.")
    return preset, whole, ignored


def write(preset: str, board: Board, **other: str | None) -> dict[str, str]:
    """What the address should say; `read` understands it.

    Args:
        other: from and present; None leaves one out.
    """
    params = {"v": VERSION, "preset": preset}
    base = SCENES[preset].board
    for key, part in KEYS.items():
        if board[part] != base[part]:
            params[key] = _text(part, board[part])
    for key, lens, known in zip(SIDES, board["losses"], base["losses"], strict=True):
        if lens != known:
            params[key] = lenses.text(lens, boards.full_lens(lens["name"]))
    return params | {key: value for key, value in other.items() if value is not None}


def _value(part: str, text: str) -> Any:
    """The plain data that a part's text stands for; `boards.part` checks it."""
    if part == "query":
        return _place(text)
    if part in ("positives", "negatives"):
        return [_place(one) for one in text.split(",")]
    if part == "snap":
        return of_type("snap", text, False)
    if part == "seed":
        return of_type("seed", text, 0)
    if part == "chord":
        if text == "none":
            return None
        a, b, share = ([*text.split(":"), "", ""])[:3]
        return [
            of_type("a parent", a, 0),
            of_type("a parent", b, 0),
            of_type("a share", share, 0.0),
        ]
    if part == "sweep":
        which, _, field = text.partition(":")
        return [SIDES.index(which) if which in SIDES else which, field]
    if part == "flow":
        known = boards.DEFAULT["flow"]
        pairs = [one.partition(":") for one in text.split("~")]
        if unknown := [key for key, _, _ in pairs if key not in known]:
            raise ValueError(f"A flow has no setting {short(unknown[0])}.")
        return {key: of_type(key, value, known[key]) for key, _, value in pairs}
    return text


def _text(part: str, value: Any) -> str:
    """The text that `_value` reads back."""
    if part == "query":
        return _place_text(value)
    if part in ("positives", "negatives"):
        return ",".join(map(_place_text, value))
    if part == "chord":
        return "none" if value is None else ":".join(f"{v:g}" for v in value)
    if part == "sweep":
        return f"{SIDES[value[0]]}:{value[1]}"
    if part == "flow":
        known = boards.DEFAULT["flow"]
        changed = [f"{k}:{text_of(v)}" for k, v in value.items() if v != known[k]]
        return "~".join(changed or [f"seed:{value['seed']}"])
    return text_of(value)


def _place(text: str) -> list[Any]:
    degrees, tilde, image = text.partition("~")
    lon, _, lat = degrees.partition(":")
    found: list[Any] = [of_type("a point's degrees", one, 0.0) for one in (lon, lat or "0")]
    return [*found, of_type("image", image, 0)] if tilde else found


def _place_text(value: list[Any]) -> str:
    text = f"{value[0]:.7g}" if not value[1] else f"{value[0]:.7g}:{value[1]:.7g}"
    return f"{text}~{value[2]}" if len(value) > 2 else text
