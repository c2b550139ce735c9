"""What the live page is told of one update: it fits its records, and its sentences are true."""

import dataclasses
import json
import math
import re
import shutil

import numpy as np
import pytest
import torch

from cacr_core.runs import folder as files
from cacr_core.runs import states
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.worker import work
from cacr_core.training import Training
from cacr_core.training.inside import look_inside
from tests.protocol import fits_to_browser
from tests.test_inside_update import CONFIGS, opened, row_after
from web.live import inside
from web.live.inside import words
from web.live.inside.opened import Opened
from web.live.inside.query import shortened
from web.live.inside.update import force, plane_of

N_STEPS = 20


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture(scope="module", params=CONFIGS)
def run(request, shelf):
    folder = shelf / request.param
    files.write_bytes(folder / "config.json", CONFIGS[request.param].to_json().encode())
    assert work(folder) == "finished"
    return folder, CONFIGS[request.param]


def asked(folder, step=9):
    """The answer as a browser has it: header and arrays by name."""
    header, arrays = inside.of_update({"step": step}, folder)
    listed = [[name, int(array.size)] for name, array in arrays.items()]
    header = {"type": "answer", "id": 1, "what": "inside"} | header | {"arrays": listed}
    content = b"".join(array.astype("<f4").tobytes() for array in arrays.values())
    fits_to_browser(json.loads(json.dumps(header, allow_nan=False)), content)
    return header, arrays


def asked_query(folder, query, step=9):
    found = inside.of_query({"step": step, "query": query}, folder)
    message = {"type": "answer", "id": 1, "what": "inside_query"} | found
    fits_to_browser(json.loads(json.dumps(message, allow_nan=False)))
    return found


def test_an_update_is_told_with_the_numbers_that_the_run_recorded(run):
    folder, _config = run
    told, _ = asked(folder)
    recorded = row_after(folder, 9)
    assert told["loss"]["total"] == pytest.approx(recorded["loss"], rel=1e-6)
    assert told["gradient_norm"] == pytest.approx(recorded["gradient_norm"], rel=1e-6)
    assert told["recorded"]["differs"] < 1e-6
    assert "as the run recorded" in told["agreement"]
    parts = told["loss"]["attraction"] + told["loss"]["repulsion"]
    assert told["loss"]["total"] == pytest.approx(parts, abs=1e-5)
    assert told["steps"] == [0, 9, 19], "after the last step there is no update"
    assert told["made"]
    assert sum(one["norm"] ** 2 for one in told["norms"]) <= told["gradient_norm"] ** 2 * 1.0001


def test_the_nearest_update_that_can_be_opened_is(run):
    folder, _ = run
    for step, found in ((0, 0), (4, 0), (5, 9), (13, 9), (15, 19), (10**6, 19)):
        assert inside.of_update({"step": step}, folder)[0]["step"] == found


def test_a_table_of_distances_has_a_place_for_every_pair_and_none_for_oneself(run):
    folder, config = run
    told, arrays = asked(folder)
    n = config.n_views * told["batch"]["matrix"]
    table = arrays["distances"].reshape(n, n + config.n_synthetic)
    own = np.isnan(table)
    assert own[:, :n].diagonal().all()
    made = opened(folder, config, 9)[0]
    if config.host == "batch":
        assert own.sum() == n, "a view is no pair of itself, and all others are"
        z = made.before.flatten(0, 1).numpy()
        np.testing.assert_allclose(
            table[:, :n][~own[:, :n]], (2 - 2 * z @ z.T)[~own[:, :n]], atol=1e-5
        )
    if config.n_synthetic:
        np.testing.assert_allclose(table[:, n:], made.pairs.neg[:, -config.n_synthetic :])


def test_a_query_is_told_its_pairs_weights_and_pulls(run):
    folder, config = run
    made = opened(folder, config, 9)[0]
    query = config.batch_size + 3
    told = asked_query(folder, query)
    assert (told["item"], told["view"]) == (3, 1)
    near = [pair for pair in told["pairs"] if pair["kind"] == "positive"]
    far = [pair for pair in told["pairs"] if pair["kind"] != "positive"]
    assert len(near) == config.n_views - 1
    assert sum(pair["weight"] for pair in near) == pytest.approx(1, abs=1e-5)
    rest = told["rest"]
    assert sum(p["weight"] for p in far) + rest["weight"] == pytest.approx(1, abs=1e-5)
    assert len(far) + rest["n"] == made.pairs.neg.shape[1]
    pulls = sum(pair["pull"] for pair in far) + rest["pull"]
    assert pulls == pytest.approx(float(made.pulls.neg[query].sum()), abs=1e-5)
    real = [pair["weight"] for pair in far if pair["kind"] != "synthetic"]
    assert real == sorted(real, reverse=True)
    z, after = made.before.flatten(0, 1), made.after.flatten(0, 1)
    for pair in (p for p in told["pairs"] if p["kind"] == "negative"):
        other = pair["view"] * config.batch_size + pair["item"]
        assert pair["distance"] == pytest.approx(float(2 - 2 * z[query] @ z[other]), abs=1e-5)
        assert pair["after"] == pytest.approx(float(2 - 2 * after[query] @ after[other]), abs=1e-5)
        assert pair["item"] != 3


def test_the_filled_formula_of_a_query_adds_up_to_its_loss(run):
    folder, config = run
    told = asked_query(folder, 5)
    last = told["formula"][-1]
    assert last["label"] == "loss"
    values = [token["value"] for token in last["tokens"] if "value" in token]
    signs = [token["t"] for token in last["tokens"] if token["t"] in "+−"]
    second = -values[1] if signs == ["−"] else values[1]
    assert values[0] + second == pytest.approx(values[2], abs=1e-5)
    made = opened(folder, config, 9)[0]
    if config.host == "batch":  # without a term over the whole batch the loss is a mean
        totals = []
        for query in range(config.n_views * config.batch_size):
            lines = asked_query(folder, query)["formula"]
            totals.append(lines[-1]["tokens"][-1]["value"])
        assert np.mean(totals) == pytest.approx(made.loss, abs=1e-5)


def test_a_line_too_long_says_how_many_terms_it_leaves_out():
    tokens = [{"t": "("}]
    for i in range(6):
        tokens += [{"t": "0.1", "mark": f"n{i}"}, {"t": "+", "mark": f"n{i + 1}"}]
    found = [token["t"] for token in shortened([*tokens[:-1], {"t": ")"}])]
    assert found == ["(", "0.1", "+", "0.1", "+", "0.1", "+ … (3 more negatives)", ")"]
    short = [{"t": "0.1", "mark": "p0"}, {"t": "=", "role": None}]
    assert shortened(short) == short


def test_where_a_point_is_pulled_lies_along_the_sphere_and_the_step_is_told_against_it(run):
    folder, config = run
    made = opened(folder, config, 9)[0]
    pushed = force(made)
    np.testing.assert_allclose((pushed * made.before).sum(-1), 0, atol=1e-4)
    told = asked_query(folder, 2)
    way = made.after[0, 2] - made.before[0, 2]
    assert told["moved"] == pytest.approx(float(way.norm()), rel=1e-4)
    assert told["force"] == pytest.approx(float(pushed[0, 2].norm()), rel=1e-4)
    cosine = float(pushed[0, 2] @ way / pushed[0, 2].norm() / way.norm())
    assert told["along"] == pytest.approx(cosine, abs=1e-4)
    said = told["said"]["6"]
    assert ("along" if cosine > 0.3 else "against" if cosine < -0.3 else "across") in said


def test_the_picture_shows_the_plane_of_most_spread_and_says_its_share(run):
    folder, config = run
    told, arrays = asked(folder)
    made = opened(folder, config, 9)[0]
    (centre, _axes), share, flat = plane_of(made)
    assert not flat
    z = made.before.flatten(0, 1).double()
    spread = float((z - centre).square().sum())
    placed = arrays["before"].reshape(-1, 2)
    assert share == pytest.approx(float((placed**2).sum()) / spread, rel=1e-4)
    assert f"{100 * share:.0f} % of the points' spread" in told["said"]["6"]
    assert 0 < share < 1


def test_the_stages_say_how_many_there_are_of_everything(run):
    folder, config = run
    said = asked(folder)[0]["said"]
    n = config.batch_size * config.n_views
    assert sorted(said) == list("123456")
    assert said["1"].startswith("16 of ")
    assert f"From each image {config.n_views} views" in said["2"]
    assert f"makes {n:,} pictures" in said["2"]
    assert "the head, 8 numbers are left" in said["3"]
    n_neg = opened(folder, config, 9)[0].pairs.neg.shape[1]
    assert f"{n_neg:,} negatives" in said["4"]
    counted = [
        int(found) for found in re.findall(r"(\d+) (?:views of other|keys|synth)", said["4"])
    ]
    assert sum(counted) == n_neg
    assert ("is told the classes" in said["1"]) == (folder.name == "labels")


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_the_rate_that_is_said_is_that_by_which_the_weights_move(optimizer):
    config = dataclasses.replace(CONFIGS["cacr"], optimizer=optimizer, weight_decay=0.0)
    training = Training(config)
    for _ in range(2):
        training.update()
    filters, bias = training.encoder.backbone[3].weight, training.encoder.backbone[4].bias
    before = [one.detach().clone() for one in (filters, bias)]
    made = Opened(look_inside(training), config, False, [str(k) for k in range(10)], 1_000)
    said = words.of_stages(made, 1.0, flat=False)["6"]
    rate = float(re.search(r"learning rate of ([\d.e−-]+?)[.,] ", said)[1].replace("−", "-"))
    moved, shifted = (
        (now - was).detach() for now, was in zip((filters, bias), before, strict=True)
    )
    assert shifted.abs().max() == pytest.approx(rate, rel=0.3)
    times = re.search(r"at ([\d.]+) times", said)
    assert bool(times) == (optimizer == "muon")
    if times:
        lengths = torch.linalg.svdvals(moved.flatten(1)) / (float(times[1]) * rate)
        assert 0.65 < lengths.median() and lengths.max() < 1.25


def test_activations_are_told_between_their_least_and_most(run):
    folder, config = run
    made = opened(folder, config, 9)[0]
    for layer, told in zip(made.layers, asked_query(folder, 1)["layers"], strict=True):
        values = layer.activations[1].float().numpy()
        assert told["least"] == pytest.approx(float(values.min()))
        assert told["most"] == pytest.approx(float(values.max()))
        assert len(told["values"]) == math.prod(told["shape"])
        span = told["most"] - told["least"]
        back = told["least"] + np.array(told["values"]) / 255 * span
        np.testing.assert_allclose(back, values.flatten(), atol=span / 255 + 1e-6)
        assert told["of"] == layer.shape[0]


def test_an_update_that_is_still_to_come_is_said_to_be(run, tmp_path):
    folder, _config = run
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    rows = [json.loads(line) for line in (copy / "metrics.jsonl").read_text().splitlines()]
    left = [json.dumps(row) for row in rows if row["step"] <= 9]
    (copy / "metrics.jsonl").write_text("\n".join(left) + "\n")
    (copy / "end.json").unlink(missing_ok=True)
    files.beat(copy, "paused", step=9)
    told, _ = asked(copy)
    assert not told["made"]
    assert told["recorded"] is None
    assert "has not made this update yet; it will find" in told["agreement"]
    files.end(copy, "stopped", "By hand.")
    told, _ = asked(copy)
    assert "ended before this update; it would have found" in told["agreement"]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (4e-5, "as the run recorded, but for"),  # another processor's way of adding up
        (0.01, "on cpu in float32, recorded"),
    ],
)
def test_what_the_run_recorded_otherwise_is_told(run, tmp_path, share, said):
    folder, _config = run
    copy = tmp_path / f"{folder.name}-otherwise"
    shutil.copytree(folder, copy)
    rows = [json.loads(line) for line in (copy / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        row["gradient_norm"] = row.get("gradient_norm", 1) * (1 + share)
    (copy / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    told, _ = asked(copy)
    assert told["recorded"]["differs"] == pytest.approx(share, rel=0.02)
    assert said in told["agreement"]


def test_every_recording_can_be_opened_at_its_first_update():
    for folder in [RECORDED / "example", *sorted(RECORDED.glob("live-*"))]:
        assert 0 in states.openable(folder)
        assert "as the run recorded" in asked(folder, 0)[0]["agreement"]
    told, _ = asked(RECORDED / "live-circle", 0)
    assert told["flat"]
    assert told["share"] == 1
    assert "unit circle" in told["said"]["3"]
