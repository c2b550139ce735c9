"""Every loss x host x backbone x precision on the pretended device, 30 updates each, against the
CPU: `python -m benchmarks.devices [WORDS]`, those whose name holds all of the words.

It takes hours for all and minutes for `small`; the tests train a part of it for two updates each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cacr_core.losses import LOSSES, needs_labels
from cacr_core.losses.words import own
from cacr_core.models import BACKBONES
from cacr_core.training import HOSTS, PRECISIONS

ROOT = Path(__file__).parents[1]
N_UPDATES = 30


def is_run(loss: str, host: str) -> bool:
    """Whether there is such a run: `TrainConfig` refuses the others."""
    if host == "batch":
        return True
    has_form = own(LOSSES[loss], "of_keys") is not None
    return not needs_labels(LOSSES[loss]) and (host == "queue" or has_form)


def cases(words: list[str]) -> dict[str, dict[str, Any]]:
    found = {
        f"{backbone} {loss} {host} {kind}": {
            "backbone": backbone, "loss": loss, "host": host, "precision": kind
        }
        for backbone in BACKBONES
        for loss in LOSSES
        for host in HOSTS
        for kind in PRECISIONS
        if kind != "auto" and is_run(loss, host)
    }  # fmt: skip
    return {name: asked for name, asked in found.items() if all(w in name.split() for w in words)}


def problems(told: dict[str, Any]) -> list[str]:
    """What is wrong with an answer of `tests.trained_there`, each in a few words."""
    if "error" in told:
        return [told["error"].split("\n")[0]]
    most = max(map(len, told["waits"]))
    found = [f"{most} waits an update"] if most > 1 else []
    found += ["numbers that are not finite"] if not told["finite"] else []
    found += ["float64 on the device"] if told["doubles"] else []
    found += [f"{len(told['differs'])} tensors differ"] if told["differs"] else []
    found += [f"{len(told['resumed'])} differ when resumed"] if told["resumed"] else []
    return found


def main(words: list[str]) -> int:
    asked = cases(words)
    if not asked:
        print(f"There is no case of {' '.join(words)}.")
        return 2
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.trained_there"],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stdout
    json.dump({"cases": asked, "n_updates": N_UPDATES}, process.stdin)
    process.stdin.close()
    n_done = n_bad = 0
    for line in process.stdout:
        told = json.loads(line)
        found = problems(told)
        n_done, n_bad = n_done + 1, n_bad + bool(found)
        print(f"{told['case']:<48} {'; '.join(found) or 'ok'}", flush=True)
    print(f"\n{n_done} of {len(asked)} trained {N_UPDATES} updates, {n_bad} with a problem.")
    return int(bool(n_bad) or n_done < len(asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
