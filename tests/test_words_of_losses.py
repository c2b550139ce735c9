"""What the app says of further losses, and that a person can choose and set them."""

import dataclasses

import pytest

from cacr_core.losses import DCL, DCLW, LABELS_ENTER, LOSSES, SigLIP, Triplet, pair_pulls
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs
from tests.bars import Bar
from tests.test_losses import row
from tests.test_more_losses import every_loss
from tests.test_page import page
from web.live.answers.sums import sums
from web.live.readings import number
from web.settings.fields import field_of, is_labelled, loss_meaning, loss_text, loss_title

NEW_LOSSES = [name for name in list(LOSSES)[3:] if name != "typed"]  # it has a file of tests
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.mark.parametrize("name", NEW_LOSSES)
def test_every_setting_has_words_and_its_default_lies_on_its_slider(name):
    assert loss_title(name) and loss_meaning(name).endswith(".")
    for field in dataclasses.fields(LOSSES[name]):
        known = field_of(name, field.name)
        assert known.help.endswith(".")
        if isinstance(field.default, float):
            assert known.symbol
            for value in (field.default, known.least, known.most):
                assert known.least <= value <= known.most
                LOSSES[name](**{field.name: value})


def test_the_text_of_a_loss_says_its_settings():
    assert loss_text("triplet", {"margin": 1.0, "hardest": True}) == (
        "Triplet, m 1, hardest negative only"
    )
    assert loss_text("siglip", {"scale": 10.0, "bias": -10.0}) == "SigLIP, t 10, b -10"
    assert loss_text("triplet", {"margin": 0.2, "hardest": False}) == "Triplet, m 0.2"


SAID = {
    DCL(0.25): "1/τ = 4 ",
    DCLW(0.25): "1/τ = 4 ",
    SigLIP(): "the pulls sum to",
    Triplet(1.0): "the pulls sum to",
}


@pytest.mark.parametrize("loss", SAID, ids=repr)
def test_what_the_query_panel_says_of_the_sums_of_pulls_is_true(loss):
    pairs = Pairs(row([0.2, 0.9]), row([0.5, 1.0, 2.0]))
    pulls = Pairs(*(2 * pull for pull in pair_pulls(loss, pairs)))
    said = sums(loss, pairs, loss(pairs), pulls)
    assert SAID[loss] in said
    if type(loss) in (DCL, DCLW):
        assert pulls.pos.sum().item() == pytest.approx(4.0)
        assert pulls.neg.sum().item() == pytest.approx(-4.0)
    else:
        assert f"{number(pulls.pos.sum().item())} on positives" in said
        assert f"{number(pulls.neg.sum().item())} on negatives" in said


@every_loss
def test_a_loss_said_to_weigh_positives_alike_does(loss):
    pairs = Pairs(row([0.2, 1.5]), row([1.3, 1.4, 2.4]))
    alike = loss(pairs).pos_weights.diff(dim=1).abs().max() < 1e-12
    said = own(loss, "weighs_alike")
    assert bool(said and said("pos")) == alike
    assert not (said and said("neg"))


@pytest.fixture
def live(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    return Bar(monkeypatch, "live")


def test_the_live_page_offers_every_loss_with_its_sliders_and_says_in_red_who_is_told(live):
    at = page()
    choice = at.selectbox(key="live_loss")
    assert list(choice.options) == [loss_title(name) for name in LOSSES]
    red = f":red[{LABELS_ENTER}]"
    for name in NEW_LOSSES:
        at.selectbox(key="live_loss").set_value(name).run()
        assert not at.exception
        assert live.problem == ""
        assert (red in [text.value for text in at.markdown]) == is_labelled(name)
        for field in dataclasses.fields(LOSSES[name]):
            kind = at.checkbox if isinstance(field.default, bool) else at.slider
            assert kind(key=f"live_{name}.{field.name}").value == field.default


def test_a_setting_of_a_loss_is_in_the_address_and_comes_back(live):
    at = page(loss="siglip", **{"siglip.bias": "-3.0"})
    assert at.slider(key="live_siglip.bias").value == -3.0
    at.slider(key="live_siglip.scale").set_value(20.0).run()
    assert not at.exception
    assert at.query_params["siglip.scale"] == "20.0"
    assert at.query_params["siglip.bias"] == "-3.0"
