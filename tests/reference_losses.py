"""Further losses written a second time, slowly, from embeddings and the papers' formulas: loops
over views, images and samples, raw exponentials, for tests to compare with.

Each takes `z`: `(view, item, dim)`, unit rows, and returns a scalar that gradient flows through.
"""

import math

import torch
from torch import Tensor


def queries(z: Tensor) -> list[tuple[int, list[int], list[int]]]:
    """Each sample of `z.flatten(0, 1)` with its positives and its negatives, as indices."""
    n_views, n_items, _ = z.shape
    found = []
    for v in range(n_views):
        for i in range(n_items):
            pos = [w * n_items + i for w in range(n_views) if w != v]
            neg = [w * n_items + j for w in range(n_views) for j in range(n_items) if j != i]
            found.append((v * n_items + i, pos, neg))
    return found


def mean(values: list[Tensor]) -> Tensor:
    return sum(values[1:], values[0]) / len(values)


def similarity(z: Tensor, a: int, b: int) -> Tensor:
    out = z.flatten(0, 1)
    return sum((out[a, d] * out[b, d] for d in range(1, z.shape[2])), out[a, 0] * out[b, 0])


def sq_distance(z: Tensor, a: int, b: int) -> Tensor:
    out = z.flatten(0, 1)
    return ((out[a] - out[b]) ** 2).sum()


def dcl(z: Tensor, temperature: float) -> Tensor:
    """Yeh et al. 2021: the sum in the denominator goes over other images only."""
    terms = []
    for q, pos, neg in queries(z):
        below = sum(torch.exp(similarity(z, q, j) / temperature) for j in neg)
        for p in pos:
            terms.append(-torch.log(torch.exp(similarity(z, q, p) / temperature) / below))
    return mean(terms)


def dclw_weights(z: Tensor, sigma: float) -> list[list[Tensor]]:
    """w = 2 - exp(s/sigma) / E[exp(s/sigma)] of each query's positives."""
    near = [[torch.exp(similarity(z, q, p) / sigma) for p in pos] for q, pos, _ in queries(z)]
    expected = mean([e for row in near for e in row])
    return [[2 - e / expected for e in row] for row in near]


def dclw(z: Tensor, temperature: float, sigma: float, detach_weights: bool) -> Tensor:
    """Yeh et al. 2021 with its weighting of positives."""
    terms, weights = [], dclw_weights(z, sigma)
    for (q, pos, neg), row in zip(queries(z), weights, strict=True):
        below = sum(torch.exp(similarity(z, q, j) / temperature) for j in neg)
        for p, w in zip(pos, row, strict=True):
            used = w.detach() if detach_weights else w
            terms.append(-used * similarity(z, q, p) / temperature + torch.log(below))
    return mean(terms)


def siglip(z: Tensor, scale: float, bias: float) -> Tensor:
    """Zhai et al. 2023: -1/|B| of the sum over i and j of log sigmoid(y_ij (t s_ij + b))."""
    total = z.new_zeros(())
    for q, pos, neg in queries(z):
        for label, others in ((1, pos), (-1, neg)):
            for j in others:
                logit = label * (scale * similarity(z, q, j) + bias)
                total = total - torch.log(1 / (1 + torch.exp(-logit)))
    return total / len(queries(z))


def align_uniform(z: Tensor, power: float, t: float, align: float, uniform: float) -> Tensor:
    """Wang and Isola 2020: E ||x - y||^alpha, and log E exp(-t ||x - y||^2) of other images."""
    apart, kernel = [], []
    for q, pos, neg in queries(z):
        apart += [torch.sqrt(sq_distance(z, q, p)) ** power for p in pos]
        kernel += [torch.exp(-t * sq_distance(z, q, j)) for j in neg]
    return align * mean(apart) + uniform * torch.log(mean(kernel))


def align_uniform_as_released(x: Tensor, y: Tensor, power: float, t: float) -> Tensor:
    """Alignment plus the mean of both views' uniformity, each over pairs of its own view."""
    uniform = [torch.log(mean([torch.exp(-t * d**2) for d in torch.pdist(v)])) for v in (x, y)]
    return mean([(a - b).norm() ** power for a, b in zip(x, y, strict=True)]) + mean(uniform)


def triplet(z: Tensor, margin: float, hardest: bool) -> Tensor:
    """Schroff et al. 2015 over every positive and every, or the nearest, negative of a query."""
    terms = []
    for q, pos, neg in queries(z):
        far = [sq_distance(z, q, j) for j in neg]
        if hardest:
            far = [min(far, key=lambda d: d.item())]
        for p in pos:
            for d in far:
                gap = sq_distance(z, q, p) - d + margin
                terms.append(gap if gap.item() > 0 else gap * 0)
    return mean(terms)


def adnce(z: Tensor, temperature: float, mu: float, sigma: float) -> Tensor:
    """Wu et al. 2023 in the order of their pseudo code."""
    terms = []
    for q, pos, neg in queries(z):
        weights = []
        for j in neg:
            away = (similarity(z, q, j).item() - mu) / sigma
            weights.append(math.exp(-0.5 * away**2) / (sigma * math.sqrt(2 * math.pi)))
        average = sum(weights) / len(weights)
        pushed = [
            w / average * torch.exp(similarity(z, q, j) / temperature)
            for w, j in zip(weights, neg, strict=True)
        ]
        below = sum(pushed[1:], pushed[0])
        for p in pos:
            near = torch.exp(similarity(z, q, p) / temperature)
            terms.append(-torch.log(near / (near + below)))
    return mean(terms)


def positives_of_class(z: Tensor, labels: list[int]) -> list[tuple[int, list[int], list[int]]]:
    """Each sample with all others of its class, its own image's among them, and all of others."""
    n_items = len(labels)
    found = []
    for q, pos, neg in queries(z):
        own = [j for j in neg if labels[j % n_items] == labels[q % n_items] >= 0]
        found.append((q, pos + own, [j for j in neg if j not in own]))
    return found


def supcon(z: Tensor, labels: list[int], temperature: float) -> Tensor:
    """Khosla et al. 2020, L_out: the mean over P(i) outside the log, A(i) all other samples."""
    terms = []
    for q, same, other in positives_of_class(z, labels):
        below = sum(torch.exp(similarity(z, q, a) / temperature) for a in same + other)
        logs = [torch.log(torch.exp(similarity(z, q, p) / temperature) / below) for p in same]
        terms.append(-mean(logs))
    return mean(terms)


def sincere(z: Tensor, labels: list[int], temperature: float) -> Tensor:
    """Feeney and Hughes 2023: below stand the positive itself and the other classes."""
    terms = []
    for q, same, other in positives_of_class(z, labels):
        logs = []
        for p in same:
            near = torch.exp(similarity(z, q, p) / temperature)
            below = sum((torch.exp(similarity(z, q, n) / temperature) for n in other), near)
            logs.append(torch.log(near / below))
        terms.append(-mean(logs))
    return mean(terms)
