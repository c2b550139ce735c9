"""Synthetic negatives of a frozen run: drawn, mixed, weighed and placed as by the server."""

import itertools

import numpy as np
import pytest
import torch

from cacr_core.losses import SSCL
from cacr_core.pairs import MIXINGS
from cacr_core.pairs.random_numbers import draw
from cacr_core.presets import recorded_comparison
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests.browser_code import run
from tests.test_freeze import ANSWER, FROZEN, frozen, parts_of
from tests.tiny_run import wait_for
from web.frozen.answer import Mixture, answering, drawn_names
from web.frozen.mixing import drawn_at
from web.frozen.program import program_of, results
from web.live import answers
from web.live.answers.question import config_of
from web.live.answers.scene import drawn_for
from web.live.watch import Watcher
from web.socket.follow import Asked

NAME = "live-sscl"
FOLDER = RECORDED / NAME
MIXED = ("sscl-parts", "balanced", "imbalanced")
STEPS = """
const { readProgram, run } = await load('program.js');
const read = ({ shape, kind, data }) => ({
  shape, kind, data: (kind === 'float' ? Float32Array : Int32Array).from(data),
});
const inputs = Object.entries(data.given).map(([key, one]) => [key, read(one)]);
const found = run(readProgram(data.program), Object.fromEntries(inputs));
return Object.fromEntries(Object.entries(found).map(([key, one]) => [key, [...one.data]]));
"""
DRAWN = """
const { readDraws } = await load('draws.js');
const { bytes, mixture, n, dim, asked } = data;
const of = readDraws(Uint8Array.from(bytes), mixture, n, dim);
return asked.map((query) =>
  Object.fromEntries(Object.entries(of(query)).map(([key, one]) => [key, [...one.data]])));
"""


def told(tensor):
    kind = "float" if tensor.is_floating_point() else "int"
    return {"shape": list(tensor.shape), "kind": kind, "data": tensor.flatten().tolist()}


@pytest.mark.parametrize("mixing", MIXINGS)
def test_the_recorded_steps_of_every_mixing_give_what_the_mixing_gives(mixing):
    mixture, generator = Mixture(8, 7, mixing), torch.Generator().manual_seed(3)
    z = torch.nn.functional.normalize(torch.randn(3, 20, 8, generator=generator), dim=-1)
    drawn = draw(1, 1, 8, 8, MIXINGS[mixing].sampler, generator)
    given = {"z": z, "query": torch.tensor([47]), "labels": torch.arange(20) % 4}
    given |= dict(zip(drawn_names(mixture), drawn, strict=False))
    theirs = answering(SSCL(), (), mixture)(*given.values())
    program = program_of(SSCL(), 3, 20, 8, (), mixture)
    ours = run(STEPS, {"program": program, "given": {k: told(v) for k, v in given.items()}}, FROZEN)
    assert "parents" in ours and ours.keys() == results(theirs).keys()
    for key, value in results(theirs).items():
        np.testing.assert_allclose(ours[key], value.flatten(), rtol=1e-5, atol=1e-6, err_msg=key)


def run_that_mixes(tmp_path, **changes):
    """The folder of a run that says it trained otherwise."""
    folder = tmp_path / "run"
    folder.mkdir()
    config = files.read_config(FOLDER) | changes
    files.write_json(folder / "config.json", config)
    return folder


@pytest.mark.parametrize("mixing", ["pair", "synco"])
def test_the_draws_of_a_file_are_the_servers_to_the_bit(tmp_path, mixing):
    folder = run_that_mixes(tmp_path, mixing=mixing, n_synthetic=7)
    config, n, step = config_of(folder), 3, 120
    mixture = Mixture(7, config.pool_size, mixing)
    data = {"bytes": list(drawn_at(folder, step, n)), "n": 5 * n, "dim": config.embedding_dim}
    data |= {"mixture": {"n": 7, "by_dimension": mixture.by_dimension}, "asked": [0, 4, 14]}
    for query, ours in zip(data["asked"], run(DRAWN, data, FROZEN), strict=True):
        view, probe = divmod(query, n)
        generator = drawn_for(config, probe, view, step)
        theirs = draw(1, 1, 7, config.embedding_dim, MIXINGS[mixing].sampler, generator)
        assert ours["ranks"] == theirs.ranks.flatten().tolist()
        assert ours["shares"] == theirs.shares.flatten().tolist()
        if mixture.by_dimension:
            kept = theirs.by_dimension.half().float().flatten().tolist()
            assert ours["by_dimension"] == kept


def many_queries(folder):
    steps = files.snapshot_steps(folder)
    for step, probe in itertools.product((0, steps[4], steps[-1]), range(0, 256, 16)):
        for group in ("probes", "batch"):
            yield {"step": step, "probe": probe, "view": probe // 16 % 5, "group": group}


def test_the_heaviest_32_of_many_queries_weigh_and_rank_as_by_the_server():
    asked = list(many_queries(FOLDER))
    body = """
    globalThis.document = { querySelector: (selector) => {
      const [text, deflated] = data.parts[/data-part="([^"]+)"/.exec(selector)[1]];
      return { textContent: text, hasAttribute: () => deflated };
    } };
    const { Recording } = await load('recording.js');
    const { jsonPart } = await load('store.js');
    const recording = new Recording(await jsonPart('about'));
    const found = [];
    for (const { step, group, probe, view } of data.asked) {
      const scene = await recording.scene(step, group, probe, view);
      found.push(['neg_weight', 'parents'].map((name) => [...scene.found[name].data]));
    }
    return found;
    """
    found = run(body, {"parts": parts_of(frozen(NAME)), "asked": asked}, FROZEN)
    for question, (ours, parents) in zip(asked, found, strict=True):
        scene = answers.look(answers.understand(question, FOLDER))
        theirs, ours = scene.record.neg_weights[0].double().numpy(), np.array(ours)
        assert parents == scene.synthetic.parents.flatten().tolist(), question
        heaviest = np.argsort(-theirs, kind="stable")[:32]
        np.testing.assert_allclose(ours[heaviest], theirs[heaviest], rtol=1e-4)
        ranked = np.argsort(-ours, kind="stable")[:32]
        for a, b in zip(ranked, heaviest, strict=True):  # as good as equal either way round
            assert a == b or theirs[a] == pytest.approx(theirs[b], rel=1e-5), question


@pytest.mark.parametrize("layout", ["umap", "pca"])
def test_synthetics_and_their_parents_are_drawn_where_the_server_draws_them(layout):
    watcher = Watcher(FOLDER, lambda *_: None)
    watcher.begin()
    watcher.open(Asked())
    key = watcher.series("embeddings", layout, True)
    step = files.snapshot_steps(FOLDER)[-1]
    wait_for(lambda: step in watcher.films[key].positions)  # until then it has the nearest drawn
    asked = [{"step": step, "probe": probe, "view": 1, "group": "batch"} for probe in (5, 90)]
    given = {"parts": parts_of(frozen(NAME)), "asked": asked, "series": f"embeddings-{layout}"}
    for question, ours in zip(asked, run(ANSWER, given, FROZEN), strict=True):
        xy = watcher.positions(key, step)
        theirs = answers.query(answers.understand(question, FOLDER), xy)["synthetics"]
        assert ours["answer"]["synthetics"]["placed"] == theirs["placed"]
        for one, other in zip(ours["answer"]["synthetics"]["items"], theirs["items"], strict=True):
            assert one["xy"] == pytest.approx(other["xy"], abs=3e-4)
            for parent, same in zip(one["parents"], other["parents"], strict=True):
                assert parent["xy"] == pytest.approx(same["xy"], abs=1e-4)


@pytest.mark.parametrize("name", MIXED)
def test_a_comparison_with_an_entry_that_mixes_holds_its_draws_beside_the_others(name):
    parts = parts_of(frozen(recorded_comparison(name)))
    folder = RECORDED / recorded_comparison(name)
    for entry in files.entry_folders(folder):
        mixes = config_of(entry).n_synthetic > 0
        steps = files.snapshot_steps(entry)
        assert all((f"{entry.name}/draws-{step}" in parts) == mixes for step in steps)
