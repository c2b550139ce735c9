"""Every lesson that ships, walked: its states open, its checks can be met, what it says holds."""

import re

import numpy as np
import pytest

from cacr_core.forces import points_from_degrees
from cacr_core.losses import CACR
from cacr_core.presets import COMPARISONS, recorded_comparison, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests import browser_code, lessons
from tests.one_query import readings, scene
from web.checkpoints.session import PANELS, path_of
from web.forces.presets import SCENES
from web.learn import lesson as reader
from web.learn.guide import params_of, state_at, told
from web.live import answers
from web.live.answers.scene import look
from web.settings import board

LESSONS = reader.read_all().known
STEPS = [(one.id, at) for one in LESSONS.values() for at in range(1, len(one.steps) + 1)]
BY_HAND = {"lit", "selected", "hovered", "inside.stage"}  # what no link says
NEEDED = {  # the subjects that lessons are wanted on
    "first-words", "near-and-far", "attraction", "repulsion", "weight-is-not-pull", "same-batch",
    "temperature", "synthetic", "false-negatives", "collapse", "align-uniform", "imbalance",
    "reading-umap", "two-checkpoints", "one-update",
}  # fmt: skip
every_step = pytest.mark.parametrize(("name", "at"), STEPS)


def of(name, at):
    """A step, its state as text, and the state in which it is explained."""
    lesson = LESSONS[name]
    step = lesson.steps[at - 1]
    start = state_at(lesson, at)
    return step, start, step.solution if step.check and step.solution else start


def known(name, at):
    """What the browser's own code makes of a step: conditions met, and words filled."""
    step, start, end = of(name, at)
    data = {
        "start": lessons.state(step.page, start)[0],
        "end": lessons.state(step.page, end)[0],
        "check": list(step.check),
        "choices": [choice.when for choice in step.choices],
        "words": step.words,
        "why": step.why,
    }
    body = """
    const [start, end] = [factsOf(data.start), factsOf(data.end)];
    return {
      begun: data.check.map((one) => allHold([one], start)),
      met: data.check.map((one) => allHold([one], end)),
      right: data.choices.map((when) => when.length > 0 && allHold(when, end)),
      words: filled(data.words, start),
      why: filled(data.why, end),
    };"""
    return browser_code.run(lessons.FACTS + body, data, "web")


def test_all_lessons_are_read_and_none_is_missing():
    assert reader.read_all().wrong == []
    assert NEEDED <= LESSONS.keys()
    assert all(3 <= len(one.steps) <= 6 for one in LESSONS.values())
    for name in ("README.md", "CHANGELOG.md"):
        assert "fifteen lessons" in (reader.ROOT / name).read_text()
    assert len(LESSONS) == 15


@every_step
def test_a_steps_states_are_links_that_the_page_takes_whole(name, at):
    step, start, end = of(name, at)
    for text in {start, end}:
        assert lessons.state(step.page, text)[1] == [], text
        if step.page == "checkpoints":
            link = params_of(text)
            assert link["panel"] in PANELS
            assert all(path_of(link[key]).is_file() for key in "ab" if key in link)


@every_step
def test_a_step_asks_what_is_not_so_yet_can_be_met_and_has_one_right_answer(name, at):
    step, _, _ = of(name, at)
    found = known(name, at)
    if step.check:
        assert step.already or not all(found["begun"])
        by_hand = {one["fact"] for one in step.check} & BY_HAND
        assert by_hand or (step.solution and all(found["met"]))
    if step.choices:
        assert found["right"].count(True) == 1, found["right"]


@pytest.mark.parametrize(
    ("name", "at", "another_way"),
    [
        ("weight-is-not-pull", 3, "preset=drawn-in&a=cacr~detach_weights:true"),
        ("weight-is-not-pull", 3, "preset=drawn-in&a=cacr~beta:0"),
        ("same-batch", 3, "preset=near-negative&b=infonce~temperature:1.4"),
    ],
)
def test_a_task_is_not_met_by_what_its_reason_does_not_speak_of(name, at, another_way):
    step = LESSONS[name].steps[at - 1]
    state, dropped = lessons.state(step.page, another_way)
    assert not dropped
    body = (
        "const facts = factsOf(data.state);\nreturn data.check.map((one) => allHold([one], facts));"
    )
    data = {"state": state, "check": list(step.check)}
    met = browser_code.run(lessons.FACTS + body, data, "web")
    assert met[0] and not all(met)


@every_step
def test_no_blank_of_a_step_stays_empty(name, at):
    found = known(name, at)
    for text in (found["words"], found["why"]):
        assert "–" not in text and "{" not in text and "NaN" not in text, text


def test_blanks_are_filled_as_python_would():
    facts = {"a": {"n1": {"weight": 0.12345, "pull": -1.5}}, "n": 1234, "lit": "n2", "yes": True}
    text = (
        "{a.n1.weight:.0%} {a.n1.weight:.2f} {a.n1.pull:.1f} {n:d} {lit} {a.n1.pull:+} "
        "{n / a.n1.pull:.0f} {none} {yes} {n}"
    )
    filled = browser_code.run(
        "const { filled } = await load('kit/blanks.js');return filled(data.text, data.facts)",
        {"text": text, "facts": facts},
        "web",
    )
    assert filled == "12\u00a0% 0.12 −1.5 1,234 negative 2 −1.50 −823 – yes 1,234"


def test_a_check_holds_against_numbers_and_other_facts():
    facts = {"a": 2, "b": 4, "mode": "flow"}
    conditions = [
        ({"fact": "a", "at_least": 2}, True),
        ({"fact": "a", "at_most": 1.9}, False),
        ({"fact": "b", "at_least": "a", "times": 2}, True),
        ({"fact": "b", "at_least": "a", "times": 2.1}, False),
        ({"fact": "mode", "equals": "flow"}, True),
        ({"fact": "gone", "at_most": 9}, False),
        ({"fact": "a", "at_most": "gone"}, False),
    ]
    found = browser_code.run(
        "const { holds } = await load('learn/view/conditions.js');"
        "return data.conditions.map((one) => holds(one, data.facts))",
        {"conditions": [one for one, _ in conditions], "facts": facts},
        "web",
    )
    assert found == [expected for _, expected in conditions]


# --- what the words of lessons say beyond the facts of the moment


def words_of(name):
    return " ".join(f"{step.words} {step.why}" for step in LESSONS[name].steps)


def test_guessing_tells_an_eighth_of_the_shapes_and_a_tenth_of_the_digits():
    for name in ("example", "live-circle", "live-collapse", "live-sphere"):
        probes = files.read_json(RECORDED / name / "probes.json")
        assert len(probes["class_names"]) == 8
    said = " ".join(words_of(name) for name in LESSONS)
    assert set(re.findall(r"guessing tells ([\d.]+ %)", said)) == {"12.5 %"}
    assert "of guessing" not in said.replace("12.5 % of guessing", "")


def test_the_run_seen_first_in_the_lesson_on_maps_has_the_accuracy_that_is_said():
    first = lessons.facts("live", LESSONS["reading-umap"].steps[0].state)
    (said,) = re.findall(r"it was ([\d.]+) %", LESSONS["reading-umap"].steps[-1].words)
    assert 100 * first["number"]["knn_embeddings"] == pytest.approx(float(said), abs=0.05)


def test_effective_rank_is_more_than_a_flat_map_can_hold():
    assert lessons.facts("live", "preset=cacr-4&step=700")["number"]["effective_rank"] > 3


def test_a_right_angle_is_2_opposite_is_4_and_random_directions_are_near_2():
    for degrees, distance in ((0, 0), (90, 2), (180, 4)):
        points = points_from_degrees([0], [[45]], [[degrees]], "circle")
        d = float(2 - 2 * points.query @ points.negatives[0])
        assert d == pytest.approx(distance, abs=1e-6)
    x = np.random.default_rng(0).normal(size=(400, 128))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    apart = (2 - 2 * x @ x.T)[np.triu_indices(400, 1)]
    assert np.quantile(np.abs(apart - 2), 0.95) < 0.4


@pytest.mark.parametrize("t_neg", [0.3, 0.6, 1.0, 1.5])
def test_drawn_in_is_what_is_farther_than_the_weighted_mean_by_more_than_one_over_t(t_neg):
    a, _ = scene("drawn-in", of_a={"t_neg": t_neg})
    distances = np.array([mark["distance"] for mark in a["negatives"]])
    weights = np.exp(-t_neg * distances)
    mean = (weights / weights.sum()) @ distances
    drawn = [mark["pull"] > 0 for mark in a["negatives"]]
    assert drawn == [bool(d > mean + 1 / t_neg) for d in distances]


def test_a_negative_opposite_the_query_keeps_its_pull_and_loses_its_arrow_where_all_weigh_alike():
    step, start, end = of("near-and-far", 2)
    found = []
    for text in (start, end):
        known, _ = lessons.state(step.page, text)
        a = known["given"]["of"][0]["negatives"][0]
        found.append((a["pull"], np.hypot(*a["arrow"][:2])))
    (pull, arrow), (far_pull, far_arrow) = found
    assert far_pull == pytest.approx(pull) and pull < -0.1
    assert far_arrow < 1e-6 < 0.1 < arrow
    assert "There t⁻ is 0: all negatives weigh alike" in step.words and "is still" in step.why


def test_an_untrained_encoder_spreads_better_than_the_trained_one_and_aligns_nothing():
    step, start, end = of("align-uniform", 1)
    trained, untrained = (lessons.facts("live", text) for text in (start, end))
    assert untrained["step"] == 0
    assert untrained["number"]["uniformity"] < trained["number"]["uniformity"] < -2
    assert untrained["number"]["alignment"] > 1.5 > 0.5 > trained["number"]["alignment"]
    assert "better spread than after training, but not aligned" in step.why


def test_infonce_in_the_lesson_on_repulsion_weighs_as_cacr_did_at_first():
    step, start, _ = of("repulsion", 3)
    facts = lessons.facts("forces", start)
    assert facts["a"]["effective"] == pytest.approx(facts["b"]["effective"])
    assert "Under B, which weighs as A did at first" in step.why


def test_what_hcl_draws_in_lies_farther_than_what_it_pushes():
    step, start, _ = of("weight-is-not-pull", 4)
    params = params_of(start)
    message = {"step": int(params["step"]), "probe": int(params["query"])}
    message |= {"view": 0, "group": "probes", "lens": None}
    seen = look(answers.understand(message, RECORDED / recording_of(params["preset"])))
    distance, pull = seen.pairs.neg[0].numpy(), seen.pulls.neg[0].numpy()
    assert distance[pull > 0].min() >= distance[pull < 0].max()
    assert 0 < pull.max() < -pull.min() / 10  # so weakly that they are pale
    assert "those that lie farthest among the embeddings" in step.why


def test_cacrs_pushes_sum_to_2_and_infonces_to_less_as_it_is_surer():
    points = {"surface": "circle", "query": [90, 0], "seed": 0}
    points |= {"negatives": [[30, 0], [-90, 0]]}
    sums = []
    for positive in (150.0, 110.0, 91.0):
        a, b = readings(
            points | {"positives": [[positive, 0]]},
            board.full_lens("cacr", detach_weights=True),
            board.full_lens("infonce", temperature=0.5),
        )
        assert sum(mark["pull"] for mark in a["negatives"]) == pytest.approx(-2, abs=1e-5)
        sums.append(-sum(mark["pull"] for mark in b["negatives"]))
    assert sums == sorted(sums, reverse=True)


def test_temperature_is_half_the_inverse_of_sharpness():
    for tau in (0.1, 0.25, 0.5):
        a, b = scene("near-negative", of_a={"t_neg": 1 / (2 * tau)}, of_b={"temperature": tau})
        for one, other in zip(a["negatives"], b["negatives"], strict=True):
            assert one["weight"] == pytest.approx(other["weight"], abs=1e-5)


def test_without_t_pos_all_positives_count_alike_and_the_push_is_from_the_mean():
    a, _ = scene("far-positive", of_a={"t_pos": 0.0})
    assert len({round(mark["weight"], 6) for mark in a["positives"]}) == 1
    a, _ = scene("near-negative", of_a={"t_neg": 0.0})
    arrows = np.array([mark["arrow"] for mark in a["negatives"]])
    angles = np.deg2rad([110, 30, 200, 250, 310])
    mean = np.array([np.cos(angles).mean(), np.sin(angles).mean()])
    query = np.array([0.0, 1.0])
    away = -2 * CACR().beta * (mean - (mean @ query) * query)
    np.testing.assert_allclose(arrows.sum(0)[:2], away, atol=1e-5)


def test_eight_of_134_are_6_percent():
    facts = lessons.facts("live", "preset=sscl&step=1200&query=0")
    assert round(100 * facts["mixed"]["n"] / facts["q"]["n_negatives"]) == 6


def test_an_untrained_network_tells_most_digits_and_guessing_a_tenth():
    folder = RECORDED / "compare-false-negatives"
    rows = [files.read_metrics(entry)[0] for entry in files.entry_folders(folder)]
    assert COMPARISONS["false-negatives"].comparison.entries[0].config.dataset == "digits"
    assert [row["step"] for row in rows] == [0, 0, 0]
    assert min(row["knn_features"] for row in rows) > 0.8


def test_buttons_that_a_lesson_says_to_press_are_there():
    pressed = re.findall(
        r"Press ((?:[A-Z]|their|its)[\w ]*?features)\b", words_of("two-checkpoints")
    )
    assert set(pressed) == {"Show its features", "Compare their features"}
    folder = reader.ROOT / "web" / "checkpoints"
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    assert all(f'st.button("{label}"' in source for label in pressed)


def test_the_commonest_shape_has_fifty_times_as_many_images_as_the_rarest():
    shared = COMPARISONS["imbalanced"].comparison.entries[0].config
    assert shared.imbalance == "ratio" and shared.imbalance_ratio == 50
    assert shared.rare == "last"  # so the seventh of eight shapes is among the three rarest


def test_the_lesson_on_imbalance_names_its_losses_shapes_and_buttons():
    for name in ("imbalanced", "balanced"):
        labels = [entry.label for entry in COMPARISONS[name].comparison.entries]
        assert [label.split(",")[0] for label in labels] == ["InfoNCE", "CACR", "SSCL"]
        folder = RECORDED / recorded_comparison(name)
        names = files.read_json(files.entry_folders(folder)[0] / "probes.json")["class_names"]
        assert (names[0], names[6], len(names)) == ("disc", "heart", 8)
    source = "".join(path.read_text() for path in (reader.ROOT / "web" / "compare").glob("*.py"))
    for named in re.findall("'([^']+)'", words_of("imbalance")):
        assert f'"{named}"' in source, named


def test_positives_see_five_views_of_an_image_or_two():
    entries = COMPARISONS["one-or-four"].comparison.entries
    assert [entry.config.n_views for entry in entries] == [2, 5, 2]


def test_synthetic_1_weighs_more_than_any_real_negative():
    _, b = scene("synthetic")
    assert b["synthetics"][0]["weight"] > max(mark["weight"] for mark in b["negatives"])
    assert set(b["synthetics"][0]["parents"]) == {0, 1}
    assert "the same one twice in two of these" in words_of("synthetic")
    assert sum(len(set(mark["parents"])) == 1 for mark in b["synthetics"]) == 2
    near, far = (SCENES["synthetic"].board["negatives"][i][0] for i in (0, 1))
    assert near < SCENES["synthetic"].board["query"][0] < far


# --- a file that makes no sense


GOOD = """
title = "T"
teaches = "t"
minutes = 1
[[step]]
page = "forces"
words = "w"
"""


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (GOOD.replace("'T'", "3").replace('"T"', "3"), "bad.toml", "title is a text, got 3"),
        ("title = 'T", "bad.toml", "Expected"),
        (GOOD.replace('page = "forces"', 'page = "moon"'), "step 1", "got 'moon'"),
        (GOOD + "place = ['nowhere']", "step 1", "has no part 'nowhere'"),
        (GOOD + "colour = 1", "step 1", "no setting 'colour'"),
        (GOOD + "why = 'x'", "step 1", "why is said after a question"),
        (GOOD + "question = 'q'", "step 1", "two choices or more"),
        (GOOD + "check = [{ fact = 'a' }]\nwhy = 'x'", "step 1", "at_least, at_most, equals"),
        (GOOD + "check = [{ fact = 'a', equals = 1, by = 2 }]\nwhy = 'x'", "step 1", "no by"),
        (GOOD + "check = [{ fact = 'a', equals = 1 }]", "step 1", "explained by why"),
        (GOOD.partition("[[step]]")[0] + "step = []", "bad.toml", "1 to 30 steps, got 0"),
    ],
)
def test_a_wrong_file_is_left_out_and_says_where_and_what(tmp_path, monkeypatch, text, where, what):
    (tmp_path / "bad.toml").write_text(text)
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("CACR_LESSONS", str(tmp_path))
    found = reader.read_all()
    assert "mine" in found.known and found.known["mine"].own
    (sentence,) = found.wrong
    assert where in sentence and what in sentence and sentence.startswith("bad.toml")
    assert what in told(found, "bad", "1", "forces")["error"]


def test_an_owners_lesson_takes_no_shipped_ones_place(tmp_path, monkeypatch):
    (tmp_path / "attraction.toml").write_text(GOOD)
    monkeypatch.setenv("CACR_LESSONS", str(tmp_path))
    found = reader.read_all()
    assert not found.known["attraction"].own
    assert "there is a lesson attraction already" in found.wrong[0]
    monkeypatch.setenv("CACR_LESSONS", str(tmp_path / "none"))
    assert "names no folder" in reader.read_all().wrong[0]
