"""The board of the Forces page: points, two losses and how they are looked at, checked.

A board is plain data, held by the browser and told to Python after a rest; degrees throughout.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from cacr_core.forces import OPENING, FlowConfig
from cacr_core.losses import (
    LOSSES,
    ExpressionError,
    Loss,
    defaults_of,
    loss_name,
    make_loss,
    needs_labels,
)
from cacr_core.losses.settings import is_idle, numbers_of, settings_of
from cacr_core.losses.words import (
    acting_settings,
    names_of,
    number_words,
    numbers,
    own,
    sweep_of,
    title_of,
)
from web.settings import lenses
from web.settings.lenses import MIXTURE, Lens
from web.settings.values import real, short, whole

Board = dict[str, Any]

MODES = ("query", "landscape", "flow")
SURFACES = ("circle", "sphere")
SHOWN = ("loss", "force")
MOST_POSITIVES, MOST_NEGATIVES = 8, 24
MOST_ITEMS, MOST_STEPS = 64, 1000  # of a flow on the page; the terminal's are those of FlowConfig
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")  # of a number of a loss
MOST_SEED = 10**9


def offered() -> list[str]:
    """The losses that need nothing but distances: points have no labels."""
    return [name for name, cls in LOSSES.items() if not needs_labels(cls)]


def full_lens(name: str, **settings: Any) -> Lens:
    """A loss with every setting said, as the browser holds it."""
    return {"name": name} | defaults_of(LOSSES[name]) | MIXTURE | settings


def lens_of(loss: Loss, **mixture: Any) -> Lens:
    """A loss as the browser holds it."""
    return full_lens(loss_name(loss), **dataclasses.asdict(loss), **mixture)


DEFAULT: Board = {
    "mode": "query",
    "surface": "circle",
    "query": [90.0, 0.0],
    "positives": [[65.0, 0.0], [150.0, 0.0]],
    "negatives": [[40.0, 0.0], [-170.0, 0.0], [-120.0, 0.0], [-40.0, 0.0]],
    "losses": [lens_of(loss) for loss in OPENING],
    "snap": False,
    "seed": 0,
    "chord": None,
    "sweep": [0, sweep_of(type(OPENING[0])).field],  # type: ignore[union-attr]
    "shown": "loss",
    "flow": dataclasses.asdict(FlowConfig()),
}
DEFAULT["flow"].pop("surface")


def checked(board: Board) -> Board:
    """A board all of whose parts make sense.

    Raises:
        ValueError: A part of it makes none; the sentence says which.
    """
    return with_parents(flattened({key: part(key, board[key]) for key in DEFAULT}))


def heard(board: Any, known: Board) -> tuple[Board, dict[int, str]]:
    """What makes sense of a board that the browser reports, and for the rest what was known.

    Returns:
        The board, and why a loss was refused, by its side, 0 or 1.
    """
    found = dict(known)
    refused: dict[int, str] = {}
    for key in [key for key in DEFAULT if isinstance(board, Mapping) and key in board]:
        try:
            found[key] = part(key, board[key])
        except RefusedLens:
            found[key], refused = _heard_sides(board[key], known[key])
        except ValueError:
            continue
    return with_parents(flattened(found)), refused


def _heard_sides(lenses: list[Any], known: list[Lens]) -> tuple[list[Lens], dict[int, str]]:
    found, refused = list(known), {}
    for side, lens in enumerate(lenses):
        try:
            found[side] = checked_lens(lens)
        except ValueError as error:
            refused[side] = str(error)
    return found, refused


def flattened(board: Board) -> Board:
    """A board whose points lie on its surface: on the circle none has a latitude."""
    if board["surface"] != "circle":
        return board
    points = {key: [_flat(one) for one in board[key]] for key in ("positives", "negatives")}
    return board | points | {"query": _flat(board["query"])}


def with_parents(board: Board) -> Board:
    """A board whose mix is of negatives that it has: one that is not is no mix."""
    if board["chord"] is None or max(board["chord"][:2]) < len(board["negatives"]):
        return board
    return board | {"chord": None}


def _flat(place: list[float]) -> list[float]:
    return [place[0], 0.0, *place[2:]]


def part(key: str, value: Any) -> Any:
    """One part of a board, checked and in its own type."""
    if key in ("mode", "surface", "shown"):
        allowed = {"mode": MODES, "surface": SURFACES, "shown": SHOWN}[key]
        if value not in allowed:
            raise ValueError(f"{key} is one of {', '.join(allowed)}, got {short(str(value))}.")
        return value
    if key == "query":
        return place(value)[:2]
    if key in ("positives", "negatives"):
        most = MOST_POSITIVES if key == "positives" else MOST_NEGATIVES
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            n = len(value) if isinstance(value, list) else value
            raise ValueError(f"A scene has 1 to {most} {key}, got {short(str(n))}.")
        return [place(one) for one in value]
    if key == "losses":
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError(f"There are two losses, got {short(str(value))}.")
        return [_checked_side(lens, side) for side, lens in enumerate(value)]
    if key == "snap":
        return value is True
    if key == "seed":
        return whole(key, value, 0, MOST_SEED)
    if key == "chord":
        return None if value is None else _chord(value)
    if key == "sweep":
        return _sweep(value)
    if key == "flow":
        return checked_flow(value)
    raise ValueError(f"A board has no part {short(key)}.")


def place(value: Any) -> list[float]:
    """`[lon, lat]` in degrees, and where there is one the number of its image."""
    if not isinstance(value, list) or not 1 <= len(value) <= 3:
        raise ValueError(f"A point is [degrees] or [lon, lat], got {short(str(value))}.")
    lon, lat = (real("a point's degrees", v, -3600, 3600) for v in [*value, 0.0][:2])
    if abs(lat) > 90:
        raise ValueError(f"A point's lat is -90 to 90 degrees, got {lat:g}.")
    found = [round((lon + 180) % 360 - 180, 3), round(lat, 3)]
    return (
        found if len(value) < 3 or value[2] is None else [*found, whole("image", value[2], 0, 99)]
    )


class RefusedLens(ValueError):
    """A loss that makes no sense, which of the two it is, and where in a formula.

    Attributes:
        where: `lens`, 0 or 1; of a formula also its `line` and the position `at` in it.
    """

    def __init__(self, error: ValueError, side: int) -> None:
        super().__init__(str(error))
        self.where: dict[str, Any] = {"lens": side}
        if isinstance(error, ExpressionError):
            self.where |= {"line": error.side, "at": error.at}


def _checked_side(lens: Any, side: int) -> Lens:
    try:
        return checked_lens(lens)
    except ValueError as error:
        raise RefusedLens(error, side) from None


def checked_lens(lens: Any) -> Lens:
    """A loss with every setting, and the mixture of synthetics it gets."""
    name = lens.get("name") if isinstance(lens, Mapping) else None
    if isinstance(name, str) and name in LOSSES and name not in offered():
        raise ValueError(
            f"{title_of(LOSSES[name])} is told the class of every image, and points of a board "
            f"have none. Take one of {', '.join(offered())}."
        )
    found = full_lens(**lenses.checked(lens, offered()))
    return found | dataclasses.asdict(loss_of(found))


def loss_of(lens: Lens) -> Loss:
    """The loss that a lens names.

    Raises:
        ValueError: A setting is out of its range.
    """
    settings = {k: v for k, v in lens.items() if k != "name" and k not in MIXTURE}
    return make_loss(lens["name"], **settings)


def mixture_of(lens: Lens) -> dict[str, Any]:
    """n_synthetic, pool_size and mixing of a lens."""
    return {key: lens[key] for key in MIXTURE}


def by_pulls(lens: Lens) -> Lens:
    """The settings that a loss depends on here, equal for losses of equal values and equal pulls.

    Some settings are idle as others stand; and a loss may be another one under some of its own.
    """
    loss = loss_of(lens)
    if (other := own(loss, "by_value")) is not None:
        loss = other()
    found = acting_settings(type(loss), dataclasses.asdict(loss))
    weighs_alike = own(loss, "weighs_alike")
    if weighs_alike is not None and all(map(weighs_alike, ("pos", "neg"))):
        found = _of_value(type(loss), found)  # no gradient flows through weights that never change
    mixture = mixture_of(lens) if lens["n_synthetic"] else {"n_synthetic": 0}
    return {"name": loss_name(loss)} | found | mixture


def by_value(lens: Lens) -> Lens:
    """Those of them that its value depends on, equal for losses of equal value."""
    found = by_pulls(lens)
    return _of_value(LOSSES[found["name"]], found)


def _of_value(cls: type, found: Lens) -> Lens:
    said = settings_of(cls)
    return {k: value for k, value in found.items() if k not in said or not said[k].pulls_only}


def scale_text(a: Lens, b: Lens) -> str:
    """Whether the values of two losses can be compared, in a sentence."""
    if by_value(a) != by_value(b):
        return "Loss values of A and B do not compare: each has a scale of its own."
    if a == b:
        return "A and B are the same loss."
    if by_pulls(a) == by_pulls(b):
        return "A and B are the same loss here."
    return "A and B are one loss by value; only the gradient through its weights differs."


def swept_field(lens: Lens, wanted: str) -> str:
    """The number that is swept: the wanted one if that loss has it and it changes anything as the
    others stand, else its usual one.

    Raises:
        ValueError: That loss has no number, as a formula without a name of one's own.
    """
    loss = loss_of(lens)
    settings = dataclasses.asdict(loss)
    known = [name for name in numbers(loss) if not is_idle(number_words(loss, name), settings)]
    if wanted in known:
        return wanted
    cls = LOSSES[lens["name"]]
    if not known and names_of(cls) is not None:
        raise ValueError(
            "A sweep needs a number to vary, got formulas without a name of your own: write "
            "t * d_pos, say, or sweep the other loss."
        )
    if not known:
        raise ValueError(
            f"No setting of {lens['name']} is a number to sweep; sweep the other loss."
        )
    usual = sweep_of(cls)
    return usual.field if usual is not None and usual.field in known else known[0]


def checked_flow(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"A flow is an object of settings, got {short(str(value))}.")
    known = dict(DEFAULT["flow"])
    for key in known:
        if key in value:
            default, got = known[key], value[key]
            if isinstance(default, bool):
                known[key] = got is True
            elif isinstance(default, int):
                known[key] = whole(key, got, 0, MOST_SEED)
            elif isinstance(default, float):
                known[key] = real(key, got, 0, 1e6)
            else:
                known[key] = str(got)
    FlowConfig(**known)
    if known["n_items"] > MOST_ITEMS or known["n_steps"] > MOST_STEPS:
        raise ValueError(
            f"The page shows flows of at most {MOST_ITEMS} items and {MOST_STEPS} steps, got "
            f"{known['n_items']} and {known['n_steps']}."
        )
    return known


def _chord(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError(f"A mix names two negatives and a share, got {short(str(value))}.")
    a, b = (whole("a parent", v, 0, MOST_NEGATIVES - 1) for v in value[:2])
    return [a, b, real("the share of a parent", value[2], 0, 1)]


def _sweep(value: Any) -> list[Any]:
    fields = {field for name in offered() for field in numbers_of(LOSSES[name])}
    if not isinstance(value, list) or len(value) != 2 or not _is_swept(value[1], fields):
        raise ValueError(
            f"A sweep names loss 0 or 1 and a setting, {', '.join(sorted(fields))}, got "
            f"{short(str(value))}."
        )
    return [whole("the loss swept", value[0], 0, 1), value[1]]


def _is_swept(field: Any, known: set[str]) -> bool:
    """Whether a loss may have such a number: a known one, or a name of a person's own."""
    others = {setting for cls in LOSSES.values() for setting in defaults_of(cls)} - known
    return isinstance(field, str) and field not in others and bool(NAME.fullmatch(field))
