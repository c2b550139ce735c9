"""Frozen scenes of forces: as they open the app's answers, moved what the losses' steps give."""

import pytest

from tests.alike import alike
from tests.browser_code import run
from tests.test_freeze import FROZEN, opened_part, parts_of
from web.forces import answers
from web.forces.presets import SCENES
from web.frozen.freeze import freeze_scenes
from web.frozen.scenes import POINTS
from web.settings import board

NAMES = ("near-negative", "false-negative", "synthetic", "sphere", "landscape")
WORDS = ("formula", "notes", "sums", "card", "detail")
ANSWER = """
globalThis.document = {
  querySelector: (selector) => {
    const [text, deflated] = data.parts[/data-part="([^"]+)"/.exec(selector)[1]];
    return { textContent: text, hasAttribute: () => deflated };
  },
};
const { SceneSpeaker } = await load('scenespeaker.js');
const { vector } = await load('../../forces/view/places.js');
const { decode } = await load('../../kit/socket.js');
const found = [];
for (const [scene, asked] of data.asked) {
  try {
    const answer = await new SceneSpeaker(scene, vector).answer(null, asked);
    found.push(answer instanceof ArrayBuffer ? decode(answer) : answer);
  } catch (error) {
    found.push({ refused: error.message });
  }
}
const plain = (one) => one instanceof Float32Array ? [...one] : one;
return found.map((one) => JSON.parse(JSON.stringify(one, (_, value) => plain(value))));
"""


@pytest.fixture(scope="module")
def parts():
    return parts_of(freeze_scenes({name: SCENES[name] for name in NAMES}))


def told(parts, asked):
    return run(ANSWER, {"parts": parts, "asked": asked}, FROZEN)


def question(name, **change):
    return {"what": "forces", **{key: SCENES[name].board[key] for key in POINTS}, **change}


@pytest.mark.parametrize("name", ["near-negative", "synthetic", "landscape"])
def test_a_scene_as_it_opens_has_the_apps_own_answers_to_every_mode(name, parts):
    now = SCENES[name].board
    asked = [question(name), question(name, detail="n1")]
    which, field = now["sweep"]
    swept = [which, board.swept_field(now["losses"][which], field)]  # as the page asks
    asked.append({**question(name), "what": "landscape", "sweep": swept})
    asked.append({"what": "flow"} | {key: now[key] for key in ("surface", "losses", "flow")})
    for ours, one in zip(told(parts, [[name, one] for one in asked]), asked, strict=True):
        answer, arrays = answers.forces(dict(one))
        alike({key: ours[key] for key in answer}, answer, name)
        for key, array in arrays.items():
            assert ours["arrays"][key] == pytest.approx(
                array.tolist(), nan_ok=True, rel=1e-6, abs=1e-6
            )


@pytest.mark.parametrize("name", ["near-negative", "false-negative", "sphere"])
def test_moved_marks_and_settings_are_read_as_by_the_app(name, parts):
    now = SCENES[name].board
    moved = [[place[0] + 13.7 * (i + 1), place[1] / 2] for i, place in enumerate(now["negatives"])]
    first, second = now["losses"]
    asked = [
        question(name, negatives=moved),
        question(name, query=[now["query"][0] - 31, now["query"][1]]),
        question(name, negatives=[now["query"], *now["negatives"][1:]]),  # one on the query
    ]
    for lens in ("cacr", "infonce", "sscl"):  # those that any of the scenes is about
        asked.append(question(name, negatives=moved, losses=[board.full_lens(lens), second]))
    numbers = {key: 1.4 * v for key, v in first.items() if key in ("t_pos", "t_neg", "beta")}
    asked.append(question(name, losses=[first | numbers, second]))
    for ours, one in zip(told(parts, [[name, one] for one in asked]), asked, strict=True):
        theirs = answers.forces(dict(one))[0]
        for mine, app in zip(ours["of"], theirs["of"], strict=True):
            for word in WORDS:
                mine.pop(word, None), app.pop(word, None)
            close(mine, app, f"{name} {one}")


def test_every_offered_loss_is_read_and_called_as_by_the_app():
    name = "near-negative"
    alone = parts_of(freeze_scenes({name: SCENES[name]}))
    first, second = SCENES[name].board["losses"]
    moved = [[place[0] + 13.7, place[1]] for place in SCENES[name].board["negatives"]]
    asked = []
    for one in opened_part(alone, "about")["lenses"]:
        assert one["lens"] == board.checked_lens(one["lens"])  # with every setting
        values = {field["name"]: round(1.3 * field["value"], 4) for field in one["fields"]}
        for lens in (one["lens"], one["lens"] | values):
            asked.append(question(name, negatives=moved, losses=[lens, second]))
    assert {one["losses"][0]["name"] for one in asked} == set(board.offered())
    asked.append(question(name, losses=[first | {"alpha": 2.5, "beta": 1.0}, second]))
    for ours, one in zip(told(alone, [[name, one] for one in asked]), asked, strict=True):
        mine, app = ours["of"][0], answers.forces(dict(one))[0]["of"][0]
        for word in ("title", "text"):
            assert mine[word] == app[word]
        assert mine["total"] == pytest.approx(app["total"], rel=2e-4, abs=3e-5), one


def close(ours, theirs, where):
    """Equal but for what float32 leaves open of an angle."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), where
        for key, value in theirs.items():
            close(ours[key], value, f"{where}.{key}")
    elif isinstance(theirs, list):
        for i, value in enumerate(theirs):
            close(ours[i], value, f"{where}[{i}]")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=2e-4, abs=3e-4 if "angle" in where else 3e-5), (
            where
        )
    else:
        assert ours == theirs, where


def test_what_the_file_has_not_is_refused_with_a_sentence(parts):
    name, now = "near-negative", SCENES["near-negative"].board
    more = question(name, negatives=[*now["negatives"], [1.0, 0.0], [2.0, 0.0]])
    mixed = question(name, losses=[now["losses"][0] | {"n_synthetic": 4}, now["losses"][1]])
    switched = now["losses"][0] | {"detach_weights": False, "released_debiasing": True}
    asked = [more, mixed, question(name, losses=[switched, now["losses"][1]])]
    asked.append({**question(name, seed=3), "what": "landscape", "sweep": now["sweep"]})
    found = told(parts, [[name, one] for one in asked])
    starts = ["This file holds scenes of so many", "Synthetic negatives are made in the app"]
    starts += ["This file holds the steps of a loss", "This file holds that of the scene as it"]
    for one, start in zip(found, starts, strict=True):
        assert one["refused"].startswith(start)
