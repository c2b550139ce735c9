"""README's loss, pasted into a copy of the app as a person would: every view in a real browser."""

import re
import shutil

import pytest

from tests.browser import conftest
from tests.browser.conftest import SMALL, Live, Server, wait_for
from tests.browser.forces_tab import Forces
from tests.test_readme import README

APP = (
    "app.py", "frame.py", "pages", "web", "cacr_core", "checkpoints", ".streamlit",
)  # fmt: skip
LAST = '    "infonce": InfoNCE,\n'


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """The app with a file more and two lines more: an import and its name."""
    home = tmp_path_factory.mktemp("app")
    for name in APP:
        source = conftest.ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, home / name)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (home / "cacr_core/losses/hinge.py").write_text(code)
    registry = home / "cacr_core/losses/__init__.py"
    text = registry.read_text()
    assert text.count(LAST) == 1
    text = text.replace(LAST, f'{LAST}    "hinge": Hinge,\n')
    text = text.replace("\nLOSSES:", "\nfrom cacr_core.losses.hinge import Hinge\n\nLOSSES:")
    registry.write_text(text)
    server = Server(tmp_path_factory.mktemp("own-runs"), home)
    yield server
    server.close()


@pytest.fixture
def tab(visitors):
    tab = visitors.page()
    yield tab
    visitors.leave(tab.context)


def test_every_mode_of_the_forces_page_shows_it(own_server, tab):
    forces = Forces(tab, own_server).open(a="hinge~margin:3.0", preset="far-positive")
    card = tab.locator('.losscard[data-loss="A"]')
    assert card.get_by_role("slider", name="margin").input_value() == "3"
    assert forces.row("n0")["pull-a"] < 0
    assert "attraction" in tab.locator(".formula.filled").first.inner_text()
    forces.open(a="hinge~margin:3.0", preset="landscape")
    assert tab.get_by_label("Setting that is swept").input_value() == "margin"
    wait_for(lambda: "margin" in tab.locator(".heat-readout").inner_text())
    forces.open(a="hinge~margin:3.0", preset="flow-octagon")
    steady = tab.get_by_test_id("flow-steady-0").get_by_role("heading")
    wait_for(lambda: "margin 3" in steady.inner_text())
    assert forces.errors == []


def test_it_is_trained_and_looked_at_on_the_live_page(own_server, tab):
    live = Live(tab, own_server).open(**SMALL, loss="hinge", **{"hinge.margin": 1.5})
    tab.get_by_role("button", name="Start", exact=True).click()
    (folder,) = wait_for(own_server.folders)
    wait_for(lambda: live.data("run") == folder.name and live.step() >= 5)
    assert "Hinge" in tab.get_by_label("Lens: the loss to look through").inner_text()
    assert '"name": "hinge"' in (folder / "config.json").read_text()
    assert live.errors == []
