"""A browser that prefers German has all of every page in German, but for names."""

import re

import pytest

from cacr_core.data import DATASETS
from cacr_core.data.shapes import FIGURES
from cacr_core.losses import LOSSES
from cacr_core.models import BACKBONES
from tests.browser.conftest import ROOT
from tests.browser.test_loading import THERE, address
from web.learn import lesson
from web.settings import language
from web.settings.fields import loss_title
from web.shell.places import PLACES

FORMS = re.compile(
    r"[\d\s.,:%×±−+·/()#@=<>&;^*\[\]|'\"-]*"  # no letters at all, or one of what follows
    r"|[0-9a-f]{8,}|[\w.-]*/[\w./-]+|.*<[a-z/].*"  # a digest, a path, a figure's own markup
)
ENGLISH = re.compile(r"\b(?:the|of|and|with|are|from|which|each|views|weights|images)\b")
ADDRESSES = {
    "live": "?preset=sscl",
    "compare": "",
    "forces": "",
    "checkpoints": "",
    "learn": "",
}


def names():
    """What is called the same in every language."""
    yield from (loss_title(name) for name in LOSSES)
    yield from (*BACKBONES, *DATASETS, *FIGURES)
    yield from (path.stem for path in (ROOT / "checkpoints" / "encoders").iterdir())
    for places in PLACES.values():
        yield from places
    yield from lesson.read_all().known


@pytest.mark.parametrize("page", ADDRESSES)
def test_a_page_lacks_no_word_of_german(tab_like, page):
    tab, lacking = tab_like(locale="de-DE"), {}
    tab.page.expose_function("cacrMissing", lambda text: lacking.setdefault(text, None))
    tab.page.goto(address(tab, page) + ADDRESSES[page])
    tab.page.wait_for_selector(THERE[page], timeout=60_000)
    tab.page.wait_for_timeout(1_500)
    assert tab.page.evaluate("document.documentElement.lang") == "de"
    known = {*names(), *language.table("de").values()}  # Python sends some in German already
    assert [t for t in lacking if t not in known and not FORMS.fullmatch(t)] == []
    seen = tab.page.locator("body").inner_text()
    assert language.table("de")["Forces"] in seen
    assert ENGLISH.findall(seen) == []  # nor in what a blank for words took in
