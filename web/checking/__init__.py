"""What the Checkpoints page shows: files to pick, their cards, features, and two side by side."""

from web.checking.card import card_panel
from web.checking.features import features_panel
from web.checking.pick import pick
from web.checking.state import read_address, shown_panel, write_address
from web.checking.tables import inside_panel, take_away
from web.checking.two import two_panel

__all__ = [
    "card_panel",
    "features_panel",
    "inside_panel",
    "pick",
    "read_address",
    "shown_panel",
    "take_away",
    "two_panel",
    "write_address",
]
