"""Long work of a panel goes on when the panel is left, can be ended, and is kept."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from web.checkpoints import work


def finished(job):
    return job.future.result(timeout=60)


def test_a_question_asked_again_joins_the_work_that_runs():
    begun, go, calls = threading.Event(), threading.Event(), []

    def slow(job):
        calls.append(job)
        begun.set()
        go.wait(60)
        return 7

    first = work.job_of("a question", slow)
    assert begun.wait(60)
    assert work.job_of("a question", slow) is first
    go.set()
    assert finished(first) == 7 and work.job_of("a question", slow) is first
    assert len(calls) == 1
    work.forget("a question")
    again = work.job_of("a question", slow)
    assert again is not first and finished(again) == 7


def test_work_that_is_ended_stops_at_its_next_word_and_can_begin_again():
    begun, go = threading.Event(), threading.Event()

    def slow(job):
        job.tell(0, 10)
        begun.set()
        go.wait(60)
        job.tell(1, 10)
        return 7

    job = work.job_of("to be ended", slow)
    assert begun.wait(60)
    job.is_cancelled = True
    go.set()
    with pytest.raises(work.Cancelled):
        finished(job)
    assert finished(work.job_of("to be ended", slow)) == 7


def test_what_failed_is_tried_again_and_the_oldest_answers_leave(monkeypatch):
    monkeypatch.setattr(work, "MOST_KEPT", 2)
    calls = []

    def fails(job):
        calls.append(1)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            finished(work.job_of("fails", fails))
    assert len(calls) == 2
    for k in range(5):
        finished(work.job_of(("many", k), lambda job: 1))
    assert len(work.JOBS) <= 3 and ("many", 0) not in work.JOBS


def test_the_line_says_how_far_and_how_long():
    job = work.Job(done=10, total=40, words="images")
    job.began -= 20
    assert job.line == "10 of 40 images, 60 s left"


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
def test_the_page_waits_and_says_what_came():
    def script():
        import streamlit as st

        from web.checkpoints import work

        def slow(job):
            job.tell(1, 2)
            return "the answer"

        st.markdown(work.answer_to("of a page", slow))

    at = AppTest.from_function(script).run()
    assert not at.exception
    assert at.markdown[0].value == "the answer"
    assert not at.button
