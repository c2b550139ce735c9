import copy

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
    assert board.checked(copy.deepcopy(SCENES[preset].board)) == SCENES[preset].board


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
    drawn = board.DEFAULT | {"positives": positives, "negatives": negatives}
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
    "nonsense",
    [
        None,
        [],
        {"query": "here"},
        {"negatives": []},
        {"losses": [1, 2]},
        {"flow": {"rate": "fast"}},
    ],
)
def test_a_board_of_nonsense_from_the_browser_is_refused(nonsense):
    with pytest.raises(ValueError, match=r"\.$"):
        board.checked(nonsense)
