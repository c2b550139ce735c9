"""What this machine's owner allows a run: its size, how many wait, and the room on the disk.

CACR_MOST_UPDATES, CACR_MOST_BATCH, CACR_MOST_PROBES   of one run
CACR_MOST_WAITING                                      runs in the queue of a shelf
CACR_VISITORS_MOST_UPDATES, ..._BATCH, ..._PROBES      of one run of a visitor (web/shell/roles.py)
CACR_RUNS_QUOTA                                        bytes of the runs folder: 500MB, 20GB, 1TB
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from cacr_core.runs import waiting

MOST_WAITING = 100  # unless set otherwise
SETTINGS = {
    "n_steps": ("UPDATES", "updates"),
    "batch_size": ("BATCH", "images in a batch"),
    "n_probes": ("PROBES", "probe images"),
}
UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def check_config(fields: Mapping[str, Any], of: Literal["", "VISITORS"] = "") -> None:
    """Hold a run's settings to what is allowed here, and those of all entries of a comparison.

    Args:
        fields: As its config.json has them.
        of: Whose run it is: anybody's, or a visitor's.

    Raises:
        ValueError: One is larger; the sentence names it and the setting.
    """
    for entry in fields.get("entries") or ():
        check_config(entry.get("config", {}), of)
    for name, (rest, words) in SETTINGS.items():
        setting = f"CACR_{of}_MOST_{rest}" if of else f"CACR_MOST_{rest}"
        most, asked = _whole(setting), fields.get(name)
        if most is not None and name == "n_steps" and fields.get("seconds"):
            raise ValueError(
                f"{setting} says how many updates a run may have here, so it cannot be given a "
                f"time, got {fields['seconds']:g} seconds. Set seconds to 0."
            )
        if most is not None and isinstance(asked, int) and asked > most:
            whose = "A visitor's run" if of else "A run"
            raise ValueError(
                f"{whose} has at most {most:,} {words} here, got {asked:,}. Ask for fewer, or have "
                f"{setting} raised."
            )


def check_queue(shelf: Path) -> None:
    """Raises ValueError where as many runs wait as may."""
    most = _whole("CACR_MOST_WAITING")
    most = MOST_WAITING if most is None else most
    if (n := len(waiting.queue(shelf))) >= most:
        raise ValueError(
            f"At most {most:,} runs may wait here, and {n:,} do. Try again when some have ended, "
            "or stop one that waits."
        )


def check_room(shelf: Path) -> None:
    """Raises ValueError where the runs folder has used up its quota."""
    quota = n_bytes_of(os.environ.get("CACR_RUNS_QUOTA", ""))
    if quota is not None and (used := n_bytes(shelf)) >= quota:
        raise ValueError(
            f"The runs folder may hold {_size(quota)} and holds {_size(used)}. Delete runs "
            "(deleted ones count for a day), or have CACR_RUNS_QUOTA raised."
        )


def n_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; what goes meanwhile does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total


def n_bytes_of(text: str) -> int | None:
    """The bytes that a text such as "20GB" or "500 MB" means; None for an empty one.

    Raises:
        ValueError: It means none.
    """
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*", text.lower())
    if found is None:
        raise ValueError(f"CACR_RUNS_QUOTA is a size such as 500MB or 20GB, got {text[:40]!r}.")
    return int(float(found[1]) * UNITS[found[2]])


def _whole(setting: str) -> int | None:
    text = os.environ.get(setting, "").strip()
    if not text:
        return None
    if not text.isdecimal():
        raise ValueError(f"{setting} is a whole number, got {text[:40]!r}.")
    return int(text)


def _size(n: int) -> str:
    return f"{n / 2**30:,.1f} GB" if n >= 2**30 else f"{n / 2**20:,.1f} MB"
