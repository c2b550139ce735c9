"""`cacr app`, `serve`, `class`: the app, served from wherever it is installed, to one or many."""

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
CLASS = "serve a class: followers see what the teacher looks at; other options as for `serve`"
EVERY_ADDRESS = "0.0.0.0"
ELSEWHERE = ("10.254.254.254", 1)  # an address within some net; nothing is sent to it
# what a follower's run may have at most, where no setting says otherwise
FOLLOWERS_MOST = {"UPDATES": "1200", "BATCH": "128", "PROBES": "512"}


def command(options: list[str]) -> list[str]:
    """The words that start the server; they are to be run in `ROOT`."""
    return [sys.executable, "-m", "streamlit", "run", "app.py", *options]


def main(options: list[str]) -> int:
    """Become the server; it ends as Streamlit ends."""
    # before the folder that they may be relative to is left
    os.environ["CACR_RUNS"] = str(runs_folder())
    for name in ("CACR_FOLDERS", "CACR_LESSONS", "CACR_DATA", "CACR_CACHE"):
        if named := os.environ.get(name):
            parts = named.split(os.pathsep) if name == "CACR_FOLDERS" else [named]
            known = (os.path.expanduser(part.strip()) for part in parts)
            # a blank one would be the folder that the server is started in, for everyone to see
            os.environ[name] = os.pathsep.join(str(Path(one).resolve()) for one in known if one)
    os.chdir(ROOT)
    if os.name == "nt":  # where a process cannot become another: this one would end, and that go on
        return subprocess.run(command(options)).returncode
    os.execv(sys.executable, command(options))


def serve(words: list[str]) -> int:
    """The same, but nobody is taken for the owner without the secret in the link.

    `web/shell/roles.py` says who may what. It listens on every address unless the options or
    Streamlit's own setting name one.
    """
    return _open(words, socket.gethostname(), "cacr serve", SERVE)


def teach(words: list[str]) -> int:
    """`serve`, where the owner teaches: `web/classroom` has what that adds.

    The address on the class's page is this machine's in its net, as phones know no names there.
    """
    os.environ["CACR_CLASS"] = "1"
    for name, most in FOLLOWERS_MOST.items():
        os.environ.setdefault(f"CACR_VISITORS_MOST_{name}", most)
    return _open(words, own_address(), "cacr class", CLASS)


def hosted_at(port: str) -> str:
    """The address that a host has for what is served at that port: a Space of Hugging Face, a
    codespace of GitHub, else what Streamlit's own setting says; empty where none does."""
    if space := os.environ.get("SPACE_HOST"):
        return f"https://{space}"
    if codespace := os.environ.get("CODESPACE_NAME"):
        domain = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
        return f"https://{codespace}-{port}.{domain}"
    return os.environ.get("STREAMLIT_BROWSER_SERVER_ADDRESS", "")


def own_address() -> str:
    """By which address others in the same net find this machine; its name where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)  # picks the way, sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _open(words: list[str], name: str, prog: str, text: str) -> int:
    """Serve to others, by that name unless the options have another."""
    parser = argparse.ArgumentParser(prog=prog, description=text, allow_abbrev=False)
    parser.add_argument("--visitors-may", metavar="start,upload", help="what others may do, too")
    parser.add_argument("--visitors-datasets", metavar="NAMES", help="images they may choose")
    parser.add_argument("--folders", help=f"folders everyone may read, parted by {os.pathsep!r}")
    known, options = parser.parse_known_args(words)
    os.environ["CACR_SERVED"] = "1"
    for option in ("visitors_may", "visitors_datasets", "folders"):
        if (value := getattr(known, option)) is not None:
            os.environ[f"CACR_{option.upper()}"] = value
    port = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    port.add_argument(
        "--server.port", dest="port", default=os.environ.get("STREAMLIT_SERVER_PORT", "8501")
    )
    name = hosted_at(port.parse_known_args(options)[0].port) or name
    given = {word.partition("=")[0] for word in options}
    # Streamlit asks a machine of the internet for this one's address where nobody names it.
    address = os.environ.get("STREAMLIT_SERVER_ADDRESS") or EVERY_ADDRESS
    usual = {"--server.address": address, "--browser.serverAddress": name}
    if "//" in name:  # Streamlit's greeting puts a scheme and a port around it
        usual["--logger.hideWelcomeMessage"] = "true"
    for option, value in usual.items():
        if option not in given:
            options = [option, value, *options]
    return main(options)
