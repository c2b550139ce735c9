"""The device that a run trains on: which, why not another that is here, and what it tells."""

from __future__ import annotations

import gc
import re
import warnings
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d

NAMED = re.compile(r"auto|cpu|mps|(cuda|xpu)(:\d{1,3})?")
FASTEST_FIRST = ("cuda", "xpu", "mps")
OUT_OF_MEMORY = re.compile(
    r"out of memory|can't allocate memory|not enough memory|STATUS_ALLOC_FAILED", re.IGNORECASE
)
CALLED = {"cuda": "this GPU", "xpu": "this GPU", "mps": "this Mac's GPU"}


class Choice(NamedTuple):
    """A device, and one sentence on why it is not a faster one; empty where there is none."""

    device: torch.device
    reason: str


def choose_device(name: str = "auto") -> torch.device:
    """The device to train on: cuda, xpu, mps or cpu, the first that can, or the one named.

    Float32 is float32 there: TF32, which rounds to 10 bits what is multiplied, is switched off.

    Raises:
        ValueError: The one named is not here, or cannot train.
    """
    return chosen(name).device


def chosen(name: str) -> Choice:
    """`choose_device` and why."""
    if name == "cpu":
        return Choice(torch.device("cpu"), "")
    if name != "auto":
        return Choice(_ready(name), "")
    found: list[str] = []
    for kind in FASTEST_FIRST:
        n_here, words = count(kind)
        words = words or (fault(kind) if n_here else "")
        if n_here and not words:
            device = _ready(kind)
            return Choice(device, _sentence(device.type.upper(), found))
        found += [words] if words else []
    return Choice(torch.device("cpu"), _sentence("the CPU", found))


def offered() -> list[str]:
    """What may be chosen here: "auto" and every device there is, by name. None is tried."""
    names = ["auto"]
    for kind in FASTEST_FIRST:
        n_here, _ = count(kind)
        names += [kind] if n_here == 1 else [f"{kind}:{i}" for i in range(n_here)]
    return [*names, "cpu"]


@lru_cache(maxsize=8)
def count(kind: str) -> tuple[int, str]:
    """How many devices of a kind torch finds, and what it says where it cannot use one: an old
    driver is no reason for it to raise."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if kind == "mps":
            n_here = int(torch.backends.mps.is_available())
        else:
            module = torch.cuda if kind == "cuda" else torch.xpu
            n_here = module.device_count() if module.is_available() else 0
    words = [_first_sentence(str(one.message).partition("initialization: ")[2]) for one in said]
    words = [one for one in words if one]
    return n_here, f"torch cannot use {CALLED[kind]}: {words[0]}" if words and not n_here else ""


def fault(name: str) -> str:
    """Why a device that is here cannot train, empty where it can."""
    try:
        return tried(name)
    except RuntimeError as error:
        return _failed(name, error)


@lru_cache(maxsize=16)
def tried(name: str) -> str:
    """`fault`: its age, then a trial, once in a process.

    Raises:
        RuntimeError: Its memory is full now; another time it may not be.
    """
    with warnings.catch_warnings():  # what torch warns of is found and said here
        warnings.simplefilter("ignore")
        try:
            if name.startswith("cuda") and (words := _age(torch.device(name))):
                return words
            _try_out(torch.device(name))
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            if is_out_of_memory(error):
                raise
            return _failed(name, error)
    return ""


def _failed(name: str, error: Exception) -> str:
    called = CALLED[name.partition(":")[0]]
    return f"a first convolution failed on {called}: {_first_sentence(str(error))}"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a run asked for more memory than there is, on whichever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and bool(OUT_OF_MEMORY.search(str(error)))


def give_back() -> None:
    """Let go of the memory that no tensor needs any more, for others who use the device."""
    gc.collect()
    for module in (torch.cuda, torch.xpu):
        if module.is_initialized():
            module.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def fetched(*parts: Tensor) -> list[Tensor]:
    """The same numbers on the CPU, as float32 where they were elsewhere: one wait for all."""
    if all(part.device.type == "cpu" for part in parts):
        return list(parts)
    whole = torch.cat([part.detach().flatten().float() for part in parts]).cpu()
    pieces = whole.split([part.numel() for part in parts])
    return [piece.view(part.shape) for piece, part in zip(pieces, parts, strict=True)]


def _ready(name: str) -> torch.device:
    """The device of a name, tried out.

    Raises:
        ValueError: It is not here, or cannot train.
    """
    kind, _, index = name.partition(":")
    n_here, words = count(kind) if NAMED.fullmatch(name) else (0, "")
    if not n_here or int(index or 0) >= n_here:
        also = f" {words[0].upper()}{words[1:]}." if words else ""
        raise ValueError(
            f"This machine has no device {name!r} for torch. It has "
            f"{', '.join(offered()[1:])}.{also}"
        )
    if words := fault(name):
        raise ValueError(f"Device {name!r} cannot train: {words}. Take 'auto' or 'cpu'.")
    if kind == "cuda":
        torch.backends.fp32_precision = "ieee"  # type: ignore[attr-defined]
    return torch.device(name)


def _age(device: torch.device) -> str:
    """Why none of what this torch was built for runs on a CUDA device, empty where some does."""
    codes = [re.fullmatch(r"(sm|compute)_(\d+)([af]?)", one) for one in torch.cuda.get_arch_list()]
    built = [(code[1], int(code[2]), bool(code[3])) for code in codes if code]
    major, minor = torch.cuda.get_device_capability(device)
    own = 10 * major + minor
    for kind, number, is_exact in built:
        same_major = number // 10 == major and number <= own
        if number == own or (not is_exact and (same_major if kind == "sm" else number <= own)):
            return ""
    if not built:  # of another maker, whose names say something else
        return ""
    age = "older" if own < min(number for _, number, _ in built) else "newer"
    name = torch.cuda.get_device_name(device)
    return f"this GPU ({name}, sm_{own}) is {age} than this torch supports"


def _try_out(device: torch.device) -> None:
    """One convolution there and back."""
    weight = torch.ones(4, 3, 3, 3, device=device, requires_grad=True)
    with torch.enable_grad():
        conv2d(torch.ones(2, 3, 8, 8, device=device), weight).sum().backward()
    assert weight.grad is not None
    weight.grad.sum().item()


def _sentence(device: str, reasons: list[str]) -> str:
    return f"Trains on {device}: {'; '.join(reasons)}." if reasons else ""


def _first_sentence(text: str) -> str:
    """Without what torch adds for its own developers."""
    return text.strip().split("\n")[0].partition(". ")[0].rstrip(".")
