"""What a browser is told of a run that it watches, and that something could not be done."""

from typing import Any, Literal, NotRequired, TypedDict

from web.socket.messages.to_server import Lens, Space

Standing = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "lost"]


class EntryState(TypedDict):
    """How an entry of a comparison stands.

    Attributes:
        reason: Why it ended, where it ended alone; else empty.
        alone: It ended alone: the others went on, or ended later.
    """

    state: Standing
    reason: str
    step: int
    alone: NotRequired[bool]


class State(TypedDict):
    """How what is watched stands; sent whenever that changes.

    Attributes:
        reason: Why it ended, or what it waits for; may be empty.
        step: The newest that is known.
        steps_per_second: 0 unless it is running.
        entries: Of a comparison, by the names of its entries.
        damage: What of its files cannot be read and is left out, a sentence each.
    """

    type: Literal["state"]
    run: str
    state: Standing
    reason: str
    step: int
    steps_per_second: float
    entries: NotRequired[dict[str, EntryState]]
    damage: NotRequired[list[str]]


class LossText(TypedDict):
    """A loss in words: its title, and it and its telling settings on one line.

    Attributes:
        labelled: It is told the class of every image.
    """

    name: str
    title: str
    text: str
    labelled: bool


class Factor(TypedDict):
    """What else is known about each probe.

    Attributes:
        kind: How its values are coloured.
        names: Of its values, where they have any.
    """

    kind: str
    values: list[Any]
    names: NotRequired[list[str]]


class Probes(TypedDict):
    """The images that are watched, as they lie in a sprite sheet.

    Attributes:
        tile: Pixels along a side of an image.
        columns: Images in a row of the sheet.
        labels: Of each image, -1 where it has none.
    """

    n: int
    tile: int
    columns: int
    labels: list[int]
    class_names: list[str]
    factors: dict[str, Factor]


class Sprites(TypedDict):
    """Addresses of sprite sheets: the probes as they are, and their five views."""

    probes: str
    views: list[str]


class Batch(TypedDict):
    """What a run trains on at each update."""

    items: int
    views: int


class Run(TypedDict):
    """What a run is, the first message about it, and again when it is watched another way.

    Attributes:
        example: It was recorded with the app.
        n: How many probes there are.
        dims: Of the places they are drawn in, 2 or 3.
        natural: Embeddings are drawn where they are, on the circle or the sphere.
        device: Where and in which precision it trained.
        own_lens: The loss and the mixture it trains with.
        has_features: The space "features" can be looked at.
        space: As asked for, as are `layout` and `agreement`.
        asked: The step that was asked for, None where none was.
        at: The step whose frame comes first, None where none was asked for or is kept.
    """

    type: Literal["run"]
    run: str
    title: str
    example: bool
    loss: LossText
    dataset: str
    n: int
    dims: int
    natural: bool
    probes: Probes
    sprites: Sprites
    n_steps: int
    batch: Batch
    device: str
    own_lens: Lens
    has_features: bool
    space: Space
    layout: str
    agreement: bool
    asked: int | None
    at: int | None


class FrameOf(TypedDict):
    """The step that a layout was made at; a frame may be drawn in the one before its own."""

    step: int


class Reading(TypedDict):
    """One number of a run at a moment, and what it means.

    Attributes:
        value: None where there is none yet.
        text: As a person reads it, with its unit.
        chance: What it is read against; may be empty.
        sentence: What it means now.
        at: The step it was measured at, where that is not the frame's.
        chance_value: The number of `chance`, to be drawn.
        tile: The key of the number in whose tile it stands; its own if empty.
    """

    key: str
    title: str
    value: float | None
    text: str
    chance: str
    sentence: str
    level: Literal["good", "plain", "warn"]
    at: int | None
    chance_value: float | None
    tile: str


class Frame(TypedDict):
    """A run at one step: where each probe is drawn, and every number with its sentence.

    Attributes:
        layout: How this frame is laid out, which may be otherwise than asked for.
        trust: Trustworthiness of the layout, None where it was not made for this step.
        spread: How far the images lie apart, 1 where they lie evenly.
        diagnosis: What is wrong with the run, one sentence; empty where nothing is.
        latest: There was no later step when it was made.
        agreement: Whether the array of that name follows.
    """

    type: Literal["frame"]
    step: int
    space: Space
    layout: Literal["umap", "pca", "natural"]
    of: FrameOf
    trust: float | None
    spread: float
    dims: int
    n: int
    numbers: list[Reading]
    diagnosis: str
    latest: bool
    agreement: bool


class Refusal(TypedDict):
    """What was asked makes no sense, or could not be done: one sentence.

    Attributes:
        id: Of the question, where it was one and had one.
        of: "control" where something was asked of the worker.
        lens: Which of a board's losses it is about.
        line: Which formula of that loss, by its setting; `at` the character, from 0.
    """

    type: Literal["error"]
    id: NotRequired[int | None]
    message: str
    of: NotRequired[Literal["control"]]
    lens: NotRequired[int]
    line: NotRequired[str]
    at: NotRequired[int]
