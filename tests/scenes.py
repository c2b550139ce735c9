"""Losses and hand-placed points that several tests of forces look at."""

import math

import torch

from cacr_core.forces import Points, points_from_degrees
from cacr_core.losses import CACR, SSCL, InfoNCE

LOSSES = [
    CACR(),
    CACR(t_pos=3.0, t_neg=0.9, alpha=1.7, beta=0.6),
    CACR(detach_weights=True),
    CACR(t_pos=5.0, t_neg=5.0, alpha=2.0, beta=0.5, detach_weights=True),
    CACR(t_pos=0.0, t_neg=0.0),
    CACR(cost="rbf"),
    CACR(cost="rbf", t_rbf=5.0, t_neg=1.0, beta=1.5, detach_weights=True),
    CACR(class_prior=0.1, beta=1.5),
    CACR(class_prior=0.2, released_debiasing=True, beta=1.5),
    CACR(class_prior=0.2, detach_weights=True),
    InfoNCE(0.25),
    InfoNCE(0.07),
    SSCL(beta=0.0, class_prior=0.0),
    SSCL(beta=0.0, class_prior=0.1),
    SSCL(beta=1.0, class_prior=0.0),
    SSCL(beta=1.0, class_prior=0.0, detach_weights=True),
    SSCL(beta=2.5, class_prior=0.05, temperature=0.2),
    SSCL(beta=1.0, class_prior=0.1, detach_weights=True),
    SSCL(beta=0.5, class_prior=0.4),
]
SMOOTH = [  # gradient through all that the value is made of
    CACR(),
    CACR(t_pos=0.0, t_neg=0.0, beta=2.0),
    CACR(cost="rbf"),
    CACR(class_prior=0.1),
    InfoNCE(0.25),
    SSCL(),
]


def unit(*shape, seed):
    x = torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return x / x.norm(dim=-1, keepdim=True)


def random_points(dim, n_pos=3, n_neg=6, seed=0):
    return Points(
        unit(dim, seed=seed), unit(n_pos, dim, seed=seed + 100), unit(n_neg, dim, seed=seed + 200)
    )


def at_distances(pos, neg):
    """On the circle, query at 0 degrees, samples at squared distances, positives above."""
    pos = [[math.degrees(math.acos(1 - d / 2)), 0] for d in pos]
    neg = [[-math.degrees(math.acos(1 - d / 2)), 0] for d in neg]
    return points_from_degrees([0, 0], pos, neg, "circle")


SCENES = {
    "circle": random_points(2),
    "two on a circle": random_points(2, n_pos=1, n_neg=1, seed=1),
    "false negative": points_from_degrees([90], [[100], [60]], [[91], [92], [250], [0]], "circle"),
    "sphere": random_points(3, n_pos=2, n_neg=9, seed=2),
    "16-D": random_points(16, n_pos=4, n_neg=12, seed=3),
}
