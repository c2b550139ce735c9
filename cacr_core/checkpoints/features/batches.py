"""Batches through a network several at a time: on a processor a core each.

A batch of small images is too little for all cores together, which wait for one another at every
layer; side by side they never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from cacr_core.runs.process import n_cores

Batch = TypeVar("Batch")
Made = TypeVar("Made")


def at_once(device: torch.device) -> int:
    """How many batches are under way together: as many as torch may use cores. A process that has
    set it to one, as the server does, shares no layer out and is given them all the same."""
    if device.type != "cpu":
        return 1
    threads = torch.get_num_threads()
    return threads if threads > 1 else n_cores()


def each(
    work: Callable[[Batch], Made], batches: Sequence[Batch], device: torch.device
) -> Iterator[Made]:
    """What the work makes of each batch, in order; what it raises ends all."""
    n = min(at_once(device), len(batches))
    if n < 2:
        yield from map(work, batches)
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that begin now have one, too
    pool = ThreadPoolExecutor(n, "batches")
    try:
        yield from pool.map(work, batches)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)
