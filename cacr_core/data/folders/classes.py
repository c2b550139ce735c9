"""What the folders that images lie in say: training or scoring parts, and classes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from cacr_core.data.account import several
from cacr_core.data.folders.names import in_order

Part = Literal["train", "val", "test", "unlabelled"]
Dirs = tuple[str, ...]
ONE = "image"  # the class of images that lie in no folder
WORDS: dict[str, Part] = {
    "train": "train", "training": "train", "trn": "train", "val": "val", "valid": "val",
    "validation": "val", "dev": "val", "test": "test", "testing": "test", "tst": "test",
    "eval": "test", "pred": "test", "unlabeled": "unlabelled", "unlabelled": "unlabelled",
    "extra": "unlabelled",
}  # fmt: skip
BESIDE = {"set", "sets", "images", "image", "imgs", "img", "data", "dataset", "split", "folder",
          "seg", "pictures", "photos", "new", "all", "the"}  # fmt: skip
OF_LABELS = {"label", "labels", "annotation", "annotations"}
BESIDE_OF_TABLES = BESIDE | OF_LABELS | {"list", "meta", "metadata"}
HEAPS = {"batch", "batches", "chunk", "shard", "part"}  # that images are dealt to as they come


class Arrangement(NamedTuple):
    """What the folders say of each image.

    Attributes:
        parts: Of each; None where the folders know no parts.
        classes: Of each; None where its folders name none.
        groups: The folder above the class's own, where classes lie within such; else empty.
        notes: What was decided, a sentence each.
    """

    parts: list[Part | None]
    classes: list[str | None]
    groups: list[str]
    notes: list[str]


def arrange(folders: Sequence[Dirs]) -> Arrangement:
    """Parts and classes by the folders that each image lies in, outermost first."""
    notes: list[str] = []
    below = unwrapped(folders)
    level = _level_of_parts(below)
    parts: list[Part | None] = [None] * len(below)
    if level is not None:
        parts = [part_of(dirs[level]) if len(dirs) > level else None for dirs in below]
        rest = [(*dirs[:level], *dirs[level + 1 :]) for dirs in below]
        tops = [dirs[0] if dirs else "" for dirs in below]
        below = _unwrapped_parts(rest, tops) if level == 0 else rest
    classes, groups = _classes(below, notes)
    return Arrangement(parts, classes, groups, notes)


def unwrapped(folders: Sequence[Dirs]) -> list[Dirs]:
    """The folders without those that hold everything and have folders in them."""
    below = list(folders)
    while len({dirs[:1] for dirs in below}) == 1 and any(len(dirs) > 1 for dirs in below):
        if any(len(dirs) == 1 for dirs in below) and len({d[1:2] for d in below}) < 3:
            break  # one class with a folder of its own in it
        below = [dirs[1:] for dirs in below]
    return below


def part_of(name: str) -> Part | None:
    """The part that a folder's name says, such as `seg_train` or `Training set`; None for none."""
    return _part_beside(name, BESIDE)


def part_of_table(stem: str) -> Part | None:
    """The part that a table's name says, such as `train_labels` or `trainLabels`."""
    return _part_beside(stem, BESIDE_OF_TABLES)


def says_labels(stem: str) -> bool:
    """Whether a table's name says that it holds labels."""
    return not OF_LABELS.isdisjoint(words_of(stem))


def say_classes(names: Sequence[str | None]) -> bool:
    """Whether the classes of images by their folders are any: more than one, and no heaps such as
    `batch1` and `batch2`."""
    found = set(names) - {None}
    return len(set(names)) > 1 and not all(_says_nothing(str(name)) for name in found)


def _part_beside(name: str, others: set[str]) -> Part | None:
    words = words_of(name)
    said = [WORDS[word] for word in words if word in WORDS]
    return said[0] if len(said) == 1 and all(w in WORDS or w in others for w in words) else None


def _level_of_parts(folders: Sequence[Dirs]) -> int | None:
    """At which depth the folders are parts: images to train on beside others; None for none."""
    for level in (0, 1):
        names = {dirs[level] for dirs in folders if len(dirs) > level}
        found = {part_of(name) for name in names}
        if "train" in found and len(found - {None}) > 1 and (level == 0 or None not in found):
            return level
    return None


def _unwrapped_parts(folders: list[Dirs], tops: Sequence[str]) -> list[Dirs]:
    """Each part without a folder that holds all of it, as `training_set/training_set/cats`."""
    below = list(folders)
    for top in set(tops):
        own = [i for i, other in enumerate(tops) if other == top]
        firsts = {below[i][:1] for i in own}
        deep = all(len(below[i]) > 1 for i in own)
        if len(firsts) == 1 and firsts != {()} and (deep or _says_nothing(*firsts.pop())):
            for i in own:
                below[i] = below[i][1:]
    return below


def words_of(name: str) -> list[str]:
    """The words of a name, `TrainSet` and `train_set2` being train and set."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=n|t|l)(?=set\b)", " ", name)
    return re.findall(r"[a-z]+", apart.casefold())


def _says_nothing(name: str) -> bool:
    words = words_of(name)
    return bool(words) and all(word in WORDS or word in BESIDE | HEAPS for word in words)


def _classes(folders: list[Dirs], notes: list[str]) -> tuple[list[str | None], list[str]]:
    """The class of each image: its outermost folder, or where those hold classes the inner one."""
    inner: dict[str, set[str]] = defaultdict(set)
    for dirs in folders:
        if len(dirs) > 1:
            inner[dirs[0]].add(dirs[1])
    if _are_groups(folders, inner):
        groups = [dirs[0] for dirs in folders]
        classes: list[str | None] = ["/".join(dirs[:2]) for dirs in folders]
        names = in_order(filter(None, classes))
        notes.append(
            f"Classes are the inner folders ({names[0]}, ...), which lie in "
            f"{several(len(set(groups)), 'outer one')}."
        )
        return classes, groups
    if any(len(own) > 1 for own in inner.values()):
        notes.append("Classes are the outermost folders; what lies in folders within is theirs.")
    return [dirs[0] if dirs else None for dirs in folders], []


def _are_groups(folders: list[Dirs], inner: dict[str, set[str]]) -> bool:
    """Whether outer folders hold classes: each image lies two deep, no inner name occurs in two of
    them, and inner names are words rather than numbers of patients, sessions or days."""
    outer = {dirs[0] for dirs in folders if dirs}
    if len(outer) < 2 or not all(len(dirs) > 1 for dirs in folders):
        return False
    often = Counter(name for own in inner.values() for name in own)
    if max(often.values()) > 1 or all(len(own) == 1 for own in inner.values()):
        return False
    for own in inner.values():
        words = {re.sub(r"[\W\d_]+", "", name).casefold() for name in own} - {""}
        if len(words) < min(len(own), max(2, (len(own) + 1) // 2)):
            return False
    return True
