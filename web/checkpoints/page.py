"""What the Checkpoints page shows: files to pick, their cards, features, and two side by side."""

from web.checkpoints.away import take_away
from web.checkpoints.card import card_panel
from web.checkpoints.course import course_panel
from web.checkpoints.features import features_panel
from web.checkpoints.inside import inside_panel
from web.checkpoints.pick import pick
from web.checkpoints.session import read_address, title_and_panel, write_address
from web.checkpoints.two import two_panel

__all__ = [
    "card_panel",
    "course_panel",
    "features_panel",
    "inside_panel",
    "pick",
    "read_address",
    "take_away",
    "title_and_panel",
    "two_panel",
    "write_address",
]
