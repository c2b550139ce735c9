"""What a frozen file holds of a run's synthetic negatives: the draws that they are made of at every
moment, to the bit, and the app's words on them. They are made in the page, by the recorded steps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from cacr_core.pairs import MIXINGS, kind_of
from cacr_core.pairs.random_numbers import draw
from cacr_core.training import TrainConfig
from web.frozen.answer import Mixture
from web.live import answers
from web.live.answers.question import config_of
from web.live.answers.scene import drawn_for
from web.live.answers.synthetics import group_numbers, how_made

VIEWS = 5
STEPS_OF_ONE = 2**24  # a draw is a multiple of its inverse
WORD = 3  # bytes of a draw


def mixture_of(config: TrainConfig) -> Mixture | None:
    """What a run mixes; None where it mixes nothing."""
    if not config.n_synthetic:
        return None
    return Mixture(config.n_synthetic, config.pool_size, config.mixing)


def drawn_at(folder: Path, step: int, n: int) -> bytes:
    """The draws of every query of a moment, view by view: ranks `(5 n, m, 2)` and shares
    `(5 n, m)` in 24 bits; where a number is drawn for each dimension these `(5 n, m, dim)` in 16
    bits. Each is in planes of bytes, the lowest first.

    Args:
        n: Of the probes.
    """
    config = config_of(folder)
    m, dim, sampler = config.n_synthetic, config.embedding_dim, MIXINGS[config.mixing].sampler
    ranks, shares, by_dimension = zip(
        *(
            draw(1, 1, m, dim, sampler, drawn_for(config, probe, view, step))
            for view in range(VIEWS)
            for probe in range(n)
        ),
        strict=True,
    )
    whole = _words(ranks) + _words(shares)
    if sampler is not None:
        whole += planes(np.stack(by_dimension).astype("<f2"))
    return whole


def _words(drawn: tuple[Tensor, ...]) -> bytes:
    numbers = np.stack(drawn).astype(np.float64) * STEPS_OF_ONE
    words = numbers.astype("<u4")
    if not np.array_equal(words, numbers):
        raise ValueError("A draw has more than the 24 bits that a frozen file keeps of it.")
    return planes(words)[: WORD * words.size]


def planes(numbers: np.ndarray) -> bytes:
    """All first bytes, then all second ones and so on: those alike lie together."""
    return numbers.reshape(-1, 1).view(np.uint8).T.tobytes()


def shuffled(z: np.ndarray) -> bytes:
    """Rows of 16 bits in planes of bytes; then the length of each, by which it is divided when it
    is read."""
    lengths = np.linalg.norm(z.astype(np.float32), axis=-1)
    return planes(z) + np.maximum(lengths, 1e-12).astype("<f4").tobytes()


def told_of_mixture(folder: Path, kept: list[int]) -> dict[str, Any] | None:
    """What the page says of them: how they are made, what each in turn is, and how hard those of a
    whole group are by step; None where there are none."""
    mixture = mixture_of(config_of(folder))
    if mixture is None:
        return None
    kinds = [kind_of(mixture.mixing, i) for i in range(mixture.n_synthetic)]
    takes_turns = bool(MIXINGS[mixture.mixing].in_turn)
    asked = {
        step: answers.understand({"step": step, "probe": 0, "view": 0}, folder) for step in kept
    }
    return {
        "n": mixture.n_synthetic,
        "by_dimension": mixture.by_dimension,
        "text": how_made(*mixture),
        "kinds": [
            {
                "kind": kind.replace("_", " ") if takes_turns else None,
                "n_parents": MIXINGS[kind].n_parents,
                "of_one": MIXINGS[kind].of_one,
            }
            for kind in kinds
        ],
        "histograms": {str(step): group_numbers(one)["histogram"] for step, one in asked.items()},
    }
