import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core import runs
from cacr_core.presets import COMPARISONS, DEFAULT_COMPARISON
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.launch import write_config
from tests.bars import Bar
from tests.compared import COMPARISON, finished
from web.shell.plain import plain

FRAME = str(Path(__file__).parents[1] / "frame.py")
PRESET = COMPARISONS[DEFAULT_COMPARISON].comparison
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def bar(monkeypatch):
    return Bar(monkeypatch, "compare")


@pytest.fixture
def started(monkeypatch):
    """What the page asks to be trained, without a worker."""
    asked = []

    def start(comparison, folder, title=None, paused=False):
        asked.append((comparison, title, paused))
        files.write_json(folder / "run.json", {"title": title})
        write_config(comparison, folder)
        files.beat(folder, "paused" if paused else "running")
        return folder

    monkeypatch.setattr(runs, "start", start)
    return asked


@pytest.fixture
def ended(shelf_folder):
    """A finished comparison on the shelf."""
    shutil.copytree(finished(), shelf_folder / "compare-tiny")
    return "compare-tiny"


def page(**params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    at.switch_page("pages/compare.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def button(at, label):
    return next(b for b in at.button if b.label == label)


def test_the_first_view_can_be_started_from(bar):
    at = page()
    assert bar.problem == ""
    assert bar.data["example"]
    assert not at.warning
    assert not at.error
    assert at.selectbox(key="compare_preset").value == DEFAULT_COMPARISON


def test_start_trains_the_preset_with_one_click_and_the_address_names_it(started, bar):
    at = page()
    bar.press(at, "start")
    assert not at.exception
    comparison, title, paused = started[0]
    assert comparison == PRESET
    assert not paused
    assert title.startswith(COMPARISONS[DEFAULT_COMPARISON].title)
    (run,) = shelf.list_runs()
    assert run.is_comparison
    assert at.query_params["run"] == bar.data["run"] == run.id


@pytest.mark.parametrize(
    "images",
    [
        {"preset": "imbalanced", "imbalance": "none"},
        {"preset": "balanced", "imbalance": "ratio"},
        {"preset": "balanced", "duplicates": "0.5"},
    ],
)
def test_a_presets_title_is_given_to_no_other_images_than_it_speaks_of(started, bar, images):
    at = page(**images)
    bar.press(at, "start")
    labels = [entry.label for entry in COMPARISONS[images["preset"]].comparison.entries]
    assert started[0][1] == f"{' | '.join(labels)[:60]}, shapes"


def test_reset_starts_the_same_again_and_waits(started, bar):
    at = page(seed="5")
    bar.press(at, "start")
    bar.press(at, "reset")
    (first, _, _), (second, _, paused) = started
    assert first == second
    assert first.shared.seed == 5
    assert paused


def test_a_link_restores_every_setting(started, bar):
    at = page(
        preset="one-or-four", dataset="digits", seed="3", e1="cacr-1~cacr.t_neg:4.5~lr:0.02",
        e4="sscl", base="b",
    )  # fmt: skip
    assert not at.warning
    bar.press(at, "start")
    comparison = started[0][0]
    first, *_, last = (e.config for e in comparison.entries)
    assert (first.loss.t_neg, first.lr, first.seed, first.dataset) == (4.5, 0.02, 3, "digits")
    assert last.n_synthetic == 8
    assert comparison.baseline == 1
    assert at.query_params["e1"] == "cacr-1~lr:0.02~cacr.t_neg:4.5"


def test_nonsense_in_a_link_is_said_and_the_page_opens(bar):
    at = page(preset="magic", e1="quadruplet", run="../../etc")
    assert len(at.warning) == 2
    assert bar.problem == ""


def test_choosing_a_preset_takes_its_entries_and_keeps_the_seed(started, bar):
    at = page(seed="9")
    at.selectbox(key="compare_preset").set_value("false-negatives").run()
    bar.press(at, "start")
    expected = COMPARISONS["false-negatives"].comparison.with_shared(seed=9)
    assert started[0][0] == expected


def shown_view(at):
    """How the page looks at its comparison."""
    return at.session_state["compare_view"]


def test_choosing_a_preset_opens_the_moment_and_the_series_its_text_speaks_of():
    at = page()
    at.selectbox(key="compare_preset").set_value("false-negatives").run()
    assert shown_view(at).items() >= dict(COMPARISONS["false-negatives"].view).items()
    at.session_state["compare_view"] = shown_view(at) | {"trails": True, "query": 9}
    at.selectbox(key="compare_preset").set_value("imbalanced").run()
    view = shown_view(at)
    assert view.items() >= dict(COMPARISONS["imbalanced"].view).items()
    assert (view["series"], view["query"], view["trails"]) == ("knn_features", None, True)


def test_a_moment_is_held_on_the_comparison_it_was_held_on_and_on_no_other(started, bar, ended):
    at = page(preset="collapse")
    assert shown_view(at)["step"] == COMPARISONS["collapse"].view["step"]
    bar.press(at, "start")
    assert shown_view(at)["step"] is None
    assert "step" not in at.query_params
    at = page(preset="collapse", run=ended)
    assert shown_view(at)["step"] is None
    at = page(preset="collapse", run=ended, step="2")
    assert shown_view(at)["step"] == 2
    assert at.query_params["step"] == "2"


def test_entries_are_added_and_removed_between_two_and_four(started, bar):
    at = page(preset="collapse")
    button(at, "Add an entry").click().run()
    assert button(at, "Add an entry").disabled
    for _ in range(2):
        button(at, "Remove entry 1").click().run()
    assert button(at, "Remove entry 1").disabled
    bar.press(at, "start")
    kept, added = started[0][0].entries
    assert kept.label == "uniform repulsion"
    assert added.config.n_views == 5
    assert at.query_params["entries"] == "2"


def test_another_loss_for_an_entry_brings_its_own_settings_and_name(started, bar):
    at = page(preset="sharpness")
    at.selectbox(key="compare_2_name").set_value("sscl").run()
    bar.press(at, "start")
    second = started[0][0].entries[1]
    assert (second.label, second.config.n_synthetic) == ("SSCL", 8)


def test_a_changed_setting_takes_a_name_away_that_would_no_longer_be_true(started, bar):
    at = page(preset="sharpness")
    at.slider(key="compare_1_infonce.temperature").set_value(0.2).run()
    bar.press(at, "start")
    first = started[0][0].entries[0]
    assert first.config.loss.temperature == 0.2
    assert first.label == "InfoNCE, τ 0.2"


def test_each_entry_has_its_own_learning_rate(started, bar):
    at = page()
    at.number_input(key="compare_2_lr").set_value(0.05).run()
    bar.press(at, "start")
    assert [e.config.lr for e in started[0][0].entries][:3] == [0.01, 0.05, 0.01]


def test_settings_that_do_not_go_together_are_refused_at_the_entry_before_start(bar):
    at = page(preset="sscl-parts")
    at.number_input(key="compare_1_pool_size").set_value(5000).run()
    assert all("pool" in error.value for error in at.error)
    assert at.error[0].value.startswith(plain("SSCL, hard pool 5000: "))
    assert plain(bar.problem) == at.error[0].value


def test_a_comparison_that_ended_while_away_is_shown_and_can_be_gone_on_with(ended, bar):
    files.end(shelf.find(ended), "stopped", "Stopped at step 2.")
    at = page(run=ended)
    assert (bar.data["run"], bar.data["state"]) == (ended, "stopped")
    assert at.query_params["run"] == ended


def test_a_link_to_a_comparison_alone_shows_its_settings(started, ended, bar):
    at = page(run=ended)
    bar.press(at, "reset")
    assert started[0][0] == COMPARISON


def test_a_failed_comparison_says_why_beside_its_settings(ended):
    files.end(shelf.find(ended), "failed", "A batch cannot be larger than the 40 images.")
    at = page(run=ended)
    assert "A batch cannot be larger" in at.error[0].value


def test_an_entry_opens_the_whole_comparison_here_and_itself_on_the_live_page(ended):
    at = page(run=f"{ended}.b")
    assert at.query_params["run"] == ended
    live = AppTest.from_file(FRAME, default_timeout=60)
    live.query_params["run"] = f"{ended}.b"
    live.run()
    assert not live.exception
    assert live.query_params["run"] == f"{ended}.b"
    assert live.number_input(key="live_n_synthetic").value == 3


def test_a_single_run_is_not_shown_as_a_comparison_nor_the_other_way_round(shelf_folder, ended):
    single = shelf_folder / "single-run"
    files.write_bytes(single / "config.json", COMPARISON.shared.to_json().encode())
    files.end(single, "stopped", "Stopped at step 5.")
    at = page(run="single-run")
    assert "run" not in at.query_params
    live = AppTest.from_file(FRAME, default_timeout=60)
    live.query_params["run"] = ended
    live.run()
    assert not live.exception
    assert "run" not in live.query_params


def test_images_that_are_not_here_are_offered_for_download(monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_DATA", str(tmp_path))
    at = page(dataset="cifar10")
    assert any("Download CIFAR-10" in b.label for b in at.button)


def test_settings_of_both_pages_survive_a_visit_to_the_other(started, bar):
    at = AppTest.from_file(FRAME, default_timeout=60)
    at.query_params["preset"] = "sscl"
    at.run()
    at.number_input(key="live_seed").set_value(11).run()
    at.query_params.clear()
    at.switch_page("pages/compare.py").run()
    at.number_input(key="compare_seed").set_value(12).run()
    at.number_input(key="compare_1_lr").set_value(0.5).run()
    at.query_params.clear()
    at.switch_page("pages/live.py").run()
    assert not at.exception
    assert at.number_input(key="live_seed").value == 11
    assert at.selectbox(key="live_preset").value == "sscl"
    at.query_params.clear()
    at.switch_page("pages/compare.py").run()
    assert not at.exception
    assert at.number_input(key="compare_seed").value == 12
    bar.press(at, "start")
    comparison = started[0][0]
    assert (comparison.shared.seed, comparison.entries[0].config.lr) == (12, 0.5)


def test_a_pinned_entry_is_of_the_comparison_it_was_pinned_in(started, bar, ended):
    at = page(run=ended, baseline="b", step="2", series="loss")
    view = bar.data["view"]
    assert (bar.data["run"], view["baseline"], view["step"]) == (ended, "b", 2)
    bar.press(at, "start")
    view = bar.data["view"]
    assert bar.data["run"] != ended
    assert (view["baseline"], view["step"], view["series"]) == (None, None, "loss")
    assert "baseline" not in at.query_params


def test_repeats_can_be_asked_for_when_a_comparison_has_ended(monkeypatch, ended):
    asked = []
    monkeypatch.setattr(
        runs, "repeat", lambda folder, n_seeds: asked.append((folder.name, n_seeds)), raising=False
    )
    at = page()
    assert button(at, "Repeat over seeds").disabled
    at = page(run=ended)
    at.number_input(key="compare_n_seeds").set_value(3).run()
    button(at, "Repeat over seeds").click().run()
    assert asked == [(ended, 3)]


def test_a_recorded_comparison_plays_for_its_preset(monkeypatch, tmp_path, ended, bar):
    recorded = tmp_path / "recorded"
    shutil.copytree(finished(), recorded / "compare-collapse")
    monkeypatch.setattr(shelf, "RECORDED", recorded)
    at = page(preset="collapse")
    assert bar.data["run"] == "compare-collapse"
    assert "run" not in at.query_params
    at = page(preset="collapse", run=ended)
    assert at.query_params["run"] == ended
    at.selectbox(key="compare_preset").set_value("broken").run()
    assert "run" not in at.query_params


def test_training_images_can_be_spoiled_and_the_link_says_so(started, bar):
    at = page()
    at.selectbox(key="compare_imbalance").set_value("ratio").run()
    at.slider(key="compare_imbalance_ratio").set_value(50.0).run()
    at.slider(key="compare_duplicates").set_value(0.2).run()
    at.selectbox(key="compare_mixture").set_value("digits").run()
    assert not at.error
    bar.press(at, "start")
    config = started[0][0].shared
    assert (config.imbalance, config.imbalance_ratio, config.duplicates) == ("ratio", 50.0, 0.2)
    assert (config.mixture, config.mixture_share) == ("digits", 0.2)
    assert at.query_params["imbalance"] == "ratio"
    assert at.query_params["mixture"] == "digits"


def test_what_no_entry_could_be_trained_with_is_said_once_and_not_at_each_entry():
    at = page(mixture="shapes", mixture_share="0.5", dataset="digits")
    at.selectbox(key="compare_dataset_name").set_value("shapes").run()
    said = [error.value for error in at.error]
    assert len(said) == 2
    assert said[0].endswith(said[1])
    assert "twice" in said[1]


def test_negatives_of_an_entry_can_come_from_a_queue(started, bar):
    at = page()
    at.selectbox(key="compare_2_host").set_value("queue").run()
    at.number_input(key="compare_2_queue_size").set_value(256).run()
    bar.press(at, "start")
    first, second, *_ = started[0][0].entries
    assert (first.config.host, second.config.host, second.config.queue_size) == (
        "batch", "queue", 256,
    )  # fmt: skip
    assert second.label == "CACR, uniform attraction, queue, 256 queued"


def test_present_and_its_large_panel_come_from_a_link_and_go_into_it(bar):
    at = page(present="1", large="curves")
    assert bar.data["present"]
    assert bar.data["view"]["large"] == "curves"
    assert (at.query_params["present"], at.query_params["large"]) == ("1", "curves")
    at.toggle(key="compare_present").set_value(False).run()
    assert not bar.data["present"]
    assert "present" not in at.query_params
