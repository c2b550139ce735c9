"""A walk over what was read: tensors by full name, groups of them, plain facts, what is unread."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import check, clean, cut, named
from cacr_core.checkpoints.known import NAMES
from cacr_core.checkpoints.objects import key_text, seen_in, unread
from cacr_core.checkpoints.parts import Mapping, Named, Object, Shape, Stored

PLAIN = (str, bytes, bool, int, float, type(None))


class Contents(NamedTuple):
    tensors: dict[str, Shape]
    stored: dict[str, Stored]
    facts: dict[str, Any]
    groups: dict[str, dict[str, Shape]]
    unread: dict[str, str]


def contents(value: Any) -> Contents:
    """Everything in a file by name; a file that is one bare tensor has it as "tensor".

    Raises Refused for containers too deep, too many or inside themselves.
    """
    found = Contents({}, {}, {}, {}, {})
    waiting = [("", value, 0, True)]
    met = bounds.values_met()
    known: set[int] = set()  # objects, which may hold one another in a ring
    while waiting:
        path, value, depth, grouped = waiting.pop()
        check(depth, bounds.DEPTH, "containers inside one another")
        if type(value) is Object:
            if id(value) in known:
                continue
            known.add(id(value))
            seen = seen_in(value, met)
            note(found, path, seen.unread)
            if seen.value is not None:
                waiting.append((path, seen.value, depth + 1, grouped))
            continue
        met.add(1 + n_entries(value))
        entries = entries_of(value)
        if type(value) is Stored:
            add(found, path or "tensor", value)
        elif type(value) is Named and value.name not in NAMES:
            note(found, path, unread(value.name))
        elif entries is None:
            keep(found.facts, path, fact(value))
        elif type(value) is not Mapping and all(type(v) in PLAIN for _, v in entries):
            keep(found.facts, path, row([v for _, v in entries]))
        else:
            # an optimizer's state is a dict by number: no group of an encoder
            numbered = type(value) is Mapping and any(type(key) is int for key, _ in entries)
            grouped = grouped and not numbered
            if grouped and type(value) is Mapping:
                group(found.groups, path, entries)
            for key, v in reversed(entries):
                text = key_text(key)
                if type(key) is tuple:
                    met.add(bounds.NAME if text is None else len(text))
                if text is None:
                    note(found, path, "an entry whose key is an object")
                    continue
                inner = join(path, text)
                met.add(0 if inner.isprintable() else len(inner))  # it takes long to clean
                waiting.append((inner, v, depth + 1, grouped))
    largest = sorted(found.groups.items(), key=lambda pair: -len(pair[1]))
    return found._replace(groups=dict(largest))


def n_entries(value: Any) -> int:
    if type(value) is Mapping:
        return len(value.pairs)
    return len(value) if type(value) in (list, tuple) else 0


def entries_of(value: Any) -> list[tuple[Any, Any]] | None:
    """A container's (key, value), None for what is none; of a key that stands twice the last."""
    if type(value) is Mapping:
        texts = {key: one for key, one in value.pairs if type(key) is str}
        others = [(key, one) for key, one in value.pairs if type(key) is not str]
        return [*texts.items(), *others] if others else list(texts.items())
    if type(value) in (list, tuple):
        return list(enumerate(value))
    return None


def join(path: str, key: str) -> str:
    check(len(path) + len(key), bounds.NAME, "characters in a name")
    return f"{path}.{key}" if path else key


def add(found: Contents, name: str, value: Stored) -> None:
    if named(name) in found.tensors:
        note(found, name, "a second tensor of this name")
        return
    if why := left_out(value):
        note(found, name, why)
        return
    check(len(found.tensors) + 1, bounds.TENSORS, "tensors")
    found.tensors[name] = value.seen
    found.stored[name] = value


def left_out(value: Stored) -> str:
    """Why a tensor's numbers cannot be read; empty where they can."""
    if value.dtype.startswith("float4"):
        return "a tensor of float4, two numbers a byte, which is not read"
    return "a quantised tensor, without its scale" if value.dtype.startswith("q") else ""


def note(found: Contents, path: str, why: str) -> None:
    """List something as not read."""
    if why and len(found.unread) < bounds.FACTS:
        found.unread[cut(path) or "the file itself"] = why


def group(groups: dict[str, dict[str, Shape]], path: str, entries: list[tuple[Any, Any]]) -> None:
    tensors = [(key, v) for key, v in entries if type(key) is str and type(v) is Stored]
    if own := {key: v.seen for key, v in tensors if not left_out(v)}:
        groups[path] = own


def keep(facts: dict[str, Any], path: str, value: Any) -> None:
    if len(facts) < bounds.FACTS:
        facts[clean(path) or "value"] = value


def row(values: list[Any]) -> list[Any]:
    """A list among the facts, at most `bounds.LISTED` items and how many more there were."""
    kept = [fact(value) for value in values[: bounds.LISTED]]
    more = len(values) - len(kept)
    return [*kept, f"… and {more:,} more"] if more else kept


def fact(value: Any) -> Any:
    """A plain value, texts cut and without control characters."""
    if type(value) is bytes:
        value = value[: 4 * bounds.TEXT + 4].decode("utf-8", "replace")
    if type(value) is str:
        return cut(value)
    if type(value) is Named:
        return value.name
    if type(value) is float:
        return value if math.isfinite(value) else str(value)  # JSON has no nan
    if type(value) is int:
        return value if abs(value) < 2**63 else str(value)
    return value if value is None or type(value) is bool else type(value).__name__.lower()
