"""Settings worth looking at, each with two lines on what to watch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.presets.comparisons import CATALOGUE as CATALOGUE
from cacr_core.presets.comparisons import COMPARISONS as COMPARISONS
from cacr_core.presets.comparisons import DEFAULT_COMPARISON as DEFAULT_COMPARISON
from cacr_core.presets.comparisons import PLAIN as PLAIN
from cacr_core.presets.comparisons import QUICK as QUICK
from cacr_core.presets.comparisons import ComparePreset as ComparePreset
from cacr_core.presets.comparisons import entry as entry
from cacr_core.presets.comparisons import recorded_comparison as recorded_comparison
from cacr_core.training import TrainConfig


class Preset(NamedTuple):
    """A named config.

    Attributes:
        watch: Two lines: what happens, and where to look. True of its recorded run.
        view: How the recorded run is looked at to see it, where that differs from the page's
            defaults: the step, the colour, the query, and whatever else a link may say of it.
    """

    title: str
    config: TrainConfig
    watch: tuple[str, str]
    view: Mapping[str, Any] = MappingProxyType({})


DEFAULT = "cacr-4"


def recording_of(name: str) -> str:
    """The id of the recorded run of a preset."""
    return "example" if name == DEFAULT else f"live-{name}"


PRESETS: dict[str, Preset] = {
    "cacr-4": Preset(
        "CACR, four positives",
        TrainConfig(loss=CACR(t_pos=1.0, t_neg=2.0), n_views=5, n_steps=700, **QUICK),
        (
            "Each image is seen in five views, so a query has four positives to tell apart.",
            (
                "Watch the farthest weigh most, if not by much: alike would be a quarter each. "
                "Sharpen t⁺ to 10 in the lens, and on average over queries it takes two thirds."
            ),
        ),
    ),
    "cacr-1": Preset(
        "CACR, one positive",
        TrainConfig(loss=CACR(t_pos=1.0, t_neg=2.0), **QUICK),
        (
            "With two views the only positive always has weight 1: all contrast is in repulsion.",
            "Watch the nearest negatives: the heaviest weighs over ten times the average here.",
        ),
        {"step": 1_200, "colour": "weight"},
    ),
    "sscl": Preset(
        "SSCL, synthetic hard negatives",
        TrainConfig(
            loss=SSCL(temperature=0.5, beta=1.0, class_prior=0.1),
            n_synthetic=8,
            pool_size=32,
            **QUICK,
        ),
        (
            "Pairs of a query's nearest negatives are mixed into new ones, often nearer than both.",
            (
                "Watch the diamonds: on average over queries, 8 of 134 negatives carry about three "
                "times their share of weight."
            ),
        ),
        {"step": 1_200, "group": "batch"},
    ),
    "infonce": Preset(
        "InfoNCE, the baseline",
        TrainConfig(loss=InfoNCE(temperature=0.5), **QUICK),
        (
            "The loss SimCLR uses: one softmax over the positive and all negatives.",
            (
                "Watch what its pushes sum to: the less, the surer a query is of its positive. At "
                "τ 0.5 hardly; at 0.1, in the lens, a quarter is gone. CACR's keep their sum."
            ),
        ),
        {"step": 1_200, "group": "batch"},
    ),
    "cacr-uniform": Preset(
        "CACR with uniform weights",
        TrainConfig(loss=CACR(t_pos=0.0, t_neg=0.0), n_views=5, n_steps=700, **QUICK),
        (
            "The ablation: every positive and every negative counts alike.",
            "Watch the effective rank: without contrast among negatives few directions are used.",
        ),
        {"step": 700},
    ),
    "debiased": Preset(
        "Debiased (Chuang 2020)",
        TrainConfig(loss=SSCL(temperature=0.5, beta=0.0, class_prior=0.3), **QUICK),
        (
            (
                "Three negatives in ten are taken to be of the query's own class. Which ones is "
                "not known: all are pushed harder, false ones too, or none where the clamp acts."
            ),
            "Watch the clamp: in the end nine queries in ten and more push nothing away.",
        ),
        {"step": 1_200},
    ),
    "hcl": Preset(
        "HCL (Robinson 2021)",
        TrainConfig(loss=SSCL(temperature=0.5, beta=1.0, class_prior=0.1), **QUICK),
        (
            "Near negatives are sampled more, with debiasing; SSCL without the synthetics.",
            "Watch far negatives with a pull above 0: through the weights they are drawn in.",
        ),
        {"step": 1_200, "colour": "pull"},
    ),
    "circle": Preset(
        "On the circle",
        TrainConfig(loss=CACR(t_pos=1.0, t_neg=1.0, detach_weights=True), embedding_dim=2, **QUICK),
        (
            "A head of two dimensions: the cloud is the embedding itself, nothing is projected.",
            (
                "Watch views of an image come together, and the points too at first, until they "
                "spread along the circle again."
            ),
        ),
    ),
    "sphere": Preset(
        "On the sphere",
        TrainConfig(loss=CACR(t_pos=1.0, t_neg=2.0, detach_weights=True), embedding_dim=3, **QUICK),
        (
            "A head of three dimensions: the cloud is the embedding itself, drag to turn it.",
            "Watch classes gather: in the end 5 of 10 nearest neighbours share them, by chance 1.",
        ),
    ),
    "collapse": Preset(
        "Collapse: attraction alone",
        TrainConfig(loss=CACR(beta=0.0), n_steps=300),
        (
            "Repulsion is switched off, so putting all images in one place is a perfect answer.",
            "Watch the cloud shrink to a dot: its size is how far the images lie apart.",
        ),
        {"step": 300},
    ),
    "too-fast": Preset(
        "Broken on purpose: far too high a rate",
        TrainConfig(loss=SSCL(temperature=0.05, beta=5.0), lr=10.0, n_steps=300),
        (
            "The learning rate is a thousand times too high.",
            "Watch the embeddings collapse within a few updates; the page names the likely cause.",
        ),
        {"step": 20},
    ),
}
