"""Whether a message fits its record: no field too many, none missing, each of its type."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)


class Field(NamedTuple):
    """A field of a record."""

    kind: Any
    is_required: bool


@lru_cache(maxsize=256)
def fields_of(record: type) -> dict[str, Field]:
    """The fields of a record by name, inherited ones first."""
    found = {}
    for name, hint in get_type_hints(record, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        found[name] = Field(get_args(hint)[0] if optional else hint, not optional)
    return found


def record_of(message: Any, records: Iterable[type]) -> type | None:
    """The record that a message claims to be by its `type` and `what`, None where there is none."""
    for record in records:
        fields = fields_of(record)
        says = [name for name in ("type", "what") if name in fields]
        if isinstance(message, dict) and all(
            message.get(name) in get_args(fields[name].kind) for name in says
        ):
            return record
    return None


def complaints(value: Any, kind: Any, where: str = "") -> list[str]:
    """What of a value does not fit a record or type, a sentence each; empty where all does."""
    if kind is Any:
        return []
    if is_typeddict(kind):
        return _of_record(value, kind, where)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _of_union(value, kind, where)
    fits = True
    if origin is Literal:
        fits = any(value == one and type(value) is type(one) for one in parts)
    elif origin is list and isinstance(value, list):
        return [
            c for i, one in enumerate(value) for c in complaints(one, parts[0], f"{where}[{i}]")
        ]
    elif origin is tuple and isinstance(value, list) and len(value) == len(parts):
        pairs = enumerate(zip(value, parts, strict=True))
        return [c for i, (one, part) in pairs for c in complaints(one, part, f"{where}[{i}]")]
    elif origin is dict and isinstance(value, dict):
        return [c for k, one in value.items() for c in complaints(one, parts[1], f"{where}.{k}")]
    else:
        fits = _is_plain(value, kind)
    return [] if fits else [f"{where or 'it'} should be {named(kind)}, got {_short(value)}."]


def _of_record(value: Any, record: type, where: str) -> list[str]:
    name = record.__name__
    if not isinstance(value, dict):
        return [f"{where or 'it'} should be {name}, an object, got {_short(value)}."]
    fields = fields_of(record)
    dot = f"{where}." if where else ""
    found = [f"{name} has no field {dot}{key}." for key in value if key not in fields]
    for key, field in fields.items():
        if key in value:
            found += complaints(value[key], field.kind, f"{dot}{key}")
        elif field.is_required:
            found.append(f"{name} needs the field {dot}{key}.")
    return found


def _of_union(value: Any, kind: Any, where: str) -> list[str]:
    """Nothing where one of its kinds fits, else what the record among them says."""
    each = {part: complaints(value, part, where) for part in get_args(kind)}
    if not all(each.values()):
        return []
    records = [said for part, said in each.items() if is_typeddict(part)]
    if records and isinstance(value, dict):
        return records[0]
    return [f"{where or 'it'} should be {named(kind)}, got {_short(value)}."]


def _is_plain(value: Any, kind: Any) -> bool:
    if kind is NoneType or kind is None:
        return value is None
    if kind is bool:
        return isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return kind is str and isinstance(value, str)


def named(kind: Any) -> str:
    """A type as a person reads it."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(repr(part) if isinstance(part, str) else str(part) for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(named(part) for part in parts)
    if origin is list:
        return f"list of {named(parts[0])}"
    if origin is tuple:
        return f"list of {', '.join(named(part) for part in parts)}"
    if origin is dict:
        return f"{named(parts[1])} by name"
    plain = {NoneType: "null", float: "number", int: "whole number", str: "text", Any: "anything"}
    return plain.get(kind, "true or false" if kind is bool else kind.__name__)


def _short(value: Any) -> str:
    return repr(value)[:80]
