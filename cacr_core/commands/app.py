"""`cacr app`: the app, served from wherever it is installed."""

from __future__ import annotations

import os
import sys

from cacr_core.runs.shelf import ROOT, runs_folder

TEXT = "serve the app; what follows is handed to `streamlit run`, such as --server.port 8600"


def command(options: list[str]) -> list[str]:
    """The words that start the server; they are to be run in `ROOT`."""
    return [sys.executable, "-m", "streamlit", "run", "app.py", *options]


def main(options: list[str]) -> int:
    """Become the server; it ends as Streamlit ends."""
    os.environ["CACR_RUNS"] = str(runs_folder())  # before the folder it may be relative to is left
    os.chdir(ROOT)
    os.execv(sys.executable, command(options))
