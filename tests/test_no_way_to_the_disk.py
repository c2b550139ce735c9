"""Folders come from the owner's hands or settings, never from a link or a run's file."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cacr_core import data, runs
from cacr_core.data import folders
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.training import TrainConfig
from tests.bars import Bar
from web.compare import link as compare_link
from web.live.answers import queued
from web.settings import links
from web.shell import roles
from web.shell.plain import plain

FRAME = str(Path(__file__).parents[1] / "frame.py")
VISITOR = roles.Person("0123456789abcdef", False, False)
REMOTE_OWNER = roles.Person("owner", True, False)
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("CACR_FOLDERS", raising=False)
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def pictures(tmp_path):
    """A folder of images that nobody has offered."""
    folder = tmp_path / "private"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for i in range(12):
            pixels = np.full((16, 16, 3), 20 * i, np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture
def read(monkeypatch):
    """Every path whose images are read, or that is asked whether it is there."""
    asked = []
    true = folders.read_folder
    monkeypatch.setattr(
        data, "read_folder", lambda path, size: (asked.append(path), true(path, size))[1]
    )
    return asked


@pytest.fixture
def as_one(monkeypatch):
    def be(person):
        monkeypatch.setattr(roles, "me", lambda: person)

    return be


def page(name="live", **params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    if name != "live":
        at.switch_page(f"pages/{name}.py").run()
    assert not at.exception
    return at


def warnings(at):
    return [w.value for w in at.warning]


@pytest.mark.parametrize("path", ["/", "/etc", "~", "..", "//host/share", "C:\\Users", "x" * 4000])
@pytest.mark.parametrize("key", ["dataset", "mixture"])
def test_a_link_that_names_a_folder_gets_one_sentence_and_falls_back(path, key, read):
    _, flat, _, ignored = links.read({key: path, "mixture_share": "0.5", "seed": "5"})
    config = links.config_of(flat)
    assert len([s for s in ignored if "CACR_FOLDERS" in s and "A link" in s]) == 1
    assert (config.dataset, config.mixture) == ("shapes", "")
    found = compare_link.read({key: path, "seed": "5"})
    assert len(found.ignored) == 1
    assert (found.shared["dataset"], found.shared["mixture"]) == ("shapes", "")
    assert found.shared["seed"] == 5
    assert not read


@pytest.mark.parametrize("name", ["live", "compare"])
def test_a_page_opened_by_such_a_link_reads_nothing(name, pictures, read, monkeypatch):
    Bar(monkeypatch, name)
    at = AppTest.from_file(FRAME, default_timeout=60)
    if name == "compare":
        at.run().switch_page("pages/compare.py")
    at.query_params["dataset"] = str(pictures)
    at.run()
    assert not at.exception
    assert any(plain("CACR_FOLDERS") in w for w in warnings(at))
    assert at.session_state[f"{name}_dataset"] == "shapes"
    assert not read


def test_what_is_read_is_what_the_owner_offers_and_a_link_may_name_that(pictures, monkeypatch):
    monkeypatch.setenv("CACR_FOLDERS", os.pathsep.join([str(pictures), "/no/such/place", ""]))
    assert data.offered_places() == [pictures.resolve()]
    _, flat, _, ignored = links.read({"dataset": str(pictures.resolve())})
    assert (flat["dataset"], ignored) == (str(pictures.resolve()), [])
    assert links.write("cacr-1", flat, {})["dataset"] == pictures.name
    _, _, _, ignored = links.read({"dataset": str(pictures / "cat")})
    assert len(ignored) == 1


def test_a_path_that_a_person_typed_is_not_written_into_the_address():
    config = TrainConfig(dataset="/home/me/pictures", seed=7)
    assert "dataset" not in links.write("cacr-1", links.settings_of(config), {})


def test_a_person_at_the_machine_types_a_folder_and_trains_on_it(pictures, monkeypatch):
    bar, started = Bar(monkeypatch, "live"), []
    monkeypatch.setattr(
        runs, "start", lambda config, folder, *a, **k: started.append(config) or folder
    )
    at = page()
    at.selectbox(key="live_dataset_name").set_value("own").run()
    at.text_input(key="live_own_path").set_value(str(pictures)).run()
    assert at.session_state["live_dataset"] == str(pictures)
    bar.press(at, "start")
    assert started[0].dataset == str(pictures)
    assert "dataset" not in at.query_params


@pytest.mark.parametrize("person", [VISITOR, REMOTE_OWNER])
def test_from_elsewhere_no_folder_is_typed_or_read(person, pictures, read, as_one, monkeypatch):
    bar, started = Bar(monkeypatch, "live"), []
    monkeypatch.setattr(runs, "start", lambda config, *a, **k: started.append(config))
    monkeypatch.setenv("CACR_VISITORS_MAY", "start,upload")
    as_one(person)
    at = page()
    at.selectbox(key="live_dataset_name").set_value("own").run()
    assert not [box for box in at.text_input if box.key == "live_own_path"]
    at.session_state["live_dataset"] = str(pictures)  # however it may have come there
    at.run()
    bar.press(at, "start")
    assert not started
    assert not read
    at = page("checkpoints")
    assert not at.text_area
    at.session_state["checkpoints_folders"] = str(pictures)
    at.run()
    assert not any("private" in option for option in at.selectbox(key="checkpoints_a").options)


def test_folders_that_the_owner_offers_are_looked_in_for_everyone(tmp_path, as_one, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "mine.pth").write_bytes(b"x")
    monkeypatch.setenv("CACR_FOLDERS", str(tmp_path / "weights"))
    as_one(VISITOR)
    options = page("checkpoints").selectbox(key="checkpoints_a").options
    assert any(option.startswith("mine.pth") for option in options)


def from_file(shelf_folder, config):
    folder = shelf_folder / shelf.new_id(shelf.OPENED, "run")
    files.write_bytes(folder / "config.json", config.to_json().encode())
    files.write_json(folder / "end.json", {"state": "stopped", "reason": "", "time": 0})
    return folder


@pytest.mark.parametrize("key", ["dataset", "mixture"])
def test_a_run_from_a_file_that_names_a_folder_is_not_gone_on_with(
    key, shelf_folder, pictures, read
):
    named = {key: str(pictures)} | ({"mixture_share": 0.5} if key == "mixture" else {})
    folder = from_file(shelf_folder, TrainConfig(**named))
    with pytest.raises(ValueError, match="A run from a file cannot name a folder"):
        runs.resume(folder)
    with pytest.raises(ValueError, match="CACR_FOLDERS"):
        queued.train_image(folder, 0)
    assert queued.label_of(folder, 0) == -1
    assert not read


def test_nor_is_a_comparison_whose_entries_do(shelf_folder, pictures):
    config = TrainConfig(dataset=str(pictures))
    comparison = Comparison((Entry("a", config), Entry("b", dataclasses.replace(config, lr=0.1))))
    folder = from_file(shelf_folder, comparison)
    told = json.loads((folder / "config.json").read_text()) | {"dataset": "shapes"}
    files.write_json(folder / "config.json", told)
    with pytest.raises(ValueError, match="A run from a file"):
        runs.resume(folder)
    with pytest.raises(ValueError, match="A run from a file"):
        runs.repeat(folder, 2)


@pytest.mark.parametrize("person", [roles.OWNER, VISITOR])
def test_the_settings_of_a_run_from_a_file_come_without_its_folder(
    person, shelf_folder, pictures, read, as_one, monkeypatch
):
    Bar(monkeypatch, "live")
    as_one(person)
    folder = from_file(shelf_folder, TrainConfig(dataset=str(pictures), seed=77))
    at = page(run=folder.name)
    assert (at.session_state["live_dataset"], at.session_state["live_seed"]) == ("shapes", 77)
    assert not read


def test_what_was_trained_here_on_a_folder_is_taken_up_again_at_this_machine_alone(
    shelf_folder, pictures, as_one, monkeypatch
):
    Bar(monkeypatch, "live")
    folder = shelf_folder / "own-run"
    config = TrainConfig(dataset=str(pictures))
    files.write_bytes(folder / "config.json", config.to_json().encode())
    assert page(run="own-run").session_state["live_dataset"] == str(pictures)
    as_one(VISITOR)
    assert page(run="own-run").session_state["live_dataset"] == "shapes"
