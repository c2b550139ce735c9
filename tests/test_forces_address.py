import copy
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.forces import link
from web.forces.presets import DEFAULT_SCENE, SCENES
from web.settings import board


@pytest.mark.parametrize("preset", SCENES)
def test_a_preset_alone_is_its_board(preset):
    found = link.read({"preset": preset})
    assert found == (preset, SCENES[preset].board, [])
    assert link.write(preset, SCENES[preset].board) == {"v": "1", "preset": preset}


@pytest.mark.parametrize("preset", SCENES)
def test_every_preset_is_a_board_that_the_checks_leave_as_it_is(preset):
    scene = SCENES[preset].board
    assert board.heard(copy.deepcopy(scene), board.DEFAULT) == (scene, {})


def test_what_is_written_is_read_back():
    changed = board.DEFAULT | {
        "mode": "landscape",
        "surface": "sphere",
        "query": [-12.5, 30.0],
        "positives": [[10.0, -20.0, 3]],
        "negatives": [[float(i), 0.0] for i in range(24)],
        "losses": [
            board.full_lens("sscl", beta=2.5, n_synthetic=4, mixing="random"),
            board.full_lens("cacr", cost="rbf", detach_weights=True),
        ],
        "snap": True,
        "seed": 12,
        "chord": [0, 5, 0.25],
        "sweep": [1, "t_rbf"],
        "shown": "force",
        "flow": board.DEFAULT["flow"] | {"n_items": 12, "tied": False, "seed": 4},
    }
    params = link.write("synthetic", changed, **{"from": "a-run~20~3"})
    assert params["from"] == "a-run~20~3"
    assert all(isinstance(text, str) for text in params.values())
    assert link.read(params) == ("synthetic", changed, [])


degrees = st.floats(-180, 179.9).map(lambda v: round(v, 3))
places = st.tuples(degrees, st.floats(-90, 90).map(lambda v: round(v, 3))).map(list)


@settings(max_examples=60, deadline=None)
@given(st.lists(places, min_size=1, max_size=8), st.lists(places, min_size=1, max_size=24))
def test_any_points_survive_an_address(positives, negatives):
    drawn = board.DEFAULT | {"positives": positives, "negatives": negatives, "surface": "sphere"}
    _, found, ignored = link.read(link.write(DEFAULT_SCENE, drawn))
    assert ignored == []
    assert found["positives"] == [pytest.approx(p, abs=1e-3) for p in positives]
    assert found["negatives"] == [pytest.approx(p, abs=1e-3) for p in negatives]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"preset": "nothing"}, "no preset 'nothing'"),
        ({"q": "up"}, "a number"),
        ({"q": "10:95"}, "-90 to 90"),
        ({"p": ",".join(["1"] * 9)}, "1 to 8 positives"),
        ({"n": ",".join(["1"] * 25)}, "1 to 24 negatives"),
        ({"a": "hinge"}, "one of cacr, sscl, infonce"),
        ({"a": "cacr~t_neg:-1"}, "t_neg"),
        ({"b": "infonce~temperature:0"}, "temperature"),
        ({"b": "infonce~beta:1"}, "no setting 'beta'"),
        ({"a": "sscl~n_synthetic:1000"}, "n_synthetic"),
        ({"a": "sscl~mixing:soup"}, "mixing"),
        ({"chord": "0:1:2"}, "share"),
        ({"chord": "0:20:0.5"}, "negatives 0 to 3, got 0 and 20"),
        ({"sweep": "c:t_neg"}, "loss swept"),
        ({"sweep": "a:cost"}, "sweep"),
        ({"flow": "n_items:1000000"}, "n_items"),
        ({"flow": "speed:1"}, "no setting 'speed'"),
        ({"mode": "war"}, "mode"),
        ({"colour": "class"}, "knows no setting 'colour'"),
    ],
)
def test_what_makes_no_sense_is_left_out_and_said(params, said):
    _, found, ignored = link.read(params)
    assert found == SCENES[DEFAULT_SCENE].board
    assert len(ignored) == 1
    assert said in ignored[0]


@pytest.mark.parametrize(
    ("nonsense", "refused"),
    [
        (None, set()),
        ([], set()),
        ({"query": "here"}, set()),
        ({"negatives": []}, set()),
        ({"losses": [1, 2]}, {0, 1}),
        ({"losses": "cacr"}, set()),
        ({"flow": {"rate": "fast"}}, set()),
        ({"flow": {"n_items": 65}}, set()),
    ],
)
def test_of_a_board_of_the_browser_what_makes_no_sense_stays_as_it_was(nonsense, refused):
    known = board.DEFAULT | {"mode": "flow"}
    found, why = board.heard(nonsense, known)
    assert (found, why.keys()) == (known, refused)
    if isinstance(nonsense, dict):
        found, why = board.heard({"seed": 7} | nonsense, known)
        assert (found, why.keys()) == (known | {"seed": 7}, refused)
    assert all(sentence.endswith(".") for sentence in why.values())


def test_a_mix_of_a_negative_that_is_not_there_is_none():
    _, found, ignored = link.read({"chord": "0:3:0.5", "n": "10,20,30"})
    assert found["chord"] is None
    assert ignored == ["A mix names negatives 0 to 2, got 0 and 3: it is left out."]
    assert link.read({"chord": "0:2:0.5", "n": "10,20,30"})[1]["chord"] == [0, 2, 0.5]
    told = {"negatives": [[10.0, 0.0]], "chord": [0, 1, 0.5]}
    assert board.heard(told, board.DEFAULT)[0]["chord"] is None


def test_a_loss_that_is_refused_keeps_nothing_of_the_other_back():
    wrong, right = board.full_lens("cacr", t_neg=-1.0), board.full_lens("infonce", temperature=0.2)
    for side in (0, 1):
        lenses = [wrong, right] if side == 0 else [right, wrong]
        found, why = board.heard({"losses": lenses, "snap": True}, board.DEFAULT)
        assert found["losses"][1 - side] == right
        assert found["losses"][side] == board.DEFAULT["losses"][side]
        assert found["snap"] and list(why) == [side]


def test_every_flow_that_the_page_offers_is_one_that_python_takes():
    module = Path("web/forces/view/flowsettings.js").read_text("utf-8")
    least, most = map(int, re.search(r"MOST_ITEMS\] = \[(\d+), (\d+)\]", module).groups())
    views = re.search(r"'Views of each item',\s*\[(.*?)\],\s*\(", module, re.DOTALL)[1]
    n_views = [int(n) for n in re.findall(r"\[(\d+), ", views)]
    steps = int(re.search(r"STEPS = \{.*max: (\d+)", module)[1])
    assert (most, steps, n_views) == (board.MOST_ITEMS, board.MOST_STEPS, [2, 3, 4, 5])
    for n_items, n, tied in itertools.product(range(least, most + 1), n_views, (True, False)):
        asked = {"n_items": n_items, "n_views": n, "tied": tied, "n_steps": steps}
        assert asked.items() <= board.part("flow", asked).items()


def test_a_flow_that_the_page_does_not_show_is_left_out_of_a_link_by_name():
    for asked in ("n_items:100", "n_steps:2000"):
        _, found, ignored = link.read({"preset": "flow-hard", "flow": asked})
        assert found == SCENES["flow-hard"].board
        assert ignored and ignored[0].startswith("The page shows flows of at most 64 items")


def test_on_the_circle_no_point_has_a_latitude():
    _, found, ignored = link.read({"preset": "sphere", "surface": "circle", "n": "40:60,10:30"})
    places = [found["query"], *found["positives"], *found["negatives"]]
    assert [lon for lon, *_ in found["negatives"]] == [40, 10]
    assert all(lat == 0 for _, lat, *_ in places)
    assert ignored == ["On the circle points have no latitude: theirs is left out."]
    told = found | {"negatives": [[40.0, 60.0, 3]]}
    assert board.heard(told, board.DEFAULT)[0]["negatives"] == [[40.0, 0.0, 3]]
