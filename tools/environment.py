"""What is installed beside torch, and how large: `make size`.

python -m tools.environment requirements.txt
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

from cacr_core.commands import terminal
from tools.lock import asked, closure

OF_TORCH = ("torch",)


def megabytes(name: str) -> float:
    """Of the files that a distribution has installed and those compiled from them."""
    files = {os.fspath(file.locate()) for file in distribution(name).files or ()}
    files |= {cache_from_source(file) for file in files if file.endswith(".py")}
    return sum(os.path.getsize(file) for file in files if os.path.isfile(file)) / 1e6


def beside_torch(path: Path) -> dict[str, float]:
    """Megabytes of each distribution that a file of requirements brings, less torch's own needs."""
    wanted = asked(path)
    with_torch = closure([need for need in wanted if need.name in OF_TORCH])
    names = closure(wanted).keys() - with_torch.keys()
    return dict(sorted(((n, megabytes(n)) for n in names), key=lambda item: -item[1]))


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.environment", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of requirements")
    for path in parser.parse_args(words).files:
        try:
            sizes = beside_torch(path)
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        print(f"{path.name}, less torch and what torch brings: {sum(sizes.values()):.0f} MB")
        for name, size in sizes.items():
            if size >= 1:
                print(f"  {name:20} {size:6.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(terminal.ended(lambda: main(sys.argv[1:])))
