"""A lens: a loss to look through, what differs from its usual settings, and the synthetic negatives
of a query. Read from a link's text or the browser's plain data in this one place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cacr_core.losses import LOSSES, defaults_of, make_loss
from web.settings.values import of_type, real, short, text_of, whole

Lens = dict[str, Any]

MIXTURE = {"n_synthetic": 0, "pool_size": 8, "mixing": "pair"}
MOST_SYNTHETIC, MOST_POOL, MOST_NUMBER = 64, 65_536, 1e6


def read(text: str, offered: Collection[str] = LOSSES) -> Lens:
    """The lens of a link, `NAME~SETTING:VALUE~...`, as `checked` has it."""
    name, *parts = text.split("~")
    pairs = (part.partition(":") for part in parts)
    return _checked(name, {key: value for key, _, value in pairs}, offered)


def checked(lens: Any, offered: Collection[str] = LOSSES) -> Lens:
    """What a lens says of its settings, each in its own type.

    Args:
        offered: The losses to choose from.

    Raises:
        ValueError: There is no such loss or setting, or one is out of its range.
    """
    if not isinstance(lens, Mapping):
        raise ValueError(f"A lens names a loss and its settings, got {short(str(lens))}.")
    given = {key: value for key, value in lens.items() if key != "name"}
    return _checked(lens.get("name"), given, offered)


def text(lens: Lens, usual: Mapping[str, Any] | None = None) -> str:
    """The text of a lens in a link, without what is as `usual`."""
    changed = {k: v for k, v in lens.items() if k != "name" and v != (usual or {}).get(k)}
    return "~".join([lens["name"], *(f"{k}:{text_of(v)}" for k, v in changed.items())])


def _checked(name: Any, given: Mapping[str, Any], offered: Collection[str]) -> Lens:
    if not isinstance(name, str) or name not in offered:
        raise ValueError(f"A loss is one of {', '.join(offered)}, got {short(str(name))}.")
    usual = defaults_of(LOSSES[name])
    every = usual | MIXTURE
    if unknown := [key for key in given if key not in every]:
        raise ValueError(
            f"{name} has no setting {short(str(unknown[0]))}; it has {', '.join(every)}."
        )
    found = {key: _value(key, value, every[key]) for key, value in given.items()}
    make_loss(name, **{key: value for key, value in found.items() if key in usual})
    return {"name": name} | found


def _value(key: str, value: Any, default: Any) -> Any:
    if isinstance(value, str):
        value = of_type(key, value, default)
    if key == "n_synthetic":
        return whole(key, value, 0, MOST_SYNTHETIC)
    if key == "pool_size":
        return whole(key, value, 1, MOST_POOL)
    if key == "mixing":
        return _mixing(value)
    if isinstance(default, float):
        return real(key, value, -MOST_NUMBER, MOST_NUMBER)
    return value


def _mixing(name: Any) -> str:
    from cacr_core.pairs import MIXINGS  # loads torch, which defaults do not need

    if not isinstance(name, str) or name not in MIXINGS:
        got = short(str(name))
        raise ValueError(f"mixing is one of {', '.join(MIXINGS)}, got {got}.")
    return name
