"""What a frozen file holds of a comparison: each entry as a run, and what all say together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from web.compare import moved
from web.compare.watch import CompareWatcher
from web.frozen.recording import Part, as_json, pictures, recording, refuse
from web.live.answers.question import labels_of
from web.socket.follow import Asked


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
    about, news = _news(folder)
    parts: list[Part] = []
    kept, known = {}, []
    for entry in entries:
        told, own = recording(entry, most // len(entries))
        parts.append(Part(f"{entry.name}/about", as_json(told)))
        kept[entry] = told["steps"]
        known.append(told["n_known"])
        parts += [one._replace(name=f"{entry.name}/{one.name}") for one in own]
    parts += pictures(kept)
    parts.append(Part("moved", as_json(movements(folder, entries))))
    whole = {"comparison": about, "news": news, "labels": labels_of(folder)}
    return whole | {"n_kept": max(map(len, kept.values())), "n_known": max(known)}, parts


def _news(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The `comparison` message, and all that a viewer hears after it."""
    watcher = CompareWatcher(folder)
    watcher.look()
    about = watcher.open(Asked()).about
    _, news = watcher.frames_since(watcher.key, 0)
    state = watcher.state
    return about | {"example": True}, [*news, state]


def movements(folder: Path, entries: list[Path]) -> dict[str, Any]:
    """By space: neighbours at every moment, and of every two moments who moved most.

    The answers of the app without what the page can look up: which neighbours come and go.
    """
    steps = {entry.name: files.snapshot_steps(entry) for entry in entries}
    moments = [(entry, step) for entry in entries for step in steps[entry.name]]
    found: dict[str, Any] = {}
    for space in moved.SPACES:
        try:
            near = [moved.neighbours_of(entry, step, space) for entry, step in moments]
        except ValueError:  # recorded without features
            continue
        names = [f"{entry.name}-{step}" for entry, step in moments]
        found[space] = {
            "k": moved.K,
            "steps": steps,
            "nearest": {n: one.tolist() for n, one in zip(names, near, strict=True)},
            "pairs": {
                f"{a} {b}": _pair(folder, one, other, space)
                for b, other in zip(names, moments, strict=True)  # whose points are read once
                for a, one in zip(names, moments, strict=True)
                if a != b
            },
        }
    return found


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
