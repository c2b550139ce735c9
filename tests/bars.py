"""The bar below a view, which is JavaScript: what a page tells it, and what it asks of the page."""

from types import SimpleNamespace

import streamlit as st

from web.shell import components


class Bar:
    """Stands for the view in a page under test; `press` is a hand on one of its buttons."""

    def __init__(self, monkeypatch, view):
        self.data = None
        self._asked = None
        rooms = getattr(components, f"_{view.upper()}")
        monkeypatch.setattr(components, f"_{view.upper()}", dict.fromkeys(rooms, self))

    def __call__(self, *, key, data, on_transport_change, **callbacks):
        """The call of the component in a run of the script."""
        self.data = data
        if self._asked is not None:
            # The browser's values are there for callbacks, which run before the script does.
            st.session_state[key] = SimpleNamespace(transport=self._asked)
            self._asked = None
            on_transport_change()
            st.rerun()

    def press(self, at, act, **more):
        """Ask the page for an act, as the view of the run that it shows would."""
        self._asked = {"act": act, "run": self.data["run"]} | more
        at.run()
        assert not at.exception
        return at

    @property
    def problem(self):
        """Why Start cannot act; None while the settings have not been read."""
        return self.data["transport"]["problem"]
