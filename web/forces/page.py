"""What surrounds the forces view: scenes, the address, a query from a run, and training."""

from web.forces.session import (
    as_it_stands,
    leave_presentation,
    read_address,
    take_board,
    view,
    write_address,
)
from web.forces.sidebar import from_a_run, scenes, train

__all__ = [
    "as_it_stands",
    "from_a_run",
    "leave_presentation",
    "read_address",
    "scenes",
    "take_board",
    "train",
    "view",
    "write_address",
]
