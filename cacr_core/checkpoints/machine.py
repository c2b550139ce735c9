"""What a pickle's steps work on: a stack, what was built so far, and how it is filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Count, check, damaged
from cacr_core.checkpoints.parts import Mapping, Named, Object, Storage

MARK = object()


@dataclass
class Machine:
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)
    plain: bool = True
    copied: Count = field(default_factory=lambda: Count(bounds.COPIED, "bytes of copies"))

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


def set_item(machine: Machine, _: None) -> None:
    value, key = machine.pop(), machine.pop()
    fill(machine, machine.top(), [key, value])


def set_items(machine: Machine, _: None) -> None:
    items = since_mark(machine)
    fill(machine, machine.top(), items)


def fill(machine: Machine, target: Any, items: list[Any]) -> None:
    if type(target) not in (Mapping, Object) or getattr(target, "attributes", False):
        raise damaged(f"it puts entries into {kind(target)}")
    if len(items) % 2:
        raise damaged("an entry of a dict has no value")
    for key in items[::2]:
        # torch would hash keys made to collide for hours: it is not asked then
        if type(key) not in (str, bytes, bool, int) or (type(key) is int and abs(key) >= 2**32):
            machine.plain = False
    target.pairs.extend(zip(items[::2], items[1::2], strict=True))


def append(machine: Machine, _: None) -> None:
    value = machine.pop()
    extend(machine.top(), [value])


def appends(machine: Machine, _: None) -> None:
    items = since_mark(machine)
    extend(machine.top(), items)


def extend(target: Any, items: list[Any]) -> None:
    if type(target) is Object:
        target.items.extend(items)
    elif type(target) is list:
        target.extend(items)
    else:
        raise damaged(f"it appends to {kind(target)}")


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


def mapped(machine: Machine, _: None) -> None:
    items = since_mark(machine)
    machine.push(Mapping())
    fill(machine, machine.top(), items)


def refer(machine: Machine, _: None) -> None:
    """A persistent id: a storage, ('storage', type, key, device, items[, view])."""
    storage = Storage.of(machine.pop())
    if machine.storages.setdefault(storage.key, storage).root_bytes != storage.root_bytes:
        raise damaged(f"storage {storage.key} has two sizes")
    check(len(machine.storages), bounds.ENTRIES, "storages")
    machine.push(storage)


def whole_number(machine: Machine, value: int) -> None:
    machine.push(value if value.bit_length() <= 128 else f"a number of {value.bit_length()} bits")


def put(machine: Machine, index: int) -> None:
    machine.memo[index] = machine.top()


def get(machine: Machine, index: int) -> None:
    machine.push(machine.memo[index])


def kind(value: Any) -> str:
    if type(value) in (Named, Object):
        return str(value.name)
    return {int: "too large a number", tuple: "a row", type(None): "nothing"}.get(
        type(value), f"a {type(value).__name__.lower()}"
    )
