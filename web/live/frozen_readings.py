"""What the numbers of a frozen checkpoint mean: nothing moves, and it was not trained here."""

from __future__ import annotations

from typing import Any

from cacr_core.scores.paired import Change, interval, points
from web.live.readings import (
    Reading,
    Row,
    percent,
    read_all,
)
from web.live.readings.reading import said_of

SENTENCES = {
    "loss": "Of the probes under the lens's first loss; another may have trained the checkpoint.",
    "attraction": "How far apart views of one image are, as this loss weighs them.",
    "repulsion": "How near different images are, as this loss weighs them.",
}
TRAINED_BY = "Of the probes under the loss that trained the checkpoint, as {says}."
ACCURACIES = {  # key: its title, where it stands in run.json
    "knn_features": ("Features, 10-NN", "features", "knn10"),
    "knn_embeddings": ("Head, 10-NN", "embeddings", "knn10"),
    "linear_features": ("Features, linear", "features", "linear"),
    "linear_embeddings": ("Head, linear", "embeddings", "linear"),
}


def read_frozen(rows: list[Row], about: dict[str, Any]) -> list[Reading]:
    """As `read_all`, without speed; no sentence speaks of training, and each accuracy is set beside
    guessing and the untrained network. Where the embeddings are the features, once."""
    said = SENTENCES | {
        part: f"Of the probes: {moved}."
        for part in ("attraction", "repulsion")
        if (moved := said_of(about, "moved_by", part))
    }
    if says := about["frozen"].get("trained_by"):
        said["loss"] = TRAINED_BY.format(says=says)
    readings = [
        reading._replace(sentence=said.get(reading.key, reading.sentence))
        for reading in read_all(rows, about)
        if reading.key not in ("speed", *ACCURACIES)
    ]
    where = 1 + max(i for i, reading in enumerate(readings) if reading.key in SENTENCES)
    scores, layer = (about["frozen"].get(key) for key in ("scores", "layer"))
    accuracies = [
        read_accuracy(key, title, scores[space][way])
        for key, (title, space, way) in ACCURACIES.items()
        if scores and (space == "features" or layer != "features")
    ]
    return readings[:where] + accuracies + readings[where:]


def read_accuracy(key: str, title: str, score: dict[str, Any]) -> Reading:
    """One accuracy as run.json has it: what its interval allows to say of it."""
    low, high, guess = (score[name] for name in ("low", "high", "guess"))
    own = f"{100 * low:.1f} to {100 * high:.1f} %"
    if high < guess:
        sentence, level = f"{own}: worse than guessing.", "warn"
    elif low <= guess:
        sentence, level = f"{own}: not told from guessing.", "warn"
    elif beside := score["untrained"]:
        sentence, level = _beside(Change(**beside["gain"]))
    else:
        sentence, level = f"{own}: above guessing.", "plain"
    value, words = score["value"], score["words"]
    chance = f"guessing {percent(guess)}"
    return Reading(key, title, value, percent(value), chance, f"{sentence} {words}", level)


def _beside(gain: Change) -> tuple[str, str]:
    """Against the untrained network, in points, and how good that is."""
    if gain.sign > 0:
        return f"{interval(gain)} points above untrained.", "good"
    if gain.sign < 0:
        return f"{interval(gain)} points: below untrained.", "warn"
    return f"No better than untrained: {points(gain.value)} ({interval(gain)}) points.", "warn"
