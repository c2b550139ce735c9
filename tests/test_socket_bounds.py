"""One viewer is heard, answered and told in bounds, and whoever is beyond them is told so."""

import asyncio
import inspect
import threading
import time

import pytest
from starlette.websockets import WebSocketDisconnect

from app import server
from cacr_core.runs import shelf
from tests.test_channel import (  # noqa: F401
    WATCH,
    Browser,
    no_processes,
    shelf_folder,
    talk,
)
from web.live.watch import Watcher
from web.socket import bounds, crowd, viewer
from web.socket import server as serving
from web.socket.bounds import Pace, Threads


def test_a_viewer_is_heard_at_once_after_a_rest_and_then_at_its_pace(monkeypatch):
    clock = [100.0]
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(bounds.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(bounds.asyncio, "sleep", sleep)

    async def speak(n):
        waits.clear()
        for _ in range(n):
            await pace.wait()
        return sum(waits)

    pace = Pace()
    assert asyncio.run(speak(int(bounds.AT_ONCE))) == 0
    assert asyncio.run(speak(600)) == pytest.approx(600 / bounds.PER_SECOND)
    clock[0] += 1000
    assert asyncio.run(speak(int(bounds.AT_ONCE))) == 0


def test_work_that_nobody_waits_for_any_more_still_counts_until_it_is_done():
    at_once, most, gate = [0], [0], threading.Event()

    def work():
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        gate.wait(20)
        at_once[0] -= 1

    async def ask():
        threads = Threads()
        for _ in range(30):
            task = asyncio.create_task(threads.do(work))
            await asyncio.sleep(0.01)
            task.cancel()
        gate.set()
        return await threads.do(lambda: "next")

    assert asyncio.run(ask()) == "next"
    assert most[0] == bounds.IN_THREADS


def test_work_is_followed_by_a_rest_and_the_next_question_goes_beside_it(monkeypatch):
    monkeypatch.setattr(bounds, "RESTS", 1e9)
    monkeypatch.setattr(bounds, "LONGEST_REST", 0.05)

    async def ask():
        threads = Threads()
        first = await threads.do(lambda: "first")
        resting = bounds.IN_THREADS - threads._free._value
        second = await threads.do(lambda: "second")
        third = await threads.do(lambda: "third")  # once the first has rested
        return first, resting, second, third

    assert asyncio.run(asyncio.wait_for(ask(), 20)) == ("first", 1, "second", "third")


def test_of_a_flood_of_questions_few_are_worked_at_and_all_are_answered(monkeypatch):
    at_once, most = [0], [0]
    channel = server.registry.channels[0]

    def answer(question):
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.02)
        at_once[0] -= 1
        return {"type": "answer"} | question.known

    slow = channel._replace(answer=answer)
    monkeypatch.setattr(server.registry, "channels", (slow, *server.registry.channels[1:]))
    questions = [
        {"type": "ask", "id": n, "what": "query", "step": 4, "probe": 0, "view": 0}
        for n in range(100)
    ]
    browser = Browser(
        WATCH, *questions, enough=lambda b: len(b.of_type("answer") + b.of_type("error")) >= 100
    )
    asyncio.run(server.socket(browser))
    refused = browser.of_type("error")
    assert {m["id"] for m in browser.of_type("answer") + refused} == set(range(100))
    assert refused and all("questions may wait at once" in m["message"] for m in refused)
    assert most[0] <= bounds.IN_THREADS


class Unread(Browser):
    """It takes what is sent to it no more, and says nothing."""

    async def send_text(self, text):
        await asyncio.Event().wait()

    async def receive_text(self):
        if self.lines:
            return await super().receive_text()
        return await asyncio.Event().wait()

    async def close(self, code=1000, reason=""):
        await asyncio.Event().wait()

    async def receive(self):
        self.was_counted = len(server.crowd)
        return {"type": "websocket.disconnect"}


def test_who_reads_nothing_is_served_no_more_and_counts_until_it_is_gone(monkeypatch):
    monkeypatch.setattr(viewer, "SENT_WITHIN", 0.2)
    monkeypatch.setattr(serving, "CLOSED_WITHIN", 0.1)
    browser = Unread(WATCH, enough=lambda b: False)
    before = len(server.crowd)
    asyncio.run(asyncio.wait_for(server.socket(browser), 20))
    assert browser.was_counted == before + 1
    assert len(server.crowd) == before
    watcher = next(w for f, w in server.registry.watchers.items() if f.name == "flat")
    assert not watcher.audience._viewers


def test_a_view_more_than_there_may_be_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr(crowd, "MOST", len(server.crowd))
    browser = Browser(WATCH, enough=lambda b: False)
    asyncio.run(server.socket(browser))
    (told,) = browser.texts
    assert told["type"] == "refused" and "all there may be" in told["message"]
    assert told["again"] is True
    assert browser.closed[0] == 1013
    monkeypatch.undo()
    assert talk("{}", enough=lambda b: b.of_type("error")).closed is None


def test_a_browser_that_goes_while_it_is_told_ends_its_viewer_alone():
    class Leaves(Browser):
        async def send_text(self, text):
            raise WebSocketDisconnect

    browser = Leaves("rubbish", enough=lambda b: True)
    before = len(server.crowd)
    asyncio.run(asyncio.wait_for(server.socket(browser), 20))
    assert len(server.crowd) == before


def asked(monkeypatch, answer):
    """What a browser is told that asks one question, which is answered so."""
    watcher = server.registry.watcher_of(shelf.find("flat"))
    channel = server.registry.shown_by[watcher]._replace(answer=answer)
    monkeypatch.setitem(server.registry.shown_by, watcher, channel)
    ask = {"type": "ask", "id": 7, "what": "query", "step": 4, "probe": 0, "view": 0}
    return talk(WATCH, ask, enough=lambda b: b.of_type("error") + b.of_type("answer"))


@pytest.mark.parametrize("error", [RuntimeError("no memory"), NotImplementedError(), KeyError(1)])
def test_whatever_fails_while_a_question_is_answered_is_said(monkeypatch, error):
    def answer(question):
        raise error

    (told,) = asked(monkeypatch, answer).of_type("error")
    assert told["id"] == 7 and type(error).__name__ in told["message"]


def test_a_number_that_no_browser_can_read_is_not_sent_but_said(monkeypatch):
    told = asked(monkeypatch, lambda q: {"type": "answer", "id": 7, "force": float("nan")})
    assert not told.of_type("answer")
    assert "not finite" in told.of_type("error")[0]["message"]


def test_news_that_cannot_be_told_hold_up_no_later_ones(monkeypatch):
    since, failed = Watcher.frames_since, []

    def frames_since(self, *series):
        if not failed:
            failed.append(True)
            raise RuntimeError("no memory")
        return since(self, *series)

    class AsksAgain(Browser):
        async def receive_text(self):
            while len(self.lines) == 1 and not self.of_type("error"):
                await asyncio.sleep(0.02)
            return await super().receive_text()

    monkeypatch.setattr(Watcher, "frames_since", frames_since)
    browser = AsksAgain(WATCH, WATCH, enough=lambda b: b.frames)
    asyncio.run(asyncio.wait_for(server.socket(browser), 20))
    assert "RuntimeError" in browser.of_type("error")[0]["message"]


@pytest.mark.parametrize("word", ["hear", "control"])
def test_what_fails_while_a_browser_is_heard_leaves_it_connected(monkeypatch, word):
    def fails(*_):
        raise RuntimeError("can't start new thread")

    if word == "hear":
        monkeypatch.setattr(viewer, "_checked_watch", fails)
        lines = [WATCH]
    else:
        monkeypatch.setattr(viewer.control, "obey", fails)
        lines = [WATCH, {"type": "control", "act": "pause", "run": "flat"}]
    told = talk(*lines, "nonsense", enough=lambda b: len(b.of_type("error")) >= 2)
    sentences = [message["message"] for message in told.of_type("error")]
    assert any("RuntimeError" in one for one in sentences)
    assert any("JSON" in one for one in sentences)


def test_who_leaves_before_an_answer_began_leaves_nothing_unawaited():
    async def work():
        raise AssertionError

    async def leave():
        coroutine = work()
        one = viewer.Viewer.__new__(viewer.Viewer)
        one.tasks = set()
        task = one._begin(1, coroutine)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)
        return inspect.getcoroutinestate(coroutine)

    assert asyncio.run(leave()) == inspect.CORO_CLOSED
