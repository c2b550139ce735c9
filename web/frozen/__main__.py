"""`python -m web.frozen RUN --out FILE`; `cacr freeze` calls it where the app stands."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from cacr_core.commands.freeze import FORCES, add_options, bytes_of
from cacr_core.runs import shelf
from web.settings import language


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m web.frozen", description=__doc__)
    add_options(parser)
    options = parser.parse_args(words)
    try:
        whole = _whole(options.run, bytes_of(options.most), language.named(options.lang))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(whole, encoding="utf-8", newline="\n")
    except (ValueError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(whole.encode()) / 1e6:.1f} MB")
    return 0


def _whole(what: str, most: int, code: str) -> str:
    from cacr_core.layouts.process import lay_out_run  # loads umap
    from web.frozen.freeze import freeze, freeze_scenes  # loads torch

    room, _, scene = what.partition(":")
    if room != FORCES:
        folder = named(what)
        with contextlib.suppress(OSError):  # it may be written to: else PCA is what there is
            lay_out_run(folder)
        return freeze(folder, most, code)
    from web.forces.presets import SCENES

    if scene and scene not in SCENES:
        raise ValueError(f"There is no scene {scene[:40]!r}; there are {', '.join(SCENES)}.")
    return freeze_scenes({scene: SCENES[scene]} if scene else SCENES, code)


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
