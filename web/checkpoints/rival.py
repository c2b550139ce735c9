"""Which file a file is best held against: of the same dataset, its untrained twin first."""

from __future__ import annotations

from collections.abc import Mapping

from web.checkpoints import session
from web.checkpoints.features import trained_on
from web.checkpoints.session import Shown

MOST_OPENED = 40  # files whose names and shapes are looked at


def rival_of(shown: Shown, found: Mapping[str, str]) -> str | None:
    """A reference among `found`; None where none is sensible, so that a person chooses.

    A network of the same form that was trained on nothing, made for the same dataset; else one of
    the same form of the same dataset; else an untrained one of the same form. Never one of other
    data: what differs then would be said of the data.
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
    return min(ranked)[1] if ranked else None


def _is_untrained(shown: Shown) -> bool:
    """Whether a file of this app holds first weights."""
    steps = shown.card.settings.get("config.n_steps")
    return steps == 0 or shown.opened.path.stem.startswith("untrained-")
