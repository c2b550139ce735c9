"""The images whose neighbours differ most between two entries, or between two moments of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core.neighbours import distinct, kept, nearest_by_cosine
from cacr_core.runs import folder as files
from web.live.answers.question import (
    embeddings_of,
    labels_of,
    probes_of,
    whole,
)
from web.live.answers.scene import class_name, same_class
from web.live.kept import kept_of_moment
from web.live.readings import number, percent

K = 10
MOST_SHOWN = 12
SPACES = ("embeddings", "features")


class Moment(NamedTuple):
    """An entry at a step."""

    folder: Path
    step: int


def moved(message: dict[str, Any], folder: Path) -> dict[str, Any]:
    """How many of its nearest neighbours each image keeps between two moments, in one space.

    Neighbours are by cosine in the space itself, among all probes, not on the map.

    Raises:
        ValueError: A part of the question makes no sense; the sentence says which.
    """
    space = message.get("space", "embeddings")
    if space not in SPACES:
        raise ValueError(f"space is one of {', '.join(SPACES)}, got {str(space)[:40]!r}.")
    before, after = (_moment(message.get(side), folder, side) for side in ("from", "to"))
    was, now = (neighbours_of(*moment, space) for moment in (before, after))
    probes = probes_of(before.folder)
    names, labels = probes["class_names"], probes["labels"]
    k, n = was.shape[1], len(was)
    overlap = kept(was, now).float().mean(1)
    # of images that kept equally many, the one whose old neighbours are farthest now comes first
    nearness = nearness_to(was, points_of(*after, space))
    ranks = list(zip(overlap.tolist(), nearness.tolist(), strict=True))
    order = sorted(range(n), key=ranks.__getitem__)

    def told(probe: int, other: int) -> dict[str, Any]:
        return {
            "probe": other,
            "class": class_name(names, labels[other]),
            "same_class": same_class(labels, probe, other),
        }

    items = []
    for probe in order[:MOST_SHOWN]:
        old, new = was[probe].tolist(), now[probe].tolist()
        items.append(
            {
                "probe": probe,
                "class": class_name(names, labels[probe]),
                "overlap": ranks[probe][0],
                "gained": [told(probe, other) for other in new if other not in old],
                "lost": [told(probe, other) for other in old if other not in new],
            }
        )
    collapsed = [moment for moment in (before, after) if n_places(*moment, space) <= k]
    return {
        "k": k,
        "from": {"entry": before.folder.name, "step": before.step},
        "to": {"entry": after.folder.name, "step": after.step},
        "space": space,
        "mean_overlap": float(overlap.mean()),
        "expected": k / (n - 1),
        "items": [] if collapsed else items,
        "reading": _in_one_place(collapsed, labels_of(folder))
        or _reading(before, after, was, now, torch.tensor(labels), labels_of(folder)),
    }


@kept_of_moment(128)
def neighbours_of(folder: Path, step: int, space: str) -> Tensor:
    """`(probe, k)`, the nearest other probes of each by cosine, nearest first."""
    return nearest_by_cosine(points_of(folder, step, space), K)[1]


def nearness_to(neighbours: Tensor, x: Tensor) -> Tensor:
    """`(probe,)`, the mean cosine of each to its neighbours, a column of them at a time: all at
    once are k times as much as the points.

    Args:
        neighbours: `(probe, k)`.
        x: `(probe, dim)`, unit rows.
    """
    return torch.stack([(x * x[others]).sum(1) for others in neighbours.T], 1).mean(1)


@kept_of_moment(128)
def n_places(folder: Path, step: int, space: str) -> int:
    """How many points there are that are not one but for rounding."""
    return len(distinct(points_of(folder, step, space).numpy())[0])


@kept_of_moment(32)
def points_of(folder: Path, step: int, space: str) -> Tensor:
    """`(probe, dim)`, unit rows: the first view's embeddings, or the features."""
    if space == "embeddings":
        return embeddings_of(folder, step)[0]
    features = files.read_arrays(folder, step)[1]
    if features is None:
        raise ValueError(
            f"{folder.name} at step {step} was recorded without features. Choose embeddings."
        )
    return normalize(torch.from_numpy(features), dim=1)


def _moment(asked: Any, folder: Path, side: str) -> Moment:
    """The entry's snapshot at a step or the last before it."""
    if not isinstance(asked, dict):
        raise ValueError(f"{side} names an entry and a step, got {str(asked)[:40]!r}.")
    known = {entry.name: entry for entry in files.entry_folders(folder)}
    name, step = asked.get("entry"), whole(asked, "step")
    if name not in known:
        raise ValueError(f"This comparison has entries {', '.join(known)}, got {str(name)[:40]!r}.")
    steps = files.snapshot_steps(known[name])
    if not steps:
        raise ValueError(f"Entry {name} has no snapshot yet.")
    return Moment(known[name], max((s for s in steps if s <= step), default=steps[0]))


def is_frozen(entry: Path) -> bool:
    """Whether it is a checkpoint, which has no moments."""
    return bool(files.read_json(entry / "run.json").get("frozen"))


def _in_one_place(collapsed: list[Moment], titles: dict[str, str]) -> str:
    """That neighbours mean nothing where points cannot be told apart; empty where they can."""
    if not collapsed:
        return ""
    where = " and ".join(
        titles.get(moment.folder.name, "one")
        + ("" if is_frozen(moment.folder) else f" at step {moment.step:,}")
        for moment in collapsed
    )
    return f"All images are in one place but for rounding in {where}: nobody is near or far."


def _reading(
    before: Moment,
    after: Moment,
    was: Tensor,
    now: Tensor,
    labels: Tensor,
    titles: dict[str, str],
) -> str:
    """One sentence: how many neighbours stay, and whether those gained are more of one class."""
    k, n = was.shape[1], len(was)
    if before == after:
        return "This is one and the same moment: every image keeps its neighbours."
    stay = kept(was, now)
    n_kept = float(stay.float().sum(1).mean())
    expected = k * k / (n - 1)
    a, b = titles.get(before.folder.name, "one"), titles.get(after.folder.name, "other")
    between = f"Between {a} and {b} at step {after.step:,}"
    if is_frozen(after.folder):
        between = f"Between {a} and {b}"
    elif before.folder == after.folder:
        between = f"Between steps {before.step:,} and {after.step:,} of {a}"
    elif before.step != after.step:
        between = f"Between {a} at step {before.step:,} and {b} at step {after.step:,}"
    said = (
        f"{between} an image keeps {number(n_kept)} of its {k} nearest neighbours on average "
        f"(chance {number(expected)})"
    )
    lost = _same_share(was, ~stay, labels)
    gained = _same_share(now, ~kept(now, was), labels)
    if lost is None or gained is None:
        return f"{said}."
    return (
        f"{said}; {percent(gained)} of the gained are of its own class, {percent(lost)} of the "
        "lost."
    )


def _same_share(neighbours: Tensor, which: Tensor, labels: Tensor) -> float | None:
    """Share of some neighbours that are of the image's own class; None where none is labelled."""
    own, others = labels[:, None].expand_as(neighbours), labels[neighbours]
    counted = which & (own >= 0) & (others >= 0)
    if not counted.any():
        return None
    return float((own == others)[counted].float().mean())
