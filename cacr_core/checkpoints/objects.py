"""What can be seen of objects that are never made: a module's tensors, a configuration's entries.

A pickled object is a class's name and what was to be set in it. Where that says all, it is read as
what it says: a whole network as its state dict, OmegaConf's and other dicts as dicts, a path as its
text, a small array as its numbers. Of anything else the tensors and plain entries in it are read,
and the object is listed as not read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Count, check, cut
from cacr_core.checkpoints.known import NUMPY, Number
from cacr_core.checkpoints.parts import Mapping, Named, Object, Stored

ARRAY = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")
FRAME = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
WITHIN = (Mapping, Object, Stored, list, tuple)
KEY_DEPTH = 8  # rows inside one another in an entry's key


class Seen(NamedTuple):
    """What is read in an object's place, and why the object itself is not; "" where it is."""

    value: Any
    unread: str = ""


def seen_in(thing: Object, met: Count) -> Seen:
    """The object as what it says of itself.

    Args:
        met: What was met in the file so far: objects may share what they hold.
    """
    met.add(len(thing.arguments) + len(thing.items))
    own = attributes(thing, met)
    if own is not None and "_parameters" in own and "_modules" in own:
        return Seen(
            state_dict(thing, met), f"{cut(thing.name, 120)}, of which the state dict is read"
        )
    if thing.name.startswith("__torch__."):
        return Seen(
            script_dict(thing, met), "a TorchScript program, of which the state dict is read"
        )
    if thing.name.startswith("omegaconf."):
        for key in ("_content", "_val"):
            if own is not None and key in own:
                return Seen(own[key])
    if thing.name.startswith("pathlib."):
        parts = [part[: bounds.TEXT] for part in thing.arguments if type(part) is str]
        return Seen("/".join(parts).replace("//", "/", 1))
    if thing.name in ("builtins.set", "builtins.frozenset"):
        return Seen(list(thing.arguments[:1]))
    if thing.name in (*ARRAY, *FRAME):
        return array(thing)
    if thing.pairs:  # a kind of dict; what it is made of else, such as a default, does not matter
        return Seen(Mapping(thing.pairs))
    return Seen(inside(thing, own), unread(thing.name))


def unread(name: str) -> str:
    return f"{cut(name, 120)}, an object or a function that only its code can make"


def attributes(thing: Object, met: Count) -> dict[str, Any] | None:
    """What was to be set in it, by name; None where it is no dict."""
    parts = thing.state if type(thing.state) is tuple else (thing.state,)  # with its slots
    found = [part for part in parts if type(part) is Mapping]
    met.add(len(parts) + sum(len(part.pairs) for part in found))
    if not found:
        return None
    return {key: value for part in found for key, value in part.pairs if type(key) is str}


def inside(thing: Object, own: dict[str, Any] | None) -> Any:
    """Tensors and entries within: by attribute, else by number; None where there are none."""
    if own is not None:
        return Mapping([(key, value) for key, value in own.items() if not key.startswith("__")])
    for values in (thing.items, thing.arguments):
        if any(type(value) in WITHIN for value in values):
            return list(values)
    return None


def state_dict(thing: Object, met: Count) -> Mapping:
    """A pickled torch module as its `state_dict()`: parameters and buffers by dotted name."""
    found = Mapping()
    for prefix, own in _modules(thing, lambda own: entries(own.get("_modules"), met), met):
        fleeting = fleeting_of(own, met)
        for part in ("_parameters", "_buffers"):
            for key, value in entries(own.get(part), met):
                if type(value) is Stored and key not in fleeting:
                    found.pairs.append((joined(prefix, key), value))
    return found


def script_dict(thing: Object, met: Count) -> Mapping:
    """A TorchScript module's tensors by dotted name: its attributes, and those of its modules."""
    found = Mapping()
    for prefix, own in _modules(thing, lambda own: own.items(), met):
        found.pairs += [(joined(prefix, k), v) for k, v in own.items() if type(v) is Stored]
    return found


def _modules(
    thing: Object, within: Callable[[dict[str, Any]], Iterable[tuple[str, Any]]], met: Count
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The prefix and the attributes of a module and of all inside it, in their order.

    Args:
        within: From a module's attributes to the named ones that may be modules.
    """
    waiting = [("", thing, 0)]
    while waiting:
        prefix, module, depth = waiting.pop()
        check(depth, bounds.DEPTH, "modules inside one another")
        own = attributes(module, met) or {}
        yield prefix, own
        inner = [(k, v) for k, v in within(own) if type(v) is Object]
        waiting += [(joined(prefix, k) + ".", v, depth + 1) for k, v in reversed(inner)]


def joined(prefix: str, key: str) -> str:
    check(len(prefix) + len(key), bounds.NAME, "characters in a name")
    return prefix + key


def entries(value: Any, met: Count) -> list[tuple[str, Any]]:
    pairs = value.pairs if type(value) in (Mapping, Object) else []
    met.add(len(pairs))
    return [(key, one) for key, one in pairs if type(key) is str]


def fleeting_of(own: dict[str, Any], met: Count) -> set[str]:
    """Buffers that are none of the state dict."""
    names = own.get("_non_persistent_buffers_set")
    if not isinstance(names, list | tuple):
        return set()
    met.add(len(names))
    return {name for name in names if type(name) is str}


def array(thing: Object) -> Seen:
    """A numpy array: its numbers where they are few, else its type and shape in words."""
    raw: Any
    kind: Any
    if thing.name in FRAME and len(thing.arguments) >= 3:
        raw, kind, shape = thing.arguments[:3]
    elif type(thing.state) is tuple and len(thing.state) == 5:
        _, shape, kind, _, raw = thing.state
    else:
        return Seen(None, unread("numpy.ndarray"))
    if type(shape) is not tuple or len(shape) > bounds.DIMS:
        shape = ()
    sizes = [n for n in shape if type(n) is int]
    words = " x ".join(map(str, sizes)) or "one number"
    if type(kind) is not Number or kind.code not in NUMPY or type(raw) is not bytes:
        return Seen(None, f"an array of numpy, {words}, of another type than numbers")
    letter = NUMPY[kind.code]
    n = bounds.n_items(sizes)
    if len(raw) != n * struct.calcsize(f"<{letter}"):
        return Seen(None, f"an array of numpy, {words}, whose bytes are not with it")
    if n > bounds.LISTED:
        return Seen(None, f"an array of numpy, {words}, of {kind.code}: no tensor of torch")
    order = ">" if kind.order == ">" else "<"
    return Seen(list(struct.unpack(f"{order}{n}{letter}", raw)))


def key_text(key: Any, depth: int = 0) -> str | None:
    """What an entry is called by; None where its key is an object, or is too long a row."""
    if type(key) is bytes:
        return key[: 4 * bounds.NAME + 4].decode("utf-8", "replace")
    if type(key) is tuple:
        parts, length = [], 0
        for part in key:
            one = key_text(part, depth + 1) if depth < KEY_DEPTH else None
            length += 2 + len(one or "")
            if one is None or length > bounds.NAME:
                return None
            parts.append(one)
        return f"({', '.join(parts)})"
    if type(key) in (str, bool, int, float, type(None)):
        return str(key)
    return key.name if type(key) is Named else None
