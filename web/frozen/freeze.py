"""A run, a comparison or scenes as one file: read-only, offline, in any browser, from disk."""

from __future__ import annotations

import html
import math
import time
from pathlib import Path
from typing import Any

from cacr_core.presets import COMPARISONS, PRESETS, recorded_comparison, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.forces.presets import Scene
from web.frozen.choices import choices_of
from web.frozen.lessons import lessons_of
from web.frozen.page import charts, page
from web.frozen.recording import pictures, recording
from web.settings.language import ENGLISH
from web.settings.looks import COMPARE, LIVE, checked, defaults_of

NAME = "<b>CACR playground</b>"
BESIDE = 3_000_000  # bytes for all but embeddings
EXACT = (
    "Weights and pulls are worked out in this page, from the embeddings of each moment and by the "
    "steps recorded from the code that trains. Nothing is fetched."
)


def freeze(folder: Path, most: int, code: str = ENGLISH, home: str = "") -> str:
    """The file of a run or of a comparison, as text.

    Args:
        folder: Of it.
        most: Bytes that it may have.
        code: Of the language that it speaks.
        home: The address of the page that leads to it, where there is one.

    Raises:
        ValueError: It cannot be frozen; the sentence says why.
    """
    make = _comparison if files.entry_folders(folder) else _run

    def made(room: int) -> str:
        return with_home(make(folder, room, code), home)

    whole = made(max(most - BESIDE, most // 2))
    if _size(whole) <= most:
        return whole
    least = made(0)  # the last moment alone
    if (size := _size(least)) > most:
        raise ValueError(
            f"{folder.name} takes {math.ceil(size / 1e5) / 10} MB frozen{_least(folder)}, more "
            f"than {most / 1e6:g}. Allow more with --most."
        )
    room = most - size
    while _size(whole := made(room)) > most:  # what is said of every two moments outgrows them
        room //= 2
    return whole


def _least(folder: Path) -> str:
    """What the smallest file holds, where it could hold more."""
    entries = files.entry_folders(folder)
    if all(_is_still(one) for one in entries or [folder]):
        return ""
    return " with one moment of each run" if entries else " with one moment"


def _is_still(folder: Path) -> bool:
    """Whether it is a checkpoint, or a comparison of some, which have no moments."""
    return bool(files.read_json(folder / "run.json").get("frozen"))


def _size(text: str) -> int:
    return len(text.encode())


def _run(folder: Path, most: int, code: str) -> str:
    about, parts = recording(folder, most)
    parts += pictures({folder: about["steps"]})
    run, preset = about["run"], preset_of(folder)
    about["page"] = _told(run["run"], view_of(preset), about["state"]["state"])
    about["page"]["choices"] = choices_of(LIVE, run, [about.pop("lenses")])
    about["lessons"] = lessons_of(preset) if preset else []
    if run["natural"] and run["dims"] == 3:
        parts.append(charts())
    is_still = _is_still(folder)
    moments = _moments(len(about["steps"]), about["n_known"])
    words = _words("features of a checkpoint" if is_still else f"{moments} of a run")
    return page("live", about, parts, f"{run['title']}, frozen", words, is_still, code)


def _comparison(folder: Path, most: int, code: str) -> str:
    from web.compare.link import LOOKS, preset_view
    from web.frozen.comparison import comparison

    about, parts = comparison(folder, most)
    known = (name for name in COMPARISONS if recorded_comparison(name) == folder.name)
    preset = next(known, "") if shelf.is_recorded(folder) else ""
    view = preset_view(preset) if preset else defaults_of(COMPARE)
    about["page"] = _told(about["comparison"]["run"], view, "finished") | {"plays": False}
    about["page"]["choices"] = choices_of(LOOKS, about["comparison"], about.pop("lenses"))
    moments = _moments(about.pop("n_kept"), about.pop("n_known"))
    is_still, n = bool(about["comparison"]["frozen"]), len(about["comparison"]["entries"])
    of = f"features of {n} checkpoints" if is_still else f"{moments} of {n} runs"
    words = _words(f"{of} side by side")
    title = f"{about['comparison']['title']}, frozen"
    return page("compare", about, [*parts, charts()], title, words, is_still, code)


def freeze_scenes(known: dict[str, Scene], code: str = ENGLISH, home: str = "") -> str:
    """The file of scenes of the forces page, as text; `code` and `home` as in `freeze`."""
    from web.frozen.scenes import scenes

    about, parts = scenes(known)
    what = "a scene" if len(known) == 1 else f"{len(known)} scenes"
    words = header(
        f"{what} of forces, to move and to look at, without the app.",
        "As a scene opens, all of it is the app's own answer; once something is moved, numbers and "
        "arrows are worked out in this page by the steps recorded from the code that trains, and "
        "the filled formula is left out.",
    )
    title = next(iter(known.values())).title if len(known) == 1 else "Forces"
    whole = page("forces", about, [*parts, charts()], f"{title}, frozen", words, code=code)
    return with_home(whole, home)


def _told(run: str, view: dict[str, Any], state: str) -> dict[str, Any]:
    """What a view is told by Python in the app."""
    return {
        "run": run,
        "example": True,
        "view": view,
        "present": False,
        "invite": "",
        "state": state,
        "transport": None,
        "refusal": "",
    }


def preset_of(folder: Path) -> str:
    """The preset that the run is the recording of; empty where it is of none."""
    known = (name for name in PRESETS if recording_of(name) == folder.name)
    return next(known, "") if shelf.is_recorded(folder) else ""


def view_of(preset: str) -> dict[str, Any]:
    """How the run is looked at first: as its preset says, if it is the recording of one."""
    return checked({**PRESETS[preset].view}, LIVE) if preset else defaults_of(LIVE)


def _moments(kept: int, known: int) -> str:
    if kept < known:
        return f"{kept:,} of {known:,} moments"
    return f"{kept:,} moment{'' if kept == 1 else 's'}"


def _words(what: str) -> str:
    """The line above the view: what this is, and what of it is exact."""
    return header(f"{what}, to look at and to ask, without the app.", EXACT)


def header(facts: str, exact: str) -> str:
    """HTML of the line above a view.

    Args:
        facts: What this is, after the day it was frozen.
        exact: What of it is exact, shown on hover.
    """
    said = f"Frozen on {time.strftime('%Y-%m-%d')}: {facts}"
    return (
        f'<header class="cacr-frozen">{NAME}'
        f'<p title="{html.escape(exact)}">{html.escape(said)}</p>'
        '<button type="button" data-turn-theme></button></header>'
    )


def with_home(whole: str, home: str) -> str:
    """The page with its name as the way back to the one that leads to it."""
    link = f'<b><a href="{html.escape(home)}">CACR playground</a></b>'
    return whole.replace(NAME, link, 1) if home else whole
