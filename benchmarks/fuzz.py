"""`make fuzz`: hostile and damaged files opened by the thousand; what came of them, by kind.

    python -m benchmarks.fuzz [--files 10000] [--seed 0] [--first 0]

Any file can be made again from its seed and number. Exits with 1 if anything forbidden came.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests import fuzzing


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args(arguments)
    began = time.perf_counter()
    found = fuzzing.fuzz(asked.seed, asked.files, asked.first)
    say(f"{asked.files:,} files of seed {asked.seed}", found, time.perf_counter() - began)
    began = time.perf_counter()
    published = fuzzing.bypass()
    say("the published ways past scanners", published, time.perf_counter() - began)
    return bool(found.bad or published.bad)


def say(what: str, found: fuzzing.Outcomes, seconds: float) -> None:
    total = max(1, found.counts.total())
    print(f"{what}: {found.counts.total():,} files, {seconds:.0f} s")
    print(f"{found.parsed:,} still whole as a container ({found.parsed / total:.0%})\n")
    for outcome, count in found.counts.most_common():
        print(f"  {count:>6,}  {outcome}")
    print(f"\nforbidden ({', '.join(fuzzing.FORBIDDEN)}): {len(found.bad)}")
    for outcome, number, mutation in found.bad:
        print(f"  {outcome}: file {number}, {mutation}")
    print(f"slowest {found.slowest:.1f} s of the processor")
    print(f"largest process {found.largest / 1e6:.0f} MB, torch included\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
