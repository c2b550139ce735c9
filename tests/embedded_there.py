"""The process that looks at images, on a pretended device: `python -m tests.embedded_there`.

It answers on standard output as `python -m cacr_core features` does. What stands before `main` may
be asked of either process by name.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NoReturn

import torch


def pid() -> int:
    return os.getpid()


def endless(progress: Callable[[int, int], None]) -> None:
    """Work that says how far it is and comes to no end."""
    done = 0
    while True:
        progress(done := done + 1, 10**9)
        time.sleep(0.01)


def fails(error: str, kind: str) -> None:
    raise {"memory": torch.OutOfMemoryError, "device": RuntimeError, "ours": KeyError}[kind](error)


def main() -> NoReturn:
    from cacr_core.commands import features
    from cacr_core.training import devices
    from tests import pretended

    devices.chosen = lambda name: devices.Choice(pretended.DEVICE, "")
    with pretended.Pretended():
        features.main()


if __name__ == "__main__":
    main()
