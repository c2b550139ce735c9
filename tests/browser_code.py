"""The browser's modules, run by node: what they say can be held to arrays without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

RUNNER = """
import { readFileSync } from 'node:fs';
const { folder, body, data } = JSON.parse(readFileSync(0, 'utf8'));
const load = (name) => import(`${folder}/${name}`);
const Function = Object.getPrototypeOf(async () => {}).constructor;
process.stdout.write(JSON.stringify(await new Function('load', 'data', body)(load, data)));
"""


def run(body: str, data: Any, folder: str = "web/forces/view") -> Any:
    """What the body of an async JavaScript function returns; it has `load(module)` and `data`."""
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    assert node, "The browser's modules need node: pip install -r requirements-dev.txt"
    question = {"folder": (ROOT / folder).as_uri(), "body": body, "data": data}
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e", RUNNER],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
