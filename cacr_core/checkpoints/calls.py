"""What stands for what a pickle names, and for the calls that it asks for: none is made."""

from __future__ import annotations

from typing import Any

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import check, damaged
from cacr_core.checkpoints.danger import modern, runs
from cacr_core.checkpoints.known import CALLS, CREATES, NAMES, NUMPY, TENSORS, Number, Strange
from cacr_core.checkpoints.machine import Machine, kind, since_mark
from cacr_core.checkpoints.parts import Mapping, Named, Object

OF_ITEM = 64  # bytes that an item counts for where a row is copied


class Dangerous(Exception):
    """A name that would do harm where pickles are run."""


def look_up(machine: Machine, argument: str) -> None:
    name_it(machine, modern(argument))


def name_on_stack(machine: Machine, _: None) -> None:
    name, module = machine.pop(), machine.pop()
    if type(name) is not str or type(module) is not str:
        raise damaged("it names something by what is no name")
    check(len(module) + len(name), bounds.NAME, "characters in a name")
    name_it(machine, modern(f"{module} {name}"))


def name_it(machine: Machine, name: str) -> None:
    check(len(name), bounds.NAME, "characters in a name")
    if name not in NAMES:
        if runs(name):
            raise Dangerous(name)
        machine.plain = False
    machine.push(Named(name))


def reduce(machine: Machine, _: None) -> None:
    arguments, called = machine.pop(), machine.pop()
    if type(arguments) is not tuple:
        raise damaged("it calls something without arguments")
    machine.push(called_with(machine, called, arguments))


def called_with(machine: Machine, called: Any, arguments: tuple[Any, ...]) -> Any:
    """What stands for a call that is never made."""
    if type(called) is Object:  # such as a method of one
        machine.plain = False
        return Object(called.name, arguments)
    if type(called) is not Named:
        raise damaged(f"it calls {kind(called)}")
    machine.copied.add(OF_ITEM * len(arguments) + sum(map(extent, arguments)))
    if called.name == "builtins.getattr":
        return part_of(*arguments)
    if called.name in TENSORS:
        return TENSORS[called.name](*arguments)
    if called.name in CALLS:
        try:
            return CALLS[called.name](*arguments)
        except (Strange, TypeError):  # made of something that our function does not take
            machine.plain = False
            return Object(called.name, arguments)
    machine.plain = False
    if called.name in CREATES:
        return Mapping(attributes=CREATES[called.name])
    return Object(called.name, arguments)


def extent(value: Any) -> int:
    """Bytes that a copy of an argument takes, at most about."""
    if type(value) is Mapping:
        return OF_ITEM * len(value.pairs)
    if type(value) in (list, tuple):
        return OF_ITEM * len(value)
    return len(value) if type(value) in (str, bytes) else 0


def part_of(whole: Any = None, name: Any = None, *_: Any) -> Named:
    """getattr of a class: how protocol 2 names a method, such as mmengine's HistoryBuffer.mean."""
    if type(whole) not in (Named, Object) or type(name) is not str:
        raise Dangerous("builtins.getattr")
    check(len(whole.name) + len(name), bounds.NAME, "characters in a name")
    if runs(full := f"{whole.name}.{name}") or name.startswith("__"):
        raise Dangerous(full)
    return Named(full)


def create(machine: Machine, _: None) -> None:
    arguments, called = machine.pop(), machine.pop()
    create_of(machine, called, arguments)


def create_with_keywords(machine: Machine, _: None) -> None:
    machine.pop()
    create(machine, None)


def create_of(machine: Machine, called: Any, arguments: Any) -> None:
    if type(called) is not Named or type(arguments) is not tuple:
        raise damaged(f"it makes an object of {kind(called)}")
    if called.name in CREATES and arguments == ():
        machine.push(Mapping(attributes=CREATES[called.name]))
        return
    machine.plain = False
    machine.push(Object(called.name, arguments))


def create_by_name(machine: Machine, argument: str) -> None:
    """INST: as protocol 0 makes an object."""
    arguments = tuple(since_mark(machine))
    look_up(machine, argument)
    create_of(machine, machine.pop(), arguments)


def create_from_mark(machine: Machine, _: None) -> None:
    """OBJ: the same of a class on the stack."""
    items = since_mark(machine)
    create_of(machine, items[0], tuple(items[1:]))


def build(machine: Machine, _: None) -> None:
    state, value = machine.pop(), machine.top()
    if type(value) is Mapping and type(state) is Mapping:
        if value.attributes:  # an argparse.Namespace; a state dict's _metadata is of no use
            value.pairs.extend(state.pairs)
    elif type(value) is Number:
        value.build(state)
        machine.plain = machine.plain and value.code in NUMPY
    elif type(value) is Object:
        value.state = state
    elif type(value) in (Mapping, Named):
        machine.plain = False  # further attributes of a dict, or of a class: left out
    else:
        raise damaged(f"it sets the inside of {kind(value)}")
