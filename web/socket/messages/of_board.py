"""Answers about points on a circle or a sphere, for the forces page."""

from typing import Literal, NotRequired, TypedDict

Still = Literal["coincident", "antipodal"] | None
Arrays = list[tuple[str, int]]  # name and length of each array that follows, in order


class Answer(TypedDict):
    type: Literal["answer"]
    id: int | None


class Mark(TypedDict):
    """A positive of the board.

    Attributes:
        pull: Above 0 draws together.
        arrow: Along which it moves the query, in the space that the points lie in.
        still: Why it has no direction to move in.
    """

    weight: float
    pull: float
    distance: float
    similarity: float
    angle: float
    arrow: list[float]
    still: Still


class NegativeMark(Mark):
    """A negative of the board.

    Attributes:
        credited: Its pull with what the synthetics it is a parent of pass on to it.
        in_pool: Synthetics are mixed of it.
    """

    credited: float | None
    in_pool: bool


class SyntheticMark(Mark):
    """A synthetic negative of the board.

    Attributes:
        before: Its place before it was brought to length 1.
        parents: Which two negatives it is mixed of.
        coefficient: Share of the first, None where each dimension has one of its own.
        kind: The mixing that it follows, its own where the mixings take turns.
        credits: What it passes on to its parents, None where it passes on nothing.
    """

    place: list[float]
    before: list[float]
    parents: list[int]
    coefficient: float | None
    kind: str
    credits: list[float] | None


class Resultant(TypedDict):
    """Which way the query goes.

    Attributes:
        turn: Along the circle, counter-clockwise; None on the sphere.
    """

    arrow: list[float]
    attraction: list[float]
    repulsion: list[float]
    strength: float
    turn: float | None


class Token(TypedDict):
    """A piece of a filled formula.

    Attributes:
        t: What is read.
        mark: Whose it is, such as `n0`; of none where it is left out.
        role: A sign has none.
        up: What is raised; `low` what is lowered.
        value: The number unrounded, where it is one and finite.
    """

    t: str
    mark: NotRequired[str]
    role: NotRequired[Literal["number", "weight", "total", "symbol"]]
    up: NotRequired[str]
    low: NotRequired[str]
    value: NotRequired[float]


class Line(TypedDict):
    """A line of a filled formula."""

    label: str
    tokens: list[Token]


class Detail(TypedDict):
    """How one mark comes by its weight and its pull."""

    mark: str
    name: str
    lines: list[Line]


class Card(TypedDict):
    """What is told of a loss with names of a person's own, beside its settings.

    Attributes:
        values: Of the names, as the setting that keeps them has it.
    """

    values: str
    free: dict[str, float]
    weights: str


class ForcesReading(TypedDict):
    """What one loss makes of the board.

    Attributes:
        effective: As many negatives, all of one weight, would have their entropy.
        formula: Filled with the numbers of this board.
        notes: What is surprising, a sentence each.
        sums: What the pulls add up to, and why.
    """

    title: str
    text: str
    total: float
    attraction: float
    repulsion: float
    positives: list[Mark]
    negatives: list[NegativeMark]
    synthetics: list[SyntheticMark]
    resultant: Resultant
    effective: float
    n_negatives: int
    clamped: bool
    formula: list[Line]
    notes: list[str]
    sums: str
    card: NotRequired[Card]
    detail: NotRequired[Detail]


class ForcesAnswer(Answer):
    """What each loss makes of the board.

    Attributes:
        scale: Why the two are not to be compared; empty where they may be.
    """

    what: Literal["forces"]
    of: list[ForcesReading]
    scale: str


class Swept(TypedDict):
    """The setting that is swept."""

    name: str
    label: str
    symbol: str


class Grid(TypedDict):
    """Where a landscape on the sphere is known, in degrees."""

    lons: list[float]
    lats: list[float]


class LandscapeAnswer(Answer):
    """Loss and force wherever the query could stand.

    Attributes:
        angles: Degrees along the circle, or along a great circle of the sphere.
        grid: On the sphere, the places of `loss` and `force`.
        ahead: On the sphere, where the great circle is after a quarter of it from the query, as a
            unit vector.
        settings: Values of the swept setting; `current` is the board's own.
        minima: Angles at which the loss is least nearby, for each loss; None on the sphere.
        rests: Angles at which nothing moves the query, likewise.
        arrays: `loss` and `force`, of both losses one after the other; `swept_loss` and
            `swept_force`, an angle after the other for each setting.
    """

    what: Literal["landscape"]
    scale: str
    angles: list[float]
    grid: NotRequired[Grid]
    ahead: NotRequired[list[float]]
    settings: list[float]
    field: Swept
    current: float
    minima: list[list[float]] | None
    rests: list[list[float]] | None
    arrays: Arrays


class Parents(TypedDict):
    """Similarities of both parents with the query."""

    a: float
    b: float


class ChordAnswer(Answer):
    """What mixing two negatives makes, share by share; None where their mix has no direction.

    Attributes:
        before: Places before they are brought to length 1; `after` on the circle or sphere.
        weight: Of the mix beside the board's negatives.
        credits: What it passes on to each parent.
    """

    what: Literal["chord"]
    shares: list[float]
    before: list[list[float]]
    after: list[list[float | None]]
    similarity_before: list[float]
    similarity_after: list[float | None]
    weight: list[float | None]
    pull: list[float | None]
    credits: list[list[float | None]]
    parents: Parents
    sentence: str
