"""A typed loss wherever a loss may stand: configs, links, lenses, entries, terminal, forces."""

import json

import pytest
import torch

from cacr_core.__main__ import config_from
from cacr_core.forces import optimum
from cacr_core.losses import CACR, Typed, make_loss
from cacr_core.training import TrainConfig, train
from tests import browser_code
from tests.test_channel import talk
from tests.test_forces_channel import QUESTION, asked
from web.compare import link as compare_link
from web.forces import link as forces_link
from web.live.describe import lenses
from web.settings import board, links
from web.settings.looks import lens as read_lens
from web.settings.looks import view_text

OWN = Typed(
    "-s_pos / tau", "log(sum(exp(s_neg / tau)) + exp(s_pos / tau)) ** pow", "tau=0.25, pow=1.5"
)
LENS = board.full_lens("typed", attraction=OWN.attraction, repulsion=OWN.repulsion)
LENS["values"] = OWN.values
SMALL = {
    "dataset": "shapes", "batch_size": 8, "n_steps": 3, "n_probes": 16, "n_views": 2,
    "device": "cpu", "precision": "float32",
}  # fmt: skip


def test_a_config_keeps_it_as_plain_json():
    config = TrainConfig(loss=OWN)
    recorded = json.loads(config.to_json())["loss"]
    assert recorded == {
        "name": "typed", "attraction": OWN.attraction, "repulsion": OWN.repulsion,
        "values": "tau=0.25, pow=1.5",
    }  # fmt: skip
    assert TrainConfig.from_json(config.to_json()) == config


def test_the_terminal_takes_it():
    config = config_from({"loss": "typed", "attraction": "t * d_pos", "values": "t=2"})
    assert config.loss.attraction == "t * d_pos"
    assert config.loss.free == {"t": 2.0, "beta": 1.0, "t_neg": 1.0}
    with pytest.raises(ValueError, match="at character 4 of the repulsion"):
        config_from({"loss": "typed", "repulsion": "1 +"})


def test_a_link_of_the_live_page_keeps_it():
    settings = links.settings_of(TrainConfig(loss=OWN, n_views=3))
    params = links.write("cacr-4", settings, links.preset_view("cacr-4"))
    _, read, _, ignored = links.read(params)
    assert ignored == []
    assert links.config_of(read) == links.config_of(settings)
    _, _, _, ignored = links.read({"loss": "typed", "typed.repulsion": "sum(d_neg"})
    assert ignored == [
        "A closing bracket for that at character 4 is needed, got the end at character 10 of the "
        "repulsion."
    ]


def test_a_lens_in_a_link_keeps_it():
    lens = {"name": "typed", "attraction": OWN.attraction, "values": "tau=0.25"}
    assert read_lens("lens", view_text("lens", lens)) == lens


def test_an_entry_of_a_comparison_keeps_it():
    text = f"custom~loss:typed~typed.attraction:{OWN.attraction}~typed.values:tau=0.25"
    found = compare_link.read({"e1": text})
    assert found.ignored == []
    entry = found.entries[0]
    assert (entry["loss"], entry["typed.attraction"]) == ("typed", OWN.attraction)
    again = compare_link.write(
        found.preset, found.shared, found.entries, found.baseline, found.view
    )
    assert compare_link.read(again).entries[0] == entry


def test_a_board_in_a_link_keeps_it():
    found = board.DEFAULT | {"losses": [board.checked_lens(LENS), board.DEFAULT["losses"][1]]}
    params = forces_link.write("far-positive", found)
    assert params["a"].startswith("typed~attraction:-s_pos / tau~repulsion:log(")
    _, again, ignored = forces_link.read(params)
    assert ignored == []
    assert again["losses"] == found["losses"]


def test_it_trains_as_the_loss_it_spells():
    ends = [
        list(train(TrainConfig(loss=loss, **SMALL)))[-1].embeddings for loss in (Typed(), CACR())
    ]
    torch.testing.assert_close(*map(torch.as_tensor, ends), atol=1e-5, rtol=1e-4)


def test_the_forces_page_reads_it_as_the_loss_it_spells():
    answer, _ = asked(losses=[board.full_lens("typed"), board.full_lens("cacr")])
    typed, cacr = answer["of"]
    for group in ("positives", "negatives"):
        for ours, theirs in zip(typed[group], cacr[group], strict=True):
            assert ours["weight"] == pytest.approx(theirs["weight"], abs=1e-12)
            assert ours["pull"] == pytest.approx(theirs["pull"], abs=1e-12)
    assert typed["total"] == pytest.approx(cacr["total"])
    assert typed["card"] == {
        "values": "alpha=1, t_pos=1, beta=1, t_neg=2",
        "free": {"alpha": 1, "t_pos": 1, "beta": 1, "t_neg": 2},
        "weights": "the softmax used",
    }
    assert "card" not in cacr


def test_what_its_weights_are_is_said_group_by_group():
    lens = board.full_lens("typed", attraction="d_pos")
    answer, _ = asked(losses=[lens, lens], detail="p0")
    of = answer["of"][0]
    assert (
        of["card"]["weights"] == "the normalised pulls of positives, the softmax used of negatives"
    )
    assert of["detail"]["lines"][0]["tokens"][0]["t"] == "its part of the normalised pulls"


def test_a_landscape_sweeps_a_name_of_its_own():
    lens = board.full_lens("cacr")
    of_typed, swept = asked(
        what="landscape", losses=[board.full_lens("typed"), lens], sweep=[0, "t_neg"]
    )
    of_cacr, expected = asked(what="landscape", losses=[lens, lens], sweep=[0, "t_neg"])
    assert (of_typed["current"], of_typed["field"]["label"]) == (2, "t_neg")
    assert of_typed["settings"] == of_cacr["settings"]
    for name in ("loss", "force", "swept_loss", "swept_force"):
        assert swept[name] == pytest.approx(expected[name], abs=1e-5)


def test_poles_of_a_landscape_are_as_high_as_the_rest_gets():
    lens = board.full_lens("typed", attraction="d_pos", repulsion="-sum(log(d_neg))", values="")
    answer, arrays = asked(
        what="landscape", losses=[lens, board.full_lens("infonce")], sweep=[1, "temperature"]
    )
    assert all(abs(value) < 1e6 for value in arrays["loss"])
    assert len(answer["minima"][0]) >= 2


def test_a_sweep_without_a_name_and_one_of_no_number_are_refused():
    lens = board.full_lens("typed", attraction="d_pos", repulsion="0")
    with pytest.raises(ValueError, match="got formulas without a name of your own"):
        asked(what="landscape", losses=[lens, lens], sweep=[0, "t_neg"])
    for field in ("cost", "attraction", "2", "t" * 21, None):
        with pytest.raises(ValueError, match="A sweep names loss 0 or 1"):
            board.part("sweep", [0, field])


def test_the_polygon_holds_for_it_as_for_the_loss_it_spells():
    told = [
        asked(what="stability", n_items=6, n_views=2, loss=board.full_lens(name), field="t_neg",
              least=0.5, most=2, n=3)[0]["growth"]
        for name in ("typed", "cacr")
    ]  # fmt: skip
    assert told[0] == pytest.approx(told[1], abs=1e-9)
    assert optimum(Typed(), 3, 2, 2) is None


def test_the_socket_says_which_loss_and_where():
    bad = board.full_lens("typed", repulsion="-sum(softmax(d_neg) * d_pos)")
    nowhere = board.full_lens("typed", repulsion="log(0 * d_pos - 1)")
    browser = talk(
        QUESTION | {"id": 1, "losses": [LENS, bad]},
        QUESTION | {"id": 2, "losses": [nowhere, LENS]},
        QUESTION | {"id": 3, "losses": [LENS, LENS]},
        enough=lambda b: len(b.of_type("error")) == 2 and b.of_type("answer"),
    )
    told = {m["id"]: m for kind in ("error", "answer") for m in browser.of_type(kind)}
    assert {key: told[1][key] for key in ("type", "lens", "line", "at")} == {
        "type": "error", "lens": 1, "line": "repulsion", "at": 20,
    }  # fmt: skip
    assert told[1]["message"].startswith("Positives and negatives meet only through a row-wise")
    assert (told[2]["type"], told[2]["lens"]) == ("error", 0)
    assert told[2]["message"].startswith(
        "A typed loss needs a finite value and slope, got loss nan"
    )
    assert told[3]["type"] == "answer"


@pytest.mark.parametrize("field", ["attraction", "repulsion", "values"])
def test_a_board_with_no_text_in_its_place_is_refused(field):
    with pytest.raises(ValueError, match=f"{field} must be a str"):
        board.checked_lens(LENS | {field: 3})


def test_the_browser_reads_and_writes_values_as_python_does():
    loss = Typed("a * b * d_pos", "c * mean(d_neg)", "a=1e-07, b=-2.5")
    told = browser_code.run(
        """
        const { valuesOf, textOf, withNumber } = await load('names.js');
        const lens = { fields: [{ name: 'values', names: {} }] };
        const values = valuesOf(data);
        return [values, textOf(values), withNumber({ values: data }, lens, 'c', 0.1).values];
        """,
        loss.values,
    )
    assert told[0] == loss.free
    assert [Typed(loss.attraction, loss.repulsion, text).values for text in told[1:]] == [
        loss.values, loss.with_value("c", 0.1).values,
    ]  # fmt: skip


def offered():
    return {lens["name"]: lens for lens in lenses(board.full_lens("cacr"))}


def test_the_lens_message_says_all_that_the_browser_needs_of_it():
    own = offered()["typed"]
    kinds = {one["name"]: (one["kind"], "names" in one) for one in own["fields"][:3]}
    assert kinds == {
        "attraction": ("text", False), "repulsion": ("text", False), "values": ("text", True),
    }  # fmt: skip
    begun = {preset["title"]: make_loss("typed", **preset["settings"]) for preset in own["presets"]}
    assert begun == {
        "CACR": Typed(), "InfoNCE": begun["InfoNCE"], "SSCL": begun["SSCL"],
    }  # fmt: skip
    assert begun["InfoNCE"].free == {"temperature": 0.5}
    assert not any(lens["presets"] for name, lens in offered().items() if name != "typed")


def test_the_browser_sweeps_a_name_of_its_own_and_none_where_there_is_none():
    bare = board.full_lens("typed", attraction="d_pos", repulsion="0", values="")
    told = browser_code.run(
        """
        const { sweepOf, Steadiness } = await load('steadiness.js');
        const { numbersOf } = await load('names.js');
        const lens = data.lenses.find(({ name }) => name === data.own.name);
        return {
          sweeps: [data.own, data.bare].map((loss) => sweepOf(loss, data.lenses)),
          numbers: numbersOf(data.own, lens).map(({ name, min, max }) => [name, min, max]),
        };
        """,
        {"own": LENS, "bare": bare, "lenses": list(offered().values())},
    )
    assert told["sweeps"] == [
        {"field": "tau", "symbol": "tau", "now": 0.25, "least": 0.05, "most": 4}, None,
    ]  # fmt: skip
    assert told["numbers"] == [["tau", 0, 10], ["pow", 0, 10]]
