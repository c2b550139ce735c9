"""Answers about one query at one moment: weights, pulls, positives, negatives, synthetics.

Everything is recomputed from a snapshot's embeddings by the code that trains; nothing is stored.
Importing this loads torch.
"""

from web.live.answers.panel import query, weights
from web.live.answers.question import Question, understand
from web.live.answers.scene import Scene, look

__all__ = [
    "Question",
    "Scene",
    "look",
    "query",
    "understand",
    "weights",
]
