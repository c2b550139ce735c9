"""What a browser is told that may not speak to the server at all."""

from typing import Literal, TypedDict


class TurnedAway(TypedDict):
    """The page was opened by a name, or from a site, that this server does not answer.

    It closes the socket after that; trying again changes nothing.

    Attributes:
        message: Why, and which setting to change.
    """

    type: Literal["refused"]
    message: str
