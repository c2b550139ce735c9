"""How quick, calm and true the steady UMAP layout is, on a simulated training run."""

import time

import numpy as np

from benchmarks.timing import Row, at_most
from cacr_core.layouts import (
    SteadyPCA,
    SteadyUMAP,
    trustworthiness,
    warm_up,
)

N_POINTS, DIM, N_CLASSES = 2_000, 128, 10


def rows() -> list[Row]:
    return [at_most(*row) for row in _measured()]


def _measured() -> list[tuple[str, float | None, float]]:
    warm_up()
    rng = np.random.default_rng(0)
    training = simulated_training(rng)
    middle = training(0.5)

    pca, steady = SteadyPCA(), SteadyUMAP()
    pca(middle)
    before = steady(middle)
    seconds, pca_seconds, moves = [], [], []
    for _ in range(200):
        x = unit(middle + 0.01 * rng.normal(size=middle.shape) / DIM**0.5)
        started = time.perf_counter()
        after = steady(x)
        seconds.append(time.perf_counter() - started)
        started = time.perf_counter()
        pca(x)
        pca_seconds.append(time.perf_counter() - started)
        moves.append(float(np.median(np.linalg.norm(after - before, axis=1))))  # the spread is 1
        before = after
        if len(moves) == 20:
            settled = resident_mb()
    now = resident_mb()
    grown = None if now is None or settled is None else now - settled

    random = unit(rng.normal(size=middle.shape))
    jumps = {
        "early to late": (training(0.05), training(0.9)),
        "random to late": (random, training(1)),
        "another run": (training(0.9), simulated_training(np.random.default_rng(9))(0.9)),
    }
    return [
        ("UMAP, one steady frame of 2,000 points, s (median)", float(np.median(seconds)), 0.25),
        ("PCA, one frame of 2,000 points, s (median)", float(np.median(pca_seconds)), 0.02),
        ("UMAP, median move under 1 % noise, spreads (worst frame)", max(moves), 0.15),
        *(
            (f"UMAP, trust@10 lost to a cold fit, {name}, 3 frames on", lost_trust(*jump), 0.015)
            for name, jump in jumps.items()
        ),
        ("UMAP, memory grown over 180 calls, MB", grown, 20.0),
    ]


def lost_trust(early: np.ndarray, late: np.ndarray) -> float:
    """Trustworthiness of a cold fit less that of the third warm layout after a jump."""
    steady = SteadyUMAP()
    steady(early)
    warm = [steady(late) for _ in range(3)][-1]
    return trustworthiness(late, SteadyUMAP()(late)) - trustworthiness(late, warm)


def simulated_training(rng: np.random.Generator):
    """Progress 0..1 -> `(n, dim)` unit rows: a classless cloud becomes ten tightening classes."""
    labels = rng.integers(0, N_CLASSES, N_POINTS)
    centres = unit(rng.normal(size=(N_CLASSES, DIM)))
    fresh = unit(rng.normal(size=(N_POINTS, 12)) @ rng.normal(size=(12, DIM)))
    axes = rng.normal(size=(N_CLASSES, 4, DIM)) / DIM**0.5
    within = np.einsum("nk,nkd->nd", rng.normal(size=(N_POINTS, 4)), axes[labels])
    other = rng.normal(size=(N_POINTS, DIM)) / DIM**0.5

    def at(progress: float) -> np.ndarray:
        left = 1 - progress
        own = (0.25 + 0.25 * left) * within + (0.15 + 0.15 * left) * other
        return unit(left**1.5 * fresh + 1.5 * progress * centres[labels] + own)

    return at


def unit(x: np.ndarray) -> np.ndarray:
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def resident_mb() -> float | None:
    """Memory this process holds, MB; None where the system does not say (not Linux)."""
    try:
        with open("/proc/self/statm") as pages:
            return int(pages.read().split()[1]) * 4_096 / 1e6
    except OSError:
        return None


if __name__ == "__main__":
    for what, measured, bar, met in rows():
        print(f"{'met   ' if met else 'MISSED'} {measured:>13}  {bar:<14}  {what}")
