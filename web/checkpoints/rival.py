"""Which file a file is best held against: of the same dataset, its untrained twin first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from cacr_core.checkpoints import process
from cacr_core.checkpoints.untrained import twin_on
from cacr_core.runs import folder as files
from web.checkpoints import session
from web.checkpoints.features import trained_on
from web.checkpoints.question import images_of, state_of
from web.checkpoints.session import Shown
from web.checkpoints.work import Job, answer_to
from web.shell.private import Private

TWIN = "twin"  # a reference
MOST_OPENED = 40  # files whose names and shapes are looked at


def rival_of(shown: Shown, found: Mapping[str, str]) -> str | None:
    """A reference among `found`; None where none is sensible, so that a person chooses.

    A network of the same form that was trained on nothing, made for the same dataset; else one of
    the same form of the same dataset; else the untrained twin that is drawn for it. Never one of
    other data: what differs then would be said of the data.
    """
    own = trained_on(shown.card)
    ranked: list[tuple[int, str]] = []
    for reference in [one for one in found if one != shown.reference][:MOST_OPENED]:
        if not reference.startswith(("shipped:", "run:", "here:")):
            continue
        try:
            other = session.open_reference(reference)
        except (ValueError, OSError):
            continue
        if other.card.network is None or other.card.network != shown.card.network:
            continue
        same, is_untrained = trained_on(other.card) == own, _is_untrained(other)
        if same or (is_untrained and not own):
            ranked.append((2 * (not is_untrained) + (not same), reference))
    if ranked:
        return min(ranked)[1]
    return TWIN if TWIN in found else None


def offered(shown: Shown) -> dict[str, str]:
    """What a file may be held against: all that can be picked, and a twin that can be drawn."""
    can = shown.card.network is not None and not shown.card.blocked
    twin = {TWIN: "its untrained twin (drawn here)"} if can else {}
    return session.references() | twin


def twin_of_shown(shown: Shown, dataset: str) -> Shown | None:
    """The untrained twin, drawn once; its batch norms have seen a few of the images. None where the
    work was ended.

    Raises:
        ValueError: The images cannot be read, or the network not be fed.
    """

    stem = shown.file_name[:60]

    def work(job: Job) -> tuple[Private, Path]:
        made = process.ask(partial(twin_on, shown.opened, shown.card, dataset), check=job.check)
        folder = Private()
        path = folder.path / f"untrained-{stem}.safetensors"
        files.write_bytes(path, made)
        return folder, path

    made = answer_to(("twin", state_of(shown), images_of(dataset)), work)
    return None if made is None else session.open_path(TWIN, made[1])


def _is_untrained(shown: Shown) -> bool:
    """Whether a file of this app holds first weights."""
    steps = shown.card.settings.get("config.n_steps")
    return steps == 0 or shown.opened.path.stem.startswith("untrained-")
