"""What a command owes to the terminal, and to whoever reads what it writes."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator

STOPPED = 130  # as shells have it: 128 and the number of the signal
UNREAD = 141


def show_any_name() -> None:
    """Escape what the terminal's encoding has no signs for, such as an odd name of a file."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def ended(work: Callable[[], int]) -> int:
    """The code that a command ends with: without a word where nobody reads on, as after
    `cacr inspect FILE | head -1`, and with one where it was interrupted, which may say more."""
    try:
        code = work()
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except KeyboardInterrupt as told:
        print(f"Stopped. {told}".rstrip(), file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        with contextlib.suppress(OSError, AttributeError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it yet
        return UNREAD


@contextlib.contextmanager
def told_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """What ends a process asks its work to stop instead, so that it saves."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no terminal that hangs up
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = {number: act for number, act in before.items() if act is not signal.SIG_IGN}  # nohup
    for number in heard:
        signal.signal(number, lambda *_: stop())
    try:
        yield
    finally:
        for number, act in heard.items():
            signal.signal(number, act or signal.SIG_DFL)  # None: set by no Python
