"""Answers about one query at one moment: weights, pulls, positives, negatives, synthetics.

Everything is recomputed from a snapshot's embeddings by the code that trains; nothing is stored.
Importing this loads torch.
"""

from web.answers.panel import query, weights
from web.answers.question import Question, understand
from web.answers.scene import Scene, look

__all__ = ["Question", "Scene", "look", "query", "understand", "weights"]
