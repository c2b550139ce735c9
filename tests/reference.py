"""Formulas written a second time, slowly, for tests and benchmarks to compare with."""

import math

import torch
from torch import Tensor


def cacr_of_one_query(
    pos: list[float], neg: list[float], t_pos: float, t_neg: float, alpha: float, beta: float
) -> float:
    """Zheng et al. 2023 from the squared distances of one query, with loops only."""
    attraction_mass = [math.exp(t_pos * d) for d in pos]
    repulsion_mass = [math.exp(-t_neg * d) for d in neg]
    attraction = sum(m * d for m, d in zip(attraction_mass, pos, strict=True))
    repulsion = sum(m * d for m, d in zip(repulsion_mass, neg, strict=True))
    return alpha * attraction / sum(attraction_mass) - beta * repulsion / sum(repulsion_mass)


def sscl_of_one_query(
    pos: float, neg: list[float], temperature: float, beta: float, class_prior: float
) -> float:
    """Dong et al. 2023 for one query and one positive, with loops and raw exponentials."""
    e_pos = math.exp((1 - pos / 2) / temperature)
    e = [math.exp((1 - d / 2) / temperature) for d in neg]
    n = len(e)
    mean_weight = sum(x**beta for x in e) / n
    r = sum(x**beta / mean_weight * x for x in e)
    g = (r - class_prior * n * e_pos) / (1 - class_prior)
    g = max(g, n * math.exp(-1 / temperature))
    return -math.log(e_pos / (e_pos + g))


def cacr_as_released(
    views: list[Tensor], t_pos: float, t_neg: float, alpha: float, beta: float
) -> tuple[Tensor, Tensor]:
    """Attraction and repulsion in the released order (method of JegZheng/CACR-SSL@fbc9d94).

    Every view queries the others for attraction; view x queries the later view y for repulsion,
    distances by broadcasting, the diagonal taken out by a mask.

    Args:
        views: n_views tensors `(item, dim)`, unit rows.
    """
    n_items = views[0].shape[0]
    attraction = views[0].new_zeros(())
    for x, query in enumerate(views):
        sq_dist = torch.stack(
            [(query - key).norm(dim=1).pow(2) for y, key in enumerate(views) if y != x], dim=1
        )
        weights = (t_pos * sq_dist).softmax(dim=1)
        attraction = attraction + (alpha * sq_dist * weights).sum(1).mean()
    repulsion = views[0].new_zeros(())
    n_pairs = 0
    off_diagonal = ~torch.eye(n_items, dtype=torch.bool)
    for x, query in enumerate(views):
        for key in views[x + 1 :]:
            sq_dist = (query[:, None, :] - key[None, :, :]).norm(dim=2).pow(2)
            sq_dist = sq_dist[off_diagonal].view(n_items, n_items - 1)
            weights = (-t_neg * sq_dist).softmax(dim=1)
            repulsion = repulsion + (-beta * sq_dist * weights).sum(1).mean()
            n_pairs += 1
    return attraction / len(views), repulsion / n_pairs


def sscl_as_released(
    z: Tensor,
    parents: Tensor,
    coefficients: Tensor,
    temperature: float,
    beta: float,
    class_prior: float,
) -> Tensor:
    """SSCL in the released order of operations, raw exponentials (dhkdhk/SSCL@c4c5e0b).

    Args:
        z: `(2, item, dim)`, unit rows.
        parents: `(query, n, 2)`, indices into `z.flatten(0, 1)`.
        coefficients: `(query, n)`.
    """
    out = z.flatten(0, 1)
    n_items = z.shape[1]
    similarity = (out @ out.T / temperature).exp()
    mask = torch.ones_like(similarity, dtype=torch.bool)
    for i in range(2 * n_items):
        mask[i, i] = False
        mask[i, (i + n_items) % (2 * n_items)] = False
    neg = similarity[mask].view(2 * n_items, -1)
    fixed = out.detach()
    weight = coefficients[..., None]
    synthetic = weight * fixed[parents[..., 0]] + (1 - weight) * fixed[parents[..., 1]]
    synthetic = synthetic / synthetic.norm(dim=-1, keepdim=True)
    extra = ((out[:, None, :] * synthetic).sum(-1) / temperature).exp()
    neg = torch.cat([neg, extra], dim=1)
    pos = ((z[0] * z[1]).sum(-1) / temperature).exp().repeat(2)
    n = neg.shape[1]
    importance = neg.pow(beta)
    reweighted = (importance * neg).sum(-1) / importance.mean(-1)
    g = (-class_prior * n * pos + reweighted) / (1 - class_prior)
    g = torch.clamp(g, min=n * math.exp(-1 / temperature))
    return (-torch.log(pos / (pos + g))).mean()


def nt_xent_by_cross_entropy(z: Tensor, temperature: float) -> Tensor:
    """NT-Xent of two views as a cross-entropy over all other samples."""
    out = z.flatten(0, 1)
    n = len(out)
    logits = (out @ out.T / temperature).masked_fill(torch.eye(n, dtype=torch.bool), -torch.inf)
    target = (torch.arange(n) + n // 2) % n
    return torch.nn.functional.cross_entropy(logits, target)


def queue_distances(
    q: Tensor, k: Tensor, queue: Tensor, in_batch: bool = True
) -> list[tuple[list[float], list[float]]]:
    """Squared distances to positives and negatives of each query with a queue, one by one.

    Args:
        q, k: `(view, item, dim)`, unit rows of the encoder and of the momentum encoder.
        queue: `(n, dim)`, unit rows.
    """
    n_views, n_items, _ = q.shape
    rows = []
    for x in range(n_views):
        for i in range(n_items):
            pos = [((q[x, i] - k[y, i]) ** 2).sum().item() for y in range(n_views) if y != x]
            neg = [((q[x, i] - entry) ** 2).sum().item() for entry in queue]
            if in_batch:
                others = [q[x, j] for j in range(n_items) if j != i]
                neg = [((q[x, i] - other) ** 2).sum().item() for other in others] + neg
            rows.append((pos, neg))
    return rows


def moco_by_cross_entropy(q: Tensor, k: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """MoCo's loss (He et al. 2020) of one view's queries and the other's keys `(item, dim)`."""
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], dim=1) / temperature
    return torch.nn.functional.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def moco_v3(q: Tensor, k: Tensor, temperature: float) -> float:
    """MoCo v3's loss (Chen et al. 2021) of two views `(2, item, dim)`, with loops only."""
    n_items, total = q.shape[1], 0.0
    for a, b in ((0, 1), (1, 0)):
        for i in range(n_items):
            logits = [(q[a, i] @ k[b, j]).item() / temperature for j in range(n_items)]
            loss = math.log(sum(math.exp(x) for x in logits)) - logits[i]
            total += 2 * temperature * loss / n_items
    return total


def cacr_moco_v3_by_loops(q: Tensor, k: Tensor, temperature: float, cost: str) -> Tensor:
    """CACR's MoCo-v3 form, one key and one prediction at a time (method of CACR-SSL@fbc9d94).

    Args:
        q: `(view, item, dim)`, predictions of every view.
        k: `(key_view, item, dim)`, keys of the first views.
    """
    (n_views, n_items, _), total = q.shape, q.new_zeros(())
    for u in range(len(k)):
        for i in range(n_items):
            others = [v for v in range(n_views) if v != u]
            far = [((q[v, i] - k[u, i]) ** 2).sum().item() / temperature for v in others]
            shares = [math.exp(d) / sum(math.exp(e) for e in far) for d in far]
            for v, share in zip(others, shares, strict=True):
                x = [q[v, i] @ k[u, j] for j in range(n_items)]
                if cost == "rbf":
                    log_sum = torch.stack(x).div(temperature).exp().sum().log()
                    loss = 2 * temperature * (log_sum - x[i] / temperature) / n_items
                else:
                    foreign = [1 - x[j] for j in range(n_items) if j != i]
                    mass = [math.exp(-c.item() / temperature) for c in foreign]
                    pushed = sum(m * c for m, c in zip(mass, foreign, strict=True)) / sum(mass)
                    loss = 1 - x[i] - pushed
                total = total + share * loss
    return total / len(k)


def cacr_pulls_of_one_query(
    pos: list[float],
    neg: list[float],
    *,
    t_pos: float = 1.0,
    t_neg: float = 2.0,
    alpha: float = 1.0,
    beta: float = 1.0,
    detach_weights: bool = False,
    cost: str = "euclidean",
    t_rbf: float = 2.0,
    class_prior: float = 0.0,
    released_debiasing: bool = False,
) -> tuple[list[float], list[float]]:
    """Closed form of c = 2 dL/dd of CACR, positives and negatives, from squared distances."""
    pos_mass = [math.exp(t_pos * d) for d in pos]
    neg_mass = [math.exp(-t_neg * d) for d in neg]
    pos_weights = [m / sum(pos_mass) for m in pos_mass]
    neg_weights = [m / sum(neg_mass) for m in neg_mass]
    pos_mean = sum(w * d for w, d in zip(pos_weights, pos, strict=True))
    neg_mean = sum(w * d for w, d in zip(neg_weights, neg, strict=True))
    kernel = [math.exp(-t_rbf * d) for d in neg]
    kernel_mean = sum(w * k for w, k in zip(neg_weights, kernel, strict=True))

    drawn = []
    for w, d in zip(pos_weights, pos, strict=True):
        drawn.append(2 * alpha * w * (1 if detach_weights else 1 + t_pos * (d - pos_mean)))
    pushed = []
    for w, d, k in zip(neg_weights, neg, kernel, strict=True):
        if cost == "euclidean":
            pushed.append(2 * beta * w * (1 if detach_weights else 1 - t_neg * (d - neg_mean)))
        else:
            through_weight = 0 if detach_weights else t_neg * (k - kernel_mean)
            pushed.append(2 * beta * w * (t_rbf * k + through_weight) / kernel_mean)
    if class_prior > 0:
        false = 2 * class_prior * (-1 if released_debiasing else beta) / len(pos)
        drawn = [a + false / (1 - class_prior) for a in drawn]
        pushed = [r / (1 - class_prior) for r in pushed]
    return drawn, [-r for r in pushed]


def sscl_pulls_of_one_query(
    pos: list[float],
    neg: list[float],
    *,
    temperature: float = 0.5,
    beta: float = 1.0,
    class_prior: float = 0.1,
    detach_weights: bool = False,
) -> tuple[list[float], list[float]]:
    """Closed form of c = 2 dL/dd of SSCL, from squared distances by raw exponentials.

    With beta 0 it is Debiased contrastive learning, with class_prior 0 too InfoNCE.
    """
    e = [math.exp((1 - d / 2) / temperature) for d in neg]
    n = len(e)
    hard, harder = [x**beta for x in e], [x ** (1 + beta) for x in e]
    r = n * sum(harder) / sum(hard)
    drawn, pushed = [], [0.0] * n
    for d in pos:
        e_pos = math.exp((1 - d / 2) / temperature)
        g = (r - class_prior * n * e_pos) / (1 - class_prior)
        floor = n * math.exp(-1 / temperature)
        if g <= floor:
            drawn.append(floor / (e_pos + floor) / temperature / len(pos))
            continue
        share = e_pos / (e_pos + g)
        prior = class_prior * n / (1 - class_prior)
        drawn.append((1 - share + prior * share) / temperature / len(pos))
        scale = r / temperature / ((1 - class_prior) * (e_pos + g)) / len(pos)
        for j in range(n):
            near = harder[j] / sum(harder)
            felt = near if detach_weights else (1 + beta) * near - beta * hard[j] / sum(hard)
            pushed[j] += scale * felt
    return drawn, [-x for x in pushed]
