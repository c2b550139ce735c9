"""What visitors get round by no other way: what may train, be brought, and be open at once."""

import asyncio
import dataclasses
import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers

from cacr_core import runs
from cacr_core.presets import COMPARISONS
from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from cacr_core.training import TrainConfig
from tests import test_gate
from tests.reached import reached
from tests.test_channel import Browser
from web.compare import start as compare_start
from web.compare.describe import describe_comparison
from web.live.describe import describe
from web.shell import gate, roles, runs_list
from web.socket import control, crowd
from web.socket.crowd import Crowd
from web.socket.server import Server

ONE = roles.Person("1111111111111111", False, False)
SMALL = TrainConfig(dataset="digits", n_steps=100, n_probes=40)
LARGE = dataclasses.replace(SMALL, n_steps=10_000_000)
RESUME = {"type": "control", "act": "resume"}


@pytest.fixture
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    for name in ("CACR_CLASS", "CACR_VISITORS_DATASETS", "CACR_VISITORS_MOST_UPDATES"):
        monkeypatch.delenv(name, raising=False)
    reached(monkeypatch, address="0.0.0.0")
    return tmp_path / "runs"


@pytest.fixture
def resumed(monkeypatch):
    """What goes on, without a process: it is at work from then on."""
    names = []

    def resume(folder):
        names.append(folder.name)
        (folder / "end.json").unlink()
        files.beat(folder, "running")

    monkeypatch.setattr(runs, "resume", resume)
    monkeypatch.setenv("CACR_VISITORS_MAY", "start")
    return names


def stopped(shelf_folder, name, config=SMALL):
    folder = shelf_folder / name
    launch.write_config(config, folder)
    files.write_json(folder / roles.STARTER, {"by": ONE.id})
    files.end(folder, "stopped", "")
    return folder


def refused(folder, word, person=ONE):
    with pytest.raises(ValueError, match=word):
        control.obey(RESUME | {"run": folder.name}, folder, person)


# --- what may train


def test_a_run_that_a_visitor_may_not_start_goes_on_for_them_neither(
    shelf_folder, resumed, monkeypatch
):
    monkeypatch.setenv("CACR_VISITORS_MOST_UPDATES", "1200")
    refused(stopped(shelf_folder, "large", LARGE), "at most 1,200 updates here, got 10,000,000")
    small = stopped(shelf_folder, "small")
    control.obey(RESUME | {"run": "small"}, small, ONE)
    large = shelf_folder / "large"
    control.obey(RESUME | {"run": "large"}, large, roles.Person("owner", True, False))
    assert resumed == ["small", "large"]


def test_a_follower_goes_on_with_one_run_at_a_time(shelf_folder, resumed, monkeypatch):
    monkeypatch.setenv("CACR_CLASS", "1")
    first, second = (stopped(shelf_folder, name) for name in ("first", "second"))
    control.obey(RESUME | {"run": "first"}, first, ONE)
    refused(second, "your first is not over")
    files.end(first, "stopped", "")
    control.obey(RESUME | {"run": "second"}, second, ONE)
    assert resumed == ["first", "second"]


def test_a_run_on_images_that_visitors_may_not_choose_goes_on_for_its_owner_alone(
    shelf_folder, resumed, monkeypatch
):
    monkeypatch.setenv("CACR_VISITORS_DATASETS", "digits")
    refused(stopped(shelf_folder, "other", dataclasses.replace(SMALL, dataset="shapes")), "shapes")
    mixed = dataclasses.replace(SMALL, mixture="shapes", mixture_share=0.2)
    refused(stopped(shelf_folder, "mixed", mixed), "shapes")
    brought = str(shelf_folder / shelf.IMAGES / "mine.zip")
    own = stopped(shelf_folder, "own", dataclasses.replace(SMALL, dataset=brought))
    control.obey(RESUME | {"run": "own"}, own, ONE)
    assert resumed == ["own"]


def test_a_comparison_that_is_too_large_is_repeated_for_nobody_it_is_too_large_for(
    shelf_folder, resumed, monkeypatch
):
    asked, session = [], {"compare_n_seeds": 3}
    monkeypatch.setattr(runs, "repeat", lambda folder, n: asked.append(n))
    monkeypatch.setattr(compare_start.st, "session_state", session)
    monkeypatch.setattr(roles, "me", lambda: ONE)
    folder = stopped(shelf_folder, "both", next(iter(COMPARISONS.values())).comparison)
    shown = SimpleNamespace(folder=folder)
    monkeypatch.setenv("CACR_VISITORS_MOST_UPDATES", "7")
    compare_start._repeat(shown)
    assert "at most 7 updates here" in session.pop("compare_error")
    monkeypatch.setenv("CACR_VISITORS_MOST_UPDATES", "1000000")
    compare_start._repeat(shown)
    assert (asked, session.get("compare_error")) == ([3], None)
    monkeypatch.setattr(launch, "_attend", lambda shelf: None)
    monkeypatch.setenv("CACR_MOST_UPDATES", "7")
    with pytest.raises(ValueError, match="at most 7 updates here"):
        launch.repeat(folder, 3)
    assert not (folder / "seeds.json").exists()


# --- what may be brought


def put(monkeypatch, path="/lab/_stcore/upload_file/session-1/file-1", **headers):
    """The status of an upload; 405 is of the pages behind the gate, which take none."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "http_version": "1.1", "root_path": ""}
    scope["headers"] = [(k.encode(), v.encode()) for k, v in headers.items()]
    asyncio.run(test_gate.APP(scope, receive, send))
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent).decode()


def test_streamlit_is_brought_no_file_by_who_may_not_upload(monkeypatch):
    here = {"host": "lab.example"}
    reached(monkeypatch, serverAddress="lab.example")
    monkeypatch.setattr(roles, "_allowed", {})
    for cookie in ("", f"{roles.OWNER_COOKIE}=guess", f"{roles.VISITOR_COOKIE}=me"):
        status, said = put(monkeypatch, **here, cookie=cookie)
        assert status == 403 and "may not upload files" in said, cookie
    assert put(monkeypatch, **here, cookie=f"{roles.OWNER_COOKIE}={roles.proof()}")[0] == 405
    assert put(monkeypatch, "/_cacr/assets/a.js", **here)[0] == 405
    monkeypatch.setenv("CACR_VISITORS_MAY", "upload")
    assert put(monkeypatch, **here)[0] == 405
    reached(monkeypatch)
    assert put(monkeypatch, host="localhost:8501")[0] == 405


def test_an_owner_whose_browser_keeps_no_cookie_uploads_while_their_session_lives(monkeypatch):
    here = {"host": "lab.example"}
    reached(monkeypatch, serverAddress="lab.example")
    monkeypatch.setattr(roles, "_allowed", {})
    context = SimpleNamespace(session_id="session-1")
    monkeypatch.setattr(roles, "get_script_run_ctx", lambda **_: context)
    session = {}
    monkeypatch.setattr(roles.st, "session_state", session)
    for _ in range(2):  # the page may be loaded again
        monkeypatch.setattr(roles.st, "query_params", {roles.SECRET_KEY: roles._secret})
        roles.take_secret()
    assert put(monkeypatch, **here)[0] == 405
    assert put(monkeypatch, f"{gate.UPLOAD}session-2/file-1", **here)[0] == 403
    session.clear()
    assert put(monkeypatch, **here)[0] == 403


# --- what may be open at once


class View(SimpleNamespace):
    __eq__, __hash__ = object.__eq__, object.__hash__


def view(cookie="", address="10.0.0.7", since=0.0, has_spoken=True):
    headers = Headers({"host": "lab.example"} | ({"cookie": cookie} if cookie else {}))
    websocket = SimpleNamespace(headers=headers, client=SimpleNamespace(host=address))
    return View(websocket=websocket, since=since, has_spoken=has_spoken, unread=asyncio.Event())


def visitor(name, **more):
    return view(f"{roles.VISITOR_COOKIE}={name}", **more)


def owner():
    return view(f"{roles.OWNER_COOKIE}={roles.proof()}")


@pytest.fixture
def small(monkeypatch):
    reached(monkeypatch, serverAddress="lab.example")
    for name, n in {"MOST": 10, "FOR_OWNER": 2, "MOST_OF_BROWSER": 3, "MOST_OF_ADDRESS": 5}.items():
        monkeypatch.setattr(crowd, name, n)
    clock = [100.0]
    monkeypatch.setattr(crowd.time, "monotonic", lambda: clock[0])
    return clock


def test_one_browser_or_one_address_shuts_nobody_else_out(small):
    here = Crowd()
    said = [here.enter(visitor("greedy")) for _ in range(4)]
    assert said[:3] == 3 * [""] and "3 views are open from this browser" in said[3]
    said = [here.enter(view()) for _ in range(6)]
    assert said[:5] == 5 * [""] and "5 views are open from this address" in said[5]
    assert "8 views are open here" in here.enter(visitor("late"))
    assert [here.enter(owner()) for _ in range(2)] == ["", ""]
    assert "10 views are open here" in here.enter(owner())
    assert len(here) == 10


def test_a_view_that_has_gone_leaves_its_place(small):
    here, views = Crowd(), [visitor("one") for _ in range(3)]
    assert not any(map(here.enter, views))
    here.leave(views[0])
    assert here.enter(visitor("one")) == ""


def test_a_silent_view_has_to_go_only_where_its_place_is_needed_and_after_a_while(small):
    here, silent = Crowd(), visitor("one", since=100.0, has_spoken=False)
    assert not any(map(here.enter, [silent, visitor("one"), visitor("one")]))
    small[0] += crowd.SILENT_FOR - 1
    assert "views are open" in here.enter(visitor("one"))
    small[0] += 1
    assert here.enter(visitor("two")) == "" and not silent.unread.is_set()
    assert here.enter(visitor("one")) == "" and silent.unread.is_set()
    assert "views are open" in here.enter(visitor("one"))  # the others have spoken
    assert len(here) == 4


def test_a_view_that_has_to_go_is_closed_and_one_that_has_said_anything_is_not(
    shelf_folder, monkeypatch
):
    reached(monkeypatch)
    monkeypatch.setattr(crowd, "SILENT_FOR", 0.0)
    monkeypatch.setattr(crowd, "MOST", 1)
    server = Server()

    class Page(Browser):
        async def receive(self):
            return {"type": "websocket.disconnect"}

        async def close(self, code=1000, reason=""):
            self.closed = (code, reason)

    async def both(*lines):
        first = Page(*lines, enough=lambda b: False)
        serving = asyncio.create_task(server.socket(first))
        await asyncio.sleep(0.3)
        second = Page(enough=lambda b: True)
        await server.socket(second)
        await asyncio.sleep(0.1)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return first.closed, second.of_type("refused")

    assert asyncio.run(both()) == ((1008, ""), [])
    closed, refused = asyncio.run(both("rubbish"))
    assert closed is None and "all there may be" in refused[0]["message"]
    assert len(server.crowd) == 0


# --- where the owner's images lie


@pytest.fixture
def birds(tmp_path):
    return str(tmp_path / "secret place" / "birds")


@pytest.mark.parametrize(
    ("name", "told"), [("{birds}", "birds"), ("digits", "digits"), ("hub:me/pets", "hub:me/pets")]
)
def test_who_looks_at_a_run_is_told_its_images_name_and_not_where_they_lie(
    name, told, shelf_folder, birds
):
    name = name.format(birds=birds)
    folder = stopped(shelf_folder, "run", dataclasses.replace(SMALL, dataset=name))
    assert describe(folder, False)["dataset"] == told
    comparison = next(iter(COMPARISONS.values())).comparison
    entries = tuple(
        dataclasses.replace(e, config=dataclasses.replace(e.config, dataset=name))
        for e in comparison.entries
    )
    folder = stopped(shelf_folder, "both", dataclasses.replace(comparison, entries=entries))
    probes = {"n": 2, "tile": 8, "columns": 2, "labels": [0, 1], "class_names": ["a", "b"]}
    files.write_json(folder / "a" / "probes.json", probes | {"factors": {}})
    assert describe_comparison(folder)["dataset"] == told


def test_a_run_file_that_a_visitor_saves_says_not_where_images_lie(
    shelf_folder, birds, monkeypatch
):
    known = str(Path(birds).with_name("digits"))  # called like a known set
    config = dataclasses.replace(SMALL, dataset=birds, mixture=known, mixture_share=0.2)
    stopped(shelf_folder, "run", config)

    def saved(with_places):
        content = runs_list._zip_of("run", with_places)
        return zipfile.ZipFile(io.BytesIO(content)).read("config.json").decode()

    assert "secret" not in saved(False)
    told = json.loads(saved(False))
    assert (told["dataset"], told["mixture"]) == ("…/birds", "…/digits")
    whole = json.loads(config.to_json())
    assert told == whole | {"dataset": "…/birds", "mixture": "…/digits"}
    assert json.loads(saved(True)) == whole
