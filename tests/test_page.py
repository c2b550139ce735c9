import dataclasses
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core import runs
from cacr_core.__main__ import main
from cacr_core.losses import loss_name
from cacr_core.pairs import MIXINGS
from cacr_core.presets import DEFAULT, PRESETS, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training import TrainConfig
from tests.bars import Bar
from web.live import start
from web.settings.looks import LIVE, defaults_of
from web.shell.plain import plain

FRAME = str(Path(__file__).parents[1] / "frame.py")
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture
def started(monkeypatch):
    """What the page asks to be trained, without a worker."""
    asked = []

    def start(config, folder, title=None, paused=False):
        asked.append((config, title, paused))
        files.write_json(folder / "run.json", {"title": title})
        files.write_bytes(folder / "config.json", config.to_json().encode())
        files.beat(folder, "paused" if paused else "running")
        return folder

    monkeypatch.setattr(runs, "start", start)
    return asked


@pytest.fixture(autouse=True)
def bar(monkeypatch):
    return Bar(monkeypatch, "live")


def page(**params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def button(at, label):
    return next(b for b in at.button if b.label == label)


def kept_run(shelf_folder, name, config=None, state="stopped"):
    """A run that has ended, on the shelf."""
    config = config or TrainConfig()
    files.write_bytes(shelf_folder / name / "config.json", config.to_json().encode())
    files.end(shelf_folder / name, state, "Stopped at step 5.")
    return shelf_folder / name


def test_the_first_view_can_be_started_from(bar):
    at = page()
    assert bar.problem == ""
    assert (bar.data["run"], bar.data["example"]) == ("example", True)
    assert not at.warning
    assert not at.error


def test_start_trains_the_preset_with_one_click_and_the_address_names_the_run(started, bar):
    at = page(preset="sscl")
    bar.press(at, "start")
    config, title, paused = started[0]
    assert config.n_synthetic == 8
    assert not paused
    assert "SSCL" in title
    (run,) = shelf.list_runs()
    assert at.query_params["run"] == bar.data["run"] == run.id
    assert bar.data["state"] == "running"


def test_a_moment_held_on_one_run_is_not_held_on_the_next(started, bar):
    at = page(step="20", view="2")
    assert (bar.data["view"]["step"], bar.data["view"]["view"]) == (20, 2)
    bar.press(at, "start")
    assert (bar.data["view"]["step"], bar.data["view"]["view"]) == (None, 2)
    assert "step" not in at.query_params


@pytest.mark.parametrize("preset", PRESETS)
def test_a_link_to_a_preset_shows_its_recording_as_its_text_speaks_of_it(bar, preset):
    at = page(preset=preset)
    assert (bar.data["run"], bar.data["example"]) == (recording_of(preset), True)
    assert bar.data["view"] == defaults_of(LIVE) | dict(PRESETS[preset].view)
    assert at.query_params.keys() == {"v", "preset"}


def test_choosing_a_preset_shows_its_recording_at_the_moment_of_its_text(bar):
    at = page(trails="true", step="20")
    at.selectbox(key="live_preset").set_value("collapse").run()
    view = bar.data["view"]
    assert bar.data["run"] == "live-collapse"
    assert (view["step"], view["trails"]) == (PRESETS["collapse"].view["step"], True)
    at.selectbox(key="live_preset").set_value(DEFAULT).run()
    assert (bar.data["run"], bar.data["view"]["step"]) == ("example", None)


def test_choosing_a_preset_leaves_a_run_that_trains_on_the_page(started, bar):
    at = page()
    bar.press(at, "start")
    own = bar.data["run"]
    at.selectbox(key="live_preset").set_value("collapse").run()
    assert (bar.data["run"], bar.data["view"]["step"]) == (own, None)


def test_a_preset_beside_ones_own_run_holds_no_moment_of_its_recording(shelf_folder, bar):
    kept_run(shelf_folder, "mine")
    page(run="mine", preset="collapse")
    assert (bar.data["run"], bar.data["view"]["step"]) == ("mine", None)
    page(run="mine", preset="collapse", step="8")
    assert bar.data["view"]["step"] == 8


@pytest.mark.parametrize(
    ("preset", "changes", "title"),
    [
        ("too-fast", {"seed": 3, "n_steps": 50}, "Broken on purpose: far too high a rate, shapes"),
        ("too-fast", {"lr": 0.1}, "SSCL on shapes"),
        ("circle", {"embedding_dim": 32}, "CACR on shapes"),
        ("cacr-4", {"n_views": 2}, "CACR on shapes"),
        ("cacr-4", {"dataset": "/at/home/birds"}, "CACR, four positives, birds"),
    ],
)
def test_a_run_is_called_by_its_preset_where_it_is_what_the_presets_title_says(
    preset, changes, title
):
    preset = PRESETS[preset]
    config = dataclasses.replace(preset.config, **changes)
    assert start.title_of(preset, config, loss_name(config.loss)) == title


def test_a_presets_text_says_whether_it_speaks_of_the_run_shown(shelf_folder, bar):
    def told(at):
        (text,) = (c.value for c in at.caption if PRESETS["collapse"].watch[1] in c.value)
        return "not of the one shown" in text

    kept_run(shelf_folder, "mine")
    assert not told(page(preset="collapse"))
    assert told(page(run="mine", preset="collapse"))


def test_a_second_click_before_the_page_has_heard_of_the_first_starts_nothing(started, bar):
    at = page()
    before = bar.data["run"]
    bar.press(at, "start")
    bar.press(at, "start", run=before)
    assert len(started) == 1


def test_start_is_refused_while_the_run_is_at_work_and_the_bar_is_told_why(started, bar):
    at = page()
    bar.press(at, "start")
    bar.press(at, "start")
    assert len(started) == 1
    assert "at work" in bar.data["refusal"]


def test_reset_starts_again_with_the_same_seed_and_waits(started, bar):
    at = page(seed="5")
    bar.press(at, "start")
    bar.press(at, "reset")
    (first, _, _), (second, _, paused) = started
    assert first == second
    assert first.seed == 5
    assert paused


def test_a_run_goes_on_where_nothing_may_take_its_place(started, bar, monkeypatch):
    at = page()
    bar.press(at, "start")
    stopped = []
    monkeypatch.setattr(runs, "request_stop", stopped.append)
    monkeypatch.setenv("CACR_RUNS_QUOTA", "0")
    bar.press(at, "reset")
    assert "CACR_RUNS_QUOTA" in bar.data["refusal"]
    assert (len(started), stopped) == (1, [])


def test_reset_of_a_recorded_run_is_refused(started, bar):
    at = page()
    bar.press(at, "reset")
    assert started == []
    assert "Press Start" in bar.data["refusal"]


@pytest.mark.parametrize(
    "asked", [{"act": "stop"}, {"act": ["start"]}, {"act": None}, {"act": "speed", "speed": "9"}]
)
def test_what_no_bar_asks_for_changes_nothing(started, bar, asked):
    at = page()
    bar.press(at, **asked)
    assert started == []
    assert bar.data["transport"]["speed"] == "full"


def test_the_speed_is_asked_of_the_run_and_kept_for_the_next_and_in_the_address(started, bar):
    at = page()
    bar.press(at, "speed", speed="5")
    assert at.query_params["speed"] == "5"
    bar.press(at, "start")
    folder = shelf.find(bar.data["run"])
    assert files.control(folder)["speed"] == 5
    bar.press(at, "speed", speed="1")
    assert files.control(folder)["speed"] == 1
    bar.press(at, "speed", speed="full")
    assert files.control(folder)["speed"] is None
    assert "speed" not in at.query_params


def test_a_link_restores_every_setting(started, bar):
    at = page(**{"preset": "cacr-1", "cacr.t_neg": "4.5", "seed": "3", "embedding_dim": "2"})
    bar.press(at, "start")
    config = started[0][0]
    assert (config.loss.t_neg, config.seed, config.embedding_dim) == (4.5, 3, 2)
    assert at.query_params["cacr.t_neg"] == "4.5"


def test_nonsense_in_a_link_is_said_and_the_page_opens(bar):
    at = page(preset="magic", n_views="-1", run="../../etc")
    assert len(at.warning) == 2
    assert bar.problem == ""


def test_settings_that_do_not_go_together_are_refused_before_start(started, bar):
    at = page()
    at.number_input(key="live_n_synthetic").set_value(4).run()
    at.number_input(key="live_pool_size").set_value(5000).run()
    assert "pool" in at.error[0].value
    assert plain(bar.problem) == at.error[0].value
    bar.press(at, "start")
    assert started == []


def test_every_mixing_is_offered_with_its_words_on_the_page_and_in_the_terminal(capsys):
    at = page()
    at.number_input(key="live_n_synthetic").set_value(4).run()
    words = [rule.words for rule in MIXINGS.values()]
    assert at.selectbox(key="live_mixing").options == words
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    told = "".join(capsys.readouterr().out.split())  # lines break at spaces and hyphens
    for name, rule in MIXINGS.items():
        assert f"{name}:{rule.words}".replace(" ", "") in told


def test_what_is_reached_for_first_stands_open_and_before_the_rest():
    at = page(preset="sscl")
    first, rest = at.expander[0], at.expander[1]
    assert (first.label, first.proto.expanded) == ("Settings", True)
    assert [s.key for s in first.slider] == ["live_sscl.temperature", "live_sscl.beta"]
    assert [n.key for n in first.number_input] == ["live_n_views", "live_batch_size"]
    assert [s.key for s in rest.selectbox][-2:] == ["live_device", "live_precision"]


def test_present_comes_from_a_link_and_goes_into_it(bar):
    at = page(present="1")
    assert bar.data["present"]
    at.toggle(key="live_present").set_value(False).run()
    assert not bar.data["present"]
    assert "present" not in at.query_params
    at.toggle(key="live_present").set_value(True).run()
    assert at.query_params["present"] == "1"


def test_a_visit_that_is_cut_off_before_the_address_is_written_loses_no_setting(monkeypatch, bar):
    monkeypatch.setattr("web.live.page.write_address", lambda shown: None)
    at = page(seed="9", batch_size="48")
    at.switch_page("pages/forces.py").run()
    at.switch_page("pages/live.py").run()
    assert not at.exception
    assert at.number_input(key="live_seed").value == 9
    assert at.number_input(key="live_batch_size").value == 48


def test_a_setting_whose_widget_is_gone_for_a_while_keeps_its_value(started, bar):
    at = page(n_synthetic="4", pool_size="9")
    at.number_input(key="live_pool_size").set_value(11).run()
    at.number_input(key="live_n_synthetic").set_value(0).run()
    at.number_input(key="live_seed").set_value(3).run()
    assert not [n for n in at.number_input if n.key == "live_pool_size"]
    at.number_input(key="live_n_synthetic").set_value(4).run()
    assert not at.exception
    assert at.number_input(key="live_pool_size").value == 11


def test_choosing_a_preset_takes_its_settings_and_keeps_images_and_seed(started, bar):
    at = page(dataset="digits", seed="9")
    at.selectbox(key="live_preset").set_value("circle").run()
    bar.press(at, "start")
    config = started[0][0]
    assert (config.embedding_dim, config.dataset, config.seed) == (2, "digits", 9)


def test_images_that_are_not_here_are_offered_for_download(monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_DATA", str(tmp_path))
    at = page(dataset="cifar10")
    assert any("Download CIFAR-10" in b.label for b in at.button)


def test_the_page_shows_a_run_that_ended_while_away(shelf_folder, bar):
    kept_run(shelf_folder, "old-run")
    at = page(run="old-run")
    assert (bar.data["run"], bar.data["state"]) == ("old-run", "stopped")
    assert at.query_params["run"] == "old-run"


def test_a_link_to_a_run_alone_shows_that_runs_settings(started, shelf_folder, bar):
    config = TrainConfig(loss=PRESETS["sscl"].config.loss, n_synthetic=5, dataset="digits", seed=8)
    kept_run(shelf_folder, "sent-run", config)
    at = page(run="sent-run")
    bar.press(at, "reset")
    assert started[0][0] == config


def test_a_run_is_deleted_only_when_asked_twice_and_comes_back_to_its_place(shelf_folder, bar):
    for name in ("one", "two"):
        kept_run(shelf_folder, name)
    at = page(run="two")
    button(at, "Runs").click().run()
    at.button(key="live_delete_two").click().run()
    assert any("Delete “two”?" in m.value for m in at.markdown)
    assert shelf.find("two")
    at.button(key="live_keep_two").click().run()
    at.button(key="live_delete_two").click().run()
    at.button(key="live_really_two").click().run()
    assert [run.id for run in shelf.list_runs()] == ["one"]
    assert "run" not in at.query_params
    assert bar.data["example"]
    at.button(key="live_undo_two").click().run()
    assert {run.id for run in shelf.list_runs()} == {"one", "two"}
    assert bar.data["run"] == "two"


def test_a_run_at_work_cannot_be_deleted(shelf_folder):
    files.write_bytes(shelf_folder / "busy" / "config.json", TrainConfig().to_json().encode())
    files.beat(shelf_folder / "busy", "running")
    at = page()
    button(at, "Runs").click().run()
    assert at.button(key="live_delete_busy").disabled
