"""Mutants of the mathematics and whether the tests notice them: `python -m benchmarks.mutants`.

Each is one small, plausible mistake. It is put into a copy of the project, in which the tests of
its area run until one fails. A mutant that none notices is a fact without a test. Takes about half
an hour; no part of `make test`.

    python -m benchmarks.mutants              all
    python -m benchmarks.mutants pairs views  those whose name holds a word
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LEFT_OUT = {".git", ".venv", "runs", "docs", "checkpoints"}  # at the top; no test here needs them
TESTS = {
    "losses": "test_losses.py test_numbers.py test_small_print.py test_queue.py",
    "pairs": "test_pairs.py test_synco.py test_small_print.py test_queue.py test_losses.py",
    "training": "test_training.py test_small_print.py test_numbers.py test_queue.py test_spoil.py",
    "metrics": "test_metrics.py test_evenness.py test_small_print.py test_scores.py",
    "neighbours": "test_neighbours.py test_projections.py",
    "views": "test_views.py test_small_print.py",
    "models": "test_models.py test_training.py",
    "data": "test_data.py test_spoil.py",
    "reproduce": "test_small_print.py test_recipes.py test_reproduce.py",
    "forces": "test_forces.py test_flow.py test_landscape.py test_polygon.py",
}


class Mutant(NamedTuple):
    """One mistake.

    Attributes:
        area: A key of `TESTS`.
        what: The mistake, as one would tell it.
        path: The file, below `cacr_core/`.
        before: Text that stands there once.
        after: What stands there instead.
    """

    area: str
    what: str
    path: str
    before: str
    after: str


def read_mutants() -> list[Mutant]:
    """The mutants of `mutants.txt`.

    Raises:
        ValueError: A line that belongs to none, or an area without tests.
    """
    found: list[list[str]] = []
    for line in (Path(__file__).with_suffix(".txt")).read_text().splitlines():
        if head := re.fullmatch(r"(\w+): (.+) \((\S+)\)", line):
            found.append([*head.groups(), "", ""])
        elif found and line[:2] in ("- ", "+ "):
            found[-1][3 if line[0] == "-" else 4] += line[2:] + "\n"
        elif found and line:
            raise ValueError(f"mutants.txt has a line that belongs to no mutant: {line!r}.")
    mutants = [Mutant(a, b, c, old[:-1], new[:-1]) for a, b, c, old, new in found]
    if unknown := {m.area for m in mutants} - set(TESTS):
        raise ValueError(f"No tests are named for {', '.join(unknown)}.")
    return mutants


def copied(place: Path) -> Path:
    """The project in a folder of its own, without what no test of a mutant needs."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        return LEFT_OUT & set(names) if Path(folder) == ROOT else {"__pycache__"}

    return Path(shutil.copytree(ROOT, place / "copy", ignore=left_out))


def killed_by(mutant: Mutant, copy: Path) -> str:
    """The first test that notices the mutant, empty where none does.

    Raises:
        ValueError: The text to change does not stand in the file exactly once.
    """
    path = copy / "cacr_core" / mutant.path
    text = path.read_text()
    if text.count(mutant.before) != 1:
        raise ValueError(
            f"{mutant.path} holds {mutant.before!r} {text.count(mutant.before)} times; the mutant "
            f"{mutant.what!r} needs it once. Write it anew."
        )
    path.write_text(text.replace(mutant.before, mutant.after))
    try:
        return failing(mutant.area, copy)
    finally:
        path.write_text(text)


def failing(area: str, copy: Path) -> str:
    """The first test of an area that fails, empty where none does."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        + [f"tests/{name}" for name in TESTS[area].split()],
        cwd=copy,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0] if failed else "the tests could not start"


def main(words: list[str]) -> int:
    chosen = [
        m for m in read_mutants() if not words or any(w in f"{m.area} {m.what}" for w in words)
    ]
    alive, began = [], time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        copy = copied(Path(place))
        for area in dict.fromkeys(mutant.area for mutant in chosen):
            if test := failing(area, copy):
                print(f"{area}: {test} without any mutant; mend that first")
                return 2
        for mutant in chosen:
            test = killed_by(mutant, copy)
            alive += [] if test else [mutant]
            print(f"{mutant.area:<11}{mutant.what:<52}{test or 'ALIVE'}", flush=True)
    took = time.perf_counter() - began
    print(f"{len(chosen) - len(alive)} of {len(chosen)} noticed in {took / 60:.0f} minutes")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
