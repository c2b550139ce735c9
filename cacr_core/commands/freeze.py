"""`cacr freeze`: a run, a comparison or scenes as one HTML file; the app's own code makes it."""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
from pathlib import Path

from cacr_core.commands import output, terminal
from cacr_core.runs import process
from cacr_core.runs.shelf import ROOT, runs_folder
from cacr_core.runs.typed import place, something

TEXT = "make one HTML file of a run, a comparison or scenes: it opens offline, shows and answers"
MOST = 15.0  # megabytes
FORCES = "forces"  # what scenes are named by, all of them or with a colon one


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        type=something,
        help="a run's or a comparison's id or its folder; forces, or forces:SCENE",
    )
    parser.add_argument("--out", required=True, type=place, help="the HTML file to write")
    parser.add_argument(
        "--most", type=float, default=MOST, help=f"megabytes that it may have, {MOST:g} if none"
    )
    parser.add_argument(
        "--lang", default="en", help="code of the language that it speaks, such as de; en if none"
    )


def bytes_of(most: float) -> int:
    """Megabytes as bytes.

    Raises:
        ValueError: No file can have so many.
    """
    if not 0 < most < math.inf:
        raise ValueError(f"--most must be a number of megabytes above 0, got {most:g}.")
    return int(most * 1e6)


def command(options: argparse.Namespace) -> list[str]:
    """The words that make the file; they are to be run in `ROOT`."""
    run = Path(options.run)
    named = str(run.resolve()) if run.is_dir() else options.run
    out = str(options.out.resolve())
    how = ["--most", str(options.most), "--lang", options.lang]
    return [sys.executable, "-m", "web.frozen", named, "--out", out, *how]


def run(options: argparse.Namespace) -> int:
    """Make the file where the app stands; 0, or 2 with one sentence on standard error.

    Raises:
        ValueError: The file cannot be written.
    """
    output.refuse_unwritable(options.out, "--out", with_parents=True)
    # the runs folder may be relative to the one that is left
    known = os.environ | {"CACR_RUNS": str(runs_folder())} | process.compiled()
    # what ends a process is for this one to take, which ends that one
    with subprocess.Popen(command(options), cwd=ROOT, env=known, **process.apart()) as made:
        told: list[bool] = []

        def stop() -> None:
            told.append(True)
            made.terminate()

        with terminal.told_to_stop(stop):
            code = made.wait()
    if told:
        raise KeyboardInterrupt
    return code
