"""docs/study.md, written from the recorded rows and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from cacr_core.papers.study.answers import NO_SPREAD, Answer, answers, p_words, percent, points
from cacr_core.papers.study.evidence import values_of
from cacr_core.papers.study.method import words as words_of
from cacr_core.papers.study.plan import (
    METRIC,
    RATE_STEP,
    SHARPNESS_STEP,
    Study,
    sharpness_of,
)
from cacr_core.papers.study.questions import QUESTIONS, Question
from cacr_core.papers.tasks import Arm, Row, Task, by_task, dataset_title
from cacr_core.presets import CATALOGUE, entry
from cacr_core.runs.repeats import Interval, interval, paired_difference
from cacr_core.training.optimizer import TIMES

# what stands in a table beside accuracy, and its column
BESIDE = {
    "tail_accuracy": "tail",
    "knn_embeddings": "embeddings",
    "entropy": "entropy, negatives",
    "pos_entropy": "entropy, positives",
}
SAID = {
    "t_pos": "t⁺ {}",
    "t_neg": "t⁻ {}",
    "imbalance": "{}",
    "duplicates": "less curated",
    "batch_size": "batch of {}",
    "queue_size": "queue of {}",
    "share_of_steps": "as many views",
}
POSITIVES = {3: "CACR, two positives"}

HEAD = """# The study: do the papers' claims show in a minute?

{written}

{answers}

## How it was done

- **Questions first**: each is one contrast, fixed before anything was trained (`questions.py` in
  `papers/study`), worked out seed by seed between runs that share first weights, batches and
  views. Intervals are 95 % t-intervals over {seeds}{pooled}.
  P-values are Holm's, for {n_asked} contrasts at
  once; what "would have been found in four of five such studies" is meant at the strictest of
  Holm's levels. The differences in tables are not corrected.
- **What is scored**: 10-NN accuracy, in percent, of {scored}, both
  as balanced as their labels allow, by the backbone's features. Labels enter no loss. {untrained}
- **What is trained**: on {datasets} {n_steps} updates of {batch_size} images with backbone
  `{backbone}`, matrices by Muon at {times:g} times the rate, but for rows that say otherwise. CACR
  with four positives sees five views of an image where others see two; *as many views* trains for
  as many fewer updates as makes up for that, its schedule with it.
- **Settings**: for each of {n_losses} losses on each dataset {n_trials}, on balanced images
  of a seed of their own, choose the rate and one sharpness.{drawn} The first has the defaults; each
  later one is a neighbour of the best so far, a step away in one of the two: a factor of
  {rate_step:g} in the rate, of {sharpness_step:g} in sharpness. Once all four are known it is half
  a step, and so on. Rows that vary something else keep what was chosen. {edges}
- **Rare classes** are drawn for each seed, so that what is rare is not what is hard. *Less
  curated*: three in ten images are replaced by copies of others, then three in ten of all by noise.
- **Beside accuracy**: *tail*, of the third of classes with fewest images; the entropy of a query's
  weights in the last batch, 1 where all weigh alike; *own class*, the weight that its negatives of
  its own class have, in multiples of what equal weights would give them.
- **Learned**: {learned}

{progress}
"""


def render(rows: Iterable[Row], study: Study, name: str = "study/runs.jsonl") -> str:
    """The document of these rows, however many there are."""
    rows = [row for row in by_task(rows).values() if row["dataset"] in study.datasets]
    measured = [row for row in rows if row.get("trial", -1) < 0]
    found = answers(QUESTIONS, measured)
    datasets = [d for d in study.datasets if any(r["dataset"] == d for r in measured)]
    head = HEAD.format(
        written=_written(name, study),
        **words_of(rows, measured, datasets, study),
        answers="\n\n".join(f"**{one.question.title}** {one.sentences()}" for one in found),
        datasets=" and ".join(dataset_title(d) for d in datasets) or "no dataset yet",
        n_asked=found[0].n_asked,
        n_steps=study.n_steps,
        batch_size=study.batch_size,
        backbone=entry(study.losses[0]).config.backbone,
        times=TIMES,
        rate_step=RATE_STEP,
        sharpness_step=SHARPNESS_STEP,
        n_losses=len(study.losses),
        learned=_learned(measured, datasets, study),
        progress=_progress(rows, measured, len(datasets), study),
    )
    parts = [head]
    for answer in found:
        parts += _section(answer, measured, datasets)
    return "\n".join(parts + _settings(measured, datasets, study)).rstrip() + "\n"


def _written(name: str, study: Study) -> str:
    if study == Study():
        return f"Written by `make study` from [{name}]({name}); a test keeps the two equal."
    return (
        f"Written by `python -m cacr_core study` from [{name}]({name}): not the study that ships."
    )


def title_of(arm: Arm) -> str:
    """What a row of a table is called."""
    changes = dict(arm.changes)
    title = POSITIVES.get(changes.pop("n_views", 0), CATALOGUE[arm.loss][0])
    for key, words in SAID.items():
        if key in changes:
            value = changes[key]
            told = f"{value:,g}" if isinstance(value, int | float) else value
            title += ", " + words.format(told)
    return title


def _section(answer: Answer, rows: list[Row], datasets: list[str]) -> list[str]:
    question = answer.question
    lines = [f"## {question.title}", ""]
    if answer.evidence is not None:
        found = answer.evidence.interval
        apart = "; ".join(
            f"{dataset_title(d)} {_between(interval(values.values()))}"
            for d, values in values_of(question.contrast, rows).items()
        )
        least = f"Smallest detectable effect: {100 * answer.detectable:.1f} points."
        if found.has_no_spread:
            least = f"{NO_SPREAD[0].upper()}{NO_SPREAD[1:]}."
        lines += [
            f"The contrast is {_between(found)} points, p {p_words(answer.p)}; by dataset: "
            f"{apart}. {least}",
            "",
        ]
    told = [_table(question, [r for r in rows if r["dataset"] == d], d) for d in datasets]
    return lines + [line for table in told for line in table]


def _table(question: Question, rows: list[Row], dataset: str) -> list[str]:
    of_arm = {arm: _by_seed(rows, arm) for arm in question.arms}
    if not any(of_arm.values()):
        return []
    beside = [k for k in BESIDE if any(k in s for seeds in of_arm.values() for s in seeds.values())]
    columns = [dataset_title(dataset), "accuracy", "difference"]
    columns += [BESIDE[k] for k in beside] + ["own class"]
    lines = [_line(columns), _line([":--"] + ["--:"] * (len(columns) - 1))]
    size = question.groups or len(question.arms)
    for place, arm in enumerate(question.arms):
        own, first = of_arm[arm], of_arm[question.arms[place - place % size]]
        if not own:
            continue
        accuracy = {seed: scores[METRIC] for seed, scores in own.items()}
        base = {seed: scores[METRIC] for seed, scores in first.items()}
        cells = [title_of(arm), percent(interval(accuracy.values())), ""]
        if place % size and accuracy.keys() & base.keys():
            less = paired_difference(accuracy, base)
            cells[2] = _between(less)
        cells += [_mean(own, key, 2 if "entropy" in key else None) for key in beside]
        lines.append(_line([*cells, _own_class(own)]))
    return [*lines, ""]


Scores = dict[int, dict[str, float]]


def _by_seed(rows: list[Row], arm: Arm, at: int = -1) -> Scores:
    own = [row for row in rows if row["arm"] == arm.name and not row.get("failed")]
    return {row["seed"]: row["scores"][at] for row in own}


def _mean(own: Scores, key: str, digits: int | None = None) -> str:
    values = [scores[key] for scores in own.values() if key in scores]
    if not values:
        return "–"
    mean = sum(values) / len(values)
    return f"{100 * mean:.1f}" if digits is None else f"{mean:.{digits}f}"


def _own_class(own: Scores) -> str:
    shares = [
        scores["own_class_share"] / scores["own_class_even"]
        for scores in own.values()
        if scores.get("own_class_even")
    ]
    return f"{sum(shares) / len(shares):.2f} ×" if shares else "–"


def _learned(rows: list[Row], datasets: list[str], study: Study) -> str:
    """Whether runs are long enough to say something: past the untrained network, and clearly."""
    short, n = [], 0
    for dataset in datasets:
        own = [row for row in rows if row["dataset"] == dataset]
        for arm in study.arms:
            last, first = _by_seed(own, arm), _by_seed(own, arm, 0)
            if len(last) < 2:
                continue
            n += 1
            gain = interval(last[seed][METRIC] - first[seed][METRIC] for seed in last)
            if not gain.mean > 2 * (gain.high - gain.mean):
                short.append(f"{title_of(arm)} ({dataset_title(dataset)})")
    told = f"{n - len(short)} of {n} rows pass the untrained network by more than twice the "
    told += "interval of what they gained."
    return told + (f" Not so: {'; '.join(short)}." if short else "")


def _progress(rows: list[Row], measured: list[Row], n_datasets: int, study: Study) -> str:
    n_wanted = n_datasets * len(study.arms) * len(study.seeds)
    told = f"{len(measured)} of {n_wanted} runs are in."
    if absent := [d for d in study.datasets if not any(r["dataset"] == d for r in rows)]:
        told += f" Not on the machine that ran it: {', '.join(absent)}."
    if failed := [row for row in measured if row.get("failed")]:
        told += f" {len(failed)} diverged and count for no mean."
    minutes = sum(row["seconds"] for row in rows) / 60
    told += (
        f" With the {len(rows) - len(measured)} trials they took {minutes:.0f} minutes of one core"
    )
    return told + "".join(f" ({on})" for on in sorted({row["on"] for row in rows})) + "."


def _settings(rows: list[Row], datasets: list[str], study: Study) -> list[str]:
    """What was chosen for each loss, as its runs were trained with it."""
    known = by_task(rows)
    lines = ["## Chosen settings", ""]
    for dataset in datasets:
        told = []
        for loss in study.losses:
            own = (known.get(Task(dataset, Arm(loss).name, seed)) for seed in study.seeds)
            row = next((row for row in own if row), None)
            if row is not None:
                sharp = sharpness_of(loss)
                words = f"{sharp.replace('_', ' ')} {row['settings'][sharp]:g}"
                told.append(f"{CATALOGUE[loss][0]}: lr {row['settings']['lr']:g}, {words}")
        lines += [f"{dataset_title(dataset)}. {'; '.join(told)}.", ""]
    return lines


def _between(value: Interval) -> str:
    span = f" ({points(value.low)} to {points(value.high)})"
    return points(value.mean) + ("" if value.has_no_spread else span)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
