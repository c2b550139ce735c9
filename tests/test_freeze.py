"""A frozen file answers as the app does, by steps that were recorded from the code that trains."""

import base64
import functools
import json
import math
import re
import shutil
import subprocess
import sys
import zlib

import numpy as np
import pytest
import torch

from cacr_core.checkpoints.frozen import freeze as freeze_encoder
from cacr_core.commands.freeze import MOST
from cacr_core.losses import LOSSES
from cacr_core.models import make_encoder
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED, ROOT
from tests.alike import alike, settled
from tests.browser_code import run
from web.frozen.__main__ import main
from web.frozen.answer import answering
from web.frozen.bundle import bundle, stylesheet
from web.frozen.freeze import _moments, freeze
from web.frozen.program import program_of, results
from web.frozen.recording import _thinned, recording
from web.live import answers
from web.live.answers.sums import plain_sums
from web.settings.looks import LIVE
from web.settings.values import text_of
from web.shell.assets import WEB

FROZEN = "web/frozen/view"
ASKED = ["example", "live-infonce", "live-debiased", "live-sscl"]
RUNS = ["example", "live-circle"]
PART = re.compile(
    r'<script type="text/plain" data-part="([^"]+)"( data-deflated)?>([^<]*)</script>'
)
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e[+−]\d+)?")
ANSWER = """
globalThis.document = {
  querySelector: (selector) => {
    const [text, deflated] = data.parts[/data-part="([^"]+)"/.exec(selector)[1]];
    return { textContent: text, hasAttribute: () => deflated };
  },
};
const { Recording } = await load('recording.js');
const { query, weights } = await load('answers.js');
const { jsonPart } = await load('store.js');
const recording = new Recording(await jsonPart('about'));
const found = [];
for (const asked of data.asked) {
  const { header, arrays } = await weights(recording, asked, data.series);
  const numbers = arrays.map((array) => [...array].map((one) => (Number.isNaN(one) ? null : one)));
  found.push({ header, numbers, answer: await query(recording, asked, data.series) });
}
return found;
"""


@functools.cache
def frozen(name):
    """The file of a recording."""
    return freeze(RECORDED / name, int(MOST * 1e6))


def parts_of(page):
    return {name: [text, bool(how)] for name, how, text in PART.findall(page)}


def opened_part(parts, name):
    text, is_deflated = parts[name]
    content = base64.b64decode(text)
    return json.loads(zlib.decompress(content, -15) if is_deflated else content)


def asked_of(name):
    steps = files.snapshot_steps(RECORDED / name)
    n = files.read_probes(RECORDED / name)["n"]
    for step in (steps[0], steps[len(steps) // 2], steps[-1]):
        for probe, view in ((0, 0), (n // 3, 1), (n - 1, 4)):
            for group in ("probes", "batch"):
                yield {"step": step, "probe": probe, "view": view, "group": group}


@pytest.mark.parametrize("name", ASKED)
def test_queries_are_answered_as_by_the_server(name):
    asked = list(asked_of(name))
    parts = parts_of(frozen(name))
    found = run(ANSWER, {"parts": parts, "asked": asked, "series": "embeddings-umap"}, FROZEN)
    for question, ours in zip(asked, found, strict=True):
        understood = answers.understand(question, RECORDED / name)
        theirs = answers.query(understood, None)
        own, plain = theirs.pop("sums"), plain_sums(answers.look(understood).pulls)
        sums = own if name == "example" else plain  # CACR's hold wherever the points lie
        same_sums(ours["answer"].pop("sums"), sums)
        for of in ("type", "what"):
            ours["answer"].pop(of)
        without_places(ours["answer"]), without_places(theirs)
        settled(ours["answer"]["negatives"], theirs["negatives"])
        alike(ours["answer"], theirs, str(question))
        header, arrays = answers.weights(understood, None)
        ours["header"].pop("type"), ours["header"].pop("what")
        without_places(ours["header"]), without_places(header)
        alike(ours["header"], header, str(question))
        for numbers, array in zip(ours["numbers"], arrays, strict=True):
            numbers = np.array(numbers, float)
            np.testing.assert_allclose(numbers, array, rtol=1e-4, atol=2e-6)
            known = ~np.isnan(array)
            assert (np.isnan(numbers) == ~known).all()
        heaviest_are_ranked_alike(np.array(ours["numbers"][0], float), arrays[0])


def test_every_loss_is_looked_through_with_its_settings_moved_as_by_the_server():
    parts = parts_of(frozen("example"))
    known = opened_part(parts, "lenses")["offered"]
    assert [lens["name"] for lens in known] == list(LOSSES)
    moved = {lens["name"]: [field["name"] for field in lens["fields"]] for lens in known}
    assert {"t_pos", "t_neg"} <= set(moved["cacr"]) and "temperature" in moved["infonce"]
    asked = []
    for lens in known:
        values = {field["name"]: round(field["value"] * 1.3, 4) for field in lens["fields"]}
        where = {"step": 300, "probe": 11, "view": 2, "group": "batch"}
        asked.append(where | {"lens": {"name": lens["name"]} | values})
    found = run(ANSWER, {"parts": parts, "asked": asked, "series": "embeddings-umap"}, FROZEN)
    for question, ours in zip(asked, found, strict=True):
        understood = answers.understand(question, RECORDED / "example")
        _, arrays = answers.weights(understood, None)
        for numbers, array in zip(ours["numbers"], arrays, strict=True):
            np.testing.assert_allclose(
                np.array(numbers, float), array, rtol=5e-4, atol=1e-5, err_msg=str(question)
            )
        said = ours["answer"]["loss"]
        assert said["is_lens"] and said["title"] == answers.query(understood, None)["loss"]["title"]


def same_sums(ours, theirs):
    assert NUMBER.sub("", ours) == NUMBER.sub("", theirs)
    for one, other in zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True):
        a, b = (float(text.replace("−", "-")) for text in (one, other))
        assert a == pytest.approx(b, rel=0.006)  # of three digits


def heaviest_are_ranked_alike(ours, theirs, n=32):
    order = np.argsort(-np.nan_to_num(theirs, nan=-1), kind="stable")[:n]
    ranked = np.argsort(-np.nan_to_num(ours, nan=-1), kind="stable")[:n]
    for a, b in zip(ranked, order, strict=True):
        assert a == b or math.isclose(theirs[a], theirs[b], rel_tol=1e-5)  # as good as equal


def without_places(told):
    """Places are of a layout; `test_places_are_those_of_the_server` is about them."""
    if isinstance(told, dict):
        for key in ("xy", "query_xy", "placed"):
            told.pop(key, None)
    for one in told.values() if isinstance(told, dict) else told:
        if isinstance(one, (dict, list)):
            without_places(one)


def test_places_are_those_of_the_server():
    folder = RECORDED / "example"
    about, parts = recording(folder, 12_000_000)
    by_name = {part.name: part.content for part in parts}
    places = np.frombuffer(by_name["places-embeddings-pca"], "<i4")
    places = places.reshape(len(about["steps"]), 5, about["run"]["n"], 2) / 1e4
    frames = by_name["frames-embeddings-pca"]
    at, size = 0, int.from_bytes(frames[:4], "little")
    header = int.from_bytes(frames[4:8], "little")
    xy = np.frombuffer(frames[at + 8 + header : at + 4 + size], "<f4", 2 * about["run"]["n"])
    step = json.loads(frames[8 : 8 + header])["step"]
    question = answers.understand({"step": step, "probe": 7, "view": 0}, folder)
    theirs = answers.query(question, xy.reshape(-1, 2))
    ours = places[about["steps"].index(step)]
    assert ours[0, 7].tolist() == theirs["query"]["xy"]
    assert {row["view"]: row["xy"] for row in theirs["positives"]} == {
        view: ours[view, 7].tolist() for view in range(1, 5)
    }


@pytest.mark.parametrize("name", LOSSES)
def test_the_recorded_steps_of_every_loss_give_what_the_loss_gives(name):
    loss, (n_views, n_items, dim) = LOSSES[name](), (3, 20, 8)
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(n_views, n_items, dim, generator=generator)
    z = torch.nn.functional.normalize(z, dim=-1)
    labels = torch.arange(n_items) % 4
    steps = """
    const { readProgram, run } = await load('program.js');
    const { shape, z, labels, row } = data;
    const found = run(readProgram(data.program), {
      z: { shape, kind: 'float', data: Float32Array.from(z) },
      query: { shape: [1], kind: 'int', data: Int32Array.of(row) },
      labels: { shape: [labels.length], kind: 'int', data: Int32Array.from(labels) },
    });
    return Object.fromEntries(Object.entries(found).map(([key, one]) => [key, [...one.data]]));
    """
    given = {"program": program_of(loss, n_views, n_items, dim), "shape": [n_views, n_items, dim]}
    given |= {"z": z.flatten().tolist(), "labels": labels.tolist(), "row": 47}
    ours = run(steps, given, FROZEN)
    theirs = answering(loss)(z, torch.tensor([47]), labels)
    for key, value in results(theirs).items():
        np.testing.assert_allclose(ours[key], value.flatten(), rtol=2e-4, atol=1e-6, err_msg=key)


def test_a_loss_that_looks_at_its_numbers_is_refused_with_a_sentence():
    class Peeks:
        def __call__(self, pairs):
            assert float(pairs.pos.max()) >= 0
            raise AssertionError("never reached")

    with pytest.raises(ValueError, match="Peeks cannot be frozen: its steps depend on the numbers"):
        program_of(Peeks(), 2, 4, 3)


def test_a_loss_that_changes_numbers_in_place_is_refused_with_a_sentence():
    class Writes:
        def __call__(self, pairs):
            pairs.neg[:, 0] = 0
            raise AssertionError("never reached")

    with pytest.raises(ValueError, match=r"Writes cannot be frozen: its step aten.* in place"):
        program_of(Writes(), 2, 4, 3)


def still(tmp_path):
    shown = {"dataset": "digits", "n_probes": 32, "seed": 3, "n_bank": 64, "n_held_out": 32}
    half = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "input_size": 16, "title": "Still"}
    return freeze_encoder(make_encoder("small", 16), tmp_path / "still", **shown, **half)


def test_the_features_of_a_checkpoint_are_frozen_and_answered_as_by_the_server(tmp_path):
    folder = still(tmp_path)
    page = freeze(folder, int(MOST * 1e6))
    assert '<main class="cacr-live still" data-live-root>' in page
    assert "features of a checkpoint" in page
    asked = [{"step": 0, "probe": 5, "view": 2, "group": group} for group in ("probes", "batch")]
    given = {"parts": parts_of(page), "asked": asked, "series": "embeddings-pca"}
    for question, ours in zip(asked, run(ANSWER, given, FROZEN), strict=True):
        theirs = answers.query(answers.understand(question, folder), None)
        assert ours["answer"]["reading"] == theirs["reading"]
        settled(ours["answer"]["negatives"], theirs["negatives"])
        for one, other in zip(ours["answer"]["negatives"], theirs["negatives"], strict=True):
            alike(one, other, str(question))


def test_a_run_that_no_app_has_shown_is_laid_out_when_the_terminal_freezes_it(tmp_path):
    out = tmp_path / "still.html"
    words = ["freeze", str(still(tmp_path)), "--out", str(out)]
    subprocess.run([sys.executable, "-m", "cacr_core", *words], cwd=ROOT, check=True)
    parts = parts_of(out.read_text(encoding="utf-8"))
    frame = zlib.decompress(base64.b64decode(parts["frames-embeddings-umap"][0]), -15)
    assert json.loads(frame[8 : 8 + int.from_bytes(frame[4:8], "little")])["layout"] == "umap"


@pytest.mark.parametrize("name", RUNS)
def test_a_file_fetches_nothing_and_fits(name):
    page = frozen(name)
    assert len(page.encode()) <= MOST * 1e6
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!data:)', PART.sub("", page))
    (sheet,) = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert "@import" not in sheet and not re.findall(r"url\((?!data:)", sheet)


def test_a_link_may_say_what_the_app_can_be_told_and_the_file_holds():
    about = opened_part(parts_of(frozen("example")), "about")
    choices = about["page"]["choices"]
    assert choices.keys() == LIVE.keys()
    for key, values in choices.items():
        if isinstance(values, list):
            assert [LIVE[key].read(key, text_of(value)) for value in values] == values
        elif key != "lens":
            assert LIVE[key].read(key, str(values - 1)) == values - 1
    with pytest.raises(ValueError, match="0 to 4"):
        LIVE["view"].read("view", str(choices["view"]))
    assert choices["space"] == ["embeddings"] and choices["query"] == about["run"]["n"]
    assert set(choices["lens"]) == set(LOSSES) and "temperature" in choices["lens"]["infonce"]


@pytest.mark.parametrize(
    ("kept", "known", "said"),
    [(1, 1, "1 moment"), (2, 2, "2 moments"), (1, 1200, "1 of 1,200 moments")],
)
def test_moments_are_counted_in_words(kept, known, said):
    assert _moments(kept, known) == said


def test_moments_are_thinned_evenly_and_the_last_is_kept():
    sizes = dict.fromkeys(range(0, 100, 10), 10)
    assert _thinned(list(sizes), sizes, 100) == list(sizes)
    assert _thinned(list(sizes), sizes, 60) == [0, 20, 40, 60, 80, 90]
    assert _thinned(list(sizes), sizes, 9) == [90]


def test_a_bundle_imports_nothing_and_keeps_every_module_once():
    whole = bundle("live/view/live.js", last="")
    assert not re.search(r"^\s*(?:import|export)\b", whole, re.M)
    names = re.findall(r"^modules\['([^']+)'\] = ", whole, re.M)
    assert len(names) == len(set(names)) and {"kit/dom.js", "live/view/live.js"} <= set(names)
    assert names.index("kit/dom.js") < names.index("kit/cloud.js")
    assert "@import" not in stylesheet("kit/kit.css")


def test_every_module_of_the_browser_can_be_bundled():
    views = sorted(path.relative_to(WEB).as_posix() for path in WEB.glob("*/view/*.js"))
    assert len(views) > 60
    assert bundle(*views, last="")


@pytest.mark.parametrize(
    ("run_id", "said"),
    [
        ("forces:moon", "There is no scene 'moon'; there are far-positive,"),
        ("nobody", "There is no run called 'nobody' here. Choose one under Runs."),
    ],
)
def test_what_cannot_be_frozen_is_refused_with_one_sentence(run_id, said, tmp_path, capsys):
    out = tmp_path / "out.html"
    assert main([run_id, "--out", str(out)]) == 2 and not out.exists()
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_run_of_which_no_snapshot_can_be_read_is_refused_with_their_names(tmp_path, capsys):
    folder, out = tmp_path / "broken", tmp_path / "out.html"
    shutil.copytree(RECORDED / "live-infonce", folder)
    paths = sorted((folder / "snapshots").iterdir())
    for path in paths:
        path.write_bytes(path.read_bytes()[:50])
    assert main([str(folder), "--out", str(out)]) == 2 and not out.exists()
    error = capsys.readouterr().err
    assert error.startswith("broken has no snapshot that can be read: ") and error.count("\n") == 1
    assert all(path.name in error for path in paths[:3])
