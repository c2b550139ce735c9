"""`python -m cacr_core papers FIGURE`: its rows, its figure and one sentence."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cacr_core.runs.typed import place, refuse_no_folder, something

if TYPE_CHECKING:
    from cacr_core.papers.figures.moments import Moment
    from cacr_core.papers.figures.sweeps import Sweep
    from cacr_core.papers.tasks import Row

TEXT = (
    "make a figure of the papers at this scale: rows, figure and a sentence. Interrupted, the same "
    "command goes on"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("figure", nargs="?", help="which; without one they are listed with times")
    parser.add_argument("--out", type=place, help="its folder; papers-FIGURE among the runs if not")
    parser.add_argument("--dry-run", action="store_true", help="say how long it takes, train none")
    parser.add_argument("--dataset", type=something, help="other images than shapes")
    parser.add_argument("--seeds", type=int, help="how many, three if not said; of sweeps")
    parser.add_argument("--n-steps", type=int, help="updates of a run, 300 if not said")
    parser.add_argument(
        "--device", default="cpu", help="auto, cpu, mps, cuda, cuda:1, xpu; cpu if none"
    )


def run(options: argparse.Namespace) -> int:
    """Make a figure, or list them.

    Raises:
        ValueError: In one sentence, what does not fit.
        FloatingPointError: In one sentence, that a training diverged.
    """
    from cacr_core.papers.figures import MOMENTS, SWEEPS, TITLES
    from cacr_core.papers.figures.moments import changed
    from cacr_core.papers.work import device_named, precision_named, require_counts
    from cacr_core.runs import shelf

    require_counts(options, "seeds", "n_steps")
    name = options.figure
    asked: dict[str, Any] = {"dataset": options.dataset, "n_steps": options.n_steps}
    asked = {key: value for key, value in asked.items() if value}
    asked["device"] = device_named(options.device)
    asked["precision"] = precision_named(asked["device"])
    if name is None:
        _list(options, asked)
        return 0
    if name not in TITLES:
        raise ValueError(f"FIGURE must be one of {', '.join(TITLES)}, got {name!r}.")
    folder = options.out or shelf.runs_folder() / f"papers-{name}"
    if options.seeds and name not in SWEEPS:
        raise ValueError(f"--seeds is for figures that vary a setting; {name} has no repeats.")
    if not options.dry_run:
        refuse_no_folder(folder, "--out")
    if name in MOMENTS:
        return _make_moment(name, changed(MOMENTS[name], **asked), folder, options)
    return _make_sweep(_asked(SWEEPS[name], options, asked), folder, options)


def _asked(sweep: Sweep, options: argparse.Namespace, asked: dict[str, Any]) -> Sweep:
    import dataclasses

    seeds = tuple(range(options.seeds)) if options.seeds else sweep.seeds
    return dataclasses.replace(sweep, **asked, seeds=seeds)


def _make_sweep(sweep: Sweep, folder: Path, options: argparse.Namespace) -> int:
    from cacr_core.papers.figures.drawing import sweep_figure, write_page
    from cacr_core.papers.figures.sentences import sentence_on
    from cacr_core.papers.figures.sweeps import points_of, table_of
    from cacr_core.papers.work import work_aloud

    rows = work_aloud(sweep, folder / "runs.jsonl", options)
    if rows is not None:
        points = points_of(sweep, rows)
        sentence = sentence_on(sweep, points)
        write_page(sweep_figure(sweep, points), sentence, folder / "figure.html")
        _write(folder, table_of(points, sweep.axis), sentence)
    return 0


def _make_moment(name: str, moment: Moment, folder: Path, options: argparse.Namespace) -> int:
    from cacr_core.papers.estimate import seconds_of
    from cacr_core.papers.figures.drawing import MOMENT_FIGURES, write_page
    from cacr_core.papers.reproduce.estimate import duration

    if moment.config is not None:
        took = duration(seconds_of(moment.config))
        print(f"One training: about {took} on a quiet core.", file=sys.stderr)
    if not options.dry_run:
        rows = moment.rows(moment.config)
        sentence = moment.sentence(rows)
        folder.mkdir(parents=True, exist_ok=True)
        figure = MOMENT_FIGURES[name](moment.title, rows)
        write_page(figure, sentence, folder / "figure.html")
        _write(folder, rows, sentence)
    return 0


def _write(folder: Path, rows: Sequence[Row], sentence: str) -> None:
    rows = [{key: _known(value) for key, value in row.items()} for row in rows]
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
    told = json.dumps({"sentence": sentence, "rows": rows}, indent=1, allow_nan=False)
    (folder / "rows.json").write_text(told, encoding="utf-8")
    print(sentence)
    print(f"{folder / 'figure.html'}, rows.csv and rows.json", file=sys.stderr)


def _known(value: Any) -> Any:
    """A cell; None for nan, which JSON has no word for."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _list(options: argparse.Namespace, asked: dict[str, Any]) -> None:
    """Every figure with what it takes on this machine's cores while they are quiet."""
    from cacr_core.papers.estimate import Costs, seconds_left, seconds_of
    from cacr_core.papers.figures import MOMENTS, SWEEPS
    from cacr_core.papers.figures.moments import changed
    from cacr_core.papers.reproduce.estimate import duration
    from cacr_core.runs.process import n_cores

    costs: Costs = {}
    for name, moment in MOMENTS.items():
        config = changed(moment, **asked).config
        took = duration(seconds_of(config, costs)) if config else "at once"
        print(f"{name:12} {took:>14}  {moment.title}", flush=True)
    n_processes = n_cores() if asked["device"] == "cpu" else 1
    for name, sweep in SWEEPS.items():
        n, seconds = seconds_left(_asked(sweep, options, asked), [], costs)
        took = duration(seconds / n_processes)
        print(f"{name:12} {took:>14}  {sweep.title}, {n} trainings", flush=True)
