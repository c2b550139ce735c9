"""What a person calls the settings, and how far a slider goes; read by the sidebar and the lens.

A run's settings have their words here, a loss's in its own file; here they are asked for by name.
"""

from __future__ import annotations

from typing import Any

from cacr_core.losses import LOSSES, needs_labels, settings_of
from cacr_core.losses import Setting as Field
from cacr_core.losses.words import meaning_of, text_of, title_of

IMBALANCES = {
    "none": "balanced",
    "linear": "linear: each class a step larger than the one before",
    "exponential": "exponential: each class 2.7 times the one before",
    "ratio": "long tail, as steep as the slider says",
}

NEGATIVES = {"all_views": "all views", "later_views": "later views, as released"}

OPTIMIZERS = {"adamw": "AdamW", "muon": "Muon for matrices, AdamW for the rest"}

RARE = {
    "first": "the first (as released)",
    "last": "the last",
    "seed": "drawn by the seed",
}

RUN_FIELDS: dict[str, Field] = {
    "n_views": Field(
        "views of each image", "K + 1", "A query has one positive fewer than this.", 2, 8, 1
    ),
    "batch_size": Field("images in a batch", "N", "More images are more negatives.", 2, 1024, 8),
    "n_synthetic": Field("synthetic negatives", "k", "For each query; 0 for none.", 0, 64, 1),
    "pool_size": Field(
        "hard pool",
        "s",
        "Parents are drawn from this many nearest negatives.",
        1,
        256,
        1,
        needs=("n_synthetic", None),
    ),
    "host": Field(
        "negatives come from",
        "",
        "A queue holds many keys of a slowly moving encoder; the older they are, the staler.",
        choices={
            "batch": "the batch",
            "queue": "the batch and a queue (MoCo)",
            "predictor": "keys of the batch, by a predictor (MoCo v3, CACR only)",
        },
    ),
    "queue_size": Field(
        "entries in the queue", "", "More negatives, and older ones.", 1, 65_536, 16
    ),
    "momentum": Field(
        "momentum of the key encoder",
        "m",
        "Larger follows more slowly: keys in the queue agree better, and are staler.",
        0.0,
        1.0,
        0.001,
    ),
    "embedding_dim": Field("dimensions of the head", "d", "2 and 3 are drawn as they are."),
    "n_steps": Field("updates", "", "How long the run is.", 1, 100_000, 10),
    "seconds": Field(
        "seconds",
        "",
        "How long the updates may take, instead of their number: as many as fit are laid out. 0 "
        "for none.",
        0.0,
        36_000.0,
        10.0,
    ),
    "lr": Field("learning rate", "", "Reached after a warm-up, then a cosine to 0.", 1e-5, 20.0),
    "optimizer": Field(
        "optimizer",
        "",
        "What moves the weights. Muon learns more in few updates, which take a little longer.",
        choices=OPTIMIZERS,
    ),
    "seed": Field("seed", "", "Same seed, same first weights, batches and views.", 0, 10**9, 1),
    "n_probes": Field("probe images", "", "Watched, never trained on.", 16, 2_000, 8),
    "image_size": Field(
        "size of the images",
        "",
        "Height and width in pixels that a folder is read and seen at; larger is slower.",
        32,
        128,
        16,
    ),
    "snapshot_every": Field("updates between snapshots", "", "Fewer is smoother.", 1, 1_000, 1),
    "n_states": Field(
        "moments kept whole",
        "",
        "Spread over the run: their encoders can be looked into as checkpoints, their updates "
        "opened. Large networks keep fewer.",
        0,
        64,
        1,
    ),
    "precision": Field(
        "precision",
        "",
        "What the layers compute in while they train; automatic is float32, on a GPU that has it "
        "bfloat16. Everything shown is measured in float32.",
    ),
    "imbalance": Field(
        "imbalance of the training images",
        "",
        "Keeps few images of some classes for training; held-out images stay balanced.",
        choices=IMBALANCES,
    ),
    "imbalance_ratio": Field(
        "largest to smallest class",
        "",
        "Larger leaves fewer images of the smallest classes; for the long tail only.",
        1.0,
        100.0,
        1.0,
    ),
    "n_min": Field(
        "images of each class at least", "", "Larger spares the smallest classes.", 0, 100, 1
    ),
    "rare": Field(
        "rare classes",
        "",
        "Which classes keep fewest images; some are easier to tell than others, rare or not.",
        choices=RARE,
    ),
    "duplicates": Field(
        "duplicates", "", "More of the training images are exact copies of others.", 0.0, 0.9, 0.05
    ),
    "noise_images": Field(
        "noise images", "", "More of the training images are nothing but noise.", 0.0, 0.9, 0.05
    ),
    "mixture": Field(
        "second dataset", "", "Its images, without labels, come among those trained on."
    ),
    "mixture_share": Field(
        "share of the second dataset",
        "",
        "Larger replaces more of the training images by those of the second dataset.",
        0.0,
        0.9,
        0.05,
    ),
}


def field_of(loss_name: str, name: str) -> Field:
    """The words of a loss's setting, by the names of both."""
    return settings_of(LOSSES[loss_name])[name]


def loss_titles() -> dict[str, str]:
    """What a person calls each loss of `LOSSES`, by its name."""
    return {name: title_of(cls) for name, cls in LOSSES.items()}


def loss_title(name: str) -> str:
    """What a person calls a loss; the name itself of one that is not registered here."""
    return title_of(LOSSES[name]) if name in LOSSES else name


def is_labelled(name: str) -> bool:
    """Whether a loss is told the labels; of one that is not registered here nothing is known."""
    return name in LOSSES and needs_labels(LOSSES[name])


def draws_far_in(name: str) -> bool:
    """Whether gradient through the weights of a loss draws negatives in that are far enough."""
    return bool(getattr(LOSSES.get(name), "draws_far_in", False))


def loss_meaning(name: str) -> str:
    """What the weights of a query's negatives are, as the paper of the loss reads them."""
    return meaning_of(LOSSES[name])


def kind_of(default: Any, known: Field) -> str:
    """bool, int, float, choice or text, by the setting's default and whether it has choices."""
    if isinstance(default, str) and not known.choices:
        return "text"
    if isinstance(default, bool):
        return "bool"
    return {int: "int", float: "float"}.get(type(default), "choice")


def loss_text(name: str, settings: dict[str, Any]) -> str:
    """A loss and its telling settings on one line; of a loss not registered here all of them."""
    if name not in LOSSES:
        return ", ".join([name, *(f"{key} {value}" for key, value in settings.items())])
    return text_of(LOSSES[name], settings)
