"""Answers kept by their question: of viewers who ask the same, one has it worked out. And what a
question is about: a run, a moment of it, a file, each another one once it is written again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from cacr_core.runs.folder import snapshot_path

MOST = 128
Answers = TypeVar("Answers", bound=Callable[..., Any])
Written = tuple[int, int]


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


def kept_of_run(most: int) -> Callable[[Answers], Answers]:
    """Keeps the last answers of a function of a run's folder and more. Another run that has come to
    lie in that folder gets its own."""
    return _keeping(most, lambda folder, *_: began(folder))


def kept_of_moment(most: int) -> Callable[[Answers], Answers]:
    """The same for a function of a run's folder, a step and more. A moment that the run has come to
    again gets its own, too."""
    return _keeping(most, lambda folder, step, *_: moment(folder, step))


def _keeping(most: int, of: Callable[..., Hashable]) -> Callable[[Answers], Answers]:
    """Keeps the last answers of a function for as long as what they are of is the same."""

    def keeping(answer: Answers) -> Answers:
        @lru_cache(maxsize=most)
        def kept(_of: Hashable, *asked: Any) -> Any:
            return answer(*asked)

        @wraps(answer)
        def of_now(*asked: Any) -> Any:
            return kept(of(*asked), *asked)

        return cast(Answers, of_now)

    return keeping


def began(folder: Path) -> Written | None:
    """What differs between runs that lay in one folder; None where there is none."""
    return written(folder / "config.json")


def moment(folder: Path, step: int) -> tuple[Written | None, Written | None]:
    """What differs between moments of one step: of runs that lay in one folder, or of one run that
    was gone on with from before it."""
    return began(folder), written(snapshot_path(folder, step))


def written(path: Path) -> Written | None:
    """What differs once a file is written again; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
