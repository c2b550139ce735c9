"""What the Checkpoints page shows: files to pick, their cards, features, and two side by side."""

from web.checking.away import take_away
from web.checking.card import card_panel
from web.checking.features import features_panel
from web.checking.inside import inside_panel
from web.checking.pick import pick
from web.checking.state import read_address, title_and_panel, write_address
from web.checking.two import two_panel

__all__ = [
    "card_panel",
    "features_panel",
    "inside_panel",
    "pick",
    "read_address",
    "take_away",
    "title_and_panel",
    "two_panel",
    "write_address",
]
