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


def ended_panel():
    import streamlit as st

    from web.checkpoints import work

    if st.button("Ask"):
        work.ask_anew("ended")
    for _ in range(2):  # as two panels of one page that ask the same
        said = work.answer_to(("ended", 1), st.session_state["slow"])
    st.markdown(said or "nothing")


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
@pytest.mark.parametrize("again", ["Begin again", "Ask"])
def test_work_that_was_cancelled_begins_when_it_is_asked_for_anew_and_not_before(again):
    calls = []

    def slow(job):
        calls.append(1)
        if len(calls) == 1:
            job.is_cancelled = True
        job.tell(1, 2)
        return "the answer"

    work.forget(("ended", 1))
    at = AppTest.from_function(ended_panel)
    at.session_state["slow"] = slow
    for _ in range(3):
        at.run()
        assert not at.exception and len(calls) == 1
        assert [one.value for one in at.caption] == ["Cancelled."]
        assert [one.label for one in at.button] == ["Ask", "Begin again"]
    next(one for one in at.button if one.label == again).click().run()
    assert not at.exception and len(calls) == 2
    assert at.markdown[0].value == "the answer" and not at.caption


@pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
def test_the_button_that_cancels_ends_the_work_and_keeps_it_ended():
    begun, go, calls = threading.Event(), threading.Event(), []

    def slow(job):
        calls.append(1)
        begun.set()
        go.wait(60)
        job.tell(1, 2)

    def script():
        import streamlit as st

        from web.checkpoints import work

        job = work.JOBS[("pressed", 1)]
        st.button("Cancel it", on_click=work._cancel, args=(job, ("pressed", 1)))
        if st.session_state.get("looks"):
            work.answer_to(("pressed", 1), st.session_state["slow"])

    job = work.job_of(("pressed", 1), slow)
    assert begun.wait(60)
    at = AppTest.from_function(script)
    at.session_state["slow"] = slow
    at.run()
    at.session_state["looks"] = True
    at.button[0].click().run()
    go.set()
    with pytest.raises(work.Cancelled):
        finished(job)
    at.run()
    assert not at.exception and len(calls) == 1
    assert [one.value for one in at.caption] == ["Cancelled."]
