"""By which names the app is reached: which hosts and origins it answers, which requests are local.

A request is *local* where all of this holds: the server listens on this machine alone; no setting
opens it to others (`is_open`); Host and Origin, as far as they are given, name this machine; and no
header says that a proxy has passed the request on. The address it comes from is not asked: behind a
proxy on the same machine that is always this machine. A client behind a proxy that says nothing of
itself could forge the names, so whoever puts a server behind one names it (`server.allowedHosts`,
`browser.serverAddress`) or starts it by `cacr serve`, and then nobody is local. Browsers remind
them: until then such a proxy's Host or Origin is refused.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from streamlit import config

PASSED_ON = ("forwarded", "via", "x-real-ip", "x-scheme")  # and all that begin with x-forwarded-
NAME_IT = (
    "Start the app with --browser.serverAddress {name}, or behind a proxy that sends "
    "X-Forwarded-Host with CACR_TRUST_PROXY=1."
)


def host_of(text: str) -> str:
    """The name in a Host header or an origin, or an address alone: small letters, no port, no
    brackets; empty where there is none."""
    if is_address(bare := text.strip("[]")):
        return bare.lower()
    try:
        return (urlsplit(text if "//" in text else f"//{text}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a host name is this machine's own."""
    if is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def is_bound_to_loopback() -> bool:
    """Whether the server listens on this machine alone."""
    return is_loopback(host_of(str(config.get_option("server.address") or "")))


def is_open() -> bool:
    """Whether others than this machine's people may reach the server, by address or settings."""
    return (
        not is_bound_to_loopback()
        or bool(os.environ.get("CACR_SERVED"))
        or trusts_proxy()
        or not all(map(is_loopback, names()))
        or not config.get_option("server.enableCORS")
    )


def trusts_proxy() -> bool:
    """Whether X-Forwarded-Host is believed: a proxy in front sets it, whatever a client says."""
    return os.environ.get("CACR_TRUST_PROXY", "") not in ("", "0")


def names() -> list[str]:
    """Host names beside this machine's own, by Streamlit's settings; `*.x` is all within x."""
    return [*_hosts(), *filter(None, map(host_of, _origins()))]


def refusal(headers: Mapping[str, str]) -> str:
    """Why a request is not answered, in one sentence with the setting to change; empty if it is.

    On a server of this machine alone the name that is asked for must be known: a page elsewhere
    could let its own name point here. A page of another origin may not speak to the app.

    Args:
        headers: By names in small letters.
    """
    host, origin = asked_host(headers), headers.get("origin")
    name = host_of(host)
    is_strict = is_bound_to_loopback() or bool(config.get_option("server.allowedHosts"))
    if is_strict and not is_loopback(name) and not _fits(name, names()):
        return f"This app is not known by the name {name[:100]!r}. {_advice(name)}"
    if origin is None or _netloc(origin) == host.lower():
        return ""
    asker = host_of(origin)
    if (
        not config.get_option("server.enableCORS")
        or origin in _origins()
        or _fits(asker, _hosts())
        or (is_loopback(asker) and is_loopback(name))
    ):
        return ""
    return (
        f"This page comes from {origin[:100]!r}, and the app behind it was asked for as "
        f"{host[:100]!r}. {_advice(asker)}"
    )


def asked_host(headers: Mapping[str, str]) -> str:
    """The host that the browser asked for: what a trusted proxy says of it, else Host."""
    if trusts_proxy() and (said := headers.get("x-forwarded-host")):
        return said.partition(",")[0].strip()
    return headers.get("host", "")


def is_local(headers: Mapping[str, str]) -> bool:
    """Whether a request is local, by the rule above; one without any header is no browser's."""
    if is_open():
        return not headers and is_bound_to_loopback()
    if any(name in PASSED_ON or name.startswith("x-forwarded-") for name in headers):
        return False
    said = [headers[name] for name in ("host", "origin") if name in headers]
    return all(is_loopback(host_of(text)) for text in said)


def address() -> str:
    """Where the app is found by others, as far as the settings say: `browser.serverAddress`, which
    may be a whole address, else the name of this machine."""
    said = str(config.get_option("browser.serverAddress") or "")
    if not config.is_manually_set("browser.serverAddress"):
        bound = str(config.get_option("server.address") or "")
        said = bound if host_of(bound) not in ("", "0.0.0.0", "::") else socket.gethostname()
    elif "//" in said:
        return f"{said.rstrip('/')}/"
    if ":" in said and is_address(host_of(said)):  # of IPv6
        said = f"[{host_of(said)}]"
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return (
        f"{scheme}://{said}:{config.get_option('browser.serverPort')}/{path}{'/' if path else ''}"
    )


def _origins() -> list[str]:
    return [str(one).strip() for one in config.get_option("server.corsAllowedOrigins")]


def _hosts() -> list[str]:
    found = [str(name).strip(" []").lower() for name in config.get_option("server.allowedHosts")]
    if config.is_manually_set("browser.serverAddress"):
        found.append(host_of(str(config.get_option("browser.serverAddress"))))
    return [name for name in found if name]


def _fits(name: str, known: Sequence[str]) -> bool:
    return any(
        one in ("*", name) or (one.startswith("*.") and name.endswith(one[1:])) for one in known
    )


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _advice(name: str) -> str:
    return NAME_IT.format(name=name[:100])
