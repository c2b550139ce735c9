"""Every setting in the address: what a link says, checked, and what the address should say.

A link names a preset and what differs from it, the run, and how it is looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cacr_core.losses import LOSSES, loss_name
from cacr_core.pairs import MIXINGS
from cacr_core.presets import DEFAULT, PRESETS
from cacr_core.training import TrainConfig, make_loss
from web.fields import VIEW_DEFAULTS

VERSION = "1"
VIEW_CHOICES = {
    "layout": ("umap", "pca"),
    "space": ("embeddings", "features"),
    "group": ("probes", "batch"),
    "panel": ("cloud", "query", "numbers"),
}
RUN_FIELDS = [f.name for f in dataclasses.fields(TrainConfig) if f.name != "loss"]
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
        ignored.append(f"There is no preset {_short(preset)}; {PRESETS[DEFAULT].title} it is.")
        preset = DEFAULT
    base = settings_of(PRESETS[preset].config)
    settings = dict(base)
    view = dict(VIEW_DEFAULTS)
    for key, text in params.items():
        try:
            if key in base:
                changed = settings | {key: _typed(key, text, base[key])}
                if key not in LOSSES and key != "loss":
                    _check_alone(key, changed[key])
                settings = changed
            elif key in VIEW_DEFAULTS:
                view[key] = _view_value(key, text)
            elif key not in OTHER:
                ignored.append(f"This page knows no setting {_short(key)}.")
        except ValueError as error:
            ignored.append(f"{error}")
    try:
        config_of(settings)
    except ValueError as error:
        ignored.append(f"{error} The preset's settings are used instead.")
        settings = base
    return preset, settings, view, ignored


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
        if value != base[key] and ("." not in key or key.startswith(f"{used}.")):
            params[key] = _text(value)
    for key, value in view.items():
        if value != VIEW_DEFAULTS[key]:
            params[key] = _lens_text(value) if key == "lens" else _text(value)
    return params | {key: value for key, value in other.items() if value is not None}


def checked_view(view: Any) -> dict[str, Any]:
    """A view as the browser reports it, with defaults where it makes no sense."""
    checked = dict(VIEW_DEFAULTS)
    if isinstance(view, Mapping):
        for key in VIEW_DEFAULTS:
            try:
                value = view.get(key)
                if key == "lens":
                    checked[key] = _checked_lens(dict(value)) if value else None
                elif value is not None:
                    checked[key] = _view_value(key, _text(value))
            except (ValueError, TypeError):
                continue
    return checked


def _typed(key: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise ValueError(f"{key} is true or false, got {_short(text)}.")
        return text == "true"
    try:
        return type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise ValueError(f"{key} is {kind}, got {_short(text)}.") from None


def _check_alone(key: str, value: Any) -> None:
    """A value that no config could have is refused by itself, so that the rest still counts."""
    name, dot, setting = key.partition(".")
    if dot:
        make_loss(name, **{setting: value})
    elif key == "mixture_share":
        TrainConfig(mixture="digits", mixture_share=value)
    elif key not in ("dataset", "pool_size", "n_synthetic", "negatives", "mixture"):
        TrainConfig(**{key: value})
    elif key in ("dataset", "mixture") and len(str(value)) > 500:
        raise ValueError(f"A dataset is a name or a path, got {len(str(value))} characters.")


def _view_value(key: str, text: str) -> Any:
    if key in VIEW_CHOICES:
        if text not in VIEW_CHOICES[key]:
            raise ValueError(f"{key} is one of {', '.join(VIEW_CHOICES[key])}, got {_short(text)}.")
        return text
    if key in ("trails", "images"):
        return _typed(key, text, False)
    if key == "query":
        number = _typed(key, text, 0)
        if not 0 <= number < 5_000:
            raise ValueError(f"query is the number of an image, got {_short(text)}.")
        return number
    if key == "lens":
        name, *parts = text.split("~")
        pairs = (part.partition(":") for part in parts)
        return _checked_lens({"name": name} | {k: v for k, _, v in pairs})
    if text in ("class", "weight", "pull", "agreement") or text.startswith("factor:"):
        return text[:60]
    raise ValueError(
        f"colour is class, weight, pull, agreement or factor:NAME, got {_short(text)}."
    )


def _checked_lens(lens: dict[str, Any]) -> dict[str, Any]:
    name = lens.pop("name", None)
    if name not in LOSSES:
        raise ValueError(f"A lens is one of {', '.join(LOSSES)}, got {_short(str(name))}.")
    defaults = {f.name: f.default for f in dataclasses.fields(LOSSES[name])}
    defaults |= {"n_synthetic": 0, "pool_size": 32, "mixing": "pair"}
    typed = {}
    for key, value in lens.items():
        if key not in defaults:
            raise ValueError(f"{name} has no setting {_short(key)}.")
        text = value if isinstance(value, str) else _text(value)
        typed[key] = _typed(key, text, defaults[key])
    extra = {key: typed.pop(key) for key in ("n_synthetic", "pool_size", "mixing") if key in typed}
    if extra.get("mixing", "pair") not in MIXINGS:
        raise ValueError(f"mixing is one of {', '.join(MIXINGS)}, got {extra['mixing']!r}.")
    make_loss(name, **typed)
    return {"name": name} | typed | extra


def _lens_text(lens: Mapping[str, Any]) -> str:
    settings = (f"{k}:{_text(v)}" for k, v in lens.items() if k != "name")
    return "~".join([lens["name"], *settings])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _short(text: str) -> str:
    return repr(text[:40] + ("…" if len(text) > 40 else ""))
