from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core import runs
from cacr_core.presets import PRESETS
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training import TrainConfig

FRAME = str(Path(__file__).parents[1] / "frame.py")
BUTTONS = ["Start", "Pause", "Resume", "Step", "Stop", "Reset"]
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


def page(**params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def button(at, label):
    return next(b for b in at.button if b.label == label)


def enabled(at):
    return [label for label in BUTTONS if not button(at, label).disabled]


def test_the_first_view_offers_one_start():
    at = page()
    assert enabled(at) == ["Start"]
    assert not at.warning
    assert not at.error


def test_start_trains_the_preset_with_one_click_and_the_address_names_the_run(started):
    at = page(preset="sscl")
    button(at, "Start").click().run()
    assert not at.exception
    config, title, paused = started[0]
    assert config.n_synthetic == 8
    assert not paused
    assert "SSCL" in title
    (run,) = shelf.list_runs()
    assert at.query_params["run"] == run.id
    assert enabled(at) == ["Pause", "Step", "Stop", "Reset"]


def test_a_paused_run_can_be_resumed_and_stepped_by_request(started, shelf_folder):
    at = page()
    button(at, "Start").click().run()
    folder = shelf_folder / shelf.list_runs()[0].id
    files.beat(folder, "paused", step=3)
    files.write_bytes(files.snapshot_path(folder, 3), b"")
    at.run()
    assert enabled(at) == ["Resume", "Step", "Stop", "Reset"]
    button(at, "Step").click().run()
    assert files.control(folder)["steps"] == 1
    button(at, "Stop").click().run()
    assert files.control(folder)["wanted"] == "stop"


def test_reset_starts_again_with_the_same_seed_and_waits(started):
    at = page(seed="5")
    button(at, "Start").click().run()
    button(at, "Reset").click().run()
    (first, _, _), (second, _, paused) = started
    assert first == second
    assert first.seed == 5
    assert paused


def test_a_link_restores_every_setting(started):
    at = page(**{"preset": "cacr-1", "cacr.t_neg": "4.5", "seed": "3", "embedding_dim": "2"})
    button(at, "Start").click().run()
    config = started[0][0]
    assert (config.loss.t_neg, config.seed, config.embedding_dim) == (4.5, 3, 2)
    assert at.query_params["cacr.t_neg"] == "4.5"


def test_nonsense_in_a_link_is_said_and_the_page_opens():
    at = page(preset="magic", n_views="-1", run="../../etc")
    assert len(at.warning) == 2
    assert enabled(at) == ["Start"]


def test_settings_that_do_not_go_together_are_refused_before_start():
    at = page()
    at.number_input(key="live_n_synthetic").set_value(4).run()
    at.number_input(key="live_pool_size").set_value(5000).run()
    assert "pool" in at.error[0].value
    assert "Start" not in enabled(at)


def test_choosing_a_preset_takes_its_settings_and_keeps_images_and_seed(started):
    at = page(dataset="digits", seed="9")
    at.selectbox(key="live_preset").set_value("circle").run()
    button(at, "Start").click().run()
    config = started[0][0]
    assert (config.embedding_dim, config.dataset, config.seed) == (2, "digits", 9)


def test_images_that_are_not_here_are_offered_for_download(monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_DATA", str(tmp_path))
    at = page(dataset="cifar10")
    assert any("Download CIFAR-10" in b.label for b in at.button)


def test_the_page_shows_a_run_that_ended_while_away(shelf_folder):
    folder = shelf_folder / "old-run"
    files.write_bytes(folder / "config.json", TrainConfig().to_json().encode())
    files.end(folder, "stopped", "Stopped at step 5.")
    at = page(run="old-run")
    assert enabled(at) == ["Start", "Resume", "Reset"]
    assert at.query_params["run"] == "old-run"


def test_a_link_to_a_run_alone_shows_that_runs_settings(started, shelf_folder):
    config = TrainConfig(loss=PRESETS["sscl"].config.loss, n_synthetic=5, dataset="digits", seed=8)
    folder = shelf_folder / "sent-run"
    files.write_bytes(folder / "config.json", config.to_json().encode())
    files.end(folder, "stopped", "Stopped at step 5.")
    at = page(run="sent-run")
    button(at, "Reset").click().run()
    assert started[0][0] == config
