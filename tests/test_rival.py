"""The file that is offered beside another: of the same data, its untrained twin first."""

import pandas as pd
import pytest
import torch
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import network_of
from cacr_core.checkpoints.untrained import drawn, twin_of
from cacr_core.metrics import Share
from cacr_core.scores.paired import Change
from tests.test_checkpoints_page import page, shelf_folder  # noqa: F401
from web.checkpoints import tables

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("shipped:cacr-digits", "shipped:untrained-digits"),
        ("shipped:sscl-shapes", "shipped:untrained-shapes"),
        ("shipped:untrained-digits", "shipped:cacr-digits"),
    ],
)
def test_the_rival_offered_is_of_the_same_data(a, b):
    at = page(panel="two", a=a)
    assert at.selectbox(key="checkpoints_b").value == b


def test_where_no_file_is_of_its_form_its_twin_is_drawn(tmp_path):
    torch.save(resnet18(num_classes=5).state_dict(), tmp_path / "net.pth")
    at = page(dataset="digits", ask="weights")
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:net.pth").run()
    at.session_state["checkpoints_override"] = {"folder:0:net.pth": {"input_size": 16}}
    at.session_state["checkpoints_panel"] = "two"
    at.run()
    assert not at.exception and not at.error
    assert at.selectbox(key="checkpoints_b").value == "twin"
    (told,) = [one.value for one in at.caption if "changed" in one.value]
    assert told.startswith("0 added, 0 removed,")


def test_a_twin_has_the_form_and_the_pixels_of_its_file_and_first_weights(tmp_path):
    torch.save(resnet18(num_classes=5).state_dict(), tmp_path / "net.pth")
    own = open_file(tmp_path / "net.pth")
    card = card_of(own, input_size=16)
    images = torch.randint(0, 256, (8, 3, 16, 16), dtype=torch.uint8)
    (tmp_path / "twin.safetensors").write_bytes(twin_of(own, card, images))
    opened = open_file(tmp_path / "twin.safetensors")
    twin = card_of(opened)
    assert (twin.network, twin.input_size, twin.blocked) == (card.network, 16, None)
    assert (twin.normalisation.mean, twin.normalisation.std) == (
        card.normalisation.mean, card.normalisation.std,
    )  # fmt: skip
    assert twin.family == "Untrained twin (this app)" and not twin.doubts
    x = images.float() / 255
    drawn_again, _ = drawn(card, images)
    with torch.inference_mode():
        torch.testing.assert_close(network_of(opened, twin)[0](x), drawn_again(x))
        assert not torch.allclose(network_of(own, card)[0](x), drawn_again(x), atol=1e-2)


def test_a_table_is_saved_as_numbers_with_the_ends_of_intervals(tmp_path):
    rows = {
        "10-NN": [Share(0.5, 0.4, 0.6, 10), Change(0.1, -0.1, 0.3, 10, 0.95), None, "word"],
        "probe": [Share(0.7, 0.6, 0.8, 10), Change(0.2, 0.1, 0.3, 10, 0.95), None, "other"],
    }
    frame = tables.numbers_of("by", rows, ["right", "gain", "none", "text"])
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    frame.to_csv(tmp_path / "t.csv", index=False)
    for read in (pd.read_parquet(tmp_path / "t.parquet"), pd.read_csv(tmp_path / "t.csv")):
        assert list(read["by"]) == ["10-NN", "probe"]
        assert list(read["right"]) == [0.5, 0.7] and list(read["right high"]) == [0.6, 0.8]
        assert list(read["gain low"]) == [-0.1, 0.1] and list(read["text"]) == ["word", "other"]
