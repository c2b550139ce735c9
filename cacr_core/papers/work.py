"""A plan from the terminal: how long it takes, its tasks as they end, and its rows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cacr_core import data
from cacr_core.papers.estimate import seconds_left
from cacr_core.papers.reproduce.estimate import duration
from cacr_core.papers.tasks import Plan, Row, read_rows, rows_of, standing, work
from cacr_core.runs.process import n_cores
from cacr_core.training import choose_device, choose_precision, precision_name


def work_aloud(plan: Plan, path: Path, options: argparse.Namespace) -> list[Row] | None:
    """Say how long a plan takes and do it; its rows, None where that was all that was asked for.

    Args:
        options: `dry_run`, and `ray` and `gpus` of a cluster.

    Raises:
        ValueError: None of its images are here, or there is no such cluster.
        FloatingPointError: The trial updates that time it diverged.
        KeyboardInterrupt: It was stopped; says what is left of it.
    """
    tasks = list(plan.tasks())
    if not tasks:
        raise ValueError(
            f"None of the images asked for are on this machine. Name others; {_here()} are here."
        )
    _say(told(plan, path, on_cluster=options.ray is not None))
    if options.dry_run:
        return None
    n_processes = n_cores() if plan.device == "cpu" else 1
    try:
        work(plan, path, address=options.ray, gpus=options.gpus, n_processes=n_processes, say=_say)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("What was done is kept; the same command goes on.") from None
    return rows_of(plan, read_rows(path))


def told(plan: Plan, path: Path, *, on_cluster: bool) -> str:
    """How many trainings are left, and how long they take where that can be measured here."""
    if on_cluster:
        n_left, seconds = standing(plan, read_rows(path)).n_left, None
    else:
        n_left, seconds = seconds_left(plan, read_rows(path))
    if not n_left:
        return "All its trainings are done."
    text = f"{n_left} trainings are left" if n_left > 1 else "1 training is left"
    if seconds is None:
        return f"{text}."
    n = n_cores() if plan.device == "cpu" else 1
    where = f"{n} quiet core{'s' * (n > 1)}" if plan.device == "cpu" else plan.device
    return f"{text}: about {duration(seconds / n)} on {where}."


def require_counts(options: argparse.Namespace, *names: str) -> None:
    """Refuse a count below 1.

    Raises:
        ValueError: Which it is, and what it was.
    """
    for name in names:
        value = getattr(options, name)
        if value is not None and value < 1:
            option = name.replace("_", "-")
            raise ValueError(f"--{option} must be a whole number from 1 on, got {value}.")


def device_named(name: str) -> str:
    """What "auto" is on this machine, so that rows say what they are of; others as they are, as
    they may be meant for the machines of a cluster."""
    return str(choose_device(name)) if name == "auto" else name


def precision_named(device: str) -> str:
    """What "auto" is on a device of this machine, so that rows of another precision do not count;
    float32, which every device has, where it is one of other machines."""
    try:
        there = choose_device(device)
    except ValueError:
        return "float32"
    return precision_name(choose_precision("auto", there))


def _here() -> str:
    return ", ".join(name for name in data.DATASETS if data.is_here(name))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
