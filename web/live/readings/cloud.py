"""How the embeddings lie: views near each other, images spread, directions in use."""

from __future__ import annotations

from cacr_core.scores.evenness import uniformity_limit
from web.live.readings.reading import (
    About,
    Reading,
    Row,
    course,
    is_collapsed,
    is_flat,
    number,
    percent,
    said_of,
)

ONE_PLACE = "all images are in nearly one place"


def strangers(row: Row) -> float:
    """Mean squared distance of different images; 2 where they are spread evenly."""
    return 2 * row.get("spread", 1.0) ** 2


def read_alignment(rows: list[Row], about: About) -> Reading:
    now = rows[-1]
    value, apart = now["alignment"], strangers(now)
    level = "plain"
    if is_collapsed(now):
        level = "warn"
        sentence = "Views coincide as all images do: this closeness says nothing."
        if value > 0.1:  # no direction is left, or each view has a place of its own
            sentence = f"{ONE_PLACE.capitalize()}: how far apart their views lie says nothing."
    elif value >= apart:
        sentence = "Views of one image lie no nearer than different images do."
    else:
        nearer = f"at {number(value / apart)} of the squared distance of others"
        sentence = f"Views of one image lie {nearer}."
        if is_flat(now, about["dim"]):
            sentence, level = f"Views lie {nearer}, but all along few directions.", "warn"
        elif value < 0.125 * apart:
            level = "good"
    return Reading(
        "alignment",
        "Alignment",
        value,
        number(value),
        f"others {number(apart)}",
        sentence,
        level,
        chance_value=apart,
    )


def read_uniformity(rows: list[Row], about: About) -> Reading:
    now = rows[-1]
    value = now["uniformity"]
    limit = uniformity_limit(max(2, about["dim"]), about.get("n_probes"))
    share = min(1.0, max(0.0, value / limit))
    going = course([r["uniformity"] for r in rows], 0.05).going
    level = "plain"
    if is_collapsed(now):
        sentence, level = f"{ONE_PLACE.capitalize()}: the embeddings have collapsed.", "warn"
    elif is_flat(now, about["dim"]):
        sentence, level = (
            "Images lie along a few directions, the rest of the sphere is empty.",
            "warn",
        )
    else:
        start = {"falling": "Spreading: ", "rising": "Drawing together: "}.get(going, "")
        sentence = f"{start}{percent(share)} of the limit for as many images."
        level = "good" if share > 0.85 else "plain"
    return Reading(
        "uniformity",
        "Uniformity",
        value,
        number(value),
        f"limit {number(limit)}",
        sentence,
        level,
        chance_value=limit,
    )


def read_rank(rows: list[Row], about: About) -> Reading:
    """Of as many directions as there can be: no more than there are images."""
    now, dim = rows[-1], about["dim"]
    most = min(dim, about.get("n_probes", dim))
    value = now["effective_rank"]
    going = course([r["effective_rank"] for r in rows], 0.5).going
    level = "plain"
    if is_collapsed(now):
        sentence = "What all images share is nearly all there is: the embeddings have collapsed."
        level = "warn"
    elif is_flat(now, dim):
        sentence, level = (
            "A few directions hold all: the embeddings have collapsed to them.",
            "warn",
        )
    else:
        start = {"rising": "Growing: d", "falling": "Shrinking: d"}.get(going, "D")
        sentence = f"{start}irections are used as if {value:.0f} of {most} were, all alike."
        level = "good" if value > 0.6 * most else "plain"
    return Reading(
        "effective_rank", "Effective rank", value, f"{value:.1f} of {most}", "", sentence, level
    )


def diagnosis(rows: list[Row], about: About) -> str:
    """What has gone wrong, with its likely cause; empty while nothing has.

    Args:
        about: dim and loss, as `read_all` takes them.
    """
    if len(rows) < 3 or rows[-1]["step"] < 5:
        return ""
    if all(is_collapsed(r) for r in rows[-2:]):
        cause = "the learning rate may be too high, or repulsion too weak"
        if said := said_of(about, "cause", "collapse"):
            cause = said
        elif rows[-1].get("clamped", 0) > 0.5:
            cause = "the clamp silences repulsion; lower the class prior τ⁺"
        return f"Collapse: {ONE_PLACE}. Likely cause: {cause}."
    if all(is_flat(r, about["dim"]) for r in rows[-2:]):
        text = "Collapse to a few directions: all images lie along them."
        if said := said_of(about, "cause", "few directions"):
            return f"{text} Cause: {said}."
        return f"{text} Sharper repulsion may help."
    return ""
