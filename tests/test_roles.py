import gc
import os
import socket
from types import SimpleNamespace

import pytest
import streamlit as st

from cacr_core.commands import app
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training import TrainConfig
from tests.reached import reached
from web.shell import roles
from web.socket import control

ONE = roles.Person("1111111111111111", False, False)
OTHER = roles.Person("2222222222222222", False, False)
REMOTE = roles.Person("owner", True, False)


@pytest.fixture
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture
def browser(monkeypatch):
    """What a page is asked with, and what its session remembers."""
    asked = SimpleNamespace(headers={}, cookies={}, query={}, session={})
    monkeypatch.setattr(st, "context", asked)
    monkeypatch.setattr(st, "query_params", asked.query)
    monkeypatch.setattr(st, "session_state", asked.session)
    return asked


def kept_run(shelf_folder, name, state="running", by=None):
    folder = shelf_folder / name
    files.write_bytes(folder / "config.json", TrainConfig().to_json().encode())
    files.beat(folder, state)
    if by is not None:
        files.write_json(folder / roles.STARTER, {"by": by})
    return folder


def test_on_this_machine_everyone_is_the_owner(browser, monkeypatch):
    reached(monkeypatch)
    browser.headers = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}
    assert roles.me() == roles.OWNER
    browser.headers |= {"X-Forwarded-For": "10.0.0.7"}
    assert not roles.me().is_owner


def test_opened_to_others_the_link_with_the_secret_makes_the_owner_and_leaves_the_address(
    browser, monkeypatch
):
    reached(monkeypatch, address="0.0.0.0")
    browser.headers = {"Host": "lab:8501", "Origin": "http://lab:8501"}
    assert not roles.me().is_owner
    for said, is_owner in (("guess", False), ("ключ", False), (roles._secret, True)):
        browser.query["owner"] = said
        roles.take_secret()
        assert browser.query == {}
        assert roles.me().is_owner == is_owner
    assert not roles.me().is_local
    assert roles._secret not in repr(browser.session)


def test_a_cookie_keeps_the_owner_and_tells_visitors_apart(browser, monkeypatch):
    reached(monkeypatch, address="0.0.0.0")
    browser.headers = {"Host": "lab:8501"}
    given = roles.cookies_for({"owner": roles._secret}, {})
    assert roles._secret not in given.values()
    browser.cookies = {roles.OWNER_COOKIE: given[roles.OWNER_COOKIE]}
    assert roles.me() == REMOTE
    browser.cookies = {roles.OWNER_COOKIE: "guess"}
    nameless = roles.me()
    assert nameless == roles.me()  # by the session
    people = []
    for _ in range(2):
        browser.cookies = roles.cookies_for({}, {})
        assert set(browser.cookies) == {roles.VISITOR_COOKIE}
        assert roles.cookies_for({}, browser.cookies) == {}
        people.append(roles.me())
        assert people[-1].id not in browser.cookies.values()
    assert len({nameless.id, *(p.id for p in people)}) == 3


def test_a_server_of_this_machine_alone_gives_no_cookies_and_prints_no_links(monkeypatch):
    reached(monkeypatch)
    assert roles.cookies_for({"owner": roles._secret}, {}) == {}
    assert roles.links() == []


def test_a_server_opened_to_others_prints_both_links(monkeypatch):
    reached(monkeypatch, serverAddress="https://lab.example/class")
    monkeypatch.setenv("CACR_VISITORS_MAY", "start, upload")
    visitors, owner = roles.links()
    assert visitors == "Visitors, who may start runs and upload files: https://lab.example/class/"
    assert owner.endswith(f"https://lab.example/class/?owner={roles._secret}")
    monkeypatch.setenv("CACR_VISITORS_MAY", "everything")
    with pytest.raises(ValueError, match="start, upload, got 'everything'"):
        roles.links()


def test_a_token_stands_for_its_session_and_ends_with_it(browser, monkeypatch):
    reached(monkeypatch)
    browser.headers = {"Host": "localhost:8501"}
    token = roles.my_token()
    assert roles.my_token() == token
    assert roles.of_token(token) == roles.OWNER
    browser.headers = {"Host": "localhost:8501", "Via": "1.1 proxy"}
    assert roles.my_token() != token
    token = roles.my_token()
    assert roles.of_token(token) == roles.me()
    browser.session.clear()
    gc.collect()
    for nobodys in (token, "", None, 3, ["x"], "owner"):
        assert roles.of_token(nobodys) == roles.NOBODY


@pytest.mark.parametrize(
    ("by", "person", "may"),
    [
        (ONE.id, ONE, True),
        (ONE.id, OTHER, False),
        (ONE.id, REMOTE, True),
        (ONE.id, roles.OWNER, True),
        (ONE.id, roles.NOBODY, False),
        ("", roles.NOBODY, False),
        (None, ONE, False),
        (None, roles.NOBODY, False),
        (None, REMOTE, True),
    ],
)
def test_a_run_belongs_to_who_started_it(by, person, may, shelf_folder):
    folder = kept_run(shelf_folder, "run", by=by)
    assert (roles.not_yours(folder, person) == "") == may


@pytest.mark.parametrize("act", ["pause", "step", "stop"])
def test_over_the_socket_a_run_obeys_whom_it_belongs_to(act, shelf_folder, monkeypatch):
    folder = kept_run(shelf_folder, "run", by=ONE.id)
    tokens = {"one": ONE, "other": OTHER, "remote": REMOTE}
    monkeypatch.setattr(roles, "_tokens", tokens)
    message = {"type": "control", "act": act, "run": "run"}
    before = files.control(folder)
    for token in ("other", "owner", "", None):
        with pytest.raises(ValueError, match="belongs to who started it"):
            control.obey(message, folder, roles.of_token(token))
    assert files.control(folder) == before
    control.obey(message, folder, roles.of_token("one"))
    assert files.control(folder) != before
    control.obey(message, folder, roles.of_token("remote"))
    control.obey(message, folder, roles.OWNER)


def test_a_paused_run_goes_on_by_no_step_where_its_visitor_may_start_none(
    shelf_folder, monkeypatch
):
    monkeypatch.setenv("CACR_VISITORS_MAY", "start")
    folder = kept_run(shelf_folder, "run", state="paused", by=ONE.id)
    message = {"type": "control", "act": "step", "run": "run"}
    control.obey(message, folder, ONE)
    before = files.control(folder)
    monkeypatch.delenv("CACR_VISITORS_MAY")
    for act in ("step", "resume"):
        with pytest.raises(ValueError, match="may not start runs"):
            control.obey(message | {"act": act}, folder, ONE)
    assert files.control(folder) == before
    control.obey(message | {"act": "stop"}, folder, ONE)
    control.obey(message, folder, roles.OWNER)


def test_what_a_run_says_of_its_starter_is_not_saved_with_it(shelf_folder):
    import io
    import zipfile

    folder = kept_run(shelf_folder, "run", by=ONE.id)
    names = zipfile.ZipFile(io.BytesIO(shelf.to_zip(folder))).namelist()
    assert roles.STARTER not in names
    assert "config.json" in names


def test_a_class_is_served_by_an_address_that_phones_find_and_with_caps(monkeypatch):
    started = []
    for name in ("CACR_SERVED", "CACR_CLASS", "CACR_VISITORS_MOST_UPDATES"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("CACR_VISITORS_MOST_BATCH", "32")
    monkeypatch.setenv("CACR_VISITORS_MOST_PROBES", "")
    monkeypatch.delenv("CACR_VISITORS_MOST_UPDATES")
    monkeypatch.setattr(os, "execv", lambda program, words: started.append(words[5:]))
    monkeypatch.setattr(os, "chdir", lambda folder: None)
    monkeypatch.setattr(app, "own_address", lambda: "10.0.0.7")
    app.teach(["--server.port", "8600"])
    (options,) = started
    assert options[:4] == ["--browser.serverAddress", "10.0.0.7", "--server.address", "0.0.0.0"]
    assert (os.environ["CACR_SERVED"], os.environ["CACR_CLASS"]) == ("1", "1")
    assert os.environ["CACR_VISITORS_MOST_UPDATES"] == app.FOLLOWERS_MOST["UPDATES"]
    assert os.environ["CACR_VISITORS_MOST_BATCH"] == "32"


def test_every_preset_is_within_what_a_follower_may_start():
    from cacr_core.presets import PRESETS

    most = {name: int(number) for name, number in app.FOLLOWERS_MOST.items()}
    for preset in PRESETS.values():
        assert preset.config.n_steps <= most["UPDATES"]
        assert preset.config.batch_size <= most["BATCH"]
        assert preset.config.n_probes <= most["PROBES"]


def test_a_class_is_one_only_where_others_can_come(monkeypatch):
    monkeypatch.setenv("CACR_CLASS", "1")
    reached(monkeypatch)
    assert not roles.is_class()
    reached(monkeypatch, address="0.0.0.0")
    assert roles.is_class()
    monkeypatch.setenv("CACR_CLASS", "0")
    assert not roles.is_class()


def test_the_server_of_a_class_prints_the_followers_link_and_the_teachers(monkeypatch):
    reached(monkeypatch, address="0.0.0.0", serverAddress="10.0.0.7")
    monkeypatch.setenv("CACR_CLASS", "1")
    followers, teacher = roles.links()
    assert followers.startswith("Followers: http://10.0.0.7:")
    assert roles._secret not in followers
    assert teacher.endswith(f"/class?owner={roles._secret}")


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"SPACE_HOST": "me-cacr.hf.space"}, "https://me-cacr.hf.space"),
        ({"CODESPACE_NAME": "odd-fox"}, "https://odd-fox-8600.app.github.dev"),
        ({"STREAMLIT_BROWSER_SERVER_ADDRESS": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000"),
    ],
)
def test_the_links_are_of_the_address_that_a_host_has_for_what_it_serves(
    monkeypatch, variables, address
):
    started = []
    monkeypatch.setenv("CACR_SERVED", "")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "execv", lambda program, words: started.append(words[5:]))
    monkeypatch.setattr(os, "chdir", lambda folder: None)
    app.serve(["--server.port=8600"])
    (options,) = started
    assert options[options.index("--browser.serverAddress") + 1] == address
    assert "--logger.hideWelcomeMessage" in options  # it would say http://https://...
    reached(monkeypatch, address="0.0.0.0", serverAddress=address)
    assert roles.links()[0].endswith(f": {address}/")
    assert roles.links()[1].endswith(f" {address}/?owner={roles._secret}")


def test_serve_listens_for_others_and_says_what_they_may(monkeypatch, tmp_path):
    started = []
    for name in ("CACR_SERVED", "CACR_VISITORS_MAY", "CACR_FOLDERS", "CACR_VISITORS_DATASETS"):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execv", lambda program, words: started.append(words[5:]))
    app.serve(["--visitors-may", "start", "--folders", "mine", "--server.port", "8600"])
    named = ["--browser.serverAddress", socket.gethostname()]
    assert started[-1] == [*named, "--server.address", "0.0.0.0", "--server.port", "8600"]
    assert os.environ["CACR_SERVED"] == "1"
    assert os.environ["CACR_VISITORS_MAY"] == "start"
    assert os.environ["CACR_FOLDERS"] == str(tmp_path / "mine")
    given = ["--server.address=127.0.0.1", "--browser.serverAddress", "lab.example"]
    app.serve(given)
    assert started[-1] == given
