"""A connection that was lost comes back by itself: the view catches up, what was set stays."""

import time

import pytest

from cacr_core.runs import folder as files
from tests.browser.conftest import ASKED, Live, Server, wait_for
from tests.browser.relay import Relay


class Through(Live):
    """The live page through a cable; what a browser says of a lost connection is no error."""

    def __init__(self, page, server, relay):
        super().__init__(page, server)
        self.relay, self.url_of_relay = relay, f"http://127.0.0.1:{relay.port}/"

    def open(self, **params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        self.page.goto(f"{self.url_of_relay}?{query}")
        self.page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
        self.page.evaluate("window.notReloaded = true")
        return self

    def is_lost(self):
        return self.page.locator(".lost-line").is_visible()

    def set(self, label, value):
        box = self.page.get_by_label(label, exact=True)
        box.fill(str(value))
        box.press("Enter")

    def value(self, label):
        return self.page.get_by_label(label, exact=True).input_value()

    def never_reloaded(self):
        return self.page.evaluate("window.notReloaded === true")


@pytest.fixture
def relay(server):
    relay = Relay(server.port)
    yield relay
    relay.close()


@pytest.fixture
def through(visitors, server, relay):
    page = visitors.page()
    yield Through(page, server, relay)
    visitors.leave(page.context)
    server.end_runs()


def catches_up(live, folder):
    """The view shows what the run has done meanwhile."""
    live.relay.mend()
    wait_for(lambda: live.step() >= files.snapshot_steps(folder)[-1] - 10)
    wait_for(lambda: not live.is_lost())
    assert live.never_reloaded()


def test_a_train_in_a_tunnel(through):
    folder = through.start()
    through.set("images in a batch N", 48)
    wait_for(lambda: "batch_size=48" in through.url())
    through.relay.cut()
    wait_for(through.is_lost)
    before = through.step()
    wait_for(lambda: files.snapshot_steps(folder)[-1] > before + 20)
    assert through.step() <= before + 20
    catches_up(through, folder)
    assert through.value("images in a batch N") == "48"
    through.button("Pause").click()
    through.until_state("paused")
    wait_for(lambda: through.button("Reset").is_enabled())


def test_a_closed_lid(through):
    folder = through.start()
    through.set("images in a batch N", 48)
    wait_for(lambda: "batch_size=48" in through.url())
    through.relay.sleep()
    before = through.step()
    wait_for(lambda: files.snapshot_steps(folder)[-1] > before + 20)
    assert not through.is_lost()  # nobody has told the browser
    through.relay.mend()
    through.page.evaluate("window.dispatchEvent(new Event('online'))")
    catches_up(through, folder)
    assert through.value("images in a batch N") == "48"
    through.button("Stop").click()
    through.until_state("stopped")


def test_longer_than_the_server_remembers_the_settings_come_from_the_address(
    visitors, tmp_path_factory
):
    forgetful = ASKED | {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"}
    server = Server(tmp_path_factory.mktemp("forgetful"), settings=forgetful)
    relay = Relay(server.port)
    live = Through(visitors.page(), server, relay)
    folder = live.start()
    live.set("images in a batch N", 48)
    wait_for(lambda: "batch_size=48" in live.url())
    relay.cut()
    time.sleep(1.5)  # the session is gone
    catches_up(live, folder)
    assert live.value("images in a batch N") == "48"
    wait_for(lambda: live.button("Pause").is_enabled(), timeout=120)
    live.button("Pause").click()
    live.until_state("paused")
    visitors.leave(live.page.context)
    relay.close()
    server.close()
