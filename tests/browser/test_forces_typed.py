"""A loss is typed on its card: a slider for each name, a sentence where a line cannot be read."""

import pytest

from tests.browser.conftest import wait_for
from tests.browser.forces_tab import Forces


@pytest.fixture
def forces(visitors, server):
    with visitors.visit(Forces, server) as tab:
        yield tab()


def test_a_loss_is_typed_refused_mended_and_moved(forces):
    forces.open(q="90", p="130", n="30,200,300", a="typed", b="cacr")
    card = forces.page.locator('.losscard[data-loss="A"]')
    first = forces.row("n0")
    assert first["weight-a"] == pytest.approx(first["weight-b"], rel=1e-9)
    line = card.get_by_label("repulsion of loss A")
    line.fill("-mean(d_neg")
    error = card.locator("[data-line=repulsion] .error")
    wait_for(error.is_visible)
    assert "closing bracket for that at character 6" in error.text_content()
    assert line.get_attribute("aria-invalid") == "true"
    line.fill("-gamma * mean(d_neg)")
    slider = card.get_by_label("gamma", exact=True)
    wait_for(slider.is_visible)
    assert not error.is_visible()
    wait_for(lambda: forces.row("n0")["weight-a"] == pytest.approx(1 / 3))
    pull = forces.row("n0")["pull-a"]
    assert pull == pytest.approx(-2 / 3)  # the mean of three, twice its derivative
    slider.fill("3")
    wait_for(lambda: forces.row("n0")["pull-a"] == pytest.approx(3 * pull))
    wait_for(lambda: "gamma=3" in forces.params()["a"])
    card.get_by_role("button", name="CACR").click()
    wait_for(lambda: forces.row("n0") == pytest.approx(first))
    assert not slider.is_visible()
