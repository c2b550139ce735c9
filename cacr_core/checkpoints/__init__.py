"""Files of weights: opened safely, described, and fitted to an architecture.

Nothing in a file is ever executed. A file is recognised by its content; names and shapes are
read before any tensor, bounded before memory is taken, and without torch.
"""

from cacr_core.checkpoints.bounds import Refused as Refused
from cacr_core.checkpoints.card import Card as Card
from cacr_core.checkpoints.identify import card_of as card_of
from cacr_core.checkpoints.opening import Opened as Opened
from cacr_core.checkpoints.opening import open_file as open_file
from cacr_core.checkpoints.parts import Shape as Shape
from cacr_core.checkpoints.weights import head_state_dict_of as head_state_dict_of
from cacr_core.checkpoints.weights import state_dict_of as state_dict_of
