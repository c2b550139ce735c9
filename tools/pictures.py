"""The README's pictures of the pages, made anew from the recordings that ship.

make pictures
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import Server, wait_for

DOCS = Path(__file__).parents[1] / "docs"
WIDTH, HEIGHT = 1440, 900
MOST = 300_000  # bytes of a picture
COLOURS = 256

# a picture -> the address that is looked at, and what is there once all of it is drawn
PAGES = {
    "live": ("?preset=cacr-4&step=700", '[data-testid="cloud"][data-step="700"]'),
    "compare": (
        "compare?preset=uniform-weights&step=400",
        ".cacr-compare[data-entries='4'] [data-step='400']",
    ),
    "forces": ("forces?preset=drawn-in", '[data-testid="forces"][data-answers]'),
}
STANDS = """() => !document.querySelector('[data-stale="true"], .stale, .waiting')"""


def picture_of(page: Page, address: str, there: str) -> Image.Image:
    """A page as it stands once all that was asked for is there."""
    page.goto(address)
    page.wait_for_selector(there, timeout=120_000)
    wait_for(lambda: page.evaluate(STANDS), 60)
    before = b""
    while (now := page.screenshot()) != before:  # charts come last
        before = now
        page.wait_for_timeout(1_500)
    return Image.open(io.BytesIO(now)).convert("RGB")


def as_png(picture: Image.Image) -> bytes:
    """The picture in few colours, which a page has anyway.

    Raises:
        ValueError: It is larger than a README should make one load.
    """
    file = io.BytesIO()
    few = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    if len(file.getvalue()) > MOST:
        raise ValueError(f"A picture takes at most {MOST:,} bytes, got {len(file.getvalue()):,}.")
    return file.getvalue()


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.parse_args(words)
    with tempfile.TemporaryDirectory() as shelf, sync_playwright() as playwright:
        server = Server(Path(shelf) / "runs")
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        try:
            for name, (address, there) in PAGES.items():
                for theme in ("light", "dark"):
                    size = {"width": WIDTH, "height": HEIGHT}
                    context = browser.new_context(viewport=size, color_scheme=theme)
                    picture = picture_of(context.new_page(), server.url + address, there)
                    path = DOCS / f"{name}-{theme}.png"
                    path.write_bytes(as_png(picture))
                    print(f"{path.name}: {path.stat().st_size:,} bytes", flush=True)
                    context.close()
        finally:
            browser.close()
            server.close()


if __name__ == "__main__":
    main(sys.argv[1:])
