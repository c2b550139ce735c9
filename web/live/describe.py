"""What a viewer is told of a run once: its images, its loss, and the lenses to see it through."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.zips import images_name
from web.settings.fields import (
    RUN_FIELDS,
    field_of,
    is_labelled,
    kind_of,
    loss_text,
    loss_title,
)
from web.settings.lenses import MIXTURE
from web.shell.assets import BASE


def describe(folder: Path, is_natural: bool) -> dict[str, Any]:
    """The `run` message, without loading torch.

    Raises:
        ValueError: Its config cannot be read.
    """
    config = files.read_config(folder)
    run = files.read_json(folder / "run.json")
    probes = files.read_probes(folder)
    return {
        "type": "run",
        "run": shelf.id_of(folder),
        "title": run.get("title", folder.name),
        "example": shelf.is_recorded(folder),
        "loss": describe_loss(config["loss"]),
        "dataset": images_name(config["dataset"]),
        "n": int(probes.get("n", 0)),
        "dims": config["embedding_dim"] if is_natural else 2,
        "natural": is_natural,
        "probes": probes,
        "sprites": sprites(folder),
        "n_steps": config["n_steps"],
        "batch": {"items": config["batch_size"], "views": config["n_views"]},
        "device": device_text(run),
        "own_lens": own_lens(config),
        "has_features": has_features(folder),
    }


def about_run(folder: Path) -> dict[str, Any]:
    """What the readings need to know of a run; see `readings.read_all`."""
    config, run = files.read_config(folder), files.read_json(folder / "run.json")
    probes = files.read_probes(folder)
    return {
        "dim": int(config.get("embedding_dim", 0)),
        "loss": config.get("loss", {}),
        "host": config.get("host", "batch"),
        "n_views": int(config.get("n_views", 2)),
        "n_probes": int(probes.get("n", 2)),
        "n_classes": len(probes.get("class_names", [])),
        "n_held_out": int(run.get("n_held_out", 1000)),
        "held_out_per_class": run.get("held_out_per_class") or [],
        "images_per_step": int(run.get("images_per_step", 0)),
        "device": device_text(run),
        "frozen": run.get("frozen") or {},
    }


def device_text(run: dict[str, Any]) -> str:
    """Where and in which precision a run trained, where it did before it was resumed, and why not
    on a faster device that is there; empty where that is not known."""
    if "device" not in run:
        return ""
    stretches = run.get("stretches", [])
    now = f"{run.get('device', '')} ({run.get('device_name', '')}), {run.get('precision', '')}"
    before = [
        f"{was['device']}, {was['precision']} up to step {then['step']:,}"
        for was, then in itertools.pairwise(stretches)
    ]
    text = "; ".join([now, *reversed(before)])
    return f"{text}. {reason}" if (reason := run.get("device_reason")) else text


def describe_loss(loss: dict[str, Any]) -> dict[str, Any]:
    """Name, title and one line of text of a loss as a config.json has it; is it told labels?"""
    name = loss["name"]
    settings = {k: v for k, v in loss.items() if k != "name"}
    return {
        "name": name,
        "title": loss_title(name),
        "text": loss_text(name, settings),
        "labelled": is_labelled(name),
    }


def sprites(folder: Path) -> dict[str, Any]:
    """Where the browser finds the images of a run, beside the page; entries of a comparison share
    them."""
    base = f"{BASE[1:]}/runs/{shelf.id_of(files.images_folder(folder))}"
    return {
        "probes": f"{base}/probes.webp",
        "views": [f"{base}/views-{v}.webp" for v in range(5)],
    }


def has_features(folder: Path) -> bool:
    """Whether the features can be looked at; recordings are kept without."""
    for step in files.snapshot_steps(folder):
        with contextlib.suppress(OSError, ValueError):  # thinned out meanwhile, or damaged
            return files.read_arrays(folder, step)[1] is not None
    return True


def own_lens(config: dict[str, Any]) -> dict[str, Any]:
    """The loss and the mixture that a run trains with, as a lens."""
    return config["loss"] | {key: config[key] for key in MIXTURE}


def lenses(own: dict[str, Any]) -> list[dict[str, Any]]:
    """Every loss with its settings, as controls of the lens, at the run's own values.

    `leads`: at hand above a scene; `needs`: the setting, and its value (None: any but 0), without
    which a control changes nothing; `sweep`: the setting that is swept first and the range of it
    in which a polygon is tested, None where no setting is a number; `presets`: settings to begin
    from. A control of text that keeps names of a person's own says how each is moved: `names`.
    """
    from cacr_core.losses import LOSSES
    from cacr_core.losses.words import presets_of, sweep_of
    from cacr_core.pairs import MIXINGS

    offered = []
    for name, cls in LOSSES.items():
        controls = []
        for setting in dataclasses.fields(cls):
            known = field_of(name, setting.name)
            if known.trains_only:
                continue
            given = own if own["name"] == name else {}
            value = given.get(setting.name, setting.default)
            controls.append(_control(setting.name, known, setting.default, value))
        for extra in ("n_synthetic", "pool_size"):
            controls.append(_control(extra, RUN_FIELDS[extra], own[extra], own[extra]))
        controls.append(
            {
                "name": "mixing", "label": "mixing", "symbol": "", "kind": "choice",
                "choices": [{"name": k, "label": rule.words} for k, rule in MIXINGS.items()],
                "default": own["mixing"], "value": own["mixing"], "leads": False,
                "needs": {"name": "n_synthetic", "value": None},
            }
        )  # fmt: skip
        sweep = sweep_of(cls)
        offered.append(
            {
                "name": name,
                "title": loss_title(name),
                "fields": controls,
                "sweep": sweep and sweep._asdict(),
                "presets": [
                    {"title": title, "settings": dataclasses.asdict(loss)}
                    for title, loss in presets_of(cls).items()
                ],
            }
        )
    return offered


def _names(each: Any) -> dict[str, Any]:
    """How a name of a person's own is moved and swept."""
    least, most = each.sweep or (each.least, each.most)
    return {
        "help": each.help, "min": each.least, "max": each.most, "step": each.step,
        "sweep": {"least": least, "most": most},
    }  # fmt: skip


def _control(name: str, known: Any, default: Any, value: Any) -> dict[str, Any]:
    control = {
        "name": name,
        "label": known.label,
        "symbol": known.symbol,
        "help": known.help,
        "kind": kind_of(default, known),
        "default": default,
        "value": value,
        "leads": known.leads,
        "needs": known.needs and dict(zip(("name", "value"), known.needs, strict=True)),
    }
    if known.choices:
        control["choices"] = [{"name": k, "label": v} for k, v in known.choices.items()]
    elif not isinstance(default, bool | str):
        control |= {"min": known.least, "max": known.most, "step": known.step}
    if known.names is not None:
        control["names"] = _names(known.names)
    if isinstance(value, float) and not np.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}.")
    return control
