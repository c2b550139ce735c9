"""The widgets beside the live view: what they are called, what they do, and the address.

Their state is kept in `st.session_state` under `live_...`, plain values only, and in the address.
"""

from web.live.sidebar import choices, preview, settings
from web.live.start import (
    complaints,
    obey,
    refusal,
    told,
)
from web.shell.runs_list import shelf_and_present, to_forces
from web.shell.session import (
    leave_presentation,
    read_address,
    shown_run,
    take_view,
    write_address,
)

__all__ = [
    "choices",
    "complaints",
    "leave_presentation",
    "obey",
    "preview",
    "read_address",
    "refusal",
    "settings",
    "shelf_and_present",
    "shown_run",
    "take_view",
    "to_forces",
    "told",
    "write_address",
]
