"""How a test runs pages as the server does."""

from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import app_test


class Framed(PagesManager):
    def __init__(self, *given, **named):
        PagesManager.uses_pages_directory = False
        super().__init__(*given, **named)


def framed(monkeypatch):
    """Every run goes through the frame, as `app.py` has it; AppTest by itself runs a page that it
    has shown, or been switched to, without."""
    monkeypatch.setattr(app_test, "PagesManager", Framed)
