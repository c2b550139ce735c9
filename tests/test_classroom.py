"""The room of a class: who is told what, and what of the answers leaves it."""

import threading

import pytest

from cacr_core.runs.shelf import RECORDED
from tests.classes import FOLLOWERS, ONE, OTHER, TEACHER, Seat, attend, class_here, say
from web.classroom import page
from web.shell import hosts, roles

__all__ = ["class_here"]
SEEN = {"run": "example", "view": {"query": 7, "colour": "pull"}, "moment": 300}
WORDS = {
    "type": "pose",
    "text": "Which loss collapses?",
    "run": None,
    "about": None,
    "options": [{"label": "this", "picture": None}, {"label": "that", "picture": None}],
    "right": 1,
}


def lead(room, page="live", **seen):
    say(room, Seat(), TEACHER, type="lead", page=page, **SEEN | seen)


def test_those_who_follow_are_told_where_the_teacher_is_and_others_are_not(class_here):
    follows, looks = attend(class_here, ONE), attend(class_here, OTHER, follows=False)
    class_here.open("live", {"run": "example", "step": "300"})
    lead(class_here)
    place = follows.last("place")
    assert (place["page"], place["address"]) == ("live", "run=example&step=300")
    assert place["seen"] == SEEN
    assert looks.last("place") is None
    say(class_here, looks, OTHER, type="attend", page="forces", follows=True)
    assert looks.last("place") == place


def test_who_comes_late_or_comes_back_is_told_at_once(class_here):
    class_here.open("compare", {"v": "1"})
    lead(class_here, page="compare")
    class_here.leave(attend(class_here, ONE))
    assert attend(class_here, ONE).last("place")["seen"] == SEEN


def test_what_a_view_of_another_page_said_is_not_said_of_this_one(class_here):
    follows = attend(class_here, ONE)
    class_here.open("live", {})
    lead(class_here)
    class_here.open("forces", {"v": "1"})
    assert follows.last("place")["seen"] is None
    lead(class_here, page="live", moment=5)  # of a tab that was left
    assert follows.last("place")["seen"] is None
    lead(class_here, page="forces", run=None, moment=None)
    assert follows.last("place")["seen"]["run"] is None


def test_of_two_tabs_of_the_teacher_the_one_that_was_changed_last_is_followed(class_here):
    follows, one, other = attend(class_here, ONE), Seat(), Seat()
    class_here.open("live", {})

    def lead_from(seat, moment):
        message = {"type": "lead", "page": "live", **SEEN, "moment": moment}
        say(class_here, seat, TEACHER, **message)
        return follows.last("place")["seen"]["moment"]

    assert lead_from(one, 1) == 1
    assert lead_from(other, 2) == 2
    assert lead_from(one, 1) == 2  # says it again, and nothing new
    assert lead_from(one, 3) == 3
    assert lead_from(other, 2) == 3
    class_here.leave(one)
    assert lead_from(other, 2) == 2


def test_a_tab_of_the_teacher_without_a_seat_brings_nobody_away_before_it_takes_one(class_here):
    follows = attend(class_here, ONE)
    class_here.open("live", {"preset": "collapse"}, "hidden")  # leads: no page was open before
    say(class_here, Seat(), TEACHER, type="attend", token="seen", page="forces", follows=False)
    class_here.open("forces", {"v": "1"}, "seen")
    assert follows.last("place")["page"] == "forces"
    class_here.open("live", {"preset": "collapse"}, "hidden")
    assert class_here.destination == ("forces", {"v": "1"})
    seat = Seat()
    say(class_here, seat, TEACHER, type="attend", token="hidden", page="live", follows=False)
    assert class_here.destination == ("live", {"preset": "collapse"})
    assert follows.last("place")["page"] == "live"
    class_here.leave(seat)
    class_here.open("compare", {}, "hidden")
    assert class_here.destination[0] == "live"


def test_the_tab_that_is_changed_last_brings_the_class_to_its_page(class_here):
    follows, back, works = attend(class_here, ONE), Seat(), Seat()
    attends = {"type": "attend", "follows": False}
    leads = {"type": "lead", "run": None, "view": {}}
    roles._tokens.update(back=TEACHER, works=TEACHER)
    say(class_here, works, TEACHER, token="works", page="forces", **attends)
    class_here.open("forces", {"v": "1"}, "works")
    class_here.open("live", {}, "back")  # a session anew, of a tab in the background
    say(class_here, back, TEACHER, token="back", page="live", **attends)  # at a glance
    say(class_here, back, TEACHER, token="back", page="live", moment=1, **leads)
    assert class_here.destination == ("live", {})
    say(class_here, works, TEACHER, token="works", page="forces", moment=1, **leads)
    assert class_here.destination == ("forces", {"v": "1"})
    told = follows.last("place")
    assert (told["page"], told["seen"]["moment"]) == ("forces", 1)
    say(class_here, works, TEACHER, token="works", page="live", moment=2, **leads)  # late
    say(class_here, back, TEACHER, token="back", page="live", moment=1, **leads)  # nothing new
    assert class_here.destination == ("forces", {"v": "1"})


def test_what_a_session_opened_that_has_gone_is_forgotten(class_here):
    roles._tokens.update(gone=TEACHER, here=TEACHER)
    class_here.open("live", {})
    class_here.open("forces", {}, "gone")
    roles._tokens.pop("gone")
    class_here.open("compare", {}, "here")
    assert (set(class_here._places), class_here._waiting) == ({"here"}, {"here"})


class SlowSeat(Seat):
    """Is told something late: what begins `meanwhile` may be told before."""

    def meet(self, meanwhile):
        self.meanwhile = threading.Thread(target=meanwhile)

    def post(self, message):
        if hasattr(self, "meanwhile") and self.meanwhile.ident is None:
            self.meanwhile.start()
            self.meanwhile.join(0.5)
        super().post(message)


def test_nobody_is_told_last_what_was_so_before(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    slow, one = SlowSeat(), attend(class_here, ONE)
    say(class_here, slow, OTHER, type="attend", page="live", follows=True)
    say(class_here, teacher, TEACHER, **WORDS)
    slow.meet(lambda: say(class_here, teacher, TEACHER, type="close", gone=False))
    say(class_here, one, ONE, type="choose", number=1, option=0)
    slow.meanwhile.join()
    assert [seat.last("class")["asked"]["is_open"] for seat in (slow, one)] == [False, False]
    slow.meet(lambda: class_here.open("forces", {}))
    class_here.open("compare", {})
    slow.meanwhile.join()
    assert slow.last("place")["page"] == class_here.destination[0] == "forces"


def test_what_is_said_again_is_not_told_again(class_here):
    follows = attend(class_here, ONE)
    class_here.open("live", {})
    seat = Seat()
    for _ in range(3):
        say(class_here, seat, TEACHER, type="lead", page="live", **SEEN)
    assert len([m for m in follows.told if m["type"] == "place"]) == 2  # one by the script


def test_the_page_that_shows_the_class_in_is_not_followed(class_here):
    class_here.open("live", {"run": "example"})
    class_here.open("class", {})
    assert class_here.destination == ("live", {"run": "example"})


def test_the_teacher_sees_how_many_follow_and_where_the_others_are(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    for person in FOLLOWERS[:5]:
        attend(class_here, person)
    away = [attend(class_here, person, "forces", follows=False) for person in FOLLOWERS[5:8]]
    standing = teacher.last("class")
    assert (standing["n"], standing["following"]) == (8, 5)
    assert standing["pages"] == {"forces": 3}
    assert "pages" not in away[0].last("class")
    class_here.leave(away[0])
    assert teacher.last("class")["pages"] == {"forces": 2}


def test_people_are_counted_and_not_their_tabs(class_here):
    teacher, again = (attend(class_here, TEACHER, follows=False) for _ in range(2))
    attend(class_here, ONE)
    elsewhere = attend(class_here, ONE, "forces", follows=False)
    for there in ("compare", "learn"):
        attend(class_here, OTHER, there, follows=False)
    standing = teacher.last("class")
    assert (standing["n"], standing["following"], standing["pages"]) == (2, 1, {"learn": 1})
    class_here.leave(elsewhere)
    assert again.last("class")["n"] == 2


def test_counts_are_for_the_teacher_until_the_question_is_closed(class_here):
    teacher, one = attend(class_here, TEACHER, follows=False), attend(class_here, ONE)
    other = attend(class_here, OTHER)
    say(class_here, teacher, TEACHER, **WORDS)
    say(class_here, one, ONE, type="choose", number=1, option=0)
    say(class_here, other, OTHER, type="choose", number=1, option=1)
    say(class_here, one, ONE, type="choose", number=1, option=1)  # another mind
    assert teacher.last("class")["asked"]["counts"] == [0, 2]
    told = one.last("class")["asked"]
    assert (told["counts"], told["right"], told["yours"], told["n_answers"]) == (None, None, 1, 2)
    say(class_here, teacher, TEACHER, type="close", gone=False)
    told = one.last("class")["asked"]
    assert (told["counts"], told["right"], told["is_open"]) == ([0, 2], 1, False)
    with pytest.raises(ValueError, match="No more answers"):
        say(class_here, one, ONE, type="choose", number=1, option=0)
    say(class_here, teacher, TEACHER, type="close", gone=True)
    assert one.last("class")["asked"] is None


def test_nothing_that_is_told_says_who_chose_what(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    say(class_here, teacher, TEACHER, **WORDS)
    for i, person in enumerate(FOLLOWERS[:6]):
        seat = attend(class_here, person)
        say(class_here, seat, person, type="choose", number=1, option=i % 2)
    say(class_here, teacher, TEACHER, type="close", gone=False)
    text = repr([teacher.told, seat.told])
    assert not any(person.id in text for person in FOLLOWERS)


def test_one_follower_has_one_answer_in_however_many_tabs(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    say(class_here, teacher, TEACHER, **WORDS)
    for option in (0, 1, 0):
        say(class_here, attend(class_here, ONE), ONE, type="choose", number=1, option=option)
    assert teacher.last("class")["asked"]["counts"] == [1, 0]


def test_who_has_answered_and_left_counts_among_those_who_could_answer(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    seats = {person: attend(class_here, person) for person in FOLLOWERS[:6]}
    say(class_here, teacher, TEACHER, **WORDS)
    for person in FOLLOWERS[:3]:
        say(class_here, seats[person], person, type="choose", number=1, option=0)
        class_here.leave(seats[person])
    standing = teacher.last("class")
    assert (standing["n"], standing["asked"]["n_answers"]) == (3, 3)
    assert standing["asked"]["n_asked"] == 6
    attend(class_here, ONE, follows=False)  # is back
    assert teacher.last("class")["asked"]["n_asked"] == 6


def test_images_of_a_question_lie_where_their_run_has_them(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    pictures = [{"label": "", "picture": {"probe": probe, "view": 2}} for probe in (3, 5)]
    images = WORDS | {"run": "example", "options": pictures, "about": {"probe": 1, "view": 0}}
    say(class_here, teacher, TEACHER, **images)
    sheet = teacher.last("class")["asked"]["sheet"]
    from cacr_core.runs import folder as files

    probes = files.read_json(RECORDED / "example" / "probes.json")
    assert sheet == {"run": "example", "n": probes["n"], "columns": probes["columns"]}


PICTURE = {"label": "", "picture": {"probe": 100_000, "view": 0}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"text": "  "}, "has 1 to 200 characters, got 0"),
        ({"text": "x" * 201}, "got 201"),
        ({"options": WORDS["options"][:1]}, "2 to 12 options, got 1"),
        ({"options": WORDS["options"] * 7}, "2 to 12 options, got 14"),
        ({"options": [{"label": "", "picture": None}] * 2}, "An option has an image or 1 to 80"),
        ({"right": 2}, "The right one is among 2 options, got 2"),
        ({"options": [PICTURE] * 2}, "the question names none"),
        ({"options": [PICTURE] * 2, "run": "example"}, "got 100000 and 0"),
        ({"options": [PICTURE] * 2, "run": "../../etc"}, "run"),
        ({"options": "all"}, "options should be list of Option"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(class_here, changed, said):
    with pytest.raises(ValueError, match=said):
        say(class_here, Seat(), TEACHER, **WORDS | changed)


def test_without_a_class_nothing_is_heard(class_here, monkeypatch):
    monkeypatch.delenv("CACR_CLASS")
    for person in (TEACHER, ONE):
        with pytest.raises(ValueError, match="no class here"):
            attend(class_here, person)


def test_a_class_has_so_many_seats(class_here, monkeypatch):
    monkeypatch.setattr("web.classroom.room.MOST_SEATS", 3)
    seats = [attend(class_here, person) for person in FOLLOWERS[:3]]
    with pytest.raises(ValueError, match="3 seats, and all are taken"):
        attend(class_here, FOLLOWERS[3])
    say(class_here, seats[0], ONE, type="attend", page="forces", follows=False)  # stays seated
    class_here.leave(seats[1])
    attend(class_here, FOLLOWERS[3])
    assert attend(class_here, TEACHER, follows=False).last("class")["n"] == 3


def test_what_the_teacher_allows_holds_until_it_is_taken_back(class_here):
    teacher = attend(class_here, TEACHER, follows=False)
    assert roles.refusal("start", ONE).startswith("Followers of this class may not start runs")
    say(class_here, teacher, TEACHER, type="allow", start=True)
    assert (roles.refusal("start", ONE), teacher.last("class")["may_start"]) == ("", True)
    assert roles.refusal("upload", ONE)
    say(class_here, teacher, TEACHER, type="allow", start=False)
    assert roles.refusal("start", ONE)


def test_what_the_server_was_started_to_allow_is_taken_back_too(class_here, monkeypatch):
    monkeypatch.setenv("CACR_VISITORS_MAY", "start, upload")
    teacher = attend(class_here, TEACHER, follows=False)
    assert (roles.refusal("start", ONE), teacher.last("class")["may_start"]) == ("", True)
    say(class_here, teacher, TEACHER, type="allow", start=False)
    assert roles.refusal("start", ONE) and not teacher.last("class")["may_start"]
    assert roles.visitors_may() == ("upload",)
    say(class_here, teacher, TEACHER, type="allow", start=True)
    assert roles.visitors_may() == ("start", "upload")


@pytest.mark.parametrize(
    ("came_by", "link"),
    [
        ("http://lab:8501/class?owner=x", "http://lab:8501/"),
        ("https://class.example/lab/class", "https://class.example/lab/"),
        ("https://class.example/lab/", "https://class.example/lab/"),
        ("http://localhost:8501/class", "http://10.0.0.7:8501/"),
        (None, "http://10.0.0.7:8501/"),
    ],
)
def test_the_address_to_hand_out_is_the_one_that_others_know(came_by, link, monkeypatch):
    monkeypatch.setattr(hosts, "address", lambda: "http://10.0.0.7:8501/")
    monkeypatch.setattr(page.st, "context", type("Context", (), {"url": came_by}))
    assert page.followers_link() == link
    assert page.code_of(link).startswith("data:image/svg+xml")
