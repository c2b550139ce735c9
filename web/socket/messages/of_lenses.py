"""The losses that a page offers to look through, each with its settings."""

from typing import Literal, NotRequired, TypedDict

from web.socket.messages.to_server import Lens


class Choice(TypedDict):
    """One of a setting's values and what it is called."""

    name: str
    label: str


class Needs(TypedDict):
    """What another setting must be for a setting to change anything."""

    name: str
    value: bool | float | str | None


class NamesSweep(TypedDict):
    """The range of a name of a person's own in which a polygon is tested."""

    least: float
    most: float


class Names(TypedDict):
    """How each name of a person's own is moved, whose values a text keeps, as `a=1, b=2`."""

    help: str
    min: float
    max: float
    step: float
    sweep: NamesSweep


class LensField(TypedDict):
    """A setting of a loss as a control of the lens.

    Attributes:
        symbol: As the papers write it; may be empty.
        help: One sentence.
        value: At first, the run's own where it trains with this loss.
        choices: Of a setting of the kind "choice", in place of `min`, `max` and `step`.
        leads: Is at hand above a scene.
        names: Of text that keeps the values of names of a person's own.
        needs: The setting, and its value (None: any but 0), without which this changes nothing.
    """

    name: str
    label: str
    symbol: str
    help: NotRequired[str]
    kind: Literal["bool", "int", "float", "choice", "text"]
    default: bool | float | str
    value: bool | float | str
    min: NotRequired[float]
    max: NotRequired[float]
    step: NotRequired[float]
    choices: NotRequired[list[Choice]]
    leads: bool
    needs: Needs | None
    names: NotRequired[Names]


class Sweep(TypedDict):
    """The setting that is swept first, and the range in which a polygon is tested."""

    field: str
    least: float
    most: float


class LossPreset(TypedDict):
    """Settings of a loss to begin from."""

    title: str
    settings: dict[str, bool | float | str]


class OfferedLens(TypedDict):
    """A loss to look through; `sweep` is None where no setting is a number."""

    name: str
    title: str
    fields: list[LensField]
    sweep: Sweep | None
    presets: list[LossPreset]


class Lenses(TypedDict):
    """The losses a run can be looked at through; sent once torch is there."""

    type: Literal["lenses"]
    run: str
    lenses: list[OfferedLens]
    own_lens: Lens
