"""A setting's value: as text in an address and back, and checked."""

from __future__ import annotations

from typing import Any


def of_type(key: str, text: str, default: Any) -> Any:
    """The text of a setting as a value of its default's type."""
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise ValueError(f"{key} is true or false, got {short(text)}.")
        return text == "true"
    try:
        return type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise ValueError(f"{key} is {kind}, got {short(text)}.") from None


def text_of(value: Any) -> str:
    """The text that `of_type` reads back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def short(text: str) -> str:
    """What was got, quoted, and cut where it goes on and on."""
    return repr(text[:40] + ("…" if len(text) > 40 else ""))


def real(name: str, value: Any, least: float, most: float) -> float:
    """A finite number in a range."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} must be a number, got {short(str(value))}.")
    if not least <= value <= most:
        try:
            got = f"{value:g}"
        except OverflowError:  # a whole number beyond all floats
            got = short(str(value))
        raise ValueError(f"{name} must be {least:g} to {most:g}, got {got}.")
    return float(value)


def whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(
            f"{name} must be a whole number from {least} to {most}, got {short(str(value))}."
        )
    return value
