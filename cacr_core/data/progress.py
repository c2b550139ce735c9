"""How far a long reading is, for whoever listens: a progress bar, a worker's heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """While this lasts, images that are read in this thread are told of: done, of how many."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(done: int, total: int) -> None:
    """Say how far the reading is; nothing where nobody listens."""
    if (listener := _listener.get()) is not None:
        listener(done, total)
