"""What a frozen file holds of a comparison: each entry as a run, and what all say together."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from web.compare import moved
from web.compare.watch import CompareWatcher
from web.frozen.recording import Part, as_json, pictures, recording, refuse
from web.live.answers.question import labels_of
from web.live.kept import kept_of_run
from web.socket.follow import Asked

MOST = 4 * 6 + 1  # moments of an entry that are held against others, four between those offered


def comparison(folder: Path, most: int) -> tuple[dict[str, Any], list[Part]]:
    """What the page is told of a comparison at once, and the parts it asks for.

    Args:
        most: Bytes that the embeddings of all entries may take; each keeps a moment in any case.

    Raises:
        ValueError: An entry cannot be frozen; the sentence says which and why.
    """
    entries = files.entry_folders(folder)
    for entry in entries:
        refuse(entry)
    if not (files.images_folder(entries[0]) / "probes.webp").exists():
        raise ValueError(
            f"{folder.name} cannot be frozen without its images, which were kept in the folder of "
            "entry a. Put that folder back."
        )
    about, news = _news(folder)
    parts: list[Part] = []
    kept, known, lenses = {}, [], []
    for entry in entries:
        told, own = recording(entry, most // len(entries))
        lenses.append(told.pop("lenses"))
        parts.append(Part(f"{entry.name}/about", as_json(told)))
        kept[entry] = told["steps"]
        known.append(told["n_known"])
        parts += [one._replace(name=f"{entry.name}/{one.name}") for one in own]
    parts += pictures(kept)
    parts.append(Part("moved", as_json(movements(folder, kept))))
    whole = {"comparison": about, "news": news, "labels": labels_of(folder), "lenses": lenses}
    return whole | {"n_kept": max(map(len, kept.values())), "n_known": max(known)}, parts


def _news(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The `comparison` message, and all that a viewer hears after it."""
    watcher = CompareWatcher(folder)
    watcher.look()
    about = watcher.open(Asked()).about
    _, news = watcher.frames_since(watcher.key, 0)
    state = watcher.state
    return about | {"example": True}, [*news, state]


def movements(folder: Path, kept: dict[Path, list[int]]) -> dict[str, Any]:
    """By space: neighbours at moments that the file keeps, and of every two who moved most.

    The answers of the app without what the page can look up: which neighbours come and go. An entry
    of which a space is not recorded is left out of it.

    Args:
        kept: The moments of each entry; of more than `MOST` so many of them, evenly.
    """
    found: dict[str, Any] = {}
    for space in moved.SPACES:
        near = {}
        for entry, steps in kept.items():
            for step in spread(steps):
                with contextlib.suppress(ValueError):  # recorded without features
                    near[entry, step] = moved.neighbours_of(entry, step, space).tolist()
        if not near:
            continue
        names = {moment: f"{moment[0].name}-{moment[1]}" for moment in near}
        found[space] = {
            "k": moved.K,
            "steps": {e.name: [step for of, step in near if of == e] for e in kept},
            "nearest": {names[moment]: one for moment, one in near.items()},
            "pairs": {
                f"{names[one]} {names[other]}": _pair(folder, one, other, space)
                for other in near  # whose points are read once
                for one in near
            },
        }
    return found


def spread(steps: list[int]) -> list[int]:
    """At most `MOST` of the steps, with both ends, and with those that the page offers to choose
    from (`web/compare/view/moved.js`), which it spreads so over fewer."""
    last = len(steps) - 1
    places = (math.floor(last * i / (MOST - 1) + 0.5) for i in range(MOST))
    return [steps[place] for place in dict.fromkeys(places)]


@kept_of_run(20_000)  # a file that is too large is made again, with fewer of the moments
def _pair(
    folder: Path, one: tuple[Path, int], other: tuple[Path, int], space: str
) -> dict[str, Any]:
    ends = [{"entry": entry.name, "step": step} for entry, step in (one, other)]
    told = moved.moved({"from": ends[0], "to": ends[1], "space": space}, folder)
    return {
        "order": [item["probe"] for item in told["items"]],
        "mean": told["mean_overlap"],
        "expected": told["expected"],
        "reading": told["reading"],
    }
