"""What a viewer is told of a comparison's repeats: means, intervals, and what is within noise."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs import seeds

METRICS = {
    "knn_features": "10-NN accuracy of features",
    "knn_embeddings": "10-NN accuracy of embeddings",
    "head_accuracy": "accuracy of the classes with most images",
    "tail_accuracy": "accuracy of the classes with fewest images",
}
Values = dict[str, dict[str, dict[int, float]]]  # entry -> metric -> seed -> value


def read_seeds(folder: Path) -> dict[str, Any] | None:
    """The `seeds` message, None before anything was repeated.

    Differences are from the comparison's baseline, paired by seed. Rows of one device and precision
    are pooled, those that there are most of; of the others only their number is told.
    """
    standing, every = seeds.standing(folder), seeds.read_rows(folder)
    if not standing and not every:
        return None
    rows = _most_of_one_kind(every)
    config = files.read_config(folder)
    entries = [entry.name for entry in files.entry_folders(folder)]
    labels = dict(zip(entries, (str(e["label"]) for e in config["entries"]), strict=False))
    baseline = entries[int(config.get("baseline", 0))]
    values = _values(entries, rows)
    made = {entry: {row["seed"] for row in rows if row["entry"] == entry} for entry in entries}
    done = len(set.intersection(*made.values()))
    told = [_entry(name, labels[name], values, baseline) for name in entries]
    looks = _at_once(told)
    also = f"; {n_failed} stopped before the end" if (n_failed := _n_failed(rows)) else ""
    if n_other := len(every) - len(rows):
        also += f"; {n_other} rows of another device or precision are left out"
    return {
        "type": "seeds",
        "wanted": int(standing.get("wanted", done)),
        "done": done,
        "state": str(standing.get("state", "finished")),
        "reason": str(standing.get("reason", "")),
        "baseline": baseline,
        "rows": told,
        "sentence": _sentence(told, labels[baseline], baseline, done, also),
        "looks": looks,
    }


def _most_of_one_kind(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the device and precision that most are of; of two as many, the later ones."""
    kinds = [seeds.arithmetic_of(row) for row in rows]
    most = max(reversed(kinds), key=kinds.count, default=None)
    return [row for row, kind in zip(rows, kinds, strict=True) if kind == most]


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


def _sentence(told: list[dict[str, Any]], against: str, baseline: str, done: int, also: str) -> str:
    """What the repeats say of the first metric that there is, in one sentence.

    Args:
        also: What did not count, to stand at its end.
    """
    metric = next((m for m in METRICS if any(m in row["differences"] for row in told)), None)
    if done < 2 or metric is None:
        return "One seed is no interval yet: what differs may be noise."
    said = []
    for row in told:
        difference = row["differences"].get(metric)
        if row["entry"] == baseline or difference is None:
            continue
        figure = f"{_points(difference['mean'])}, {_range(difference)}"
        said.append(f"{row['label']} {difference['verdict']} ({figure})")
    what = METRICS[metric][:1].upper() + METRICS[metric][1:]
    return (
        f"{what} at the end, over {done} seeds, in points and with 95 % intervals, "
        f"against {against}: {', '.join(said)}{also}."
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _range(found: dict[str, Any]) -> str:
    if found["low"] is None:
        return "no interval"
    return f"{_points(found['low'])} to {_points(found['high'])}"
