"""`python -m cacr_core repeat FOLDER --seeds N`: more seeds of a comparison, here or elsewhere."""

from __future__ import annotations

import argparse
import sys

from cacr_core.runs.typed import place, something

TEXT = "repeat a comparison over more seeds; the app shows means and intervals of them"
CLUSTER = (
    'share the work over a Ray cluster: "auto" for the one this machine belongs to, "local" for '
    "this machine's cores as Ray has them, or an address"
)
SHARE = "what each task of --ray takes of a GPU, such as 0.25; 0 for none"


def add_cluster_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ray", type=something, metavar="ADDRESS", help=CLUSTER)
    parser.add_argument("--gpus", type=float, default=0.0, help=SHARE)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=place, help="a comparison's folder, or its name")
    parser.add_argument("--seeds", type=int, required=True, help="how many in all, its own with it")
    add_cluster_options(parser)


def refuse_unused(options: argparse.Namespace) -> None:
    """Raises ValueError where --gpus was asked for without a cluster that has them."""
    if getattr(options, "gpus", 0) and not options.ray:
        raise ValueError(
            "--gpus is of the tasks of a Ray cluster, and no --ray was given. Add it, or leave "
            "--gpus out."
        )


def run(options: argparse.Namespace) -> int:
    """Repeat it; 0 when all seeds are in, 1 when it was stopped, 2 when it failed.

    Raises:
        ValueError: In one sentence, what does not fit.
    """
    from functools import partial

    from cacr_core.commands.terminal import told_to_stop
    from cacr_core.runs import seeds, shelf
    from cacr_core.runs.repeats import repeat_on_cluster

    folder = options.folder if options.folder.is_dir() else shelf.runs_folder() / options.folder
    if not folder.is_dir():
        raise ValueError(f"There is no comparison in {options.folder}. Name its folder.")
    seeds.ask(folder, options.seeds)
    if seeds.is_wanted(folder.parent):
        print("Waiting: other runs of the same folder go first.", file=sys.stderr)
    on_cluster = partial(repeat_on_cluster, address=options.ray, gpus=options.gpus)
    with told_to_stop(lambda: seeds.stop(folder)):
        seeds.work_on_seeds(folder, on_cluster if options.ray else None)
    told = seeds.standing(folder)
    n = len({row["seed"] for row in seeds.read_rows(folder)})
    print(f"{told['state']}: {n} seeds. {told['reason']}".rstrip(), file=sys.stderr)
    return {"finished": 0, "stopped": 1}.get(str(told["state"]), 2)
