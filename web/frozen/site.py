"""A folder for a static host: runs, comparisons and scenes frozen, lessons, article, index."""

from __future__ import annotations

import argparse
import html
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cacr_core.commands.freeze import MOST
from cacr_core.presets import COMPARISONS, PRESETS, recorded_comparison, recording_of
from cacr_core.runs import shelf
from cacr_core.runs.typed import place, refuse_no_folder
from web.forces.presets import SCENES, Scene
from web.frozen.bundle import bundle
from web.frozen.lessons import lessons_of
from web.frozen.page import digest, font, variables
from web.learn.article import Section, sections
from web.learn.guide import params_of
from web.learn.lesson import Lesson, read_all
from web.settings import language
from web.shell.front import data_element

STYLE = Path(__file__).parent / "site.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'"


FOLDERS = {"live": "runs", "compare": "comparisons"}
SCENES_PAGE = "forces.html"


class Card(NamedTuple):
    """A frozen page of the site; `refused` is why there is none, empty where there is one.

    Attributes:
        page: The page of the app that it is of, "live" or "compare".
    """

    name: str
    title: str
    watch: tuple[str, str]
    page: str = "live"
    refused: str = ""

    @property
    def address(self) -> str:
        return f"{FOLDERS[self.page]}/{self.name}.html"


Known = dict[tuple[str, str], Card]  # the frozen pages there are, by page and preset


def write_site(out: Path, said: Callable[[str], None], code: str = language.ENGLISH) -> list[Card]:
    """Write the site into a folder; what cannot be frozen is named on its index.

    Args:
        said: Told what has been written.
        code: Of the language that its pages speak.
    """
    from web.frozen.freeze import freeze, freeze_scenes  # loads torch

    cards = [Card(name, p.title, p.watch) for name, p in PRESETS.items()]
    cards += [Card(name, p.title, p.watch, "compare") for name, p in COMPARISONS.items()]
    for folder in FOLDERS.values():
        (out / folder).mkdir(parents=True, exist_ok=True)
    for i, card in enumerate(cards):
        of = recording_of if card.page == "live" else recorded_comparison
        try:
            run = shelf.RECORDED / of(card.name)
            text = freeze(run, int(MOST * 1e6), code, home="../index.html")
            _write(out / card.address, text)
            said(f"{card.address}: {len(text.encode()) / 1e6:.1f} MB")
        except ValueError as error:
            cards[i] = card._replace(refused=str(error))
            said(f"{card.name}: {error}")
    text = freeze_scenes(SCENES, code, home="index.html")
    _write(out / SCENES_PAGE, text)
    said(f"{SCENES_PAGE}: {len(text.encode()) / 1e6:.1f} MB")
    there = {(card.page, card.name): card for card in cards if not card.refused}
    _write(out / "article.html", _page("From views to losses", article(there), "article", code))
    _write(out / "index.html", _page("CACR playground", index(cards), "index", code))
    said(f"{out / 'index.html'}")
    return cards


def index(cards: list[Card]) -> str:
    """The first page: what there is to open, and what wants the app."""
    lessons = read_all().known.values()
    there = {(card.page, card.name): card for card in cards if not card.refused}
    parts = [
        "<h1>CACR playground</h1>",
        "<p>Contrastive losses at work on real images: training runs kept moment by moment. Each "
        "opens without the app, here or from disk: take the time back and forth, point at an "
        "image, and see what it weighs and where it is pulled.</p>",
        '<p><a href="article.html">What is contrastive learning? The article</a></p>',
        "<h2>Runs</h2><ul>",
        *(_card(card) for card in cards if card.page == "live"),
        "</ul><h2>Comparisons</h2><ul>",
        *(_card(card) for card in cards if card.page == "compare"),
        "</ul><h2>Forces</h2><p>Points of one query under two losses: drag a mark, move a setting, "
        "and see what each pulls and pushes.</p><ul>",
        *(_scene(name, scene) for name, scene in SCENES.items()),
        "</ul><h2>Lessons</h2>",
        "<p>Their steps stand in the runs that they speak of. Those on other pages, and one's own "
        "training, want the app.</p><ul>",
        *(_lesson(lesson, there) for lesson in lessons),
        "</ul>",
    ]
    return "\n".join(parts)


def _scene(name: str, scene: Scene) -> str:
    link = f'<a href="{SCENES_PAGE}#scene={name}">{html.escape(scene.title)}</a>'
    return f"<li><b>{link}</b><p>{html.escape(' '.join(scene.watch))}</p></li>"


def _card(card: Card) -> str:
    title = html.escape(card.title)
    head = title if card.refused else f'<a href="{card.address}">{title}</a>'
    words = (
        "Only in the app: what it shows a file cannot hold yet."
        if card.refused
        else " ".join(card.watch)
    )
    return f"<li><b>{head}</b><p>{html.escape(words)}</p></li>"


def _lesson(lesson: Lesson, there: Known) -> str:
    names = dict.fromkeys(run_of(step.page, step.state) for step in lesson.steps)
    runs = [name for name in names if ("live", name) in there and _has(name, lesson)]
    links = ", ".join(
        f'<a href="runs/{name}.html#lesson={lesson.id}">{html.escape(PRESETS[name].title)}</a>'
        for name in runs
    )
    where = f"<p>With {links}</p>" if links else "<p>In the app</p>"
    return f"<li><b>{html.escape(lesson.title)}</b><p>{html.escape(lesson.teaches)}</p>{where}</li>"


def _has(preset: str, lesson: Lesson) -> bool:
    """Whether the frozen page of a preset has steps of the lesson."""
    return lesson.id in {one["id"] for one in lessons_of(preset)}


def run_of(page: str, state: str | None) -> str:
    """The preset whose recording a state of the live page is about; empty where it is none."""
    return str(params_of(state).get("preset", "")) if page == "live" and state else ""


def article(there: Known) -> str:
    parts = [
        '<p><a href="index.html">All runs and lessons</a></p>',
        "<h1>From views to losses</h1>",
    ]
    for section in sections():
        parts += [f"<h2>{html.escape(section.title)}</h2>", f"<p>{_marked(section.text)}</p>"]
        parts.append(_figure(section, there))
    return "\n".join(parts)


def _figure(section: Section, there: Known) -> str:
    if section.figure is None:
        return ""
    words = html.escape(section.figure.caption)
    page, params = section.figure.page, params_of(section.figure.state or "")
    name = str(params.pop("preset", ""))
    params.pop("hide", None)  # that is for the frame in the app
    if page == "forces" and name in SCENES and not params:
        address = f"{SCENES_PAGE}#scene={name}"
    elif card := there.get((page, name)):
        moment = "&amp;".join(f"{k}={html.escape(str(v))}" for k, v in params.items())
        address = f"{card.address}#{moment}"
    else:
        return f"<p class='figure'>In the app: <span>{words}</span></p>"
    return f"<p class='figure'><a href=\"{address}\">Open it</a>: <span>{words}</span></p>"


def _marked(text: str) -> str:
    """Plain words; what stands between stars is stressed, between backquotes code."""
    safe = html.escape(text)
    safe = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", safe)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)


def _page(title: str, body: str, kind: str, code: str) -> str:
    """A page of text. One in another language looks itself up as frozen runs do, and its policy
    lets nothing else run."""
    table, policy, heard = language.table(code), POLICY, ""
    if table:
        script = bundle("kit/pagelanguage.js", last="")
        policy += f"; script-src 'sha256-{digest(script)}'"
        heard = f'{data_element("cacr-language", table)}<script type="module">{script}</script>'
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {variables('dark')} }} }}"
    style = f"{font()}\n:root {{ {variables('light')} }}\n{dark}\n{STYLE.read_text('utf-8')}"
    return "\n".join(
        [
            f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title><style>{style}</style>{heard}</head>",
            f'<body><main class="{kind}">{body}</main></body></html>',
        ]
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m web.frozen.site", description=__doc__)
    parser.add_argument("--out", type=place, default=Path("site"), help="the folder, site if none")
    parser.add_argument(
        "--lang", default=language.ENGLISH, help="code of the language that it speaks, en if none"
    )
    options = parser.parse_args(words)
    try:
        refuse_no_folder(options.out, "--out")
        write_site(options.out, print, language.named(options.lang))
    except (ValueError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
