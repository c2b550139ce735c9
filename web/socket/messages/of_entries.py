"""Answers about all entries of a comparison: one query under each, and whose neighbours differ."""

from typing import Literal, NotRequired, TypedDict

from web.socket.messages.of_query import Group, QueueSummary
from web.socket.messages.to_server import EntryStep, Space

_Class = TypedDict("_Class", {"class": str})


class StripsQuery(_Class):
    """The image that asks; `class` is the name of its class."""

    probe: int
    view: int


class StripLoss(TypedDict):
    """The loss an entry is looked at under."""

    title: str
    text: str
    is_lens: bool


class StripPositive(TypedDict):
    """A view of the query's own image, and its place by weight in each other entry."""

    view: int
    weight: float
    pull: float
    distance: float
    ranks: dict[str, int]


class StripNegative(_Class):
    """One of the heaviest negatives of an entry, and its place by weight in each other.

    Attributes:
        key: One sample has one key in all entries; those of a queue have keys of their own.
    """

    probe: int | None
    view: int | None
    same_class: bool
    weight: float
    times_uniform: float
    pull: float
    distance: float
    key: int | str
    ranks: dict[str, int]
    queued: NotRequired[Literal[True]]
    age: NotRequired[int]
    item: NotRequired[int]


class WeightCurve(TypedDict):
    """Sorted weights of negatives, as multiples of what all alike would have."""

    rank: list[int]
    weight_times_uniform: list[float]


class StripEntry(TypedDict):
    """What one entry makes of the query.

    Attributes:
        in_order: Its weights of negatives differ enough to have an order.
        effective: As many negatives, all of one weight, would have this entropy.
        entropy: Of the weights of negatives, as a share of the most there can be.
        n_pushed: Negatives that the loss drives away; `n_drawn` those it draws in.
        agreement: Share of its heaviest negatives that each other entry has, too.
    """

    name: str
    step: int
    loss: StripLoss
    positives: list[StripPositive]
    negatives: list[StripNegative]
    in_order: bool
    curve: WeightCurve
    effective: float
    entropy: float
    n_negatives: int
    n_pushed: int
    n_drawn: int
    synthetic_share: float
    agreement: dict[str, float]
    queued_share: NotRequired[float]
    queue: NotRequired[QueueSummary]


class StripsAnswer(TypedDict):
    """One query under every loss of a comparison.

    Attributes:
        reading: What differs between the entries, one sentence.
    """

    type: Literal["answer"]
    id: int | None
    what: Literal["strips"]
    step: int
    query: StripsQuery
    group: Group
    entries: list[StripEntry]
    reading: str


class Neighbour(_Class):
    """A neighbour of an image, and whether it is of its class."""

    probe: int
    same_class: bool


class MovedImage(_Class):
    """An image, the share of its neighbours that it keeps, and those it gained and lost."""

    probe: int
    overlap: float
    gained: list[Neighbour]
    lost: list[Neighbour]


_Between = TypedDict("_Between", {"from": EntryStep, "to": EntryStep})


class MovedAnswer(_Between):
    """The images whose neighbours differ most between two moments.

    Attributes:
        k: How many neighbours are looked at.
        expected: Share of them that chance would keep.
    """

    type: Literal["answer"]
    id: int | None
    what: Literal["moved"]
    k: int
    space: Space
    mean_overlap: float
    expected: float
    items: list[MovedImage]
    reading: str
