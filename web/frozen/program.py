"""A loss as a list of steps that a browser can walk: traced from the code that trains.

No formula is written again. What a query makes of its group is worked out once while `steps.py`
records every step of torch it takes, those of the pulls' autograd among them; the steps stand in
the frozen file, and `view/operations.js` has torch's operation for each.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cacr_core.pairs.pool import unread
from web.frozen.answer import Mixture, answering, drawn_names
from web.frozen.steps import Changed, Recorder, Step

OPERATIONS = [
    Path(__file__).parent / "view" / f"{name}.js" for name in ("operations", "ordering", "placing")
]


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
    recorder = Recorder(dict(zip([*given, *settings], [*given.values(), *values], strict=True)))
    try:
        with unread(), recorder:
            told = results(answer(*given.values(), *values))
    except Changed as error:
        raise ValueError(
            f"{type(loss).__name__} cannot be frozen: its step {error} changes numbers in place. "
            "Make new ones."
        ) from error
    except Exception as error:  # a loss that looks at numbers before it goes on
        raise ValueError(
            f"{type(loss).__name__} cannot be frozen: its steps depend on the numbers it is given "
            f"({type(error).__name__})."
        ) from error
    outputs = {name: recorder.place(value) for name, value in told.items()}
    return _written(recorder.steps, outputs, type(loss).__name__)


def results(record: Any) -> dict[str, Tensor]:
    """The tensors of a record by their names, without what there is none of."""
    return {name: found for name, found in record._asdict().items() if found is not None}


@lru_cache(maxsize=1)
def known_operations() -> set[str]:
    """Names of the operations that the browser has."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in OPERATIONS)
    return {"input", "constant", *re.findall(r"^  '(aten\.[\w.[\]]+)':", text, re.M)}


def _written(steps: list[Step], outputs: dict[str, int], name: str) -> dict[str, Any]:
    """The inputs and the steps that something comes of, without the others between them."""
    needed = set(outputs.values())
    for place in reversed(range(len(steps))):
        if place in needed:
            needed.update(steps[place].needs)
    at: dict[int, int] = {}
    written: list[dict[str, Any]] = []
    known = known_operations()
    for place, (told, is_plain) in enumerate(steps):
        if place not in needed and told["op"] != "input":
            continue
        if told["op"] not in known or not is_plain:
            raise ValueError(
                f"{name} cannot be frozen: it takes the step {told['op']}, for which "
                "web/frozen/view/operations.js has no operation. Add it there."
            )
        at[place] = len(written)
        written.append(told | {"args": [_moved(one, at) for one in told["args"]]})
    return {"steps": written, "outputs": {key: at[place] for key, place in outputs.items()}}


def _moved(argument: Any, at: dict[int, int]) -> Any:
    """An argument of a step where results stand in other places."""
    if isinstance(argument, list):
        return [_moved(one, at) for one in argument]
    return {"of": at[argument["of"]]} if isinstance(argument, dict) else argument
