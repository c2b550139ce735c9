"""One update of a run taken apart: from its batch of images to the step, and query by query.

Every number is that of the training's own code, made again from a state that the run keeps.
Importing this loads torch.
"""

from web.live.inside.opened import NAMES, sheet
from web.live.inside.query import of_query
from web.live.inside.update import of_update

__all__ = ["NAMES", "of_query", "of_update", "sheet"]
