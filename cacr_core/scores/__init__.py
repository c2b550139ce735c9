"""How well features tell classes apart: neighbours and a linear probe, fitted on one set of images
and scored on another.

The ways neighbours may vote stand in `PROTOCOLS`, which every page and command reads; importing it
loads no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cacr_core.scores.paired import Change, change_of

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.metrics import Share

FEWEST = 10  # labelled images that classes can be learnt from
LINEAR = "linear"


class Protocol(NamedTuple):
    """A way to let neighbours vote.

    Args:
        name: What an address and the terminal call it.
        k: How many vote, where the bank has as many.
        temperature: Of the votes, as `metrics.knn_classes` takes it.
        words: What stands beside a figure.
    """

    name: str
    k: int
    temperature: float | None
    words: str

    def told(self, n_bank: int) -> str:
        """Its words; with how many vote where the bank has fewer than k."""
        if n_bank >= self.k:
            return self.words
        return self.words.replace(f"{self.k}-NN", f"{n_bank}-NN (all of the bank)")


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol("knn10", 10, None, "10-NN, votes 1 + cos"),
        # of Wu et al. 2018, and of MoCo v3, DINO and CACR on ImageNet
        Protocol("knn200", 200, 0.07, "200-NN, votes exp(s/0.07)"),
    )
}


# what a metric of a run is called by the way its neighbours vote: knn_features, knn200_features
METRIC_OF = {"knn10": "knn", "knn200": "knn200"}


@dataclass(frozen=True, eq=False)
class Score:
    """What was said of the images scored.

    Args:
        said: `(m,)`, a class for every image, also for those without a label.
        labels: `(m,)`, the true ones, below 0 where there is none.
        accuracy: Share of the labelled ones that is right, with Wilson's 95 % interval.
        by_class: The same for each class.
        confusion: `(class, class)` int64, rows are the true ones.
        n_bank: Labelled images that classes were learnt from.
    """

    said: Tensor
    labels: Tensor
    accuracy: Share
    by_class: tuple[Share, ...]
    confusion: Tensor
    n_bank: int

    @property
    def right(self) -> Tensor:
        """`(m,)` bool; False without a label."""
        return self.said == self.labels

    @property
    def guess(self) -> float:
        """What one answer for all images would have right at most: the largest class's share."""
        return float(self.confusion.sum(1).max()) / max(1, self.accuracy.n)


def can_be_learnt(bank_labels: Tensor, labels: Tensor, n_classes: int) -> bool:
    """Whether there are classes to learn from the bank and images to score."""
    enough = int((bank_labels >= 0).sum()) >= FEWEST
    return enough and bool((labels >= 0).any()) and n_classes > 1


def all_scores(
    bank: Tensor, bank_labels: Tensor, x: Tensor, labels: Tensor, n_classes: int
) -> dict[str, Score]:
    """By the name of each protocol, then of the linear probe under `LINEAR`."""
    found = {
        name: knn_score(bank, bank_labels, x, labels, n_classes, one.k, one.temperature)
        for name, one in PROTOCOLS.items()
    }
    return found | {LINEAR: probe_score(bank, bank_labels, x, labels, n_classes)}


def words_of(name: str, n_bank: int) -> str:
    """What stands beside the figure of one of `all_scores`."""
    return "linear probe" if name == LINEAR else PROTOCOLS[name].told(n_bank)


def short_of(name: str, n_bank: int) -> str:
    """The same within a sentence, without how votes are counted."""
    return words_of(name, n_bank).partition(",")[0]


def gain(before: Tensor, after: Tensor, labels: Tensor) -> Change:
    """How much more often one is right than another, with its interval.

    Args:
        before, after: `(m,)`, what each said of the same images.
        labels: `(m,)`; images with a label below 0 count for nothing.
    """
    known = labels >= 0
    better = (after == labels) & (before != labels) & known
    worse = (before == labels) & (after != labels) & known
    return change_of(int(better.sum()), int(worse.sum()), int(known.sum()))


def knn_score(
    bank: Tensor,
    bank_labels: Tensor,
    x: Tensor,
    labels: Tensor,
    n_classes: int,
    n_neighbors: int = 10,
    temperature: float | None = None,
) -> Score:
    """By the vote of the nearest images of the bank, by cosine.

    Args:
        bank: `(n, dim)` features; those with a label below 0 have no vote.
        x: `(m, dim)`.
        n_neighbors, temperature: As `metrics.knn_classes` takes them.

    Raises:
        ValueError: No image of the bank has a label.
    """
    from cacr_core.metrics import knn_classes

    return _score(
        lambda known, own: knn_classes(known, own, x, n_neighbors, temperature),
        bank, bank_labels, labels, n_classes,
    )  # fmt: skip


def probe_score(
    bank: Tensor, bank_labels: Tensor, x: Tensor, labels: Tensor, n_classes: int
) -> Score:
    """By a linear probe fitted on the bank, its penalty chosen there too.

    Args:
        bank: `(n, dim)` features; those with a label below 0 have no part.
        x: `(m, dim)`.

    Raises:
        ValueError: No image of the bank has a label.
    """
    from cacr_core.scores.probe import fit_probe

    return _score(
        lambda known, own: fit_probe(known, own, n_classes)(x),
        bank, bank_labels, labels, n_classes,
    )  # fmt: skip


def _score(
    say: Callable[[Tensor, Tensor], Tensor],
    bank: Tensor,
    bank_labels: Tensor,
    labels: Tensor,
    n_classes: int,
) -> Score:
    from cacr_core.metrics import confusion, share

    known = bank_labels >= 0
    if not known.any():
        raise ValueError(
            f"Classes are learnt from labelled images, none of these {len(bank)} has a label. "
            "Choose another dataset, or sort the folder's images into a folder a class."
        )
    said = say(bank[known], bank_labels[known])
    counts = confusion(said, labels, n_classes)
    right = counts.diagonal()
    return Score(
        said,
        labels,
        share(int(right.sum()), int(counts.sum())),
        tuple(share(int(r), int(n)) for r, n in zip(right, counts.sum(1), strict=True)),
        counts,
        int(known.sum()),
    )
