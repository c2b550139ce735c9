"""The runs there are: find, list, rename, delete with undo, zip and unzip."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from cacr_core.runs import limits, seeds
from cacr_core.runs.folder import (
    ACTIVE,
    ENTRIES,
    RUN_ID,
    entry_folders,
    heart,
    home,
    read_config,
    read_json,
    status_and_reason,
    write_json,
)
from cacr_core.runs.paths import last_step, unopened
from cacr_core.runs.places import images_in
from cacr_core.runs.reading import damage
from cacr_core.runs.zips import MOST_BYTES as MOST_BYTES
from cacr_core.runs.zips import open_zip
from cacr_core.runs.zips import to_zip as to_zip
from cacr_core.runs.zips import too_large as too_large

SOURCE = Path(__file__).parents[2]
INSTALLED = SOURCE / "cacr_playground"  # setup.py puts what stands beside the packages there
ROOT = INSTALLED if INSTALLED.is_dir() else SOURCE
RECORDED = ROOT / "checkpoints" / "runs"
ENCODERS = ROOT / "checkpoints" / "encoders"  # small ones that ship beside the recorded runs
KEEP_DELETED = 24 * 3600.0
IMAGES = ".images"  # where zips of images lie that were uploaded
OPENED = "opened"  # how the ids of runs begin that came from a file
LEFT = re.compile(  # by `open_zip` and `_move`
    rf"\.({OPENED}-run-\d{{4}}-\d{{6}}-[0-9a-f]{{4}}|.+\.left-[0-9a-f]{{8}})"
)


class RunInfo(NamedTuple):
    """A line of the list of runs."""

    id: str
    title: str
    state: str
    reason: str
    step: int
    n_steps: int
    created: str
    n_bytes: int
    is_comparison: bool
    damage: str = ""  # what of its files cannot be read, in sentences
    hours_left: float | None = None  # of a deleted one, until it goes for good


def runs_folder() -> Path:
    """Where runs live: what CACR_RUNS names, else `runs/` of a checkout or a folder at home."""
    usual = "~/.local/share/cacr-runs" if is_installed() else ROOT / "runs"
    named = os.environ.get("CACR_RUNS", "").strip()
    return Path(os.path.expanduser(named or usual)).resolve()


def is_installed() -> bool:
    """Whether this is a copy that `pip install` made, whose folder is not to be written into."""
    return ROOT == INSTALLED


def new_id(loss: str, dataset: str) -> str:
    """A fresh id such as cacr-shapes-1122-204501-3fa9: sorted by time, safe in an address."""
    place = re.sub(r"[^a-z0-9]+", "-", Path(dataset).name.lower()).strip("-")[:40] or "images"
    return f"{loss}-{place}-{time.strftime('%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def find(run_id: str) -> Path:
    """The folder of a run, own or recorded; an id is a name, never a path.

    An entry of a comparison is called by the comparison's id, a dot and its letter.

    Raises:
        ValueError: It is not an id, or there is no such run.
    """
    if RUN_ID.fullmatch(run_id):
        whole, dot, entry = run_id.rpartition(".")
        inside = Path(whole) / entry if dot and entry in ENTRIES else None
        for shelf in (runs_folder(), RECORDED):
            for place in (shelf / run_id, inside and shelf / inside):
                if place and is_run(place):
                    return place
    raise ValueError(f"There is no run called {run_id[:100]!r} here. Choose one under Runs.")


def is_run(folder: Path) -> bool:
    """Whether there is a run in a folder that may be looked into."""
    return os.path.isfile(folder / "config.json")


def id_of(folder: Path) -> str:
    """The id that `find` understands."""
    whole = home(folder)
    return folder.name if whole == folder else f"{whole.name}.{folder.name}"


def is_recorded(folder: Path) -> bool:
    return home(folder).parent == RECORDED


def is_from_file(folder: Path) -> bool:
    """Whether a run was opened from a file, so that its config is another's word."""
    return home(folder).name.startswith(f"{OPENED}-")


def check_images(folder: Path) -> None:
    """Refuse to read the images of a run that came from a file and names a folder of this machine.

    Raises:
        ValueError: It does, and CACR_FOLDERS does not name that folder.
    """
    whole = home(folder)
    if is_from_file(whole):
        from cacr_core.data import refuse_unoffered  # loads torch

        named = [images_in(read_json(f / "config.json")) for f in (whole, *entry_folders(whole))]
        refuse_unoffered(*(name for names in named for name in names), by="A run from a file")


def info(folder: Path) -> RunInfo:
    """A line of the list; what is damaged costs its own line a sentence and no other's."""
    state, reason = status_and_reason(folder)
    about, n_steps = read_json(folder / "run.json"), 0
    try:
        n_steps = int(read_config(folder).get("n_steps", 0))
    except ValueError as error:
        state, reason = "failed" if state not in ACTIVE else state, str(error)
    return RunInfo(
        id=folder.name,
        title=str(about.get("title") or folder.name),
        state=state,
        reason=reason,
        step=int(heart(folder).get("step", last_step(folder))),
        n_steps=n_steps,
        created=str(about.get("created", "")),
        n_bytes=limits.n_bytes(folder),
        is_comparison=bool(entry_folders(folder)),
        damage=" ".join(damage(folder)),
        hours_left=_hours_left(folder) if folder.parent == bin_folder() else None,
    )


def _hours_left(folder: Path) -> float:
    return (KEEP_DELETED - (time.time() - folder.stat().st_mtime)) / 3600


def list_runs(with_deleted: bool = False) -> list[RunInfo]:
    """Own runs, newest first; those that can be brought back in their old places, if asked for."""
    shelf = runs_folder()
    if not shelf.is_dir():
        return []
    folders = [f for f in shelf.iterdir() if RUN_ID.fullmatch(f.name) and is_run(f)]
    if with_deleted:
        folders += [bin_folder() / run_id for run_id in deleted()]
    folders.sort(key=_age, reverse=True)
    lines = []
    for folder in folders:
        with contextlib.suppress(OSError):  # it has gone meanwhile
            lines.append(info(folder))
    return lines


def _age(folder: Path) -> float:
    """When a run was begun; 0 for one that has gone meanwhile."""
    try:
        return (folder / "config.json").stat().st_mtime
    except OSError:
        return 0.0


def bin_folder() -> Path:
    """Where deleted runs wait to be brought back."""
    return runs_folder() / ".deleted"


def rename(folder: Path, title: str) -> None:
    """Give a run a title; its id and folder stay."""
    title = " ".join(title.split())
    if not 1 <= len(title) <= 80:
        raise ValueError(f"A title has 1 to 80 characters, got {len(title)}.")
    write_json(folder / "run.json", read_json(folder / "run.json") | {"title": title})


def delete(folder: Path) -> None:
    """Put a run aside; `undelete` brings it back within a day.

    Raises:
        ValueError: It is still at work, or came with the app.
    """
    if is_recorded(folder):
        raise ValueError(f"{folder.name} came with the app and stays.")
    if home(folder) != folder:
        raise ValueError(f"{id_of(folder)} is part of a comparison. Delete the whole of it.")
    if status_and_reason(folder)[0] in ACTIVE:
        raise ValueError(f"{folder.name} is still at work. Stop it first.")
    if seeds.standing(folder).get("state") in seeds.BUSY:
        raise ValueError(f"{folder.name} is being repeated over seeds. Stop the repeats first.")
    bin_folder().mkdir(exist_ok=True)
    os.utime(folder)
    _move(folder, bin_folder() / folder.name)


def _move(folder: Path, place: Path) -> None:
    """Give a run's folder its place, whatever a process that knew another run by it left there."""
    left = place.with_name(f".{place.name}.left-{secrets.token_hex(4)}")
    with contextlib.suppress(FileNotFoundError):
        unopened(lambda: place.rename(left))
    unopened(lambda: folder.rename(place))
    shutil.rmtree(left, ignore_errors=True)


def deleted() -> list[str]:
    """Ids that can be brought back, the last deleted first."""
    found = {}
    for folder in _inside(bin_folder()):
        with contextlib.suppress(OSError):  # it has gone meanwhile
            if RUN_ID.fullmatch(folder.name) and is_run(folder):
                found[folder.name] = folder.stat().st_mtime
    return sorted(found, key=found.__getitem__, reverse=True)


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def undelete(run_id: str) -> None:
    if run_id not in deleted():
        raise ValueError(f"There is no deleted run called {run_id[:100]!r}.")
    place = runs_folder() / run_id
    if (place / "config.json").exists():
        raise ValueError(f"There is another run called {run_id} now. Delete that one first.")
    _move(bin_folder() / run_id, place)


def empty_bin() -> None:
    """Remove what was deleted more than a day ago, and what processes that were killed have left:
    halves of runs that came from a file, were moved, or were being removed."""
    left = [f for f in _inside(runs_folder()) if LEFT.fullmatch(f.name)]
    for folder in [*_inside(bin_folder()), *left]:
        with contextlib.suppress(OSError):  # somebody else tidies, or it is not this user's
            if folder.is_dir() and _hours_left(folder) < 0:
                shutil.rmtree(folder, ignore_errors=True)


def tidy() -> None:
    """What `empty_bin` does; images, too, that were uploaded more than a day ago and that no run
    was trained on."""
    empty_bin()
    with contextlib.suppress(OSError):  # somebody else tidies or deletes: the next time, then
        before = time.time() - KEEP_DELETED
        uploads = (runs_folder() / IMAGES).glob("*.zip")
        if not (old := [path for path in uploads if path.stat().st_mtime < before]):
            return
        configs = [*runs_folder().glob("*/config.json"), *bin_folder().glob("*/config.json")]
        said = "".join(path.read_text(encoding="utf-8", errors="replace") for path in configs)
        for path in old:
            if path.name not in said:
                path.unlink(missing_ok=True)


def from_zip(content: bytes) -> Path:
    """Open a run file made by `to_zip`: a new folder among the own runs.

    Raises:
        ValueError: It is not a run, or larger or other than a run may be, or the disk's quota is
            used up.
    """
    tidy()
    limits.check_room(runs_folder())
    folder = runs_folder() / new_id(OPENED, "run")
    open_zip(content, folder)
    return folder
