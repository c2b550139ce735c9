"""The room of a class, one a server: where the teacher is, who sits in it, and what was asked.

Nothing of it is kept on disk, and nobody's answer leaves it: only counts do.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from web.classroom.question import Question, question_of
from web.shell import roles
from web.shell.roles import Person
from web.socket.messages import complaints, record_of
from web.socket.messages.of_class import Allow, Attend, Choose, Close, Lead, Pose
from web.socket.registry import Seat

MOST_SEATS = 500
MOST_ANSWERS = 2000
LEADS = (Lead, Pose, Close, Allow)  # what the teacher alone may say
LED = ("live", "compare", "forces", "checkpoints", "learn")  # pages that are followed
NONE_HERE = "There is no class here; `cacr class` serves one."


class Room:
    """All of a class; any of it may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._seats: dict[Seat, tuple[Person, str, bool]] = {}  # who, on which page, following
        self._tokens: dict[Seat, str] = {}  # of the teacher's seats
        self._page, self._params = "", {}  # type: ignore[var-annotated]
        self._places: dict[str, tuple[str, Mapping[str, str]]] = {}  # by token, what it opened last
        self._waiting: set[str] = set()  # tokens whose place counts once they have a seat
        self._seen: dict[str, Any] | None = None
        self._said: dict[Seat, dict[str, Any]] = {}  # by each of the teacher's tabs
        self._leader: Seat | None = None  # the tab that was changed last
        self._asked: Question | None = None
        self._number = 0

    # --- what the teacher's script says

    def open(self, page: str, params: Mapping[str, str], token: str | None = None) -> None:
        """The teacher has this page open, with what its address says, a lesson under way included;
        one not to follow counts not.

        What a view of another page has said of itself is forgotten.

        Args:
            token: Of the session that says so. Where its tab has no seat, as one in the background
                that was lost and has come back, it brings nobody away before it takes one.
        """
        if page not in LED:
            return
        with self._lock:
            if token is not None:
                here = {one: at for one, at in self._places.items() if roles.of_token(one).id}
                self._places = here | {token: (page, params)}
                self._waiting &= here.keys()
                if self._page and token not in self._tokens.values():
                    self._waiting.add(token)
                    return
            if (page, dict(params)) == (self._page, self._params):
                return
            if page != self._page:
                self._seen = None
            self._page, self._params = page, dict(params)
        self._tell_place()
        self._tell_all()

    @property
    def destination(self) -> tuple[str, dict[str, str]] | None:
        """The page that the teacher has open and what its address says; None before any."""
        with self._lock:
            return (self._page, dict(self._params)) if self._page else None

    # --- what the socket says

    def hear(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        """Take what a browser says to the class.

        Raises:
            ValueError: There is no class, it is not theirs to say, or it makes no sense.
        """
        if not roles.is_class():
            raise ValueError(NONE_HERE)
        doing: dict[type, Callable[[dict[str, Any], Seat, Person], None]] = {
            Attend: self._attend,
            Lead: self._lead,
            Pose: self._pose,
            Close: self._close,
            Choose: self._choose,
            Allow: self._allow,
        }
        record = record_of(message, doing)
        if record is None:
            raise ValueError(f"A class is told no {str(message.get('type'))[:40]!r}.")
        if not person.id:
            raise ValueError("The token says who speaks to the class, and this is nobody's.")
        if record in LEADS and not person.is_owner:
            raise ValueError("Only the teacher of this class may do that; you follow.")
        if wrong := complaints(message, record):
            raise ValueError(wrong[0])
        doing[record](message, seat, person)

    def leave(self, seat: Seat) -> None:
        """A browser has gone."""
        with self._lock:
            self._said.pop(seat, None)
            self._tokens.pop(seat, None)
            if self._leader is seat:
                self._leader = None
            if self._seats.pop(seat, None) is None:
                return
        self._tell_all()

    def _attend(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        with self._lock:
            is_new = seat not in self._seats and not person.is_owner
            if is_new and len(self._seats) >= MOST_SEATS:
                raise ValueError(f"This class has {MOST_SEATS} seats, and all are taken.")
            self._seats[seat] = (person, message["page"], message["follows"])
            if person.is_owner:
                self._tokens[seat] = message["token"]
            token = message["token"]
            waiting = self._places.get(token) if token in self._waiting else None
            self._waiting.discard(token)
        if message["follows"] and not person.is_owner:
            self._tell_place(seat)
        self._tell_all()
        if waiting is not None:
            self.open(*waiting)

    def _lead(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        seen = {key: message[key] for key in ("run", "view", "moment")}
        said = seen | {"page": message["page"]}
        with self._lock:
            is_new = self._said.get(seat) != said
            self._said[seat] = said
            if not is_new and self._leader not in (None, seat):
                return  # another tab of the teacher's has been changed since
            self._leader = seat
            place = self._places.get(message["token"])
            if is_new and place is not None and place[0] == message["page"]:
                self.open(*place)  # another tab's was followed since, it may be
            if message["page"] != self._page or seen == self._seen:
                return  # the script has not said so yet, or is further; or it is known
            self._seen = seen
        self._tell_place()

    def _pose(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        question = question_of(message)
        with self._lock:
            self._number += 1
            question.number = self._number
            self._asked = question
        self._tell_all()

    def _close(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        with self._lock:
            if message["gone"]:
                self._asked = None
            elif self._asked is not None:
                self._asked.is_open = False
        self._tell_all()

    def _choose(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        with self._lock:
            asked = self._asked
            if asked is None or asked.number != message["number"] or not asked.is_open:
                raise ValueError("No more answers are taken to this question.")
            if not 0 <= message["option"] < len(asked.options):
                raise ValueError(
                    f"An answer is one of {len(asked.options)} options, got {message['option']}."
                )
            if person.is_owner:
                raise ValueError("The teacher asks, and followers answer.")
            if person.id not in asked.answers and len(asked.answers) >= MOST_ANSWERS:
                raise ValueError(f"{MOST_ANSWERS} answers are as many as are taken.")
            asked.answers[person.id] = message["option"]
        self._tell_all()

    def _allow(self, message: dict[str, Any], seat: Seat, person: Person) -> None:
        roles.allow("start", message["start"])
        self._tell_all()

    # --- what is told

    def _tell_place(self, only: Seat | None = None) -> None:
        """Tell those who follow where the teacher is, or one of them."""
        with self._lock:
            if not self._page:
                return
            place = {
                "type": "place",
                "page": self._page,
                "address": urlencode(self._params),
                "seen": self._seen,
            }
            to = [s for s, (who, _, follows) in self._seats.items() if follows and not who.is_owner]
            for seat in to if only is None else [only]:
                seat.post(place)  # in turn: what is so later is told later

    def _tell_all(self) -> None:
        """Tell everyone how the class stands."""
        with self._lock:
            for seat, (who, _, _) in self._seats.items():
                seat.post(self._standing(who))

    def _standing(self, person: Person) -> dict[str, Any]:
        """How the class stands: people are counted, in however many tabs they sit."""
        tabs = [(who.id, page, on) for who, page, on in self._seats.values() if not who.is_owner]
        following = {who for who, _, follows in tabs if follows}
        elsewhere = {who: page for who, page, _ in tabs if who not in following}
        about = {
            "type": "class",
            "n": len(following) + len(elsewhere),
            "following": len(following),
            "is_led": bool(self._page),
            "may_start": "start" in roles.visitors_may(),
            "asked": self._asked and self._asked.told(person, following | elsewhere.keys()),
        }
        pages = dict(Counter(elsewhere.values()))
        return about | ({"pages": pages} if person.is_owner else {})


ROOM = Room()
