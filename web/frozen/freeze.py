"""A run as one file that opens from disk: read-only, offline, in any browser."""

from __future__ import annotations

import html
import time
from pathlib import Path
from typing import Any

from cacr_core.presets import PRESETS, recording_of
from cacr_core.runs import shelf
from web.frozen.lessons import lessons_of
from web.frozen.page import page
from web.frozen.recording import recording
from web.settings.looks import LIVE, checked, defaults_of

BESIDE = 3_000_000  # of them for all but embeddings


def freeze(folder: Path, most: int) -> str:
    """The file of a run, as text.

    Args:
        folder: Of a run.
        most: Bytes that it may have.

    Raises:
        ValueError: It cannot be frozen; the sentence says why.
    """
    about, parts = recording(folder, most - BESIDE)
    run = about["run"]
    about["page"] = {
        "run": run["run"],
        "example": True,
        "view": view_of(preset_of(folder)),
        "present": False,
        "invite": "",
        "state": about["state"]["state"],
        "transport": None,
        "refusal": "",
    }
    about["lessons"] = lessons_of(preset_of(folder)) if preset_of(folder) else []
    whole = page(about, parts, f"{run['title']}, frozen", words(about))
    if (size := len(whole.encode())) > most:
        raise ValueError(
            f"{folder.name} takes {size / 1e6:.1f} MB frozen, more than {most / 1e6:.1f}. Allow "
            "more with --most."
        )
    return whole


def preset_of(folder: Path) -> str:
    """The preset that the run is the recording of; empty where it is of none."""
    known = (name for name in PRESETS if recording_of(name) == folder.name)
    return next(known, "") if shelf.is_recorded(folder) else ""


def view_of(preset: str) -> dict[str, Any]:
    """How the run is looked at first: as its preset says, if it is the recording of one."""
    return checked({**PRESETS[preset].view}, LIVE) if preset else defaults_of(LIVE)


def words(about: dict[str, Any]) -> str:
    """The line above the view: what this is, and what of it is exact."""
    kept, known = len(about["steps"]), about["n_known"]
    moments = f"{kept:,} moments" if kept == known else f"{kept:,} of {known:,} moments"
    facts = (
        f"Frozen on {time.strftime('%Y-%m-%d')}: {moments} of a run, to look at and to ask, "
        "without the app."
    )
    exact = (
        "Weights and pulls are worked out in this page, from the embeddings of each moment and by "
        "the steps recorded from the code that trains. Nothing is fetched."
    )
    return (
        '<header class="cacr-frozen"><b>CACR playground</b>'
        f'<p title="{html.escape(exact)}">{html.escape(facts)}</p>'
        '<button type="button" data-turn-theme></button></header>'
    )
