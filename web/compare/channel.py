"""The compare page's part of the socket: comparisons are watched, and asked about all entries."""

from __future__ import annotations

from pathlib import Path

from cacr_core.runs import folder as files
from web.compare.watch import CompareWatcher
from web.socket.follow import Message
from web.socket.registry import Channel, Question


def follows(folder: Path) -> bool:
    return bool(files.entry_folders(folder))


def answer(question: Question) -> Message:
    """One query under every loss, or the images whose neighbours differ most.

    Raises:
        ValueError: A part of the question makes no sense; the sentence says which.
    """
    from web.compare import moved, strips

    assert question.watcher is not None
    ask = strips.strips if question.message["what"] == "strips" else moved.moved
    return {"type": "answer"} | question.known | ask(question.message, question.watcher.folder)


def load() -> None:
    import web.compare.link
    import web.compare.moved
    import web.compare.strips  # noqa: F401


CHANNEL = Channel(
    questions=("strips", "moved"), answer=answer, load=load, follows=follows, watcher=CompareWatcher
)
