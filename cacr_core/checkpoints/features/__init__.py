"""Features: a checkpoint, a dataset and layers in, float32 arrays out, kept on disk.

images.image_sets   what to fit on, what to score on; the same images as augmented views
preparing.prepare   pixels as a network is fed them
embedding.embed     a module and images -> features, at the speed of the bare network
stored.features_of  the same for a checkpoint's card, from the cache where that has them
"""

from cacr_core.checkpoints.features.embedding import embed as embed
from cacr_core.checkpoints.features.embedding import embed_layers as embed_layers
from cacr_core.checkpoints.features.embedding import layers_of as layers_of
from cacr_core.checkpoints.features.fingerprints import fingerprint as fingerprint
from cacr_core.checkpoints.features.fingerprints import full_hash as full_hash
from cacr_core.checkpoints.features.fingerprints import hash_in_background as hash_in_background
from cacr_core.checkpoints.features.images import Sets as Sets
from cacr_core.checkpoints.features.images import augmented as augmented
from cacr_core.checkpoints.features.images import digest as digest
from cacr_core.checkpoints.features.images import image_sets as image_sets
from cacr_core.checkpoints.features.images import size_for as size_for
from cacr_core.checkpoints.features.preparing import prepare as prepare
from cacr_core.checkpoints.features.stored import features_of as features_of
from cacr_core.checkpoints.features.stored import network_of as network_of
