"""The widgets beside the comparison: what they are called, what they do, and the address.

Their state is kept in `st.session_state` under `compare_...`, plain values only, and in the
address. Modules that load torch are loaded when the first widget is drawn, after the view.
"""

from __future__ import annotations

from web.compare.session import (
    leave_presentation,
    plays,
    read_address,
    shown_comparison,
    take_view,
    write_address,
)
from web.compare.sidebar import choices, less_curated
from web.compare.start import (
    complaints,
    obey,
    refusal,
    shelf_and_seeds,
    told,
)


def entries() -> None:
    """The entries' widgets."""
    from web.compare import entries

    entries.entries()


__all__ = [
    "choices",
    "complaints",
    "entries",
    "leave_presentation",
    "less_curated",
    "obey",
    "plays",
    "read_address",
    "refusal",
    "shelf_and_seeds",
    "shown_comparison",
    "take_view",
    "told",
    "write_address",
]
