"""Answers about one query at one moment: weights, pulls, positives, negatives, synthetics;
and about what differs between the entries of a comparison.

Everything is recomputed from a snapshot's embeddings by the code that trains; nothing is stored.
Importing this loads torch.
"""

from web.answers.forces import forces
from web.answers.moved import moved
from web.answers.panel import query, weights
from web.answers.question import Question, understand
from web.answers.scene import Scene, look
from web.answers.strips import strips

__all__ = [
    "Question",
    "Scene",
    "forces",
    "look",
    "moved",
    "query",
    "strips",
    "understand",
    "weights",
]
