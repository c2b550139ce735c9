"""What a follower forges: over the socket, in links, by clicks, by addresses; all is refused."""

import asyncio
import hashlib
import os

import pytest
from starlette.requests import Request

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training import TrainConfig
from tests.classes import ONE, OTHER, TEACHER, attend, class_here, product, say, talk
from web.compare import link as compare_link
from web.compare import start as compare_start
from web.live.channel import queued_image
from web.settings import links
from web.shell import buttons, images, roles, runs_list
from web.shell.session import Shown
from web.socket import server

__all__ = ["class_here"]
RUNS = {"teachers": TEACHER.id, "others": OTHER.id}
CLAIMED = [*RUNS, "example", "teachers.a"]
GUESSES = ("follower-0", "", "owner", "nobody's", ONE.id, OTHER.id, "x" * 300)
NOWHERE = (
    "..", "../others", "../../etc", "/etc/passwd", "teachers/../others", "teachers/probes.json",
    "./teachers", ".queue", ".bin", "teachers.a", "teachers..a", "others/", "\\\\server\\share",
    "C:\\runs", "teachers\n", "teach\u0000ers", "%2e%2e/others", "others?x", "", " ", "~", "*",
    "others" * 100,
)  # fmt: skip
PATHS = ("/etc", "/", "..", "../..", "~/pictures", "C:\\Users", "file:///etc", "/proc/self/environ")
WORDS = {"label": "yes", "picture": None}
TEACHERS_OWN = (
    {"type": "lead", "page": "live", "run": None, "view": {"query": 1}, "moment": None},
    {"type": "pose", "text": "Mine?", "run": None, "about": None, "options": [WORDS, WORDS],
     "right": None},
    {"type": "close", "gone": True},
    {"type": "close", "gone": False},
    {"type": "allow", "start": True},
)  # fmt: skip
NONSENSE = (
    "{}", "[]", "null", "{", '"stop"', '{"type": "sudo"}', '{"type": "ask", "what": "secret"}',
    '{"type": ["control"]}', '{"type": "lead"}', "x" * 5000, '{"type": "attend", "token": 3}',
)  # fmt: skip


@pytest.fixture
def shelf_folder(tmp_path, monkeypatch, class_here):
    """A shelf with a run of the teacher's and one of another follower's, both at work."""
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    monkeypatch.delenv("CACR_FOLDERS", raising=False)
    probes = {
        "n": 4,
        "tile": 8,
        "columns": 2,
        "labels": [0] * 4,
        "class_names": ["a"],
        "factors": {},
    }
    for name, by in RUNS.items():
        folder = tmp_path / name
        files.write_bytes(folder / "config.json", TrainConfig().to_json().encode())
        files.write_json(folder / "probes.json", probes)
        files.write_json(folder / roles.STARTER, {"by": by})
        files.beat(folder, "running", os.getpid())
    return tmp_path


@pytest.fixture
def follower(monkeypatch):
    """Scripts are run by a follower, and whatever is started is noted."""
    session, started = {}, []
    for module in (roles.st, runs_list.st, buttons.st, images.st, compare_start.st):
        monkeypatch.setattr(module, "session_state", session)
    monkeypatch.setattr(roles, "me", lambda: ONE)
    for name in ("start", "resume", "repeat", "request", "request_step"):
        monkeypatch.setattr(runs, name, lambda *a, _name=name, **k: started.append(_name))
    return session, started


def digest(folder):
    """All that is kept in it."""
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    return {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in found.items()}


def is_sentence(text):
    return len(text.split()) > 3 and text.rstrip().endswith((".", "'"))


def forged_messages(secret):
    """Lines over the socket, each of which is to be refused."""
    tokens = (*GUESSES, secret)
    for run in RUNS:
        for forged in product(
            type=["control"], act=["pause", "resume", "step", "stop"], run=CLAIMED, token=tokens
        ):
            yield run, forged
    for act in ("delete", "rename", "start", "settings", "", "stop "):
        yield "teachers", {"type": "control", "act": act, "run": "teachers", "token": tokens[0]}
    for own, token in ((own, token) for own in TEACHERS_OWN for token in tokens):
        yield None, own | {"token": token}
    for token, option in product(token=tokens, option=[-1, 9, 10**9]):
        yield None, {"type": "choose", "token": token, "number": 1, "option": option}


def forged_lines(secret):
    """The same, while the run that is meant is watched, with what names no run and what is none."""
    watched = None
    for run, forged in forged_messages(secret):
        if run not in (None, watched):
            watched = run
            yield {"type": "watch", "run": run}
        yield forged
    for name in NOWHERE:
        yield {"type": "watch", "run": name}
        yield {"type": "watch", "run": "others", "folder": name}
    yield from NONSENSE


def product_pairs(**choices):
    return [tuple(found.values()) for found in product(**choices)]


def is_watch(line):
    """Whether it only watches what everyone may."""
    return isinstance(line, dict) and line in [{"type": "watch", "run": run} for run in RUNS]


def test_over_the_socket_nothing_forged_is_obeyed(shelf_folder, class_here):
    class_here.open("live", {"run": "teachers"})
    teacher = attend(class_here, TEACHER, follows=False)
    say(class_here, teacher, TEACHER, **TEACHERS_OWN[1])
    before, place = digest(shelf_folder), class_here.destination
    lines = list(forged_lines(roles._secret))
    forged = [line for line in lines if not is_watch(line)]
    refused = [message for message in talk(lines) if message["type"] == "error"]
    assert len(refused) == len(forged) >= 300
    assert [m["message"] for m in refused if not is_sentence(m["message"])] == []
    assert not any("could not be answered" in message["message"] for message in refused)
    assert digest(shelf_folder) == before
    assert class_here.destination == place
    standing = teacher.last("class")
    assert not standing["may_start"]
    assert standing["asked"]["is_open"]
    assert standing["asked"]["counts"] == [0, 0]


def test_that_is_five_hundred():
    over_the_socket = [line for line in forged_lines("secret") if not is_watch(line)]
    links_and_names = 4 * len(PATHS) + len(NOWHERE) + len(GUESSES)
    addresses = 4 * len(NOWHERE)
    assert len(over_the_socket) + links_and_names + addresses >= 500


def test_no_link_names_a_folder_or_makes_an_owner(shelf_folder, monkeypatch):
    refused = 0
    for key, path in product_pairs(key=["dataset", "mixture"], path=PATHS):
        _, settings, _, ignored = links.read({key: path})
        assert path not in settings.values()
        found = compare_link.read({key: path})
        assert path not in found.shared.values()
        assert any(is_sentence(s) for s in ignored) and any(is_sentence(s) for s in found.ignored)
        refused += 2
    for name in NOWHERE:
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            shelf.find(name)
        refused += 1
    query, session = {}, {}
    monkeypatch.setattr(roles.st, "query_params", query)
    monkeypatch.setattr(roles.st, "session_state", session)
    for guess in (*GUESSES, roles.proof(), roles._secret[:-1], roles._secret + " ", "ключ"):
        query["owner"] = guess
        roles.take_secret()
        assert not session.get("is_owner") and not query
        assert roles.OWNER_COOKIE not in roles.cookies_for({"owner": guess}, {})
        refused += 1
    assert refused >= 60


def test_no_address_leads_out_of_a_run(shelf_folder):
    for name, sheet in product_pairs(name=[*NOWHERE, "others"], sheet=["../config.json", "x.webp"]):
        scope = {"type": "http", "path_params": {"run": name, "name": sheet, "item": "../1"}}
        for route in (server.sprite, queued_image):
            answer = asyncio.run(route(Request(scope)))
            assert answer.status_code == 404
            assert len(answer.body.split()) > 3


@pytest.mark.parametrize("run", RUNS)
def test_no_click_changes_what_is_anothers(run, shelf_folder, follower):
    session, started = follower
    session[f"live_title_{run}"] = "Mine now"
    before = digest(shelf_folder)
    for act in (runs_list._delete, runs_list._rename):
        act("live", run)
        assert is_sentence(session.pop("live_unlisted"))
    shown = Shown(run, False, "running", "", 0, "")
    page = buttons.Page("live", lambda: None, lambda: shown, lambda: None, "")
    for act in ("start", "reset", "speed"):
        session["live"] = type("Told", (), {"transport": {"act": act, "run": run, "speed": "1"}})
        buttons.obey(page)
        assert is_sentence(session.pop("live_refused"))
    session["compare_n_seeds"] = 4
    for act in (compare_start._repeat, compare_start._stop_repeats):
        act(shown)
        assert is_sentence(session.pop("compare_error"))
    session["live_own_path"] = "/etc"
    images._take_own_path("live")
    assert "live_dataset" not in session and images.BY_HAND not in session
    assert (started, digest(shelf_folder)) == ([], before)


def test_who_may_start_is_held_to_size_and_to_one_run(shelf_folder, class_here, monkeypatch):
    for name, most in {"UPDATES": "100", "BATCH": "64", "PROBES": "200"}.items():
        monkeypatch.setenv(f"CACR_VISITORS_MOST_{name}", most)
    small = {"n_steps": 100, "batch_size": 64, "n_probes": 200}
    for name, more in {"n_steps": 101, "batch_size": 65, "n_probes": 201}.items():
        with pytest.raises(ValueError, match=f"A visitor's run has at most .* got {more}"):
            roles.check_run(TrainConfig(**small | {name: more}), ONE)
        roles.check_run(TrainConfig(**small | {name: more}), TEACHER)
    roles.check_run(TrainConfig(**small), ONE)
    with pytest.raises(ValueError, match="one run at a time, and your others is not over"):
        roles.check_run(TrainConfig(**small), OTHER)
    roles.check_run(TrainConfig(**small), OTHER, instead_of=shelf_folder / "others")
    files.end(shelf_folder / "others", "stopped", "")
    roles.check_run(TrainConfig(**small), OTHER)


def test_of_a_comparison_every_entry_is_held_to_size(monkeypatch):
    from cacr_core.presets import COMPARISONS

    monkeypatch.setenv("CACR_VISITORS_MOST_BATCH", "8")
    with pytest.raises(ValueError, match="at most 8 images in a batch"):
        roles.check_run(next(iter(COMPARISONS.values())).comparison, ONE)


def test_a_run_of_ones_own_goes_on_only_while_runs_may_be_started(shelf_folder, class_here):
    own = {"type": "control", "act": "resume", "run": "others", "token": "follower-1"}
    files.end(shelf_folder / "others", "stopped", "")
    (refused,) = [
        m for m in talk([{"type": "watch", "run": "others"}, own]) if m["type"] == "error"
        and m.get("of") == "control"
    ]  # fmt: skip
    assert "may not start runs" in refused["message"]
    assert files.status(shelf_folder / "others") == "stopped"
