import asyncio
import dataclasses
import json
import shutil
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from app import server
from cacr_core import runs
from cacr_core.layouts import SteadyPCA, framed, neighbour_agreement, procrustes
from cacr_core.layouts.process import Target, lay_out_run, read_layout
from cacr_core.presets import recording_of
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.worker import work
from cacr_core.scores.evenness import relative_spread
from cacr_core.training import TrainConfig
from tests.protocol import fits_to_browser
from web.live import layouts, readings
from web.live.describe import about_run
from web.live.film import Film
from web.live.frames import Maker
from web.socket.messages import pack, unpack

CONFIG = TrainConfig(
    dataset="digits", batch_size=16, n_steps=4, snapshot_every=2, n_probes=40, embedding_dim=8
)


@pytest.fixture(scope="module")
def shelf_folder(tmp_path_factory):
    shelf = tmp_path_factory.mktemp("shelf")
    for name, config in {
        "flat": CONFIG,
        "round": dataclasses.replace(CONFIG, embedding_dim=3),
    }.items():
        folder = shelf / name
        files.write_bytes(folder / "config.json", config.to_json().encode())
        assert work(folder) == "finished"
    lay_out_run(shelf / "flat")
    return shelf


@pytest.fixture(autouse=True)
def no_processes(shelf_folder, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(shelf_folder))
    monkeypatch.setattr(layouts, "lay_out", lambda folder, space: None)


class Browser:
    """The other end of a socket: says its lines, then listens until it has heard enough."""

    def __init__(self, *lines, enough, host="localhost:8501"):
        self.lines, self.enough = list(lines), enough
        self.headers = {"origin": f"http://{host}", "host": host}
        self.texts, self.frames, self.weights, self.raw = [], [], [], []
        self.closed = None

    async def accept(self):
        pass

    async def close(self, code, reason):
        self.closed = (code, reason)

    async def receive_text(self):
        if self.lines:
            line = self.lines.pop(0)
            return line if isinstance(line, str) else json.dumps(line)
        for _ in range(400):
            if self.enough(self):
                raise WebSocketDisconnect
            await asyncio.sleep(0.02)
        raise AssertionError(f"heard only {self.texts} and {len(self.frames)} frames")

    async def send_text(self, text):
        self.texts.append(json.loads(text))
        self.raw.append((self.texts[-1], b""))

    async def send_bytes(self, content):
        header, rest = unpacked(content)
        self.raw.append((header, rest))
        (self.frames if header["type"] == "frame" else self.weights).append((header, rest, content))

    def of_type(self, kind):
        return [text for text in self.texts if text["type"] == kind]


def unpacked(content):
    (length,) = struct.unpack_from("<I", content)
    assert (4 + length) % 4 == 0
    return unpack(content)


def talk(*lines, enough, **more):
    browser = Browser(*lines, enough=enough, **more)
    asyncio.run(server.socket(browser))
    for header, arrays in browser.raw:
        fits_to_browser(header, arrays)
    return browser


WATCH = {
    "type": "watch", "run": "flat", "space": "embeddings", "layout": "umap", "agreement": True,
}  # fmt: skip


def test_a_viewer_is_told_of_the_run_and_sent_every_frame_the_newest_first(shelf_folder):
    browser = talk(WATCH, enough=lambda b: len(b.frames) >= 4 and b.of_type("state"))
    run = browser.of_type("run")[0]
    assert (run["run"], run["n"], run["natural"]) == ("flat", 40, False)
    assert run["own_lens"]["name"] == "cacr"
    assert browser.of_type("state")[0]["state"] == "finished"
    newest, *others = [header["step"] for header, _, _ in browser.frames]
    assert newest == 4
    assert sorted(others) == [0, 1, 2]  # as they are made
    for header, rest, content in browser.frames:
        xy = np.frombuffer(rest, "<f4", 80).reshape(40, 2)
        stored, trust = read_layout(shelf_folder / "flat", "embeddings", header["step"])
        embeddings, _ = files.read_arrays(shelf_folder / "flat", header["step"])
        spread = relative_spread(embeddings[0])
        assert header["spread"] == pytest.approx(spread, abs=1e-4)
        np.testing.assert_array_equal(xy, framed(stored, spread))
        assert header["trust"] == pytest.approx(trust, abs=1e-3)
        labels = np.asarray(files.read_json(shelf_folder / "flat" / "probes.json")["labels"])
        agreement = np.frombuffer(rest, np.uint8, 40, 320)
        expected = neighbour_agreement(embeddings[0], labels)
        np.testing.assert_allclose(agreement / 255, expected, atol=0.01)
        assert len(content) < 30_000
    keys = {number["key"] for number in browser.frames[-1][0]["numbers"]}
    assert {"loss", "alignment", "uniformity", "entropy", "effective_rank", "speed"} <= keys


def test_a_small_number_reaches_the_page_with_its_digits():
    collapsed = RECORDED / recording_of("collapse")
    rows, about = list(files.read_metrics(collapsed)), about_run(collapsed)
    numbers = readings.read_all(rows, about)
    moments = SimpleNamespace(last=300, numbers=lambda *_: (numbers, None))
    run = SimpleNamespace(id="r", folder=collapsed, moments=moments, about=lambda: about)
    film = Film("embeddings", "pca", False, spreads={300: 0.0})
    message = Maker(run, film)._message(300, np.zeros((2, 2)), ("pca", 300, None))
    sent = {one["key"]: one["value"] for one in unpack(message)[0]["numbers"]}
    assert 0 < sent["alignment"] < 1e-4
    assert sent["alignment"] == pytest.approx(rows[-1]["alignment"], rel=1e-5)


@pytest.mark.parametrize(("asked", "first", "rest"), [(2, 2, [0, 1, 4]), (3, 2, [0, 1, 4])])
def test_the_frame_of_the_step_asked_for_comes_first_and_the_viewer_is_told_which(
    asked, first, rest
):
    for layout in ("umap", "pca"):
        watch = WATCH | {"layout": layout, "step": asked}
        browser = talk(watch, enough=lambda b: len(b.frames) >= 4)
        run = browser.of_type("run")[0]
        assert (run["asked"], run["at"]) == (asked, first)
        steps = [header["step"] for header, _, _ in browser.frames][:4]
        assert (steps[0], sorted(steps[1:])) == (first, rest)


def test_planes_in_order_are_a_chain_and_others_lie_near_what_was_looked_at(shelf_folder):
    folder = shelf_folder / "flat"
    points = {s: files.read_arrays(folder, s)[0][0] for s in files.snapshot_steps(folder)}
    chain, in_order = SteadyPCA(), Film("embeddings", "pca", False)
    for step, x in points.items():
        np.testing.assert_array_equal(in_order.plane(step, x), chain.layout(x))
    asked = Film("embeddings", "pca", False, first=2)
    assert asked.missing(list(points)) == [2, 1, 0, 4]
    planes = {step: asked.plane(step, points[step]) for step in asked.missing(list(points))}
    np.testing.assert_array_equal(planes[2], SteadyPCA().layout(points[2]))
    for step, near in [(1, 2), (0, 1), (4, 2)]:
        turned = procrustes(SteadyPCA().layout(points[step]), planes[near])
        np.testing.assert_array_equal(planes[step], turned)


def test_a_new_moment_is_made_before_those_that_nobody_looks_at():
    film = Film("embeddings", "pca", False, first=50, until=100)
    steps = list(range(0, 110, 10))
    assert film.missing(steps)[0] == 50
    film.positions[50] = np.zeros((1, 2))
    old = [40, 60, 30, 70, 20, 80, 10, 90, 0, 100]
    assert film.missing([*steps, 110, 120]) == [120, *old, 110]
    film.lost[120] = "damaged"
    assert film.missing([*steps, 110, 120]) == [*old, 110]
    assert Film("embeddings", "pca", False).missing(steps) == steps


def test_a_series_that_takes_long_holds_up_no_other(shelf_folder, monkeypatch):
    held, real = threading.Event(), SteadyPCA.layout

    def slow(self, x):
        held.wait(30)
        return real(self, x)

    folder = shutil.copytree(shelf_folder / "flat", shelf_folder / "busy")
    snapshot = list(files.read_snapshots(folder))[-1]
    monkeypatch.setattr(SteadyPCA, "layout", slow)

    async def both():
        one = Browser(WATCH | {"run": "busy", "layout": "pca"}, enough=lambda b: held.is_set())
        waits = asyncio.create_task(server.socket(one))
        while not one.of_type("run"):
            await asyncio.sleep(0.01)
        new = dataclasses.replace(snapshot, step=9)
        other = Browser(WATCH | {"run": "busy"}, enough=lambda b: 9 in steps(b))
        sees = asyncio.create_task(server.socket(other))
        while 4 not in steps(other):
            await asyncio.sleep(0.01)
        files.write_snapshot(folder, new)
        await sees
        assert not one.frames
        held.set()
        await waits

    def steps(browser):
        return {header["step"] for header, _, _ in browser.frames}

    try:
        asyncio.run(asyncio.wait_for(both(), 25))
    finally:
        held.set()


def test_agreement_of_neighbours_is_made_only_for_who_asks():
    browser = talk(WATCH | {"agreement": False}, enough=lambda b: len(b.frames) >= 4)
    header, rest, _ = browser.frames[0]
    assert not header["agreement"]
    assert len(rest) == 40 * 2 * 4


def test_a_sphere_is_sent_as_it_is(shelf_folder):
    browser = talk(WATCH | {"run": "round"}, enough=lambda b: len(b.frames) >= 4)
    header, rest, _ = browser.frames[0]
    assert (header["layout"], header["dims"]) == ("natural", 3)
    xyz = np.frombuffer(rest, "<f4", 120).reshape(40, 3)
    embeddings, _ = files.read_arrays(shelf_folder / "round", 4)
    np.testing.assert_allclose(xyz, embeddings[0], atol=1e-6)


def test_questions_are_answered_with_their_number():
    ask = {"type": "ask", "step": 4, "probe": 3, "view": 0, "group": "probes"}
    browser = talk(
        WATCH,
        ask | {"id": 1, "what": "weights"},
        ask | {"id": 2, "what": "query"},
        enough=lambda b: b.weights and b.of_type("answer"),
    )
    header, rest, _ = browser.weights[0]
    assert header["id"] == 1
    weight = np.frombuffer(rest, "<f4", 40)
    assert np.isnan(weight[3])
    assert np.delete(weight, 3).mean() == pytest.approx(1, abs=1e-5)
    assert browser.of_type("answer")[0]["id"] == 2


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("nonsense", "JSON"),
        ("[1]", "object"),
        ("[" * 3000, "JSON"),
        ('{"type": "shout"}', "shout"),
        ("x" * 5000, "4096"),
        ({"type": "watch", "run": "../../etc"}, "no run called"),
        (WATCH | {"space": "outer"}, "outer"),
        (WATCH | {"step": -1}, "-1"),
        (WATCH | {"step": "last"}, "last"),
        ({"type": "ask", "id": 9, "what": "weights"}, "Watch a run first"),
    ],
)
def test_nonsense_is_answered_with_a_sentence_and_the_socket_goes_on(line, word):
    browser = talk(line, WATCH, enough=lambda b: len(b.frames) >= 4)
    assert word in browser.of_type("error")[0]["message"]


def test_a_bad_question_carries_its_number_back():
    ask = {"type": "ask", "id": 5, "what": "weights", "step": 4, "probe": 99, "view": 0}
    browser = talk(WATCH, ask, enough=lambda b: b.of_type("error"))
    assert browser.of_type("error")[0]["id"] == 5
    assert "99" in browser.of_type("error")[0]["message"]


def test_two_viewers_share_one_watcher_and_one_leaving_harms_nobody():
    async def both():
        first = Browser(WATCH, enough=lambda b: len(b.frames) >= 4)
        second = Browser("rubbish", WATCH, enough=lambda b: len(b.frames) >= 4)
        await asyncio.gather(server.socket(first), server.socket(second))
        return first, second

    first, second = asyncio.run(both())
    assert [f[2] for f in first.frames] == [f[2] for f in second.frames]
    assert len([f for f in server.registry.watchers if f.name == "flat"]) == 1


def test_messages_start_their_arrays_at_a_multiple_of_four():
    for word in ("a", "ab", "abc", "abcd"):
        content = pack({"word": word}, np.arange(3, dtype="<f4"))
        header, rest = unpacked(content)
        assert header == {"word": word}
        np.testing.assert_array_equal(np.frombuffer(rest, "<f4"), [0, 1, 2])


def test_frames_of_2000_points_stay_below_30_kilobytes():
    numbers = [{"key": "x" * 10, "sentence": "y" * 100, "text": "z" * 20}] * 9
    content = pack({"numbers": numbers}, np.zeros((2000, 2), "<f4"), np.zeros(2000, np.uint8))
    assert len(content) < 30_000


def test_an_ended_run_without_layouts_gets_all_of_them(shelf_folder):
    folder = shelf_folder / "round"
    target = Target(folder, "features")
    n_made = 0
    while target.advance():
        n_made += 1
    assert n_made == 4
    assert not Target(folder, "features").advance()


# --- what may be asked of a run over the socket


@pytest.fixture
def own(shelf_folder):
    """A run that seems to be at work, whatever is asked of it."""
    folder = shelf_folder / "own"
    files.write_bytes(folder / "config.json", CONFIG.to_json().encode())
    files.beat(folder, "running")
    yield folder
    shutil.rmtree(folder)


def asked_of(folder, act, **more):
    message = {"type": "control", "act": act, "run": "own"} | more
    watch = WATCH | {"run": folder.name}
    heard = talk(watch, message, enough=lambda b: b.of_type("state") or refusals(b))
    return refusals(heard)


def refusals(browser):
    return [error["message"] for error in browser.of_type("error") if error.get("of") == "control"]


def test_a_run_is_paused_stepped_resumed_and_stopped_by_who_watches_it(own):
    asked_of(own, "pause")
    assert files.control(own)["wanted"] == "pause"
    files.beat(own, "paused")
    for n in (1, 2):
        asked_of(own, "step")
        assert files.control(own) == {"wanted": "pause", "speed": None, "steps": n}
    asked_of(own, "resume")
    assert files.control(own)["wanted"] == "run"
    asked_of(own, "stop")
    assert files.control(own)["wanted"] == "stop"


def test_many_steps_asked_for_at_once_are_all_kept(own):
    files.beat(own, "paused")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(files.request_step, [own] * 40))
    assert files.control(own)["steps"] == 40


def test_a_stopped_run_is_gone_on_with(own, monkeypatch):
    resumed = []
    monkeypatch.setattr(runs, "resume", resumed.append)
    files.end(own, "stopped", "")
    asked_of(own, "resume")
    assert resumed == [own]


@pytest.mark.parametrize(
    ("state", "message", "word"),
    [
        ("running", {"act": "explode"}, "explode"),
        ("running", {"act": ["stop"]}, "stop"),
        ("running", {"act": None}, "None"),
        ("running", {"act": "stop", "run": "flat"}, "own is watched"),
        ("running", {"act": "stop", "run": None}, "own is watched"),
        ("running", {"act": "resume"}, "paused, stopped, lost or failed"),
        ("paused", {"act": "pause"}, "waiting or running"),
    ],
)
def test_what_cannot_be_asked_of_a_run_is_refused_with_a_sentence(own, state, message, word):
    files.beat(own, state)
    (sentence,) = asked_of(own, **message)
    assert word in sentence
    assert files.control(own)["wanted"] == "run"


def test_nothing_is_asked_of_a_run_that_nobody_watches_nor_of_a_recorded_one(own, monkeypatch):
    stop = {"type": "control", "act": "stop", "run": "own"}
    (sentence,) = refusals(talk(stop, enough=refusals))
    assert "Watch a run first" in sentence
    monkeypatch.setattr(shelf, "RECORDED", own.parent)
    (sentence,) = asked_of(own, "stop")
    assert "recorded" in sentence
    assert files.control(own)["wanted"] == "run"
