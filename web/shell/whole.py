"""Callbacks that are done whole.

Streamlit (1.67) cuts a callback off at its next look at the session when the browser asks for
another rerun meanwhile, and does not begin it again: a run would be stopped and the next never
shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

ASKS = "_yield_callback"


def whole(callback: Callable[..., None]) -> Callable[..., None]:
    """The callback, with another rerun waiting until it has returned."""

    @functools.wraps(callback)
    def call(*args: Any) -> None:
        context = get_script_run_ctx(suppress_warning=True)
        session = context.session_state if context else None
        try:  # what the session asks before each look: whether another rerun waits
            ask = object.__getattribute__(session, ASKS)
        except AttributeError:  # another Streamlit, or none around
            callback(*args)
            return
        object.__setattr__(session, ASKS, _go_on)
        try:
            callback(*args)
        finally:
            object.__setattr__(session, ASKS, ask)

    return call


def _go_on() -> None:
    """Nothing waits."""
