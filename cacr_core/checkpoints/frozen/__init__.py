"""A checkpoint's features as a run that stands still: a run folder with one snapshot.

Its embeddings are the probe images under five fixed views, as in training, through an encoder that
someone else trained. So whatever shows a run shows a checkpoint: cloud, query, lens, synthetic
negatives and numbers. Two checkpoints frozen with one dataset and one seed have the same probes in
the same views.
"""

from cacr_core.checkpoints.frozen.checkpoint import draw_untrained as draw_untrained
from cacr_core.checkpoints.frozen.checkpoint import folder_of as folder_of
from cacr_core.checkpoints.frozen.checkpoint import freeze_checkpoint as freeze_checkpoint
from cacr_core.checkpoints.frozen.checkpoint import line_of as line_of
from cacr_core.checkpoints.frozen.freeze import N_HELD_OUT as N_HELD_OUT
from cacr_core.checkpoints.frozen.freeze import freeze as freeze
from cacr_core.checkpoints.frozen.freeze import n_passes as n_passes
from cacr_core.checkpoints.frozen.pair import pair as pair
