"""Where and how each stretch of a reproduction was made: more than one where it was gone on with
elsewhere."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import torch

from cacr_core.papers.reproduce.ranks import Ranks
from cacr_core.training import arithmetic

Stretch = dict[str, Any]
ELSE = ("processes", "threads", "torch", "machine")  # said where it is not the same in all
ONE = {"processes": "process", "threads": "thread"}


def stretch_here(epoch: int, device: torch.device, precision: torch.dtype, ranks: Ranks) -> Stretch:
    """The one that begins here, with the epoch that it begins at."""
    return {
        "epoch": epoch,
        **arithmetic(device, precision),
        "processes": ranks.world,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "machine": platform.machine(),
    }


def gone_on(before: Sequence[Stretch], now: Stretch, n_epochs: int) -> list[Stretch]:
    """All of them, `now` with them where it differs from the last in something that both tell and
    there is an epoch left for it."""
    if not before:
        return [now | {"epoch": 0}]
    if now["epoch"] >= n_epochs:
        return list(before)
    differs = any(before[-1].get(key, now[key]) != now[key] for key in now if key != "epoch")
    return [*before, now] if differs else list(before)


def told(stretches: Sequence[Stretch]) -> list[str]:
    """Device and precision of each, and what else is not the same in all."""
    varied = [k for k in ELSE if len({str(s[k]) for s in stretches if k in s}) > 1]
    return [
        ", ".join(
            [stretch["device"], stretch["precision"]]
            + [_said(key, stretch[key]) for key in varied if key in stretch]
        )
        for stretch in stretches
    ]


def _said(key: str, value: Any) -> str:
    if key in ONE:
        return f"{value} {ONE[key] if value == 1 else key}"
    return f"{key} {value}" if key == "torch" else f"{value}"


def of_stretches(stretches: Sequence[Stretch], evaluated: Sequence[Stretch] = ()) -> list[str]:
    """What of where and how it was made is not as the papers have it.

    Args:
        stretches: Of pretraining.
        evaluated: Of linear evaluation.
    """
    found = []
    if other := sorted({s["precision"] for s in stretches} - {"float32"}):
        found.append(f"The network was pretrained in {other[0]}; the papers' in float32.")
    shared = sorted({s.get("processes", 1) for s in (*stretches, *evaluated)} - {1})
    if shared:
        n = " and of ".join(map(str, shared))
        found.append(f"Batches were those of {n} processes together, which rounds differently.")
    for what, parts in (("It", stretches), ("Its linear evaluation", evaluated)):
        if len(parts) > 1:
            each = zip(told(parts), parts, strict=True)
            said = "; ".join(f"{words} from epoch {s['epoch']}" for words, s in each)
            found.append(f"{what} was gone on with elsewhere: {said}.")
    return found
