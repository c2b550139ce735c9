"""What a number means now: functions of the value, its chance level and its trend."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Row = dict[str, float]


class Reading(NamedTuple):
    """One number of a run, as shown.

    Attributes:
        value: The number itself; NaN where there is none yet.
        text: The number as a person reads it, with its unit.
        chance: What chance alone would give, empty where that means nothing.
        sentence: What it means now.
        level: good, plain or warn.
    """

    key: str
    title: str
    value: float
    text: str
    chance: str
    sentence: str
    level: str = "plain"


def trend(values: Sequence[float], slack: float) -> str:
    """rising, falling or steady: the mean of the last quarter against the quarter before it."""
    known = [v for v in values if not math.isnan(v)]
    n = max(1, len(known) // 4)
    if len(known) < 2 * n or len(known) < 2:
        return "steady"
    late = sum(known[-n:]) / n
    early = sum(known[-2 * n : -n]) / n
    if abs(late - early) <= slack:
        return "steady"
    return "rising" if late > early else "falling"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.9995 else "100 %"


def number(value: float) -> str:
    """Three significant digits, a real minus sign."""
    if not math.isfinite(value):
        return "–"
    value += 0.0  # no minus before a zero
    text = f"{value:.3g}" if 0.001 <= abs(value) < 1e4 or value == 0 else f"{value:.2e}"
    return text.replace("-", "−")


def read_loss(rows: list[Row]) -> Reading:
    now = rows[-1]
    text = number(now["loss"])
    norm = now.get("gradient_norm", math.nan)
    slack = 0.01 * (1 + abs(now["loss"]))
    going = trend([r["loss"] for r in rows], slack)
    if len(rows) < 2 or now["step"] == 0:
        sentence = "Before the first update: attraction plus repulsion of an untrained encoder."
    elif norm < 1e-5:
        sentence = "The gradient has all but vanished: this loss has nothing left to ask for."
    elif going == "falling":
        falling = _falls_more(rows)
        sentence = f"Still falling, mostly by its {falling}: the encoder is learning."
    elif going == "rising":
        sentence = "Rising: the updates overshoot. A lower learning rate would help."
        return Reading("loss", "Loss", now["loss"], text, "", sentence, "warn")
    else:
        sentence = "Level for a while: what pulls and what pushes are in balance."
    return Reading("loss", "Loss", now["loss"], text, "", sentence)


def _falls_more(rows: list[Row]) -> str:
    before = rows[max(0, len(rows) - 1 - max(1, len(rows) // 4))]
    gain = {key: before[key] - rows[-1][key] for key in ("attraction", "repulsion")}
    return max(gain, key=lambda key: gain[key])


def read_part(rows: list[Row], key: str) -> Reading:
    """Attraction or repulsion, a part of the loss: lower is nearer, or farther."""
    value = rows[-1][key]
    going = trend([r[key] for r in rows], 0.01 * (1 + abs(value)))
    deed = "pulling views of one image together"
    if key == "repulsion":
        deed = "pushing different images apart"
    sentence = {
        "falling": f"Falling: updates are {deed}.",
        "rising": f"Rising: {deed} is losing ground to the other part.",
        "steady": f"Steady: {deed} neither gains nor loses.",
    }[going]
    return Reading(key, key.capitalize(), value, number(value), "", sentence)


def read_alignment(rows: list[Row]) -> Reading:
    value = rows[-1]["alignment"]
    collapsed = rows[-1]["uniformity"] > -0.05
    going = trend([r["alignment"] for r in rows], 0.02)
    level = "plain"
    if collapsed:
        sentence = "Views coincide because all images do: this closeness says nothing."
        level = "warn"
    elif value < 0.25:
        sentence = "Views of one image lie close together: the encoder ignores how it was seen."
        level = "good"
    elif value > 1.2:
        sentence = "Views of one image lie nearly as far apart as strangers (2 would be random)."
    elif going == "falling":
        sentence = "Views of one image are coming together."
    else:
        sentence = "Views of one image are nearer than strangers, and still told apart."
    return Reading("alignment", "Alignment", value, number(value), "random 2", sentence, level)


def read_uniformity(rows: list[Row]) -> Reading:
    value = rows[-1]["uniformity"]
    going = trend([r["uniformity"] for r in rows], 0.05)
    level = "plain"
    if value > -0.05:
        sentence = "All images are in nearly the same place: the embeddings have collapsed."
        level = "warn"
    elif value < -3.0:
        sentence = "Images are spread almost evenly over the sphere (−4 is the limit)."
        level = "good"
    elif going == "falling":
        sentence = "Repulsion is spreading the images over the sphere."
    elif going == "rising":
        sentence = "Images are drawing together again: groups are forming, or repulsion is weak."
    else:
        sentence = "Images fill part of the sphere, in groups or along a few directions."
    return Reading("uniformity", "Uniformity", value, number(value), "even −4", sentence, level)


def read_entropy(rows: list[Row]) -> Reading:
    now = rows[-1]
    n, effective = now["n_negatives"], now["effective_negatives"]
    share = now["entropy"]
    if share > 0.99:
        sentence = "Every negative counts about the same: no contrast among them yet."
    elif share > 0.9:
        sentence = "Near negatives count somewhat more than far ones."
    elif share > 0.6:
        sentence = "A part of the negatives does most of the pushing: they are the near ones."
    else:
        sentence = "A handful of near negatives does all the pushing."
    return Reading(
        "entropy",
        "Effective negatives",
        share,
        f"{effective:.0f} of {n:.0f}",
        f"entropy {number(share)} of 1",
        sentence,
    )


def read_rank(rows: list[Row], dim: int) -> Reading:
    value = rows[-1]["effective_rank"]
    going = trend([r["effective_rank"] for r in rows], 0.5)
    level = "plain"
    if value < 1.5:
        sentence = "One direction is all that is left: the embeddings are collapsing."
        level = "warn"
    elif value < 0.1 * dim:
        sentence = f"Only a few of {dim} directions are used: images differ in little."
    elif value > 0.6 * dim:
        sentence = f"Most of {dim} directions are used."
        level = "good"
    elif going == "rising":
        sentence = "More and more directions are coming into use."
    else:
        sentence = f"A good part of {dim} directions is in use."
    return Reading(
        "effective_rank", "Effective rank", value, f"{value:.1f} of {dim}", "", sentence, level
    )


def read_knn(rows: list[Row], key: str, title: str, n_classes: int, n_held_out: int) -> Reading:
    values = [r[key] for r in rows if key in r]
    if not values:
        return Reading(key, title, math.nan, "–", "", "Not measured yet.")
    value, chance = values[-1], 1 / max(1, n_classes)
    noise = math.sqrt(max(value * (1 - value), 1e-4) / max(1, n_held_out))
    going = trend(values, noise)
    level = "plain"
    if value < chance + 3 * noise:
        sentence = "No better than guessing: neighbours say nothing about the class."
    elif len(values) < 2:
        sentence = "What an untrained encoder gives: colours and edges alone tell some classes."
    elif going == "rising":
        sentence = "Rising: neighbours are more and more of one class, though no label was seen."
    elif going == "falling":
        sentence = "Falling: neighbourhoods are losing the classes."
        level = "warn"
    elif value > 0.8:
        sentence = "Most neighbours share a class: the encoder found the classes by itself."
        level = "good"
    else:
        sentence = "Level: above guessing, and no longer improving."
    interval = f"chance {percent(chance)}, ± {100 * 1.96 * noise:.1f}"
    return Reading(key, title, value, percent(value), interval, sentence, level)


def read_clamped(rows: list[Row]) -> Reading | None:
    value = rows[-1]["clamped"]
    if max(r["clamped"] for r in rows) == 0:
        return None
    if value > 0.5:
        sentence, level = "Most queries feel no repulsion: the class prior is set too high.", "warn"
    elif value > 0.05:
        sentence, level = "Some queries feel no repulsion: debiasing took out all of it.", "plain"
    else:
        sentence, level = "Debiasing takes out a part of the repulsion, hardly ever all.", "plain"
    return Reading("clamped", "Clamp active", value, percent(value), "of queries", sentence, level)


def read_speed(rows: list[Row], images_per_step: int, device: str) -> Reading:
    done = [r for r in rows if "seconds" in r][-10:]
    value = math.nan
    if len(done) > 1 and done[-1]["seconds"] > done[0]["seconds"]:
        updates = done[-1]["step"] - done[0]["step"]
        value = images_per_step * updates / (done[-1]["seconds"] - done[0]["seconds"])
    if math.isnan(value):
        sentence = "Known after the first updates."
    else:
        sentence = f"{images_per_step} views an update, counted over training time alone."
    text = "–" if math.isnan(value) else f"{value:,.0f}"
    return Reading("speed", "Images a second", value, text, device, sentence)


def read_all(rows: list[Row], about: dict[str, Any]) -> list[Reading]:
    """Every number of a run at the step of the last row.

    Args:
        rows: Rows of metrics from step 0 to the moment shown.
        about: dim, n_classes, n_held_out, images_per_step, device.
    """
    knn: Callable[[str, str], Reading] = lambda key, title: read_knn(  # noqa: E731
        rows, key, title, about["n_classes"], about["n_held_out"]
    )
    readings = [
        read_loss(rows),
        read_part(rows, "attraction"),
        read_part(rows, "repulsion"),
        knn("knn_features", "Features, 10-NN"),
        knn("knn_embeddings", "Embeddings, 10-NN"),
        read_alignment(rows),
        read_uniformity(rows),
        read_entropy(rows),
        read_rank(rows, about["dim"]),
        read_clamped(rows),
        read_speed(rows, about["images_per_step"], about["device"]),
    ]
    if about["n_classes"] < 2:
        readings = [r for r in readings if r is None or not r.key.startswith("knn")]
    return [reading for reading in readings if reading is not None]


def diagnosis(rows: list[Row], loss: str, settings: dict[str, Any]) -> str:
    """What has gone wrong, with its likely cause; empty while nothing has."""
    if len(rows) < 3 or rows[-1]["step"] < 5:
        return ""
    if all(r["uniformity"] > -0.05 for r in rows[-2:]):
        cause = "the learning rate may be too high"
        if loss == "cacr" and settings.get("beta") == 0:
            cause = "repulsion is switched off (β = 0), so one place for all is a perfect answer"
        elif rows[-1].get("clamped", 0) > 0.5:
            cause = "the clamp silences repulsion; lower the class prior τ⁺"
        return f"Collapse: all images lie in nearly the same place. Likely cause: {cause}."
    if all(r["effective_rank"] < 1.5 for r in rows[-2:]):
        return (
            "Collapse to a line: one direction carries all differences. Likely cause: repulsion "
            "that looks only at the mean of the negatives; raise its sharpness."
        )
    return ""
