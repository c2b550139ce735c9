"""How often neighbours tell the class of held-out images, and how fast it goes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from web.live.readings.loss import noise_of_difference
from web.live.readings.reading import (
    About,
    Reading,
    Row,
    course,
    percent,
    said_of,
)


def read_knn(rows: list[Row], key: str, title: str, about: About, tile: str = "") -> Reading:
    found = [(int(r["step"]), r[key]) for r in rows if key in r]
    if not found:
        return Reading(key, title, math.nan, "–", "", "Not measured yet.", tile=tile)
    step, value = found[-1]
    first, untrained = found[0]
    # how many are held out of each class is not known of runs recorded before it was kept
    chance = guessed(about["n_classes"], about.get("held_out_per_class") or [])
    noise = math.sqrt(max(value * (1 - value), 1e-4) / max(1, about["n_held_out"]))
    against = f"± {100 * 1.96 * noise:.1f}, chance {percent(chance)}"
    has_start = first == 0 and len(found) > 1
    if has_start:
        against += f", untrained {percent(untrained)}"
    level = "plain"
    blind = _right_blindly(about["n_classes"], about.get("held_out_per_class") or [])
    by_chance = math.sqrt(blind * (1 - blind) / max(1, about["n_held_out"]))
    if value < blind - 3 * max(noise, by_chance):
        sentence, level = "Worse than guessing: neighbours mislead about the class.", "warn"
    elif value < chance + 3 * noise:
        sentence = "No better than guessing: neighbours say nothing about the class."
    elif not has_start:
        sentence = "What the encoder gives untrained: the level to beat."
        if step:
            sentence = "Above guessing: neighbours say something about the class."
    else:
        sentence, level = _against_untrained([v for _, v in found], about)
    return Reading(
        key,
        title,
        value,
        percent(value),
        against,
        sentence,
        level,
        at=step if step != int(rows[-1]["step"]) else None,
        chance_value=untrained if has_start else chance,
        tile=tile,
    )


def guessed(n_classes: int, per_class: Sequence[int]) -> float:
    """What one answer for all held-out images gets right, or one drawn blindly if that is more.

    Args:
        per_class: Held-out images of each class; empty where that is not known.
    """
    return max(1 / max(1, n_classes), max(per_class, default=0) / max(1, sum(per_class)))


def _right_blindly(n_classes: int, per_class: Sequence[int]) -> float:
    """What answers drawn as often as their classes come get right: neighbours that say nothing."""
    n = max(1, sum(per_class))
    return sum((own / n) ** 2 for own in per_class) or 1 / max(1, n_classes)


def _against_untrained(values: list[float], about: About) -> tuple[str, str]:
    gain, noise = values[-1] - values[0], noise_of_difference(values[0], values[-1], about)
    points = f"{abs(100 * gain):.1f} points"
    if abs(gain) <= noise:
        return "As before training, within what the number of images leaves uncertain.", "plain"
    if gain < 0:
        said = f"{points} below the untrained encoder: training has made classes harder to tell."
        return said, "warn"
    going = course(values, noise / 2).going
    end = {"rising": "and rising", "falling": "but falling"}.get(going, "and level")
    level = "warn" if going == "falling" else "good"
    labels = (
        "by a loss that is told labels"
        if said_of(about, "needs_labels")
        else "though no label was seen"
    )
    return f"{points} above the untrained encoder {end}, {labels}.", level


def read_speed(rows: list[Row], about: About) -> Reading:
    done = [r for r in rows if "seconds" in r][-10:]
    value = math.nan
    if len(done) > 1 and done[-1]["seconds"] > done[0]["seconds"]:
        updates = done[-1]["step"] - done[0]["step"]
        value = about["images_per_step"] * updates / (done[-1]["seconds"] - done[0]["seconds"])
    if math.isnan(value):
        sentence = "Known after the first updates."
    else:
        sentence = f"{about['images_per_step']} views an update, counted over training time alone."
    text = "–" if math.isnan(value) else f"{value:,.0f}"
    return Reading("speed", "Views a second", value, text, about["device"], sentence)
