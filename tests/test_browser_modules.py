"""The browser's modules that compute, each held to other arithmetic by node's own test runner."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "tests" / "browser_modules").glob("*.test.js"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".test.js"))
def test_what_the_modules_compute_agrees_with_other_arithmetic(path):
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    assert node, "The browser's modules need node: pip install -r requirements-dev.txt"
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "\n# pass 0" not in done.stdout
