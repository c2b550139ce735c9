"""Every kept moment of every recorded run, with what its arrays say of it by numpy alone."""

import math
from functools import cache, cached_property

import numpy as np

from cacr_core.papers.record import SHIPPED
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from web.live.describe import about_run
from web.live.readings import read_all


def pair_distances(z):
    """`(query, K)` and `(query, M)` squared distances of `z` `(view, item, dim)`, all views."""
    n_views, n_items, dim = z.shape
    samples = np.asarray(z, np.float64).reshape(-1, dim)
    distances = np.clip(2 - 2 * samples @ samples.T, 0, None)
    item = np.tile(np.arange(n_items), n_views)
    own = item[:, None] == item
    other_view = own & ~np.eye(len(samples), dtype=bool)
    return (
        distances[other_view].reshape(len(samples), n_views - 1),
        distances[~own].reshape(len(samples), -1),
    )


def softmax(x):
    mass = np.exp(x - x.max(1, keepdims=True))
    return mass / mass.sum(1, keepdims=True)


def weights(loss, pos, neg):
    """How a loss as config.json has it weighs positives and negatives."""
    if loss["name"] == "cacr":
        return softmax(loss["t_pos"] * pos), softmax(-loss["t_neg"] * neg)
    sharpness = (1 + loss.get("beta", 0) * (loss["name"] == "sscl")) / loss["temperature"]
    return np.full(pos.shape, 1 / pos.shape[1]), softmax(sharpness * (1 - neg / 2))


def is_clamped(loss, pos, neg):
    """`(query, K)`: whether the debiased sum over negatives is at its floor."""
    x, x_pos = (1 - neg / 2) / loss["temperature"], (1 - pos / 2) / loss["temperature"]
    n, beta, prior = neg.shape[1], loss["beta"], loss["class_prior"]
    hard = n * np.exp((1 + beta) * x).sum(1) / np.exp(beta * x).sum(1)
    left = (hard[:, None] - prior * n * np.exp(x_pos)) / (1 - prior)
    return left <= n * math.exp(-1 / loss["temperature"]) * (1 + 1e-6)


def pulls(loss, pos, neg):
    """2 dL/dd of one query's pairs, `(K,)` and `(M,)`, in closed form: above 0 together."""
    (of_pos,), (of_neg,) = weights(loss, pos[None], neg[None])
    if loss["name"] == "cacr":
        through = not loss["detach_weights"]
        drawn = of_pos * (1 + through * loss["t_pos"] * (pos - of_pos @ pos))
        pushed = of_neg * (1 - through * loss["t_neg"] * (neg - of_neg @ neg))
        return 2 * loss["alpha"] * drawn, -2 * loss["beta"] * pushed
    tau, is_plain = loss["temperature"], loss["name"] == "infonce"
    beta, prior = (0, 0) if is_plain else (loss["beta"], loss["class_prior"])
    x, n = (1 - neg / 2) / tau, len(neg)
    sampled = softmax(beta * x[None])[0]
    hard = n * sampled @ np.exp(x)
    felt = of_neg
    if beta and not loss["detach_weights"]:
        felt = (1 + beta) * of_neg - beta * sampled
    drawn, pushed = np.empty(len(pos)), np.zeros(n)
    for k, near in enumerate(np.exp((1 - pos / 2) / tau)):
        left, floor = (hard - prior * n * near) / (1 - prior), n * math.exp(-1 / tau)
        if prior and left <= floor:
            drawn[k] = floor / (near + floor)
            continue
        pushed += hard * felt / ((1 - prior) * (near + left))
        drawn[k] = (left + prior * n * near / (1 - prior)) / (near + left)
    return drawn / tau / len(pos), -pushed / tau / len(pos)


class Moment:
    """One kept snapshot: the rows up to it and what its arrays say."""

    def __init__(self, folder, rows, about, step):
        self.run, self.step = folder.relative_to(RECORDED).as_posix(), step
        self.about, self.config = about, files.read_json(folder / "config.json")
        self.rows = [row for row in rows if row["step"] <= step]
        self.now, self.loss = self.rows[-1], about["loss"]
        self._folder = folder

    @cached_property
    def z(self):
        return files.read_arrays(self._folder, self.step)[0].astype(np.float64)

    @cached_property
    def apart(self):
        """Squared distances of all pairs of images."""
        x = self.z[0]
        lengths = (x**2).sum(1)
        return (lengths[:, None] + lengths - 2 * x @ x.T)[np.triu_indices(len(x), 1)].clip(0)

    @cached_property
    def spread(self):
        return math.sqrt(self.apart.mean() / 2)  # an even spread is at a squared distance of 2

    @cached_property
    def alignment(self):
        pairs = [(a, b) for a in range(5) for b in range(a)]
        return np.mean([2 - 2 * (self.z[a] * self.z[b]).sum(1).mean() for a, b in pairs])

    @cached_property
    def uniformity(self):
        return math.log(np.exp(-2 * self.apart).mean())

    @cached_property
    def singular_values(self):
        return np.linalg.svd(self.z[0], compute_uv=False)

    @cached_property
    def rank(self):
        values = self.singular_values
        shares = values[values > 0] / max(values.sum(), 1e-12)
        return math.exp(-(shares * np.log(shares)).sum())

    @cached_property
    def of_batch(self):
        """`pair_distances` of 64 probes in as many views as the run trains with."""
        return pair_distances(self.z[: self.about["n_views"], :64])

    @cached_property
    def weights(self):
        return weights(self.loss, *self.of_batch)

    def of(self, key):
        return [row[key] for row in self.rows if key in row]


@cache
def all_moments():
    found = []
    for name in SHIPPED:
        for folder in files.entry_folders(RECORDED / name) or [RECORDED / name]:
            rows, about = files.read_metrics(folder), about_run(folder)
            found += [Moment(folder, rows, about, step) for step in files.snapshot_steps(folder)]
    return found


@cache
def of_recording(name):
    """The moments of one recorded run."""
    return [m for m in all_moments() if m.run == name]


@cache
def said_of(moment):
    """Every reading of a moment by its key."""
    return {one.key: one for one in read_all(moment.rows, moment.about)}


def went(values, slack):
    """rising, falling or steady: the last quarter against the quarter before."""
    values = np.asarray([v for v in values if v == v])
    if len(values) < 2:
        return "steady"
    n = max(1, len(values) // 4)
    change = values[-n:].mean() - values[-2 * n : -n].mean()
    steps = np.diff(values[-max(2 * n, 5) :])
    noise = 2 * np.std(steps, ddof=1) / math.sqrt(n) if len(steps) > 2 else 0
    if abs(change) <= max(slack, noise):
        return "steady"
    return "rising" if change > 0 else "falling"


def change_of(values):
    n = max(1, len(values) // 4)
    return np.mean(values[-n:]) - np.mean(values[-2 * n : -n])


def gain(m, key="knn_features"):
    """The last accuracy less the untrained one, and what chance may make of as many images."""
    first, *_, last = m.of(key)
    spread = sum(max(p * (1 - p), 1e-4) for p in (first, last)) / m.about["n_held_out"]
    return last - first, 1.96 * math.sqrt(spread)


def known(m, key):
    return [(row["step"], row[key]) for row in m.rows if key in row]


def guess(m):
    """What one answer for all held-out images gets right."""
    per_class = m.about["held_out_per_class"]
    assert len(per_class) == m.about["n_classes"]
    return max(per_class) / sum(per_class)


def standard_error(m, p):
    return math.sqrt(max(p * (1 - p), 1e-4) / m.about["n_held_out"])


@cache
def limit_of(n, dim):
    """Of a regular polygon on the circle; else the higher of two bounds: on the mean kernel, by
    that of an even spread, and by the simplex, whose points are as far apart as can be."""
    if dim == 2:
        angles = 2 * np.pi * np.arange(1, n) / n
        return math.log(np.exp(-4 * (1 - np.cos(angles))).mean())
    cosines = np.linspace(-1, 1, 200_001)[1:-1]  # of one point with an even spread
    density = (1 - cosines**2) ** ((dim - 3) / 2)
    even = (np.exp(-4 * (1 - cosines)) * density).sum() / density.sum()
    return max(math.log((n * even - 1) / (n - 1)), -4 * n / (n - 1))
