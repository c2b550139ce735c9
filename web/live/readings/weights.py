"""What queries attend to: how unevenly they weigh positives and negatives, and whose these are."""

from __future__ import annotations

import math

from web.live.readings.reading import (
    About,
    Reading,
    Row,
    course,
    number,
    percent,
    said_of,
)

NEARLY_ALIKE = 0.999  # entropy: the nearest tenth weighs less than 1.5 times the farthest


def read_entropy(rows: list[Row], about: About) -> Reading:
    now = rows[-1]
    n, effective, share = now["n_negatives"], now["effective_negatives"], now["entropy"]
    if n == 1:
        share, sentence = 1.0, "With one negative its weight is always 1."  # 0 in rows of old
    elif alike := said_of(about, "weighs_alike", "neg"):
        sentence = f"Every negative weighs the same: {alike}."
    elif share > NEARLY_ALIKE:
        sentence = "Negatives weigh nearly alike: near and far count about the same."
    else:
        shared = f"{effective:.0f} negatives shared them equally"
        if round(effective) == 1:
            shared = "1 negative had them all"
        sentence = f"Weights are as uneven as if {shared}."
    return Reading(
        "entropy",
        "Effective negatives",
        share,
        f"{effective:.0f} of {n:.0f}",
        f"entropy {number(share)} of 1",
        sentence,
    )


def read_positives(rows: list[Row], about: About) -> Reading | None:
    """The largest of a query's positive weights; None where there is only one."""
    now, n_pos = rows[-1], about.get("n_views", 2) - 1
    if "pos_largest" not in now or n_pos < 2:
        return None
    value, even = now["pos_largest"], 1 / n_pos
    which = "heaviest" if said_of(about, "near_may_weigh_most") else "farthest"
    if said_of(about, "weighs_alike", "pos"):
        sentence = f"This loss weighs the {n_pos} positives of a query alike."
    else:
        sentence = f"The {which} of {n_pos} views holds {percent(value)} of the weight on average."
    return Reading(
        "pos_largest",
        f"{which.capitalize()} positive",
        value,
        number(value),
        f"alike {number(even)}",
        sentence,
        chance_value=even,
    )


def read_own_class(rows: list[Row], about: About) -> Reading | None:
    """The share of repulsion weight on images of the query's own class: false negatives."""
    now = rows[-1]
    if "own_class_share" not in now or about["n_classes"] < 2:
        return None
    value, even = now["own_class_share"], now["own_class_even"]
    going = course([r["own_class_share"] for r in rows if "own_class_share" in r], 0.01).going
    start = {"rising": "Growing: ", "falling": "Shrinking: "}.get(going, "")
    times = value / even if even else math.nan
    who = "images of its class" if said_of(about, "needs_labels") else "false negatives"
    sentence = f"{start}{who} hold {number(times)} times their even share of the weight."
    if not math.isfinite(times):
        sentence = "No image of the batch shares its class with another."
    return Reading(
        "own_class_share",
        "Own-class weight",
        value,
        percent(value),
        f"alike {percent(even)}",
        sentence[:1].upper() + sentence[1:],
        chance_value=even,
    )


def read_clamped(rows: list[Row], about: About) -> Reading | None:
    """The share of queries that the debiasing clamp silences; None for losses without one."""
    value = rows[-1]["clamped"]
    if max(r["clamped"] for r in rows) == 0 and not said_of(about, "can_clamp"):
        return None
    silent, level = "push nothing away", "plain"
    if about.get("n_views", 2) > 2:
        silent += " for one positive at least"
    if value > 0.5:
        sentence, level = f"Most queries {silent}: the class prior is set too high.", "warn"
    elif value > 0:
        sentence = f"So many queries {silent}; the others push harder than undebiased."
    else:
        sentence = "No query is silenced; debiasing makes each push its negatives harder."
    return Reading("clamped", "Clamp active", value, percent(value), "of queries", sentence, level)
