"""What a link sets by hand, or a file has, beyond what the page's widgets offered is no error."""

import pytest
import torch

from cacr_core.checkpoints import card_of, open_file
from tests.layouts import resnet, tensors, vit
from tests.test_checkpoints_page import page, said, shelf_folder
from tests.test_exported import narrow_resnet

__all__ = ["shelf_folder"]
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """The page on a file of these tensors, with what a link says was set by hand."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("CACR_FOLDERS", str(folder))

    def on(names, by_hand=""):
        torch.save(tensors(names), folder / "net.pth")
        return page(a="folder:0:net.pth", by_hand=by_hand)

    return on


def widget(found, label):
    (one,) = [one for one in found if one.label == label]
    return one


def warnings_of(at):
    return [one.value.replace("\\", "") for one in at.warning]


def test_heads_that_do_not_divide_the_features_are_refused_by_a_sentence(shown, tmp_path):
    at = shown(vit(384, 2, size=32), "n_heads:5")
    assert "n_heads must divide the 384 features, got 5." in " ".join(warnings_of(at))
    assert widget(at.selectbox, "Attention heads").value == 6
    with pytest.raises(ValueError, match="n_heads must divide the 384 features, got 5"):
        card_of(open_file(tmp_path / "mine" / "net.pth"), n_heads=5)


@pytest.mark.parametrize("heads", [128, 2])
def test_heads_of_a_link_stand_among_those_to_choose_from(heads, shown):
    at = shown(vit(384, 2, size=32), f"n_heads:{heads}")
    assert warnings_of(at) == [] and widget(at.selectbox, "Attention heads").value == heads


def test_heads_of_a_width_that_they_do_not_divide_can_be_set_right(shown):
    at = shown(vit(200, 2, size=32))  # 3 are assumed
    chosen = widget(at.selectbox, "Attention heads")
    assert chosen.value == 3 and {1, 2, 4, 5} <= {int(one) for one in chosen.options}
    chosen.set_value(4).run()
    assert not at.exception and widget(at.selectbox, "Attention heads").value == 4


def test_the_size_of_a_link_may_be_all_that_a_card_takes(shown):
    at = shown(resnet("resnet18"), "input_size:2000")
    size = widget(at.number_input, "Images are resized to, pixels")
    assert (size.value, size.min, size.max) == (2000, 8, 2048)
    assert "2,000 pixels" in said(at) or "2000 pixels" in said(at)
    at = shown(resnet("resnet18"), "input_size:3000")
    assert "input_size must be from 8 to 2048, got 3000." in " ".join(warnings_of(at))


def test_the_padding_of_a_link_may_be_all_that_a_card_takes(shown):
    at = shown(resnet("resnet18"), "stem_padding:16")
    padding = widget(at.number_input, "Padding of the first convolution")
    assert (padding.value, padding.max) == (16, 16)


def test_a_vit_may_have_positions_for_larger_images_than_a_person_sets(shown):
    at = shown(vit(64, 1, size=2400))
    size = widget(at.number_input, "Images are resized to, pixels")
    assert (size.value, size.max) == (2400, 2400)


NET = "folder:0:net.pth"


def set_by_hand(at, reference=NET):
    return at.session_state["checkpoints_override"].get(reference, {})


def test_a_family_by_hand_moves_what_stands_beside_it_and_is_all_that_is_set_by_hand(shown):
    at = shown(vit(384, 2, size=32))
    norms = widget(at.selectbox, "Pixels are normalised as")
    before = norms.value
    family = widget(at.selectbox, "Family")
    for name in family.options:  # until one is of other pixels
        widget(at.selectbox, "Family").set_value(name).run()
        assert not at.exception and not warnings_of(at)
        assert set_by_hand(at) == {"family": name} or name == family.value
        assert widget(at.selectbox, "Family").value == name
        if widget(at.selectbox, "Pixels are normalised as").value != before:
            return
    raise AssertionError("no family is of other pixels")


def test_numbers_of_ones_own_are_taken_once_they_are_numbers(shown):
    at = shown(vit(384, 2, size=32))
    widget(at.selectbox, "Pixels are normalised as").set_value("numbers of my own").run()
    assert not at.exception and set_by_hand(at) == {}
    widget(at.text_input, "Mean / deviation").set_value("nonsense").run()
    assert len(at.error) == 1 and set_by_hand(at) == {}
    at.run()
    assert widget(at.text_input, "Mean / deviation").value == "nonsense"
    own = "0.4, 0.4, 0.4 / 0.3, 0.3, 0.3"
    widget(at.text_input, "Mean / deviation").set_value(own).run()
    assert not at.error and set_by_hand(at) == {"normalisation": own}
    assert "numbers of its own" in said(at)
    widget(at.number_input, "Images are resized to, pixels").set_value(48).run()
    assert set_by_hand(at) == {"normalisation": own, "input_size": 48}
    next(b for b in at.button if b.label == "Take everything back").click().run()
    assert not at.exception and set_by_hand(at) == {}
    assert widget(at.number_input, "Images are resized to, pixels").value == 32
    assert widget(at.selectbox, "Pixels are normalised as").value != "numbers of my own"


def saved(names, path):
    torch.save(tensors(names), path)
    return path.read_bytes()


def test_a_second_upload_is_not_set_by_hand_as_the_first_was(tmp_path):
    net = saved(vit(384, 2, size=32), tmp_path / "net.pth")
    at = page()
    at.file_uploader(key="checkpoints_upload").upload("one.pth", net).run()
    widget(at.number_input, "Images are resized to, pixels").set_value(48).run()
    assert set_by_hand(at, "upload") == {"input_size": 48}
    at.file_uploader(key="checkpoints_upload").upload("two.pth", net).run()
    assert not at.exception and set_by_hand(at, "upload") == {}
    assert widget(at.number_input, "Images are resized to, pixels").value == 32
    widget(at.number_input, "Images are resized to, pixels").set_value(64).run()
    next(b for b in at.button if b.label == "Take everything back").click().run()
    assert not at.exception and at.session_state["checkpoints_upload"] is not None
    assert widget(at.number_input, "Images are resized to, pixels").value == 32


def test_b_is_read_as_it_was_set_by_hand(shown):
    at = shown(vit(384, 2, size=32), "input_size:48")
    at.selectbox(key="checkpoints_a").set_value("shipped:cacr-digits").run()
    at.session_state["checkpoints_panel"] = "two"
    at.session_state["checkpoints_b"] = NET
    at.run()
    assert not at.exception and not at.error
    assert "B as set by hand: input size 48." in said(at).replace("\\", "")
    at.session_state["checkpoints_override"] = {NET: {"n_heads": 5}}
    at.run()
    assert "n_heads must divide the 384 features, got 5." in " ".join(warnings_of(at))


def test_a_family_by_hand_is_not_said_to_be_in_the_file(shown, tmp_path):
    at = shown(resnet("resnet18"))
    assert ", unsure ·" in said(at)
    widget(at.selectbox, "Family").set_value("Barlow Twins").run()
    assert "**Barlow Twins**, unsure · " in said(at)
    opened = open_file(tmp_path / "mine" / "net.pth")
    found, by_hand = card_of(opened), card_of(opened, family="Barlow Twins")
    assert (by_hand.confidence, by_hand.why) == ("unsure", "it was set by hand")
    assert card_of(opened, family="of my own").why == by_hand.why
    same = card_of(opened, family=found.family)
    assert (same.confidence, same.why) == (found.confidence, found.why)


def test_the_network_of_a_file_can_be_set_back_whatever_its_width(shown, tmp_path):
    at = shown({name: tuple(tensor.shape) for name, tensor in narrow_resnet().items()})
    widget(at.selectbox, "Network").set_value("resnet34").run()
    assert "resnet34 needs" in said(at).replace("\\", "")
    widget(at.selectbox, "Network").set_value("resnet18").run()
    assert "resnet18 needs" not in said(at) and "0.125 times as wide" in said(at)
    card = card_of(open_file(tmp_path / "mine" / "net.pth"), architecture="resnet18")
    assert card.blocked is None and card.network.width == 8


def test_of_two_channels_only_colours_that_have_two_can_be_chosen(shown):
    names = resnet("resnet18") | {"conv1.weight": (64, 2, 7, 7)}
    at = shown(names)
    assert "It takes images of 2 channels" in said(at)
    norms = widget(at.selectbox, "Pixels are normalised as")
    assert norms.options == ["as assumed", "ydbdr", "lab"]
    norms.set_value("lab").run()
    assert not at.exception and not warnings_of(at) and "2 channels" not in said(at)
    at = shown(names, "normalisation:imagenet")
    assert "must be one of ydbdr, lab where images have 2 channels" in " ".join(warnings_of(at))
