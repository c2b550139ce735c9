"""The terminal: `cacr train ...` or `python -m cacr_core train ...`, and the app's processes."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

from cacr_core.commands import terminal
from cacr_core.runs.typed import place, refuse_no_folder


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    terminal.show_any_name()
    return terminal.ended(lambda: _run(words))


def _run(words: list[str]) -> int:
    from cacr_core.commands import inspect as inspect

    if words[:1] == ["inspect"]:
        return inspect.main(words[1:])  # at once: it needs neither torch nor the rest
    if words == ["features"]:
        from cacr_core.commands import features

        features.main()
    from cacr_core.commands import app

    if words[:1] in (["app"], ["serve"], ["class"]):
        return {"app": app.main, "serve": app.serve, "class": app.teach}[words[0]](words[1:])
    from cacr_core.commands import diff, embed, freeze, repeat
    from cacr_core.papers.figures import command as figures
    from cacr_core.papers.reproduce import command
    from cacr_core.papers.study import command as study

    name = "cacr" if Path(sys.argv[0]).name == "cacr" else "python -m cacr_core"
    parser = argparse.ArgumentParser(prog=name, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("app", help=app.TEXT)
    commands.add_parser("serve", help=app.SERVE)
    commands.add_parser("class", help=app.CLASS)
    train = commands.add_parser("train", help="train a run into a folder; the app opens it")
    _add_train_options(train)
    commands.add_parser("worker", help="stand by for a run named on standard input")
    commands.add_parser("layouts", help="lay out the runs named on standard input")
    commands.add_parser("features", help="look at images, as the app asks on standard input")
    record = commands.add_parser("record", help="make the runs and encoders that ship with the app")
    record.add_argument("names", nargs="*", help="presets or encoders; all that ship if none")
    again = commands.add_parser("reproduce", help=command.TEXT, description=command.TEXT)
    command.add_options(again)
    inspect.add_options(commands.add_parser("inspect", help=inspect.TEXT))
    embed.add_options(commands.add_parser("embed", help=embed.TEXT, description=embed.TEXT))
    diff.add_options(commands.add_parser("diff", help=diff.TEXT, description=diff.TEXT))
    repeat.add_options(commands.add_parser("repeat", help=repeat.TEXT, description=repeat.TEXT))
    freeze.add_options(commands.add_parser("freeze", help=freeze.TEXT, description=freeze.TEXT))
    drawn = commands.add_parser("papers", help=figures.TEXT, description=figures.TEXT)
    figures.add_options(drawn)
    repeat.add_cluster_options(drawn)
    shipped = commands.add_parser("study", help=study.TEXT, description=study.TEXT)
    study.add_options(shipped)
    repeat.add_cluster_options(shipped)
    options = parser.parse_args(words)
    if options.command == "worker":
        from cacr_core.presets import DEFAULT, PRESETS
        from cacr_core.runs.worker import stand_by

        stand_by(iter(sys.stdin), PRESETS[DEFAULT].config)
        return 0
    if options.command == "layouts":
        from cacr_core.layouts.process import follow

        follow(sys.stdin)
        return 0
    try:
        repeat.refuse_unused(options)
        if options.command in ("record", "study"):
            _refuse_where_installed(options.command)
        others = {"embed": embed, "diff": diff, "freeze": freeze, "repeat": repeat}
        others |= {"study": study, "papers": figures, "reproduce": command}
        if options.command in others:
            return others[options.command].run(options)
        return _train(options) if options.command == "train" else _record(options.names)
    except BrokenPipeError:
        raise
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"{error}", file=sys.stderr)
        return 2


def _refuse_where_installed(command: str) -> None:
    from cacr_core.runs import shelf

    if shelf.is_installed():
        raise ValueError(
            f"{command} writes into the project's own files and was asked of an installed copy, "
            f"{shelf.ROOT}. Run `make {command}` in a checkout."
        )


def _add_train_options(parser: argparse.ArgumentParser) -> None:
    from cacr_core.losses import LOSSES
    from cacr_core.losses import options as loss_options
    from cacr_core.presets import PRESETS
    from cacr_core.training import words

    parser.add_argument("--out", required=True, type=place, help="a new folder for the run")
    parser.add_argument("--preset", help=f"start from a preset: {', '.join(PRESETS)}")
    parser.add_argument("--loss", help=f"one of {', '.join(LOSSES)}")
    helps = {name: [line] for name, line in words.said_of_settings().items()}
    for name, said in loss_options.said_of_settings().items():
        helps.setdefault(name, []).extend(said)
    loss_options.add(parser, helps)


def _train(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from cacr_core.runs import folder as files
    from cacr_core.runs.shelf import runs_folder
    from cacr_core.runs.worker import work
    from cacr_core.training import Training
    from cacr_core.training.few import fitted
    from cacr_core.training.seconds import laid_out

    config = config_from(vars(options))
    refuse_no_folder(options.out, "--out")
    folder = options.out.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"--out needs a new or empty folder, got {options.out}. Name another.")
    if folder.parent == runs_folder() and not files.RUN_ID.fullmatch(folder.name):
        raise ValueError(
            "--out needs a name that the app lists among its runs, of letters, digits, '.', '_' "
            f"and '-', got {folder.name!r}. Name another."
        )
    if (less := fitted(config)) != config:
        print(f"A batch has {less.batch_size} images: no more are trained on.", file=sys.stderr)
        config = less
    config = laid_out([config])[0]
    training = Training(config)
    account = training.source.splits.train.account
    for line in (account.left_out_sentence(), *account.notes, *account.questions):
        if line:
            print(line, file=sys.stderr)
    files.write_bytes(folder / "config.json", config.to_json().encode())
    stopping = terminal.told_to_stop(lambda: files.request_stop(folder))
    with stopping, tqdm(total=config.n_steps, unit="update") as bar:
        state = work(folder, training=training, by="terminal", on_update=lambda _: bar.update())
    reason = files.status_and_reason(folder)[1]
    print(f"{state}: {reason}", file=sys.stderr)
    was_asked = state == "stopped" and files.control(folder)["wanted"] == "stop"
    return 0 if state == "finished" or was_asked else 2


def config_from(given: dict[str, Any]) -> Any:
    """The config that options of the command line ask for; what is not given keeps its default.

    Raises:
        ValueError: An unknown name, a value of the wrong kind, or a field the loss has not.
    """
    from cacr_core.losses.options import loss_of, value_of
    from cacr_core.presets import PRESETS
    from cacr_core.training import TrainConfig

    given = {k: v for k, v in given.items() if v is not None}
    config = TrainConfig()
    if (preset := given.get("preset")) is not None:
        if preset not in PRESETS:
            raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {preset!r}.")
        config = PRESETS[preset].config
    defaults = {f.name: f.default for f in dataclasses.fields(TrainConfig) if f.name != "loss"}
    own = {k: value_of(k, text, defaults[k]) for k, text in given.items() if k in defaults}
    of_loss = {k: text for k, text in given.items() if k not in defaults}
    return dataclasses.replace(config, loss=loss_of(of_loss, config.loss), **own)


def _record(names: list[str]) -> int:
    from cacr_core.papers.record import record

    record(names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
