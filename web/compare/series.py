"""The numbers that are drawn for all entries of a comparison, and what may be said of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from web.live.readings.reading import said_of
from web.live.readings.scores import guessed


class Series(NamedTuple):
    """A number that can be drawn for all entries on one pair of axes.

    Attributes:
        unit: "share" where it is a part of a whole, else what it is measured in; may be empty.
        kind: "accuracy", which has chance, an untrained encoder and a leader; "scale" for values
            of a loss or of its gradient, which of other losses are on another scale; else empty.
        note: What its value means, one sentence, with `{most}` for how many there can be.
    """

    key: str
    title: str
    unit: str = ""
    kind: str = ""
    note: str = ""


SERIES = (
    Series("knn_features", "10-NN accuracy, features", "share", "accuracy"),
    Series("knn_embeddings", "10-NN accuracy, embeddings", "share", "accuracy"),
    Series("head_accuracy", "Accuracy of the classes with most images", "share", "accuracy"),
    Series("tail_accuracy", "Accuracy of the classes with fewest images", "share", "accuracy"),
    Series("loss", "Loss", kind="scale"),
    Series("gradient_norm", "Norm of the gradient", kind="scale"),
    Series("attraction", "Attraction, a part of the loss", kind="scale"),
    Series("repulsion", "Repulsion, a part of the loss", kind="scale"),
    Series(
        "alignment",
        "Alignment",
        "squared distance",
        note="Lower is closer views of one image; random points give 2, a collapse gives 0 too.",
    ),
    Series(
        "uniformity",
        "Uniformity",
        note="Lower is spread more evenly over the sphere; all images in one place give 0.",
    ),
    Series("effective_rank", "Effective rank", "directions", note="Of {most} directions at most."),
    Series(
        "entropy",
        "Entropy of the weights of negatives",
        "share",
        note="100 % where all negatives of a query weigh the same.",
    ),
    Series(
        "effective_negatives",
        "Effective negatives",
        "negatives",
        note="As many negatives, all of one weight, would have the entropy of these weights.",
    ),
    Series(
        "pos_entropy",
        "Entropy of the weights of positives",
        "share",
        note="100 % where all positives of a query weigh the same; one positive has no entropy.",
    ),
    Series(
        "own_class_share",
        "Repulsion weight on the query's own class",
        "share",
        note="Labels measure here. They train nothing but a loss that says it is told them.",
    ),
    Series(
        "clamped",
        "Queries whose clamp is active",
        "share",
        note="A positive whose clamp is active pushes nothing away; a query counts from its first.",
    ),
    Series("queue_age", "Mean age of the queue", "updates"),
    Series("queue_oldest", "Age of the oldest in the queue", "updates"),
)
OF_TRAINING = ("gradient_norm", "queue_age", "queue_oldest")  # no frozen checkpoint has them


MOST_CLASSES = 20  # more than these have no accuracy each


def series_of(
    configs: list[dict[str, Any]],
    n_images: int,
    names: list[str],
    per_class: list[int],
    has_tail: bool,
    is_frozen: bool,
) -> list[dict[str, Any]]:
    """The series that a comparison of these configs has, with chance where that means something.

    Args:
        n_images: That are shown: their embeddings use no more directions than there are of them.
        names: Of the classes.
        per_class: Held-out images of each; empty where that is not known.
    """
    n_classes = len(names)
    most = sorted({min(n_images, int(config.get("embedding_dim", 0))) for config in configs})
    classes = [
        Series(f"class_accuracy_{c}", f"10-NN accuracy of {name}", "share", "accuracy")
        for c, name in enumerate(names)
        if 2 <= n_classes <= MOST_CLASSES
    ]
    return [
        series._asdict()
        | {
            "note": series.note.format(most=" or ".join(map(str, most))),
            "chance": _chance(series, n_classes, per_class),
        }
        for series in (*SERIES, *classes)
        if _is_drawn(series.key, configs, n_classes, has_tail)
        and not (is_frozen and series.key in OF_TRAINING)
    ]


def _chance(series: Series, n_classes: int, per_class: list[int]) -> float | None:
    """What guessing gets right: of all images, the commonest class may be more than its share."""
    if series.kind != "accuracy" or n_classes < 2:
        return None
    return guessed(n_classes, per_class if series.key.startswith("knn_") else [])


def _is_drawn(key: str, configs: list[dict[str, Any]], n_classes: int, has_tail: bool) -> bool:
    if key.startswith("knn_") or key == "own_class_share":
        return n_classes > 1
    if key in ("head_accuracy", "tail_accuracy"):
        return has_tail
    if key == "pos_entropy":
        return any(int(c["n_views"]) > 2 for c in configs)
    if key == "clamped":
        return any(said_of(config, "can_clamp") for config in configs)
    if key in ("queue_age", "queue_oldest"):
        return any(c.get("host") == "queue" for c in configs)
    return True


def _negatives(config: dict[str, Any]) -> tuple[Any, ...]:
    mixed = ("n_synthetic", "pool_size", "mixing") if config["n_synthetic"] else ()
    queued = ("queue_size",) if config.get("host") == "queue" else ()
    return tuple(config.get(key) for key in ("negatives", "host", *mixed, *queued))


# what decides the scale of a loss, as a person calls it
SCALES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "formula": lambda config: config["loss"]["name"],
    "settings": lambda config: config["loss"],
    "positives": lambda config: config["n_views"],
    "negatives": _negatives,
}


def scale_of(configs: list[dict[str, Any]]) -> str:
    """Why values of these losses are not to be compared, one sentence; empty where they may be."""
    unlike = [
        name
        for name, part in SCALES.items()
        if any(part(config) != part(configs[0]) for config in configs[1:])
    ]
    if "formula" in unlike:
        unlike.remove("settings")
    if not unlike:
        return ""
    *first, last = unlike
    what = f"{', '.join(first)} and {last}" if first else last
    return (
        f"These losses differ in {what}, so each is on a scale of its own: compare the course of "
        "one, not values of two."
    )
