"""Comparisons worth looking at: what each one reproduces, and two lines on what to watch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cacr_core.losses import (
    ADNCE,
    CACR,
    DCL,
    DCLW,
    SINCERE,
    SSCL,
    AlignUniform,
    InfoNCE,
    SigLIP,
    SupCon,
    Triplet,
)
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.training import TrainConfig

# Losses to choose an entry from, each with what it needs of the run around it.
CATALOGUE: dict[str, tuple[str, dict[str, Any]]] = {
    "cacr-4": ("CACR, four positives", {"loss": CACR(), "n_views": 5}),
    "cacr-1": ("CACR, one positive", {"loss": CACR()}),
    "uniform-attraction": (
        "CACR, uniform attraction",
        {"loss": CACR(t_pos=0.0), "n_views": 5},
    ),
    "uniform-repulsion": (
        "CACR, uniform repulsion",
        {"loss": CACR(t_neg=0.0), "n_views": 5},
    ),
    "uniform": ("CACR, both uniform", {"loss": CACR(t_pos=0.0, t_neg=0.0), "n_views": 5}),
    "infonce": ("InfoNCE", {"loss": InfoNCE()}),
    "sscl": ("SSCL", {"loss": SSCL(), "n_synthetic": 8}),
    "mixing": (
        "SSCL, mixing only",
        {"loss": SSCL(beta=0.0, class_prior=0.0), "n_synthetic": 8},
    ),
    "hard": ("SSCL, hard sampling only", {"loss": SSCL(class_prior=0.0)}),
    "debiasing": ("SSCL, debiasing only", {"loss": SSCL(beta=0.0)}),
    "hcl": ("SSCL without mixing (HCL)", {"loss": SSCL()}),
    "dcl": ("DCL (decoupled)", {"loss": DCL()}),
    "dclw": ("DCL-W, positives weighed", {"loss": DCLW()}),
    "siglip": ("SigLIP", {"loss": SigLIP()}),
    "alignuniform": ("Alignment + uniformity", {"loss": AlignUniform()}),
    "triplet": ("Triplet, all pairs", {"loss": Triplet(margin=1.0)}),
    "hardest": ("Triplet, hardest negative", {"loss": Triplet(margin=1.0, hardest=True)}),
    "adnce": ("ADNCE", {"loss": ADNCE()}),
    "supcon": ("SupCon (told the labels)", {"loss": SupCon()}),
    "sincere": ("SINCERE (told the labels)", {"loss": SINCERE()}),
}

# What learns most in a minute on two cores, found on seed 0 with InfoNCE and taken for all losses.
QUICK: dict[str, Any] = {"backbone": "quick", "optimizer": "muon"}
# With this a run breaks as it is told to: by Muon attraction alone leaves all images along a few
# directions rather than in one place, and a rate a thousand times too high gathers them less.
PLAIN_RECIPE: dict[str, Any] = {"backbone": "small", "optimizer": "adamw"}
SHARED: dict[str, Any] = QUICK | {
    "dataset": "shapes",
    "embedding_dim": 32,
    "n_probes": 256,
    "n_steps": 400,
    "snapshot_every": 10,
}


class ComparePreset(NamedTuple):
    """A named comparison.

    Attributes:
        watch: Two lines: what is compared, and where to look. True of the recorded run.
        view: How the recorded run is looked at to see it, where that differs from the page's
            defaults: the step, the series, the panel, and whatever else a link may say of it.
    """

    title: str
    comparison: Comparison
    watch: tuple[str, str]
    view: Mapping[str, Any] = MappingProxyType({})


def recorded_comparison(name: str) -> str:
    """The id of the recording of a comparison."""
    return f"compare-{name}"


PLAIN = "cacr-1"  # what an entry of one's own starts from


def entry(name: str, label: str | None = None, **changes: Any) -> Entry:
    """An entry of the catalogue; changes to the run around the loss, or to the loss itself."""
    title, settings = CATALOGUE[name]
    loss = settings["loss"]
    own = {f.name for f in dataclasses.fields(loss)}
    loss = dataclasses.replace(loss, **{k: v for k, v in changes.items() if k in own})
    around = {k: v for k, v in changes.items() if k not in own}
    return Entry(label or title, TrainConfig(**(SHARED | settings | {"loss": loss} | around)))


def _compared(*entries: Entry, baseline: int = 0, **shared: Any) -> Comparison:
    return Comparison(entries, baseline).with_shared(**shared)


DEFAULT_COMPARISON = "uniform-weights"
THREE_LOSSES = (entry("infonce"), entry("cacr-4"), entry("sscl"))

COMPARISONS: dict[str, ComparePreset] = {
    "uniform-weights": ComparePreset(
        "CACR against uniform weights",
        _compared(
            entry("cacr-4"),
            entry("uniform-attraction"),
            entry("uniform-repulsion"),
            entry("uniform"),
        ),
        (
            "CACR's weights against uniform ones on either side or both, all with four positives.",
            (
                "Watch the effective rank: with uniform repulsion it falls below 2 of 32 and "
                "accuracy ends below a quarter, though the loss is lowest: losses with other "
                "weights do not compare by value. Uniform attraction costs nothing here."
            ),
        ),
        {"series": "effective_rank", "step": 400},
    ),
    "sscl-parts": ComparePreset(
        "The parts of SSCL",
        _compared(entry("sscl"), entry("mixing"), entry("hard"), entry("debiasing")),
        (
            "SSCL whole, and each of its parts alone: mixing, hard sampling, debiasing.",
            (
                "Watch the effective negatives: hard sampling brings them down to about 60, "
                "with or without the rest; mixing or debiasing alone leaves more than 80."
            ),
        ),
        {"series": "effective_negatives", "step": 400},
    ),
    "one-or-four": ComparePreset(
        "One positive or four",
        _compared(entry("cacr-1"), entry("cacr-4"), entry("infonce")),
        (
            "Four positives mean five views of each image an update instead of two.",
            (
                "Watch accuracy against updates, where four positives lead by 14 points, then"
                " against images seen, where most of that lead is gone."
            ),
        ),
        {"series": "knn_features", "step": 400},
    ),
    "imbalanced": ComparePreset(
        "Imbalanced images",
        _compared(*THREE_LOSSES, imbalance="ratio", imbalance_ratio=50.0, rare="last"),
        (
            "The commonest shape has 1,250 images, the rarest 25; what scores them is balanced.",
            (
                "Watch the classes: the three rarest shapes are told less often on average. "
                "Against Balanced images CACR loses 15 points on them, SSCL 7, InfoNCE none; the "
                "rest of the gap is there, too: on average these are the harder shapes. "
                "One run each."
            ),
        ),
        {"panel": "classes", "step": 400},
    ),
    "balanced": ComparePreset(
        "Balanced images",
        _compared(*THREE_LOSSES),
        (
            (
                "The counterpart of Imbalanced images: the same losses from the same first "
                "weights, with every shape as common."
            ),
            (
                "Watch the classes: the three rarest there are told less often on average than the "
                "three commonest, here too. Single shapes keep no such order."
            ),
        ),
        {"panel": "classes", "step": 400},
    ),
    "false-negatives": ComparePreset(
        "False negatives and debiasing",
        _compared(
            entry("hcl", "no debiasing", class_prior=0.0),
            entry("hcl", "prior 0.1", class_prior=0.1),
            entry("hcl", "prior 0.3", class_prior=0.3),
            dataset="digits",
        ),
        (
            (
                "One negative in ten shows the query's own digit, and no loss knows which. "
                "Debiasing makes every negative pushed harder, until its clamp silences a query."
            ),
            (
                "Watch the clamp: with prior 0.3 it silences seven queries in eight by the end, "
                "with 0.1 none. Accuracy hardly differs: digits are easy to tell apart."
            ),
        ),
        {"series": "clamped", "step": 400},
    ),
    "sharpness": ComparePreset(
        "Temperature and sharpness",
        _compared(
            entry("infonce", "InfoNCE, temperature 0.5", temperature=0.5),
            entry("infonce", "InfoNCE, temperature 0.1", temperature=0.1),
            entry("cacr-1", "CACR, sharpness 1", t_neg=1.0),
            entry("cacr-1", "CACR, sharpness 5", t_neg=5.0),
        ),
        (
            (
                "Temperature divides, sharpness multiplies: 0.5 weighs negatives as sharpness"
                " 1 does, 0.1 as 5."
            ),
            (
                "Watch the effective negatives: equal at step 0 within each pair, fewer where"
                " it is sharper. Sharper is no better by itself: in these runs InfoNCE gains 5 "
                "points by it, CACR loses 11."
            ),
        ),
        {"series": "effective_negatives", "step": 0},
    ),
    "collapse": ComparePreset(
        "Collapse: what it looks like",
        _compared(
            entry("cacr-1", "CACR"),
            entry("cacr-1", "no repulsion", beta=0.0),
            entry("cacr-1", "uniform repulsion", t_neg=0.0),
            **PLAIN_RECIPE,
        ),
        (
            "CACR, CACR without repulsion, and CACR whose repulsion weighs all negatives alike.",
            (
                "Watch the cloud without repulsion shrink to a dot: all images in one place. "
                "Uniform repulsion leaves hardly more than one direction."
            ),
        ),
        {"series": "uniformity", "step": 400},
    ),
    "broken": ComparePreset(
        "Broken on purpose",
        _compared(
            entry("infonce", "as it should be"),
            entry("infonce", "rate a thousand times too high", lr=10.0),
            entry("infonce", "ten million times too high", lr=100_000.0),
            n_steps=200,
            **PLAIN_RECIPE,
        ),
        (
            ("The same loss and encoder, with rates a thousand and ten million times too high."),
            (
                "Watch the first 20 updates: at a thousand times all images fall together and "
                "come apart slowly afterwards, while the rate is still high; at ten million times "
                "the run soon ends, and the others go on."
            ),
        ),
        {"series": "uniformity", "step": 20},
    ),
}
