"""The terminal: `cacr train ...` or `python -m cacr_core train ...`, and the app's processes."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str] | None = None) -> int:
    from cacr_core.commands import inspect as inspect

    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["inspect"]:
        return inspect.main(words[1:])  # at once: it needs neither torch nor the rest
    from cacr_core.commands import app

    if words[:1] in (["app"], ["serve"]):
        return {"app": app.main, "serve": app.serve}[words[0]](words[1:])
    from cacr_core.commands import diff, embed, freeze
    from cacr_core.papers.reproduce import command

    name = "cacr" if Path(sys.argv[0]).name == "cacr" else "python -m cacr_core"
    parser = argparse.ArgumentParser(prog=name, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("app", help=app.TEXT)
    commands.add_parser("serve", help=app.SERVE)
    train = commands.add_parser("train", help="train a run into a folder; the app opens it")
    _add_train_options(train)
    commands.add_parser("worker", help="stand by for a run named on standard input")
    commands.add_parser("layouts", help="lay out the runs named on standard input")
    record = commands.add_parser("record", help="make the runs and encoders that ship with the app")
    record.add_argument("names", nargs="*", help="presets or encoders; all that ship if none")
    again = commands.add_parser("reproduce", help=command.TEXT, description=command.TEXT)
    command.add_options(again)
    inspect.add_options(commands.add_parser("inspect", help=inspect.TEXT))
    embed.add_options(commands.add_parser("embed", help=embed.TEXT, description=embed.TEXT))
    diff.add_options(commands.add_parser("diff", help=diff.TEXT, description=diff.TEXT))
    freeze.add_options(commands.add_parser("freeze", help=freeze.TEXT, description=freeze.TEXT))
    study = commands.add_parser("study", help="train the study of docs/study.md, or go on with it")
    study.add_argument("--worker", action="store_true", help="be one of its processes")
    study.add_argument("--study", default="{}", help="what differs from it, as JSON")
    study.add_argument(
        "--out", type=Path, help="where its rows go, docs/study/results.jsonl if none"
    )
    options = parser.parse_args(arguments)
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
        if options.command in ("record", "study"):
            _refuse_where_installed(options.command)
        if options.command == "reproduce":
            return command.run(options)
        if options.command in ("embed", "diff", "freeze"):
            return {"embed": embed, "diff": diff, "freeze": freeze}[options.command].run(options)
        if options.command == "study":
            return _study(options)
        return _train(options) if options.command == "train" else _record(options.names)
    except (ValueError, OSError) as error:
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
    from cacr_core.losses import LOSSES, settings_of
    from cacr_core.losses.words import title_of
    from cacr_core.pairs import MIXINGS
    from cacr_core.presets import PRESETS
    from cacr_core.training import TrainConfig

    mixings = "; ".join(f"{name}: {rule.words}" for name, rule in MIXINGS.items())
    parser.add_argument("--out", required=True, type=Path, help="a new folder for the run")
    parser.add_argument("--preset", help=f"start from a preset: {', '.join(PRESETS)}")
    parser.add_argument("--loss", help=f"one of {', '.join(LOSSES)}")
    helps = {f.name: ["of the run"] for f in dataclasses.fields(TrainConfig) if f.name != "loss"}
    helps["mixing"] = [mixings]
    for cls in LOSSES.values():
        for name, said in settings_of(cls).items():
            helps.setdefault(name, []).append(f"of {title_of(cls)}: {said.label}")
    for name, said_by in helps.items():
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, dest=name, help="; ".join(said_by).replace("%", "%%"))


def _train(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from cacr_core.runs import folder as files
    from cacr_core.runs.worker import work
    from cacr_core.training import Training

    config = config_from(vars(options))
    folder = options.out.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"--out needs a new or empty folder, got {options.out}. Name another.")
    training = Training(config)
    files.write_bytes(folder / "config.json", config.to_json().encode())
    signal.signal(signal.SIGINT, lambda *_: files.request_stop(folder))
    signal.signal(signal.SIGTERM, lambda *_: files.request_stop(folder))
    with tqdm(total=config.n_steps, unit="update") as bar:
        state = work(folder, training=training, by="terminal", on_update=lambda _: bar.update())
    reason = files.status_and_reason(folder)[1]
    print(f"{state}: {reason}", file=sys.stderr)
    return 0 if state in ("finished", "stopped") else 2


def config_from(given: dict[str, Any]) -> Any:
    """The config that options of the command line ask for; what is not given keeps its default.

    Raises:
        ValueError: An unknown name, a value of the wrong kind, or a field the loss has not.
    """
    from cacr_core.losses import LOSSES, loss_name
    from cacr_core.presets import PRESETS
    from cacr_core.training import TrainConfig, make_loss

    given = {k: v for k, v in given.items() if v is not None}
    config = TrainConfig()
    if preset := given.get("preset"):
        if preset not in PRESETS:
            raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {preset!r}.")
        config = PRESETS[preset].config
    name = given.get("loss", loss_name(config.loss))
    if name not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {name!r}.")
    same = name == loss_name(config.loss)
    loss_fields = dataclasses.asdict(config.loss) if same else {}
    defaults = {f.name: f.default for f in dataclasses.fields(LOSSES[name])}
    run_fields: dict[str, Any] = {}
    run_defaults = {f.name: f.default for f in dataclasses.fields(TrainConfig)}
    every_loss_field = {f.name for cls in LOSSES.values() for f in dataclasses.fields(cls)}
    for key, text in given.items():
        if key in run_defaults and key != "loss":
            run_fields[key] = _value(key, text, run_defaults[key])
        elif key in defaults:
            loss_fields[key] = _value(key, text, defaults[key])
        elif key in every_loss_field:
            raise ValueError(f"{name} has no setting {key}; it has {', '.join(defaults)}.")
    return dataclasses.replace(config, loss=make_loss(name, **loss_fields), **run_fields)


def _value(key: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in known:
            raise ValueError(f"{key} must be true or false, got {text!r}.")
        return known[text.lower()]
    try:
        return type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise ValueError(f"{key} must be {kind}, got {text!r}.") from None


def _study(options: argparse.Namespace) -> int:
    import json

    from cacr_core.papers import study

    given = json.loads(options.study)
    asked: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    wanted = study.Study(**asked)
    path = (options.out or study.RESULTS).resolve()
    (study.work if options.worker else study.run)(wanted, path)
    return 0


def _record(names: list[str]) -> int:
    from cacr_core.papers.record import record

    record(names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
