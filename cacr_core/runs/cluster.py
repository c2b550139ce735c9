"""Work shared by the machines of a Ray cluster, or by the cores of this one as Ray has them.

One process, the driver, hands out jobs and takes in what comes of them: it alone writes. A machine
that is lost costs the jobs it was at, which are done again elsewhere. Without Ray nothing here is
needed: `pip install .[cluster]` brings it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

Key = TypeVar("Key")
CORE = Path(__file__).parents[1]
LOOK_AGAIN, KNOCK = 1.0, 10.0  # seconds


def results(
    address: str,
    function: Callable[..., Any],
    jobs: Callable[[], Mapping[Key, tuple[Any, ...]]],
    *,
    gpus: float = 0,
    is_over: Callable[[], bool] = lambda: False,
) -> Generator[tuple[Key, Any]]:
    """What each job gives, as they come, until none is under way and none can begin.

    Args:
        address: "local" for the cores of this machine, "auto" for the cluster it belongs to, or
            one's address (`ray://host:10001`, `host:6379`).
        function: Called with a job's arguments in a process of its own, on one core.
        jobs: The arguments of the jobs that can begin now, by key; asked again after each result.
            A key that was named before is not begun again.
        gpus: What a job takes of a GPU; 0.25 lets four share one.
        is_over: Asked once a second; the jobs under way are given up then.

    Raises:
        ValueError: Ray is not installed, or the address does not answer.
        Exception: Whatever a job raised; the others are given up.
    """
    with _connected(address) as ray:
        remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=-1)(_on_one_core)
        begun: set[Key] = set()
        under_way: dict[Any, Key] = {}
        while not is_over():
            for key, given in jobs().items():
                if key not in begun:
                    begun.add(key)
                    under_way[remote.remote(function, given)] = key
            if not under_way:
                return
            done, _ = ray.wait(list(under_way), timeout=LOOK_AGAIN)
            for reference in done:
                yield under_way.pop(reference), ray.get(reference)


def results_here(
    function: Callable[..., Any],
    jobs: Callable[[int], Mapping[Key, tuple[Any, ...]]],
    n_processes: int = 0,
) -> Generator[tuple[Key, Any]]:
    """What each job gives, as they come, by processes of this machine with one thread each.

    Args:
        jobs: The arguments of the jobs that can begin now, by key, at most as many as asked for.
        n_processes: 0 does one after the other in this process, with its threads.

    Raises:
        ValueError: A process was killed.
    """
    if not n_processes:
        while found := jobs(1):
            for key, given in found.items():
                yield key, function(*given)
        return
    spawn = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(n_processes, spawn, _end_with_the_parent) as pool:
        under_way: dict[Future[Any], Key] = {}
        try:
            while True:
                for key, given in jobs(n_processes - len(under_way)).items():
                    with _without_main():
                        under_way[pool.submit(_on_one_core, function, given)] = key
                if not under_way:
                    return
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    yield under_way.pop(future), future.result()
        except BrokenProcessPool:
            raise ValueError(
                "A process that trained was killed, by a lack of memory perhaps. What was done is "
                "kept; run it again to go on."
            ) from None
        except BaseException:  # what is under way would be waited for
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


@contextmanager
def _without_main() -> Iterator[None]:
    """A process that begins now does not run the program that began it again, whatever that is: a
    script without a guard, say, or a page of Streamlit. Modules are all that it needs."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _end_with_the_parent() -> None:
    """Nobody takes what a process makes once the one that asked for it has ended; an interrupt from
    the terminal is for that one to take."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _on_one_core(function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    """The sums of a job are those of one thread, wherever it is done."""
    import torch

    torch.set_num_threads(1)
    return function(*given)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
    try:
        import ray
    except ImportError:
        raise ValueError(
            "--ray needs the package ray, which is not installed. Run `pip install ray`, or leave "
            "--ray out: the cores of this machine are used without it."
        ) from None
    if ray.is_initialized():
        yield ray
        return
    local: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
    try:
        _knock(address)
        ray.init(
            address,
            runtime_env={"py_modules": [str(CORE)], "env_vars": {"OMP_NUM_THREADS": "1"}},
            log_to_driver=False,
            logging_level=logging.ERROR,
            **local,
        )
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).strip().splitlines()[0].rstrip(".")
        raise ValueError(
            f"No Ray cluster answers at {address!r} ({why}). Start one with `ray start --head`, or "
            "name its address."
        ) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raises OSError where nothing listens at an address: Ray itself would wait for it for ever."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK).close()
