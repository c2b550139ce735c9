"""A loss as a list of steps that a browser can walk: traced from the code that trains.

No formula is written again. What a query makes of its group is worked out once under torch's
tracer, which records every step of torch it takes, those of the pulls' autograd among them; the
steps stand in the frozen file, and `view/operations.js` has torch's operation for each.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch._decomp import core_aten_decompositions
from torch._guards import TracingContext, tracing
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import Graph, Node
from torch.fx.experimental.proxy_tensor import make_fx

from cacr_core.pairs.pool import unread
from web.frozen.answer import Mixture, answering, drawn_names

SAME = {f"aten.{name}.default" for name in ("alias", "clone", "detach", "lift_fresh_copy")}
OPERATIONS = [
    Path(__file__).parent / "view" / f"{name}.js" for name in ("operations", "ordering", "placing")
]
OF_ROWS = {"aten.max.dim": 1, "aten.sort.default": 1, "aten.topk.default": 2}  # where dim stands


@lru_cache(maxsize=64)
def moved_settings(loss: Any) -> tuple[str, ...]:
    """Names of the numbers among a loss's settings that its steps take as they come.

    Others decide which steps there are: whether something is left out where they are 0, say.
    """
    numbers = [
        field.name
        for field in dataclasses.fields(loss)
        if isinstance(getattr(loss, field.name), float)
    ]
    return tuple(name for name in numbers if _is_moved(loss, name))


def _is_moved(loss: Any, name: str) -> bool:
    try:
        program = program_of(loss, 2, 4, 3, (name,))
    except ValueError:
        return False
    (at,) = (i for i, step in enumerate(program["steps"]) if step["args"] == [name])
    return any({"of": at} in step["args"] for step in program["steps"])


@lru_cache(maxsize=128)
def program_of(
    loss: Any,
    n_views: int,
    n_items: int,
    dim: int,
    settings: tuple[str, ...] = (),
    mixture: Mixture | None = None,
    n_queued: int = 0,
) -> dict[str, Any]:
    """The steps of `answering` for a group of that shape, ready for JSON.

    Args:
        n_queued: Entries of the queue; 0 where there is none.

    Raises:
        ValueError: See `traced`.
    """
    z = torch.nn.functional.normalize(torch.randn(n_views, n_items, dim), dim=-1)
    given = {"z": z, "query": torch.tensor([1]), "labels": torch.arange(n_items) % 2}
    if n_queued:
        given["queue"] = torch.nn.functional.normalize(torch.randn(n_queued, dim), dim=-1)
    if mixture is not None:
        shape = (1, mixture.n_synthetic)
        drawn = (torch.rand(*shape, 2), torch.rand(shape), torch.rand(*shape, dim))
        given |= dict(zip(drawn_names(mixture), drawn, strict=False))
    answer = answering(loss, settings, mixture, bool(n_queued))
    return traced(answer, given, loss, settings)


def traced(
    answer: Callable[..., Any],
    given: Mapping[str, Tensor],
    loss: Any,
    settings: Sequence[str],
) -> dict[str, Any]:
    """The steps that an answer, a record of tensors, takes from inputs of these shapes.

    Args:
        given: Inputs by name, in their order.
        loss: Whose settings come behind them as numbers.
        settings: Their names.

    Raises:
        ValueError: The loss takes a step that no operation of the browser stands for, or its steps
            depend on the numbers it is given.
    """
    values = [torch.tensor(float(getattr(loss, name))) for name in settings]
    fields: list[str] = []

    def flat(*asked: Tensor) -> tuple[Tensor, ...]:
        told = results(answer(*asked))
        fields[:] = told
        return tuple(told.values())

    try:
        record = make_fx(flat, decomposition_table=_parts())
        with unread(), _one_mode():
            steps = record(*given.values(), *values)
    except Exception as error:  # a loss that looks at numbers before it goes on
        raise ValueError(
            f"{type(loss).__name__} cannot be frozen: its steps depend on the numbers it is given "
            f"({type(error).__name__})."
        ) from error
    return _written(steps, type(loss).__name__, (*given, *settings), fields)


def _one_mode() -> Any:
    """The tracer's record of a tensor's form is made in one mode for all: alone it makes a mode for
    each tensor, which takes longer than all else."""
    return tracing(TracingContext(FakeTensorMode(allow_fallback_kernels=True)))


def results(record: Any) -> dict[str, Tensor]:
    """The tensors of a record by their names, without what there is none of."""
    return {name: found for name, found in record._asdict().items() if found is not None}


@lru_cache(maxsize=1)
def _parts() -> dict[Any, Callable[..., Any]]:
    """What torch takes its larger steps apart into."""
    return dict(core_aten_decompositions().items())


@lru_cache(maxsize=1)
def known_operations() -> set[str]:
    """Names of the operations that the browser has."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in OPERATIONS)
    return set(re.findall(r"^  '(aten\.[\w.[\]]+)':", text, re.M))


def _written(
    module: torch.fx.GraphModule, name: str, named: Sequence[str], fields: Sequence[str]
) -> dict[str, Any]:
    graph: Graph = module.graph
    graph.eliminate_dead_code()
    known = known_operations()
    steps: list[dict[str, Any]] = []
    at: dict[Node, int] = {}
    outputs: dict[str, int] = {}
    inputs = iter(named)
    for node in graph.nodes:
        op, called = _operation(node)
        if isinstance(node.meta.get("val"), (tuple, list)):
            continue  # each of its results is a step
        if node.op == "output":
            outputs = {n: at[of] for n, of in zip(fields, node.args[0], strict=True)}
        elif op in SAME:
            at[node] = at[node.args[0]]
        else:
            step: dict[str, Any]
            if node.op == "placeholder":
                step = {"op": "input", "args": [next(inputs)]}
            elif node.op == "get_attr":
                step = {"op": "constant", "args": []} | _constant(getattr(module, op))
            else:
                if op not in known or not _is_plain(called):
                    raise ValueError(
                        f"{name} cannot be frozen: it takes the step {op}, for which "
                        "web/frozen/view/operations.js has no operation. Add it there."
                    )
                step = {"op": op, "args": [_argument(a, at) for a in called.args]}
                if more := {k: v for k, v in called.kwargs.items() if _is_number(v)}:
                    step["named"] = more
            if "val" in node.meta:
                step |= _form(node.meta["val"])
            at[node] = len(steps)
            steps.append(step)
    return {"steps": steps, "outputs": outputs}


def _operation(node: Node) -> tuple[str, Node]:
    """Its name, and the node with its arguments: one of several results is named by its place."""
    if node.target is operator.getitem:
        called, place = node.args
        assert isinstance(called, Node)
        return f"{called.target}[{place}]", called
    return str(node.target), node


def _form(value: Tensor) -> dict[str, Any]:
    kind = "float" if value.is_floating_point() else "bool" if value.dtype == torch.bool else "int"
    return {"shape": list(value.shape), "kind": kind}


def _constant(value: Tensor) -> dict[str, Any]:
    return _form(value) | {"values": value.flatten().tolist()}


def _is_plain(node: Node) -> bool:
    """Whether the browser's operation has it so: rows are named by one list of numbers, and what is
    ordered is the last dimension, from the smallest."""
    name = str(node.target)
    if (place := OF_ROWS.get(name)) is not None:
        dim = node.args[place] if len(node.args) > place else -1
        last = node.args[0].meta["val"].dim() - 1  # type: ignore[union-attr]
        return dim in (-1, last) and (name != "aten.sort.default" or len(node.args) < 3)
    if name != "aten.index.Tensor":
        return True
    named = node.args[1]
    return isinstance(named, (list, tuple)) and len(named) == 1 and named[0] is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, str))


def _argument(value: Any, at: dict[Node, int]) -> Any:
    """An argument as JSON has it: where a result stands, a list, or a number."""
    if isinstance(value, Node):
        return {"of": at[value]}
    if isinstance(value, (list, tuple)):
        return [_argument(one, at) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or _is_number(value) else str(value)
