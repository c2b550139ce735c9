"""What a frozen file holds of a run: frames as the app sends them, embeddings, places and words.

Everything comes from the app's own code: the frames from the watcher that makes them for viewers,
places and words from the answers; only what a query makes of its group is worked out in the
browser, by the steps of `program.py`.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from cacr_core.runs import folder as files
from cacr_core.runs.arrays import read_npz
from cacr_core.runs.paths import snapshot_path
from web.frozen.lenses import lenses_of
from web.frozen.mixing import drawn_at, mixture_of, shuffled, told_of_mixture
from web.frozen.program import program_of
from web.frozen.queued import ROOM, queued_at, queued_images, told_of_queue
from web.live import answers
from web.live.answers.question import config_of, probes_of
from web.live.answers.scene import group_of, places_of
from web.live.answers.sums import sums_wherever
from web.live.watch import Watcher
from web.socket.follow import Asked
from web.socket.messages.binary import unpack

PATIENCE = 300.0  # seconds that the frames of a run may take
VIEWS = 5
PLACE = 1e4  # places are told to four digits
GROUPS = ("probes", "batch")


class Viewer(NamedTuple):
    """Looks at a series until all of it is there: nobody's frames are made."""

    series: tuple[str, str, bool]


class Part(NamedTuple):
    """A piece of the file by its name; pictures are small as they are."""

    name: str
    content: bytes
    is_packed: bool = False


def refuse(folder: Path) -> None:
    """Refuse what a frozen file cannot answer for.

    Raises:
        ValueError: The run has no moment that can be read, is at work, or has what a file cannot
            hold.
    """
    for entry in files.entry_folders(folder):
        refuse(entry)
    if files.entry_folders(folder):
        return
    if files.status(folder) in files.ACTIVE:
        raise ValueError(f"{folder.name} is at work: stop it first, then freeze it.")
    if not (steps := files.snapshot_steps(folder)):
        raise ValueError(f"{folder.name} has no snapshot to freeze. Train it first.")
    if next(files.read_snapshots(folder), None) is None:
        damaged = ", ".join(snapshot_path(folder, step).name for step in steps[:3])
        damaged += f" and {len(steps) - 3} more" if len(steps) > 3 else ""
        raise ValueError(
            f"{folder.name} has no snapshot that can be read: {damaged} in snapshots/ "
            f"{'are' if len(steps) > 1 else 'is'} damaged. Take a copy that is whole."
        )


def recording(folder: Path, most: int) -> tuple[dict[str, Any], list[Part]]:
    """What the page is told of a run at once, and the parts it asks for; pictures are apart.

    Args:
        most: Bytes that the embeddings may take; of more moments than fit every so-manieth is kept,
            and one in any case.

    Raises:
        ValueError: See `refuse`; or nothing of the run can be shown.
    """
    refuse(folder)
    watcher = Watcher(folder, lambda *_: None)
    watcher.begin()
    about = watcher.open(Asked()).about
    series = _series(watcher, about)
    for key in series:
        watcher.audience.join(Viewer(key), lambda: None)
    known = _steps(watcher, series[0])
    stored = {step: _halves(folder, step) for step in known}
    mixture, n = mixture_of(config_of(folder)), int(about["n"])
    drawn = len(drawn_at(folder, known[0], n)) if mixture else 0
    queued = len(queued_at(folder, known[0])) if config_of(folder).host == "queue" else 0
    sizes = {step: (len(shuffled(z)) + drawn + queued) * 4 // 3 for step, z in stored.items()}
    kept = _thinned(known, sizes, most - (ROOM if queued else 0))
    parts = [Part(f"z-{step}", shuffled(stored[step])) for step in kept]
    if mixture:
        parts += [Part(f"draws-{step}", drawn_at(folder, step, n)) for step in kept]
    if queued:
        parts += [Part(f"queue-{step}", queued_at(folder, step)) for step in kept]
    for key in series:
        parts.append(Part(f"frames-{_name(key)}", _frames(watcher, key, kept)))
        if key[0] == "embeddings":
            parts.append(Part(f"places-{_name(key)}", _places(watcher, key, kept)))
    for key in series:
        watcher.audience.leave(Viewer(key))
    about |= {"asked": None, "at": None, "example": True}
    told = _about(folder, about, kept, [_name(key) for key in series], len(known))
    n_queued = told["queue"]["n"] if queued else 0
    lenses = lenses_of(config_of(folder), about["own_lens"], told.pop("sizes"), n_queued)
    told["lenses"] = {
        one["name"]: {field["name"]: _bounds(field) for field in one["fields"]}
        for one in lenses["offered"]
    }
    return told, [*parts, Part("lenses", as_json(lenses))]


def _bounds(field: dict[str, Any]) -> list[float]:
    """Least and most of a number: a run may have been trained beyond its slider's ends."""
    return [min(field["min"], field["value"]), max(field["max"], field["value"])]


def pictures(kept: Mapping[Path, Sequence[int]]) -> list[Part]:
    """Of some runs of the same images: the probes and their views, and what their queues hold.

    Args:
        kept: The moments of each.
    """
    names = ("probes", *(f"views-{view}" for view in range(VIEWS)))
    images = files.images_folder(next(iter(kept)))
    parts = [Part(name, (images / f"{name}.webp").read_bytes(), is_packed=True) for name in names]
    if queued := {run: steps for run, steps in kept.items() if config_of(run).host == "queue"}:
        told, sheet = queued_images(queued)
        parts.append(Part("queued-images", as_json(told)))
        if sheet is not None:
            parts.append(Part("queued", sheet, is_packed=True))
    return parts


def _series(watcher: Watcher, about: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Every way the run can be looked at, with the agreement of neighbours."""
    spaces = ["embeddings", *(["features"] if about["has_features"] else [])]
    found = [watcher.series(space, layout, True) for space in spaces for layout in ("umap", "pca")]
    return list(dict.fromkeys(found))


def _name(key: tuple[str, str, bool]) -> str:
    return f"{key[0]}-{key[1]}"


def _steps(watcher: Watcher, key: tuple[str, str, bool]) -> list[int]:
    """Steps of all frames, once they are made."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        film, steps = watcher.films[key], list(watcher.moments.steps)
        left = set(steps) - film.frames.keys() - film.lost.keys() - film.gone
        if steps and not left:
            return sorted(film.frames.keys() & set(steps))
        time.sleep(0.05)
    raise ValueError(f"The frames of {watcher.id} were not made within {PATIENCE:.0f} seconds.")


def _thinned(steps: list[int], sizes: dict[int, int], most: int) -> list[int]:
    """All steps where they fit, else every so-manieth of them, with the last, or the last alone."""
    for every in range(1, len(steps) + 1):
        kept = sorted({*steps[::every], steps[-1]})
        if sum(sizes[step] for step in kept) <= most:
            return kept
    return steps[-1:]


def _halves(folder: Path, step: int) -> np.ndarray:
    """The embeddings as the snapshot holds them, `(view, probe, dim)` of 16 bits."""
    return read_npz(snapshot_path(folder, step), ("embeddings",))["embeddings"].astype("<f2")


def _frames(watcher: Watcher, key: tuple[str, str, bool], kept: list[int]) -> bytes:
    steps = _steps(watcher, key)
    messages = {step: watcher.films[key].frames[step][1] for step in kept if step in steps}
    for step, message in messages.items():
        assert unpack(message)[0]["step"] == step
    return b"".join(struct.pack("<I", len(m)) + m for m in messages.values())


def _places(watcher: Watcher, key: tuple[str, str, bool], kept: list[int]) -> bytes:
    """Where each view of each image is drawn, `(step, view, probe, dims)` in ten-thousandths."""
    folder, whole = watcher.folder, []
    for step in kept:
        question = answers.understand({"step": step, "probe": 0, "view": 0}, folder)
        z, _ = files.read_arrays(folder, step)
        points = torch.from_numpy(z.reshape(-1, z.shape[-1]))
        placed = places_of(points, question, watcher.positions(key, step))
        whole.append((np.array(placed, float) * PLACE).round().astype("<i4"))
    return np.stack(whole).tobytes()


def _about(
    folder: Path, run: dict[str, Any], kept: list[int], series: list[str], n_known: int
) -> dict[str, Any]:
    config = config_of(folder)
    loss: Any = config.loss
    n_views, n_items = VIEWS, int(probes_of(folder)["n"])
    first = {group: _question(folder, kept[0], group) for group in GROUPS}
    # the group of a query that is in it anyway: others take the place of its first image
    inside = int(group_of(first["batch"], n_items)[0][-1])
    items, views = group_of(first["batch"]._replace(probe=inside), n_items)
    sizes = {"probes": (n_views, n_items), "batch": (len(views), len(items))}
    answered = {group: answers.query(first[group], None) for group in GROUPS}
    queue = told_of_queue(folder, kept)
    n_queued = queue["n"] if queue else 0
    mixture, dim = mixture_of(config), config.embedding_dim
    clamps = (answers.query(_question(folder, step, "probes"), None)["clamp"] for step in kept)
    return {
        "run": run,
        "state": _state(run["run"], folder, kept[-1]),
        "steps": kept,
        "n_known": n_known,
        "dim": dim,
        "views": n_views,
        "series": series,
        "batch": {"items": items.tolist(), "views": views.tolist()},
        "trained": {"items": config.batch_size, "views": config.n_views},
        "sizes": sizes,
        "programs": {
            group: program_of(loss, *sizes[group], dim, (), mixture, n_queued) for group in GROUPS
        },
        "queue": queue,
        "mixture": told_of_mixture(folder, kept),
        "said": {g: {key: answered[g][key] for key in ("group", "loss")} for g in GROUPS},
        "sums": sums_wherever(loss),
        "clamps": dict(zip(map(str, kept), clamps, strict=True)),
    }


def _question(folder: Path, step: int, group: str) -> answers.Question:
    asked = {"step": step, "probe": 0, "view": 0, "group": group}
    return answers.understand(asked, folder)


def _state(run: str, folder: Path, step: int) -> dict[str, Any]:
    state, reason = files.status_and_reason(folder)
    now = {"state": state, "reason": reason, "step": step, "steps_per_second": 0.0}
    return {"type": "state", "run": run} | now


def as_json(about: Any) -> bytes:
    text = json.dumps(about, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
