"""README's loss, pasted as a person would and registered by one line, on every page."""

import dataclasses
import importlib.util
import math
import re
import sys
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from cacr_core import __main__ as terminal
from cacr_core import runs
from cacr_core.forces import optimum
from cacr_core.losses import CACR, LOSSES, loss_name, make_loss, settings_of
from cacr_core.losses.words import sweep_of
from cacr_core.pairs import Pairs
from cacr_core.presets import DEFAULT_COMPARISON
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, train
from tests import browser_code
from tests.bars import Bar
from tests.one_query import column, number, points_of
from tests.test_readme import README
from web.compare import choice
from web.compare import link as compare_link
from web.compare.describe import describe_comparison
from web.compare.strips import strips
from web.forces import answers as forces_answers
from web.forces import link as forces_link
from web.live import answers
from web.live.describe import about_run, describe, lenses, own_lens
from web.live.readings import read_all
from web.settings import board, links, looks

FRAME = str(Path(__file__).parents[1] / "frame.py")
TINY = {
    "dataset": "digits", "batch_size": 16, "n_steps": 3, "snapshot_every": 1, "n_probes": 40,
    "embedding_dim": 8,
}  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(scope="module")
def pasted(tmp_path_factory):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    path = tmp_path_factory.mktemp("own") / "hinge.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("hinge", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["hinge"] = module
    spec.loader.exec_module(module)
    yield module.Hinge
    del sys.modules["hinge"]


@pytest.fixture(autouse=True)
def hinge(pasted, monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "shelf"))
    monkeypatch.setitem(LOSSES, "hinge", pasted)
    choice._defaults.cache_clear()
    yield pasted
    choice._defaults.cache_clear()


@pytest.fixture
def trained(hinge, tmp_path):
    """A finished run of three updates, by the real worker."""
    folder = tmp_path / "shelf" / "hinge-tiny"
    write_config(TrainConfig(loss=hinge(1.5), **TINY), folder)
    assert work(folder) == "finished"
    return folder


def values(lines):
    """What each line of tokens comes to; a line of symbols alone comes to nothing."""
    return {line["label"]: line["tokens"][-1].get("value") for line in lines}


def test_it_is_trained_and_its_config_survives_json(hinge):
    config = TrainConfig(loss=hinge(1.5), **TINY)
    last = list(train(config))[-1]
    assert last.step == 3 and math.isfinite(last.metrics["loss"])
    assert TrainConfig.from_json(config.to_json()) == config
    assert loss_name(config.loss) == "hinge"


def test_settings_without_words_have_a_range_in_which_the_loss_can_be_made(hinge):
    (said,) = settings_of(hinge).values()
    assert (said.label, said.least, said.most, said.leads) == ("margin", 0, 4, True)
    assert sweep_of(hinge) == ("margin", 0, 4)

    @dataclasses.dataclass(frozen=True)
    class Narrow:
        share: float = 0.5
        kind: str = "one"
        often: int = 3

        def __post_init__(self):
            if not 0 < self.share < 1:
                raise ValueError("share")

    share, kind, often = settings_of(Narrow).values()
    assert (share.least, share.most) == (0.05, 0.75)
    assert kind.choices == {"one": "one"} and (often.least, often.most) == (0, 12)


def test_a_setting_without_a_default_is_refused_in_a_sentence():
    @dataclasses.dataclass(frozen=True)
    class Bare:
        margin: float

    with pytest.raises(ValueError, match=r"default.*Bare\.margin"):
        settings_of(Bare)


def test_the_terminal_takes_it(hinge, capsys):
    config = terminal.config_from({"loss": "hinge", "margin": "0.5"})
    assert config.loss == hinge(0.5)
    with pytest.raises(SystemExit):
        terminal.main(["train", "--help"])
    said = capsys.readouterr().out
    assert "hinge" in said
    assert re.search(r"--margin MARGIN\s(?:(?!--).)*of\s+Hinge:\s+margin", said, re.DOTALL)


def test_links_and_lenses_say_it_and_are_read_back(hinge):
    base = links.settings_of(TrainConfig(loss=hinge(0.5), n_views=3))
    params = links.write("infonce", base, links.preset_view("infonce"))
    assert params["loss"] == "hinge" and params["hinge.margin"] == "0.5"
    assert links.config_of(links.read(params)[1]).loss == hinge(0.5)
    lens = {"name": "hinge", "margin": 0.5, "n_synthetic": 2}
    assert looks.lens("lens", looks.view_text("lens", lens)) == lens
    with pytest.raises(ValueError, match="margins"):
        looks.lens("lens", "hinge~margins:2")


def test_a_boards_link_says_it_and_is_read_back():
    shown = board.DEFAULT | {
        "losses": [board.full_lens("hinge", margin=0.5), board.full_lens("cacr")],
        "sweep": [0, "margin"],
    }
    params = forces_link.write("far-positive", shown)
    assert params["a"] == "hinge~margin:0.5"
    _, found, ignored = forces_link.read(params)
    assert (found["losses"], found["sweep"], ignored) == (shown["losses"], [0, "margin"], [])


def test_a_run_of_it_is_described_and_every_number_of_it_read(trained):
    told = describe(trained, False)
    said = {"name": "hinge", "title": "Hinge", "text": "Hinge, margin 1.5", "labelled": False}
    assert told["loss"] == said
    rows = files.read_metrics(trained)
    readings = {reading.key: reading for reading in read_all(rows, about_run(trained))}
    assert readings["loss"].value == pytest.approx(rows[-1]["loss"])
    assert "clamped" not in readings
    config = files.read_json(trained / "config.json")
    (own,) = [lens for lens in lenses(own_lens(config)) if lens["name"] == "hinge"]
    control = own["fields"][0]
    assert (control["name"], control["value"], control["max"]) == ("margin", 1.5, 4)


def test_a_query_is_answered_by_its_own_weights_and_pulls(trained, hinge):
    message = {"step": 3, "probe": 7, "view": 0, "group": "probes"}
    for lens in (None, {"name": "hinge", "margin": 0.7, "n_synthetic": 4, "pool_size": 8}):
        question = answers.understand(message | {"lens": lens}, trained)
        told = answers.query(question, None)
        scene = answers.look(question)
        margin = 1.5 if lens is None else 0.7
        pushed = (scene.pairs.neg[0] < margin).sum()
        assert (scene.pulls.neg[0] < 0).sum() == pushed
        assert told["loss"]["title"] == "Hinge" and told["clamp"] is None
        assert f"{margin}" in told["loss"]["text"] and told["loss"]["meaning"]
        total = float(scene.pulls.pos.sum())
        assert f"sum to {total:#.3g} on positives" in told["sums"]
        header, arrays = answers.weights(question, None)
        assert header["n_negatives"] == scene.pairs.neg.shape[1] and len(arrays) == 2


def test_a_comparison_with_it_is_described_and_its_strips_are_drawn(hinge, tmp_path):
    entries = [
        Entry("mine", TrainConfig(loss=hinge(), **TINY)),
        Entry("theirs", TrainConfig(loss=CACR(), **TINY)),
    ]
    folder = tmp_path / "shelf" / "compare-own"
    write_config(Comparison(tuple(entries), 1), folder)
    assert work(folder) == "finished"
    told = describe_comparison(folder)
    assert [one["loss"]["title"] for one in told["entries"]] == ["Hinge", "CACR"]
    assert "formula" in told["scale"]
    assert "clamped" not in {series["key"] for series in told["series"]}
    for lens in (None, {"name": "hinge", "margin": 3.0}):
        message = {"step": 3, "probe": 7, "view": 0, "group": "probes", "lens": lens}
        found = strips(message, folder)
        assert found["entries"][0]["loss"]["title"] == "Hinge" and found["reading"]
        assert len(found["entries"][0]["negatives"]) == 12


def test_a_comparisons_link_says_it_and_is_read_back(hinge):
    entries = (Entry("a", TrainConfig()), Entry("mine", TrainConfig(loss=hinge(2.0))))
    shared, settings = choice.settings_of(Comparison(entries, 0))
    assert settings[1]["name"] == choice.CUSTOM
    assert choice.auto_label(settings[1]) == "Hinge, margin 2"
    view = compare_link.preset_view(DEFAULT_COMPARISON)
    params = compare_link.write(DEFAULT_COMPARISON, shared, settings, 0, view)
    assert "hinge.margin:2.0" in params["e2"]
    found = compare_link.read(params)
    assert found.ignored == []
    made = choice.comparison_of(found.shared, found.entries, 0)
    assert made.entries[1].config.loss == hinge(2.0)


def asked(what, **more):
    lens = board.full_lens("hinge", margin=3.0)
    message = points_of("spread") | {"losses": [lens, board.full_lens("cacr")], "loss": lens}
    return forces_answers.forces({"what": what} | message | more)


def test_a_scene_gets_a_plain_true_reading(hinge):
    for detailed in ("p0", "n1"):
        reading = asked("forces", detail=detailed)[0]["of"][0]
        assert (reading["title"], reading["text"]) == ("Hinge", "Hinge, margin 3")
        told = values(reading["formula"])
        distances = [torch.tensor([column(reading, key, "distance")]).double()
                     for key in ("positives", "negatives")]  # fmt: skip
        record = hinge(3.0)(Pairs(*distances))
        assert told["attraction"] == pytest.approx(float(record.attraction))
        assert told["repulsion"] == pytest.approx(float(record.repulsion))
        assert told["loss"] == pytest.approx(float(record.total))
        side, place = ("positives", 0) if detailed == "p0" else ("negatives", 1)
        lines = values(reading["detail"]["lines"])
        assert lines["weight"] == pytest.approx(reading[side][place]["weight"])
        assert lines["pull"] == pytest.approx(reading[side][place]["pull"])
        shown = re.search(r"sum to (\S+) on positives and (\S+) on negatives", reading["sums"])
        for text, key in zip(shown.groups(), ("positives", "negatives"), strict=True):
            assert number(text) == pytest.approx(sum(column(reading, key, "pull")), rel=1e-2)


def test_notes_name_the_negatives_it_does_not_move():
    reading = asked("forces")[0]["of"][0]
    far = [i + 1 for i, d in enumerate(column(reading, "negatives", "distance")) if d > 3]
    assert far and any("not moved" in note for note in reading["notes"])
    (note,) = [note for note in reading["notes"] if "not moved" in note]
    assert [int(n) for n in re.findall(r"\d+", note)] == far


def test_a_landscape_sweeps_its_margin():
    answer, arrays = asked("landscape", sweep=[0, "t_neg"])
    assert answer["field"]["name"] == "margin"
    assert answer["settings"][0] == 0 and answer["settings"][-1] == 4
    assert len(arrays["swept_loss"]) == len(answer["settings"]) * len(answer["angles"])
    swept = arrays["swept_loss"].reshape(len(answer["settings"]), -1)
    assert (swept[-1] > swept[0]).all()  # a wider margin costs more wherever the query stands


def test_a_mix_a_flow_and_a_polygon_are_answered(hinge):
    chord, _ = asked("chord", chord=[0, 1, 0.5])
    assert len(chord["pull"]) == len(chord["shares"])
    flow = board.DEFAULT["flow"] | {"n_items": 5, "n_steps": 20}
    answer, arrays = asked("flow", flow=flow)
    of = answer["of"][0]
    assert of["title"] == "Hinge" and of["optimum"] is None
    assert of["loss"][-1] < of["loss"][0] and len(arrays["places"])
    assert optimum(hinge(), 5, 2, 2) is None
    steady, _ = asked("stability", n_items=6, field="margin", least=0.0, most=4.0, n=9)
    assert steady["field"]["label"] == "margin" and "margin" in steady["sentence"]


def test_a_loss_without_numbers_is_shown_and_only_its_sweep_refused(hinge, monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Still:
        def __call__(self, pairs):
            return hinge()(pairs)

    monkeypatch.setitem(LOSSES, "still", Still)
    lens = board.full_lens("still")
    losses = [lens, board.full_lens("cacr")]
    assert asked("forces", losses=losses)[0]["of"][0]["text"] == "Still"
    assert asked("landscape", losses=losses, sweep=[1, "t_neg"])[0]["field"]["name"] == "t_neg"
    with pytest.raises(ValueError, match="No setting of still is a number"):
        asked("landscape", losses=losses, sweep=[0, "t_neg"])
    offered = {one["name"]: one for one in lenses(board.full_lens("cacr"))}
    assert offered["still"]["sweep"] is None


def test_the_browser_takes_a_loss_it_has_never_heard_of():
    lens = board.full_lens("hinge", margin=0.5)
    offered = lenses(board.full_lens("cacr"))
    said = browser_code.run(
        """
        const { sweepOf, Steadiness } = await load('steadiness.js');
        const { isIdle } = await load('names.js');
        const spec = data.lenses.find(({ name }) => name === 'hinge');
        return {
          sweep: sweepOf(data.lens, data.lenses),
          unknown: sweepOf({ name: 'nobody' }, data.lenses),
          idle: spec.fields.filter((one) => isIdle(one, data.lens)).map(({ name }) => name),
        };
        """,
        {"lens": lens, "lenses": offered},
    )
    assert said["sweep"] == {
        "field": "margin",
        "symbol": "margin",
        "now": 0.5,
        "least": 0,
        "most": 4,
    }
    assert said["unknown"] is None and said["idle"] == ["pool_size", "mixing"]


def page(name, **params):
    at = AppTest.from_file(FRAME, default_timeout=90)
    at.switch_page(f"pages/{name}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


@pytest.fixture
def started(monkeypatch):
    """What the pages ask to be trained, without a worker."""
    asked_for = []

    def start(config, folder, title=None, paused=False):
        asked_for.append((config, title))
        files.write_json(folder / "run.json", {"title": title})
        write_config(config, folder)
        files.beat(folder, "paused" if paused else "running")
        return folder

    monkeypatch.setattr(runs, "start", start)
    return asked_for


def test_the_live_page_offers_and_trains_it(started, hinge, monkeypatch):
    bar = Bar(monkeypatch, "live")
    at = page("live")
    at.selectbox(key="live_loss").set_value("hinge").run()
    at.slider(key="live_hinge.margin").set_value(0.52).run()
    assert not at.exception and bar.problem == ""
    assert at.query_params["loss"] == "hinge"
    bar.press(at, "start")
    assert started[0][0].loss == hinge(0.52) and started[0][1].startswith("Hinge on")


def test_the_compare_page_offers_it_as_an_entry_of_ones_own(monkeypatch):
    Bar(monkeypatch, "compare")
    at = page("compare")
    at.selectbox(key="compare_1_name").set_value(choice.CUSTOM).run()
    at.selectbox(key="compare_1_loss").set_value("hinge").run()
    at.slider(key="compare_1_hinge.margin").set_value(2.0).run()
    assert not at.exception
    assert "hinge.margin:2.0" in at.query_params["e1"]


def test_the_forces_page_shows_and_trains_it(started, hinge):
    at = page("forces", a="hinge~margin:0.5")
    assert at.session_state["forces_board"]["losses"][0]["name"] == "hinge"
    next(b for b in at.button if b.label == "Train A").click().run()
    assert started[0][0].loss == hinge(0.5)


def test_it_is_made_by_name_like_any_other(hinge):
    assert make_loss("hinge", margin=2) == hinge(2)
    with pytest.raises(ValueError, match="Unknown settings of Hinge: marginal"):
        make_loss("hinge", marginal=2.0)


def test_a_query_whose_negatives_have_no_weight_is_said_to_have_none(trained):
    lens = {"name": "hinge", "margin": 0.0}
    question = answers.understand(
        {"step": 0, "probe": 7, "view": 0, "group": "probes", "lens": lens}, trained
    )
    assert not answers.look(question).neg_weights.any()
    assert "no negative any weight" in answers.query(question, None)["reading"]
