"""The records written out: as types for the browser's modules, and as a page to read."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

from web.socket.messages import ARRAYS, TO_BROWSER, TO_SERVER
from web.socket.messages.fits import fields_of, named

ROOT = Path(__file__).parents[3]
TYPES, PAGE = ROOT / "web" / "kit" / "messages.d.ts", ROOT / "docs" / "protocol.md"
MADE_BY = "python -m web.socket.messages"
WIDTH = 100
BARE = """\
// A question as the views ask it: `socket.js` adds what is left out.
type Bare<T> = T extends Question ? Omit<T, 'type' | 'id'> : never;
export type BareQuestion = Bare<Question>;

// What `socket.js` adds to an answer, or a refusal, of a question.
export interface Answered {
  kind: string;
  question: BareQuestion;
}
"""


def records() -> list[type]:
    """Every record, those that messages are made of after the first that holds them."""
    found: list[type] = []
    for message in (*TO_SERVER, *TO_BROWSER):
        _gather(message, found)
    return found


def _gather(kind: Any, found: list[type]) -> None:
    if is_typeddict(kind):
        if kind in found:
            return
        found.append(kind)
        for field in fields_of(kind).values():
            _gather(field.kind, found)
    for part in get_args(kind):
        _gather(part, found)


def said_of(record: type) -> tuple[str, dict[str, str]]:
    """What a record's docstring says of it, and of its fields."""
    text, _, attributes = inspect.cleandoc(record.__doc__ or "").partition("\n\nAttributes:\n")
    fields = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", attributes, re.M)
    return text, {name: re.sub(r"\s+", " ", words) for name, words in fields}


def types() -> str:
    """`web/kit/messages.d.ts`: an interface for each record, as prettier lays it out."""
    parts = [f"// Made from web/socket/messages by `{MADE_BY}`; change it there.\n"]
    parts += [_interface(record) for record in records()]
    parts += [
        "// What a binary message is once `socket.js` has decoded it: its arrays stand in it.",
        _decoded(),
        _union("ToServer", [record.__name__ for record in TO_SERVER]),
        _union("Question", [r.__name__ for r in TO_SERVER if r.__name__.startswith("Ask")]),
        BARE,
        _union("OnTheWire", [record.__name__ for record in TO_BROWSER]),
        _union("ToBrowser", [_heard(record) for record in TO_BROWSER]),
    ]
    return "\n".join(parts)


def _interface(record: type) -> str:
    text, words = said_of(record)
    lines = [f"/** {text} */"]
    if "\n" in text:
        lines = ["/**", *(f" * {line}".rstrip() for line in text.split("\n")), " */"]
    lines.append(f"export interface {record.__name__} {{")
    for name, field in fields_of(record).items():
        if name in words:
            lines.append(f"  /** {words[name]} */")
        lines.append(_property(name, "" if field.is_required else "?", field.kind))
    return "\n".join([*lines, "}\n"])


def _property(name: str, optional: str, kind: Any) -> str:
    line = f"  {name}{optional}: {in_typescript(kind)};"
    if len(line) <= WIDTH:
        return line
    parts = [f"    | {in_typescript(part)}" for part in get_args(kind)]
    return f"  {name}{optional}:\n" + "\n".join(parts) + ";"


def in_typescript(kind: Any) -> str:
    """A type of a record as TypeScript has it."""
    if is_typeddict(kind):
        return str(kind.__name__)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " | ".join(
            _quoted(part) if isinstance(part, str) else json.dumps(part) for part in parts
        )
    if origin in (Union, UnionType):
        return " | ".join(in_typescript(part) for part in parts)
    if origin is list:
        inner = in_typescript(parts[0])
        is_one = get_origin(parts[0]) not in (Union, UnionType, Literal)
        return f"{inner}[]" if is_one else f"({inner})[]"
    if origin is tuple:
        return f"[{', '.join(in_typescript(part) for part in parts)}]"
    if origin is dict:
        return f"Record<string, {in_typescript(parts[1])}>"
    plain = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}
    return plain.get(kind, "unknown")


def _quoted(text: str) -> str:
    return f"'{text}'"


def _union(name: str, parts: list[str]) -> str:
    line = f"export type {name} = {' | '.join(parts)};\n"
    if len(line) <= WIDTH:
        return line
    return f"export type {name} =\n" + "\n".join(f"  | {part}" for part in parts) + ";\n"


def _heard(record: type) -> str:
    if record in ARRAYS or "arrays" in fields_of(record):
        return f"Decoded{record.__name__}"
    return record.__name__


def _decoded() -> str:
    parts = []
    for record in TO_BROWSER:
        name = record.__name__
        if record in ARRAYS:
            own = fields_of(record)
            arrays = [
                f"  {array}: {'Float32Array' if kind == 'float32' else 'Uint8Array'}"
                f"{' | null' if array in own else ''};"
                for array, kind, _ in ARRAYS[record]
            ]
            dropped = [array for array, _, _ in ARRAYS[record] if array in own]
            base = f"Omit<{name}, {' | '.join(map(_quoted, dropped))}>" if dropped else name
        elif "arrays" in fields_of(record):
            base, arrays = f"Omit<{name}, 'arrays'>", ["  arrays: Record<string, Float32Array>;"]
        else:
            continue
        parts.append(f"export type Decoded{name} = {base} & {{\n" + "\n".join(arrays) + "\n};\n")
    return "\n".join(parts)


def page() -> str:
    """`docs/protocol.md`: every message with its fields, and what they are made of."""
    from web.socket import messages

    text = inspect.cleandoc(messages.__doc__ or "").partition("\n\n")[2].rpartition("\n\n")[0]
    parts = [
        "# The protocol of the socket",
        f"Made from `web/socket/messages` by `{MADE_BY}`; change it there.",
        text,
        "A question gets one answer with its `id`; what makes no sense gets a `Refusal`. A page "
        "says what may be asked of it: `Channel` in `web/socket/registry.py`.",
        "## From the browser",
        *(_section(record) for record in TO_SERVER),
        "## To the browser",
        *(_section(record) for record in TO_BROWSER),
        "## What these are made of",
        *(_section(r) for r in records() if r not in (*TO_SERVER, *TO_BROWSER)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(record: type) -> str:
    text, words = said_of(record)
    rows = [
        f"| `{name}`{'' if field.is_required else ', may be left out'} | {_cell(field.kind)} "
        f"| {words.get(name, '')} |"
        for name, field in fields_of(record).items()
    ]
    parts = [f"### {record.__name__}", text.replace("\n\n", "\n")]
    parts.append("\n".join(["| field | is | |", "|---|---|---|", *rows]))
    if record in ARRAYS:
        arrays = [f"`{name}` ({kind}, {length})" for name, kind, length in ARRAYS[record]]
        parts.append(f"Binary, with the arrays {', '.join(arrays)}.")
    elif "arrays" in fields_of(record):
        parts.append("Binary, with the arrays (float32) that `arrays` names.")
    return "\n\n".join(parts)


def _cell(kind: Any) -> str:
    return named(kind).replace("|", "\\|")


def write() -> None:
    TYPES.write_text(types(), "utf-8")
    PAGE.write_text(page(), "utf-8")
