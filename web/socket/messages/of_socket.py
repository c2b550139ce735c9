"""What a browser is told that may not speak to the server, ever or for now."""

from typing import Literal, NotRequired, TypedDict


class TurnedAway(TypedDict):
    """The page was opened by a name, or from a site, that this server does not answer; or there is
    no room for one more view.

    It closes the socket after that; trying again changes nothing, unless `again` says so.

    Attributes:
        message: Why, and which setting to change.
        again: There may be room later.
    """

    type: Literal["refused"]
    message: str
    again: NotRequired[bool]
