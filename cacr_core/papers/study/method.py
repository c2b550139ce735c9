"""How a study was done, as far as its datasets and numbers decide what is so: words for blanks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cacr_core.papers.study.plan import METRIC, Study, is_at_edge, tried_of
from cacr_core.papers.tasks import Row, by_task, dataset_title
from cacr_core.presets import CATALOGUE
from cacr_core.training.source import N_BANK

RENDERED = "shapes"  # the one dataset that is no fixed set of images
HELD_OUT = 1_000  # images that are scored, of a dataset that has as many
N_TEST = {"fashion-mnist": 10_000}  # that they are drawn from, where it is known
POOLED = (
    " of the mean over datasets: they are of the luck of training, not of other datasets, and take "
    "datasets as independent, though runs of one seed on two of them start from the same weights"
)


def words(
    rows: Sequence[Row], measured: Sequence[Row], datasets: Sequence[str], study: Study
) -> dict[str, str]:
    """What stands in the blanks of the document.

    Args:
        measured: The rows without trials.
        datasets: Of the study, those that rows are there of.
    """
    return {
        "seeds": _counted(len(study.seeds), "seed"),
        "pooled": POOLED if len(datasets) > 1 else "",
        "scored": _scored(measured),
        "untrained": _untrained(measured, datasets, study),
        "n_trials": _counted(study.n_trials, "trial"),
        "drawn": _drawn(datasets),
        "edges": _edges(rows, datasets, study),
    }


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _scored(measured: Sequence[Row]) -> str:
    """How many images are told by how many, as the rows say; the oldest do not."""
    known = [row["scored"] for row in measured if "scored" in row]
    if not known or len(known) < len(measured):
        return f"up to {HELD_OUT:,} held-out images against up to {N_BANK:,} labelled ones"
    held_out, bank = (_from_to(sizes) for sizes in zip(*known, strict=True))
    return f"{held_out} held-out images against {bank} labelled ones"


def _from_to(sizes: Iterable[int]) -> str:
    ordered = sorted(set(sizes))
    return " to ".join(f"{n:,}" for n in dict.fromkeys((ordered[0], ordered[-1])))


def _untrained(measured: Sequence[Row], datasets: Sequence[str], study: Study) -> str:
    """What an untrained network has on each dataset, which leaves the rest to gain."""
    told = []
    for dataset in datasets:
        first = [row["scores"][0][METRIC] for row in measured if row["dataset"] == dataset]
        told.append(f"{100 * sum(first) / len(first):.0f} % on {dataset_title(dataset)}")
    parts = [f"An untrained network has {' and '.join(told)}."] * bool(told)
    if "digits" not in study.datasets:
        parts.append("Digits are left out, as an untrained network tells over 90 % of them.")
    return " ".join(parts)


def _drawn(datasets: Sequence[str]) -> str:
    """Whether what trials are scored on comes again in the runs whose settings they choose."""
    fixed = [dataset for dataset in datasets if dataset != RENDERED]
    told = []
    if fixed and RENDERED in datasets:
        told.append(f"On {dataset_title(RENDERED)} every seed has images of its own.")
    for dataset in fixed:
        n = N_TEST.get(dataset)
        of = f"{n:,} test images" if n else "images"
        share = f"about {100 * HELD_OUT / n:.0f} %" if n else "some"
        told.append(
            f"On {dataset_title(dataset)} those of all seeds, that of the trials too, are drawn "
            f"from the same {of}, so {share} of what a run is scored on may have chosen its "
            "settings."
        )
    return "".join(f" {sentence}" for sentence in told)


def _edges(rows: Sequence[Row], datasets: Sequence[str], study: Study) -> str:
    """Whose best trial has nothing beyond it."""
    known = by_task(rows)
    edges = []
    for dataset in datasets:
        for loss in study.losses:
            tried = tried_of(known, dataset, loss, study.n_trials)
            if tried and is_at_edge(tried):
                edges.append(f"{CATALOGUE[loss][0]} on {dataset_title(dataset)}")
    if not edges:
        return "No best stands at the edge of what was tried."
    stand = "stands" if len(edges) == 1 else "stand"
    return f"At the edge of what was tried {stand} {'; '.join(edges)}."
