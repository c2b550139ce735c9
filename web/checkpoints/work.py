"""Long work goes on when its panel is left: a thread does it, or waits for the process that does; a
page that comes back waits for it.

One piece of work at a time, since each takes all cores, and beside it one of what is quick. What
was worked out is kept by its question.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.errors import StreamlitDuplicateElementKey

from cacr_core.checkpoints import process
from web.shell.whole import whole

Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]
MOST_KEPT = 16  # answers, of all sessions together
LOOK_EVERY = 0.1  # seconds
LOCK = threading.Lock()
CANCELLED = "checkpoints_cancelled"  # questions that were ended in this session


class Cancelled(Exception):
    """Somebody asked for the work to end."""


@dataclass(eq=False)
class Job:
    """A piece of work: how far it is, and its answer once it has one."""

    future: Future[Any] | None = None
    done: int = 0
    total: int = 0
    words: str = ""
    is_cancelled: bool = False
    began: float = field(default_factory=time.monotonic)

    def tell(self, done: int, total: int, words: str = "images") -> None:
        """Called by the work itself. Raises Cancelled where it should end."""
        self.check()
        if not self.done and done:
            self.began = time.monotonic()
        self.done, self.total, self.words = done, total, words

    def check(self) -> None:
        """Raises Cancelled where the work should end."""
        if self.is_cancelled:
            raise Cancelled

    @property
    def line(self) -> str:
        if not self.total:
            begun = self.future is not None and self.future.running()
            return "Working" if begun else "Waiting for its turn"
        left = ""
        passed = time.monotonic() - self.began
        if 0 < self.done < self.total and passed > 2:
            seconds = passed * (self.total - self.done) / self.done
            left = f", {seconds:,.0f} s left"
        return f"{self.done:,} of {self.total:,} {self.words}{left}"


JOBS: OrderedDict[Hashable, Job] = OrderedDict()


@lru_cache(maxsize=2)
def _thread(quick: bool) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "quick work of a panel" if quick else "work of a panel")


def job_of(question: Hashable, work: Callable[[Job], Any], quick: bool = False) -> Job:
    """The job of a question, begun where there is none that runs or has an answer."""
    with LOCK:
        job = JOBS.get(question)
        failed = job and job.future and job.future.done() and job.future.exception()
        if job is None or failed or job.is_cancelled:
            job = Job()
            JOBS[question] = job
            job.future = _thread(quick).submit(work, job)
        JOBS.move_to_end(question)
        for old in list(JOBS)[: max(0, len(JOBS) - MOST_KEPT)]:
            future = JOBS[old].future
            if future and future.done():
                del JOBS[old]
        return job


def forget(question: Hashable) -> None:
    """Drop an answer that is no longer true, unless it is being worked out."""
    with LOCK:
        job = JOBS.get(question)
        if job and job.future and job.future.done():
            del JOBS[question]


def answer_to(
    question: Hashable, work: Callable[[Job], Answer], quick: bool = False
) -> Answer | None:
    """What the work gives, waited for with a bar, a time and a way to end it; None where it was
    ended, which is then said, and it is not begun again before it is asked for anew. A rerun that
    comes meanwhile, such as another panel, leaves the work going on.

    Args:
        quick: Whether it takes a moment, so that it does not wait for what takes long.

    Raises:
        Exception: Whatever the work raises.
    """
    if was_cancelled(question):
        _say_cancelled(question)
        return None
    job = job_of(question, work, quick)
    assert job.future is not None
    if not job.future.done():
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, "Waiting for its turn")
            key = f"checkpoints_cancel_{id(job)}"
            st.button("Cancel", key=key, on_click=_cancel, args=(job, question))
        while not job.future.done():
            share = min(1.0, job.done / job.total) if job.total else 0.0
            bar.progress(share, job.line)
            time.sleep(LOOK_EVERY)
        place.empty()
    try:
        return cast(Answer, job.future.result())
    except Cancelled:  # by who asks the same in another session
        _ended().add(question)
        _say_cancelled(question)
        return None


def seen_by_process(
    question: Hashable,
    work: Callable[..., Answer],
    tell: Callable[..., None] = Job.tell,
    quick: bool = False,
) -> Answer | None:
    """The same, where networks look at images: in the process that does, never here.

    Args:
        work: A function of the core with what it is given, as `process.ask` takes it.
        tell: What the work tells of its progress, behind the job itself.

    Raises:
        ValueError: It was refused, or the process ended.
    """
    return answer_to(
        question,
        lambda job: process.ask(work, progress=partial(tell, job), check=job.check),
        quick,
    )


def was_cancelled(question: Hashable) -> bool:
    """Whether the work was ended in this session and not asked for since."""
    return question in _ended()


def ask_anew(*kinds: str) -> None:
    """Let the work of these kinds begin again: a button that asks for it was pressed.

    Args:
        kinds: The first words of their questions.
    """
    ended = _ended()
    ended -= {one for one in ended if isinstance(one, tuple) and one[0] in kinds}


def _ended() -> set[Hashable]:
    return cast(set[Hashable], st.session_state.setdefault(CANCELLED, set()))


def _say_cancelled(question: Hashable) -> None:
    """That it was ended, and a way to begin it again; once where two panels ask it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = f"checkpoints_again_{hash(question)}"
        try:
            st.button("Begin again", key=key, on_click=_begin_again, args=(question,))
        except StreamlitDuplicateElementKey:
            return
        st.caption("Cancelled.")


@whole
def _begin_again(question: Hashable) -> None:
    _ended().discard(question)


@whole
def _cancel(job: Job, question: Hashable) -> None:
    if job.future is None or not job.future.done():  # else its answer is there
        job.is_cancelled = True
        _ended().add(question)
