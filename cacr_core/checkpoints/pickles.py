"""A pickle read without calling anything it names.

A pickle is a small program. Here its steps build only dicts, lists, texts, numbers and places of
tensors; a name is looked up in a table of ours and stands for one of our own functions, never
for the thing it names. What torch.load(weights_only=True) would refuse is refused here too.
"""

from __future__ import annotations

import _compat_pickle
import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Refused, check, damaged, foreign
from cacr_core.checkpoints.known import CALLS, CREATES, NAMES, Number
from cacr_core.checkpoints.parts import Mapping, Named, Storage

MARK = object()


class Read(NamedTuple):
    """value: None, bool, int, float, str, bytes, list, tuple, Mapping, Stored, Named."""

    value: Any
    steps: int
    storages: dict[str, Storage]


def loads(file: io.BytesIO, limit: int | None = None) -> Read:
    """One pickle from where the file stands. Raises Refused, and what a broken one raises."""
    begun = file.tell()
    limit = bounds.OPCODES if limit is None else limit
    machine = Machine()
    steps = 0
    for opcode, argument, _ in pickletools.genops(file):
        steps += 1
        if steps > limit:
            raise bounds.too_much("a list of contents of more steps", bounds.OPCODES)
        step = STEPS.get(opcode.name)
        if step is None:
            raise unknown_step(opcode.name, file, begun)
        try:
            step(machine, argument)
        except Foreign as name:
            raise all_foreign(str(name), file, begun, whole=not machine.inside()) from None
    return Read(machine.pop(), steps, machine.storages)


class Foreign(Exception):
    """A name that stands in no table of ours."""


@dataclass
class Machine:
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def pop(self) -> Any:
        value = self.stack.pop()
        if value is MARK:
            raise damaged("its list of contents is out of step")
        return value

    def top(self) -> Any:
        value = self.stack[-1]
        if value is MARK:
            raise damaged("its list of contents is out of step")
        return value

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def inside(self) -> bool:
        """Whether a dict or list is being filled."""
        return any(type(value) in (Mapping, list) for value in self.stack)


def look_up(machine: Machine, argument: str) -> None:
    name = modern(argument)
    if name not in NAMES:
        raise Foreign(name)
    machine.push(Named(name))


def modern(argument: str) -> str:
    """'module name' of a GLOBAL step as 'module.name', as Python 3 calls it."""
    module, _, name = argument.partition(" ")
    module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
    return f"{_compat_pickle.IMPORT_MAPPING.get(module, module)}.{name}"


def reduce(machine: Machine, _: None) -> None:
    arguments, called = machine.pop(), machine.pop()
    if type(called) is not Named or called.name not in CALLS or type(arguments) is not tuple:
        raise Foreign(called.name if type(called) is Named else f"a call of {kind(called)}")
    machine.push(CALLS[called.name](*arguments))


def create(machine: Machine, _: None) -> None:
    arguments, called = machine.pop(), machine.pop()
    if type(called) is not Named or called.name not in CREATES or arguments != ():
        raise Foreign(called.name if type(called) is Named else f"a call of {kind(called)}")
    machine.push(Mapping(attributes=CREATES[called.name]))


def build(machine: Machine, _: None) -> None:
    state, value = machine.pop(), machine.top()
    if type(value) is Mapping and type(state) is Mapping:
        if value.attributes:  # an argparse.Namespace; a state dict's _metadata is of no use
            value.pairs.extend(state.pairs)
    elif type(value) is Number:
        value.build(state)
    else:
        raise damaged(f"it sets the inside of {kind(value)}")


def set_item(machine: Machine, _: None) -> None:
    value, key = machine.pop(), machine.pop()
    fill(machine.top(), [key, value])


def set_items(machine: Machine, _: None) -> None:
    items = since_mark(machine)
    fill(machine.top(), items)


def fill(target: Any, items: list[Any]) -> None:
    if type(target) is not Mapping or target.attributes or len(items) % 2:
        raise damaged(f"it puts entries into {kind(target)}")
    for key in items[::2]:
        # also keeps out keys made to collide, which would take torch.load hours
        if type(key) not in (str, bytes, bool, int) or (type(key) is int and abs(key) >= 2**32):
            raise damaged(f"a key of a dict is {kind(key)}, not a text or a number")
    target.pairs.extend(zip(items[::2], items[1::2], strict=True))


def append(machine: Machine, _: None) -> None:
    value = machine.pop()
    extend(machine.top(), [value])


def appends(machine: Machine, _: None) -> None:
    items = since_mark(machine)
    extend(machine.top(), items)


def extend(target: Any, items: list[Any]) -> None:
    if type(target) is not list:
        raise damaged(f"it appends to {kind(target)}")
    target.extend(items)


def since_mark(machine: Machine) -> list[Any]:
    at = len(machine.stack) - 1
    while machine.stack[at] is not MARK:  # an IndexError where there is none
        at -= 1
        if at < 0:
            raise damaged("its list of contents is out of step")
    items = machine.stack[at + 1 :]
    del machine.stack[at:]
    return items


def tupled(n: int) -> Callable[[Machine, None], None]:
    def step(machine: Machine, _: None) -> None:
        items = [machine.pop() for _ in range(n)]
        machine.push(tuple(reversed(items)))

    return step


def refer(machine: Machine, _: None) -> None:
    """A persistent id: a storage, ('storage', type, key, device, items[, view])."""
    storage = Storage.of(machine.pop())
    if machine.storages.setdefault(storage.key, storage).root_bytes != storage.root_bytes:
        raise damaged(f"storage {storage.key} has two sizes")
    check(len(machine.storages), bounds.ENTRIES, "storages")
    machine.push(storage)


def whole_number(machine: Machine, value: int) -> None:
    if value.bit_length() > 128:
        raise damaged("a number has more than 128 bits")
    machine.push(value)


def put(machine: Machine, index: int) -> None:
    machine.memo[index] = machine.top()


def always(make: Callable[[], Any]) -> Callable[[Machine, Any], None]:
    return lambda machine, _: machine.push(make())


def as_is(machine: Machine, value: Any) -> None:
    machine.push(value)


# exactly the steps that torch's own safe reader knows
STEPS: dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "STOP": lambda machine, _: None,
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
    "EMPTY_SET": always(tuple),
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
    "BINGET": lambda machine, index: machine.push(machine.memo[index]),
    "LONG_BINGET": lambda machine, index: machine.push(machine.memo[index]),
    "BINPUT": put,
    "LONG_BINPUT": put,
}


def kind(value: Any) -> str:
    if type(value) is Named:
        return value.name
    return {int: "too large a number", tuple: "a row", type(None): "nothing"}.get(
        type(value), f"a {type(value).__name__.lower()}"
    )


def names_in(file: io.BytesIO, begun: int) -> list[str]:
    """What a pickle names, in order, for the sentence that refuses it."""
    file.seek(begun)
    names: dict[str, None] = {}
    memo: dict[int, str | None] = {}
    texts: list[str] = []
    last: str | None = None
    argument: Any  # of the kind that the opcode has
    try:
        for steps, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            check(steps, bounds.OPCODES, "steps")
            step = opcode.name
            if step in ("GLOBAL", "INST"):
                names[modern(argument)] = None
            elif step == "STACK_GLOBAL" and len(texts) > 1:
                names[modern(" ".join(texts[-2:]))] = None
            if step.endswith("PUT") or step == "MEMOIZE":
                memo[len(memo) if argument is None else argument] = last
                continue
            last = memo.get(argument) if step.endswith("GET") else argument
            last = last if isinstance(last, str) else None
            texts = [*texts[-1:], last] if last is not None else texts
    except ValueError:
        pass  # cut off: what was read so far is named
    return list(names)


def all_foreign(first: str, file: io.BytesIO, begun: int, whole: bool) -> Refused:
    """Names the worst of what was found: what runs commands before what is merely a class."""
    found = [name for name in names_in(file, begun) if name not in NAMES] or [first]
    worst = next((name for name in found if bounds.runs(name)), None)
    worst = worst or next((name for name in found if "._" not in name), first)
    return foreign(worst, max(0, len(set(found) | {first}) - 1), whole)


def unknown_step(step: str, file: io.BytesIO, begun: int) -> Refused:
    found = [name for name in names_in(file, begun) if name not in NAMES]
    if found:
        return all_foreign(found[0], file, begun, whole=True)
    return Refused(
        f"This pickle takes the step {step}, which torch.save's protocol 2 does not have; "
        "save it again with torch.save and no pickle_protocol.",
        "other",
        step,
        "import torch  # only if you trust its author\n"
        'old = torch.load("FILE", map_location="cpu", weights_only=False)\n'
        'torch.save(old, "weights.pth")',
    )
