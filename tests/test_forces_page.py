from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from cacr_core import runs
from cacr_core.losses import CACR, InfoNCE
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.launch import write_config
from tests import browser_code
from web.forces import from_run
from web.forces.presets import DEFAULT_SCENE, SCENES
from web.settings import board

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
        asked.append(config)
        files.write_json(folder / "run.json", {"title": title})
        write_config(config, folder)
        files.beat(folder, "running")
        return folder

    monkeypatch.setattr(runs, "start", start)
    return asked


def page(name="forces", **params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    at.switch_page(f"pages/{name}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def shown(at):
    return at.session_state["forces_board"]


def button(at, label):
    return next(b for b in at.button if b.label.startswith(label))


def test_the_first_view_is_a_scene_with_two_losses():
    at = page()
    assert shown(at) == SCENES[DEFAULT_SCENE].board
    assert not at.warning
    assert not at.error


def test_scene_board_and_presentation_survive_a_visit_to_another_page():
    at = page()
    at.selectbox(key="forces_preset").set_value("antipodal").run()
    at.toggle(key="forces_present").set_value(True).run()
    at.switch_page("pages/live.py").run().switch_page("pages/forces.py").run()
    assert not at.exception
    assert at.selectbox(key="forces_preset").value == "antipodal"
    assert at.toggle(key="forces_present").value
    assert shown(at) == SCENES["antipodal"].board


def test_a_preset_replaces_the_board_and_the_address_names_it():
    at = page()
    before = at.session_state["forces_revision"]
    at.selectbox(key="forces_preset").set_value("antipodal").run()
    assert not at.exception
    assert shown(at) == SCENES["antipodal"].board
    assert at.session_state["forces_revision"] == before + 1
    assert at.query_params["preset"] in ("antipodal", ["antipodal"])


def test_a_link_is_the_board_it_says_and_what_is_wrong_in_it_is_said():
    at = page(preset="sphere", a="cacr~t_neg:5", n="10,20:30", b="nothing")
    assert shown(at)["losses"][0] == board.full_lens("cacr", t_neg=5.0)
    assert shown(at)["negatives"] == [[10.0, 0.0], [20.0, 30.0]]
    assert len(at.warning) == 1
    assert "one of cacr, sscl, infonce" in at.warning[0].value


def test_a_query_of_a_run_comes_with_its_real_distances():
    at = page()
    at.number_input(key="forces_probe").set_value(7).run()
    button(at, "Put it here").click().run()
    assert not at.exception
    assert not at.error
    found = shown(at)
    folder = shelf.find("example")
    step = files.snapshot_steps(folder)[-1]
    z = torch.from_numpy(files.read_arrays(folder, step)[0]).double()
    query = z[0, 7]
    real_pos = np.sort((2 - 2 * z[1:, 7] @ query).clamp_min(0).numpy())
    others = torch.cat([z[:, :7], z[:, 8:]], dim=1).flatten(0, 1)
    real_neg = np.sort((2 - 2 * others @ query).clamp_min(0).numpy())
    n_all = len(real_neg)
    real_neg = real_neg[from_run.ranks(n_all)]
    for group, real in (("positives", real_pos), ("negatives", real_neg)):
        angles = np.radians([place[0] - found["query"][0] for place in found[group]])
        assert np.sort(2 - 2 * np.cos(angles)) == pytest.approx(real, abs=1e-3)
    assert at.query_params["from"] in (f"example~{step}~7", [f"example~{step}~7"])
    said = at.session_state["forces_taken"].shown["text"]
    assert f"its {len(real_pos)} other views" in said
    assert len(found["positives"]) == len(real_pos)
    assert f"{len(found['negatives'])} of its {n_all:,} negatives" in said


@pytest.mark.parametrize("n", [1, 2, 5, 40, 2555])
def test_negatives_are_taken_from_the_nearest_to_the_farthest(n):
    found = from_run.ranks(n)
    assert (found[0], found[-1]) == (0, n - 1)
    assert found == sorted(set(found))
    assert len(found) <= from_run.N_NEGATIVES


@pytest.mark.parametrize("surface", ["circle", "sphere"])
def test_a_taken_query_keeps_its_angles_on_either_surface(surface):
    found = from_run.take("example", 3, surface=surface)
    flat = from_run.take("example", 3)
    lon, lat = np.radians([place[:2] for place in found.parts["negatives"]]).T
    home = np.radians(found.parts["query"][0])
    cosine = np.cos(lat) * np.cos(lon - home)
    on_circle = np.radians([place[0] for place in flat.parts["negatives"]])
    assert cosine == pytest.approx(np.cos(on_circle - home), abs=1e-4)


def test_a_link_to_a_taken_query_shows_its_images_again():
    at = page()
    button(at, "Put it here").click().run()
    params = {k: v[0] if isinstance(v, list) else v for k, v in at.query_params.items()}
    again = page(**params)
    assert not again.warning
    assert shown(again) == shown(at)
    assert again.session_state["forces_taken"].shown == at.session_state["forces_taken"].shown


@pytest.mark.parametrize("reference", ["nothing", "no-such-run~0~0", "example~0~100000", "a~b~c"])
def test_a_link_to_a_query_that_is_not_there_is_said(reference):
    at = page(**{"from": reference})
    assert "could not be taken" in at.warning[0].value
    assert shown(at) == SCENES[DEFAULT_SCENE].board


def test_training_starts_a_run_with_the_loss_of_the_side_and_shows_it_live(started):
    at = page(a="cacr~t_neg:5~n_synthetic:3", b="infonce~temperature:0.2")
    button(at, "Train A").click().run()
    assert not at.exception
    assert started[0].loss == CACR(t_neg=5.0)
    assert started[0].n_synthetic == 3
    assert at.session_state["live_run"].startswith("cacr-")
    assert any(b.label == "Runs" for b in at.button)
    at = page(a="cacr~t_neg:5", b="infonce~temperature:0.2")
    button(at, "Train B").click().run()
    assert started[1].loss == InfoNCE(temperature=0.2)


def test_a_side_whose_loss_is_refused_cannot_be_trained(started):
    at = page(a="cacr~t_neg:5", b="infonce~temperature:0.2")
    sentence = "t_neg must be at least 0, got -1."
    at.session_state["forces_refused"] = {0: sentence}
    at.run()
    assert [(button(at, f"Train {s}").disabled, button(at, f"Train {s}").help == sentence)
            for s in "AB"] == [(True, True), (False, False)]  # fmt: skip
    at.selectbox(key="forces_preset").set_value("near-negative").run()
    assert not button(at, "Train A").disabled


def test_the_live_page_hands_its_query_on():
    at = page("live", query="5")
    button(at, "Forces of this query").click().run()
    assert not at.exception
    assert at.session_state["forces_taken"].reference.startswith("example~")
    assert at.session_state["forces_taken"].reference.endswith("~5")
    assert 10 < len(shown(at)["negatives"]) <= from_run.N_NEGATIVES


def test_what_a_query_of_a_run_brought_is_said_until_a_mark_is_moved():
    found = from_run.take("example", 7)
    boards = [found.parts, found.parts | {"query": [80.0, 0.0]}]
    boards += [
        found.parts | {group: [[place[0] + 2, *place[1:]], *found.parts[group][1:]]}
        for group in ("positives", "negatives")
        for place in found.parts[group][:1]
    ]
    boards.append(found.parts | {"negatives": found.parts["negatives"][1:]})  # one taken away
    said = browser_code.run(
        """
        const { takenText } = await load('heading.js');
        return data.boards.map((board) => takenText(data.shown, board));
        """,
        {"shown": found.shown, "boards": boards},
    )
    brief, moved = found.shown["brief"], found.shown["moved"]
    assert said == [brief, moved, moved, moved, brief]


@pytest.mark.parametrize(
    ("first", "then"), [("circle", ["sphere", "circle"]), ("sphere", ["circle"])]
)
def test_a_query_of_a_run_keeps_its_distances_from_surface_to_surface(first, then):
    found = from_run.take("example", 7, surface=first)
    said = browser_code.run(
        """
        const { takenText } = await load('heading.js');
        const { Board } = await load('board.js');
        const board = new Board({ changed() {}, report() {} });
        board.take({ board: data.board, revision: 1 });
        for (const surface of data.then) board.set({ surface });
        const kept = takenText(data.shown, board.state);
        const [[lon, lat, image], ...rest] = board.state.negatives;
        board.set({ negatives: [[lon + 2, lat, image], ...rest] });
        return [kept, takenText(data.shown, board.state)];
        """,
        {"shown": found.shown, "board": board.DEFAULT | found.parts, "then": then},
    )
    assert said == [found.shown["brief"], found.shown["moved"]]


@pytest.mark.parametrize("word", ["true", "1"])
def test_a_link_presents_and_says_so_again_until_the_reader_leaves(word):
    at = page(present=word)
    assert at.session_state["forces_present"]
    assert at.toggle(key="forces_present").value
    assert at.query_params["present"] in ("true", ["true"])
    at.toggle(key="forces_present").set_value(False).run()
    assert "present" not in at.query_params
    assert not at.exception
