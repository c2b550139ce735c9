"""What the numbers of a frozen checkpoint mean: nothing moves, and it was not trained here."""

from __future__ import annotations

from typing import Any

from web.readings import Reading, Row, read_all, read_knn

SENTENCES = {
    "loss": "Of the probes under this run's loss, which need not be what trained the checkpoint.",
    "attraction": "How far apart views of one image are, as this loss weighs them.",
    "repulsion": "How near different images are, as this loss weighs them.",
}
LINEAR = (("linear_features", "Features, linear"), ("linear_embeddings", "Embeddings, linear"))


def read_frozen(rows: list[Row], about: dict[str, Any]) -> list[Reading]:
    """As `read_all`, with the linear probe and without speed; no sentence speaks of training."""
    readings = [_still(reading) for reading in read_all(rows, about) if reading.key != "speed"]
    where = 1 + max(i for i, r in enumerate(readings) if r.key.startswith(("knn", "repulsion")))
    probes = [_still(read_knn(rows, key, title, about)) for key, title in LINEAR if key in rows[-1]]
    return readings[:where] + probes + readings[where:]


def _still(reading: Reading) -> Reading:
    if not reading.key.startswith(("knn", "linear")):
        return reading._replace(sentence=SENTENCES.get(reading.key, reading.sentence))
    if reading.sentence.startswith(("No better", "Not measured")):
        return reading
    who = "neighbours tell" if reading.key.startswith("knn") else "a linear probe tells"
    much = "most images" if reading.value > 0.5 else "some images"
    sentence = f"Above guessing: {who} the class of {much}."
    return reading._replace(sentence=sentence, level="good" if reading.value > 0.8 else "plain")
