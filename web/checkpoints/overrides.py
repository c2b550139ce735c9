"""What was set by hand, file by file: in the session, and for the first file in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

WHOLE = ("input_size", "stem_padding", "n_heads")  # settings by hand that are whole numbers
BY_HAND = (*WHOLE, "encoder", "family", "architecture", "stem", "max_pool", "normalisation")


def overrides(reference: str) -> dict[str, Any]:
    """What the person set by hand for a file."""
    return dict(st.session_state["checkpoints_override"].get(reference, {}))


def set_override(reference: str, name: str, value: object) -> None:
    """Keep what the person knows better of a file; None takes it back."""
    known = st.session_state["checkpoints_override"]
    own = known.setdefault(reference, {})
    if value is None:
        own.pop(name, None)
    else:
        own[name] = value
    if not own:
        known.pop(reference)


def by_hand_words(own: Mapping[str, Any]) -> str:
    """What was set by hand, in words."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in own.items())


def forget_by_hand(reference: str) -> None:
    """Drop what was set by hand of a file, what was being typed too."""
    st.session_state["checkpoints_override"].pop(reference, None)
    for what in ("own", "numbers"):
        st.session_state.pop(f"checkpoints_{what}_{reference}", None)


def to_link(own: Mapping[str, Any]) -> str:
    """What was set by hand, for the address."""
    return "~".join(f"{key}:{value}" for key, value in own.items())


def from_link(text: str) -> dict[str, Any]:
    """What a link says was set by hand: `NAME:VALUE~...`; what is no such setting is left out."""
    found: dict[str, Any] = {}
    for part in text[:1000].split("~"):
        key, _, value = part.partition(":")
        if key in WHOLE and value.isascii() and value.isdigit() and len(value) < 5:
            found[key] = int(value)
        elif key in BY_HAND and key not in WHOLE and value:
            found[key] = value
    return found
