"""What may go wrong on a device: memory runs out, or an error stays for as long as the process."""

from __future__ import annotations

import contextlib
import re
import traceback

import torch

from cacr_core.training.config import TrainConfig
from cacr_core.training.devices import choose_device, give_back
from cacr_core.training.devices import is_out_of_memory as is_out_of_memory

# after these nothing that a process asks of its device is answered any more
LASTING = re.compile(
    r"(CUDA|HIP|XPU|cuDNN|UR|Level-Zero) error|device-side assert|CU(DNN|BLAS)_STATUS_"
    r"|command buffer"
)
RESUMES = "Resume goes on from the last saved state"
BEGINS_AGAIN = "Resume starts it again"
STARTS_ANEW = "start the comparison anew"  # Resume leaves out an entry that ended alone
NEEDED = re.compile(r"tried to allocate ([\d.]+) ?(\w+)", re.IGNORECASE)
FREE = re.compile(r"of which ([\d.]+ \w+) is free")
ALLOWED = re.compile(r"max allowed: ([\d.]+ \w+)")


def give_back_after(error: BaseException) -> None:
    """Let go of what the frames hold in which an error arose, as the graph of an update that broke
    off: else there is no memory to save what was learned."""
    traceback.clear_frames(error.__traceback__)
    give_back()


def is_lasting(error: BaseException) -> bool:
    """Whether this process can use its device no more, so that a run needs another process."""
    if is_out_of_memory(error) or not isinstance(error, RuntimeError):
        return False
    return isinstance(error, torch.AcceleratorError) or bool(LASTING.search(str(error)))


def memory_sentence(
    error: BaseException, config: TrainConfig, device: object, step: int, then: str = RESUMES
) -> str:
    """What was needed, what was free, what to lower, and what goes on where memory is freed.

    Args:
        device: Where; a config's own word for it, such as "auto", is looked up.
    """
    with contextlib.suppress(ValueError):
        device = choose_device(device) if isinstance(device, str) else device
    lower = [f"batch_size (now {config.batch_size})"]
    if config.n_views > 2:
        lower.append(f"n_views (now {config.n_views})")
    if config.n_synthetic:
        lower.append(f"n_synthetic (now {config.n_synthetic})")
    if config.host == "queue":
        lower.append(f"queue_size (now {config.queue_size})")
    smaller = "" if config.backbone == "small" else ", or take backbone 'small'"
    return (
        f"Memory ran out on {device} at step {step}{memory_figures(error)}. Lower "
        f"{' or '.join(lower)}{smaller}; or free memory there, and {then}."
    )


def memory_figures(error: BaseException) -> str:
    """What was needed and what was free, as far as it is told, to follow a sentence."""
    text = str(error)
    told = []
    if needed := NEEDED.search(text):
        told.append(f"{_size(*needed.groups())} more were needed")
    if free := FREE.search(text):
        told.append(f"{free[1]} were free")
    elif allowed := ALLOWED.search(text):
        told.append(f"{allowed[1]} are allowed in all")
    return f": {' and '.join(told)}" if told else ""


def lasting_sentence(error: BaseException, device: object, step: int, then: str = RESUMES) -> str:
    """What the device said, and what is left."""
    return (
        f"The device {device} failed at step {step} and its process was ended: "
        f"{said_by_device(error)}. {then} in another one."
    )


def said_by_device(error: BaseException) -> str:
    """Without what torch adds for its own developers."""
    return str(error).strip().split("\n")[0].rstrip(".")


def _size(number: str, unit: str) -> str:
    if unit != "bytes":
        return f"{number} {unit}"
    n = int(number)
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return f"{n} bytes"
