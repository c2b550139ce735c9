"""Write the installed versions of all that requirement files ask for, a line each.

`python -m tools.lock requirements.txt requirements-dev.txt > requirements.lock` is what `make lock`
does. The lock is handed to pip as constraints, so that what only one platform needs (the CUDA
libraries) is pinned there and asked for nowhere else.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cacr_core.commands import terminal

HEAD = "# Made by `make lock` on Python {version}; used by `make LOCKED=1 test` and the like.\n"


def asked(path: Path) -> list[Requirement]:
    """The requirements of a file, one a line."""
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def closure(wanted: list[Requirement]) -> dict[str, str]:
    """Name -> installed version of what is wanted and of all that it needs in turn.

    Raises:
        ValueError: Something wanted is not installed, or in a version out of its range.
    """
    pinned: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    open_ends = list(wanted)
    while open_ends:
        need = open_ends.pop()
        name = canonicalize_name(need.name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            raise ValueError(f"{need} is not installed; run `make lock` to install it.") from None
        if not need.specifier.contains(found.version, prereleases=True):
            raise ValueError(f"{need} is asked for, but {found.version} is installed.")
        pinned[name] = found.version
        for extra in ("", *sorted(need.extras)):
            if (name, extra) not in seen:
                seen.add((name, extra))
                open_ends += _needs(found.requires or [], extra)
    return dict(sorted(pinned.items()))


def _needs(lines: list[str], extra: str) -> list[Requirement]:
    found = [Requirement(line) for line in lines]
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": extra})]


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.lock", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="of requirements")
    try:
        pinned = closure([r for path in parser.parse_args(words).files for r in asked(path)])
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(HEAD.format(version=".".join(map(str, sys.version_info[:2]))), end="")
    for name, version in pinned.items():
        print(f"{name}=={version.partition('+')[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(terminal.ended(lambda: main(sys.argv[1:])))
