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
# texts of a page with a blank in them, {step:d} or {n}, that nothing has filled
BLANKS = r"""(() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const { data, parentElement } = walk.currentNode;
    if (parentElement.closest('script, style, code, pre, textarea')) continue;
    if (/\{[a-z][\w.]*( *\/ *[\w.]+)?(:[^{}]*)?\}/.test(data)) found.push(data.trim());
  }
  return found;
})()"""


def install() -> None:
    """Fetch it by the npm that the development requirements bring along."""
    npm = Path(sys.executable).with_name("npm")
    command = [str(npm), "install", "--no-save", "--no-package-lock", "--silent"]
    FOLDER.mkdir(exist_ok=True)
    subprocess.run([*command, "--prefix", str(FOLDER), f"axe-core@{VERSION}"], check=True)


def violations(page: Any) -> list[str]:
    """What breaks a rule of axe-core on the page as it is now, a line for each element, and each
    text with a blank that was not filled."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(SCRIPT.read_text() + ";0")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {' '.join(map(str, node['target']))}: "
        f"{(node['failureSummary'] or '').splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ] + [f"a blank that is not filled: {text}" for text in page.evaluate(BLANKS)]


if __name__ == "__main__":
    if not SCRIPT.exists():
        install()
