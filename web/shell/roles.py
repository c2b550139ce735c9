"""Who may do what: the owner, who started the server, and visitors.

Where the server is reached from this machine alone everyone is its owner (`hosts.is_local` says
when). Opened to others, the owner is who came by the link with the secret, which is printed when
the server starts; a cookie keeps it. All others are visitors: they watch, look around and ask, and
CACR_VISITORS_MAY says what else. A run belongs to who started it. In a class (CACR_CLASS, set by
`cacr class`) the owner is its teacher, who may allow more while it goes on, and visitors are its
followers: each may have one run at a time.

A script asks `me()`. The socket is told no role: the script hands its view a token, which the
browser shows with what it asks for, and `of_token` says whose it is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cacr_core.runs import folder as files
from cacr_core.runs import limits, shelf
from web.shell import hosts

MAY = ("start", "upload")  # what CACR_VISITORS_MAY may list
SECRET_KEY = "owner"  # in a link
REFUSED = "secret_refused"  # in a session: its link had another secret
COOKIES = OWNER_COOKIE, VISITOR_COOKIE = "cacr_owner", "cacr_visitor"
STARTER = "starter.json"  # in a run's folder; no part of the zip that is saved of it
OWNERS = "owner"
_DOES = {"start": "start runs", "upload": "upload files"}
_allowed: dict[str, bool] = {}  # by the teacher, or taken back, until the server ends
_secret = os.environ.get("CACR_OWNER_SECRET") or secrets.token_urlsafe(18)


class Person(NamedTuple):
    """Who asks.

    Attributes:
        id: Of a visitor, "owner" of the owner; never the text that a browser shows to prove it.
        is_owner: Whether everything is allowed.
        is_local: Whether it is an owner at this machine, who may name its folders.
    """

    id: str
    is_owner: bool
    is_local: bool


NOBODY = Person("", False, False)
OWNER = Person(OWNERS, True, True)  # at this machine


class _Token:
    """A text that stands for a person while their session lives."""

    def __init__(self, person: Person) -> None:
        self.text = secrets.token_urlsafe(18)
        _tokens[self.text] = person
        weakref.finalize(self, _tokens.pop, self.text, None)


class _Owners:
    """Says that a session is its owner's, for as long as it lives."""

    def __init__(self) -> None:
        context = get_script_run_ctx(suppress_warning=True)
        self.session = context.session_id if context else ""
        _sessions.add(self.session)
        weakref.finalize(self, _sessions.discard, self.session)


_tokens: dict[str, Person] = {}
_sessions: set[str] = set()  # of an owner who came by the link, where a browser may keep no cookie


def me() -> Person:
    """Who runs the script."""
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    if hosts.is_local(headers):
        return OWNER
    cookies = st.context.cookies
    if st.session_state.get("is_owner") or is_proof(cookies.get(OWNER_COOKIE, "")):
        return Person(OWNERS, True, False)
    known = cookies.get(VISITOR_COOKIE) or st.session_state.setdefault(
        "visitor", secrets.token_urlsafe(18)
    )
    return Person(hashlib.sha256(str(known).encode()).hexdigest()[:16], False, False)


def take_secret() -> None:
    """Take the owner's secret from the link, and out of it; the session remembers. Before `me`."""
    said = st.query_params.get(SECRET_KEY)
    if said is None:
        return
    del st.query_params[SECRET_KEY]
    if not is_secret(said):
        st.session_state[REFUSED] = True
    elif "is_owner" not in st.session_state:
        st.session_state["is_owner"] = _Owners()


def secret_refusal() -> str:
    """Why who came by an owner's link is none; empty where nobody expects to be. After
    `take_secret`."""
    if REFUSED not in st.session_state or me().is_owner:
        return ""
    return (
        "The secret in this link is not this server's. It prints a link with a new one at every "
        "start; CACR_OWNER_SECRET keeps the secret from start to start."
    )


def is_secret(text: str) -> bool:
    return hmac.compare_digest(text.encode(), _secret.encode())


def proof() -> str:
    """What the owner's cookie holds: not the secret, but only made with it."""
    return hmac.new(_secret.encode(), b"cookie", "sha256").hexdigest()


def is_proof(text: str) -> bool:
    return hmac.compare_digest(text.encode(), proof().encode())


def upload_refusal(headers: Mapping[str, str], shown: Mapping[str, str], session: str) -> str:
    """Why a request may not bring a file; empty if it may. No script runs that could ask `me()`.

    Args:
        headers: By names in small letters.
        shown: Cookies that it has.
        session: Of Streamlit, that the file is for.
    """
    is_owner = hosts.is_local(headers) or is_proof(shown.get(OWNER_COOKIE, ""))
    return "" if is_owner or session in _sessions else refusal("upload", NOBODY)


def my_token() -> str:
    """The text by which the socket knows who runs the script."""
    person = me()
    held = st.session_state.get("token")
    if held is None or _tokens.get(held.text) != person:
        held = st.session_state["token"] = _Token(person)
    return str(held.text)


def of_token(text: object) -> Person:
    """Whose token this is; nobody's where it is none, or its session has gone."""
    return _tokens.get(text, NOBODY) if isinstance(text, str) else NOBODY


def is_class() -> bool:
    """Whether the owner teaches here, and all others follow."""
    return hosts.is_open() and os.environ.get("CACR_CLASS", "") not in ("", "0")


def allow(what: str, on: bool) -> None:
    """Let visitors do something from now on, or no longer, whatever CACR_VISITORS_MAY says of it.

    Raises:
        ValueError: It cannot be allowed.
    """
    if what not in MAY:
        raise ValueError(f"What may be allowed is any of {', '.join(MAY)}, got {what[:40]!r}.")
    _allowed[what] = on


def visitors_may() -> tuple[str, ...]:
    """What visitors may do beside watching and asking.

    Raises:
        ValueError: CACR_VISITORS_MAY lists something else.
    """
    named = [word.strip() for word in os.environ.get("CACR_VISITORS_MAY", "").split(",")]
    found = tuple(word for word in named if word)
    if unknown := [word for word in found if word not in MAY]:
        raise ValueError(
            f"CACR_VISITORS_MAY lists any of {', '.join(MAY)}, got {unknown[0][:40]!r}."
        )
    return tuple(word for word in MAY if _allowed.get(word, word in found))


def visitors_datasets() -> tuple[str, ...] | None:
    """The images that visitors may choose, as CACR_VISITORS_DATASETS lists them; None for all."""
    named = os.environ.get("CACR_VISITORS_DATASETS")
    return None if named is None else tuple(w.strip() for w in named.split(",") if w.strip())


def refusal(what: str, person: Person | None = None) -> str:
    """Why somebody may not start runs ("start") or upload files ("upload"); empty if they may."""
    if (person or me()).is_owner or what in visitors_may():
        return ""
    if is_class():
        return f"Followers of this class may not {_DOES[what]}; its teacher may allow it."
    return (
        f"Visitors of this app may not {_DOES[what]}. Its owner, who started it, may allow it "
        f"with CACR_VISITORS_MAY={what}, or opens the link that the server printed."
    )


def check(what: str) -> None:
    """Refuse what `refusal` refuses.

    Raises:
        ValueError: With its sentence.
    """
    if sentence := refusal(what):
        raise ValueError(sentence)


def check_run(config: Any, person: Person | None = None, instead_of: Path | None = None) -> None:
    """Hold a run to what a visitor may start: its size, and in a class one of theirs at a time.

    Args:
        config: Of a run or a comparison, or the fields of its config.json.
        instead_of: The folder of a run that makes way for it.

    Raises:
        ValueError: It is larger, or another of theirs is not over.
    """
    person = person or me()
    if person.is_owner:
        return
    fields = config if isinstance(config, Mapping) else json.loads(config.to_json())
    limits.check_config(fields, of="VISITORS")
    if is_class() and (busy := _at_work(person, instead_of)):
        raise ValueError(
            f"Each follower may have one run at a time, and your {busy} is not over: wait for it, "
            "or stop it."
        )


def check_again(folder: Path, person: Person | None = None) -> None:
    """Hold a run that is to train again, as it stands, to what a visitor may start.

    Raises:
        ValueError: It is larger, another of theirs is not over, or they may not choose its images.
    """
    person = person or me()
    if person.is_owner:
        return
    fields = files.read_config(files.home(folder))
    check_run(fields, person)
    seen, uploads = visitors_datasets(), shelf.runs_folder() / shelf.IMAGES
    for config in (fields, *(entry["config"] for entry in fields.get("entries", ()))):
        for place in (Path(config[key]) for key in ("dataset", "mixture") if config.get(key)):
            if seen is None or str(place) in seen or place.name in seen or place.parent == uploads:
                continue
            raise ValueError(
                f"{place.name[:60]!r} is not among the images that you may choose. Choose others."
            )


def check_repeats() -> None:
    """Raises ValueError for a follower of a class: repeats train on and on."""
    if is_class() and not me().is_owner:
        raise ValueError("In a class only its teacher repeats a comparison over seeds.")


def _at_work(person: Person, but: Path | None = None) -> str:
    """The id of a run of theirs that trains, waits or is paused; empty where there is none."""
    for folder in shelf.runs_folder().glob("*"):
        if but is not None and folder.name == but.name:
            continue
        said = files.read_json(folder / STARTER)
        if said.get("by") == person.id and files.status(folder) in files.ACTIVE:
            return folder.name
    return ""


def claim(folder: Path) -> None:
    """Note that a run belongs to who runs the script."""
    files.write_json(files.home(folder) / STARTER, {"by": me().id})


def not_yours(folder: Path, person: Person | None = None) -> str:
    """Why somebody may not change, stop or delete a run; empty if they may."""
    person = person or me()
    of = str(files.read_json(files.home(folder) / STARTER).get("by", OWNERS))
    if person.is_owner or (person.id and person.id == of):
        return ""
    return "This run belongs to who started it: you can watch it and ask about it, not change it."


def check_own(folder: Path, person: Person | None = None) -> None:
    """Refuse what `not_yours` refuses.

    Raises:
        ValueError: With its sentence.
    """
    if sentence := not_yours(folder, person):
        raise ValueError(sentence)


def cookies_for(query: Mapping[str, str], shown: Mapping[str, str]) -> dict[str, str]:
    """What a browser that opens a page is to keep: the owner's proof, or a visitor's name.

    Args:
        query: Of the link.
        shown: Cookies that it has.
    """
    if not hosts.is_open():
        return {}
    given = {} if VISITOR_COOKIE in shown else {VISITOR_COOKIE: secrets.token_urlsafe(18)}
    if is_secret(query.get(SECRET_KEY, "")):
        given[OWNER_COOKIE] = proof()
    return given


def links() -> list[str]:
    """What the server says at its start: who opens it by which link; nothing where all are local.

    Raises:
        ValueError: CACR_VISITORS_MAY lists what there is not.
    """
    if not hosts.is_open():
        return []
    where = hosts.address()
    if is_class():
        return [
            f"Followers: {where}",
            f"You, the teacher: {teachers_link(where)}",
        ]
    may = " and ".join(_DOES[word] for word in visitors_may()) or "watch and ask"
    return [
        f"Visitors, who may {may}: {where}",
        f"You, the owner: {where}?{SECRET_KEY}={_secret}",
    ]


def teachers_link(where: str) -> str:
    """The link that makes a browser the teacher's, and opens the page that shows the class in."""
    return f"{where}class?{SECRET_KEY}={_secret}"
