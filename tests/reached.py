"""How a test says by which settings the server is reached."""

from streamlit import config

DEFAULTS = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": [],
    "server.corsAllowedOrigins": [],
    "server.enableCORS": True,
    "server.baseUrlPath": "",
    "browser.serverAddress": "localhost",
}


def reached(monkeypatch, **settings):
    """Settings by the last part of their names; what is named counts as set by hand."""
    for name in ("CACR_SERVED", "CACR_TRUST_PROXY", "CACR_VISITORS_MAY", "CACR_VISITORS_DATASETS"):
        monkeypatch.delenv(name, raising=False)
    known = DEFAULTS | {
        k: settings[k.rpartition(".")[2]] for k in DEFAULTS if k.rpartition(".")[2] in settings
    }
    true = config.get_option
    monkeypatch.setattr(config, "get_option", lambda key: known[key] if key in known else true(key))
    by_hand = {key for key in DEFAULTS if key.rpartition(".")[2] in settings}
    monkeypatch.setattr(config, "is_manually_set", lambda key: key in by_hand)
