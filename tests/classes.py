"""A class for tests: its people, and sockets that are spoken to as their browsers would."""

import asyncio
import itertools
import json

import pytest

from app import server
from tests.protocol import fits_to_browser
from tests.reached import reached
from web.classroom.room import ROOM, Room
from web.shell import roles

TEACHER = roles.Person("owner", True, False)
FOLLOWERS = [roles.Person(f"{i:016x}", False, False) for i in range(1, 41)]
ONE, OTHER = FOLLOWERS[:2]
TOKENS = {"teacher": TEACHER} | {f"follower-{i}": p for i, p in enumerate(FOLLOWERS)}


@pytest.fixture
def class_here(monkeypatch):
    """A class that is open to others, with nobody in it; its room."""
    reached(monkeypatch, address="0.0.0.0")
    monkeypatch.setenv("CACR_CLASS", "1")
    monkeypatch.setattr(roles, "_allowed", {})
    monkeypatch.setattr(roles, "_tokens", dict(TOKENS))
    ROOM.__init__()
    yield ROOM
    ROOM.__init__()


class Seat:
    """A browser in a room, without a socket: all that it was told."""

    def __init__(self):
        self.told = []

    def post(self, message):
        fits_to_browser(message)
        self.told.append(message)

    def last(self, kind):
        return next((m for m in reversed(self.told) if m["type"] == kind), None)


def attend(room: Room, person, page="live", follows=True):
    seat = Seat()
    say(room, seat, person, type="attend", page=page, follows=follows)
    return seat


def say(room, seat, person, **message):
    room.hear({"token": "", **message}, seat, person)


class Line:
    """A socket that says its lines one after the other and keeps what it is told."""

    client = None

    def __init__(self, lines):
        self.lines = iter(lines)
        self.headers = {"origin": "http://lab:8501", "host": "lab:8501"}
        self.heard = []

    async def accept(self):
        pass

    async def receive_text(self):
        for _ in range(3):
            await asyncio.sleep(0)
        line = next(self.lines, None)
        if line is None:
            await asyncio.sleep(0.3)
            raise KeyError
        return line if isinstance(line, str) else json.dumps(line)

    async def send_text(self, text):
        self.heard.append(json.loads(text))

    async def send_bytes(self, content):
        self.heard.append({"type": "bytes"})


def talk(lines):
    """What a browser of the class is told that says these lines."""
    line = Line(lines)
    asyncio.run(server.socket(line))
    return line.heard


def product(**choices):
    """Every combination of some values by name."""
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))
