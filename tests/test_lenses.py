import pytest

from cacr_core.losses import LOSSES
from cacr_core.runs import shelf
from web.compare import link as compare_link
from web.forces import link as forces_link
from web.live.answers.question import understand
from web.settings import board, lenses, links

RUN = shelf.find("example")
BAD = {
    "quadruplet": "A loss is one of cacr, sscl",
    "cacr~colour:1": r"cacr has no setting 'colour'; it has t_pos, t_neg,.*n_synthetic",
    "cacr~name:sscl": "cacr has no setting 'name'",
    "cacr~t_pos:x": "t_pos is a number, got 'x'",
    "cacr~t_pos": "t_pos is a number, got ''",
    "cacr~t_pos:nan": "t_pos must be -1e.06 to 1e.06, got nan",
    "cacr~t_neg:1e9": "t_neg must be -1e.06 to 1e.06, got 1e.09",
    "cacr~t_pos:-1": "t_pos.*-1",
    "cacr~detach_weights:yes": "detach_weights is true or false, got 'yes'",
    "cacr~n_synthetic:65": "n_synthetic must be a whole number from 0 to 64, got '65'",
    "cacr~n_synthetic:1.5": "n_synthetic is a whole number, got '1.5'",
    "cacr~pool_size:0": "pool_size must be a whole number from 1 to 65536, got '0'",
    "cacr~mixing:stirred": "mixing is one of pair.*got 'stirred'",
}


@pytest.mark.parametrize(("text", "sentence"), BAD.items())
def test_one_sentence_says_what_is_wrong_with_a_lens_wherever_it_is_from(text, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        lenses.read(text)
    if "quadruplet" not in text:  # the boards of the forces page offer fewer
        assert forces_link.read({"a": text})[2] == [str(caught.value)]
    assert links.read({"lens": text})[3] == [str(caught.value)]
    assert compare_link.read({"lens": text}).ignored == [str(caught.value)]


@pytest.mark.parametrize(
    ("lens", "sentence"),
    [
        ("cacr", "A lens names a loss and its settings, got 'cacr'"),
        (["cacr"], "A lens names a loss and its settings"),
        ({}, "A loss is one of .*, got 'None'"),
        ({"name": ["cacr"]}, "A loss is one of"),
        ({"name": "cacr", "t_pos": None}, "t_pos must be a number, got 'None'"),
        ({"name": "cacr", "t_pos": True}, "t_pos must be a number, got 'True'"),
        ({"name": "cacr", "t_pos": float("inf")}, "t_pos must be .* got inf"),
        ({"name": "cacr", "detach_weights": 1}, "detach_weights must be a bool, got 1"),
        ({"name": "cacr", "mixing": ["pair"]}, "mixing is one of pair"),
        ({"name": "cacr", "pool_size": 2.0}, "pool_size must be a whole number"),
        ({"name": "cacr", 3: 4}, "cacr has no setting '3'"),
    ],
)
def test_the_browsers_data_is_refused_by_the_same_sentences(lens, sentence):
    with pytest.raises(ValueError, match=sentence):
        lenses.checked(lens)
    with pytest.raises(ValueError, match=sentence.partition(" .*")[0]):
        board.checked_lens(lens)


@pytest.mark.parametrize("name", LOSSES)
def test_a_lens_is_read_back_from_its_text(name):
    usual = lenses.defaults_of(LOSSES[name])
    lens = {"name": name} | usual | {"n_synthetic": 3, "pool_size": 9, "mixing": "random"}
    assert lenses.read(lenses.text(lens)) == lenses.checked(lens) == lens
    changed = lenses.text(lens, usual | lenses.MIXTURE)
    assert changed == f"{name}~n_synthetic:3~pool_size:9~mixing:random"
    assert lenses.text({"name": name} | usual, usual) == name


def test_whole_numbers_of_the_browser_are_numbers_of_a_loss():
    found = lenses.checked({"name": "cacr", "t_pos": 2})
    assert found == {"name": "cacr", "t_pos": 2.0} and isinstance(found["t_pos"], float)


def test_a_question_about_a_run_takes_a_lens_in_the_same_words():
    asked = {"step": 0, "probe": 0, "view": 0}
    mixed = {"name": "cacr", "t_neg": 3.0, "n_synthetic": 4, "pool_size": 5}
    question = understand(asked | {"lens": mixed}, RUN)
    assert (question.loss.t_neg, question.mixture[:2], question.is_lens) == (3.0, (4, 5), True)
    assert not understand(asked, RUN).is_lens
    with pytest.raises(ValueError, match="cacr has no setting 'colour'; it has t_pos"):
        understand(asked | {"lens": {"name": "cacr", "colour": 1}}, RUN)
