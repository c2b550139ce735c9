"""Answers about one update of a run taken apart: the whole of it, and one of its queries."""

from typing import Any, Literal, TypedDict

Arrays = list[tuple[str, int]]  # name and length of each array that follows, in order


class InsideBatch(TypedDict):
    """The images of the update; samples are numbered `view * n + item`.

    Attributes:
        matrix: How many of the images the table of distances shows.
        index: Which training images they are.
        columns, tile: Of the sheets: pictures in a row, pixels along a side.
        images: The sheet of the images as they are.
        views: A sheet for each view.
    """

    n: int
    views_each: int
    matrix: int
    n_train: int
    index: list[int]
    classes: list[str]
    columns: int
    tile: int
    images: str
    views: list[str]


class InsideLayer(TypedDict):
    """A layer by what it is, and the shape of what it makes of one view."""

    words: str
    shape: list[int]


class InsideNorm(TypedDict):
    """How long the gradient of a layer's own parameters is."""

    words: str
    norm: float


class InsideRecorded(TypedDict):
    """What the run wrote down of the update.

    Attributes:
        differs: By what share of itself the one of both that differs most does.
    """

    loss: float
    gradient_norm: float
    differs: float


class InsideLoss(TypedDict):
    """The loss of the update's batch."""

    title: str
    text: str
    total: float
    attraction: float
    repulsion: float


class InsideAnswer(TypedDict):
    """One update of the run watched, from its batch to its step.

    Arrays: `before`, `after` and `push`, places and directions of all samples on a plane, two
    numbers each; `distances`, a row for each sample of the table's images, with a column for each
    of them and then for each synthetic negative of the row, NaN where there is no pair.

    Attributes:
        step: Updates made before it.
        steps: Those that can be opened.
        made: Whether the run has made it.
        recorded: None where the run wrote nothing down right after it.
        agreement: In a sentence how it compares with what the run recorded.
        said: What a stage has to say, by its number from 1.
        share: Of the spread of the embeddings, on the plane.
        flat: The plane is where the embeddings lie themselves.
    """

    type: Literal["answer"]
    id: int | None
    what: Literal["inside"]
    step: int
    steps: list[int]
    n_steps: int
    made: bool
    recorded: InsideRecorded | None
    agreement: str
    batch: InsideBatch
    layers: list[InsideLayer]
    norms: list[InsideNorm]
    loss: InsideLoss
    gradient_norm: float
    rate: float
    n_synthetic: int
    n_queued: int
    said: dict[str, str]
    share: float
    flat: bool
    arrays: Arrays


_Class = TypedDict("_Class", {"class": str})


class InsidePair(_Class):
    """One pair of the query.

    Attributes:
        kind: `queued` is an entry of a queue, which has neither view nor image here.
        item: Which image of the batch, None where it is of none.
        same_class: Of the query's own class, and no positive.
        parents: Samples that a synthetic is mixed of; those of a queue are left out.
        weight: Among all of its side, which sum to 1.
        pull: Above 0 draws together.
        after: The distance after the step, None where that is not known.
    """

    kind: Literal["positive", "negative", "synthetic", "queued"]
    item: int | None
    view: int | None
    same_class: bool
    parents: list[int]
    distance: float
    weight: float
    pull: float
    after: float | None


class InsideRest(TypedDict):
    """The negatives that are not listed, added up."""

    n: int
    weight: float
    pull: float


class InsideActivation(TypedDict):
    """What a layer makes of the query: values from 0 to 255 between `least` and `most`.

    Attributes:
        shape: Channels shown, height, width; or units.
        of: How many channels or units there are.
    """

    shape: list[int]
    of: int
    least: float
    most: float
    values: list[int]


class InsideQueryAnswer(_Class):
    """One query of an update: its way through the layers, its pairs, its loss, and where it goes.

    Attributes:
        query: The sample, `view * n + item`.
        pairs: Positives first, then negatives and synthetics, heaviest first.
        formula: Lines of the loss filled with this query's numbers, as on the forces page; of many
            pairs the first of each side are written out.
        force: How strongly the batch's loss pulls at the embedding.
        moved: How far the step carried it.
        along: The cosine of the angle between the two.
        said: What a stage has to say of it, by the stage's number.
    """

    type: Literal["answer"]
    id: int | None
    what: Literal["inside_query"]
    step: int
    query: int
    item: int
    view: int
    layers: list[InsideActivation]
    pairs: list[InsidePair]
    rest: InsideRest
    formula: list[dict[str, Any]]
    force: float
    moved: float
    along: float
    said: dict[str, str]
