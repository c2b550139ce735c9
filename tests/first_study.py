"""The first study's document, of docs/study/results.jsonl.

It is what docs/study.md says until `make study` has answered the questions of
`cacr_core.papers.study`; then this file and those results go.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cacr_core import data
from cacr_core.presets import CATALOGUE
from cacr_core.runs.repeats import Interval, interval, paired_difference

Rows = list[dict[str, Any]]
RESULTS = Path(__file__).parents[1] / "docs" / "study" / "results.jsonl"
BASELINE = "infonce"
REGIMES = ("balanced", "linear", "exponential")
METRICS = ("knn_features", "knn_embeddings", "head_accuracy", "tail_accuracy")
STUDY = SimpleNamespace(
    datasets=("shapes", "digits", "fashion-mnist"),
    regimes=REGIMES,
    losses=(
        "infonce",
        "cacr-1",
        "cacr-4",
        "uniform-attraction",
        "uniform-repulsion",
        "uniform",
        "sscl",
        "mixing",
        "hard",
        "debiasing",
    ),
    seeds=(0, 1, 2, 3, 4),
    n_steps=120,
    batch_size=64,
    equal_images=48,
)
FOUR = ("cacr-4", "uniform-attraction", "uniform-repulsion", "uniform")
REGIME_TITLES = {
    "balanced": "balanced",
    "linear": "linear imbalance",
    "exponential": "exponential imbalance",
}

HEAD = """# The study: ten losses on small images, balanced and not

Written by `make study` from [study/results.jsonl](study/results.jsonl); a test keeps the two
equal.

- **What is scored**: 10-NN accuracy, in percent, of 1,000 balanced held-out images against up to
  2,000 balanced labelled ones, by the backbone's features (and by the embeddings). Labels never
  enter training.
- **Pairing**: within a row of seeds all losses share first weights, batches and the first two
  views; only the loss differs.
- **Steps**: {n_steps} updates of {batch_size} images with backbone `small`. CACR with four
  positives sees five views of each image a step, the others two. *Equal images* compares it at
  step {early}, where it has seen as many views as the others at step {n_steps}. It is read off the
  same run, whose learning rate is then still high where the others' has fallen to zero, to
  the disadvantage of four positives.
- **Head and tail**: mean accuracy, by features, of the third of the classes with most and with
  fewest training images.
- **Settings**: each loss's learning rate and one sharpness were chosen on balanced images of a
  separate seed, from four trials for each loss on each dataset ({trials} trials in all, recorded
  with the results). The sharpness of uniform repulsion is that of its attraction; with both
  uniform there is none, and four rates were tried. Except for shapes, which are drawn anew for
  each seed, held-out images of the separate seed come from the same pool as the others'.
- **Intervals**: mean ± half a 95 % t-interval over {n_seeds} seeds. Differences are from InfoNCE,
  paired by seed; *within noise* where the interval holds 0. No correction for looking at many
  differences: of the {n_diff} in a kind of column, one in twenty would leave the interval by
  chance.
- **Limits**: these are very short runs of a very small network; they say how the losses begin,
  not where they end. Nothing here speaks for the papers' settings; `python -m cacr_core
  reproduce` is for that.

{progress}
"""


def read_results() -> Rows:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()]


def chosen(rows: Rows, dataset: str, loss: str) -> dict[str, float]:
    """The settings whose trial scored best on this dataset."""
    own = [r for r in rows if (r["regime"], r["dataset"], r["loss"]) == ("trial", dataset, loss)]
    return max(own, key=lambda row: row["final"].get("knn_features", 0.0))["settings"]


def render(rows: Rows, study: SimpleNamespace = STUDY) -> str:
    """The document of these results."""
    measured = [r for r in rows if r["regime"] in REGIMES]
    datasets = [d for d in study.datasets if any(r["dataset"] == d for r in measured)]
    n_wanted = len(study.datasets) * len(study.regimes) * len(study.seeds) * len(study.losses)
    progress = f"{len(measured)} of {n_wanted} runs are in."
    if absent := [d for d in study.datasets if not any(r["dataset"] == d for r in rows)]:
        progress += f" Not on the machine that ran it: {', '.join(absent)}."
    if failed := [r for r in measured if r.get("failed")]:
        progress += f" {len(failed)} diverged and count for no mean."
    seconds = _busy_seconds(rows)
    progress += f" With the trials they took {seconds / 60:.0f} minutes, one process for each task"
    progress += "".join(f" ({on})" for on in sorted({r["on"] for r in rows if "on" in r})) + "."
    parts = [
        HEAD.format(
            n_steps=study.n_steps,
            batch_size=study.batch_size,
            early=study.equal_images,
            trials=sum(r["regime"] == "trial" for r in rows),
            n_seeds=len(study.seeds),
            n_diff=len(datasets) * len(study.regimes) * (len(study.losses) - 1),
            progress=progress,
        )
    ]
    parts += _summary(measured, datasets, study)
    for dataset in datasets:
        spec = data.DATASETS[dataset]
        parts.append(
            f"## {spec.title}, {spec.n_classes} classes, chance {100 / spec.n_classes:.1f} %\n"
        )
        for regime in study.regimes:
            parts += _table([r for r in measured if r["dataset"] == dataset], regime, study)
        parts += _settings(rows, dataset, study)
    return "\n".join(parts).rstrip() + "\n"


def _busy_seconds(rows: Rows) -> float:
    """Of each task, which trains its losses together, the time of the last to end."""
    longest: dict[tuple[str, str, int], float] = {}
    for row in rows:
        task = (row["dataset"], row["regime"], row["seed"])
        longest[task] = max(longest.get(task, 0.0), row["seconds"])
    return sum(longest.values())


def _summary(rows: Rows, datasets: list[str], study: SimpleNamespace) -> list[str]:
    """How often each loss's features differ from the baseline's by more than noise."""
    rows = [r for r in rows if not r.get("failed")]
    verdicts = ("higher", "within noise", "lower")
    cases = [(d, regime) for d in datasets for regime in study.regimes]
    lines = [
        "## In short",
        "",
        f"In how many of the {len(cases)} tables below a loss's features differ from InfoNCE's:",
        "",
        _line(["loss", *verdicts, *(f"equal images: {verdict}" for verdict in verdicts)]),
        _line([":--"] + ["--:"] * 6),
    ]
    for loss in study.losses[1:]:
        cells = [CATALOGUE[loss][0]]
        for when in ("final", "early" if loss in FOUR else "final"):
            found = []
            for dataset, regime in cases:
                own = [r for r in rows if (r["dataset"], r["regime"]) == (dataset, regime)]
                values = _by_seed(own, loss, "knn_features", when)
                base = _by_seed(own, BASELINE, "knn_features")
                if values.keys() & base.keys():
                    found.append(paired_difference(values, base).verdict)
            cells += [str(found.count(verdict)) for verdict in verdicts]
        lines.append(_line(cells))
    return [*lines, ""]


def _table(rows: Rows, regime: str, study: SimpleNamespace) -> list[str]:
    rows = [r for r in rows if r["regime"] == regime and not r.get("failed")]
    if not rows:
        return []
    with_tail = regime != "balanced"
    against = "from InfoNCE"
    columns = ["loss", "features", against, "equal images", against, "embeddings"]
    columns += ["head", "tail", against] if with_tail else []
    lines = [f"### {REGIME_TITLES[regime].capitalize()}", "", _line(columns)]
    lines.append(_line([":--"] + ["--:"] * (len(columns) - 1)))
    before = [_told(rows, BASELINE, metric, "untrained") for metric in METRICS]
    cells = ["untrained", before[0], "", before[0], "", before[1]]
    lines.append(_line(cells + [*before[2:], ""] * with_tail))
    for loss in study.losses:
        if not _by_seed(rows, loss, "knn_features"):
            continue
        when = "early" if loss in FOUR else "final"
        cells = [CATALOGUE[loss][0], *_paired(rows, loss, "knn_features")]
        cells += _paired(rows, loss, "knn_features", when)
        for metric in METRICS[1 : 3 if with_tail else 2]:
            cells.append(_paired(rows, loss, metric)[0])
        if with_tail:
            cells += _paired(rows, loss, "tail_accuracy")
        lines.append(_line(cells))
    return [*lines, ""]


def _settings(rows: Rows, dataset: str, study: SimpleNamespace) -> list[str]:
    told = []
    for loss in study.losses:
        settings = chosen(rows, dataset, loss)
        words = ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in settings.items())
        told.append(f"{CATALOGUE[loss][0]}: {words}")
    return ["Chosen settings. " + "; ".join(told) + ".", ""]


def _paired(rows: Rows, loss: str, metric: str, when: str = "final") -> list[str]:
    """A loss's mean, and its difference from the baseline at the end with a verdict."""
    values, base = _by_seed(rows, loss, metric, when), _by_seed(rows, BASELINE, metric)
    if not values:
        return ["–", ""]
    mean = _percent(interval(values.values()))
    if loss == BASELINE or not values.keys() & base.keys():
        return [mean, ""]
    difference = paired_difference(values, base)
    return [mean, f"{_points(difference)} {difference.verdict}"]


def _told(rows: Rows, loss: str, metric: str, when: str) -> str:
    values = _by_seed(rows, loss, metric, when)
    return _percent(interval(values.values())) if values else "–"


def _by_seed(rows: Rows, loss: str, metric: str, when: str = "final") -> dict[int, float]:
    own = [r for r in rows if r["loss"] == loss and metric in r[when]]
    return {r["seed"]: r[when][metric] for r in own}


def _percent(value: Interval) -> str:
    half = "" if value.n < 2 else f" ± {100 * (value.high - value.mean):.1f}"
    return f"{100 * value.mean:.1f}{half}"


def _points(value: Interval) -> str:
    mean, low, high = (f"{100 * v:+.1f}".replace("-", "−") for v in value[:3])
    return mean if value.n < 2 else f"{mean} ({low} to {high})"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
