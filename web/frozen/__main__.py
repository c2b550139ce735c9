"""`python -m web.frozen RUN --out FILE`; `cacr freeze` calls it where the app stands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cacr_core.commands.freeze import add_options
from cacr_core.runs import shelf


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m web.frozen", description=__doc__)
    add_options(parser)
    options = parser.parse_args(words)
    try:
        from web.frozen.freeze import freeze  # loads torch

        folder = named(options.run)
        whole = freeze(folder, int(options.most * 1e6))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(whole, encoding="utf-8", newline="\n")
    except (ValueError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(whole.encode()) / 1e6:.1f} MB")
    return 0


def named(run: str) -> Path:
    """The folder of a run from its id or its path.

    Raises:
        ValueError: There is none.
    """
    path = Path(run)
    if path.is_dir() and (path / "config.json").is_file():
        return path.resolve()
    return shelf.find(run)


if __name__ == "__main__":
    sys.exit(main())
