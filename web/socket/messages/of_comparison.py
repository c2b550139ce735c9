"""What a browser is told of a comparison that it watches."""

from typing import Literal, NotRequired, TypedDict

from web.socket.messages.of_run import (
    LossText,
    Probes,
    Sprites,
)


class HeldOut(TypedDict):
    """The images that accuracies are of."""

    n: int
    per_class: list[int]


class EntryAbout(TypedDict):
    """What an entry is.

    Attributes:
        run: Id under which it is watched.
        last: Its newest snapshot when this was said; none where none can be read.
        line: What a frozen checkpoint is, else empty.
        mark: The shape that stands for it.
    """

    name: str
    run: str
    label: str
    loss: LossText
    n_views: int
    last: int | None
    images_per_step: int
    n_synthetic: int
    lr: float
    host: str
    line: str
    mark: Literal["circle", "square", "triangle", "diamond"]


class SeriesAbout(TypedDict):
    """A number that is drawn for all entries.

    Attributes:
        unit: "share" for a part of a whole, else what it is measured in; may be empty.
        kind: "accuracy", "scale" or empty.
        note: What its value means.
        chance: What guessing gives, of an accuracy.
    """

    key: str
    title: str
    unit: str
    kind: str
    note: str
    chance: float | None


class Comparison(TypedDict):
    """What a comparison is, the first message about it.

    Attributes:
        frozen: It is of checkpoints, which have no steps.
        baseline: The entry that differences are from.
        chance: Accuracy of guessing blindly, None where there are fewer than two classes.
        head: Classes with most training images where they differ; `tail` those with fewest.
        scale: Why losses are not to be compared, one sentence; empty where they may be.
        even_spread: The lowest uniformity that `n` points can have.
    """

    type: Literal["comparison"]
    run: str
    title: str
    example: bool
    frozen: bool
    baseline: str
    dataset: str
    n: int
    n_steps: int
    class_names: list[str]
    most_classes: int
    chance: float | None
    held_out: HeldOut
    train_per_class: list[int] | None
    head: list[int]
    tail: list[int]
    sprites: Sprites
    has_features: bool
    probes: Probes
    device: str
    entries: list[EntryAbout]
    series: list[SeriesAbout]
    scale: str
    dim: int
    even_spread: float


class Rows(TypedDict):
    """Rows of an entry's metrics by step; one that comes again is the one that counts.

    Attributes:
        rows: Numbers by name, None for one that is not finite.
    """

    type: Literal["rows"]
    entry: str
    rows: list[dict[str, float | None]]


class ProofPart(TypedDict):
    """A digest of what each entry used: whether all are equal, and the start of the first."""

    text: str
    equal: bool
    entries: dict[str, str]


class Proof(TypedDict):
    """Whether the entries really started alike and saw the same, up to a step.

    Attributes:
        order: Of the batches.
    """

    type: Literal["proof"]
    step: int
    equal: bool
    weights: ProofPart
    order: ProofPart
    views: ProofPart
    sentence: str


class Interval(TypedDict):
    """A mean over seeds with its interval of 95 %, whose ends are None where there is none yet."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Difference(Interval):
    """A difference from the baseline, paired by seed.

    Attributes:
        stands: Whether it does when all differences are looked at at once.
    """

    verdict: str
    p: float | None
    stands: NotRequired[bool]


class SeedsRow(TypedDict):
    """An entry over all seeds, by the names of metrics."""

    entry: str
    label: str
    metrics: dict[str, Interval]
    differences: dict[str, Difference]


class SeedsAgainst(TypedDict):
    """What repeats say against one baseline.

    Attributes:
        looks: Which differences stand when all are looked at at once; may be empty.
    """

    rows: list[SeedsRow]
    sentence: str
    looks: str


class Seeds(SeedsAgainst):
    """A comparison's repeats with other seeds, against its baseline.

    Attributes:
        wanted: Seeds that were asked for; no fewer than are `done`.
        done: Seeds that all entries have been trained with.
        against: The same against each of the other entries, which may be pinned, by its name.
    """

    type: Literal["seeds"]
    wanted: int
    done: int
    state: str
    reason: str
    baseline: str
    against: dict[str, SeedsAgainst]
