"""The loss and its parts."""

from __future__ import annotations

import math

from cacr_core.losses.tokens import short
from web.live.readings.reading import (
    About,
    Reading,
    Row,
    course,
    has_keys,
    is_collapsed,
    number,
    percent,
    said_of,
)
from web.settings.fields import field_of

SPENT = 0.05  # share of its peak below which the learning rate moves little


def read_learned(rows: list[Row], about: About) -> list[Reading]:
    """The numbers that a loss learns, by the words of the settings that they stand for."""
    now, first = rows[-1], rows[0]
    names = [key.removeprefix("learned_") for key in now if key.startswith("learned_")]
    found = []
    for name in names:
        value, begin = now[f"learned_{name}"], first.get(f"learned_{name}", math.nan)
        words = field_of(about["loss"]["name"], name)
        title = f"{words.label.capitalize()}, {words.symbol}".removesuffix(", ")
        sentence = f"Learned with the encoder; it began at {short(begin)}."
        found.append(Reading(f"learned_{name}", title, value, number(value), "", sentence))
    return found


def read_loss(rows: list[Row], about: About) -> Reading:
    now = rows[-1]
    guess = now.get("loss_guess", math.nan)
    sentence, level = _of_loss(rows, about)
    return Reading(
        "loss",
        "Loss",
        now["loss"],
        number(now["loss"]),
        "" if math.isnan(guess) else f"guessing {number(guess)}",
        sentence,
        level,
        chance_value=None if math.isnan(guess) else guess,
    )


def _of_loss(rows: list[Row], about: About) -> tuple[str, str]:
    now = rows[-1]
    if len(rows) < 2 or now["step"] == 0:
        return (
            "Before the first update: attraction plus repulsion of an untrained encoder.",
            "plain",
        )
    if now.get("gradient_norm", math.nan) < 1e-5:
        if is_collapsed(now):
            return "The gradient has vanished with all images in one place.", "warn"
        return "The gradient has all but vanished: nothing pulls any more.", "plain"
    going = course([r["loss"] for r in rows], 0.01 * (1 + abs(now["loss"]))).going
    if going == "falling":
        part = min(("attraction", "repulsion"), key=lambda key: _change(rows, key))
        return f"Still falling, most in its {part}{_what_it_brings(rows, about)}.", "plain"
    if going == "rising":
        sentence = "Rising: the last batches cost more than those before"
        if _gained(rows, about) == "less":
            return (
                f"{sentence}, and neighbours tell classes less well than before training.",
                "warn",
            )
        return f"{sentence}.", "plain"
    rate = now.get("rate", 1.0)
    if rate < SPENT and rate < max(r.get("rate", rate) for r in rows):
        return (
            f"Level: the learning rate is down to {percent(rate)} of its peak, so little moves."
        ), "plain"
    return "Level: its last batches differ from those before by no more than batches do.", "plain"


def _change(rows: list[Row], key: str) -> float:
    return course([r[key] for r in rows], 0).change


def _what_it_brings(rows: list[Row], about: About) -> str:
    """What the accuracy of neighbours says of a falling loss; nothing where there is none."""
    gained = _gained(rows, about)
    if gained == "more":
        return ", and neighbours tell classes better than before training"
    if gained == "same":
        return "; neighbours tell classes no better than before training yet"
    return "; neighbours tell classes less well than before training" if gained else ""


def _gained(rows: list[Row], about: About) -> str:
    """more, same or less than at step 0 by the last 10-NN accuracy; empty before there are two."""
    found = [r["knn_features"] for r in rows if "knn_features" in r]
    if len(found) < 2 or about["n_classes"] < 2:
        return ""
    gain, noise = found[-1] - found[0], noise_of_difference(found[0], found[-1], about)
    return "same" if abs(gain) <= noise else "more" if gain > 0 else "less"


def noise_of_difference(one: float, other: float, about: About) -> float:
    """Half of a 95 % interval of the difference of two accuracies, were they of other images: of
    the same images it is less."""
    spread = sum(max(p * (1 - p), 1e-4) for p in (one, other))
    return 1.96 * math.sqrt(spread / max(1, about["n_held_out"]))


def read_part(rows: list[Row], key: str, about: About) -> Reading:
    """Attraction or repulsion, a part of the loss: lower is nearer, or farther."""
    value = rows[-1][key]
    going = course([r[key] for r in rows], 0.01 * (1 + abs(value))).going
    if going == "steady":
        sentence = "Steady: it has changed by no more than batches differ."
    elif moved := said_of(about, "keys_moved_by" if has_keys(about) else "moved_by", key):
        sentence = f"{moved}."
    else:
        images = "views of one image" if key == "attraction" else "different images"
        is_nearer = (going == "falling") == (key == "attraction")
        where = "nearer together" if is_nearer else "farther apart"
        sentence = f"{images} come {where}, as this loss weighs them."
    if going != "steady":
        sentence = f"{going.capitalize()}: {sentence}"
    return Reading(key, key.capitalize(), value, number(value), "", sentence, tile="loss")
