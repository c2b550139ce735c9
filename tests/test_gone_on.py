"""What is seen of a run that is gone on with: of moments that it comes to again, the new ones."""

import asyncio
import dataclasses
import os
import shutil
import time

import pytest

from app import server
from cacr_core.layouts.stored import layout_path
from cacr_core.runs import folder as files
from cacr_core.runs.worker import work
from tests.damaged import without_threads
from tests.test_channel import CONFIG, WATCH, Browser
from web.live import layouts
from web.live.channel import answer
from web.live.frames import Maker
from web.live.watch import Watcher
from web.socket.messages import unpack
from web.socket.registry import Question

SERIES = ("embeddings", "pca", True)
ASK = {"what": "query", "step": 4, "probe": 3, "view": 0, "group": "probes"}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A run, and one of other arithmetic in its stead: of another seed."""
    shelf = tmp_path_factory.mktemp("two")
    for name, seed in {"one": 0, "other": 1}.items():
        config = dataclasses.replace(CONFIG, seed=seed)
        files.write_bytes(shelf / name / "config.json", config.to_json().encode())
        assert work(shelf / name) == "finished"
    return shelf / "one", shelf / "other"


@pytest.fixture
def watched(two, tmp_path, monkeypatch):
    """The run seen to its end, and how it is looked at from then on."""
    without_threads(monkeypatch)
    folder = shutil.copytree(two[0], tmp_path / "run")
    watcher = Watcher(folder, lambda run, space: None)
    watcher.series("embeddings", "pca", True, 4)
    return watcher


def look(watcher):
    """All that one look brings; the loss of each frame."""
    watcher.look()
    film = watcher.films[SERIES]
    watcher.drop_again(film)
    for step in film.missing(watcher.moments.steps):
        Maker(watcher, film)._make(step)
    headers = [unpack(message)[0] for _, message in film.frames.values()]
    return {
        header["step"]: number["value"]
        for header in headers
        for number in header["numbers"]
        if number["key"] == "loss"
    }


def resume(folder):
    os.utime(folder / "config.json", (time.time() + 1, time.time() + 1))


def come_to(folder, other, steps):
    """The run makes these steps again, as another would."""
    rows = (other / "metrics.jsonl").read_text().splitlines(keepends=True)
    by_step = dict(zip(files.snapshot_steps(other), rows, strict=True))
    for step in steps:
        shutil.copy(files.snapshot_path(other, step), files.snapshot_path(folder, step))
        with (folder / "metrics.jsonl").open("a") as file:
            file.write(by_step[step])


def losses(folder):
    found = {row["step"]: float(f"{row['loss']:.6g}") for row in files.read_metrics(folder)}
    return {step: found[step] for step in files.snapshot_steps(folder)}


def test_a_frame_is_made_anew_once_the_run_has_come_to_its_step_again(watched, two):
    before = look(watched)
    assert before == losses(two[0])
    version, _ = watched.frames_since(SERIES, 0)
    resume(watched.folder)
    come_to(watched.folder, two[1], [2, 4])
    after = look(watched)
    assert after == losses(two[0]) | {step: losses(two[1])[step] for step in (2, 4)}
    assert after[4] != before[4]
    _, sent = watched.frames_since(SERIES, version)
    assert sorted(unpack(message)[0]["step"] for message in sent) == [2, 4]


@pytest.mark.parametrize("space", ["embeddings", "features"])
def test_an_answer_is_of_the_snapshot_that_is_there(watched, two, space):
    series = (space, "pca", True)
    watched.series(*series)
    ask = lambda run: answer(Question(ASK, run, series))["negatives"]  # noqa: E731
    watched.look()
    before = ask(watched)
    resume(watched.folder)
    assert ask(watched) == before, "it has not come to that step again"
    come_to(watched.folder, two[1], [4])
    watched.look()
    fresh = Watcher(watched.folder, lambda run, space: None)
    fresh.series(*series)
    assert ask(watched) == ask(fresh) != before


def test_views_a_second_name_the_device_that_the_run_is_on(watched):
    def named():
        watched.look()
        numbers = watched.moments.numbers(4, watched.about()).readings
        return next(one.chance for one in numbers if one.key == "speed")

    assert "cpu" in named()
    run = files.read_json(watched.folder / "run.json")
    stretches = [*run["stretches"], {"step": 2, "device": "cuda", "precision": "bfloat16"}]
    moved = {"device": "cuda", "device_name": "H200", "precision": "bfloat16"}
    files.write_json(watched.folder / "run.json", run | moved | {"stretches": stretches})
    assert named() == watched._describe()["device"]
    assert named().startswith("cuda (H200), bfloat16; cpu, ")


def test_who_watches_a_run_that_ended_before_it_began_sees_it_once_it_is_gone_on_with(
    two, tmp_path, monkeypatch
):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    monkeypatch.setattr(layouts, "lay_out", lambda folder, space: None)
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(two[0] / "config.json", folder)
    files.end(folder, "stopped", "Stopped while it waited for its turn.")

    def refused(browser):
        return [error["message"] for error in browser.of_type("error")]

    def goes_on(browser):
        if refused(browser) and not browser.of_type("run"):
            shutil.copytree(two[0], folder, dirs_exist_ok=True)
        return bool(browser.frames)

    browser = Browser(WATCH | {"run": "run"}, enough=goes_on)
    asyncio.run(server.socket(browser))
    assert browser.of_type("run")[0]["run"] == "run"
    assert refused(browser) == [
        "This run ended before its first snapshot. Stopped while it waited for its turn."
    ]


def test_a_question_of_a_run_that_ended_before_it_began_is_answered_by_a_sentence(
    two, tmp_path, monkeypatch
):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(two[0] / "config.json", folder)
    files.end(folder, "stopped", "Stopped while it waited for its turn.")
    asked = {"type": "ask", "id": 1, "what": "inside", "step": 0}
    answered = lambda browser: [m for m in browser.of_type("error") if m["id"] == 1]  # noqa: E731
    browser = Browser(WATCH | {"run": "run"}, asked, enough=answered)
    asyncio.run(server.socket(browser))
    assert [m["message"] for m in answered(browser)] == ["There is no run to ask about."]


def test_of_a_moment_that_a_run_comes_to_again_the_old_layout_is_gone(two, tmp_path):
    folder = shutil.copytree(two[0], tmp_path / "run")
    for space in ("embeddings", "features"):
        for step in (2, 4):
            files.write_bytes(layout_path(folder, space, step), b"of before")
    files.write_arrays(folder, files.read_snapshot(two[1], 4))
    left = sorted(path.name for path in (folder / "layouts").iterdir())
    assert left == [layout_path(folder, space, 2).name for space in ("embeddings", "features")]
