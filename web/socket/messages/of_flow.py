"""Answers about a flow of points under a loss, for the forces page."""

from typing import Literal, TypedDict

from web.socket.messages.of_board import Answer, Arrays, Swept


class Optimum(TypedDict):
    """A value that no arrangement lies below; "optimum" where some arrangement has it."""

    value: float
    kind: Literal["optimum", "bound"]
    text: str


class Polygon(TypedDict):
    """The loss of the regular polygon."""

    value: float


class FlowReading(TypedDict):
    """A flow under one loss, numbers frame by frame.

    Attributes:
        ended: What became of it, one sentence.
    """

    title: str
    text: str
    loss: list[float]
    alignment: list[float]
    uniformity: list[float]
    optimum: Optimum | None
    polygon: Polygon | None
    ended: str


class FlowAnswer(Answer):
    """Points under each loss to its own equilibrium.

    Attributes:
        items: Which item each point is a view of.
        bins: Edges of the histogram of nearest similarities.
        least_uniformity: The lowest that so many items can have; null where it is not known.
        arrays: `places`, of both losses, each frame by frame and point by point; `nearest`,
            likewise the histogram of each frame.
    """

    what: Literal["flow"]
    n_frames: int
    n_points: int
    dims: int
    items: list[int]
    bins: list[float]
    least_uniformity: float | None
    scale: str
    of: list[FlowReading]
    arrays: Arrays


class StabilityAnswer(Answer):
    """How fast a dent in the regular polygon grows, over values of one setting.

    Attributes:
        nothing: Growths smaller than this are none.
        crossings: Values at which the polygon starts or ceases to hold.
    """

    what: Literal["stability"]
    values: list[float]
    growth: list[float]
    nothing: float
    crossings: list[float]
    field: Swept
    sentence: str
