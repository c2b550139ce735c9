"""axe-core, fetched once from npm, and what it finds wrong with a page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv" / "browser"
SCRIPT = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
VERSION = "4.14"


def install() -> None:
    """Fetch it by the npm that the development requirements bring along."""
    npm = Path(sys.executable).with_name("npm")
    command = [str(npm), "install", "--no-save", "--no-package-lock", "--silent"]
    FOLDER.mkdir(exist_ok=True)
    subprocess.run([*command, "--prefix", str(FOLDER), f"axe-core@{VERSION}"], check=True)


def violations(page: Any) -> list[str]:
    """What breaks a rule of axe-core on the page as it is now, a line for each element."""
    page.evaluate(SCRIPT.read_text() + ";0")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {' '.join(map(str, node['target']))}: "
        f"{(node['failureSummary'] or '').splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]


if __name__ == "__main__":
    if not SCRIPT.exists():
        install()
