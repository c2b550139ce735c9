"""A class: who sits in it, what its teacher looks at, and a question with its answers."""

# Annotations are values here: `NotRequired` in a string would not be seen.
from typing import Any, Literal, NotRequired, TypedDict

Page = Literal["live", "compare", "forces", "checkpoints", "learn", "class"]


# --- from the browser


class Attend(TypedDict):
    """Be in the class from now on, where it says; sent again whenever that changes. A tab of the
    teacher's says it once somebody looks at it.

    Attributes:
        token: As for `Control`: it says who asks, here and in all that follows.
        page: Which page is open.
        follows: Whether it shows what the teacher looks at.
    """

    type: Literal["attend"]
    token: str
    page: Page
    follows: bool


class Lead(TypedDict):
    """The teacher's view looks like this now; of the page that the teacher's script has said.

    Attributes:
        run: Id of what is shown, None where a page shows none.
        view: How, in the names of that page's own settings.
        moment: The step that is drawn, None where the newest is followed.
    """

    type: Literal["lead"]
    token: str
    page: Page
    run: str | None
    view: dict[str, Any]
    moment: int | None


class Picture(TypedDict):
    """An image of a run: which probe, and which of its five views."""

    probe: int
    view: int


class Option(TypedDict):
    """One of the answers to choose from: words, or an image."""

    label: str
    picture: Picture | None


class Pose(TypedDict):
    """The teacher asks the class; it takes the place of a question that was there.

    Attributes:
        run: Whose images the options are, None where they are words.
        about: The query that is asked about, where it is about one.
        right: Which option is right, None where none is.
    """

    type: Literal["pose"]
    token: str
    text: str
    run: str | None
    about: Picture | None
    options: list[Option]
    right: int | None


class Close(TypedDict):
    """The teacher takes no more answers and shows them, or (`gone`) takes the question away."""

    type: Literal["close"]
    token: str
    gone: bool


class Choose(TypedDict):
    """A follower's answer, which may be changed until the question is closed.

    Attributes:
        number: Of the question.
        option: The place of the option in its list.
    """

    type: Literal["choose"]
    token: str
    number: int
    option: int


class Allow(TypedDict):
    """The teacher lets followers start runs of their own, or no longer."""

    type: Literal["allow"]
    token: str
    start: bool


# --- to the browser


class Seen(TypedDict):
    """What the teacher's view shows: fields as of `Lead`."""

    run: str | None
    view: dict[str, Any]
    moment: int | None


class Place(TypedDict):
    """Where the teacher is.

    Attributes:
        address: What the page's address says, without a question mark, with the step of a lesson
            that is under way.
        seen: None until a view of that page has said how it looks.
    """

    type: Literal["place"]
    page: Page
    address: str
    seen: Seen | None


class Sheet(TypedDict):
    """Where the images of a question lie: in the sheets of a run, `n` in so many columns."""

    run: str
    n: int
    columns: int


class Asked(TypedDict):
    """A question to the class.

    Attributes:
        number: Counts the questions of the class.
        is_open: Whether answers are taken.
        n_asked: How many could answer: who is in the class, and who answered and has left.
        counts: How many chose each option: for the teacher, and for all once it is closed.
        right: Which option is right, told once it is closed.
        yours: What the one who is told has chosen.
    """

    number: int
    text: str
    sheet: Sheet | None
    about: Picture | None
    options: list[Option]
    is_open: bool
    n_answers: int
    n_asked: int
    counts: list[int] | None
    right: int | None
    yours: int | None


class Class(TypedDict):
    """How the class stands.

    Attributes:
        n: How many followers are in it, in however many tabs.
        following: How many of them show what the teacher looks at.
        pages: On which pages the others are; told to the teacher.
        is_led: Whether the teacher has opened a page to be followed.
        may_start: Whether followers may start runs of their own.
        asked: The question that was asked last; none where it was taken away.
    """

    type: Literal["class"]
    n: int
    following: int
    pages: NotRequired[dict[str, int]]
    is_led: bool
    may_start: bool
    asked: Asked | None
