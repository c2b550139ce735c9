import socket
from urllib.parse import urlsplit

import pytest

from tests.reached import reached
from web.shell import hosts

HERE = {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}
LAB = {"host": "lab.example", "origin": "https://lab.example"}
REWRITTEN = {"host": "127.0.0.1:8501", "origin": "https://lab.example"}  # nginx's default


@pytest.mark.parametrize(
    "headers",
    [
        HERE,
        {"host": "localhost:8501"},
        {"host": "[::1]:8501", "origin": "http://[::1]:8501"},
        {"host": "127.0.0.1:8501", "origin": "http://localhost:9000"},  # a proxy on this machine
    ],
)
def test_on_this_machine_every_name_of_it_is_answered_and_local(monkeypatch, headers):
    reached(monkeypatch)
    assert hosts.refusal(headers) == ""
    assert hosts.is_local(headers)
    assert not hosts.is_open()


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"host": "rebound.example:8501"}, "rebound.example"),
        ({"host": "rebound.example", "origin": "http://rebound.example"}, "rebound.example"),
        ({"host": "localhost.evil.example"}, "localhost.evil.example"),
        ({"host": "127.0.0.1:8501", "origin": "https://evil.example"}, "evil.example"),
        ({"host": "127.0.0.1:8501", "origin": "null"}, "null"),
        ({"host": "", "origin": "http://localhost"}, "''"),
        (REWRITTEN, "lab.example"),
        (LAB, "lab.example"),
        (HERE | {"origin": "http://[half"}, "half"),
    ],
)
def test_another_name_or_site_is_refused_with_the_setting_to_change(monkeypatch, headers, word):
    reached(monkeypatch)
    sentence = hosts.refusal(headers)
    assert word in sentence
    assert "--browser.serverAddress" in sentence
    assert "CACR_TRUST_PROXY=1" in sentence


@pytest.mark.parametrize(
    "settings",
    [
        {"serverAddress": "lab.example"},
        {"serverAddress": "https://lab.example/class"},
        {"allowedHosts": ["lab.example"]},
        {"allowedHosts": ["*.example"]},
        {"corsAllowedOrigins": ["https://lab.example"]},
    ],
)
def test_a_name_that_a_setting_gives_is_answered_and_then_nobody_is_local(monkeypatch, settings):
    reached(monkeypatch, **settings)
    assert hosts.refusal(LAB) == hosts.refusal(REWRITTEN) == ""
    assert hosts.refusal(LAB | {"origin": "https://evil.test"})
    assert hosts.refusal({"host": "evil.test"})
    assert hosts.is_open()
    assert not any(hosts.is_local(headers) for headers in (HERE, LAB, REWRITTEN))


@pytest.mark.parametrize(
    "settings",
    [
        {"serverAddress": "localhost"},
        {"allowedHosts": ["127.0.0.1", "localhost"]},
        {"corsAllowedOrigins": ["http://localhost:3000"]},
    ],
)
def test_to_name_this_machine_opens_it_to_nobody(monkeypatch, settings):
    reached(monkeypatch, **settings)
    assert not hosts.is_open()
    assert hosts.is_local(HERE)
    assert hosts.refusal(HERE) == ""
    assert hosts.refusal(LAB)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("[::1]:8501", "::1"),
        ("FD00::1", "fd00::1"),
        ("http://[fd00::1]:8501/class", "fd00::1"),
        ("127.0.0.1:8501", "127.0.0.1"),
        ("Lab.example.", "lab.example"),
        ("http://[half", ""),
        ("", ""),
    ],
)
def test_a_name_is_found_in_what_names_it_also_where_it_is_an_address_of_ipv6(text, name):
    assert hosts.host_of(text) == name


@pytest.mark.parametrize("address", ["::1", "[::1]", "127.0.0.1"])
def test_a_server_bound_to_this_machine_is_open_to_nobody(monkeypatch, address):
    reached(monkeypatch, address=address)
    assert hosts.is_bound_to_loopback()
    assert not hosts.is_open()


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"address": "fd00::1"}, "[fd00::1]"),
        ({"address": "::"}, socket.gethostname()),
        ({"address": "0.0.0.0"}, socket.gethostname()),
        ({"address": "0.0.0.0", "serverAddress": "fd00::1"}, "[fd00::1]"),
        ({"address": "0.0.0.0", "serverAddress": "[fd00::1]"}, "[fd00::1]"),
        ({"address": "0.0.0.0", "serverAddress": "10.0.0.7"}, "10.0.0.7"),
    ],
)
def test_the_address_to_hand_out_can_be_typed_into_a_browser(monkeypatch, settings, host):
    reached(monkeypatch, **settings)
    assert urlsplit(hosts.address()).netloc.rpartition(":")[0] == host


@pytest.mark.parametrize("named", ["fd00::1", "[fd00::1]"])
def test_an_address_of_ipv6_that_a_setting_names_is_answered(monkeypatch, named):
    for settings in ({"serverAddress": named}, {"allowedHosts": [named]}):
        reached(monkeypatch, **settings)
        here = {"host": "[fd00::1]:8501", "origin": "http://[fd00::1]:8501"}
        assert hosts.refusal(here) == ""
        assert hosts.is_open()


def test_an_origin_that_is_allowed_is_that_origin_and_no_other_of_its_host(monkeypatch):
    reached(monkeypatch, corsAllowedOrigins=["https://lab.example"])
    other = LAB | {"host": "127.0.0.1:8501", "origin": "https://lab.example:9999"}
    assert hosts.refusal(other)


def test_what_a_proxy_says_of_the_host_counts_only_where_it_is_trusted(monkeypatch):
    reached(monkeypatch, serverAddress="lab.example")
    said = {"host": "upstream", "x-forwarded-host": "lab.example", "origin": "https://lab.example"}
    assert "upstream" in hosts.refusal(said)
    monkeypatch.setenv("CACR_TRUST_PROXY", "1")
    assert hosts.refusal(said) == ""
    assert hosts.refusal(said | {"x-forwarded-host": "evil.test, lab.example"})


def test_open_to_all_a_page_speaks_only_to_its_own_host(monkeypatch):
    reached(monkeypatch, address="0.0.0.0")
    assert hosts.refusal({"host": "machine:8501", "origin": "http://machine:8501"}) == ""
    assert hosts.refusal({"host": "machine:8501", "origin": "http://localhost:3000"})
    assert hosts.refusal({"host": "machine:8501", "origin": "http://machine:9000"})
    assert not hosts.is_local(HERE)


@pytest.mark.parametrize(
    "more",
    [
        {"x-forwarded-for": "10.0.0.7"},
        {"x-forwarded-proto": "https"},
        {"forwarded": "for=10.0.0.7"},
        {"x-real-ip": "10.0.0.7"},
        {"via": "1.1 proxy"},
    ],
)
def test_what_a_proxy_has_passed_on_is_not_local(monkeypatch, more):
    reached(monkeypatch)
    assert not hosts.is_local(HERE | more)


def test_a_server_that_is_served_takes_nobody_for_local(monkeypatch):
    reached(monkeypatch)
    monkeypatch.setenv("CACR_SERVED", "1")
    assert hosts.is_open()
    assert not hosts.is_local(HERE)
