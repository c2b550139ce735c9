"""Answers kept by their question: of viewers who ask the same, one has it worked out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

MOST = 128


class Kept:
    """Results by key, the last asked for; whoever asks while one is worked out waits for it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The result of `make` for this key, made once; what it raises is raised for all who wait,
        and not kept."""
        with self._lock:
            future = self._found.get(key)
            is_mine = future is None
            if future is None:
                future = self._found[key] = Future()
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        if is_mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    self._found.pop(key, None)
                future.set_exception(error)
        return future.result()
