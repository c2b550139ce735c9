"""Finds a Chromium for the browser tests, and installs one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The path of a Chromium: $CHROMIUM, one on the path, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named and shutil.which(named):
        return shutil.which(named)
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


APT = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]


def install() -> None:
    """Debian's package where this is root on Debian, else Playwright's own download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        plan = subprocess.run([*APT, "--simulate"], capture_output=True, text=True, check=False)
        print(planned(plan.stdout), flush=True)
        done = subprocess.run([*APT, "-qq"], check=False)
        if done.returncode == 0 and find():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def planned(simulated: str) -> str:
    """One line on what apt-get is about to do, from what its simulation printed."""
    lines = [line.split() for line in simulated.splitlines() if line.startswith("Inst ")]
    old = [words[1] for words in lines if words[2].startswith("[")]  # Inst name [old] (new ...)
    new = [words[1] for words in lines if words[1] not in old]
    return (
        f"For the browser tests apt-get installs {_listed(new)} and upgrades {_listed(old)}; "
        "to use another Chromium, name it: CHROMIUM=/path/to/chromium make test"
    )


def _listed(names: list[str]) -> str:
    count = f"{len(names)} package{'s' * (len(names) != 1)}"
    return f"{count} ({', '.join(names)})" if names else count


if __name__ == "__main__":
    if find() is None:
        install()
    if find() is None:
        sys.exit(
            "The browser tests need a Chromium and none could be installed. Install one, or name "
            "it: CHROMIUM=/path/to/chromium make test"
        )
