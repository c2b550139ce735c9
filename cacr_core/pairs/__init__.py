"""Embeddings of views -> squared distances from each query to its positives and negatives.

`views.py`: negatives from the batch; `queue.py`: from a momentum encoder's queue;
`synthetic.py`: mixed ones, appended to either, in the ways of `mixings.py`; `labels.py`: which
are of the query's class.
"""

from cacr_core.pairs.labels import own_class as own_class
from cacr_core.pairs.mixings import MIXINGS as MIXINGS
from cacr_core.pairs.mixings import Mixing as Mixing
from cacr_core.pairs.mixings import MixingRule as MixingRule
from cacr_core.pairs.mixings import kind_of as kind_of
from cacr_core.pairs.queue import pair_with_queue as pair_with_queue
from cacr_core.pairs.synthetic import Synthetic as Synthetic
from cacr_core.pairs.synthetic import with_synthetic_negatives as with_synthetic_negatives
from cacr_core.pairs.views import NEGATIVES as NEGATIVES
from cacr_core.pairs.views import Negatives as Negatives
from cacr_core.pairs.views import Pairs as Pairs
from cacr_core.pairs.views import pair_views as pair_views
from cacr_core.pairs.views import pairs_of_queries as pairs_of_queries
from cacr_core.pairs.views import positives as positives
from cacr_core.pairs.views import sample_indices as sample_indices
