"""Figures of the two papers at this scale, each by one command.

sweeps      what one setting does to accuracy, or class sizes to the weights: trainings over seeds
moments     what one query or one run shows: forces, weights, embeddings
sentences   one true sentence on each, worked out from its rows
drawing     rows in, figure out
"""

from cacr_core.papers.figures.moments import MOMENTS as MOMENTS
from cacr_core.papers.figures.sweeps import SWEEPS as SWEEPS

TITLES = {name: moment.title for name, moment in MOMENTS.items()}
TITLES |= {name: sweep.title for name, sweep in SWEEPS.items()}
