"""A run that is waited for is seen when it comes, by however many; a watcher is made once."""

import shutil
import threading
import time

import pytest

from app import server
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig
from tests.test_channel import WATCH, talk
from tests.tiny_run import wait_for
from web.live import layouts
from web.live.watch import Watcher
from web.socket import audience

TINY = TrainConfig(
    dataset="digits", batch_size=12, n_steps=2, snapshot_every=2, n_probes=24, embedding_dim=4
)


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A run's folder, beside the shelf."""
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "shelf"))
    monkeypatch.setattr(layouts, "lay_out", lambda folder, space: None)
    folder = tmp_path / "whole"
    files.write_bytes(folder / "config.json", TINY.to_json().encode())
    assert work(folder) == "finished"
    return folder


def test_a_run_that_waited_longer_than_a_farewell_is_shown_when_it_comes(
    whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(audience, "FAREWELL", 0.3)
    folder = tmp_path / "shelf" / "flat"
    files.write_bytes(folder / "config.json", TINY.to_json().encode())
    files.beat(folder, "waiting", step=0)

    def come():
        time.sleep(1.5)  # five farewells
        shutil.copytree(whole, folder, dirs_exist_ok=True)

    comes = threading.Thread(target=come)
    comes.start()
    browser = talk(WATCH | {"layout": "pca"}, enough=lambda b: len(b.frames) >= 2)
    comes.join()
    assert {header["step"] for header, _, _ in browser.frames} <= set(files.snapshot_steps(whole))


def test_viewers_that_come_at_once_share_one_watcher(monkeypatch):
    registry = server.registry
    folder, made = RECORDED / "example", []
    channel = registry.channel_of(folder)
    slow = channel.watcher

    def watcher(folder):
        time.sleep(0.05)  # all have looked before one is there
        made.append(slow(folder))
        return made[-1]

    monkeypatch.setattr(type(channel), "watcher", staticmethod(watcher), raising=False)
    registry.watchers.pop(folder, None)
    found = []
    together = threading.Barrier(6)

    def come():
        together.wait()
        found.append(registry.watcher_of(folder))

    viewers = [threading.Thread(target=come) for _ in range(6)]
    for one in viewers:
        one.start()
    for one in viewers:
        one.join()
    assert len(set(found)) == 1 and found[0] is registry.watchers[folder]
    assert [one.is_alive for one in made].count(True) == 1


def test_who_asks_for_a_watcher_is_waited_for_as_one_who_has_left():
    registry, folder = server.registry, RECORDED / "example"
    watcher = registry.watcher_of(folder)
    watcher.audience._deserted = time.monotonic() - audience.FAREWELL + 5
    assert registry.watcher_of(folder) is watcher and watcher.is_alive
    assert time.monotonic() - watcher.audience._deserted < 1


def test_a_watcher_that_ended_while_it_was_opened_is_begun_again_by_who_joins(whole, monkeypatch):
    shutil.copytree(whole, whole.parent / "shelf" / "flat")
    monkeypatch.setattr(audience, "FAREWELL", 0.2)
    plain, ended = Watcher.open, []

    def slow(self, asked):
        if not ended:
            wait_for(lambda: not self.is_alive)  # as when torch is loaded meanwhile
            ended.append(self)
        return plain(self, asked)

    monkeypatch.setattr(Watcher, "open", slow)
    browser = talk(WATCH | {"layout": "pca"}, enough=lambda b: len(b.frames) >= 2)
    assert ended and len(browser.frames) >= 2
