"""The forces page's part of the socket: questions about a board, and about no run."""

from __future__ import annotations

from web.socket.follow import Message
from web.socket.messages import pack
from web.socket.registry import Channel, Question


def answer(question: Question) -> Message:
    """What the board's losses make of it.

    Raises:
        ValueError: A part of the board makes no sense; the sentence says which.
    """
    from web.forces import answers

    found, arrays = answers.forces(question.message)
    header = {"type": "answer"} | question.known | found
    if not arrays:
        return header
    header["arrays"] = [[name, int(array.size)] for name, array in arrays.items()]
    return pack(header, *(array.astype("<f4") for array in arrays.values()))


def load() -> None:
    import web.forces.answers  # noqa: F401


CHANNEL = Channel(
    questions=("forces", "landscape", "chord", "flow", "stability"), answer=answer, load=load
)
