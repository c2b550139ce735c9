"""Every setting in the address: what a link says, checked, and what the address should say.

A link names a preset and what differs from it, the run, and how it is looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from cacr_core.data import is_offered, name_in_link, named_by_link, refuse_unoffered
from cacr_core.losses import LOSSES, loss_name
from cacr_core.presets import DEFAULT, PRESETS
from cacr_core.training import TrainConfig, make_loss
from web.settings.looks import LIVE, checked, defaults_of, view_params
from web.settings.values import of_type, short, text_of

VERSION = "1"
RUN_FIELDS = [f.name for f in dataclasses.fields(TrainConfig) if f.name != "loss"]
# settings that make sense beside others only
DEPENDENT = ("dataset", "pool_size", "n_synthetic", "negatives", "mixture", "mixture_share")
# and those beside which they do: what is put back together where they do not
TOGETHER = (
    ("pool_size", "n_synthetic", "mixing"),
    ("negatives",),
    ("mixture", "mixture_share"),
    ("host", "queue_size", "momentum"),
    ("loss",),
    ("n_views", "batch_size"),
    ("dataset",),
)
IMAGES = ("dataset", "mixture")
OTHER = ("v", "run", "preset", "loss", "present", "speed")


def settings_of(config: TrainConfig) -> dict[str, Any]:
    """A config as flat settings: the run's fields, the loss's name, and every loss's fields.

    The fields of a loss are called `NAME.FIELD`; those of losses not chosen have their defaults.
    """
    flat: dict[str, Any] = {name: getattr(config, name) for name in RUN_FIELDS}
    flat["loss"] = loss_name(config.loss)
    for name, cls in LOSSES.items():
        loss = config.loss if name == flat["loss"] else cls()
        flat |= {f"{name}.{k}": v for k, v in dataclasses.asdict(loss).items()}
    return flat


def config_of(settings: Mapping[str, Any]) -> TrainConfig:
    """The config that flat settings make.

    Raises:
        ValueError: They do not go together; the sentence says why.
    """
    name = settings["loss"]
    fields = {k.partition(".")[2]: v for k, v in settings.items() if k.startswith(f"{name}.")}
    return TrainConfig(
        loss=make_loss(name, **fields), **{name: settings[name] for name in RUN_FIELDS}
    )


def read(params: Mapping[str, str]) -> tuple[str, dict[str, Any], dict[str, Any], list[str]]:
    """Preset, settings and view of a link, and a sentence for each part that was ignored."""
    ignored: list[str] = []
    preset = params.get("preset", DEFAULT)
    if preset not in PRESETS:
        ignored.append(f"There is no preset {short(preset)}; {PRESETS[DEFAULT].title} it is.")
        preset = DEFAULT
    base = settings_of(PRESETS[preset].config)
    settings = dict(base)
    view = preset_view(preset)
    if "run" in params and "preset" not in params:
        view = defaults_of(LIVE)
    for key, text in params.items():
        try:
            if key in base:
                text = named_by_link(text) if key in IMAGES else text
                changed = settings | {key: of_type(key, text, base[key])}
                if key not in LOSSES:
                    check_alone(key, changed[key])
                settings = changed
            elif key in LIVE:
                view[key] = LIVE[key].read(key, text)
            elif key not in OTHER:
                ignored.append(f"This page knows no setting {short(key)}.")
        except ValueError as error:
            ignored.append(f"{error}")
    settings, refused = that_hold(settings, base, config_of)
    return preset, settings, view, ignored + refused


def that_hold(
    settings: dict[str, Any], base: dict[str, Any], check: Callable[[dict[str, Any]], object]
) -> tuple[dict[str, Any], list[str]]:
    """Of the settings as many as go together, the others as in `base`, and the sentence that says
    why, if one had to be put back.

    Args:
        check: Raises ValueError where settings do not go together.
    """
    parts = [{key: base[key] for key in group if key in base} for group in TOGETHER]
    together = {key: value for part in parts for key, value in part.items()}
    said: list[str] = []
    for part in ({}, *parts, together):
        try:
            check(settings | part)
            return settings | part, said[:1]
        except ValueError as error:
            said.append(f"{error} The preset's settings are used instead.")
    return base, said[:1]


def write(
    preset: str, settings: Mapping[str, Any], view: Mapping[str, Any], **other: str | None
) -> dict[str, str]:
    """What the address should say; `read` understands it.

    Args:
        other: run, present, speed; None leaves one out.
    """
    params = {"v": VERSION, "preset": preset}
    base = settings_of(PRESETS[preset].config)
    used = settings["loss"]
    for key, value in settings.items():
        if key in IMAGES and value and not is_offered(value):
            continue  # the path of a folder stays here
        if value != base[key] and ("." not in key or key.startswith(f"{used}.")):
            params[key] = text_of(name_in_link(value) if key in IMAGES else value)
    params |= view_params(view, preset_view(preset), other.get("run"))
    return params | {key: value for key, value in other.items() if value is not None}


def preset_view(preset: str) -> dict[str, Any]:
    """How the recorded run of a preset is looked at unless a link says otherwise."""
    return defaults_of(LIVE) | dict(PRESETS[preset].view)


def checked_view(view: Any) -> dict[str, Any]:
    """A view as the browser reports it, with defaults where it makes no sense."""
    return checked(view, LIVE)


def check_alone(key: str, value: Any) -> None:
    """Refuse a value that no config could have by itself, so that the rest still counts."""
    name, dot, setting = key.partition(".")
    if dot:
        make_loss(name, **{setting: value})
    elif key == "loss":
        make_loss(value)
    elif key == "mixture_share":
        TrainConfig(mixture="digits", mixture_share=value)
    elif key not in DEPENDENT:
        TrainConfig(**{key: value})
    elif key in IMAGES:
        refuse_unoffered(str(value), by="A link")
