"""Answers about a query of a run: the weight of every probe, and all of the query panel."""

from typing import Literal, NotRequired, TypedDict

Point = list[float] | None  # where it is drawn, None where that is not known


class QueueSummary(TypedDict):
    """What a snapshot holds of a run's queue: how many, and their mean age in updates."""

    n: int
    size: int
    age: float
    text: str


class _Summary(TypedDict):
    effective: float
    entropy: float
    n_negatives: int
    queued_share: NotRequired[float]
    queue: NotRequired[QueueSummary]


class Positive(TypedDict):
    """One view of the query's own image.

    Attributes:
        pull: Above 0 draws together, as all pulls.
        rank: Its place by weight, which who weigh the same share.
        was: The same one snapshot earlier, None where there is none.
    """

    view: int
    weight: float
    pull: float
    distance: float
    rank: int
    was: int | None
    xy: Point


class Weights(_Summary):
    """How a query weighs every probe, and where its positives are drawn.

    Attributes:
        effective: As many negatives, all of one weight, would have this entropy.
        entropy: Of the weights of negatives, as a share of the most there can be.
        queued_share: Of the weight, on the queue, where the run has one.
        query_xy: Where the query is drawn.
    """

    type: Literal["weights"]
    id: int | None
    what: Literal["weights"]
    step: int
    probe: int
    view: int
    n: int
    positives: list[Positive]
    query_xy: Point


_Class = TypedDict("_Class", {"class": str})


class QueryImage(_Class):
    """The image that asks; `class` is the name of its class."""

    probe: int
    view: int
    xy: Point


class Group(TypedDict):
    """Among whom a query is looked at."""

    kind: Literal["probes", "batch"]
    text: str


class QueryLoss(TypedDict):
    """The loss a query is looked at under, and what it weighs by.

    Attributes:
        labelled: It is told the class of every image.
        draws_far_in: It draws negatives that are far enough in, by the gradient of its weights.
    """

    title: str
    text: str
    meaning: str
    is_lens: bool
    labelled: bool
    draws_far_in: bool


class _MaybeQueued(_Class):
    probe: int | None
    view: int | None
    same_class: bool
    queued: NotRequired[Literal[True]]
    age: NotRequired[int]
    item: NotRequired[int]


class Negative(_MaybeQueued):
    """A negative, heaviest first; `queued` are those of the queue, with a training image's number.

    Attributes:
        weight: Among all negatives, which sum to 1.
        times_uniform: The same as a multiple of what all alike would have.
        rank: Its place by weight, which who weigh the same share; None in the queue.
        was: The same one snapshot earlier, None where it was not there.
    """

    weight: float
    times_uniform: float
    pull: float
    distance: float
    rank: int | None
    was: int | None


class Parent(_MaybeQueued):
    """One of two samples that a synthetic negative is mixed of."""

    is_query: bool
    similarity: float
    xy: Point


class Nearest(TypedDict):
    """The real negative that lies nearest to a synthetic one."""

    probe: int
    view: int
    similarity: float


class Synthetic(TypedDict):
    """A synthetic negative.

    Attributes:
        parents: One or two; the first may be the query itself.
        coefficient: Share of the first parent.
        of_one: How it was made, in words.
        kind: Of a mixing that takes several in turn; None of others.
        share: Of the weight of all negatives.
    """

    parents: list[Parent]
    coefficient: float
    of_one: str
    kind: str | None
    similarity: float
    nearest: Nearest
    share: float
    pull: float
    xy: Point


class Histogram(TypedDict):
    """Similarities of real and synthetic negatives, as shares between edges."""

    edges: list[float]
    real: list[float]
    synthetic: list[float]


class Synthetics(TypedDict):
    """The heaviest synthetic negatives of a query, and how hard all of a group are.

    Attributes:
        share: Of the weight on all synthetics.
        placed: Whether they are drawn exactly or among their neighbours; empty where they are not.
    """

    text: str
    items: list[Synthetic]
    share: float
    placed: str
    histogram: Histogram


class Clamp(TypedDict):
    """How many queries of a group of a batch's size are clamped, or of as near as probes go."""

    share: float
    text: str


class QueryAnswer(_Summary):
    """All that the query panel shows.

    Attributes:
        previous_step: The snapshot that `was` speaks of, None at the first.
        n_attracted: Negatives that the loss draws in.
        clamp: None for a loss without a clamp.
        reading: The most telling fact.
        sums: What the pulls add up to, and why.
    """

    type: Literal["answer"]
    id: int | None
    what: Literal["query"]
    step: int
    previous_step: int | None
    query: QueryImage
    group: Group
    loss: QueryLoss
    positives: list[Positive]
    negatives: list[Negative]
    n_attracted: int
    synthetics: Synthetics | None
    clamp: Clamp | None
    reading: str
    sums: str
