"""Words of further losses: titles, what their weights and pulls are, and their settings."""

from __future__ import annotations

from web.settings.fields import LOSS_FIELDS, Field

TEMPERATURE = LOSS_FIELDS["temperature"]

TITLES = {
    "dcl": "DCL (decoupled)",
    "dclw": "DCL-W",
    "siglip": "SigLIP",
    "alignuniform": "Alignment + uniformity",
    "triplet": "Triplet",
    "adnce": "ADNCE",
    "supcon": "SupCon",
    "sincere": "SINCERE",
}

# Losses that are told the class of every image; said in red wherever one is chosen or shown.
LABELLED = ("supcon", "sincere")
LABELS_ENTER = "Labels enter this loss: it is told the class of every image."

MEANINGS = {
    "dcl": (
        "The weights are the softmax of similarity / τ among the negatives, as in InfoNCE. The "
        "positive stands outside the log, so pulls do not fade: on either side they sum to 1/τ, "
        "however near the positive is."
    ),
    "dclw": (
        "Negatives weigh as in DCL. Positives weigh 2 less e^(s/σ) over its mean in the batch: "
        "far ones more, and one far nearer than the others less than 0. Shown are shares of a "
        "query's own positives, by size; one query alone has no batch to compare with."
    ),
    "siglip": (
        "There is no softmax: the weights are shares of the pull. Each pair is told apart by "
        "itself, with probability sigmoid(t s + b), so the pull on one sample does not depend on "
        "the others."
    ),
    "alignuniform": (
        "The weights are shares of the push among a query's negatives, in proportion to "
        "e^(−t d). The log is taken once for the whole batch, so a query in a crowd is pushed "
        "harder than a lonely one; the weights do not show that, the pulls do."
    ),
    "triplet": (
        "There is no softmax: the weights are shares of the pull. Every pair of a positive and a "
        "negative that the margin does not tell apart pulls alike, near or far; a sample weighs "
        "by how many such pairs it is in. Where there are none, nothing pulls."
    ),
    "adnce": (
        "The weights are the softmax of similarity / τ among the negatives, times a Gaussian "
        "around μ, which takes weight from negatives nearer than μ, the likeliest to be false. No "
        "gradient goes through the Gaussian."
    ),
    "supcon": (
        "The loss is told the labels: images of the query's class are positives, too. The weights "
        "are the softmax of similarity / τ among all other images, those of the own class among "
        "them: it repels these as well where they are nearer than the rest, which the pulls show."
    ),
    "sincere": (
        "The loss is told the labels: images of the query's class are positives, too. The weights "
        "are the softmax of similarity / τ among the images of other classes, and 0 on the own, "
        "which is never pushed."
    ),
}

NEW_FIELDS: dict[str, dict[str, Field]] = {
    "dcl": {"temperature": TEMPERATURE},
    "dclw": {
        "temperature": TEMPERATURE,
        "sigma": Field(
            "how alike positives weigh",
            "σ",
            "It divides similarities: smaller weighs far positives more, and near ones less.",
            0.05,
            3.0,
            0.05,
            leads=True,
        ),
        "detach_weights": Field(
            "no gradient through the weights",
            "",
            "Same loss, other forces: through the weights near positives are drawn even less.",
        ),
    },
    "siglip": {
        "scale": Field(
            "scale of similarities",
            "t",
            "It multiplies similarities: larger is sharper.",
            0.5,
            50.0,
            0.5,
            leads=True,
        ),
        "bias": Field(
            "bias",
            "b",
            "Lower takes more pairs for negatives: it draws positives more, pushes negatives less.",
            -20.0,
            20.0,
            0.5,
            leads=True,
        ),
    },
    "alignuniform": {
        "t": Field(
            "how narrow, uniformity's Gaussian",
            "t",
            "It multiplies distances: larger looks at nearer negatives only.",
            0.1,
            10.0,
            0.1,
            leads=True,
        ),
        "power": Field(
            "power of the distance, alignment",
            "α",
            "Larger draws far positives more; 2 draws all alike.",
            0.5,
            6.0,
            0.5,
        ),
        "align_weight": Field("weight of alignment", "λₐ", "Scales the pull.", 0.0, 5.0),
        "uniform_weight": Field("weight of uniformity", "λᵤ", "Scales the push.", 0.0, 5.0),
    },
    "triplet": {
        "margin": Field(
            "margin",
            "m",
            "Of squared distance: larger asks negatives to be farther than positives by more.",
            0.0,
            4.0,
            0.05,
            leads=True,
        ),
        "hardest": Field(
            "hardest negative only",
            "",
            "Pushes the nearest negative of a query alone, instead of all within the margin.",
        ),
    },
    "adnce": {
        "temperature": TEMPERATURE,
        "mu": Field(
            "similarity that weighs most",
            "μ",
            "Larger weighs nearer negatives more.",
            -1.0,
            1.0,
            0.05,
            leads=True,
        ),
        "sigma": Field(
            "how wide, weights of negatives",
            "σ",
            "Larger weighs negatives of any similarity more alike; without end it is InfoNCE.",
            0.05,
            3.0,
            0.05,
            leads=True,
        ),
    },
    "supcon": {"temperature": TEMPERATURE},
    "sincere": {"temperature": TEMPERATURE},
}
