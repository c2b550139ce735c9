"""A pickle read without calling anything it names.

A pickle is a small program. Here its steps build only dicts, lists, texts, numbers and places of
tensors. A name is looked up in a table of ours and stands for one of our own functions, never
for the thing it names; what is in no table becomes an `Object`, which says of what class it was to
be made and is made of nothing. Names that would do harm where pickles are run refuse the file.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Count, Refused
from cacr_core.checkpoints.calls import (
    Dangerous,
    build,
    create,
    create_by_name,
    create_from_mark,
    create_with_keywords,
    look_up,
    name_on_stack,
    reduce,
)
from cacr_core.checkpoints.danger import refusal
from cacr_core.checkpoints.machine import (
    MARK,
    Machine,
    append,
    appends,
    get,
    mapped,
    put,
    refer,
    set_item,
    set_items,
    since_mark,
    tupled,
    whole_number,
)
from cacr_core.checkpoints.parts import Mapping, Storage


class Read(NamedTuple):
    """value: None, bool, int, float, str, bytes, list, tuple, Mapping, Stored, Named, Object.
    plain: whether torch.load(weights_only=True) would read it too."""

    value: Any
    steps: int
    storages: dict[str, Storage]
    plain: bool = True


def loads(file: io.BytesIO, limit: int | None = None, copied: Count | None = None) -> Read:
    """One pickle from where the file stands. Raises Refused, and what a broken one raises.

    Args:
        copied: What the pickles before it in the file have copied; None where it is the first.
    """
    begun = file.tell()
    limit = bounds.OPCODES if limit is None else limit
    machine = Machine() if copied is None else Machine(copied=copied)
    steps = 0
    for opcode, argument, _ in pickletools.genops(file):
        steps += 1
        if steps > limit:
            raise bounds.too_much("a list of contents of more steps", bounds.OPCODES)
        step = STEPS.get(opcode.name)
        if step is None:
            raise Refused(
                f"This pickle takes the step {opcode.name}, which stands for something outside of "
                "the file; save its tensors again with torch.save.",
                "other",
                opcode.name,
            )
        if opcode.name not in OF_TORCH:
            machine.plain = False
        try:
            step(machine, argument)
        except Dangerous as name:
            raise refusal(str(name), file, begun) from None
    return Read(machine.pop(), steps, machine.storages, machine.plain)


def always(make: Callable[[], Any]) -> Callable[[Machine, Any], None]:
    return lambda machine, _: machine.push(make())


def as_is(machine: Machine, value: Any) -> None:
    machine.push(value)


def nothing(machine: Machine, _: Any) -> None:
    pass


def drop(machine: Machine, _: Any) -> None:
    machine.stack.pop()


def drop_since_mark(machine: Machine, _: Any) -> None:
    since_mark(machine)


# the steps that torch's own safe reader knows
OF_TORCH: dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": nothing,
    "STOP": nothing,
    "GLOBAL": look_up,
    "REDUCE": reduce,
    "NEWOBJ": create,
    "BUILD": build,
    "SETITEM": set_item,
    "SETITEMS": set_items,
    "APPEND": append,
    "APPENDS": appends,
    "MARK": always(lambda: MARK),
    "TUPLE": lambda machine, _: machine.push(tuple(since_mark(machine))),
    "TUPLE1": tupled(1),
    "TUPLE2": tupled(2),
    "TUPLE3": tupled(3),
    "EMPTY_TUPLE": always(tuple),
    "EMPTY_LIST": always(list),
    "EMPTY_DICT": always(Mapping),
    "EMPTY_SET": always(list),  # nothing is hashed
    "NONE": always(lambda: None),
    "NEWTRUE": always(lambda: True),
    "NEWFALSE": always(lambda: False),
    "BINPERSID": refer,
    "BININT": as_is,
    "BININT1": as_is,
    "BININT2": as_is,
    "BINFLOAT": as_is,
    "LONG1": whole_number,
    "BINUNICODE": as_is,
    "SHORT_BINSTRING": as_is,
    "BINGET": get,
    "LONG_BINGET": get,
    "BINPUT": put,
    "LONG_BINPUT": put,
}
# those of other protocols, which torch.save(pickle_protocol=4) writes; a link out of the file
# (EXT1, NEXT_BUFFER, PERSID) is none of them
OTHERS: dict[str, Callable[[Machine, Any], None]] = {
    "FRAME": nothing,
    "MEMOIZE": lambda machine, _: put(machine, len(machine.memo)),
    "STACK_GLOBAL": name_on_stack,
    "INST": create_by_name,
    "OBJ": create_from_mark,
    "NEWOBJ_EX": create_with_keywords,
    "POP": drop,
    "POP_MARK": drop_since_mark,
    "DUP": lambda machine, _: machine.push(machine.top()),
    "LIST": lambda machine, _: machine.push(since_mark(machine)),
    "DICT": mapped,
    "FROZENSET": lambda machine, _: machine.push(tuple(since_mark(machine))),
    "ADDITEMS": appends,
    "BYTEARRAY8": lambda machine, raw: machine.push(bytes(raw)),
    "GET": get,
    "PUT": put,
    "LONG": whole_number,
    "LONG4": whole_number,
}
AS_THEY_ARE = (
    "INT", "FLOAT", "STRING", "BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "SHORT_BINBYTES", "BINBYTES", "BINBYTES8",
)  # fmt: skip
STEPS = OF_TORCH | OTHERS | dict.fromkeys(AS_THEY_ARE, as_is)
