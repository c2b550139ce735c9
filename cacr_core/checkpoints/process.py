"""The process that networks look at images in, so that the server never does.

`ask` has a piece of work done there, on the device that `auto` chooses, and tells how far it is.
The process stands by for the next and ends when nobody asks for a while: its memory and its device
are given back. Where it ends by itself, as when memory runs out, that is a sentence and costs this
one answer. What passes between the two is made by this program on both sides: no file of a user is
unpickled, there or here.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import pickle
import queue
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple, TypeVar, cast

from cacr_core.runs.process import spawn, stands_by

Answer = TypeVar("Answer")
IDLE_FOR = 900.0  # seconds that it stays for when nobody asks
LOOK_EVERY = 0.1  # seconds between two looks at whether the answer is still wanted
ENDS_WITHIN = 2.0  # seconds that it has to leave off, before it is ended
NICE = 5  # below the server, whose pages are waited for
KILLED = (-9, 137)
BROKEN_OFF = (EOFError, OSError, ValueError, pickle.UnpicklingError)


class Question(NamedTuple):
    """A piece of work.

    Args:
        number: Of the question, so that one can be called off.
        work: A function of this program and what it is given.
        settings: The environment's, as the asker has them.
    """

    number: int
    work: Callable[..., Any]
    settings: dict[str, str]


class Told(NamedTuple):
    """What comes back: how far it is, and last the answer or a sentence.

    Args:
        kind: progress, answer, refused (a sentence), broken (a fault of this program).
    """

    kind: str
    value: Any


def ask(
    work: Callable[..., Answer],
    progress: Callable[..., Any] | None = None,
    check: Callable[[], Any] = lambda: None,
) -> Answer:
    """What a function of this program gives, worked out in the process; one at a time, and a second
    beside it in another process, so that what is quick need not wait for what is long.

    Args:
        work: With its arguments, as functools.partial has them; it is named, not sent.
        progress: Told what the work tells its own argument `progress`, where it takes one.
        check: Called now and then. What this one or `progress` raises ends the work.

    Raises:
        ValueError: The work was refused, or the process ended; the sentence says why.
        RuntimeError: The work failed.
    """
    with _room:
        with contextlib.suppress(_Gone), _free() as worker:
            return cast(Answer, worker.answer(work, progress, check))
        with _free() as worker:
            return cast(Answer, worker.answer(work, progress, check))


def keep_warm() -> None:
    """Have a process load torch before it is asked."""
    with _lock:
        _forget_the_dead()
        if not _workers and stands_by():
            _workers.append(Worker())


def dismiss() -> None:
    """Let the processes end, and wait until they have."""
    with _lock:
        ending = _workers[:]
        _workers.clear()
    for worker in ending:
        worker.end()


class _Gone(ValueError):
    """It ended for want of questions just as it was asked."""


class Worker:
    """The asker's side of a process."""

    def __init__(self) -> None:
        self.process = spawn("features", answers=True)
        self._told: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._number = 0
        self.is_asked = False
        threading.Thread(target=self._listen, daemon=True, name="features").start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as told, contextlib.suppress(*BROKEN_OFF):
            while True:
                self._told.put(pickle.load(told))
        self._told.put(None)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """Let it end, at its next word, and wait until it has."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait()

    def answer(
        self,
        work: Callable[..., Any],
        progress: Callable[..., Any] | None,
        check: Callable[[], Any],
    ) -> Any:
        self._number += 1
        settings = {k: v for k, v in os.environ.items() if k.startswith("CACR_")}
        self._send(Question(self._number, work, settings))
        is_begun = False
        while True:
            try:
                check()
                told = self._told.get(timeout=LOOK_EVERY)
                if told is not None and told.kind == "progress":
                    is_begun = True
                    if progress:
                        progress(*told.value)
            except queue.Empty:
                continue
            except BaseException:
                self._call_off()
                raise
            if told is None:
                raise self._why(is_begun)
            if told.kind == "answer":
                return told.value
            if told.kind != "progress":
                raise (ValueError if told.kind == "refused" else RuntimeError)(told.value)

    def _send(self, message: Any) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # that it has ended is found where it is listened to
            self.process.stdin.write(pickle.dumps(message))
            self.process.stdin.flush()

    def _call_off(self) -> None:
        """Have it leave off, at its next word or, where it has none, at once."""
        self._send(self._number)
        with contextlib.suppress(queue.Empty):
            while (told := self._told.get(timeout=ENDS_WITHIN)) is not None:
                if told.kind != "progress":
                    return
        self.process.kill()
        self.process.wait()

    def _why(self, is_begun: bool) -> Exception:
        code = self.process.wait()
        how = "the system ended it" if code in KILLED else f"it ended with code {code}"
        return (_Gone if code == 0 and not is_begun else ValueError)(
            f"The process that looks at images was gone before its answer ({how}), most likely "
            "because memory ran out. Nothing else was lost: ask again, for fewer images or a "
            "smaller image size."
        )


_room = threading.BoundedSemaphore(2)
_lock = threading.Lock()
_workers: list[Worker] = []


@contextlib.contextmanager
def _free() -> Iterator[Worker]:
    """A process that nobody else asks meanwhile, begun where there is none."""
    with _lock:
        _forget_the_dead()
        worker = next((one for one in _workers if not one.is_asked), None)
        if worker is None:
            worker = Worker()
            _workers.append(worker)
        worker.is_asked = True
    try:
        yield worker
    finally:
        worker.is_asked = False


def _forget_the_dead() -> None:
    for worker in [one for one in _workers if not one.is_alive and not one.is_asked]:
        worker.end()
        _workers.remove(worker)


# --- the process itself


class CalledOff(BaseException):
    """Nobody waits for the answer any more."""


def stand_by(asked: IO[bytes], told: IO[bytes]) -> None:
    """Load torch, then answer what is asked, in turn. Ends when the asker does, when nobody asks
    for a while, and when its device answers no more."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    inbox: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
    off: set[int] = set()
    threading.Thread(target=_listen, args=(asked, inbox, off), daemon=True).start()
    from cacr_core.checkpoints import alike as alike  # so that the first answer does not wait
    from cacr_core.checkpoints import frozen as frozen
    from cacr_core.training.devices import give_back

    while True:
        try:
            question = inbox.get(timeout=IDLE_FOR)
        except queue.Empty:
            return
        if question is None:
            return
        is_broken = _answer(question, told, off)
        del question
        give_back()
        if is_broken:
            return


def _listen(asked: IO[bytes], inbox: queue.SimpleQueue[Question | None], off: set[int]) -> None:
    """Take questions, and numbers of those that nobody waits for any more: all, once the asker is
    gone."""
    last = 0
    with contextlib.suppress(*BROKEN_OFF):
        while True:
            message = pickle.load(asked)
            if isinstance(message, Question):
                last = message.number
                inbox.put(message)
            else:
                off.add(message)
    off.add(last)
    inbox.put(None)


def _answer(question: Question, told: IO[bytes], off: set[int]) -> bool:
    """Whether the device can be used no more."""
    from cacr_core.training import faults

    def say(kind: str, value: Any) -> None:
        told.write(pickle.dumps(Told(kind, value)))
        told.flush()

    def progress(*words: Any) -> None:
        if question.number in off:
            raise CalledOff
        say("progress", words)

    for name in [name for name in os.environ if name.startswith("CACR_")]:
        del os.environ[name]
    os.environ.update(question.settings)
    try:
        takes = "progress" in inspect.signature(question.work).parameters
        say("answer", question.work(progress=progress) if takes else question.work())
    except CalledOff:
        say("refused", "It was called off.")
    except (ValueError, OSError) as error:
        say("refused", str(error))
    except Exception as error:
        if faults.is_out_of_memory(error):
            figures = faults.memory_figures(error)
            say("refused", f"Memory ran out{figures}. Free some, or set a smaller image size.")
        elif faults.is_lasting(error):
            said = faults.said_by_device(error)
            say("refused", f"The device failed: {said}. Ask again; another process does it.")
        else:
            say("broken", f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        return faults.is_lasting(error)
    return False
