"""What one viewer may ask of the server, so that it never slows another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

PER_SECOND, AT_ONCE = 60.0, 120.0  # messages that are heard: in the long run, and after a rest
IN_THREADS = 2  # pieces of work for one viewer, whether or not it still waits for them
RESTS, LONGEST_REST = 4.0, 0.25  # times as long as a piece of work took; and seconds at most
SENT_WITHIN = 30.0  # seconds that a browser may leave what is sent to it unread
Result = TypeVar("Result")


class Pace:
    """How fast a viewer is heard. What comes faster waits in its own connection, unread."""

    def __init__(self) -> None:
        self._left, self._at = AT_ONCE, time.monotonic()

    async def wait(self, weight: float = 1.0) -> None:
        """Until a message of a weight may be heard."""
        now = time.monotonic()
        self._left = min(AT_ONCE, self._left + PER_SECOND * (now - self._at)) - weight
        self._at = now
        if self._left < 0:
            await asyncio.sleep(-self._left / PER_SECOND)


class Threads:
    """Work for a viewer beside the server's loop, a little at once.

    Work that is under way cannot be cut short: it counts until it is done, also where what waited
    for it has been cancelled. After it comes a rest in proportion, so that who asks one thing after
    another is answered at once, and a flood takes no more than half of a core.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(IN_THREADS)

    async def do(self, work: Callable[[], Result]) -> Result:
        """What the work gives, made in a thread."""
        await self._free.acquire()
        loop, began = asyncio.get_running_loop(), time.monotonic()

        def done(under_way: asyncio.Future[Result]) -> None:
            rest = min(LONGEST_REST, RESTS * (time.monotonic() - began))
            loop.call_later(rest, self._free.release)
            if not under_way.cancelled():
                under_way.exception()  # it has been asked for, whoever is still there to hear it

        under_way = loop.run_in_executor(None, work)
        under_way.add_done_callback(done)
        return await asyncio.shield(under_way)
