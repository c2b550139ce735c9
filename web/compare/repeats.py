"""What a viewer is told of a comparison's repeats: means, intervals, and what is within noise."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs import seeds
from web.compare.describe import baseline_of, entries_of

METRICS = {
    "knn_features": "10-NN accuracy of features",
    "knn_embeddings": "10-NN accuracy of embeddings",
    "head_accuracy": "accuracy of the classes with most images",
    "tail_accuracy": "accuracy of the classes with fewest images",
}
Values = dict[str, dict[str, dict[int, float]]]  # entry -> metric -> seed -> value


def read_seeds(folder: Path) -> dict[str, Any] | None:
    """The `seeds` message, None before anything was repeated.

    Differences are paired by seed, from the comparison's baseline and, as any entry may be pinned,
    from each of the others. Rows of one device and precision are pooled, those that there are most
    of; of the others only their number is told.
    """
    standing, every = seeds.standing(folder), seeds.read_rows(folder)
    if not standing and not every:
        return None
    rows = seeds.most_of_one_kind(every)
    config = files.read_config(folder)
    labels = {name: str(one["label"]) for name, one in entries_of(folder, config).items()}
    entries, baseline = list(labels), baseline_of(folder, config)
    values = _values(entries, rows)
    done = seeds.n_repeated(folder)
    if done < 2:
        nothing = "One seed is no interval yet: what differs may be noise."
    else:
        nothing = _nothing_scored(rows)
    left_out = _left_out(_n_failed(rows), len(every) - len(rows))

    def against(base: str) -> dict[str, Any]:
        told = [_entry(name, labels[name], values, base) for name in entries]
        looks = _at_once(told)
        sentence = nothing or _sentence(told, labels[base], values[base], left_out)
        return {"rows": told, "sentence": sentence, "looks": looks}

    return {
        "type": "seeds",
        "wanted": max(int(standing.get("wanted", 0)), done),
        "done": done,
        "state": str(standing.get("state", "finished")),
        "reason": str(standing.get("reason", "")),
        "baseline": baseline,
        **against(baseline),
        "against": {name: against(name) for name in entries if name != baseline},
    }


def _n_failed(rows: list[dict[str, Any]]) -> int:
    return sum("failed" in row for row in rows)


def _values(entries: list[str], rows: list[dict[str, Any]]) -> Values:
    values: Values = {entry: {} for entry in entries}
    for row in rows:
        for metric in METRICS:
            if row.get("entry") in values and isinstance(row.get(metric), int | float):
                values[row["entry"]].setdefault(metric, {})[int(row["seed"])] = float(row[metric])
    return values


def _entry(name: str, label: str, values: Values, baseline: str) -> dict[str, Any]:
    from cacr_core.runs.repeats import interval, p_value, paired_difference  # loads torch, at last

    own, base = values[name], values[baseline]
    means = {metric: _told(interval(by_seed.values())) for metric, by_seed in own.items()}
    differences = {}
    for metric, by_seed in own.items() if name != baseline else ():
        if by_seed.keys() & base.get(metric, {}).keys():
            found = paired_difference(by_seed, base[metric])
            verdict = found.verdict if found.n > 1 else "one seed"
            p = p_value(found)
            tested = {"verdict": verdict, "p": None if math.isnan(p) else p}
            differences[metric] = _told(found) | tested
    return {"entry": name, "label": label, "metrics": means, "differences": differences}


def _at_once(told: list[dict[str, Any]]) -> str:
    """Which differences stand when all are looked at at once, noted in each as `stands`, and a
    sentence on them; empty where there is one interval or none."""
    found = [one for row in told for one in row["differences"].values() if one["p"] is not None]
    if not found:
        return ""
    from cacr_core.runs.repeats import CONFIDENCE, holm

    for one, p in zip(found, holm([one["p"] for one in found]), strict=True):
        one["stands"] = p < 1 - CONFIDENCE
    if len(found) < 2:
        return ""
    n_alone = sum(one["verdict"] in ("higher", "lower") for one in found)
    n_stand = sum(one["stands"] for one in found)
    alone = "interval excludes" if n_alone == 1 else "intervals exclude"
    return (
        f"Of {len(found)} differences judged at once, {n_alone} {alone} 0 taken alone, and "
        f"{n_stand} {'stands' if n_stand == 1 else 'stand'} taken together (Holm, 5 % for all)."
    )


def _told(found: Any) -> dict[str, Any]:
    """An interval for the browser; where there is no interval yet its ends are null."""
    ends = {key: getattr(found, key) for key in ("mean", "low", "high")}
    rounded = {k: None if math.isnan(v) else round(v, 6) for k, v in ends.items()}
    return rounded | {"n": found.n}


def _nothing_scored(rows: list[dict[str, Any]]) -> str:
    """Why no row has an accuracy; empty where one has."""
    if any(metric in row for row in rows for metric in METRICS):
        return ""
    if all("failed" in row for row in rows):
        return "No entry reached its end with any seed: there is nothing to compare."
    return "No accuracy was measured, as of images without classes: there is nothing to compare."


def _left_out(n_failed: int, n_other: int) -> str:
    """What did not count, as the end of a sentence."""
    also = f"; {n_failed} stopped before the end" if n_failed else ""
    if n_other:
        which = (
            "row of another device or precision is"
            if n_other == 1
            else ("rows of another device or precision are")
        )
        also += f"; {n_other} {which} left out"
    return also


def _sentence(
    told: list[dict[str, Any]], against: str, base: dict[str, dict[int, float]], left_out: str
) -> str:
    """What the repeats say of the first metric that differences from a baseline are of.

    Args:
        base: What the baseline scored.
    """
    metric = next((m for m in METRICS if any(m in row["differences"] for row in told)), None)
    if not base:
        return f"{against} reached its end with no seed: nothing can be held against it."
    if metric is None:
        return f"No other entry reached its end with a seed of {against}: there is no difference."
    what = METRICS[metric][:1].upper() + METRICS[metric][1:]
    said = [f"{what} at the end against {against}, in points with 95 % intervals."]
    for row in told:
        if difference := row["differences"].get(metric):
            said.append(_judged(row["label"], difference))
    return " ".join([*said, f"Paired by seed{left_out}."])


def _judged(label: str, found: dict[str, Any]) -> str:
    mean, n = _points(found["mean"]), found["n"]
    if n == 1:
        return f"One seed: {label} {mean}, no interval."
    if found["verdict"] == "no spread":
        return f"No spread between {n} seeds yet: {label} {mean}."
    span = f"{_points(found['low'])} to {_points(found['high'])}"
    verdict = found["verdict"][:1].upper() + found["verdict"][1:]
    return f"{verdict}: {label} {mean}, {span}, over {n} seeds."


def _points(share: float) -> str:
    text = f"{100 * share:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")
