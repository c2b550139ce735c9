"""A class in real browsers: a teacher, and followers at a desk and on a phone."""

import pytest

from tests.browser import axe
from tests.browser.conftest import SMALL, Live, Server, wait_for
from tests.browser.looks import apart, seen_as
from tests.browser.test_loading import SHIFTS

SECRET = "sesame"
SERVED = ("--server.address", "0.0.0.0", "--browser.serverAddress", "127.0.0.1")
HAS = {"CACR_SERVED": "1", "CACR_CLASS": "1", "CACR_OWNER_SECRET": SECRET}
AT_REST = '[data-test-script-state="notRunning"]'


@pytest.fixture(scope="module")
def class_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("class"), options=SERVED, settings=HAS)
    yield server
    server.close()


@pytest.fixture
def people(visitors, class_server):
    """Tabs of different people."""
    with visitors.visit(Live, class_server) as person:
        yield person
        class_server.end_runs()


def teach(person, **params):
    """A teacher, on the live page."""
    teacher = person()
    teacher.open(owner=SECRET, **params)
    wait_for(lambda: words(teacher) != "")
    return teacher


def words(one):
    return one.page.locator(".class-bar .words").inner_text()


def shows(one):
    """What a live page shows: run, moment, query, colour."""
    colour = one.page.locator('.tools select[aria-label="Colour"], .tools .field select').first
    hero = one.page.locator(".query input").first
    return one.data("run"), one.data("step"), hero.input_value(), colour.input_value()


def go(one, page):
    one.page.get_by_role("link", name=page, exact=True).first.click()


def test_followers_see_run_moment_query_colour_and_page_and_come_back_after_a_reload(people):
    teacher = teach(people, step=300)
    desk = people(color_scheme="dark").open()
    phone = people(390, 800, has_touch=True).open()
    wait_for(lambda: words(teacher) == "2 follow you")
    teacher.page.locator(".tools .field select").first.select_option("pull")
    teacher.cloud.focus()
    teacher.page.keyboard.press("ArrowLeft")
    at = teacher.point(37)
    teacher.page.mouse.move(*at)
    teacher.click()
    wait_for(lambda: shows(teacher)[3] == "pull" and shows(teacher)[1] != "300")
    for one in (desk, phone):
        wait_for(lambda one=one: shows(one) == shows(teacher))
    desk.page.reload()
    desk.page.wait_for_selector('[data-testid="cloud"]')
    wait_for(lambda: shows(desk) == shows(teacher))
    go(teacher, "Forces")
    for one in (desk, phone):
        one.page.wait_for_selector('[data-testid="forces"]', timeout=60_000)
    go(teacher, "Class")  # is for newcomers: those who follow stay where they are
    teacher.page.wait_for_selector(".cacr-classroom .code")
    go(teacher, "Live")
    for one in (desk, phone):
        one.page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
    wait_for(lambda: shows(phone) == shows(teacher))


def test_a_board_and_the_moment_of_a_comparison_are_followed(people):
    teacher = teach(people)
    desk = people().open()
    wait_for(lambda: words(teacher) == "1 follows you")
    go(teacher, "Forces")
    for one in (teacher, desk):
        one.page.wait_for_selector('[data-testid="forces"]', timeout=60_000)
        wait_for(lambda one=one: places(one))
    wait_for(lambda: places(desk) == places(teacher))
    before = places(teacher)
    teacher.page.locator('.mark[data-mark="n0"]').first.focus()
    for _ in range(3):
        teacher.page.keyboard.press("Shift+ArrowRight")
    wait_for(lambda: places(teacher) != before and places(desk) == places(teacher))
    wait_for(lambda: negatives(teacher) and negatives(desk) == negatives(teacher))
    desk.page.wait_for_timeout(1_000)  # and is not brought away by its own address
    assert words(teacher) == "1 follows you" and places(desk) == places(teacher)
    go(teacher, "Compare")
    for one in (teacher, desk):
        one.page.wait_for_selector(".cacr-compare .cloud", timeout=60_000)
    slider = teacher.page.locator(".transport input[type=range]")
    wait_for(lambda: slider.is_enabled() and at_step(desk) == at_step(teacher))
    slider.focus()
    was = at_step(teacher)

    def gone_back():  # a recording may still play on: pressed until it stands at another moment
        teacher.page.keyboard.press("ArrowLeft")
        return at_step(teacher) != was and at_step(desk) == at_step(teacher)

    wait_for(gone_back)
    assert words(teacher) == "1 follows you"


def test_a_page_without_a_view_is_followed_by_its_address(people):
    teacher = teach(people)
    desk = people().open()
    wait_for(lambda: words(teacher) == "1 follows you")
    go(teacher, "Checkpoints")
    for one in (teacher, desk):
        wait_for(lambda one=one: "/checkpoints?" in one.url(), timeout=120)
    for name, panel in (("Inside", "inside"), ("What it is", "card")):
        teacher.page.wait_for_selector(AT_REST)
        teacher.page.get_by_role("radio", name=name).first.click()
        key = f"panel={panel}"
        wait_for(lambda key=key: key in teacher.url() and key in desk.url(), timeout=120)
    assert words(teacher) == "1 follows you"
    desk.page.wait_for_selector(AT_REST)  # a touch while the page is being brought may be undone
    desk.page.get_by_role("radio", name="Inside").first.click()
    wait_for(lambda: words(teacher) == "0 follow you, 1 looks around: 1 on Checkpoints")


def test_nothing_jumps_while_the_page_of_a_class_loads(people):
    teacher = people()
    teacher.page.add_init_script(SHIFTS)
    teacher.page.goto(f"{teacher.server.url}class?owner={SECRET}")
    teacher.page.wait_for_selector(".cacr-classroom .code", timeout=60_000)
    teacher.page.wait_for_timeout(1_500)  # what comes after the first view
    assert teacher.page.evaluate("window.shifted") < 0.1


def places(one):
    """Where the marks of a board stand, as its table says."""
    return one.page.locator(".side-place .mark-row").all_inner_texts()


def negatives(one):
    """Where the negatives are as Python knows them, which writes the address."""
    return one.page.evaluate("new URLSearchParams(location.search).get('n')")


def at_step(one):
    return one.page.locator(".transport .step").inner_text()


def test_a_run_that_the_teacher_starts_is_followed_and_obeys_nobody_else(people, class_server):
    teacher = teach(people)
    desk = people().open()
    wait_for(lambda: words(teacher) == "1 follows you")
    folder = teacher.start(**SMALL)
    wait_for(lambda: desk.data("run") == folder.name)
    wait_for(lambda: desk.step() >= 5)
    for name in ("Start", "Pause", "Stop", "Reset"):
        assert desk.button(name).is_disabled()


def test_who_looks_around_is_left_alone_until_they_follow_again(people):
    teacher = teach(people, step=300)
    desk = people().open()
    wait_for(lambda: shows(desk) == shows(teacher))
    desk.cloud.focus()
    desk.page.keyboard.press("ArrowLeft")
    wait_for(lambda: "on your own" in words(desk))
    wait_for(lambda: words(teacher) == "0 follow you, 1 looks around: 1 on Live")
    mine = shows(desk)
    teacher.cloud.focus()
    teacher.page.keyboard.press("ArrowRight")
    wait_for(lambda: shows(teacher)[1] != "300")
    assert shows(desk) == mine
    go(desk, "Forces")
    desk.page.wait_for_selector('[data-testid="forces"]', timeout=60_000)
    wait_for(lambda: "1 on Forces" in words(teacher))
    desk.button("Follow the teacher").click()
    desk.page.wait_for_selector('[data-testid="cloud"]', timeout=60_000)
    wait_for(lambda: shows(desk) == shows(teacher))
    assert words(teacher) == "1 follows you"


def test_a_question_is_answered_on_the_images_and_counted(people):
    teacher = teach(people, step=300)
    desk, phone = people().open(), people(390, 800, has_touch=True).open()
    wait_for(lambda: words(teacher) == "2 follow you")
    wait_for(lambda: teacher.page.locator(".query .pushed .row").count() > 3)
    teacher.button("Ask the class").click()
    teacher.page.locator(".menu .line").first.click()
    for one in (desk, phone):
        option = one.page.locator(".question .option").nth(2)
        option.wait_for(state="visible")
        assert one.page.locator(".question .count:visible").count() == 0
        # what would answer it is out of sight meanwhile
        pushed = one.page.locator(".query .pushed")
        assert pushed.evaluate("node => getComputedStyle(node).visibility") == "hidden"
        option.click()
    wait_for(lambda: teacher.page.locator(".question .said").inner_text() == "2 answers")
    assert teacher.page.locator(".question .count").nth(2).inner_text() == "2"
    teacher.button("Close and show the answers").click()
    right = desk.page.locator('.question .option[data-right="true"]')
    right.wait_for(state="visible")
    hardest = min(
        range(teacher.page.locator(".query .pushed .row").count()),
        key=lambda i: pull_of(teacher.page.locator(".query .pushed .row").nth(i)),
    )
    image = teacher.page.locator(".query .pushed .row .thumb").nth(hardest)
    place = "node => node.style.backgroundPosition + node.style.backgroundImage.slice(-14)"
    assert right.locator(".thumb").evaluate(place) == image.evaluate(place)
    teacher.button("Take it away").click()
    wait_for(lambda: not right.is_visible())


@pytest.mark.parametrize("page", ["", "forces"])
def test_a_class_is_asked_above_presentations_and_the_teachers_is_not_followed(people, page):
    teacher, desk, phone = people(), people(), people(390, 800, has_touch=True).open()
    for one, path in ((teacher, f"{page}?present=1&owner={SECRET}"), (desk, "?present=1")):
        one.page.goto(f"{one.server.url}{path}")
        one.page.locator(".presenting").wait_for(timeout=60_000)
    wait_for(lambda: words(teacher) == "2 follow you")
    for one in (desk, phone):
        one.page.wait_for_selector(".cacr-forces" if page else '[data-testid="cloud"]')
    presenting = teacher.page.locator(".presenting")
    teacher.button("Ask the class").click()
    assert apart(teacher.page.locator(".class-bar").bounding_box(), presenting.bounding_box())
    teacher.page.get_by_label("Your own question").fill("Does it collapse?")
    teacher.page.get_by_label("Its answers, one a line").fill("yes\nno")
    assert axe.violations(teacher.page) == []
    teacher.page.locator(".menu footer .main").click()
    for one, answer in ((desk, "yes"), (phone, "no")):
        one.page.get_by_role("button", name=answer, exact=True).click()
    wait_for(lambda: teacher.page.locator(".question .count").all_inner_texts() == ["1", "1"])
    assert [one.page.locator(".presenting").count() for one in (desk, phone)] == [not page, 0]
    assert words(teacher) == "2 follow you"
    teacher.button("Take it away").focus()
    teacher.page.keyboard.press("Escape")  # folds the card away
    wait_for(lambda: not teacher.button("Take it away").is_visible())
    assert presenting.count() == 1
    teacher.button("Question").click()
    teacher.button("Take it away").click()
    teacher.button("leave presentation (Esc)").click()
    wait_for(
        lambda: presenting.count() == teacher.page.locator(".cacr-class[popover]").count() == 0
    )


def pull_of(row):
    """The first number of a row that is signed."""
    text = row.inner_text().replace("−", "-")
    return next(float(word) for word in text.split() if word[0] in "+-" and word[1:2].isdigit())


def test_a_question_of_ones_own_has_words_for_answers_and_bad_ones_are_refused(people):
    teacher = teach(people)
    desk = people().open()
    wait_for(lambda: words(teacher) == "1 follows you")
    teacher.button("Ask the class").click()
    teacher.page.get_by_label("Your own question").fill("Does it collapse?")
    teacher.page.locator(".menu footer .main").click()
    wait_for(lambda: "2 to 12 options" in teacher.page.locator(".class-bar .error").inner_text())
    teacher.page.get_by_label("Its answers, one a line").fill("yes\nno")
    teacher.page.locator(".menu footer .main").click()
    desk.page.get_by_role("button", name="no", exact=True).click()
    wait_for(lambda: teacher.page.locator(".question .count").all_inner_texts() == ["0", "1"])
    teacher.button("Take it away").click()


def test_the_teacher_lets_followers_start_runs_and_takes_it_back(people, class_server):
    teacher = teach(people)
    desk = people().open(**SMALL | {"n_steps": 50})
    wait_for(lambda: words(teacher) == "1 follows you")
    allow = teacher.page.get_by_label("Followers may start runs")
    allow.check()
    wait_for(lambda: "You may start runs of your own" in words(desk))
    desk.until_enabled("Start")
    allow.uncheck()
    wait_for(lambda: "You may start" not in words(desk))
    wait_for(lambda: desk.button("Start").is_disabled())


STATES = [
    (1440, 900, "light", "none"),
    (1024, 768, "dark", "none"),
    (390, 800, "light", "none"),
    (390, 800, "dark", "active"),
]


def test_a_class_breaks_no_rule_of_axe_and_fits(people):
    teacher = people()
    teacher.page.goto(f"{teacher.server.url}class?owner={SECRET}")
    teacher.page.wait_for_selector(".cacr-classroom .code", timeout=60_000)
    wait_for(lambda: words(teacher))
    follower = people().open(step=300)
    wait_for(lambda: words(follower))
    fits(teacher)
    teacher.open(step=300)
    wait_for(lambda: teacher.page.locator(".query .pushed .row").count() > 3)
    wait_for(lambda: words(teacher) == "1 follows you")
    teacher.button("Ask the class").click()
    fits(teacher)
    teacher.page.locator(".menu .line").first.click()
    follower.page.locator(".question .option").first.click()
    wait_for(lambda: teacher.page.locator(".question .said").inner_text() == "1 answer")
    fits(teacher)
    fits(follower)
    teacher.button("Close and show the answers").click()
    follower.page.locator('.question .option[data-right="true"]').wait_for(state="visible")
    fits(follower)
    teacher.button("Take it away").click()


def fits(one):
    """Breaks no rule of axe in any state, and nothing lies beside the window."""
    wide = "document.documentElement.scrollWidth <= window.innerWidth"
    for width, height, scheme, forced in STATES:
        seen_as(one.page, width, height, color_scheme=scheme, forced_colors=forced)
        assert axe.violations(one.page) == [], (width, scheme, forced)
        assert one.page.evaluate(wide), (width, scheme, forced)


def step_of(one):
    """The lesson and the step whose card a page shows, empty without one."""
    found = one.page.locator(".guide h2, .guide .count")
    return " ".join(found.all_inner_texts()) if one.page.locator(".guide").count() else ""


def test_a_lesson_is_led_step_by_step_and_answered_by_each_alone(people):
    teacher = teach(people, lesson="first-words", at=2)
    desk = people().open()
    wait_for(lambda: step_of(teacher) and step_of(desk) == step_of(teacher))
    first = step_of(teacher)
    answer = desk.page.locator(".guide .choices button").first
    answer.click()
    wait_for(lambda: answer.get_attribute("aria-pressed") == "true")
    assert teacher.page.locator('.guide .choices [aria-pressed="true"]').count() == 0
    assert words(teacher) == "1 follows you"
    teacher.button("Next").click()
    wait_for(lambda: step_of(teacher) != first and step_of(desk) == step_of(teacher))
    second = step_of(teacher)
    desk.button("Next").click()  # on their own from here
    wait_for(lambda: "on your own" in words(desk) and step_of(desk) not in (first, second))
    desk.button("Follow the teacher").click()
    wait_for(lambda: step_of(desk) == second)
    teacher.page.locator(".guide").get_by_role("button", name="Leave").click()
    wait_for(lambda: step_of(teacher) == "" and step_of(desk) == "")
    assert words(teacher) == "1 follows you"
