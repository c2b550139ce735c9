"""What a link or a run says stays as it is said; what makes no sense is a sentence."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core.presets import COMPARISONS, PRESETS
from cacr_core.runs import folder as files
from cacr_core.runs import schema, shelf
from tests.bars import Bar
from tests.tiny_run import prepared
from web.compare import choice, link
from web.settings import links, looks, values
from web.settings.fields import RUN_FIELDS
from web.shell.plain import plain

FRAME = str(Path(__file__).parents[1] / "frame.py")
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
HELD = [name for name in PRESETS if links.preset_view(name)["step"] is not None]
HELD_TOGETHER = [name for name in COMPARISONS if link.preset_view(name)["step"] is not None]


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    return tmp_path


def page(name="live", **params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    if name != "live":
        at.switch_page(f"pages/{name}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def test_settings_of_a_link_that_lie_beyond_the_usual_ones_stay(monkeypatch):
    Bar(monkeypatch, "live")
    at = page(embedding_dim="16", lr="1e-6")
    assert at.selectbox(key="live_embedding_dim").options == ["2", "3", "16", "64", "128"]
    for _ in range(2):
        assert at.session_state["live_embedding_dim"] == 16
        assert at.session_state["live_lr"] == at.number_input(key="live_lr").value == 1e-6
        assert at.query_params["embedding_dim"] in ("16", ["16"])
        at.run()
    at.number_input(key="live_lr").set_value(0.5).run()
    at.selectbox(key="live_embedding_dim").set_value(3).run()
    at.run()
    assert (at.session_state["live_lr"], at.session_state["live_embedding_dim"]) == (0.5, 3)
    assert not at.exception


def test_a_learning_rate_of_an_entry_below_the_usual_ones_stays(monkeypatch):
    Bar(monkeypatch, "compare")
    at = page("compare", e1="custom~loss:cacr~lr:1e-06")
    assert at.number_input(key="compare_1_lr").value == at.session_state["compare_1_lr"] == 1e-6
    at.run()
    assert at.session_state["compare_1_lr"] == 1e-6


def test_a_whole_number_that_a_run_may_have_is_one_that_its_widget_takes():
    for name, (least, _) in schema.WHOLE.items():
        assert name == "embedding_dim" or RUN_FIELDS[name].least <= least


@pytest.mark.parametrize("preset", HELD)
def test_a_link_keeps_that_a_run_plays_where_its_preset_holds_a_moment(preset):
    settings, view = links.settings_of(PRESETS[preset].config), links.preset_view(preset)
    params = links.write(preset, settings, view | {"step": None})
    assert params["step"] == looks.PLAY
    _, _, found, ignored = links.read(params)
    assert (found["step"], ignored) == (None, [])
    assert "step" not in links.write(preset, settings, view)
    assert links.read({"preset": preset})[2]["step"] == view["step"]


@pytest.mark.parametrize("preset", HELD_TOGETHER)
def test_a_link_keeps_that_a_comparison_plays_where_its_preset_holds_a_moment(preset):
    comparison, view = COMPARISONS[preset].comparison, link.preset_view(preset)
    shared, entries = choice.settings_of(comparison)
    params = link.write(preset, shared, entries, comparison.baseline, view | {"step": None})
    assert params["step"] == looks.PLAY
    found = link.read(params)
    assert (found.view["step"], found.ignored) == (None, [])
    assert link.read({"preset": preset}).view["step"] == view["step"]


def test_presets_hold_moments():
    assert HELD or HELD_TOGETHER


@pytest.mark.parametrize("number", [10**400, -(10**400)])
def test_a_whole_number_beyond_all_others_is_refused_with_a_sentence(number):
    with pytest.raises(ValueError, match=r"degrees must be 0 to 360, got '-?1000+…'\.$"):
        values.real("degrees", number, 0, 360)
    with pytest.raises(ValueError, match="lr must be a number"):
        schema.real()(number, "lr")


def test_a_name_that_no_set_of_the_hub_could_have_is_a_sentence_where_a_folder_is_typed(
    monkeypatch, tmp_path
):
    Bar(monkeypatch, "live")
    at = page()
    at.selectbox(key="live_dataset_name").set_value("own").run()
    at.text_input(key="live_own_path").set_value("hub:a b").run()
    assert not at.exception
    assert any("got 'a b'" in error.value for error in at.error)
    at.text_input(key="live_own_path").set_value(str(tmp_path)).run()
    assert at.session_state["live_dataset"] == str(tmp_path)
    assert not at.exception


def test_the_list_of_runs_takes_no_markdown_from_the_file_of_a_run(shelf_folder, monkeypatch):
    Bar(monkeypatch, "live")
    prepared(shelf_folder / "foreign")
    said = "![](https://evil.example/x.png) [free](https://evil.example)"
    files.write_json(shelf_folder / "foreign" / "run.json", {"created": said})
    files.end(shelf_folder / "foreign", "stopped", "")
    (listed,) = shelf.list_runs()
    assert listed.created == said
    at = page()
    next(button for button in at.button if button.label == "Runs").click().run()
    (facts,) = [c.value for c in at.caption if "evil" in c.value]
    assert plain(said) in facts and "](" not in facts


def test_the_images_of_a_file_give_way_to_the_next_files_own_until_one_is_chosen():
    at = page("checkpoints", a="shipped:cacr-shapes")
    assert at.session_state["checkpoints_dataset"] == "shapes"
    at.selectbox(key="checkpoints_a").set_value("shipped:sscl-digits").run()
    assert at.session_state["checkpoints_dataset"] == "digits"
    at.selectbox(key="checkpoints_dataset").set_value("shapes").run()
    at.selectbox(key="checkpoints_a").set_value("shipped:cacr-digits").run()
    assert not at.exception and at.session_state["checkpoints_dataset"] == "shapes"
    linked = page("checkpoints", a="shipped:cacr-shapes", dataset="digits")
    linked.selectbox(key="checkpoints_a").set_value("shipped:infonce-shapes").run()
    assert not linked.exception and linked.session_state["checkpoints_dataset"] == "digits"
