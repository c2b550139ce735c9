"""The browser's modules and stylesheets as one text each: a page that comes from no server has no
other file to import."""

from __future__ import annotations

import posixpath
import re
from graphlib import TopologicalSorter

from web.shell.assets import WEB

_IMPORT = re.compile(r"^import \{([^}]*)\} from '(\.[^']+)';\n", re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+|\[[\w, ]+\]))", re.M)
_NAME = re.compile(r"\w+")
_NOTHING = re.compile(r"^export \{\};\n", re.M)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.M)
_SHEET = re.compile(r"^@import url\('([^']+)'\);\n", re.M)


def bundle(*entries: str, last: str) -> str:
    """One module that holds the entries and all they import, each in a scope of its own.

    Args:
        entries: Paths below `web/`.
        last: What it does in the end; `modules['live/view/live.js'].mount` is what that exports.

    Raises:
        ValueError: A module imports or exports in a way that is not known here.
    """
    graph: dict[str, set[str]] = {}
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name not in graph:
            graph[name] = {_beside(name, path) for _, path in _IMPORT.findall(_text(name))}
            waiting += graph[name]
    scopes = [_scope(name) for name in TopologicalSorter(graph).static_order()]
    whole = "\n".join(["const modules = {};", *scopes, last])
    if re.search(r"</script|<!--", whole, re.I):
        raise ValueError("A module holds text that would end the script it stands in.")
    return whole


def stylesheet(*sheets: str) -> str:
    """The text of sheets below `web/`, with what they import in place."""

    def whole(name: str) -> str:
        return _SHEET.sub(lambda found: whole(_beside(name, found[1])), _text(name))

    return "\n".join(whole(name) for name in sheets)


def _text(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _beside(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _scope(name: str) -> str:
    """A module as a function that is called at once and returns what the module exports."""
    text = _text(name)
    exported = [word for found in _EXPORT.finditer(text) for word in _NAME.findall(found[1])]

    def imported(found: re.Match[str]) -> str:
        names = re.sub(r"\s+as\s+", ": ", " ".join(found[1].split()))
        return f"const {{ {names} }} = modules['{_beside(name, found[2])}'];\n"

    body = _EXPORT.sub("", _IMPORT.sub(imported, _NOTHING.sub("", text)))
    if left := _LEFT.search(body):
        raise ValueError(f"web/{name} cannot be bundled: {left[0][:80]!r} is not known.")
    body = body.replace("import.meta.url", "document.baseURI")
    return f"modules['{name}'] = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();"
