"""`python -m web.frozen RUN --out FILE`; `cacr freeze` calls it where the app stands."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from cacr_core.commands import output, terminal
from cacr_core.commands.freeze import FORCES, add_options, bytes_of
from cacr_core.runs import shelf
from web.settings import language


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m web.frozen", description=__doc__)
    add_options(parser)
    options = parser.parse_args(words)
    terminal.show_any_name()
    try:
        output.refuse_unwritable(options.out, "--out", with_parents=True)
        most = bytes_of(options.most)
        whole = _whole(options.run, most, language.named(options.lang)).encode("utf-8", "replace")
        if len(whole) > most:
            raise ValueError(
                f"{options.run} takes {math.ceil(len(whole) / 1e5) / 10} MB frozen, more than "
                f"{options.most:g}. Allow more with --most."
            )
        output.write(options.out, whole, "--out")
    except (ValueError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(whole) / 1e6:.1f} MB")
    return 0


def _whole(what: str, most: int, code: str) -> str:
    from cacr_core.layouts.process import lay_out_run
    from cacr_core.layouts.stored import refused_by
    from web.frozen.freeze import freeze, freeze_scenes  # loads torch

    room, _, scene = what.partition(":")
    if room != FORCES:
        folder = named(what)
        try:
            lay_out_run(folder)
        except OSError:
            pass  # it cannot be written to: PCA is what there is
        except (ImportError, RuntimeError) as error:  # numba's, which compiles UMAP
            print(refused_by(error), file=sys.stderr)
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
