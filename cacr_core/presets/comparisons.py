"""Comparisons worth looking at: what each one reproduces, and two lines on what to watch."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from cacr_core.comparison import Comparison, Entry
from cacr_core.losses import CACR, SSCL, InfoNCE
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
}

SHARED: dict[str, Any] = {
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
    """

    title: str
    comparison: Comparison
    watch: tuple[str, str]


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

COMPARISONS: dict[str, ComparePreset] = {
    "uniform-weights": ComparePreset(
        "CACR against uniform weights",
        _compared(
            entry("cacr-4"),
            entry("uniform-attraction"),
            entry("uniform-repulsion"),
            entry("uniform"),
        ),
        ("", ""),
    ),
    "sscl-parts": ComparePreset(
        "The parts of SSCL",
        _compared(entry("sscl"), entry("mixing"), entry("hard"), entry("debiasing")),
        ("", ""),
    ),
    "one-or-four": ComparePreset(
        "One positive or four",
        _compared(entry("cacr-1"), entry("cacr-4"), entry("infonce")),
        ("", ""),
    ),
    "imbalanced": ComparePreset(
        "Imbalanced images",
        _compared(entry("infonce"), entry("cacr-4"), entry("sscl"), imbalance="linear"),
        ("", ""),
    ),
    "false-negatives": ComparePreset(
        "False negatives and debiasing",
        _compared(
            entry("hcl", "no debiasing", class_prior=0.0),
            entry("hcl", "prior 0.1", class_prior=0.1),
            entry("hcl", "prior 0.3", class_prior=0.3),
            dataset="digits",
        ),
        ("", ""),
    ),
    "sharpness": ComparePreset(
        "Temperature and sharpness",
        _compared(
            entry("infonce", "InfoNCE, temperature 0.5", temperature=0.5),
            entry("infonce", "InfoNCE, temperature 0.1", temperature=0.1),
            entry("cacr-1", "CACR, sharpness 1", t_neg=1.0),
            entry("cacr-1", "CACR, sharpness 5", t_neg=5.0),
        ),
        ("", ""),
    ),
    "collapse": ComparePreset(
        "Collapse: what it looks like",
        _compared(
            entry("cacr-1", "CACR"),
            entry("cacr-1", "no repulsion", beta=0.0),
            entry("cacr-1", "uniform repulsion", t_neg=0.0),
        ),
        ("", ""),
    ),
    "broken": ComparePreset(
        "Broken on purpose",
        _compared(
            entry("infonce", "as it should be"),
            entry("infonce", "rate a thousand times too high", lr=10.0),
            entry("infonce", "ten million times too high", lr=100_000.0),
            n_steps=200,
        ),
        ("", ""),
    ),
}
