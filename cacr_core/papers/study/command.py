"""`python -m cacr_core study`: train what the questions need, or go on with it, and answer them."""

from __future__ import annotations

import argparse

from cacr_core.runs.typed import place, refuse_no_folder

TEXT = "answer the questions of docs/study.md anew, or go on with it"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say how long it takes, train none")
    parser.add_argument("--datasets", nargs="+", help="on which; those that are here, of the usual")
    parser.add_argument("--seeds", type=int, help="how many, six as shipped")
    parser.add_argument("--n-steps", type=int, help="updates of a run")
    parser.add_argument("--n-trials", type=int, help="trials of each loss on each dataset")
    parser.add_argument(
        "--device", default="cpu", help="auto, cpu, mps, cuda, cuda:1, xpu; cpu if none"
    )
    parser.add_argument(
        "--out",
        type=place,
        help="where its rows go, the text beside; without it the shipped study is gone on with, "
        "which takes no other setting",
    )


def run(options: argparse.Namespace) -> int:
    """Train what is left and write the document.

    Raises:
        ValueError: In one sentence, what does not fit.
    """
    from cacr_core.papers.study import ROWS, Study, render
    from cacr_core.papers.work import device_named, require_counts, work_aloud

    require_counts(options, "seeds", "n_steps", "n_trials")
    asked = {
        "datasets": tuple(options.datasets or ()),
        "seeds": tuple(range(options.seeds or 0)),
        "n_steps": options.n_steps,
        "n_trials": options.n_trials,
    }
    given = {key: value for key, value in asked.items() if value}
    study = Study(**given, device=device_named(options.device))
    if options.out is None and study != Study():
        raise ValueError(
            "docs/study.md is of the shipped settings, and other ones were asked for: name an "
            "--out, where the rows of this study go and its text beside them."
        )
    path = (options.out or ROWS).resolve()
    if path.is_dir():
        raise ValueError(f"--out needs the name of a file, {options.out} is a folder.")
    if path.suffix == ".md":
        raise ValueError(f"--out takes the rows, not the text, got {options.out}. Name a .jsonl.")
    if not options.dry_run:
        refuse_no_folder(path.parent, "--out")
    rows = work_aloud(study, path, options)
    if rows is not None:
        text = path.with_suffix(".md") if options.out else path.parent.with_suffix(".md")
        name = path.relative_to(text.parent).as_posix()
        text.write_text(render(rows, study, name), "utf-8")
    return 0
