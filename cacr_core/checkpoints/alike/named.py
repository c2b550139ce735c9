"""What the name of a checkpoint says of its moment: which number in it is an epoch."""

from __future__ import annotations

import re
from typing import NamedTuple

from cacr_core.checkpoints.folders import GENERIC, is_generic, without_ending

NUMBER = re.compile(r"([A-Za-z]*)([-_=. ]*)(\d+(?:\.\d+)?)(?![\dA-Za-z])")
EPOCH, STEP = frozenset({"epoch", "epochs", "ep", "e"}), frozenset(
    "step steps iter iters iteration iterations it updates global_step".split()
)  # fmt: skip
SCORES = frozenset("loss acc acc1 top top1 accuracy knn auc map f1 score val best".split())
# what a number right behind is of, where it says nothing else
FILES = GENERIC | frozenset("net network weights state snapshot save pth chkpt cp".split())
# what a number is that tells trainings apart, not moments of one
OF_OTHERS = frozenset(
    "seed run fold trial split version v rank gpu part exp job bs batch lr dim size patch"
    " resnet resnext vit deit convnext cifar imagenet".split()
)
MOST_DIGITS = 7


class _Number(NamedTuple):
    """A number in a name: of what, where, and how surely it says when; 0 is no moment."""

    text: str
    start: int
    end: int
    rank: int
    is_score: bool


def number_in(stem: str) -> int | None:
    """The epoch in a file's name, without its ending; else the step; else the last number that is
    of nothing else, such as a seed or a network's depth."""
    found = [one for one in _numbers(stem) if one.rank]
    if not found:
        return None
    most = max(one.rank for one in found)
    return int([one for one in found if one.rank == most][-1].text)


def pattern_of(name: str) -> str | None:
    """A file's name but for the numbers that say when it was saved and how it did then; None for a
    name that says nothing, such as `last.pth`."""
    if is_generic(name):
        return None
    stem = without_ending(name.lower())
    found = _numbers(stem)
    most = max((one.rank for one in found), default=0)
    bare = [one for one in found if one.rank == 1][-1:] if most == 1 else []
    blank = [one for one in found if one.rank > 1 or one.is_score or one in bare]
    for one in reversed(blank):
        stem = f"{stem[: one.start]}#{stem[one.end :]}"
    return stem


def _numbers(stem: str) -> list[_Number]:
    found = []
    for match in NUMBER.finditer(stem):
        word, gap, text = match[1].lower(), match[2], match[3]
        rank = 0
        if text.isdigit() and len(text.lstrip("0")) <= MOST_DIGITS:
            if word in EPOCH:
                rank = 3
            elif word in STEP:
                rank = 2
            elif word not in OF_OTHERS | SCORES and (gap or not word or word in FILES):
                rank = 1
        found.append(_Number(text, match.start(3), match.end(3), rank, word in SCORES))
    return found
