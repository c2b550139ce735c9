"""The file that is offered beside another: of the same data, its untrained twin first."""

import pandas as pd
import pytest
import torch
from torchvision.models import resnet18

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


def test_no_rival_of_other_form_is_offered_and_the_page_asks(tmp_path):
    torch.save(resnet18().state_dict(), tmp_path / "net.pth")
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:net.pth").run()
    at.session_state["checkpoints_panel"] = "two"
    at.run()
    assert not at.exception and not at.error
    assert at.selectbox(key="checkpoints_b").value is None
    assert any("choose what to hold it against" in one.value for one in at.caption)


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
