"""Embeddings of any dimension drawn in the plane, each answer near the one before.

`SteadyPCA` costs milliseconds and is linear; `SteadyUMAP` shows neighbourhoods, for about a tenth
of a second a frame once `warm_up` has paid for numba's compilation. Both are objects with a memory:
call them with `(n, dim)`, rows in the same order every time, and they answer `(n, 2)`.

Answers do not depend on the order of the rows, and what has no structure shows none: neighbours
come from `neighbours.py`.
"""

from collections.abc import Callable

from cacr_core.layouts.linear import SteadyPCA as SteadyPCA
from cacr_core.layouts.linear import procrustes as procrustes
from cacr_core.layouts.measures import among_neighbours as among_neighbours
from cacr_core.layouts.measures import framed as framed
from cacr_core.layouts.measures import neighbour_agreement as neighbour_agreement
from cacr_core.layouts.measures import trustworthiness as trustworthiness
from cacr_core.layouts.neighbourhoods import SteadyUMAP as SteadyUMAP
from cacr_core.layouts.neighbourhoods import warm_up as warm_up

PROJECTIONS: dict[str, Callable[[], SteadyPCA | SteadyUMAP]] = {
    "pca": SteadyPCA,
    "umap": SteadyUMAP,
}
