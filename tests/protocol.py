"""Whether messages of the socket fit their records, for tests that listen to either end."""

import json

from web.shell.assets import BASE
from web.socket.messages import ARRAYS, TO_BROWSER, TO_SERVER, complaints, record_of, unpack


def fits_to_browser(message, arrays=b""):
    """What the server sends: its text or header, and the bytes of its arrays."""
    record = fits(message, TO_BROWSER)
    json.dumps(message, allow_nan=False)  # no browser reads NaN
    assert len(arrays) == n_bytes(record, message), f"{record.__name__}: {len(arrays)} bytes"


def fits_to_server(message):
    fits(message, TO_SERVER)


def fits(message, records):
    record = record_of(message, records)
    assert record is not None, f"no record for {str(message)[:200]}"
    found = complaints(message, record)
    assert not found, found[:5]
    return record


def n_bytes(record, message):
    """How long the arrays behind a message are, from its own fields."""
    if "arrays" in message:
        return 4 * sum(size for _, size in message["arrays"])
    if record not in ARRAYS:
        return 0
    if message["type"] == "frame":
        return message["n"] * (4 * message["dims"] + (1 if message["agreement"] else 0))
    return 8 * message["n"]


def listen(page, errors):
    """Add to `errors` what a browser's tab says or hears over the socket that fits no record."""

    def check(fits_to, payload):
        try:
            if isinstance(payload, bytes):
                fits_to(*unpack(payload))
            else:
                fits_to(json.loads(payload))
        except AssertionError as error:
            errors.append(f"{error}: {payload[:200]!r}")

    def opened(socket):
        if socket.url.endswith(f"{BASE}/socket"):
            socket.on("framesent", lambda payload: check(fits_to_server, payload))
            socket.on("framereceived", lambda payload: check(fits_to_browser, payload))

    page.on("websocket", opened)
