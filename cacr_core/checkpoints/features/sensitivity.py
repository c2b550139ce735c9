"""How much hangs on what pixels are normalised by: neighbours' votes under each candidate."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from cacr_core.checkpoints import Card, Opened
from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.features.embedding import FEATURES
from cacr_core.checkpoints.features.images import image_sets, size_for_few
from cacr_core.checkpoints.features.stored import features_of
from cacr_core.checkpoints.pixels import candidates
from cacr_core.scores import PROTOCOLS, Score, can_be_learnt, knn_score

N_SEEN, N_BANK = 256, 512
PROTOCOL = "knn10"


class Under(NamedTuple):
    """A normalisation, what it is called, and how neighbours vote under it."""

    name: str
    normalisation: Normalisation
    score: Score


def n_passes(card: Card) -> int:
    """Images that go through the network in all, at most."""
    if card.normalisation is None:
        return 0
    return len(candidates(card.normalisation)) * (N_SEEN + N_BANK)


def under_each(
    opened: Opened,
    card: Card,
    dataset: str,
    progress: Callable[[int, int], None] | None = None,
    folder: Path | None = None,
    device: str = "cpu",
) -> list[Under]:
    """kNN of the card's features on 256 images under each candidate, the assumed one first.

    Raises:
        ValueError: The network cannot be built, or the dataset's classes cannot be learnt.
    """
    if card.normalisation is None or card.network is None or card.network.channels != 3:
        raise ValueError("Normalisations are compared of an encoder that takes RGB images.")
    sets = image_sets(dataset, n_train=N_BANK, n_test=N_SEEN, size=size_for_few(dataset, card))
    names = sets.test.class_names
    if not can_be_learnt(sets.train.labels, sets.test.labels, len(names)):
        raise ValueError("Normalisations are compared by classes, and these images have too few.")
    found, done = [], 0
    one = PROTOCOLS[PROTOCOL]
    for name, norm in candidates(card.normalisation).items():
        other = dataclasses.replace(card, normalisation=norm)
        seen = []
        for split, images in (("train", sets.train.images), ("test", sets.test.images)):
            made = features_of(
                opened, other, images, dataset=dataset, split=split, device=device, folder=folder
            )[FEATURES]
            seen.append(torch.from_numpy(made))
            done += len(images)
            if progress:
                progress(done, n_passes(card))
        score = knn_score(
            seen[0], sets.train.labels, seen[1], sets.test.labels, len(names), one.k,
            one.temperature,
        )  # fmt: skip
        found.append(Under(name, norm, score))
    return found


def spread_words(found: list[Under]) -> str:
    """What the candidates come to, as a sentence."""
    values = [100 * one.score.accuracy.value for one in found]
    best = [one.name for one, value in zip(found, values, strict=True) if value == max(values)]
    is_best = values[0] == max(values)
    most = "no other does better" if is_best else f"most under {', '.join(best)}"
    own = "assumed" if found[0].normalisation.assumed else "set by hand"
    return (
        f"Under the normalisation {own} {values[0]:.0f} % of {found[0].score.accuracy.n} images "
        f"are right; under the others {min(values[1:]):.0f} to {max(values[1:]):.0f} %, {most}."
    )
