"""`make bench`: one table of what is promised and what was measured here.

Speeds are ratios within one run; name parts to run fewer: losses, views, layout, lockstep, compare,
forces, live, classroom, opening, abuse, checkpoints, features, accuracy.
"""

from __future__ import annotations

import importlib
import os
import sys

from benchmarks.timing import ended_whole

PARTS = (
    "losses",
    "views",
    "layout",
    "lockstep",
    "compare",
    "forces",
    "live",
    "classroom",
    "opening",
    "abuse",
    "checkpoints",
    "features",
    "accuracy",
)


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in PARTS]:
        print(f"There is no benchmark {unknown[0]!r}. Choose from {', '.join(PARTS)}.")
        return 2
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print(f"| {'what':<78} | {'measured':<20} | {'bar':<22} | met |")
    print(f"|{'-' * 80}|{'-' * 22}|{'-' * 24}|-----|")
    missed = 0
    for name in names or PARTS:
        for what, measured, bar, met in importlib.import_module(f"benchmarks.{name}").rows():
            missed += not met
            verdict = "yes" if met else "NO"
            print(f"| {what:<78} | {measured:<20} | {bar:<22} | {verdict:<3} |", flush=True)
    print(f"\n{missed} missed" if missed else "\nall met")
    return 0


if __name__ == "__main__":
    sys.exit(ended_whole(lambda: main(sys.argv[1:])))
