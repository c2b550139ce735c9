"""What a browser sends: text, a JSON object of at most 4,096 characters."""

# Annotations are values here: `NotRequired` in a string would not be seen.
from typing import Literal, NotRequired, TypedDict

Space = Literal["embeddings", "features"]
Layout = Literal["umap", "pca"]
Place = list[float]  # longitude and latitude in degrees
Lens = dict[str, bool | float | str]  # "name" of a loss, its settings, and how synthetics are mixed
Surface = Literal["circle", "sphere"]


class Watch(TypedDict):
    """Watch a run, an entry of a comparison or a comparison from now on, in place of another.

    Of a comparison only `run` counts. What is watched is described, and sent, from the beginning.

    Attributes:
        run: Id of what is watched; an entry is `COMPARISON.a` to `COMPARISON.d`.
        space: What is laid out, the embeddings by default.
        layout: How, by UMAP by default; points on a circle or sphere are drawn where they are.
        agreement: Send with each frame how far neighbours agree.
        step: The frame at or before this step is sent before the others.
    """

    type: Literal["watch"]
    run: str
    space: NotRequired[Space]
    layout: NotRequired[Layout]
    agreement: NotRequired[bool]
    step: NotRequired[int | None]


class Control(TypedDict):
    """Ask something of the worker that trains what is watched.

    Attributes:
        run: Id of what is meant; it must be what is watched. Left out where nothing is.
        token: Text that the page's script was given for its view: it says who asks.
    """

    type: Literal["control"]
    act: Literal["pause", "resume", "step", "stop"]
    run: NotRequired[str]
    token: NotRequired[str]


class _Ask(TypedDict):
    type: Literal["ask"]
    id: int


class _AskOfQuery(_Ask):
    step: int
    probe: int
    view: int
    group: NotRequired[Literal["probes", "batch"]]
    lens: NotRequired[Lens | None]


class AskWeights(_AskOfQuery):
    """How a query of the run watched weighs every probe; answered by `Weights`.

    Attributes:
        step: The snapshot at or before it is looked at.
        probe: Which image asks.
        view: Which of its five views, from 0.
        group: All probes as one batch, or a fixed random group of the training batch's size.
        lens: The loss to look through, the run's own where there is none.
    """

    what: Literal["weights"]


class AskQuery(_AskOfQuery):
    """All that the query panel shows, fields as for `AskWeights`; answered by `QueryAnswer`."""

    what: Literal["query"]


class AskInside(_Ask):
    """One update of the run watched, taken apart; answered by `InsideAnswer`.

    Attributes:
        step: Updates made before it; the nearest that can be opened is.
    """

    what: Literal["inside"]
    step: int


class AskInsideQuery(_Ask):
    """One query of an update; answered by `InsideQueryAnswer`.

    Attributes:
        step: One of the `steps` of an `InsideAnswer`.
        query: The sample, `view * n + item`.
    """

    what: Literal["inside_query"]
    step: int
    query: int


class AskStrips(_AskOfQuery):
    """One query under every entry of the comparison watched; answered by `StripsAnswer`.

    Fields as for `AskWeights`; without a lens each entry looks through its own loss.
    """

    what: Literal["strips"]


class EntryStep(TypedDict):
    """An entry of a comparison at a step."""

    entry: str
    step: int


_Between = TypedDict("_Between", {"from": EntryStep, "to": EntryStep})


class AskMoved(_Ask, _Between):
    """Whose neighbours differ most between two moments; answered by `MovedAnswer`."""

    what: Literal["moved"]
    space: NotRequired[Space]


class _AskOfBoard(_Ask):
    surface: Surface
    query: Place
    positives: list[Place]
    negatives: list[Place]


class AskForces(_AskOfBoard):
    """What each of two losses makes of points on a circle or a sphere; answered by `ForcesAnswer`.

    Needs no run, as all questions about points.

    Attributes:
        query: Longitude and latitude in degrees, as all places; on the circle the first counts.
        losses: The two lenses.
        seed: Draws the synthetic negatives.
        detail: The mark whose weight and pull are written out, such as `n0`; none where empty.
    """

    what: Literal["forces"]
    losses: list[Lens]
    seed: NotRequired[int]
    detail: NotRequired[str]


class AskLandscape(_AskOfBoard):
    """Loss and force wherever the query could stand; answered by `LandscapeAnswer`.

    Attributes:
        sweep: Which of the losses, 0 or 1, and the name of the setting that is swept.
    """

    what: Literal["landscape"]
    losses: list[Lens]
    seed: NotRequired[int]
    sweep: tuple[int, str]


class AskChord(_AskOfBoard):
    """What mixing two negatives makes, share by share; answered by `ChordAnswer`.

    Attributes:
        chord: The two negatives, and a share.
        loss: A lens.
    """

    what: Literal["chord"]
    chord: tuple[int, int, float]
    loss: Lens


class AskFlow(_Ask):
    """Points under each loss to its own equilibrium; answered by `FlowAnswer`.

    Attributes:
        flow: Settings by name, those of `cacr_core.forces.FlowConfig` but the surface.
    """

    what: Literal["flow"]
    surface: Surface
    losses: list[Lens]
    flow: dict[str, bool | float | str]


class AskStability(_Ask):
    """How fast a dent in the regular polygon grows; answered by `StabilityAnswer`.

    Attributes:
        field: The setting of the loss that is swept, from `least` to `most` in `n` values.
    """

    what: Literal["stability"]
    n_items: int
    n_views: NotRequired[int]
    loss: Lens
    field: str
    least: NotRequired[float]
    most: NotRequired[float]
    n: NotRequired[int]
