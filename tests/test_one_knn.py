"""The features panel and the comparison say one accuracy of one thing, before and after heads."""

import pytest

from tests.sentences import press, table
from tests.test_checkpoints_page import page

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))


def test_both_panels_say_the_same_and_the_switch_of_the_head_works_at_once():
    asked = {"a": "shipped:cacr-digits", "dataset": "digits", "n_probes": "48"}
    at = page(panel="classes", layer="head", **asked)
    press(at, "Show its features")
    alone = table(at, "Accuracy by each way to tell classes")
    two = page(panel="two", b="shipped:untrained-digits", **asked)
    press(two, "Compare their features")
    found = {}
    for layer, side in (("features", "before"), ("head", "after")):
        two.selectbox(key="checkpoints_layer_two").set_value(layer).run()
        assert not two.exception and not two.error
        rows = table(two, "Accuracy by each way to vote")
        for way, (a, *_) in rows.items():
            assert a == alone[f"{way}, {side} the head"][0]
        found[layer] = [cells[0] for cells in rows.values()]
    assert found["features"] != found["head"]
