"""What was worked out once is kept by its question: a rerun of the page works nothing out again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar, cast

from cacr_core import data
from web.checkpoints.session import Shown
from web.shell.reading import LOOKED_AT_EVERY, contents_of

Answer = TypeVar("Answer")
MOST_KEPT = 32  # answers, of all sessions together


@dataclass(frozen=True)
class _Asked:
    """A question, and how to work it out where its answer is not kept."""

    question: Hashable
    work_out: Callable[[], Any] = field(compare=False)


def answered(question: Hashable, work_out: Callable[[], Answer]) -> Answer:
    """The answer kept for a question, or worked out now; what raises is asked again.

    Args:
        question: All that the answer depends on, files by `state_of`, images by `images_of`.
    """
    return cast(Answer, _kept(_Asked(question, work_out)))


@lru_cache(maxsize=MOST_KEPT)
def _kept(asked: _Asked) -> Any:
    return asked.work_out()


def images_of(dataset: str) -> tuple[str, str]:
    """A dataset as it is, or was a few seconds ago: its name, and what a folder or zip holds. Where
    it cannot be looked into, who reads the images says so."""
    return dataset, _contents(dataset, int(time.monotonic() / LOOKED_AT_EVERY))


@lru_cache(maxsize=32)
def _contents(dataset: str, while_: int) -> str:
    try:
        return contents_of(dataset, while_)
    except (ValueError, OSError):
        return ""


def count_of(dataset: str) -> int | None:
    """How many images a folder or zip has by their names; None for a known dataset, or where it
    cannot be looked into."""

    def count() -> int | None:
        try:
            return data.count_images(dataset)
        except (ValueError, OSError):
            return None

    return answered(("count", images_of(dataset)), count)


def at_most(dataset: str, n: int) -> int:
    """So many images, or all that a folder has; the split, which is told once they are read, may
    leave fewer."""
    count = count_of(dataset)
    return n if count is None else min(n, count)


def state_of(shown: Shown) -> tuple[str, int, str]:
    """A file as it is now and as it is read: where, when written, and all that its card says."""
    return str(shown.opened.path), shown.opened.written, repr(shown.card)
