"""`cacr app` and `cacr serve`: the app, served from wherever it is installed, to one or to many."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

from cacr_core.runs.shelf import ROOT, runs_folder

TEXT = "serve the app; what follows is handed to `streamlit run`, such as --server.port 8600"
SERVE = (
    "serve the app to others too: prints a link for visitors and one for its owner; other options "
    "as for `app`"
)
EVERY_ADDRESS = "0.0.0.0"


def command(options: list[str]) -> list[str]:
    """The words that start the server; they are to be run in `ROOT`."""
    return [sys.executable, "-m", "streamlit", "run", "app.py", *options]


def main(options: list[str]) -> int:
    """Become the server; it ends as Streamlit ends."""
    os.environ["CACR_RUNS"] = str(runs_folder())  # before the folder it may be relative to is left
    if named := os.environ.get("CACR_FOLDERS"):
        places = (Path(p.strip()).expanduser().resolve() for p in named.split(os.pathsep) if p)
        os.environ["CACR_FOLDERS"] = os.pathsep.join(map(str, places))
    os.chdir(ROOT)
    if os.name == "nt":  # where a process cannot become another: this one would end, and that go on
        return subprocess.run(command(options)).returncode
    os.execv(sys.executable, command(options))


def serve(words: list[str]) -> int:
    """The same, but nobody is taken for the owner without the secret in the link.

    `web/shell/roles.py` says who may what. It listens on every address unless the options name one.
    """
    parser = argparse.ArgumentParser(prog="cacr serve", description=SERVE, allow_abbrev=False)
    parser.add_argument("--visitors-may", metavar="start,upload", help="what others may do, too")
    parser.add_argument("--visitors-datasets", metavar="NAMES", help="images they may choose")
    parser.add_argument("--folders", help=f"folders everyone may read, parted by {os.pathsep!r}")
    known, options = parser.parse_known_args(words)
    os.environ["CACR_SERVED"] = "1"
    for name in ("visitors_may", "visitors_datasets", "folders"):
        if (value := getattr(known, name)) is not None:
            os.environ[f"CACR_{name.upper()}"] = value
    given = {word.partition("=")[0] for word in options}
    # Streamlit asks a machine of the internet for this one's address where nobody names it.
    usual = {"--server.address": EVERY_ADDRESS, "--browser.serverAddress": socket.gethostname()}
    for name, value in usual.items():
        if name not in given:
            options = [name, value, *options]
    return main(options)
