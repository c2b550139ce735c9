"""The cloud's positions, by the name that scripts outside know; see `cacr_core.layouts`."""

from cacr_core.layouts import PROJECTIONS as PROJECTIONS
from cacr_core.layouts import SteadyPCA as SteadyPCA
from cacr_core.layouts import SteadyUMAP as SteadyUMAP
from cacr_core.layouts import warm_up as warm_up
