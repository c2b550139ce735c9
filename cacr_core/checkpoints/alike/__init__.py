"""How alike two sets of features of the same images are, and two sets of weights.

cka         linear CKA, layer by layer
neighbours  who is near whom in each, and whose neighbours changed
classes     accuracy by class in each, and the difference with its interval
singular    how weights differ, layer by layer, by their singular values
spread      alignment, uniformity, spectrum and effective rank of each
report      all of these of two networks
files       all of it of two files, for the page and for `diff`
tensors     two state dicts side by side
"""

from cacr_core.checkpoints.alike.cka import CkaTable as CkaTable
from cacr_core.checkpoints.alike.cka import cka_table as cka_table
from cacr_core.checkpoints.alike.cka import linear_cka as linear_cka
from cacr_core.checkpoints.alike.classes import Changes as Changes
from cacr_core.checkpoints.alike.classes import ClassChange as ClassChange
from cacr_core.checkpoints.alike.classes import class_changes as class_changes
from cacr_core.checkpoints.alike.classes import headline as headline
from cacr_core.checkpoints.alike.classes import looks as looks
from cacr_core.checkpoints.alike.neighbours import Apart as Apart
from cacr_core.checkpoints.alike.neighbours import Overlap as Overlap
from cacr_core.checkpoints.alike.neighbours import neighbour_overlap as neighbour_overlap
from cacr_core.checkpoints.alike.neighbours import pairs_apart as pairs_apart
from cacr_core.checkpoints.alike.report import Likeness as Likeness
from cacr_core.checkpoints.alike.report import Seen as Seen
from cacr_core.checkpoints.alike.report import Votes as Votes
from cacr_core.checkpoints.alike.report import likeness_of as likeness_of
from cacr_core.checkpoints.alike.singular import LayerChange as LayerChange
from cacr_core.checkpoints.alike.singular import LayerChanges as LayerChanges
from cacr_core.checkpoints.alike.singular import layer_changes as layer_changes
from cacr_core.checkpoints.alike.spread import Spread as Spread
from cacr_core.checkpoints.alike.spread import spread_of as spread_of
from cacr_core.checkpoints.alike.tensors import Row as Row
from cacr_core.checkpoints.alike.tensors import Source as Source
from cacr_core.checkpoints.alike.tensors import difference as difference
from cacr_core.checkpoints.alike.tensors import differences as differences
