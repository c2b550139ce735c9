"""Browsers that cannot open a frozen file are told so, and those that can need nothing newer."""

import re

import pytest

from tests import browser_code
from web.frozen.page import page
from web.shell.assets import WEB

OPENS = """
const main = { textContent: '', firstChild: null };
globalThis.Text = class {};
globalThis.document = { querySelector: () => main, documentElement: { dataset: {} } };
globalThis.window = globalThis;
Object.assign(globalThis, { matchMedia: () => ({}), addEventListener: () => {} });
if (data.kinds === null) delete globalThis.DecompressionStream;
else
  globalThis.DecompressionStream = class {
    constructor(kind) {
      if (!data.kinds.includes(kind)) throw new TypeError('no such kind');
    }
  };
const { canOpen } = await load('page.js');
return [canOpen(), main.textContent];
"""


@pytest.mark.parametrize("kinds", [None, ["gzip", "deflate"], ["gzip", "deflate", "deflate-raw"]])
def test_a_browser_that_cannot_unpack_the_file_is_told_which_can(kinds):
    opens, told = browser_code.run(OPENS, {"kinds": kinds}, "web/frozen/view")
    assert opens == ("deflate-raw" in (kinds or []))
    assert ("This browser cannot unpack the file" in told) != opens


def test_numbers_are_ordered_with_what_browsers_of_2023_have():
    """`toSorted` came to Chrome in 110 and to Firefox in 115, after what unpacks a file."""
    for path in (WEB / "frozen" / "view").glob("*.js"):
        newer = re.findall(r"\.to(?:Sorted|Reversed|Spliced)\(", path.read_text("utf-8"))
        assert not newer, path.name


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "a browser of 2023 or later, where Java"),
        ("de", "einem Browser von 2023 oder später"),
    ],
)
def test_a_browser_that_cannot_even_read_the_script_shows_what_the_file_needs(code, said):
    """A pattern that looks behind is an error of the whole script to Safari before 16.4."""
    whole = page("live", {}, [], "A run", "", code=code)
    unread = re.sub(r"<(script|style)\b.*?</\1>", "", whole, flags=re.DOTALL)
    (shown,) = re.findall(r"<main [^>]*>(.*?)</main>", unread)
    assert said in shown
    assert "<noscript" not in whole
