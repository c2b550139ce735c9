"""What the Checkpoints page shows: files to pick, their cards, features, and two side by side."""

from web.checkpoints.away import features_run, take_away
from web.checkpoints.card import needs_a_network
from web.checkpoints.course import course_panel
from web.checkpoints.features import features_panel
from web.checkpoints.head import head
from web.checkpoints.inside import inside_panel
from web.checkpoints.overview import overview
from web.checkpoints.pick import pick
from web.checkpoints.scored import classes_panel
from web.checkpoints.session import read_address, write_address
from web.checkpoints.two import two_panel

__all__ = [
    "classes_panel",
    "course_panel",
    "features_panel",
    "features_run",
    "head",
    "inside_panel",
    "needs_a_network",
    "overview",
    "pick",
    "read_address",
    "take_away",
    "two_panel",
    "write_address",
]
