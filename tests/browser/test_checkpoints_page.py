import pickle
from pathlib import Path

import pytest

from cacr_core.encoders import FOLDER
from tests.browser.conftest import Live, wait_for


class Checkpoints(Live):
    """The checkpoints page in a tab."""

    def hear(self, message):
        """A picture that was replaced before it was fetched is Streamlit's, and no error."""
        if "/media/" not in message.location.get("url", "") + message.text:
            super().hear(message)

    def open(self, **params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        self.page.goto(f"{self.server.url}checkpoints?{query}")
        self.page.get_by_text("Checkpoint", exact=True).wait_for(timeout=60_000)
        return self

    def sees(self, text):
        wait_for(lambda: self.page.get_by_text(text).first.is_visible())

    def upload(self, path):
        self.page.locator('input[type="file"]').set_input_files(str(path))


@pytest.fixture
def checkpoints(chrome, server):
    context = chrome.new_context(viewport={"width": 1440, "height": 900})
    page = Checkpoints(context.new_page(), server)
    yield page
    context.close()
    assert page.errors == []


def test_an_encoder_that_ships_is_seen_in_the_panels_of_a_run(checkpoints):
    checkpoints.open(a="shipped:cacr-digits", panel="features", n_probes=64)
    checkpoints.button("Show its features").click()
    checkpoints.page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
    wait_for(lambda: checkpoints.frames() >= 1)
    assert checkpoints.data("run").startswith("frozen-")
    wait_for(lambda: checkpoints.page.locator(".part.pushed .row b").first.inner_text())
    run = checkpoints.data("run")
    checkpoints.page.reload()
    checkpoints.page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
    wait_for(lambda: checkpoints.data("run") == run and checkpoints.frames() >= 1)


def test_a_good_file_gets_its_card_and_a_hostile_one_a_sentence(checkpoints, tmp_path):
    good, bad, canary = tmp_path / "good.pth", tmp_path / "bad.pth", tmp_path / "canary"
    good.write_bytes((FOLDER / "sscl-digits.safetensors").read_bytes())

    class Exploit:
        def __reduce__(self):
            return (Path.touch, (canary,))

    bad.write_bytes(pickle.dumps({"state_dict": Exploit()}, protocol=2))
    checkpoints.open()
    checkpoints.sees("CACR playground (this app)")
    checkpoints.upload(good)
    checkpoints.sees("good")
    wait_for(lambda: "a=upload" in checkpoints.url())
    checkpoints.upload(bad)
    wait_for(lambda: checkpoints.page.locator('[data-testid="stAlert"]').count() > 0)
    assert not canary.exists()
    checkpoints.open(a="shipped:infonce-digits")
    checkpoints.sees("CACR playground (this app)")


def test_two_encoders_are_compared(checkpoints):
    checkpoints.open(
        a="shipped:cacr-digits", b="shipped:untrained-digits", panel="two", n_probes=64
    )
    checkpoints.button("Compare their features").click()
    checkpoints.sees("Linear CKA of the features")
    wait_for(lambda: checkpoints.page.locator(".js-plotly-plot").count() >= 3)
    checkpoints.sees("The images whose neighbours changed most")
