"""The app's process that looks at images: asked on standard input, it answers on standard output,
where nothing else is then written."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from cacr_core.checkpoints.process import stand_by


def main() -> NoReturn:
    with os.fdopen(os.dup(1), "wb") as told:
        os.dup2(2, 1)
        stand_by(sys.stdin.buffer, told)
    os._exit(0)  # a thread may wait at standard input, where Python's own ending would abort
