"""What a person calls the settings, and how far a slider goes; read by the sidebar and the lens."""

from __future__ import annotations

from typing import Any, NamedTuple


class Field(NamedTuple):
    """A setting of a loss or a run.

    Attributes:
        label: What a person would say.
        symbol: The paper's sign for it, may be empty.
        help: One sentence: what happens when it grows.
        least, most, step: The range of a slider; other values may still be typed in a link.
        choices: Names to choose from, with what each means.
        leads: Among the few that are reached for first.
    """

    label: str
    symbol: str
    help: str
    least: float = 0.0
    most: float = 1.0
    step: float = 0.1
    choices: dict[str, str] | None = None
    leads: bool = False


# What the weights of a query's negatives are, as the paper of the loss reads them.
LOSS_MEANINGS = {
    "cacr": (
        "π⁻ is how likely each negative would be met if near ones were drawn more often, in "
        "proportion to e^(−t⁻ d): the negatives' distribution conditional on the query. By the "
        "paper's theory, pushing them in these shares lowers the mutual information between a "
        "query and its negatives. π⁺ draws far positives more often, in proportion to e^(t⁺ d)."
    ),
    "infonce": (
        "The weights are the softmax of similarity / τ among the negatives: how likely each is to "
        "be mistaken for the positive rather than another. The loss bounds the mutual information "
        "of two views from below: it is at least ln(1 + negatives) less the loss."
    ),
    "sscl": (
        "The weights sample hard negatives, in proportion to e^((1 + β) s / τ), synthetic ones, "
        "if any, among them. Debiasing takes the positive's share out of their sum, by the "
        "expected share of false negatives; which negatives are false it does not know."
    ),
    "typed": (
        "The weights are the softmax over the negatives that the formulas use, where they use "
        "exactly one; otherwise how hard the loss moves each negative, as a share of all."
    ),
}
LOSS_TITLES = {"cacr": "CACR", "sscl": "SSCL", "infonce": "InfoNCE", "typed": "Typed formula"}

LOSS_FIELDS: dict[str, Field] = {
    "t_pos": Field(
        "how sharp, positives",
        "t⁺",
        "It multiplies distances: larger weighs the farthest positive more. 0 weighs all alike.",
        0.0,
        10.0,
        0.1,
        leads=True,
    ),
    "t_neg": Field(
        "how sharp, negatives",
        "t⁻",
        "It multiplies distances: larger weighs the nearest negatives more. 0 weighs all alike.",
        0.0,
        10.0,
        0.1,
        leads=True,
    ),
    "alpha": Field("strength of attraction", "α", "Scales the pull, not the weights.", 0.0, 5.0),
    "beta": Field("strength of repulsion", "β", "Scales the push, not the weights.", 0.0, 5.0),
    "detach_weights": Field(
        "no gradient through the weights",
        "",
        "Same loss, other forces: with gradient through the weights far negatives may be drawn in.",
    ),
    "cost": Field(
        "cost of repulsion",
        "c",
        "RBF pushes mostly the near negatives; more so, the narrower its kernel.",
        choices={"euclidean": "squared Euclidean", "rbf": "RBF kernel"},
    ),
    "t_rbf": Field("how narrow, RBF kernel", "t", "Larger looks nearer.", 0.1, 10.0),
    "class_prior": Field(
        "expected share of false negatives",
        "τ⁺",
        "Share of negatives taken to be of the query's own class, finding none of them: larger "
        "pushes every negative harder, in SSCL until a clamp silences them all.",
        0.0,
        0.5,
        0.01,
    ),
    "released_debiasing": Field(
        "debiasing as released",
        "",
        "The released sign, which repels positives; off is the consistent one.",
    ),
    "temperature": Field(
        "temperature",
        "τ",
        "It divides similarities: smaller is sharper.",
        0.02,
        2.0,
        0.01,
        leads=True,
    ),
    "attraction": Field(
        "attraction",
        "",
        "A formula in d_pos, d_neg, s_pos and s_neg; names of your own become sliders.",
        leads=True,
    ),
    "repulsion": Field(
        "repulsion",
        "",
        "Added to the attraction; sum, mean, softmax, logsumexp, max and min go along a row.",
        leads=True,
    ),
    "values": Field(
        "values of the names", "", "As alpha=1, t_neg=2; what is left out is 1.", leads=True
    ),
}
SSCL_BETA = Field(
    "hardness", "β", "Larger samples near negatives more.", 0.0, 10.0, 0.1, leads=True
)

IMBALANCES = {
    "none": "balanced",
    "linear": "linear: each class a step larger than the one before",
    "exponential": "exponential: each class 2.7 times the one before",
    "ratio": "long tail, as steep as the slider says",
}

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
        "hard pool", "s", "Parents are drawn from this many nearest negatives.", 1, 256, 1
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
    "lr": Field("learning rate", "", "Reached after a warm-up, then a cosine to 0.", 1e-5, 20.0),
    "seed": Field("seed", "", "Same seed, same first weights, batches and views.", 0, 10**9, 1),
    "n_probes": Field("probe images", "", "Watched, never trained on.", 16, 2_000, 8),
    "snapshot_every": Field("updates between snapshots", "", "Fewer is smoother.", 1, 1_000, 1),
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

# How a run is looked at: what a view may say, and what it says unless told otherwise.
VIEW_DEFAULTS: dict[str, Any] = {
    "colour": "class",
    "layout": "umap",
    "space": "embeddings",
    "trails": False,
    "images": False,
    "magnify": False,
    "group": "probes",
    "lens": None,
    "query": None,
    "view": 0,
    "step": None,
    "panel": "cloud",
}

COMPARE_VIEW_DEFAULTS: dict[str, Any] = {
    "colour": "class",
    "layout": "umap",
    "space": "embeddings",
    "trails": False,
    "images": False,
    "magnify": False,
    "group": "probes",
    "lens": None,
    "query": None,
    "view": 0,  # which of the query's five views asks
    "step": None,  # the moment held; None follows the run, or plays a recorded one
    "series": "knn_features",
    "against": "step",
    "difference": False,
    "baseline": None,
    "panel": "curves",
    "large": "clouds",
}

LENS_EXTRA = ("n_synthetic", "pool_size", "mixing")


def field_of(loss_name: str, name: str) -> Field:
    """The field of a loss's setting; SSCL's beta is its hardness, a typed loss's names are free."""
    if loss_name == "typed" and name not in ("attraction", "repulsion", "values"):
        return Field(name, "", "A name in the typed formulas.", 0.0, 10.0, 0.1)
    return SSCL_BETA if (loss_name, name) == ("sscl", "beta") else LOSS_FIELDS[name]


def kind_of(default: Any, known: Field) -> str:
    """bool, int, float, choice or text, by the setting's default and whether it has choices."""
    if isinstance(default, str) and not known.choices:
        return "text"
    if isinstance(default, bool):
        return "bool"
    return {int: "int", float: "float"}.get(type(default), "choice")


def loss_text(name: str, settings: dict[str, Any]) -> str:
    """A loss and its telling settings on one line."""
    parts = [LOSS_TITLES[name]]
    if name == "typed":
        return ", ".join(parts + [f"{k} {v}" for k, v in settings.items() if v and k != "values"])
    for key, value in settings.items():
        quiet = {"alpha": 1.0, "t_rbf": value, "cost": "euclidean", "released_debiasing": False}
        if name == "cacr":
            quiet |= {"beta": 1.0, "class_prior": 0.0}
        if key == "detach_weights":
            parts.append("weights detached" if value else "gradient through the weights")
        elif key == "cost" and value != "euclidean":
            parts.append(f"RBF cost, t {settings['t_rbf']:g}")
        elif key == "released_debiasing":
            parts += ["debiasing as released"] if value else []
        elif value != quiet.get(key, object()):
            parts.append(f"{field_of(name, key).symbol} {value:g}")
    return ", ".join(parts)
